/*
 * look.h - what a bundle shows of itself, whether or not anybody trusts it.
 *
 * In the flow:  struct bundle, keys -> [look] -> inspect
 * Trust:        nothing here may be used, only shown. Every file has a mark:
 *               unverified  its manifest has no valid signature by the keys given (or there are none),
 *                           or its bytes are not those that are listed
 *               signed      listed in a manifest with a valid signature; its bytes have not been read
 *               verified    so listed, and its bytes have been read and are those
 * Read:         tables, measurements and signatures; never images or other files.
 * Not checked:  what contents.h checks. A table that cannot be read has no references and a reason.
 */
#ifndef SEALIFT_BUNDLE_VERIFY_LOOK_H
#define SEALIFT_BUNDLE_VERIFY_LOOK_H

#include "bundle/archive/bundle_reader.h"
#include "resolver/core/table.h"

enum look_mark { LOOK_UNVERIFIED, LOOK_SIGNED, LOOK_VERIFIED };

struct look_file {
    const struct layer *layer;
    enum look_mark mark;
    struct table table;           /* of tables that could be read */
    const struct layer *document; /* of signatures: the file that they name; NULL if there is none */
    const struct key *signer;     /* of signatures: the given key that made it, or NULL */
    const char *problem;          /* why it is not shown in full; NULL when it is */
};

struct look_manifest {
    const struct signed_manifest *manifest;
    bool is_trusted;
    const char *problem;           /* why it is not trusted; NULL when it is, or without keys */
    struct bundle_signers signers; /* when it is trusted */
    struct look_file *files;       /* of each layer */
};

struct look_keys {
    const struct keys *bundles, *measurements, *tables;
};

/* Looks at all manifests; *manifests has bundle->count of them. ERR_IO and ERR_LIMIT (out of memory)
 * where it could not be looked; nothing that is found is an error here. */
enum err_code look_at(const struct bundle *bundle, const struct look_keys *keys,
                      struct arena *arena, struct look_manifest **manifests,
                      struct err *err) MUST_USE;

#endif
