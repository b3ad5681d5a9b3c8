#include "bundle/measure/binding_annotations.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define A(key, value) {SLICE(key), SLICE(value)}
#define STUB "vnd.sealift.measure.stub"
#define SECURE_BOOT "vnd.sealift.measure.secure-boot"
#define LOADER "vnd.sealift.measure.loader"

static struct annotations list_of(struct annotation *list, size_t count)
{
    return (struct annotations){list, count};
}

TEST(binding_annotations_come_back)
{
    struct annotation others[] = {A("a", "1"), A(STUB, "999"), A("vnd.sealift.measure.zzz", "x"),
                                  A("z", "2")};
    struct annotations have = list_of(others, 4), out, again;
    struct binding_parameters want = {.stub = 257,
                                      .is_secure_boot = true,
                                      .has_loader = true,
                                      .path = SLICE("EFI/Linux/a.efi"),
                                      .phases = SLICE("enter-initrd:ready")};
    struct binding_parameters read;
    struct arena arena;
    struct err err = {0};
    bool is_there;

    arena_init_heap(&arena, 1 << 16);
    CHECK_OK(binding_annotations_add(&have, &want, &arena, &out, &err), err);
    CHECK_NUMBER(7, out.count);
    for (size_t i = 1; i < out.count; i++)
        CHECK(slice_compare(out.list[i - 1].key, out.list[i].key) < 0);
    CHECK_OK(binding_annotations_read(&out, &is_there, &read, &err), err);
    CHECK(is_there && read.stub == 257 && read.is_secure_boot && read.has_loader);
    CHECK_TEXT("EFI/Linux/a.efi", read.path);
    CHECK_TEXT("enter-initrd:ready", read.phases);
    want = (struct binding_parameters){.stub = 252};
    CHECK_OK(binding_annotations_add(&out, &want, &arena, &again, &err), err);
    CHECK_NUMBER(5, again.count);
    CHECK_TEXT("none", again.list[1].value);
    CHECK_TEXT("off", again.list[2].value);
    CHECK_TEXT("252", again.list[3].value);
    CHECK_OK(binding_annotations_read(&again, &is_there, &read, &err), err);
    CHECK(is_there && read.stub == 252 && !read.is_secure_boot && !read.has_loader);
    CHECK(read.path.len == 0 && read.phases.len == 0);
    want.stub = 0;
    CHECK_ERR(ERR_BUG, "the stub's version is not given",
              binding_annotations_add(&have, &want, &arena, &out, &err), err);
    CHECK(!out.list && out.count == 0);
    arena_clear(&arena);
}

TEST(binding_annotations_may_be_absent)
{
    struct annotation others[] = {A("a", "1"), A("vnd.sealift.measured", "x")};
    struct annotations have = list_of(others, 2);
    struct binding_parameters read;
    struct err err = {0};
    bool is_there = true;

    CHECK_OK(binding_annotations_read(&have, &is_there, &read, &err), err);
    CHECK(!is_there && read.stub == 0);
}

TEST(binding_annotations_refuse)
{
    static const struct {
        struct annotation list[4];
        size_t count;
        const char *message;
    } cases[] = {
        {{A(STUB, "252"), A(SECURE_BOOT, "on"), A(LOADER, "none"), A("vnd.sealift.measure.bank", "x")},
         4, "annotation vnd.sealift.measure.bank is not known"},
        {{A(STUB, "252"), A(SECURE_BOOT, "on"), A(LOADER, "none"), A("vnd.sealift.measure.path", "")},
         4, "annotation vnd.sealift.measure.path is empty"},
        {{A(SECURE_BOOT, "on"), A(LOADER, "none")}, 2,
         "annotation vnd.sealift.measure.stub: have \"\", want a number from 252 to 262"},
        {{A(STUB, "251"), A(SECURE_BOOT, "on"), A(LOADER, "none")}, 3,
         "annotation vnd.sealift.measure.stub: have \"251\", want a number from 252 to 262"},
        {{A(STUB, "263"), A(SECURE_BOOT, "on"), A(LOADER, "none")}, 3,
         "annotation vnd.sealift.measure.stub: have \"263\", want a number from 252 to 262"},
        {{A(STUB, "25a"), A(SECURE_BOOT, "on"), A(LOADER, "none")}, 3,
         "annotation vnd.sealift.measure.stub: have \"25a\", want a number from 252 to 262"},
        {{A(STUB, "0252"), A(SECURE_BOOT, "on"), A(LOADER, "none")}, 3,
         "annotation vnd.sealift.measure.stub: have \"0252\", want a number from 252 to 262"},
        {{A(STUB, "252"), A(LOADER, "none")}, 2,
         "annotation vnd.sealift.measure.secure-boot: have nothing, want \"off\" or \"on\""},
        {{A(STUB, "252"), A(SECURE_BOOT, "yes"), A(LOADER, "none")}, 3,
         "annotation vnd.sealift.measure.secure-boot: have \"yes\", want \"off\" or \"on\""},
        {{A(STUB, "252"), A(SECURE_BOOT, "on"), A(LOADER, "grub")}, 3,
         "annotation vnd.sealift.measure.loader: have \"grub\", want \"none\" or \"systemd-boot\""},
        {{A(STUB, "252"), A(SECURE_BOOT, "off")}, 2,
         "annotation vnd.sealift.measure.loader: have nothing, want \"none\" or \"systemd-boot\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct annotation list[4];
        struct annotations have = {list, cases[i].count};
        struct binding_parameters read;
        struct err err = {0};
        bool is_there = true;

        memcpy(list, cases[i].list, sizeof list);
        CHECK_ERR(ERR_FORMAT, cases[i].message,
                  binding_annotations_read(&have, &is_there, &read, &err), err);
        CHECK(!is_there && read.stub == 0 && read.path.len == 0);
    }
}
