/*
 * contents.h - everything small that a bundle carries, parsed and checked for what it claims.
 *
 * In the flow:  trusted_bundle, keys of measurements and tables -> [contents] -> verify, import
 * Trust:        that a bundle is signed says who packed it. Measurements and tables have signatures of
 *               their own, and those are checked here with their own keys: what comes out are
 *               struct verified (verify.h), of what is signed by them, and of nothing else.
 * Checked here: titles (place.h); that every signature is well-formed; of measurements: that they are
 *               signed, of the version and csp of their title, and well-formed; of tables: that they
 *               are well-formed, of that version, and, where table keys are given, signed; of any
 *               other file with signatures: that none in the name of a given key is false.
 * Unsigned:     measurements that the packer marked as unsigned are let through without a signature;
 *               carried->verified.signer_count is then 0 and layer->is_unsigned says so forever. Only
 *               their frame (version, csp) is read: measurements.h reads nothing that is not verified.
 *               A table that is marked so is still refused where table keys are given.
 * Not checked:  that references and values are right; images and what is of no known kind, whose
 *               bytes are not even read (bundle_read_stored does). Where is_raw_signed is set, a signature
 *               was checked with the raw digest that the manifest lists: whoever believes it has to see
 *               that the raw image has it (bundle_read_image with is_deep).
 * Memory:       documents and what is parsed of them lie in the caller's arena, beside the bundle.
 */
#ifndef SEALIFT_BUNDLE_VERIFY_CONTENTS_H
#define SEALIFT_BUNDLE_VERIFY_CONTENTS_H

#include "bundle/archive/bundle_reader.h"
#include "bundle/verify/place.h"
#include "resolver/core/table.h"
#include "resolver/core/verify.h"

/* One layer of one manifest. */
struct carried {
    const struct signed_manifest *manifest;
    const struct layer *layer;
    struct place place;
    struct slice bytes;       /* of tables, measurements and signatures, with the digest that is listed */
    struct table table;       /* of tables */
    struct verified verified; /* who signed it, of the keys given; signer_count 0: none */
    bool is_raw_signed;       /* of an image in frames: the digest that they signed is the raw one's */
};

struct contents {
    struct carried *list; /* the manifests' layers, one manifest after the other */
    size_t count;
    size_t unsigned_count; /* measurements and other files that are marked as unsigned */
    bool log_unchecked;    /* transparency-log entries are present; they are not checked */
};

/*
 * Checks all that a bundle carries. On failure *contents is zeroed and err names the title:
 *   ERR_FORMAT   a title out of place; a document or signature that is malformed
 *   ERR_POLICY   a table that is to be signed and carries no ref, stream or version
 *   ERR_FORGED   a document of another version or csp; a signature that is not valid
 *   ERR_NO_KEY   measurements that are not marked as unsigned, or (with table keys) a table, without a
 *                valid signature; no key, or fewer than the threshold
 *   ERR_CORRUPT  bytes that have another digest than is listed
 *   ERR_LIMIT, ERR_IO
 */
enum err_code contents_check(const struct trusted_bundle *trusted,
                             const struct keys *measurement_keys, const struct keys *table_keys,
                             struct arena *arena, struct contents *contents,
                             struct err *err) MUST_USE;

#endif
