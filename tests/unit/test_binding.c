/* Disks of fixtures/images/ against measurements that a prediction of the same or of another boot gives. */
#include "bundle/measure/binding.h"

#include <stdio.h>
#include <string.h>

#include "bundle/measure/predict.h"
#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

#define ARENA_MAX ((size_t)4 << 20)

struct bound {
    struct sparse_image sparse;
    struct image disk;
    struct measurements wanted;
    struct binding binding;
    struct arena arena;
    struct err err;
    char text[1024];
};

static struct bound world; /* it is large */

static void open_disk(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    CHECK(sparse_open(&world.sparse, test_file(path), &world.disk));
}

/* Measurements of a disk that boots that way: registers 4, 8, 9, 11, 12, 13 and 15, all enforced. */
static void begin(const char *disk, const struct predict_options *options)
{
    static const unsigned enforced[] = {4, 8, 9, 11, 12, 13, 15};
    struct prediction prediction;

    memset(&world, 0, sizeof world);
    open_disk(disk);
    arena_init_heap(&world.arena, ARENA_MAX);
    CHECK_OK(predict_disk(&world.disk, options, &world.arena, &prediction, &world.err), world.err);
    world.wanted.size_bytes = 32;
    for (size_t i = 0; i < sizeof enforced / sizeof enforced[0]; i++) {
        struct measurement *to = &world.wanted.registers[enforced[i]];

        to->is_set = prediction.record.registers[enforced[i]].state != PCR_NOT_DERIVABLE;
        memcpy(to->expected, prediction.record.registers[enforced[i]].value, 32);
    }
    arena_clear(&world.arena);
}

static enum err_code check(const struct binding_parameters *recorded)
{
    return binding_check(&world.disk, &world.wanted, recorded, &world.arena, &world.binding,
                         &world.err);
}

static struct slice explained(void)
{
    struct buf out;

    buf_init_fixed(&out, world.text, sizeof world.text);
    binding_explain(&world.binding, &out);
    CHECK_OK(buf_done(&out, &world.err), world.err);
    return buf_slice(&out);
}

TEST(binding_finds_how_a_disk_was_booted)
{
    static const struct {
        const char *disk;
        struct predict_options options;
        const char *want;
    } cases[] = {
        {"good-252", {0}, "systemd-stub 252, Secure Boot off, no boot loader, no phases"},
        {"good-252", {.is_secure_boot = true},
         "systemd-stub 252, Secure Boot on, no boot loader, no phases"},
        {"good-252", {.phases = SLICE("enter-initrd")},
         "systemd-stub 252, Secure Boot off, no boot loader, phases enter-initrd"},
        {"good-252",
         {.is_secure_boot = true, .phases = SLICE("enter-initrd:leave-initrd:sysinit:ready")},
         "systemd-stub 252, Secure Boot on, no boot loader, phases "
         "enter-initrd:leave-initrd:sysinit:ready"},
        {"good-257", {.phases = SLICE("enter-initrd:leave-initrd")},
         "systemd-stub 257, Secure Boot off, no boot loader, phases enter-initrd:leave-initrd"},
        {"good-257-nothing", {0}, "systemd-stub 257, Secure Boot off, no boot loader, no phases"},
        {"good-loader-252", {.has_loader = true},
         "systemd-stub 252, Secure Boot off, behind systemd-boot, no phases"},
        {"good-loader-252", {.has_loader = true, .is_secure_boot = true},
         "systemd-stub 252, Secure Boot on, behind systemd-boot, no phases"},
        {"good-without-magic", {.stub = 252},
         "systemd-stub 252, Secure Boot off, no boot loader, no phases"},
        {"good-without-magic", {.stub = 257, .phases = SLICE("enter-initrd:leave-initrd:sysinit")},
         "systemd-stub 257, Secure Boot off, no boot loader, phases "
         "enter-initrd:leave-initrd:sysinit"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        struct buf out;

        begin(cases[i].disk, &cases[i].options);
        CHECK_OK(check(NULL), world.err);
        CHECK(world.binding.result == BINDING_EQUAL);
        CHECK_NUMBER(1 << 4 | 1 << 9 | 1 << 11, world.binding.registers);
        CHECK_TEXT("", slice_text(world.binding.note));
        buf_init_fixed(&out, text, sizeof text);
        binding_describe(&world.binding.parameters, &out);
        CHECK_TEXT(cases[i].want, buf_slice(&out));
        CHECK_NUMBER(0, world.arena.total);
    }
}

TEST(binding_says_what_it_compared)
{
    struct predict_options options = {0};

    begin("good-252", &options);
    CHECK_OK(check(NULL), world.err);
    CHECK_TEXT("PCR 4, 9 and 11 of the image are those of the measurements (systemd-stub 252, Secure "
               "Boot off, no boot loader, no phases)", explained());
    world.wanted.registers[9].warn_only = true;
    memset(world.wanted.registers[9].expected, 1, 32);
    CHECK_OK(check(NULL), world.err);
    CHECK_NUMBER(1 << 4 | 1 << 11, world.binding.registers);
    CHECK_TEXT("PCR 4 and 11 of the image are those of the measurements (systemd-stub 252, Secure Boot "
               "off, no boot loader, no phases)", explained());
    world.wanted.registers[11].is_set = false;
    CHECK_OK(check(NULL), world.err);
    CHECK_TEXT("PCR 4 of the image are those of the measurements (systemd-stub 252, Secure Boot off, "
               "no boot loader, no phases)", explained());
    memset(world.wanted.registers[12].expected, 1, 32); /* not compared */
    CHECK_OK(check(NULL), world.err);
}

TEST(binding_notes_what_cannot_be_derived)
{
    struct predict_options options = {0};

    begin("good-262", &options);
    world.wanted.registers[9].is_set = true;
    CHECK_OK(check(NULL), world.err);
    CHECK(world.binding.result == BINDING_EQUAL);
    CHECK_TEXT("PCR 9 cannot be derived: from systemd-stub 258 on a random seed may be in the initrd",
               slice_text(world.binding.note));
    world.wanted.registers[4].is_set = world.wanted.registers[11].is_set = false;
    CHECK_OK(check(NULL), world.err);
    CHECK(world.binding.result == BINDING_NOT_DERIVABLE);
    CHECK_TEXT("the measurements cannot be compared with the image: PCR 9 cannot be derived: from "
               "systemd-stub 258 on a random seed may be in the initrd", explained());
    CHECK_OK(check(&(struct binding_parameters){.stub = 262}), world.err);
    CHECK(world.binding.result == BINDING_NOT_DERIVABLE);
    world.wanted.registers[9].is_set = false;
    CHECK_OK(check(NULL), world.err);
    CHECK(world.binding.result == BINDING_NOT_DERIVABLE);
    CHECK_TEXT("none of PCR 4, 9 and 11 is enforced", slice_text(world.binding.note));
    world.wanted.size_bytes = 48;
    CHECK_OK(check(NULL), world.err);
    CHECK(world.binding.result == BINDING_NOT_COMPARABLE);
    CHECK_TEXT("TDX registers cannot be derived from an image", explained());
}

TEST(binding_reports_disks_without_a_uki)
{
    static const struct {
        const char *disk;
        enum binding_result result;
        const char *note;
    } cases[] = {
        {"bad-not-a-disk", BINDING_NO_UKI, "no GPT: not the raw image of a disk"},
        {"bad-empty", BINDING_NO_UKI, "no GPT: not the raw image of a disk"},
        {"bad-no-esp", BINDING_NO_UKI, "GPT: no EFI system partition"},
        {"bad-no-linux", BINDING_NO_UKI,
         "EFI/BOOT/BOOTX64.EFI: not a UKI: no section .linux; behind systemd-boot: EFI/Linux: no such "
         "file"},
        {"bad-stub-263", BINDING_NOT_DERIVABLE,
         "EFI/BOOT/BOOTX64.EFI: systemd-stub 263: only 252 to 262 are known"},
        {"bad-two-esps", BINDING_NOT_DERIVABLE, "GPT: 2 EFI system partitions (1 and 2)"},
        {"bad-two-architectures", BINDING_NOT_DERIVABLE,
         "EFI/BOOT/BOOTX64.EFI and EFI/BOOT/BOOTAA64.EFI: choose with --path"},
        {"bad-loader-alone", BINDING_NO_UKI,
         "EFI/BOOT/BOOTX64.EFI: not a UKI: this is systemd-boot: give --loader; behind systemd-boot: "
         "EFI/Linux: no such file"},
    };
    struct predict_options options = {0};

    begin("good-252", &options);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_disk(cases[i].disk);
        CHECK_OK(check(NULL), world.err);
        CHECK_NUMBER(cases[i].result, world.binding.result);
        CHECK_TEXT(cases[i].note, slice_text(world.binding.note));
        CHECK_NUMBER(0, world.binding.registers);
    }
    open_disk("bad-empty");
    CHECK_OK(check(NULL), world.err);
    CHECK_TEXT("the image has no UKI, so the measurements cannot be compared with it: no GPT: not the "
               "raw image of a disk", explained());
}

TEST(binding_refuses_malformed_disks)
{
    static const struct {
        const char *disk;
        enum err_code code;
        const char *message;
    } cases[] = {
        {"bad-chain-circle", ERR_FORMAT,
         "EFI/BOOT/BOOTX64.EFI: a chain of clusters goes in a circle"},
        {"bad-chain-short", ERR_CORRUPT,
         "EFI/BOOT/BOOTX64.EFI: 3264 bytes, but its clusters hold 1536"},
        {"bad-addons-many", ERR_LIMIT, "loader/addons: more than 64 addons"},
    };
    struct predict_options options = {0};

    begin("good-252", &options);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_disk(cases[i].disk);
        CHECK_ERR(cases[i].code, cases[i].message, check(NULL), world.err);
        CHECK_ERR(cases[i].code, cases[i].message, check(&(struct binding_parameters){.stub = 252}),
                  world.err);
        CHECK(world.binding.result == 0 && !world.binding.note[0]);
    }
}

TEST(binding_names_register_and_event)
{
    static const struct {
        unsigned pcr;
        const char *message;
    } cases[] = {
        {4,
         "is not what the measurements describe; the nearest: PCR 4: the image gives "
         "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8 (UKI EFI/BOOT/BOOTX64.EFI; "
         "kernel in .linux; systemd-stub 252, Secure Boot off, no boot loader, no phases), the "
         "measurements want 0101010101010101010101010101010101010101010101010101010101010101"},
        {9,
         "is not what the measurements describe; the nearest: PCR 9: the image gives "
         "c2e26177708f443788f12160b47c0c63740c01f10feb77917ff28f558288857e (command line; initrd: "
         ".initrd; systemd-stub 252, Secure Boot off, no boot loader, no phases), the measurements "
         "want 0101010101010101010101010101010101010101010101010101010101010101"},
        {11,
         "is not what the measurements describe; the nearest: PCR 11: the image gives "
         "1ebf47f7331e4164c5f304c98912447af7045fed553"},
    };
    struct predict_options options = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin("good-252", &options);
        memset(world.wanted.registers[cases[i].pcr].expected, 1, 32);
        CHECK(check(NULL) == ERR_FORGED && world.err.code == ERR_FORGED);
        CHECK_TEXT(cases[i].message,
                   slice_part(slice_text(world.err.msg), 0, strlen(cases[i].message)));
        CHECK(!world.binding.note[0] && world.binding.parameters.stub == 0);
    }
    CHECK(strstr(world.err.msg, "(.linux; .osrel; .cmdline; .initrd; systemd-stub 252, "));
}

TEST(binding_takes_the_recorded_parameters_alone)
{
    struct predict_options options = {.is_secure_boot = true};
    struct binding_parameters recorded = {.stub = 252, .is_secure_boot = true};

    begin("good-252", &options);
    CHECK_OK(check(&recorded), world.err);
    CHECK(world.binding.result == BINDING_EQUAL && world.binding.parameters.is_secure_boot);
    recorded.stub = 0;
    CHECK_OK(check(&recorded), world.err);
    CHECK_NUMBER(252, world.binding.parameters.stub);
    recorded = (struct binding_parameters){.stub = 252};
    CHECK_ERR(ERR_FORGED,
              "the recorded way of booting does not fit: PCR 4: the image gives "
              "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8 (UKI "
              "EFI/BOOT/BOOTX64.EFI; kernel in .linux; systemd-stub 252, Secure Boot off, no boot "
              "loader, no phases), the measurements want "
              "36fb6bc47c54acc938460b49e69de0540470ebefae27333b17a3cd24653c00c0",
              check(&recorded), world.err);
    recorded = (struct binding_parameters){.stub = 252, .is_secure_boot = true,
                                           .phases = SLICE("enter-initrd")};
    CHECK(check(&recorded) == ERR_FORGED);
    CHECK(strstr(world.err.msg, "PCR 11: ") && strstr(world.err.msg, "phases enter-initrd"));
    recorded = (struct binding_parameters){.stub = 257, .is_secure_boot = true};
    CHECK_ERR(ERR_FORGED,
              "the recorded parameters (systemd-stub 257, Secure Boot on, no boot loader, no phases) "
              "are not those of the image: EFI/BOOT/BOOTX64.EFI: --stub 257, but .sdmagic says "
              "systemd-stub 252",
              check(&recorded), world.err);
    recorded = (struct binding_parameters){.stub = 252, .has_loader = true};
    CHECK_ERR(ERR_FORGED,
              "the recorded parameters (systemd-stub 252, Secure Boot off, behind systemd-boot, no "
              "phases) are not those of the image: EFI/Linux: no such file",
              check(&recorded), world.err);
    recorded = (struct binding_parameters){.stub = 252, .path = SLICE("x.efi")};
    CHECK_ERR(ERR_FORGED,
              "the recorded parameters (systemd-stub 252, Secure Boot off, no boot loader, path x.efi, "
              "no phases) are not those of the image: x.efi: no such file",
              check(&recorded), world.err);
    open_disk("bad-stub-263");
    CHECK_OK(check(&(struct binding_parameters){0}), world.err);
    CHECK(world.binding.result == BINDING_NOT_DERIVABLE);
}

TEST(binding_takes_a_recorded_path)
{
    struct predict_options options = {.path = SLICE("EFI/Linux/a-rather-long-name.of-a-kernel.efi")};
    struct binding_parameters recorded = {.stub = 257, .path = options.path};

    begin("good-path", &options);
    CHECK(check(NULL) == ERR_FORGED);
    CHECK_OK(check(&recorded), world.err);
    CHECK(world.binding.result == BINDING_EQUAL);
    CHECK(world.binding.parameters.path.ptr == options.path.ptr);
}

TEST(binding_needs_memory)
{
    static unsigned char memory[200000];
    struct predict_options options = {0};
    size_t size = 0;
    enum err_code rc = ERR_LIMIT;

    begin("good-252", &options);
    while (rc == ERR_LIMIT && size < sizeof memory) {
        size += 611;
        arena_init_fixed(&world.arena, memory, size);
        rc = check(NULL);
    }
    CHECK(rc == ERR_OK && world.binding.result == BINDING_EQUAL);
}
