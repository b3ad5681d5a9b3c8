/*
 * beside.h - the signature files beside a document: under which names, written and read back.
 *
 * In the flow:  signer -> signature -> [beside] -> NAME.sig and NAME.sigstore.json
 * Names:        the first signer has NAME.sig and NAME.sigstore.json, every other one its own
 *               NAME.<short id>.sig and NAME.<short id>.sigstore.json (verify.h, Slots). A key keeps
 *               the names it has: signing again replaces its files, also when the document changed
 *               since. Another key's files are never touched.
 * Whose it is:  a file is by a key when its signature is valid for the document, or for the
 *               document whose digest the bundle beside it names (an earlier state of this one).
 * All or none:  when one file cannot be written, what the others held before is put back; only a
 *               crash can leave one form without the other, and either is a whole signature.
 * Checked here: that signature files which are there already are well-formed (a malformed one would
 *               make every check fail); that what was written is what was meant, by reading it back.
 */
#ifndef SEALIFT_BUNDLE_SIGN_BESIDE_H
#define SEALIFT_BUNDLE_SIGN_BESIDE_H

#include "resolver/base/arena.h"
#include "resolver/core/signature.h"

/* A file that is about to be written, and what it held before. */
struct beside_file {
    const char *path;
    bool was_there;
    struct slice before;
};

struct beside {
    struct beside_file sig, bundle;
    bool is_first;            /* NAME.sig, as against a name with the key's id */
    bool is_stale;            /* not so, and the bundle that is there is of other contents */
};

/*
 * Chooses the names for the signature by that key of the file at path, which has that digest, and
 * keeps what is there under them in arena.
 * first_is_taken: another key is about to get the first names. On failure *beside is zeroed:
 * ERR_FORMAT (a signature file that is there is malformed), ERR_IO, ERR_LIMIT.
 */
enum err_code beside_choose(const char *path, const uint8_t digest[SHA256_SIZE],
                            const struct pubkey *key, bool first_is_taken, struct arena *arena,
                            struct beside *beside, struct err *err) MUST_USE;

/* Writes both files, then reads them back and checks them with the key. On failure what was there is
 * put back: codes of file_replace, file_read, signature_parse and signature_check; err names the
 * file. */
enum err_code beside_write(const struct beside *beside, const struct signature *signature,
                           const struct pubkey *key, const uint8_t digest[SHA256_SIZE],
                           struct arena *scratch, struct err *err) MUST_USE;

/* Puts back what was there before beside_write, as far as that can be done: for a caller that writes
 * more than these two files, when one of the others fails. */
void beside_undo(const struct beside *beside);

#endif
