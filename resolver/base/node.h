/*
 * node.h - a parsed document: what JSON and YAML have in common.
 *
 * In the flow:  bytes -> json_parse or yaml_parse -> [node] -> table, measurements, config
 * Shape:        nodes stand in document order in one array; the children of a container follow
 *               it; node + span is what comes after the whole subtree. A map's children are key,
 *               value, key, value, ...; keys are always NODE_STRING.
 * Checked here: with node_string and node_bool, that a field is there and of the right kind.
 *               json_parse and yaml_parse have already refused duplicate keys, invalid UTF-8, NUL
 *               in text and too much depth.
 * Not checked:  unknown keys; numbers, which stay as they are written.
 * Memory:       text borrows from the document's bytes, or from the arena where it had escapes.
 */
#ifndef SEALIFT_BASE_NODE_H
#define SEALIFT_BASE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define NODE_DEPTH_MAX 32 /* containers within containers, both formats */

enum node_type {
    NODE_NULL,
    NODE_BOOL,   /* JSON true and false */
    NODE_NUMBER, /* JSON number, as it is written */
    NODE_STRING, /* JSON string; YAML scalar in quotes or block style; every key */
    NODE_PLAIN,  /* YAML plain scalar: a string, number, bool or null, as its reader wants */
    NODE_LIST,
    NODE_MAP,
};

struct node {
    const uint8_t *text; /* of a scalar, decoded, without quotes; NULL for containers */
    uint32_t len;        /* bytes of text */
    uint32_t span;       /* nodes in this subtree, itself included */
    uint32_t line;       /* in the document, from 1 */
    uint8_t type;        /* enum node_type */
};

/* "a string", "a list", ...: for messages; "nothing" for NULL. */
const char *node_type_name(const struct node *node);

/* The text of a scalar; the empty slice for containers and NULL. */
struct slice node_text(const struct node *node);

/* The first child of a container, or NULL when it is empty (or no container). */
const struct node *node_first(const struct node *container);

/* The child after `child` in container, or NULL after the last. In a map, the child after a key is
 * its value, and the one after that the next key. */
const struct node *node_next(const struct node *container, const struct node *child);

/* The value of a map's key, or NULL when there is none (or map is NULL or no map). */
const struct node *node_get(const struct node *map, const char *key);

/* Elements of a list, pairs of a map, 0 for a scalar. O(children). */
size_t node_count(const struct node *container);

/*
 * A string or plain scalar as text, not empty. `what` names the field in the message. On failure
 * *out is the empty slice: ERR_FORMAT "line N: <what>: have a list, want a string", or without
 * the line when node is NULL: "<what>: missing, want a string".
 */
enum err_code node_string(const struct node *node, const char *what, struct slice *out,
                          struct err *err) MUST_USE;

/* true or false, from JSON or a YAML plain scalar; ERR_FORMAT as above and *out false otherwise. */
enum err_code node_bool(const struct node *node, const char *what, bool *out,
                        struct err *err) MUST_USE;

/*
 * Refuses a tree in which any map has a key twice: ERR_FORMAT "line N: the key K stands here again,
 * first on line M". O(n log n) whatever the keys; scratch gives 8 bytes for each key of the largest
 * map whose keys are not in order, ERR_LIMIT when it has no room. For the parsers.
 */
enum err_code node_check_unique(const struct node *root, struct arena *scratch,
                                struct err *err) MUST_USE;

#endif
