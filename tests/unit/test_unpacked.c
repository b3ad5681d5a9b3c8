#include "bundle/archive/unpacked.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

#define HOLE 4096
#define SIZE ((size_t)1 << 20)
#define END (SIZE - 1000) /* the image ends within a block */

/* Data in the first block, at an odd place, and at the end. */
static struct slice make(struct arena *arena, uint8_t **raw)
{
    struct err err;
    uint8_t *packed = arena_alloc(arena, SIZE, &err);

    *raw = arena_alloc(arena, SIZE, &err);
    memset(*raw, 0, SIZE);
    memcpy(*raw, "start", 5);
    memset(*raw + 300001, 'x', 2 * HOLE);
    (*raw)[END - 1] = 'e';
    return slice_of(packed, ZSTD_compress(packed, SIZE, *raw, END, 3));
}

static size_t count_files(const struct temp_folder *folder)
{
    DIR *open = opendir(folder->path);
    size_t count = 0;

    for (struct dirent *entry; open && (entry = readdir(open));)
        count += entry->d_name[0] != '.';
    if (open)
        closedir(open);
    return count;
}

TEST(unpacked_holds_the_image_and_its_holes)
{
    static uint8_t have[SIZE];
    struct temp_folder folder = temp_folder_make();
    struct unpacked unpacked;
    struct arena arena;
    struct slice packed;
    struct image file;
    struct stat status;
    struct err err;
    uint8_t *raw;

    arena_init_heap(&arena, 16 << 20);
    packed = make(&arena, &raw);
    file = image_memory(&packed);
    CHECK_OK(unpacked_open(&file, folder.path, &arena, &unpacked, &err), err);
    CHECK_NUMBER(END, unpacked.image.size);
    CHECK_OK(image_read(&unpacked.image, 0, have, END, &err), err);
    CHECK(memcmp(have, raw, END) == 0);
    CHECK_NUMBER(0, count_files(&folder));
    CHECK(fstat(unpacked.fd, &status) == 0);
    CHECK_NUMBER(0, status.st_nlink);
    CHECK(status.st_blocks * 512 <= 5 * HOLE);
    unpacked_close(&unpacked);
    CHECK_NUMBER(-1, unpacked.fd);
    unpacked_close(&unpacked);
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

TEST(unpacked_takes_tmp_when_no_folder_is_named)
{
    static const char *const folders[] = {NULL, ""};
    struct unpacked unpacked;
    struct arena arena;
    struct slice packed;
    struct image file;
    struct err err;
    uint8_t *raw;

    for (size_t i = 0; i < 2; i++) {
        arena_init_heap(&arena, 16 << 20);
        packed = make(&arena, &raw);
        file = image_memory(&packed);
        CHECK_OK(unpacked_open(&file, folders[i], &arena, &unpacked, &err), err);
        unpacked_close(&unpacked);
        arena_clear(&arena);
    }
}

TEST(unpacked_refuses_without_leaving_anything)
{
    struct temp_folder folder = temp_folder_make();
    struct unpacked unpacked;
    struct arena arena;
    struct slice packed, part;
    struct image file;
    struct err err;
    uint8_t *raw;

    arena_init_heap(&arena, 16 << 20);
    packed = make(&arena, &raw);
    part = slice_part(packed, 0, packed.len - 1);
    file = image_memory(&part);
    CHECK_ERR(ERR_CORRUPT, "zstd: the file is cut off",
              unpacked_open(&file, folder.path, &arena, &unpacked, &err), err);
    CHECK_NUMBER(-1, unpacked.fd);
    file = image_memory(&packed);
    CHECK_ERR(ERR_IO, "/nowhere at all: no temporary file can be made there: No such file or directory",
              unpacked_open(&file, "/nowhere at all", &arena, &unpacked, &err), err);
    CHECK_NUMBER(-1, unpacked.fd);
    CHECK(unpacked.image.read == NULL);
    CHECK_NUMBER(0, count_files(&folder));
    arena_clear(&arena);
    temp_folder_remove(&folder);
}
