/*
 * json_write.h - JSON being written: commas and escapes in one place.
 *
 * In the flow:  answers with --json, error objects, tables and version lists -> buf
 * Shape:        compact ("{"a":1}") or, with indent, one member a line for people and diffs.
 * Checked here: strings are escaped as RFC 8259 section 7 wants, and so are DEL and the C1 control
 *               characters, which terminals obey; bytes that are not UTF-8 become U+FFFD, so that
 *               the output is JSON whatever went in.
 * Not checked:  that values and keys come in an order that makes sense, and keys but once: the
 *               caller's code is the same for all inputs, so its tests show that.
 */
#ifndef SEALIFT_BASE_JSON_WRITE_H
#define SEALIFT_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/buf.h"

struct json_writer {
    struct buf *out;
    unsigned indent;  /* spaces a level; 0 = compact */
    unsigned depth;   /* open containers */
    bool needs_comma; /* something stands before in this container */
    bool after_key;
};

/* A writer that appends to out; errors stick to out (buf_done). */
struct json_writer json_writer_to(struct buf *out, unsigned indent);

/* Containers are values, too. An empty one is written as {} or [] with indent as well. */
void json_begin_map(struct json_writer *writer);
void json_end_map(struct json_writer *writer);
void json_begin_list(struct json_writer *writer);
void json_end_list(struct json_writer *writer);

/* The key of the value that comes next. */
void json_key(struct json_writer *writer, const char *key);
void json_key_slice(struct json_writer *writer, struct slice key);

/* Values: elements of a list, or after a key. A NULL text is written as null. */
void json_string(struct json_writer *writer, struct slice value);
void json_text(struct json_writer *writer, const char *value);
void json_bool(struct json_writer *writer, bool value);
void json_number(struct json_writer *writer, uint64_t value);
void json_null(struct json_writer *writer);

/* A number, true, false or null as a document had it: json_parse has checked it. */
void json_literal(struct json_writer *writer, struct slice text);

/* key and text value at once. */
void json_member(struct json_writer *writer, const char *key, const char *value);
void json_member_slice(struct json_writer *writer, const char *key, struct slice value);

/* null for the empty text. */
void json_member_or_null(struct json_writer *writer, const char *key, struct slice value);

/* key and a list of texts. */
void json_member_list(struct json_writer *writer, const char *key, const char *const *texts, size_t count);

#endif
