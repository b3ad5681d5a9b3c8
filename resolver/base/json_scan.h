/*
 * json_scan.h - is it JSON at all? The whole grammar of RFC 8259, and how much there is of it.
 *
 * In the flow:  bytes -> [json_scan] -> json_parse
 * Why:          jsmn, even strict, lets much pass that is not JSON; here everything is refused
 *               that RFC 8259 does not allow, and counted what json_parse then makes room for.
 * Checked here: structure, literals, numbers, escapes and surrogate pairs, UTF-8 without a byte
 *               order mark, no control characters or U+0000 in strings, depth (NODE_DEPTH_MAX),
 *               size (JSON_SIZE_MAX), nothing after the value.
 * Not checked:  duplicate keys (json.h).
 * Memory:       none; no recursion. Linear in time.
 */
#ifndef SEALIFT_BASE_JSON_SCAN_H
#define SEALIFT_BASE_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define JSON_SIZE_MAX ((size_t)1 << 30) /* bytes of a document, this number excluded */

struct json_shape {
    uint32_t values;        /* containers, strings (keys too), numbers, literals */
    uint32_t escaped_bytes; /* of all strings that hold an escape, as they are written */
};

/*
 * Checks text. On failure *shape is zeroed: ERR_FORMAT "line L, column C: reason" (columns count
 * bytes from 1), ERR_LIMIT for a text of JSON_SIZE_MAX or more.
 */
enum err_code json_scan(struct slice text, struct json_shape *shape, struct err *err) MUST_USE;

#endif
