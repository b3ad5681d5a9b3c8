/*
 * signature.h - a detached signature: `.sig` and `.sigstore.json`, as cosign writes them.
 *
 * In the flow:  signature file -> [signature] -> verify
 * Forms read:   base64 of DER (ECDSA) or of the PKCS#1 v1.5 signature (RSA), in lines or not;
 *               a Sigstore bundle v0.1 to v0.3 with messageSignature; cosign 2's
 *               {"base64Signature": ...}.
 * Checked here: the encoding, strictly (base64, JSON, media type, digest algorithm); with
 *               signature_check also DER, the digest a bundle names, and the signature itself.
 * Not checked:  transparency-log entries: has_log says that there are some, and that is reported
 *               as "not checked", never as "ok". The hint, which only hints at a key. Members of
 *               the JSON that are not used here are passed over (cosign 3 refuses unknown ones).
 * Memory:       the signature's bytes are copied into the struct.
 */
#ifndef SEALIFT_CORE_SIGNATURE_H
#define SEALIFT_CORE_SIGNATURE_H

#include <stdbool.h>

#include "resolver/base/arena.h"
#include "resolver/core/pubkey.h"

#define SIGNATURE_FILE_MAX ((size_t)64 << 10) /* bytes of a signature file */
#define SIGNATURE_MAX RSA_MODULUS_MAX

enum signature_form { SIGNATURE_DETACHED, SIGNATURE_SIGSTORE, SIGNATURE_COSIGN2 };

struct signature {
    enum signature_form form;
    uint8_t bytes[SIGNATURE_MAX]; /* DER of ECDSA, or the RSA signature */
    size_t len;
    bool has_digest; /* the bundle names the digest of what it signs */
    uint8_t digest[SHA256_SIZE];
    bool has_log; /* transparency-log entries are present; they are not checked */
};

/*
 * Reads a signature file; JSON is told from base64 by its first character. scratch is used while
 * reading JSON and may be cleared afterwards. On failure *signature is zeroed: ERR_FORMAT,
 * ERR_LIMIT (over SIGNATURE_FILE_MAX, or scratch is full).
 */
enum err_code signature_parse(struct slice text, struct arena *scratch, struct signature *signature,
                              struct err *err) MUST_USE;

/*
 * Checks the signature of the document with that SHA-256 digest by that key.
 *   ERR_OK      valid
 *   ERR_FORMAT  ECDSA: not strict DER (X.690 10.1, 8.3) of SEQUENCE { INTEGER r, INTEGER s }
 *   ERR_FORGED  not valid for this key and digest; numbers out of range; a size that is not the
 *               key's; a bundle that names another digest
 *   ERR_LIMIT   a crypto backend had no memory to check it
 * A signature of another kind than the key's may give either of ERR_FORMAT and ERR_FORGED: where
 * there are several keys, try them all before reporting one.
 */
enum err_code signature_check(const struct signature *signature, const struct pubkey *key,
                              const uint8_t digest[SHA256_SIZE], struct err *err) MUST_USE;

#endif
