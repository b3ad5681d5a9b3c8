/*
 * signature_files.h - all signature files beside a document: read once, checked, put beside its copy.
 *
 * In the flow:  FILE.sig, ... -> [signature_files] -> verify -> NAME.sig, ... in a repository
 * Names:        FILE.sig and FILE.sigstore.json (the first slot), and both with a key's short id before
 *               the form (a slot of that key).
 * Checked here: without any key already that each is well-formed and that a Sigstore bundle names the
 *               digest of this document; with keys what verify.h says of those that the keys can check.
 * Not checked:  without keys the signatures; with keys those that are named for another key.
 * Same bytes:   what was checked is what is written: no file is read a second time.
 * At the place: nothing may stay there that would make checks fail: of an older document, or the other
 *               form of a slot that is about to change. No other signer's signature in the first slot
 *               is replaced: what is replaced there must be by a key that signed what is published.
 * Memory:       all in the arena.
 */
#ifndef SEALIFT_BUNDLE_SIGN_SIGNATURE_FILES_H
#define SEALIFT_BUNDLE_SIGN_SIGNATURE_FILES_H

#include "resolver/core/verify.h"

#define SIGNATURE_FILES_MAX 256 /* of one document */

struct signature_file {
    const char *path;
    const char *suffix; /* of path: what follows the document's name, ".sig" */
    struct slice bytes;
};

struct signature_files {
    struct signature_file *list; /* sorted by suffix */
    size_t count;
};

/* Whether name is the document's, with ".sig" or ".sigstore.json" and perhaps a key's short id before. */
bool signature_files_is_name(const char *name, const char *document);

/*
 * Reads all signature files beside the document at path; a folder that is absent has none. On failure
 * *files is zeroed: ERR_IO (also when the folder cannot be listed to its end), ERR_LIMIT (more than
 * SIGNATURE_FILES_MAX, one over SIGNATURE_FILE_MAX). err names the file.
 */
enum err_code signature_files_read(const char *path, struct arena *arena,
                                   struct signature_files *files, struct err *err) MUST_USE;

/* What can be said without a key. ERR_FORMAT, ERR_FORGED (of another document), ERR_LIMIT. */
enum err_code signature_files_check(const struct signature_files *files, struct slice document,
                                    struct arena *scratch, struct err *err) MUST_USE;

/* Verifies the document with the files of the first slot and of the keys' slots: verified and errors
 * as of verify_bytes, ERR_LIMIT. *others counts the files of other keys' slots: not checked. */
enum err_code signature_files_verify(const struct signature_files *files, struct slice document,
                                     const struct keys *keys, struct arena *arena,
                                     struct verified *verified, size_t *others,
                                     struct err *err) MUST_USE;

/* Where a document and its signature files are about to go. */
struct signature_place {
    const char *path;
    struct slice there;    /* the document that is there; empty where there is none */
    struct slice document; /* the one that is to be there */
    const struct verified *verified; /* of that one: without signers where no keys are given */
};

/* Whether they can go there. ERR_POLICY: a file is there that would stay and not hold, or another
 * signer's would be replaced; and those of signature_files_read and signature_check (ERR_LIMIT). */
enum err_code signature_files_check_place(const struct signature_files *files,
                                          const struct signature_place *place,
                                          struct arena *scratch, struct err *err) MUST_USE;

/* Puts them beside path. Errors of file_replace. */
enum err_code signature_files_write(const struct signature_files *files, const char *path,
                                    struct err *err) MUST_USE;

#endif
