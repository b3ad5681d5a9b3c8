/*
 * frames.h - a disk image, compressed in frames that stand alone.
 *
 * In the flow:  raw image -> [frames_write] -> blob of the archive -> [frames_read] -> staged image
 * Form:         zstd frames (RFC 8878), each of frame_size raw bytes (the last one of the rest),
 *               with their raw size in the header and without checksums, then a seek table
 *               (seek_table.h). `zstd -d` reads it.
 * Why frames:   all processors work on one image, a range can be read without the rest, and a run
 *               of zeros costs some 60 bytes a MiB.
 * One output:   the same raw bytes and settings give the same blob whatever the number of threads
 *               and the memory (and whatever is known of holes), with the same version of zstd.
 * Checked here: while reading: the seek table; that each frame is one frame, needs no dictionary, has
 *               the raw size that it must have in its header, and a window no larger; that it
 *               decodes to exactly that; then the digest of all bytes of the blob, and with
 *               is_deep that of the raw bytes. Nothing is ever decoded past the declared size.
 *               Anything else is ERR_CORRUPT.
 * Trust:        what the sink takes is checked only when frames_read has returned ERR_OK.
 * Threads:      settings.threads for (de)compressing and one for hashing; all callbacks are
 *               called on the caller's thread.
 * Memory:       settings.memory_bytes at most, or what one thread needs if that is more.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_FRAMES_H
#define SEALIFT_BUNDLE_ARCHIVE_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/archive/image.h"
#include "bundle/archive/seek_table.h"
#include "bundle/archive/sink.h"
#include "resolver/crypto/sha256.h"

#define FRAMES_RAW_SIZE ((uint32_t)1 << 20)     /* raw bytes of a frame, as pack makes them */
#define FRAMES_RAW_SIZE_MIN ((uint32_t)4 << 10) /* a multiple of it, too */
#define FRAMES_RAW_SIZE_MAX ((uint32_t)8 << 20)
#define FRAMES_LEVEL 3 /* of compression */
#define FRAMES_LEVEL_MAX 19
#define FRAMES_HOLE 4096 /* zeros are passed over in blocks of it */
#define FRAMES_WRITE_MEMORY ((size_t)64 << 20)
#define FRAMES_READ_MEMORY ((size_t)32 << 20)

struct frames_settings {
    unsigned threads;    /* 0: as many as there are processors */
    size_t memory_bytes; /* 0: FRAMES_WRITE_MEMORY or FRAMES_READ_MEMORY */
};

/* What a compressed image is known by: made by frames_write, carried by the manifest. */
struct frames_facts {
    uint32_t frame_size;
    uint64_t raw_size, stored_size;
    uint8_t raw_digest[SHA256_SIZE], stored_digest[SHA256_SIZE];
};

/* ERR_CORRUPT for a frame size that is none. */
enum err_code frames_check_size(uint64_t frame_size, struct err *err) MUST_USE;

/* The longest blob that an image of facts' raw size and frame size can become (with frame size 0: that
 * is not compressed). */
uint64_t frames_stored_max(const struct frames_facts *facts);

/* Checks that a blob has the size that facts say, and reads its seek table (as seek_table_read).
 * ERR_CORRUPT. For frames_read and frames_image. */
enum err_code frames_check_blob(const struct image *blob, const struct frames_facts *facts,
                                struct arena *arena, struct seek_table *table, struct err *err)
    MUST_USE;

/*
 * Compresses raw, reading each byte once and in order (holes that raw knows are not read), into
 * frames of frame_size at that level (1 to FRAMES_LEVEL_MAX). On failure *facts is zeroed, and part
 * of the blob may have gone to the sink: ERR_FORMAT (raw is empty), ERR_LIMIT (memory, or more than
 * SEEK_FRAMES_MAX frames), and what raw and sink give.
 */
enum err_code frames_write(const struct image *raw, uint32_t frame_size, int level,
                           const struct frames_settings *settings, const struct sink *sink,
                           struct frames_facts *facts, struct err *err) MUST_USE;

/*
 * Decompresses a blob into sink (NULL: only to check it). Blocks of FRAMES_HOLE zeros are passed over
 * with sink->skip where there is one. With is_deep the raw digest is checked as well. ERR_CORRUPT as
 * above; ERR_LIMIT for memory; and what blob and sink give.
 */
enum err_code frames_read(const struct image *blob, const struct frames_facts *facts, bool is_deep,
                          const struct frames_settings *settings, const struct sink *sink,
                          struct err *err) MUST_USE;

#endif
