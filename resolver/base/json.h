/*
 * json.h - JSON (RFC 8259), strictly, into nodes.
 *
 * In the flow:  bytes -> [json_parse] -> node -> table, measurements, signature
 * How:          json_scan checks the whole grammar and counts; jsmn (in strict mode, with parent
 *               links) then makes tokens, and those become nodes in the same memory.
 * Checked here: what json_scan.h lists, and duplicate keys (compared after their escapes are read).
 * Not checked:  what the document means; its size below JSON_SIZE_MAX (its reader has a cap).
 * Time, memory: linear, but for the keys of one map, which are sorted when they are many; 24 bytes
 *               a node, the text of strings that have escapes, and 8 bytes a key while sorting.
 */
#ifndef SEALIFT_BASE_JSON_H
#define SEALIFT_BASE_JSON_H

#include "resolver/base/node.h"

/*
 * Parses text into *root, allocated in arena and borrowing from text. On failure *root is NULL:
 * ERR_FORMAT "line L, column C: reason" (columns count bytes from 1; a duplicate key has the line
 * alone), ERR_LIMIT for memory or a text of JSON_SIZE_MAX bytes or more.
 */
enum err_code json_parse(struct slice text, struct arena *arena, const struct node **root,
                         struct err *err) MUST_USE;

#endif
