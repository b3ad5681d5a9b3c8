/*
 * bundle_load.h - from index.json to the manifests of a bundle and their signatures.
 *
 * In the flow:  bundle_files -> [bundle_load] -> signed_manifest -> bundle_layout, bundle_trust
 * How:          by contents: what index.json lists is opened and told by its types, whatever its
 *               tags and annotations are; signatures go to the manifest that their text names. So it
 *               does not matter how a layout was copied. Manifests of other artifacts are passed
 *               over; so are signatures of what is not there.
 * Checked here: digest and size of everything that is opened; that signatures are well-formed;
 *               the limits below. Of an archive everything else is compared afterwards
 *               (bundle_reader.h).
 * Not checked:  the signatures themselves (bundle_trust.h).
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_LOAD_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_LOAD_H

#include "bundle/archive/bundle_files.h"
#include "bundle/archive/front.h"

#define INDEX_FILE_MAX ((uint64_t)16 << 20) /* bytes of index.json, blanks included */
#define INDEX_ENTRIES_MAX 1024              /* manifests and signatures of a layout */
#define SIGNATURES_MAX 128                  /* of one manifest, both forms */

struct loaded {
    struct slice index;                /* index.json, without the blanks at its end */
    struct signed_manifest *manifests; /* by uid, ascending */
    size_t count;
};

/* Reads a blob into arena: ERR_CORRUPT when it is missing, has another size or digest; ERR_LIMIT for
 * more than max_bytes. err names the digest. */
enum err_code bundle_load_blob(const struct bundle_files *files, const struct descriptor *blob,
                               uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                               struct err *err) MUST_USE;

/* Reads a layout. On failure *loaded is zeroed: ERR_FORMAT, ERR_CORRUPT, ERR_LIMIT, and what files
 * give; err names the file or digest. */
enum err_code bundle_load(const struct bundle_files *files, struct arena *arena,
                          struct loaded *loaded, struct err *err) MUST_USE;

#endif
