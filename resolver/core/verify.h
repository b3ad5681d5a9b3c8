/*
 * verify.h - the one place where bytes become trusted.
 *
 * In the flow:  document, signature files and keys -> [verify] -> struct verified
 * Trust:        struct verified is made here and nowhere else; whoever needs checked bytes takes
 *               that type. There is no way around the check.
 * Slots:        a signature file is either NAME.sig or NAME.sigstore.json, by any of the keys (slot
 *               "first"), or carries the short id of the one key that must have made it. In a slot
 *               both forms may be present; then both must be valid: a bad one is never passed over
 *               in favour of the other.
 * Rules:        no key given                                         ERR_NO_KEY
 *               no signature file                                    ERR_NO_KEY
 *               a file that is malformed                             ERR_FORMAT
 *               a file named for a key that did not make it          ERR_FORGED
 *               the first slot by none of the keys, and too few others  ERR_FORGED
 *               fewer different keys than the threshold               ERR_NO_KEY
 *               a check that could not be made (memory)              ERR_LIMIT
 *               otherwise                                            ERR_OK
 *               The first slot may be by a key that is not given (another party's) only where
 *               other slots reach the threshold.
 * Not checked:  transparency-log entries (log_unchecked says that there are some); the clock: these
 *               signatures do not expire.
 */
#ifndef SEALIFT_CORE_VERIFY_H
#define SEALIFT_CORE_VERIFY_H

#include "resolver/core/keys.h"
#include "resolver/core/signature.h"

#define EVIDENCE_MAX (2 * (KEYS_MAX + 1)) /* both forms, first slot and one slot a key */

/* A signature file as it was found. */
struct evidence {
    const char *name;      /* for messages */
    struct slice bytes;
    const struct key *only; /* the key its name demands; NULL for the first slot */
};

struct verified {
    struct slice bytes; /* the document, exactly as it was signed */
    const struct key *signers[KEYS_MAX];
    size_t signer_count;
    bool log_unchecked;
};

/*
 * Checks a document that is in memory. scratch is used meanwhile and may be cleared afterwards.
 * On failure *verified is zeroed. Errors as above; ERR_LIMIT when scratch is full.
 */
enum err_code verify_bytes(struct slice document, const struct evidence *evidence,
                           size_t evidence_count, const struct keys *keys, struct arena *scratch,
                           struct verified *verified, struct err *err) MUST_USE;

/* The same for a file of any size that was hashed while it streamed by: there are no bytes to hand
 * out, so verified->bytes stays empty. */
enum err_code verify_digest(const uint8_t digest[SHA256_SIZE], const struct evidence *evidence,
                            size_t evidence_count, const struct keys *keys, struct arena *scratch,
                            struct verified *verified, struct err *err) MUST_USE;

#endif
