/*
 * gpt.h - finds the EFI system partition of a disk.
 *
 * In the flow:  disk image -> [gpt] -> fat -> pe -> uki -> predict
 * Standard:     UEFI 2.10, 5.3 (GUID Partition Table); sectors of 512 and of 4096 bytes.
 * Checked here: the primary table (header at sector 1) or, when that is not good, the backup (header
 *               in the last sector): signature, both CRCs, its own position, sizes; that every
 *               partition lies on the disk; that there is exactly one EFI system partition.
 * Not checked:  the protective MBR; that both tables say the same; overlapping partitions.
 * Memory:       the stack; the table is read in pieces.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_GPT_H
#define SEALIFT_BUNDLE_MEASURE_GPT_H

#include <stdbool.h>

#include "bundle/archive/image.h"

#define GPT_TABLE_MAX ((uint64_t)1 << 20) /* bytes of all entries */

struct gpt {
    uint32_t sector_size;
    bool is_backup;
    uint64_t esp_at, esp_size; /* bytes of the disk */
};

/*
 * On failure *gpt is zeroed.
 *   ERR_FORMAT     no good table where one was, a partition that does not lie on the disk
 *   ERR_NOT_FOUND  no GPT, no EFI system partition
 *   ERR_AMBIGUOUS  several of them, or a table for each sector size
 *   and what reading gives
 */
enum err_code gpt_find(const struct image *disk, struct gpt *gpt, struct err *err) MUST_USE;

#endif
