/*
 * bundle_writer.h - a bundle being made: what is wanted in it goes in, a signed archive comes out.
 *
 * In the flow:  pack's sources -> struct bundle_plan -> [bundle_write] -> output (a file, or parts)
 * How:          room is reserved for the front as it may become at most, and BUNDLE_ROOM more; then
 *               layers are written, images compressed on the way; then the manifests are known, are
 *               signed, and the front is put into its place. What is free of the room stays in it:
 *               blanks at the end of index.json, for signatures that are attached later.
 * One output:   the same plan gives the same bytes, whatever the order of releases and items, the
 *               threads and the memory.
 * Checked here: all that manifest_parse and bundle_layout_check check, before anything is written.
 * Not checked:  that tables, measurements and their signatures are good: pack's business.
 * Images:       are read once and in order; what is read is what is hashed and stored.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_WRITER_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_WRITER_H

#include "bundle/archive/bundle_layout.h"

#define BUNDLE_ROOM ((uint64_t)64 << 10) /* bytes kept free, at least */
#define BUNDLE_SIGNERS_MAX 32

/* A file that goes into the bundle. */
struct bundle_item {
    enum layer_kind kind;
    const char *media_type; /* LAYER_OTHER: its own */
    struct slice title;     /* its path; of LAYER_IMAGE_ZSTD ending in .raw.zst */
    struct slice bytes;     /* all but images */
    bool is_unsigned;
    struct annotations others;
    /* Images: */
    const struct image *raw; /* one that several items share is read once */
    enum csp csp;
    struct slice variant; /* empty: any */
};

/* What belongs to one uid. */
struct bundle_release {
    struct uid uid;
    const struct bundle_item *items;
    size_t item_count;
};

/* Makes a signature of a document with that SHA-256 digest (bundle/sign/signer.h, or what an HSM
 * returned). */
struct bundle_signer {
    void *ctx;
    const struct pubkey *key;
    enum err_code (*sign)(void *ctx, const uint8_t digest[SHA256_SIZE], struct signature *signature,
                          struct err *err);
};

struct bundle_plan {
    const struct bundle_release *releases;
    size_t release_count;
    int64_t created, best_before; /* seconds since 1970, or MANIFEST_TIME_NONE */
    const char *program;
    struct annotations others; /* of every manifest */
    const struct bundle_signer *signers;
    size_t signer_count;
    uint32_t frame_size; /* 0: FRAMES_RAW_SIZE */
    int level;           /* 0: FRAMES_LEVEL */
    struct frames_settings settings;
};

struct bundle_written {
    struct signed_manifest *manifests; /* as they were written; by uid */
    size_t count;
    uint64_t size; /* bytes of the archive */
};

/*
 * The most bytes that the archive can have: all images as they are, nothing compressed, holes
 * included. Checks the plan. Errors as bundle_write's before it writes.
 */
enum err_code bundle_plan_check(const struct bundle_plan *plan, struct arena *arena,
                                uint64_t *size_max, struct err *err) MUST_USE;

/*
 * Writes the archive; output is to be empty. Everything in *written is allocated in arena or borrowed
 * from the plan. On failure *written is zeroed and the output holds something useless: ERR_FORMAT
 * and ERR_LIMIT for a plan that no bundle can be made of, and what images, signers and output give.
 */
enum err_code bundle_write(const struct bundle_plan *plan, const struct output *output,
                           struct arena *arena, struct bundle_written *written, struct err *err)
    MUST_USE;

#define BUNDLE_SIGNED_TEXT_MAX 640 /* bytes */

/* Appends what is hashed and signed of the manifest with that digest, in either form: the payload of
 * simple signing, or the DSSE encoding of the statement. */
void bundle_signed_text(const uint8_t manifest[SHA256_SIZE], enum signing_form form,
                        struct buf *out);

/*
 * Signs a manifest: both signatures by one key are appended to manifest->signatures, which has room
 * for them. What sign gives. Also for attaching (bundle_attach).
 */
enum err_code bundle_sign(struct signed_manifest *manifest, const struct bundle_signer *signer,
                          struct err *err) MUST_USE;

#endif
