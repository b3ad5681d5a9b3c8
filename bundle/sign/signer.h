/*
 * signer.h - makes signatures.
 *
 * In the flow:  privkey, and the SHA-256 of a document -> [signer] -> signature -> signature_write
 * ECDSA:        deterministic nonces (RFC 6979, 3.2, with HMAC-SHA-256, for P-384 too): the same key
 *               and document give the same signature, and no random number can be a bad one.
 * RSA:          RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.1).
 * Checked here: every signature is verified, with every crypto backend of the program, before it is
 *               handed out: a fault while signing (which could betray the key) never leaves.
 * Not checked:  what is signed.
 * Secrets:      BearSSL's constant-time code signs; it allocates nothing.
 */
#ifndef SEALIFT_BUNDLE_SIGN_SIGNER_H
#define SEALIFT_BUNDLE_SIGN_SIGNER_H

#include "bundle/sign/privkey.h"
#include "resolver/core/signature.h"

/*
 * Signs the document with that SHA-256 digest: *signature has the form SIGNATURE_DETACHED. On failure
 * it is zeroed: ERR_BUG (the signature that was made is not valid: it goes no further), ERR_LIMIT
 * (a backend had no memory to check it).
 */
enum err_code signer_sign(const struct privkey *key, const uint8_t digest[SHA256_SIZE],
                          struct signature *signature, struct err *err) MUST_USE;

/* Whether the private part belongs to the public one, by a trial signature: ERR_FORMAT if not,
 * ERR_LIMIT as above. For keys that were read from somewhere. */
enum err_code signer_prove(const struct privkey *key, struct err *err) MUST_USE;

#endif
