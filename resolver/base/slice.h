/*
 * slice.h - a pointer with its length, borrowed, never owned.
 *
 * In the flow:  all input is a slice; all parse results hold slices into it.
 * Memory:       a slice frees nothing; it is valid as long as the bytes it borrows from.
 * Not checked:  anything about the contents: NUL bytes and bad UTF-8 are allowed here.
 */
#ifndef SEALIFT_BASE_SLICE_H
#define SEALIFT_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const uint8_t *ptr; /* may be NULL only where len is 0 */
    size_t len;         /* bytes */
};

/* A constant string literal as a slice, without its NUL. */
#define SLICE(literal) ((struct slice){(const uint8_t *)(literal), sizeof(literal) - 1})

/* len bytes at ptr. */
struct slice slice_of(const void *ptr, size_t len);

/* A NUL-terminated string without its NUL; NULL gives the empty slice. */
struct slice slice_text(const char *text);

/* Same length and same bytes. Not constant-time: nothing secret is compared here. */
bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *text);

/* With A-Z and a-z taken as the same (ASCII only). */
bool slice_equal_nocase(struct slice a, struct slice b);
bool slice_is_nocase(struct slice a, const char *text);

/* Order of the bytes as unsigned numbers, a prefix before what it is a prefix of: <0, 0, >0. */
int slice_compare(struct slice a, struct slice b);

bool slice_begins(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);

/* The part of a from byte `from` on, at most len bytes; positions past the end give what
 * there is, down to the empty slice. */
struct slice slice_part(struct slice a, size_t from, size_t len);

/* Cuts *rest at the first separator: returns what is before it and leaves in *rest what is
 * after it. Without a separator it returns everything and leaves *rest empty with ptr NULL. */
struct slice slice_cut(struct slice *rest, char separator);

/* The index of the first such byte, or a.len when there is none. */
size_t slice_find(struct slice a, uint8_t byte);

#endif
