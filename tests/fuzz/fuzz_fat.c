/* FAT: the ESP of a disk, or the whole input as one; all folders and files of the first levels. */
#include "bundle/measure/fat_folder.h"
#include "bundle/measure/gpt.h"
#include "tests/fuzz/measure.h"

#define DEPTH_MAX 4
#define ENTRIES_MAX 64 /* of each folder */

static void visit_file(struct fat *fat, const struct fat_entry *entry, struct arena *arena)
{
    struct fat_file file;
    struct image image;
    uint8_t bytes[777];
    struct err err;

    if (fat_file_open(fat, entry->cluster, entry->size, arena, &file, &image, &err) != ERR_OK)
        return;
    FUZZ_CHECK(image.size == entry->size);
    for (uint64_t at = 0; at < image.size && at < 100000; at += sizeof bytes) {
        uint64_t left = image.size - at;

        FUZZ_CHECK(image_read(&image, at, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes,
                              &err) == ERR_OK);
    }
}

static void visit_folder(struct fat *fat, const struct fat_entry *parent, struct arena *arena,
                         int depth)
{
    struct fat_folder folder;
    struct fat_entry entry;
    bool is_end = false;
    struct slice name;
    struct err err;

    if (fat_folder_open(fat, parent, arena, &folder, &err) != ERR_OK)
        return;
    for (int i = 0; i < ENTRIES_MAX; i++) {
        if (fat_folder_next(&folder, &entry, &is_end, &err) != ERR_OK || is_end)
            return;
        FUZZ_CHECK(entry.length <= FAT_NAME_MAX && entry.short_length <= 12);
        if (fat_folder_name(&entry, arena, &name, &err) != ERR_OK)
            return;
        if (entry.is_folder && depth < DEPTH_MAX)
            visit_folder(fat, &entry, arena, depth + 1);
        else
            visit_file(fat, &entry, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sparse_image sparse;
    struct slice bytes = slice_of(data, size);
    struct image disk = fuzz_disk(&sparse, &bytes);
    struct arena arena;
    struct gpt gpt;
    struct fat fat;
    struct err err;

    if (gpt_find(&disk, &gpt, &err) != ERR_OK)
        gpt.esp_size = disk.size;
    if (fat_open(&disk, gpt.esp_at, gpt.esp_size, &fat, &err) != ERR_OK)
        return 0;
    arena_init_heap(&arena, FUZZ_ARENA);
    visit_folder(&fat, NULL, &arena, 0);
    arena_clear(&arena);
    return 0;
}
