/*
 * bundle_trust.h - which keys have signed a manifest (or the parts), and whether that is enough.
 *
 * In the flow:  manifest, its signatures, keys -> [bundle_trust] -> bundle_reader: trusted_bundle
 * Rules:        no key given                                              ERR_NO_KEY
 *               no signature                                              ERR_NO_KEY
 *               a signature whose text names something else               ERR_FORGED
 *               one that names a given key as its maker, and is not by it ERR_FORGED
 *               none by the keys given                                    ERR_FORGED
 *               fewer different keys than the threshold                   ERR_NO_KEY
 *               otherwise                                                 ERR_OK
 *               So a signature by a key that is not given does no harm, once the threshold is
 *               reached without it; a false one in the name of a given key does.
 * Not checked:  transparency-log entries (log_unchecked says that there are some).
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_TRUST_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_TRUST_H

#include "bundle/archive/front.h"
#include "resolver/core/keys.h"

struct bundle_signers {
    const struct key *keys[KEYS_MAX]; /* of those given, each once */
    size_t key_count;
    size_t unknown; /* signatures by none of the keys given */
    bool log_unchecked;
};

/* Tries all signatures with all keys and judges by the rules above. *signers holds what was found,
 * even where the answer is not ERR_OK: for showing, not for trusting. ERR_FORMAT for a signature that
 * no key can read; ERR_LIMIT when a crypto backend has no memory. */
enum err_code bundle_trust_check(const struct signed_manifest *manifest, const struct keys *keys,
                                 struct bundle_signers *signers, struct err *err) MUST_USE;

#endif
