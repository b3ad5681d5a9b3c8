#include "bundle/publish/disk_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zstd.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

TEST(disk_input_tells_by_the_first_bytes)
{
    struct temp_folder folder = temp_folder_make();
    struct disk_input input;
    struct arena arena;
    char packed[128], byte = 0;
    struct err err;

    arena_init_heap(&arena, 16 << 20);
    temp_write(&folder, "a", SLICE("raw bytes"));
    temp_write(&folder, "b", slice_of(packed, ZSTD_compress(packed, sizeof packed, "raw bytes", 9, 1)));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(disk_input_open(temp_path(&folder, i ? "b" : "a"), &arena, &input, &err), err);
        CHECK_NUMBER(i, input.is_zstd);
        CHECK_NUMBER(9, input.image.size);
        CHECK_OK(image_read(&input.image, 4, (uint8_t *)&byte, 1, &err), err);
        CHECK_NUMBER('b', byte);
        CHECK_OK(disk_input_check(&input, &err), err);
        disk_input_close(&input);
    }
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

TEST(disk_input_sees_that_a_file_grew)
{
    struct temp_folder folder = temp_folder_make();
    struct disk_input input;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 16 << 20);
    temp_write(&folder, "a", SLICE("raw"));
    CHECK_OK(disk_input_open(temp_path(&folder, "a"), &arena, &input, &err), err);
    temp_write(&folder, "a", SLICE("more"));
    CHECK_ERR(ERR_IO, "changed while it was being read", disk_input_check(&input, &err), err);
    disk_input_close(&input);
    CHECK_ERR(ERR_IO, NULL, disk_input_open(folder.path, &arena, &input, &err), err);
    CHECK_NUMBER(-1, input.fd);
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

/* The time of the bytes is set back; that of the inode cannot be. */
TEST(disk_input_sees_that_a_file_was_written_to_and_its_time_set_back)
{
    struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
    struct temp_folder folder = temp_folder_make();
    struct disk_input input;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 16 << 20);
    temp_write(&folder, "a", SLICE("raw"));
    CHECK(utimensat(AT_FDCWD, temp_path(&folder, "a"), times, 0) == 0);
    CHECK_OK(disk_input_open(temp_path(&folder, "a"), &arena, &input, &err), err);
    CHECK_OK(disk_input_check(&input, &err), err);
    CHECK(usleep(20000) == 0); /* more than a tick of the kernel's clock of files */
    temp_write(&folder, "a", SLICE("war"));
    CHECK(utimensat(AT_FDCWD, temp_path(&folder, "a"), times, 0) == 0);
    CHECK_ERR(ERR_IO, "changed while it was being read", disk_input_check(&input, &err), err);
    disk_input_close(&input);
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

/* Of the same size, and within the same second. */
TEST(disk_input_sees_that_a_file_was_written_to)
{
    struct timespec times[2] = {{.tv_sec = 1700000000, .tv_nsec = 5}, {.tv_sec = 1700000000, .tv_nsec = 5}};
    struct temp_folder folder = temp_folder_make();
    struct disk_input input;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 16 << 20);
    temp_write(&folder, "a", SLICE("raw"));
    CHECK(utimensat(AT_FDCWD, temp_path(&folder, "a"), times, 0) == 0);
    CHECK_OK(disk_input_open(temp_path(&folder, "a"), &arena, &input, &err), err);
    CHECK_OK(disk_input_check(&input, &err), err);
    times[1].tv_nsec = 6;
    CHECK(utimensat(AT_FDCWD, temp_path(&folder, "a"), times, 0) == 0);
    CHECK_ERR(ERR_IO, "changed while it was being read", disk_input_check(&input, &err), err);
    disk_input_close(&input);
    arena_clear(&arena);
    temp_folder_remove(&folder);
}
