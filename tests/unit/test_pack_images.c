#include "bundle/pack/pack_images.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/pack_world.h"
#include "tests/unit/temp_folder.h"

#define V "constellation/v1/ref/-/stream/stable/v2.2.0/image/csp/"

static struct pack_world world;
static struct temp_folder folder;
static struct source_dir dir;
static struct pack_repository repository;
static struct pack_csps csps;
static struct pack_raws raws;
static struct pack_image_file files[4];
static struct pack_images images;

static void begin(void)
{
    pack_world_begin(&world);
    folder = temp_folder_make();
    source_dir_init(&dir, folder.path);
    repository = (struct pack_repository){.source = &dir.source, .dir = &dir, .layout = -1};
    raws = (struct pack_raws){.arena = &world.arena};
    for (int csp = 0; csp < CSP_COUNT; csp++)
        csps.wants[csp] = true;
    images = (struct pack_images){.csps = &csps, .files = files, .raws = &raws};
}

static void end(void)
{
    pack_raws_close(&raws);
    source_dir_close(&dir);
    temp_folder_remove(&folder);
    pack_world_end(&world);
}

static void set_table(enum layout layout, const char *text)
{
    struct table *table = arena_alloc(&world.arena, sizeof *table, &world.err);

    CHECK_OK(table_parse(slice_text(text), &world.arena, table, &world.err), world.err);
    world.release.tables[layout] = table;
}

static void give(const char *what, const char *name)
{
    char text[TEMP_PATH_MAX + 64];

    snprintf(text, sizeof text, "%s=%s", what, temp_path(&folder, name));
    CHECK_OK(pack_image_file_parse(arena_copy(&world.arena, slice_text(text), &world.err),
                                   &files[images.file_count++], &world.err),
             world.err);
}

static enum err_code add(void)
{
    pack_world_again(&world);
    return pack_images_add(&images, &world.release, &world.arena, &world.err);
}

/* pack_world_again forgets the tables, too: those of a world with one. */
static enum err_code add_with(enum layout layout, const char *table)
{
    pack_world_again(&world);
    set_table(layout, table);
    return pack_images_add(&images, &world.release, &world.arena, &world.err);
}

static void check_item(const char *title, enum csp csp, const char *variant)
{
    const struct bundle_item *item = &world.release.items[pack_world_item(&world, title)];

    CHECK_NUMBER(LAYER_IMAGE_ZSTD, item->kind);
    CHECK_NUMBER(csp, item->csp);
    CHECK_TEXT(variant, item->variant);
    CHECK(item->raw != NULL);
}

/* --- what the user gives --- */

TEST(pack_image_file_is_a_csp_a_variant_and_a_path)
{
    struct pack_image_file file;
    struct err err;

    CHECK_OK(pack_image_file_parse("gcp=a=b.raw", &file, &err), err);
    CHECK(file.csp == CSP_GCP && file.variant.len == 0);
    CHECK_TEXT("a=b.raw", slice_text(file.path));
    CHECK_OK(pack_image_file_parse("gcp/gcp-sev-es=a", &file, &err), err);
    CHECK_TEXT("gcp-sev-es", file.variant);
    CHECK_OK(pack_image_file_parse("gcp/sev-es=a", &file, &err), err); /* as old tables call it */
    CHECK_TEXT("gcp-sev-es", file.variant);
}

TEST(pack_image_file_refuses_other_texts)
{
    static const char *const bad[][2] = {
        {"a.raw", "--image \"a.raw\": want CSP=FILE or CSP/VARIANT=FILE"},
        {"gcp=", "--image \"gcp=\": want CSP=FILE or CSP/VARIANT=FILE"},
        {"gcp/=a", "--image gcp/=a: variant \"\" is none of gcp"},
        {"gcp/aws-nitro-tpm=a", "--image gcp/aws-nitro-tpm=a: variant \"aws-nitro-tpm\" is none of gcp"},
    };
    struct pack_image_file file;
    struct err err;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_USAGE, bad[i][1], pack_image_file_parse(bad[i][0], &file, &err), err);
    CHECK_NUMBER(ERR_USAGE, pack_image_file_parse("moon=a", &file, &err));
}

TEST(pack_images_given_have_the_only_variant)
{
    begin();
    temp_write(&folder, "a.raw", SLICE("disk"));
    give("qemu", "a.raw");
    CHECK_OK(add(), world.err);
    check_item("images/v2.2.0/qemu.raw.zst", CSP_QEMU, "");
    CHECK_OK(add_with(LAYOUT_RFC, PACK_TABLE_TEXT), world.err); /* and its URL is not asked */
    CHECK_NUMBER(1, world.release.count);
    check_item("images/v2.2.0/qemu-qemu-vtpm.raw.zst", CSP_QEMU, "qemu-vtpm");
    CHECK_OK(add_with(LAYOUT_V2, PACK_TABLE_TEXT), world.err);
    check_item(V "qemu/qemu-vtpm/image.raw.zst", CSP_QEMU, "qemu-vtpm");
    end();
}

TEST(pack_images_given_for_a_variant_leave_the_others)
{
    static const char table[] = "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\",\"gcp\":"
                                "{\"gcp-sev-es\":\"a\",\"gcp-sev-snp\":\"b\"}}";

    begin();
    temp_write(&folder, "a.raw", SLICE("disk"));
    give("gcp/gcp-sev-es", "a.raw");
    images.repository = &repository;
    temp_write(&folder, "images/v2.2.0/gcp-gcp-sev-es.raw", SLICE("not taken"));
    temp_write(&folder, "images/v2.2.0/gcp-gcp-sev-snp.raw", SLICE("taken"));
    CHECK_OK(add_with(LAYOUT_RFC, table), world.err);
    CHECK_NUMBER(2, world.release.count);
    check_item("images/v2.2.0/gcp-gcp-sev-es.raw.zst", CSP_GCP, "gcp-sev-es");
    CHECK_NUMBER(4, world.release.items[0].raw->size);
    check_item("images/v2.2.0/gcp-gcp-sev-snp.raw.zst", CSP_GCP, "gcp-sev-snp");
    end();
}

/* Of any variant: then no URL is asked for one. */
TEST(pack_images_given_for_all_variants_cover_them)
{
    begin();
    temp_write(&folder, "a.raw", SLICE("disk"));
    give("qemu", "a.raw");
    CHECK_OK(add_with(LAYOUT_RFC, "{\"qemu\":{\"qemu-vtpm\":\"https://cdn.example/a\","
                                  "\"qemu-tdx\":\"https://cdn.example/b\"}}"),
             world.err);
    CHECK_NUMBER(1, world.release.count);
    check_item("images/v2.2.0/qemu.raw.zst", CSP_QEMU, "");
    end();
}

/* --- the repository --- */

TEST(pack_images_of_a_repository_are_all_that_are_there)
{
    begin();
    images.repository = &repository;
    temp_write(&folder, "images/v2.2.0/qemu-qemu-vtpm.raw", SLICE("one"));
    temp_write(&folder, V "qemu/qemu-vtpm/image.raw", SLICE("two"));
    temp_write(&folder, V "qemu/image.raw", SLICE("three"));
    CHECK_OK(add_with(LAYOUT_RFC, PACK_TABLE_TEXT), world.err);
    CHECK_NUMBER(3, world.release.count);
    check_item("images/v2.2.0/qemu-qemu-vtpm.raw.zst", CSP_QEMU, "qemu-vtpm");
    check_item(V "qemu/qemu-vtpm/image.raw.zst", CSP_QEMU, "qemu-vtpm");
    check_item(V "qemu/image.raw.zst", CSP_QEMU, "");
    repository.layout = LAYOUT_V1;
    CHECK_OK(add_with(LAYOUT_V1, PACK_TABLE_TEXT), world.err);
    CHECK_NUMBER(2, world.release.count);
    repository.layout = LAYOUT_V2;
    CHECK_OK(add_with(LAYOUT_V2, PACK_TABLE_TEXT), world.err);
    CHECK_NUMBER(2, world.release.count);
    check_item(V "qemu/qemu-vtpm/image.raw.zst", CSP_QEMU, "qemu-vtpm");
    end();
}

TEST(pack_images_are_of_the_csps_that_are_wanted)
{
    begin();
    images.repository = &repository;
    temp_write(&folder, "images/v2.2.0/qemu-qemu-vtpm.raw", SLICE("one"));
    csps.wants[CSP_QEMU] = false;
    CHECK_OK(add_with(LAYOUT_RFC, PACK_TABLE_TEXT), world.err);
    CHECK_NUMBER(0, world.release.count);
    end();
}

/* Of clouds the reference is all there is. */
TEST(pack_images_need_none_of_a_cloud)
{
    begin();
    images.repository = &repository;
    CHECK_OK(add_with(LAYOUT_RFC, "{\"gcp\":{\"gcp-sev-es\":\"https://x.example/self/link\"}}"), world.err);
    CHECK_NUMBER(0, world.release.count);
    end();
}

/* --- variants and URLs of tables --- */

TEST(pack_images_refuses_a_variant_that_is_no_path)
{
    begin();
    CHECK_ERR(ERR_FORMAT, "v2.2.0: variant \"../x\" of qemu cannot be part of a path",
              add_with(LAYOUT_RFC, "{\"qemu\":{\"../x\":\"https://cdn.example/x\"}}"), world.err);
    CHECK_OK(add_with(LAYOUT_RFC, "{\"qemu\":{\"../x\":\"no-URL\"}}"), world.err);
    CHECK_NUMBER(0, world.release.count);
    end();
}

TEST(pack_images_refuses_two_urls_for_one_image)
{
    begin();
    set_table(LAYOUT_V1, PACK_TABLE_TEXT);
    set_table(LAYOUT_V2, "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\",\"qemu\":"
                         "{\"qemu-vtpm\":\"https://other.example/qemu.raw\"}}");
    CHECK_ERR(ERR_AMBIGUOUS,
              "v2.2.0: its tables name several URLs for qemu/qemu-vtpm: choose with --layout, or give "
              "the image with --image",
              pack_images_add(&images, &world.release, &world.arena, &world.err), world.err);
    end();
}

TEST(pack_images_names_the_file_that_is_no_image)
{
    struct pack_raw *raw;

    begin();
    temp_write(&folder, "a.raw", SLICE("QFI\xfb"));
    give("qemu", "a.raw");
    CHECK_NUMBER(ERR_FORMAT, add());
    CHECK(slice_begins(slice_text(world.err.msg), temp_path(&folder, "a.raw")));
    CHECK_NUMBER(0, world.release.count);
    CHECK_NUMBER(ERR_IO, pack_raws_file(&raws, temp_path(&folder, "none"), &raw, &world.err));
    end();
}
