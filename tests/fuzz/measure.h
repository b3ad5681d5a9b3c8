/* measure.h - what the targets of bundle/measure/ share: inputs as disks or files, and room to work. */
#ifndef SEALIFT_TESTS_FUZZ_MEASURE_H
#define SEALIFT_TESTS_FUZZ_MEASURE_H

#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/sparse_image.h"

#define FUZZ_ARENA ((size_t)6 << 20)
#define FUZZ_DISK_MAX ((uint64_t)256 << 20) /* so that an input is done in time */

/* The input as a disk: sparse when it has that form, else as it is. bytes and sparse must outlive it. */
static inline struct image fuzz_disk(struct sparse_image *sparse, struct slice *bytes)
{
    struct image disk;

    if (sparse_open(sparse, *bytes, &disk) && disk.size <= FUZZ_DISK_MAX)
        return disk;
    return image_memory(bytes);
}

#endif
