/* What gpt_find gives for a disk; its refusals are rows of fixtures/images/expected.txt (test_predict.c). */
#include "bundle/measure/gpt.h"

#include <stdio.h>

#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

static struct image open_disk(const char *name)
{
    static struct sparse_image sparse;
    struct image disk;
    char path[128];

    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    CHECK(sparse_open(&sparse, test_file(path), &disk));
    return disk;
}

TEST(gpt_finds_the_esp)
{
    static const struct {
        const char *disk;
        uint32_t sector_size;
        bool is_backup;
        uint64_t at, size;
    } cases[] = {
        {"good-252", 512, false, 34 * 512, 2185728},
        {"good-backup-alone", 512, true, 34 * 512, 2185728},
        {"good-backup-entries", 512, true, 34 * 512, 2185728},
        {"good-esp-second", 512, false, 134 * 512, 2185728},
        {"good-4096", 4096, false, 6 * 4096, 4213 * 4096},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image disk = open_disk(cases[i].disk);
        struct gpt gpt;
        struct err err;

        CHECK_OK(gpt_find(&disk, &gpt, &err), err);
        CHECK_NUMBER(cases[i].sector_size, gpt.sector_size);
        CHECK(gpt.is_backup == cases[i].is_backup);
        CHECK_NUMBER(cases[i].at, gpt.esp_at);
        CHECK_NUMBER(cases[i].size, gpt.esp_size);
    }
}

static void check_refused(const struct image *disk, enum err_code code, const char *msg)
{
    struct gpt gpt = {.sector_size = 1, .is_backup = true, .esp_at = 2, .esp_size = 3};
    struct err err;

    CHECK_ERR(code, msg, gpt_find(disk, &gpt, &err), err);
    CHECK(gpt.sector_size == 0 && !gpt.is_backup && gpt.esp_at == 0 && gpt.esp_size == 0);
}

TEST(gpt_leaves_nothing_on_failure)
{
    struct image disk = open_disk("bad-two-esps");

    check_refused(&disk, ERR_AMBIGUOUS, "GPT: 2 EFI system partitions (1 and 2)");
    disk = open_disk("bad-no-esp");
    check_refused(&disk, ERR_NOT_FOUND, "GPT: no EFI system partition");
    disk = open_disk("good-252");
    disk.size = 4 * 512 - 1; /* less than any disk with a GPT has */
    check_refused(&disk, ERR_NOT_FOUND, "no GPT: not the raw image of a disk");
    disk.size = 34 * 512; /* cut off where the first partition begins */
    check_refused(&disk, ERR_FORMAT, NULL);
}

static enum err_code fail(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    (void)ctx;
    (void)at;
    (void)into;
    (void)size;
    return err_set(err, ERR_IO, "Input/output error");
}

TEST(gpt_says_when_reading_fails)
{
    struct image disk = {.size = 1 << 20, .read = fail};

    check_refused(&disk, ERR_IO, "GPT: Input/output error");
}

/* A header shorter than its own fields: its CRC is not even looked at. */
TEST(gpt_header_holds_its_fields)
{
    static uint8_t bytes[4 * 512];
    struct slice whole = slice_of(bytes, sizeof bytes);
    struct image disk = image_memory(&whole);

    memcpy(bytes + 512, "EFI PART", 8);
    bytes[512 + 12] = 91;
    check_refused(&disk, ERR_FORMAT,
                  "GPT: both tables are bad: primary: header of 91 bytes; backup: no header");
    bytes[512 + 12] = 92;
    check_refused(&disk, ERR_FORMAT,
                  "GPT: both tables are bad: primary: the header's CRC is wrong; backup: no header");
}
