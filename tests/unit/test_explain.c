/* What is said of two boots that differ in one thing. */
#include "bundle/measure/explain.h"

#include <stdio.h>
#include <string.h>

#include "bundle/measure/eventlog.h"
#include "bundle/measure/predict.h"
#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

struct world {
    struct arena arena;
    struct pcr_record a, b;
    char text[8192];
    struct buf out;
    unsigned compared;
    struct err err;
};

static void begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    arena_init_heap(&world->arena, (size_t)8 << 20);
    buf_init_fixed(&world->out, world->text, sizeof world->text);
}

static struct pcr_record predicted(struct world *world, const char *name, bool is_secure_boot)
{
    static struct sparse_image sparse;
    struct predict_options options = {.is_secure_boot = is_secure_boot};
    struct prediction prediction;
    struct image disk;
    char path[128];

    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    CHECK(sparse_open(&sparse, test_file(path), &disk));
    CHECK_OK(predict_disk(&disk, &options, &world->arena, &prediction, &world->err), world->err);
    return prediction.record;
}

static struct pcr_record logged(struct world *world, const char *name)
{
    struct pcr_record record;
    char path[128];

    snprintf(path, sizeof path, "fixtures/images/%s.log", name);
    CHECK_OK(eventlog_parse(test_file(path), BANK_SHA256, &world->arena, &record, &world->err),
             world->err);
    return record;
}

static enum err_code compare(struct world *world)
{
    struct explain_side a = {"the first", &world->a}, b = {"the second", &world->b};

    return explain(&a, &b, &world->out, &world->compared, &world->err);
}

static void end(struct world *world, const char *want)
{
    CHECK_TEXT(want, buf_slice(&world->out));
    arena_clear(&world->arena);
}

TEST(explain_finds_equal_boots_equal)
{
    struct world world;

    begin(&world);
    world.a = predicted(&world, "good-252", false);
    world.b = predicted(&world, "good-fat16-32k", false);
    world.b = predicted(&world, "good-backup-alone", false);
    CHECK_OK(compare(&world), world.err);
    CHECK_NUMBER(8, world.compared);
    end(&world, "");
}

TEST(explain_names_a_changed_command_line)
{
    struct world world;

    begin(&world);
    world.a = predicted(&world, "good-252", false);
    world.b = predicted(&world, "good-255-last-counts", false);
    CHECK_ERR(ERR_DIFFERS, "3 of 8 registers differ", compare(&world), world.err);
    end(&world,
        "PCR 4: UKI EFI/BOOT/BOOTX64.EFI differs\n"
        "PCR 9: the command line differs; all else equal\n"
        "PCR 11: .cmdline differs: \"console=ttyS0 root=/dev/sda2\" -> \" last=1 \"; .osrel is only "
        "in the first; all else equal\n");
}

TEST(explain_names_a_changed_initrd)
{
    struct world world;

    begin(&world);
    world.a = predicted(&world, "good-252", false);
    world.b = predicted(&world, "good-fat12", false);
    CHECK_ERR(ERR_DIFFERS, "3 of 8 registers differ", compare(&world), world.err);
    end(&world, "PCR 4: UKI EFI/BOOT/BOOTX64.EFI differs\n"
                "PCR 9: the initrd differs; all else equal\n"
                "PCR 11: .initrd differs; all else equal\n");
}

TEST(explain_names_secure_boot)
{
    struct world world;

    begin(&world);
    world.a = predicted(&world, "good-252", false);
    world.b = predicted(&world, "good-252", true);
    CHECK_ERR(ERR_DIFFERS, "1 of 8 registers differ", compare(&world), world.err);
    end(&world,
        "PCR 4: the first has 1 more event: kernel in .linux (up to stub 257 the kernel in .linux "
        "counts, but not with Secure Boot on)\n");
}

TEST(explain_names_another_boot_option)
{
    struct world world;

    begin(&world);
    world.a = logged(&world, "good-usual");
    world.b = logged(&world, "good-other-option");
    CHECK_ERR(ERR_DIFFERS, "1 of 18 registers differ", compare(&world), world.err);
    CHECK_NUMBER(18, world.compared);
    end(&world, "PCR 4: the second has 2 more events: another boot option was tried first\n");
}

#define PROGRAM "PCR 4: EV_EFI_BOOT_SERVICES_APPLICATION \\EFI\\BOOT\\BOOTX64.EFI"
#define KERNEL "EV_EFI_BOOT_SERVICES_APPLICATION (the kernel that systemd-stub starts)"
#define CONFIG "EV_EFI_VARIABLE_DRIVER_CONFIG "

/* Boots under a real firmware, in fixtures/logs. */
TEST(explain_names_the_cause_between_boots)
{
    static const char *const cases[][2] = {
        {"usual", ""},
        {"other-line", PROGRAM " differs\n"
                       "PCR 9: the command line differs; all else equal\n"
                       "PCR 11: .cmdline differs; all else equal\n"},
        {"other-initrd", PROGRAM " differs\n"
                         "PCR 9: the initrd differs; all else equal\n"
                         "PCR 11: .initrd differs; all else equal\n"},
        {"other-kernel", PROGRAM " differs; " KERNEL " differs\n"
                         "PCR 11: .linux differs; all else equal\n"},
        {"other-option",
         "PCR 1: EV_EFI_VARIABLE_BOOT BootOrder differs: 0001 0000 0002 -> 0001 0002 0000 0003; "
         "EV_EFI_VARIABLE_BOOT Boot0002 differs: EFI Internal Shell -> UEFI Misc Device 2; "
         "EV_EFI_VARIABLE_BOOT Boot0003 is only in the second; all else equal\n"
         "PCR 4: the second has 3 more events: another boot option was tried first\n"},
        {"secure-boot",
         "PCR 0: EV_EFI_PLATFORM_FIRMWARE_BLOB at 0x820000 differs; EV_EFI_PLATFORM_FIRMWARE_BLOB at "
         "0x900000 differs; all else equal\n"
         "PCR 4: the first has 1 more event: " KERNEL " (up to stub 257 the kernel in .linux counts, "
         "but not with Secure Boot on)\n"
         "PCR 7: " CONFIG "SecureBoot differs: off -> on; " CONFIG "PK differs: empty -> 935 bytes; "
         CONFIG "KEK differs: empty -> 935 bytes; " CONFIG "db differs: empty -> 935 bytes; "
         CONFIG "dbx differs: empty -> 76 bytes; EV_EFI_VARIABLE_AUTHORITY db is only in the second; "
         "all else equal\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        char name[64];

        begin(&world);
        snprintf(name, sizeof name, "../logs/good-%s", cases[i][0]);
        world.a = logged(&world, "../logs/good-usual");
        world.b = logged(&world, name);
        CHECK(compare(&world) == (i ? ERR_DIFFERS : ERR_OK));
        end(&world, cases[i][1]);
    }
}

TEST(explain_holds_a_log_against_an_image)
{
    struct world world;

    begin(&world);
    world.a = predicted(&world, "good-252-without-osrel", false);
    world.b = logged(&world, "good-other-option");
    CHECK_ERR(ERR_DIFFERS, "3 of 8 registers differ", compare(&world), world.err);
    end(&world,
        "PCR 4: the second has 1 more event: another boot option was tried first; UKI "
        "EFI/BOOT/BOOTX64.EFI differs; kernel in .linux differs\n"
        "PCR 9: the command line differs; the initrd differs\n"
        "PCR 11: .linux differs; .cmdline is only in the first; .initrd is only in the first\n");
}

TEST(explain_compares_values_without_events)
{
    struct world world;

    begin(&world);
    world.a = predicted(&world, "good-257-nothing", false);
    world.b = logged(&world, "good-usual");
    world.b.has_events = false;
    for (unsigned i = 0; i < PCR_COUNT; i++) {
        if (i != 9)
            pcr_record_forget(&world.b, i, "not in the file");
    }
    CHECK_ERR(ERR_DIFFERS, "1 of 1 registers differ", compare(&world), world.err);
    CHECK(slice_begins(buf_slice(&world.out),
                       "PCR 9: 00000000000000000000000000000000000000000000000000000"
                       "00000000000 -> "));
    arena_clear(&world.arena);
}

TEST(explain_refuses_different_banks)
{
    struct world world;

    begin(&world);
    world.a = logged(&world, "good-usual");
    world.b = logged(&world, "good-usual");
    world.b.bank = BANK_SHA384;
    CHECK_ERR(ERR_USAGE, "the first has sha256 registers, the second has sha384", compare(&world),
              world.err);
    end(&world, "");
}

TEST(explain_needs_room)
{
    struct world world;

    begin(&world);
    world.a = logged(&world, "good-usual");
    world.b = logged(&world, "good-other-option");
    buf_init_fixed(&world.out, world.text, 10);
    CHECK(compare(&world) == ERR_LIMIT);
    arena_clear(&world.arena);
}

static void add_event(struct pcr_record *record, unsigned pcr, uint32_t type, const char *what, uint8_t byte)
{
    struct pcr_event event = {.pcr = pcr, .type = type, .digest = {byte}, .what = slice_text(what)};
    struct err err;

    CHECK_OK(pcr_record_add(record, &event, &err), err);
}

static void begin_records(struct world *world)
{
    begin(world);
    CHECK_OK(pcr_record_init(&world->a, BANK_SHA256, 8, &world->arena, &world->err), world->err);
    CHECK_OK(pcr_record_init(&world->b, BANK_SHA256, 8, &world->arena, &world->err), world->err);
    world->a.has_events = world->b.has_events = true;
}

/* Events that cannot be told apart are paired in their order. */
TEST(explain_pairs_events_of_one_kind)
{
    static const char *const driver = "EV_EFI_BOOT_SERVICES_DRIVER";
    struct world world;

    begin_records(&world);
    for (uint8_t i = 1; i <= 3; i++)
        add_event(&world.a, 2, 0x80000004, driver, i);
    add_event(&world.b, 2, 0x80000004, driver, 1);
    add_event(&world.b, 2, 0x80000004, driver, 9);
    CHECK(compare(&world) == ERR_DIFFERS);
    end(&world, "PCR 2: EV_EFI_BOOT_SERVICES_DRIVER differs; EV_EFI_BOOT_SERVICES_DRIVER is only in the "
                "first; all else equal\n");
}

/* What one side predicts has no label that a log could have. */
TEST(explain_puts_predictions_beside_events)
{
    struct world world;

    begin_records(&world);
    add_event(&world.a, 14, PCR_EV_IPL, "stage 2", 1);
    add_event(&world.b, 14, PCR_EV_IPL, "EV_IPL", 2);
    CHECK(compare(&world) == ERR_DIFFERS);
    end(&world, "PCR 14: stage 2 differs\n");
}
