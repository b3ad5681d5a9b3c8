/*
 * import.h - a bundle that is trusted becomes part of a repository: all of it, or nothing.
 *
 * In the flow:  trusted_bundle, contents -> [import] -> a repository that the resolver reads
 * Order:        best-before and floor; what becomes of each file, against what the repository has;
 *               space; then everything is staged and checked as it is used: digests of all stored
 *               bytes, of raw images that a key signed or with is_deep, too; and that disks with a
 *               UKI have the registers that the measurements say. Only then are files moved into
 *               place, in the order of placement.h, each folder synced before the next kind follows.
 * On failure:   before anything was moved: nothing has changed, and what was staged is removed. While
 *               files are moved (a disk that fails), and after a crash: each answer of the repository
 *               is as before or as after, and the same import again completes it.
 * Twice:        changes nothing: files that are there are compared by their digests.
 * Trust:        takes what bundle_verify and contents_check give. What is there already in the
 *               repository is the site's own, and trusted as such.
 * Memory:       the small files of the bundle, and what frames_read takes.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_IMPORT_H
#define SEALIFT_BUNDLE_IMPORT_IMPORT_H

#include "bundle/import/placement.h"
#include "bundle/import/repository.h"
#include "bundle/sign/privkey.h"
#include "bundle/verify/contents.h"

#define IMPORT_DECISIONS_MAX 256

/* What the user hears of meanwhile. */
struct import_listener {
    void *ctx;
    void (*warn)(void *ctx, const char *text);
    void (*note)(void *ctx, const char *text);
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* bytes of the bundle's files */
};

struct import_settings {
    const struct trusted_bundle *trusted;
    const struct contents *contents;
    const uint8_t *digest; /* of the bundle (bundle_digest) */
    struct slice base_url; /* checked by base_url_parse; empty: none */
    bool keep_compressed, is_deep, replace, allow_rollback;
    bool takes_expired; /* warn of the best-before date instead of refusing */
    const struct privkey *table_keys; /* with which tables are signed */
    const char *const *table_key_names;
    size_t table_key_count;
    int64_t now;          /* by the clock; seconds since 1970 */
    int64_t receipt_time; /* what the receipt says */
    const char *program;
    struct import_listener listener;
};

struct import_result {
    struct placements placements; /* all files, in order */
    bool has_changed;             /* false: everything was there already */
    bool was_interrupted;         /* an earlier run of the same import was completed */
    uint64_t written;             /* bytes of the files that were put there, holes included */
    const char *decisions[IMPORT_DECISIONS_MAX]; /* what was taken although a rule spoke against it */
    size_t decision_count;
};

/*
 * Imports into the repository, which is open and locked. arena keeps what *result has. On failure
 * *result is zeroed:
 *   ERR_POLICY   expired, below the floor, a table that an older bundle would change, other contents
 *                there, a signature that would be lost, a symbolic link in the way
 *   ERR_FORMAT, ERR_FORGED  a table or floor of the repository is malformed or of another version
 *   ERR_FORGED   an image that is not the one that its measurements describe
 *   ERR_CORRUPT  bytes of the bundle have another digest than is listed
 *   ERR_LIMIT    no space; memory
 *   ERR_IO
 */
enum err_code import_run(const struct import_settings *settings,
                         const struct repository *repository, struct arena *arena,
                         struct import_result *result, struct err *err) MUST_USE;

#endif
