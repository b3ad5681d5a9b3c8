/*
 * sign_elsewhere.h - signing with a key that stays in an HSM or KMS: what it has to sign, and what
 * became of it.
 *
 * In the flow:  sign --prepare FILE -> digest -> HSM or KMS -> signature -> sign --attach -> beside
 * Forms read:   of the signature: all that signature.h reads; and, as tools write them, raw DER, the
 *               raw r and s of PKCS#11, and the raw bytes of RSA.
 */
#ifndef SEALIFT_BUNDLE_CLI_SIGN_ELSEWHERE_H
#define SEALIFT_BUNDLE_CLI_SIGN_ELSEWHERE_H

#include "bundle/sign/signed_file.h"
#include "resolver/cli/options.h"

/* Prints the digest of the file; with --json also in base64, and commands that sign it. */
void sign_prepare_print(const struct invocation *invocation, const struct signed_file *file);

/*
 * Reads a signature made elsewhere, by that key, and turns it into the form that signer_sign makes.
 * It is not checked yet. On failure *signature is zeroed: ERR_IO, ERR_FORMAT, ERR_LIMIT; err names
 * the file.
 */
enum err_code sign_attach_read(const char *path, const struct pubkey *key, struct arena *scratch,
                               struct signature *signature, struct err *err) MUST_USE;

#endif
