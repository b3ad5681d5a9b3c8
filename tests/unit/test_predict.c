/* Every disk of fixtures/images/: the registers that the reference computed, or the exact refusal. */
#include "bundle/measure/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

#define ARENA_MAX ((size_t)4 << 20)

struct row {
    struct slice name, line, rest; /* the disk; the whole line; what comes after : or ! */
    struct predict_options options;
    bool is_good;
};

static bool take_option(struct slice word, struct predict_options *options)
{
    struct slice value = word, key = slice_cut(&value, '=');
    char number[16];

    if (slice_is(key, "bank"))
        options->bank = slice_is(value, "sha384") ? BANK_SHA384 : BANK_SHA256;
    else if (slice_is(key, "secure-boot"))
        options->is_secure_boot = slice_is(value, "on");
    else if (slice_is(key, "loader"))
        options->has_loader = true;
    else if (slice_is(key, "path"))
        options->path = value;
    else if (slice_is(key, "phases"))
        options->phases = value;
    else if (slice_is(key, "stub") && value.len < sizeof number) {
        snprintf(number, sizeof number, "%.*s", (int)value.len, (const char *)value.ptr);
        options->stub = (unsigned)strtoul(number, NULL, 10);
    } else
        return false;
    return true;
}

static struct row row_of(struct slice line)
{
    struct row row = {.line = line, .rest = line};

    row.name = slice_cut(&row.rest, ' ');
    for (;;) {
        struct slice word = slice_cut(&row.rest, ' ');

        row.is_good = slice_is(word, ":");
        if (row.is_good || slice_is(word, "!"))
            return row;
        CHECK(take_option(word, &row.options));
    }
}

static void open_disk(const struct row *row, struct sparse_image *sparse, struct image *disk)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/images/%.*s.sparse", (int)row->name.len,
             (const char *)row->name.ptr);
    CHECK(sparse_open(sparse, test_file(path), disk));
}

static void format_register(const struct pcr_record *record, unsigned pcr, struct buf *out)
{
    char hex[2 * BANK_SIZE_MAX + 1];

    hex_encode(record->registers[pcr].value, bank_size(record->bank), hex);
    buf_add_format(out, "%s%u=%s", out->len ? " " : "", pcr,
                   record->registers[pcr].state == PCR_KNOWN  ? hex
                   : record->registers[pcr].state == PCR_ZERO ? "zero"
                                                              : "?");
}

static void check_row(struct slice line)
{
    static const unsigned shown[] = {4, 8, 9, 11, 12, 13, 14, 15};
    static struct sparse_image sparse;
    struct row row = row_of(line);
    struct prediction prediction;
    struct arena arena;
    struct image disk;
    char text[2048];
    struct buf out;
    struct err err = {0};
    enum err_code rc;

    open_disk(&row, &sparse, &disk);
    arena_init_heap(&arena, ARENA_MAX);
    buf_init_fixed(&out, text, sizeof text);
    rc = predict_disk(&disk, &row.options, &arena, &prediction, &err);
    if (rc == ERR_OK) {
        for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
            format_register(&prediction.record, shown[i], &out);
    } else {
        buf_add_format(&out, "%s %s", err_name(rc), err.msg);
        CHECK(!prediction.record.events && prediction.stub == 0);
    }
    CHECK(row.is_good == (rc == ERR_OK));
    if (!slice_equal(row.rest, buf_slice(&out))) {
        printf("%.*s\n", (int)row.line.len, (const char *)row.line.ptr);
        test_check_text("", buf_slice(&out), __FILE__, __LINE__);
    }
    arena_clear(&arena);
}

TEST(predict_agrees_with_the_reference)
{
    struct slice rest = test_file("fixtures/images/expected.txt");

    CHECK(rest.len > 0);
    while (rest.len > 0)
        check_row(slice_cut(&rest, '\n'));
}

/* --- what the table does not show --- */

struct world {
    struct sparse_image sparse;
    struct image disk;
    struct predict_options options;
    struct prediction prediction;
    struct arena arena;
    struct err err;
};

/* Static: it is large. */
static struct world *begin(const char *name)
{
    static struct world world;
    char path[128];

    memset(&world, 0, sizeof world);
    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    CHECK(sparse_open(&world.sparse, test_file(path), &world.disk));
    arena_init_heap(&world.arena, ARENA_MAX);
    return &world;
}

static enum err_code run(struct world *world)
{
    return predict_disk(&world->disk, &world->options, &world->arena, &world->prediction,
                        &world->err);
}

static void check_value(const struct world *world, unsigned pcr, const char *want)
{
    char hex[2 * BANK_SIZE_MAX + 1];

    hex_encode(world->prediction.record.registers[pcr].value, bank_size(world->options.bank), hex);
    CHECK_TEXT(want, slice_text(hex));
}

TEST(predict_lists_events_in_order)
{
    static const char *const want[] = {"Calling EFI Application from Boot Option",
                                       "separator",
                                       "UKI EFI/BOOT/BOOTX64.EFI",
                                       "kernel in .linux",
                                       ".linux",
                                       ".linux contents",
                                       ".osrel",
                                       ".osrel contents",
                                       ".cmdline",
                                       ".cmdline contents",
                                       ".initrd",
                                       ".initrd contents",
                                       "command line",
                                       "initrd: .initrd",
                                       "ready"};
    struct world *world = begin("good-252");
    const struct pcr_record *record = &world->prediction.record;

    world->options.phases = SLICE("ready");
    CHECK_OK(run(world), world->err);
    CHECK_NUMBER(sizeof want / sizeof want[0], record->count);
    for (size_t i = 0; i < record->count && i < sizeof want / sizeof want[0]; i++)
        CHECK_TEXT(want[i], record->events[i].what);
    CHECK_TEXT("console=ttyS0 root=/dev/sda2", record->events[9].text);
    CHECK_NUMBER(252, world->prediction.stub);
    CHECK_TEXT("EFI/BOOT/BOOTX64.EFI", world->prediction.path);
    arena_clear(&world->arena);
}

TEST(predict_says_what_cannot_be_known)
{
    static const struct {
        const char *disk;
        unsigned pcr;
        const char *why;
    } cases[] = {
        {"good-252", 0, "the firmware and its settings"},
        {"good-252", 5, "the firmware and its settings"},
        {"good-252", 7, "Secure Boot's state and keys"},
        {"good-252", 10, "the running system"},
        {"good-252", 16, "the running system"},
        {"good-252", 23, "the running system"},
        {"good-262", 9, "from systemd-stub 258 on a random seed may be in the initrd"},
        {"good-addons", 9, "addons beside the UKI"},
        {"good-addons", 12, "addons beside the UKI"},
        {"good-extension", 9, "credentials or extension images beside the UKI"},
        {"good-credentials", 12, "credentials or extension images beside the UKI"},
        {"good-extension", 13, "credentials or extension images beside the UKI"},
        {"good-loader-252", 12, "systemd-boot before 256 adds the command line"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = begin(cases[i].disk);
        const struct pcr_register *have = &world->prediction.record.registers[cases[i].pcr];

        world->options.has_loader = strstr(cases[i].disk, "loader");
        CHECK_OK(run(world), world->err);
        CHECK(have->state == PCR_NOT_DERIVABLE);
        CHECK_TEXT(cases[i].why, have->why);
        arena_clear(&world->arena);
    }
}

TEST(predict_notes_sections_for_certain_hardware)
{
    static const char *const disks[] = {"good-257-hardware", "good-262"}; /* .dtbauto, .efifw */

    for (size_t i = 0; i < sizeof disks / sizeof disks[0]; i++) {
        struct world *world = begin(disks[i]);

        CHECK_OK(run(world), world->err);
        CHECK(world->prediction.record.registers[11].state == PCR_KNOWN);
        CHECK_TEXT("without .dtbauto and .efifw, which count on the hardware that they are for",
                   world->prediction.record.registers[11].why);
        arena_clear(&world->arena);
    }
}

TEST(predict_counts_what_lockboot_starts)
{
    struct slice payload = SLICE("payload"), settings = SLICE("settings");
    struct image stage2 = image_memory(&payload), user_data = image_memory(&settings);
    struct world *world = begin("good-252");

    world->options.stage2 = &stage2;
    world->options.user_data = &user_data;
    CHECK_OK(run(world), world->err);
    /* sha256 of 32 zeros and sha256 of the text */
    check_value(world, 14,
                "0b463c8c48f13b9a5d63c129b19bd05e5fea12d63fd50acf58e3e3579616ef93");
    check_value(world, 15,
                "7bbbfd84a7a1673b42f23dbbc3d8be71579a9506c951d9453e61cd62913ea0d9");
    world->options.bank = BANK_SHA384;
    CHECK_OK(run(world), world->err);
    for (unsigned pcr = 14; pcr <= 15; pcr++) {
        CHECK(world->prediction.record.registers[pcr].state == PCR_NOT_DERIVABLE);
        CHECK_TEXT("stage 1 extends the SHA-256 bank alone",
                   world->prediction.record.registers[pcr].why);
    }
    arena_clear(&world->arena);
}

TEST(predict_takes_a_bare_uki)
{
    struct slice bytes = test_file("fixtures/images/good-252.efi");
    struct image file = image_memory(&bytes);
    struct world *world = begin("good-252");
    struct prediction bare;

    CHECK_OK(run(world), world->err);
    CHECK_OK(predict_uki(&file, &world->options, &world->arena, &bare, &world->err), world->err);
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        CHECK(bare.record.registers[pcr].state == world->prediction.record.registers[pcr].state);
        CHECK(memcmp(bare.record.registers[pcr].value,
                     world->prediction.record.registers[pcr].value, BANK_SIZE_MAX) == 0);
    }
    CHECK_NUMBER(0, bare.path.len);
    world->options.has_loader = true;
    CHECK_ERR(ERR_USAGE, "a UKI without a disk has no boot loader",
              predict_uki(&file, &world->options, &world->arena, &bare, &world->err), world->err);
    world->options.has_loader = false;
    world->options.path = SLICE("x");
    CHECK_ERR(ERR_USAGE, "a UKI without a disk has no path",
              predict_uki(&file, &world->options, &world->arena, &bare, &world->err), world->err);
    arena_clear(&world->arena);
}

TEST(predict_reads_little_of_a_large_disk)
{
    struct world *world = begin("good-fat32");

    CHECK_OK(run(world), world->err);
    CHECK(world->disk.size > 30000000);
    CHECK(world->sparse.bytes_read < 400000);
    CHECK(world->arena.total < 300000);
    arena_clear(&world->arena);
}

TEST(predict_finds_files_by_short_names)
{
    struct world *world = begin("good-path");

    world->options.path = SLICE("/efi/linux/long~1.bin");
    CHECK_OK(run(world), world->err);
    CHECK_NUMBER(257, world->prediction.stub);
    arena_clear(&world->arena);
}

TEST(predict_counts_phases)
{
    char phases[2 * 65];
    struct world *world = begin("good-252");

    memset(phases, ':', sizeof phases);
    for (size_t i = 0; i < sizeof phases; i += 2)
        phases[i] = 'x';
    world->options.phases = slice_of(phases, 2 * 64 - 1);
    CHECK_OK(run(world), world->err);
    world->options.phases = slice_of(phases, 2 * 65 - 1);
    CHECK_ERR(ERR_USAGE, "--phase: more than 64 phases", run(world), world->err);
    arena_clear(&world->arena);
}

TEST(predict_needs_memory)
{
    static unsigned char memory[200000];
    size_t size = 0;
    enum err_code rc = ERR_LIMIT;

    while (rc == ERR_LIMIT && size < sizeof memory) {
        struct world *world = begin("good-addons");

        size += 611;
        arena_init_fixed(&world->arena, memory, size);
        rc = run(world);
        CHECK(rc == ERR_OK || (rc == ERR_LIMIT && world->prediction.stub == 0));
    }
    CHECK(rc == ERR_OK);
}
