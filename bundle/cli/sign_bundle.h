/*
 * sign_bundle.h - more signatures for a bundle, in the room that it keeps for them.
 *
 * In the flow:  sign BUNDLE --sign-key -> [sign_bundle] -> the archive's front, written anew in place
 * Crash-safe:   what the front was is first kept beside the bundle, in BUNDLE.front, and on the disk;
 *               then the new front is written, read back, and BUNDLE.front removed. When a run was
 *               broken off, the next one puts the old front back, if the bundle is not whole without.
 * Trust:        what is put back is then signed, so BUNDLE.front must be a regular file, no link, with one name,
 *               this user's, and nobody else's to write (unfinished.h). It is opened once.
 * Checked here: that the bundle is well-formed before and after. A key that has signed changes nothing.
 * Not checked:  what is in the bundle (verify does).
 */
#ifndef SEALIFT_BUNDLE_CLI_SIGN_BUNDLE_H
#define SEALIFT_BUNDLE_CLI_SIGN_BUNDLE_H

#include <stdbool.h>

#include "bundle/archive/bundle_writer.h"
#include "resolver/cli/options.h"

#define SIGN_BUNDLE_PART "is a part of a split bundle: sign the bundle, then split it"

/* Who signs: how, and under which names. */
struct sign_bundle_by {
    const struct bundle_signer *signers;
    const char *const *names;
    size_t count;
};

/* Whether the file at path begins as a bundle, or as a part of one, does, or what was kept of it does. ERR_IO
 * when that cannot be told, since it would be signed as a file, ERR_LIMIT; err names what was read. */
enum err_code sign_bundle_is(const char *path, struct arena *scratch, bool *is_bundle,
                             struct err *err) MUST_USE;

/*
 * Signs the bundle at path by every signer, and appends the answer to invocation->out; with no signer a run
 * that was broken off is undone, and nothing is answered. err names the
 * path: ERR_FORMAT, ERR_CORRUPT (the bundle), ERR_USAGE (a part), ERR_LIMIT (no room is left), ERR_POLICY
 * (BUNDLE.front is there and not this user's alone, or fits nothing), ERR_IO (also: another process is signing it), what signers
 * give. On failure the bundle is as it was.
 */
enum err_code sign_bundle(const char *path, const struct sign_bundle_by *by, struct arena *arena,
                          const struct invocation *invocation, struct err *err) MUST_USE;

#endif
