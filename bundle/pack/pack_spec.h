/*
 * pack_spec.h - pack.yaml: what pack is asked, in a file.
 *
 * In the flow:  pack.yaml -> [pack_spec] -> options of pack that are not given on the command line
 * Form:         a YAML map; sealift-formats(5) lists its fields. Each stands for the option of its
 *               name, in the plural where that may be given several times.
 * How:          yaml.h walks the text first, since libcyaml lets tags, anchors, aliases and further
 *               documents through; then libcyaml reads it by a schema.
 * Checked here: syntax, no key twice, no unknown key, every value of its kind, nothing empty.
 * Not checked:  what the values say: they are judged as options are.
 * Memory:       everything is allocated in the arena.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_SPEC_H
#define SEALIFT_BUNDLE_PACK_PACK_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define PACK_SPEC_MAX_BYTES ((size_t)256 << 10)
#define PACK_SPEC_ENTRIES_MAX 64 /* of each list */

struct pack_spec_measurements {
    const char *csp, *file;
};

struct pack_spec_image {
    const char *csp, *variant, *file; /* variant may be NULL */
};

struct pack_spec_extra {
    const char *path, *file;
};

struct pack_spec_annotation {
    const char *key, *value;
};

/* Texts are NULL, lists empty, where the file says nothing. */
struct pack_spec {
    const char *output, *repository, *layout, *threshold, *split, *level, *threads, *best_before;
    bool no_images, allow_unsigned;
    const char **uids, **csps, **tables, **signatures, **keys, **table_keys, **sign_keys;
    uint32_t uids_count, csps_count, tables_count, signatures_count, keys_count, table_keys_count,
        sign_keys_count;
    struct pack_spec_measurements *measurements;
    struct pack_spec_image *images;
    struct pack_spec_annotation *annotations;
    struct pack_spec_extra *extras;
    uint32_t measurements_count, images_count, annotations_count, extras_count;
};

/* Reads the text. On failure *spec is zeroed: ERR_FORMAT "line L, column C: reason"; ERR_LIMIT. */
enum err_code pack_spec_parse(struct slice text, struct arena *arena, struct pack_spec *spec,
                              struct err *err) MUST_USE;

#endif
