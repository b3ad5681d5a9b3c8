/*
 * bundle_split.h - an archive written as parts.
 *
 * In the flow:  bundle_write -> [bundle_split] -> part files
 * How:          an output that sends each range of the archive to the part it belongs to, right into
 *               its place after the header. When the archive is complete, every part is read back
 *               (what is on the medium is what gets a digest), and the headers are written last: a
 *               part without one is not taken for a part. So all parts stay within reach until then.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_SPLIT_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_SPLIT_H

#include "bundle/archive/bundle_part.h"
#include "bundle/archive/bundle_writer.h"

/* Where the parts are kept: files, opened as they are needed. */
struct part_store {
    void *ctx;

    /* The output of part `number` (from 1), which is made if there is none yet. */
    enum err_code (*write)(void *ctx, uint32_t number, struct output *output, struct err *err);

    /* The same part for reading; its size is that of the file. */
    enum err_code (*read)(void *ctx, uint32_t number, struct image *image, struct err *err);

    /* The part is not wanted after all. */
    enum err_code (*remove)(void *ctx, uint32_t number, struct err *err);
};

struct bundle_split {
    const struct part_store *store;
    uint64_t body_size;
    uint64_t size;  /* of the archive, once it has been set */
    uint32_t begun; /* parts that exist */
};

/* The output to give to bundle_write; split is its ctx. Writes fail with ERR_LIMIT beyond part
 * BUNDLE_PARTS_MAX. */
struct output bundle_split_output(struct bundle_split *split, const struct part_store *store,
                                  uint64_t body_size);

/*
 * After bundle_write: reads all parts, signs, and writes the headers, which arena holds a while.
 * *count is set to the number of parts (for NAME.001-of-NNN). ERR_CORRUPT when a part cannot be read
 * back whole, and what signers and store give.
 */
enum err_code bundle_split_finish(struct bundle_split *split, const struct bundle_signer *signers,
                                  size_t signer_count, struct arena *arena, uint32_t *count,
                                  struct err *err) MUST_USE;

#endif
