/*
 * sign_bundle_elsewhere.h - a bundle signed with a key that stays in an HSM or KMS.
 *
 * In the flow:  sign --prepare BUNDLE -> digests -> HSM or KMS -> signatures -> sign --attach SIG... ->
 *               sign_bundle
 * What is signed: of each manifest two texts, in this order: the payload of simple signing, and the DSSE
 *               encoding of the statement (FORMAT.md 5). They depend on the manifest alone, so what
 *               was printed stays right whoever signs meanwhile.
 * Which is which: is found by trying: the signatures may be given in any order. All must fit something,
 *               and both of each manifest must be there, but where the key has signed already.
 */
#ifndef SEALIFT_BUNDLE_CLI_SIGN_BUNDLE_ELSEWHERE_H
#define SEALIFT_BUNDLE_CLI_SIGN_BUNDLE_ELSEWHERE_H

#include "resolver/base/arena.h"
#include "resolver/cli/options.h"
#include "resolver/core/pubkey.h"

/* Prints the digests, one a line; with --json also in base64, and the texts that have them. Nothing is
 * written. Codes of bundle_input_open; ERR_USAGE for parts. */
enum err_code sign_bundle_prepare(const struct invocation *invocation, struct arena *arena,
                                  struct err *err) MUST_USE;

/* Takes the signatures of --attach, by key, into the bundle. Codes of sign_bundle and sign_attach_read;
 * ERR_FORGED for one that fits nothing, ERR_NO_KEY where one is missing; err names the file. */
enum err_code sign_bundle_attach(const struct invocation *invocation, const struct pubkey *key,
                                 struct arena *arena, struct err *err) MUST_USE;

#endif
