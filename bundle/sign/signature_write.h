/*
 * signature_write.h - signatures being written, in the two forms that are read.
 *
 * In the flow:  signer -> signature -> [signature_write] -> NAME.sig, NAME.sigstore.json
 * Forms:        .sig            one line of base64 without a line end, as cosign and
 *                               `openssl dgst -sign | base64 -w0` write it;
 *               .sigstore.json  a Sigstore bundle v0.3 with messageSignature, as cosign 3 writes it,
 *                               without transparency-log entries. Its hint is the key's id.
 * Not written:  anything about when and by whom it was signed: nobody could check it.
 */
#ifndef SEALIFT_BUNDLE_SIGN_SIGNATURE_WRITE_H
#define SEALIFT_BUNDLE_SIGN_SIGNATURE_WRITE_H

#include "resolver/base/buf.h"
#include "resolver/core/signature.h"

/* Puts the DER of an ECDSA signature (ECDSA-Sig-Value, RFC 3279, 2.2.3) into *signature. rs: r, then s,
 * each as long as the curve's order. Nothing else of *signature changes. */
void signature_set_ecdsa(struct slice rs, struct signature *signature);

#define SIGNATURE_TEXT_MAX 1280 /* bytes of either form: RSA 4096 in a bundle takes 1022 */

/* Appends the signature as .sig has it. Errors stick to out. */
void signature_write_detached(const struct signature *signature, struct buf *out);

/* Appends the signature by that key of the document with that digest as .sigstore.json has it. */
void signature_write_sigstore(const struct signature *signature, const struct pubkey *key,
                              const uint8_t digest[SHA256_SIZE], struct buf *out);

#endif
