/*
 * bundle_show.h - how pack, verify and inspect speak of a bundle's manifests and files, so that they say
 * the same of the same.
 *
 * In the flow:  manifests, layers, signers -> [bundle_show] -> lines for people, members of JSON
 * Escaped:      titles are of safe characters (title.h); all other text goes through quote.h.
 */
#ifndef SEALIFT_BUNDLE_CLI_BUNDLE_SHOW_H
#define SEALIFT_BUNDLE_CLI_BUNDLE_SHOW_H

#include "bundle/archive/bundle_reader.h"
#include "resolver/base/json_write.h"
#include "resolver/core/verify.h"

/* Appends "lookup table", "measurements", "image qemu qemu-vtpm", or the media type. */
void show_what(const struct layer *layer, struct buf *out);

/* Appends the names of keys, separated by commas. */
void show_keys(const struct key *const *keys, size_t count, struct buf *out);

/* "2024-11-05T23:59:59Z", or null for MANIFEST_TIME_NONE. */
void show_time_json(const char *name, int64_t time, struct json_writer *json);

/* What a manifest says of a file: members "title" to "unsigned" of an object that is begun. */
void show_layer_json(const struct layer *layer, struct json_writer *json);

/* "sha256:<hex>" as a member. */
void show_digest_json(const char *name, const uint8_t digest[SHA256_SIZE],
                      struct json_writer *json);

#endif
