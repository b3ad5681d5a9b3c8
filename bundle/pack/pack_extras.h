/*
 * pack_extras.h - further files that go along: SBOMs, notes, public keys.
 *
 * In the flow:  --extra PATH=FILE -> [pack_extras] -> pack_release, of every version that is packed
 * Media type:   by the end of PATH: .spdx.json, .cdx.json, .json, .yaml, .txt, .md, .pem and .pub; else
 *               application/octet-stream.
 * Trust:        none of their own: what stands behind them is whoever signs the bundle.
 * Checked here: that PATH is safe (title.h), and neither where resolvers look for tables, measurements
 *               and images nor the name of a signature or image.
 * Not checked:  what is in the file.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_EXTRAS_H
#define SEALIFT_BUNDLE_PACK_PACK_EXTRAS_H

#include "bundle/pack/pack_release.h"

struct pack_extra {
    struct slice title;
    const char *path;
    const char *media_type;
    struct slice bytes;
};

/* Reads PATH=FILE, and the file. On failure *extra is zeroed: ERR_USAGE, ERR_IO, ERR_LIMIT (over
 * MANIFEST_SMALL_MAX bytes). */
enum err_code pack_extra_read(const char *text, struct arena *arena, struct pack_extra *extra,
                              struct err *err) MUST_USE;

/* Adds all of them to a release. Codes of pack_release_add. */
enum err_code pack_extras_add(const struct pack_extra *extras, size_t count,
                              struct pack_release *release, struct arena *arena,
                              struct err *err) MUST_USE;

#endif
