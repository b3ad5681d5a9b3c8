/*
 * keys.h - the set of public keys that one kind of document is checked with.
 *
 * In the flow:  PEM files -> pubkey -> [keys] -> verify
 * Rule:         a key counts once, however often and in however many files it is given.
 * Memory:       the keys are allocated in the arena; names are borrowed.
 */
#ifndef SEALIFT_CORE_KEYS_H
#define SEALIFT_CORE_KEYS_H

#include "resolver/base/arena.h"
#include "resolver/core/pubkey.h"

#define KEYS_MAX 64 /* different keys in one set */

struct key {
    struct pubkey public;
    const char *name; /* the file it came from, as the answer's signedBy shows it */
    size_t place;     /* the how-manieth call of keys_add brought it, from 0 */
};

struct keys {
    struct key *list[KEYS_MAX];
    size_t count;
    size_t calls;     /* of keys_add that succeeded */
    size_t threshold; /* different keys that must have signed; 0 counts as 1 */
};

/* *keys starts as zeros. Adds the key of a PEM file's text; one that is in the set already changes
 * nothing. On failure the set is as before: ERR_FORMAT (not a public key), ERR_LIMIT (KEYS_MAX;
 * the file is too large; the arena is full). err does not name the file. */
enum err_code keys_add(struct keys *keys, struct slice pem, const char *name, struct arena *arena,
                       struct err *err) MUST_USE;

/* The first 16 hex digits of the key's id: the part of names such as FILE.0123456789abcdef.sig. */
#define KEY_SHORT_ID_SIZE 17 /* with its NUL */
void key_short_id(const struct pubkey *key, char out[KEY_SHORT_ID_SIZE]);

#endif
