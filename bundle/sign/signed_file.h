/*
 * signed_file.h - a file on its way to being signed: read and checked, signed, then written beside.
 *
 * In the flow:  [open] -> signer_sign or an HSM -> [add], for each key -> [write]
 * Order:        nothing is written before signed_file_write, so that a caller with many files and
 *               keys can do all that may fail first.
 * Checked here: what signable.h and beside.h check; each signature once more, with its public key.
 */
#ifndef SEALIFT_BUNDLE_SIGN_SIGNED_FILE_H
#define SEALIFT_BUNDLE_SIGN_SIGNED_FILE_H

#include "bundle/sign/beside.h"
#include "resolver/core/keys.h"

/* One signature of the file. */
struct signed_by {
    struct key key; /* its name is for messages and answers */
    struct signature signature;
    struct beside beside;
};

struct signed_file {
    const char *path; /* as the caller gave it */
    const char *real; /* its folder resolved: what the names of signable.h are looked for in */
    uint8_t digest[SHA256_SIZE];
    struct slice bytes; /* of a known kind of document; empty for others, which may be of any size */
    struct signed_by *signatures;
    size_t count, room;
};

/* The path with its folder resolved, as signable.h wants it; its last name stays, also when that is a
 * symbolic link. NULL, and err (ERR_IO, ERR_LIMIT) without the path, on failure. */
const char *signed_file_resolve(const char *path, struct arena *arena, struct err *err) MUST_USE;

/*
 * Reads the file and checks that it is what its name says. room: the most signatures that will be
 * added. arena keeps what *file holds; scratch keeps the bytes of documents until the last
 * signed_file_add. On failure *file is zeroed: ERR_IO, ERR_LIMIT, or as signable_check. err names
 * the file.
 */
enum err_code signed_file_open(const char *path, size_t room, struct arena *arena,
                               struct arena *scratch, struct signed_file *file,
                               struct err *err) MUST_USE;

/* Adds a signature by key, whose name is kept; it must be valid (else as signature_check). The
 * file's names are chosen, and measurements are read (signable_check_signed). err names the
 * file. */
enum err_code signed_file_add(struct signed_file *file, const struct pubkey *key,
                              const char *key_name, const struct signature *signature,
                              struct arena *arena, struct arena *scratch,
                              struct err *err) MUST_USE;

/* Writes the files of every signature that was added, as beside_write: all of them, or none. */
enum err_code signed_file_write(const struct signed_file *file, struct arena *scratch,
                                struct err *err) MUST_USE;

/* Puts back what was there before signed_file_write, when another file could not be written. */
void signed_file_undo(const struct signed_file *file);

#endif
