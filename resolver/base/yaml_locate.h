/*
 * yaml_locate.h - where in the bytes of a YAML document a value stands.
 *
 * In the flow:  config bytes -> [yaml_locate] -> config_edit, which replaces just those bytes
 * Why:          struct node knows lines alone; libyaml's marks count characters, not bytes.
 * Wanted first: yaml_parse has accepted the same bytes; what it refuses is not refused again here.
 */
#ifndef SEALIFT_BASE_YAML_LOCATE_H
#define SEALIFT_BASE_YAML_LOCATE_H

#include <stdbool.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

enum yaml_style {
    YAML_BLOCK, /* a map or list over several lines, told by indentation */
    YAML_FLOW,  /* a map or list in brackets */
    YAML_SCALAR,
};

/* A value: bytes [begin, end) of the document. Comments around it are not part of it. */
struct yaml_span {
    bool is_found;
    enum yaml_style style;
    size_t begin, end; /* equal for an empty value: the place right after its colon, or right after
                          its key where there is no colon ("{key}", "? key") */
    size_t column;     /* of begin, in characters, from 0; not for an empty value */
};

/*
 * Finds the value at the path of map keys, and the map that holds its last key, whose end is not
 * told (it equals begin). Spans that are not there have is_found false. Errors: ERR_FORMAT (libyaml
 * refuses the document), ERR_LIMIT (memory); both spans are then zeroed.
 */
enum err_code yaml_locate(struct slice text, const char *const *path, size_t path_len,
                          struct yaml_span *value, struct yaml_span *parent,
                          struct err *err) MUST_USE;

#endif
