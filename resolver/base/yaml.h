/*
 * yaml.h - YAML as plain data, strictly, into nodes.
 *
 * In the flow:  bytes -> [yaml_parse] -> node -> measurements, config
 * How:          yaml_scan looks at the bytes; then libyaml's events, walked by our own code.
 * Checked here: what yaml_scan.h lists; one document; no anchors, aliases, tags, directives or
 *               merge keys; keys are text, not empty, and not twice in a map; no control characters
 *               through escapes; depth (NODE_DEPTH_MAX); at most YAML_NODES_MAX nodes.
 * Not checked:  types: plain scalars stay as they are written (NODE_PLAIN).
 * Memory:       nodes and text are allocated in the arena; libyaml uses the heap meanwhile.
 * Time:         linear; under a second for the worst document known of YAML_SIZE_MAX bytes.
 */
#ifndef SEALIFT_BASE_YAML_H
#define SEALIFT_BASE_YAML_H

#include "resolver/base/node.h"

#define YAML_NODES_MAX 100000

/*
 * Parses text into *root. An empty document is a NODE_PLAIN of length 0. On failure *root is NULL:
 * ERR_FORMAT "line L, column C: reason" (columns count characters from 1; a duplicate key has the
 * line alone), ERR_LIMIT for memory, the size or the number of nodes.
 */
enum err_code yaml_parse(struct slice text, struct arena *arena, const struct node **root,
                         struct err *err) MUST_USE;

#endif
