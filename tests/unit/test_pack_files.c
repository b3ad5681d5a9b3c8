#include "bundle/pack/pack_files.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/pack_world.h"
#include "tests/unit/temp_folder.h"

static struct pack_world world;
static struct pack_files files; /* large */
static struct temp_folder folder;

static void begin(void)
{
    pack_world_begin(&world);
    memset(&files, 0, sizeof files);
    folder = temp_folder_make();
    temp_write(&folder, "table.json", SLICE(PACK_TABLE_TEXT));
    temp_write(&folder, "m.yaml", SLICE(PACK_MEASUREMENTS_TEXT));
}

static void end(void)
{
    pack_files_close(&files);
    temp_folder_remove(&folder);
    pack_world_end(&world);
}

/* Lives as long as the world. */
static const char *in_folder(const char *before, const char *name)
{
    char text[TEMP_PATH_MAX + 16];

    snprintf(text, sizeof text, "%s%s", before, temp_path(&folder, name));
    return arena_copy(&world.arena, slice_text(text), &world.err);
}

static enum err_code table(const char *name)
{
    return pack_files_table(&files, in_folder("", name), &world.arena, &world.err);
}

static enum err_code measurements(const char *csp, const char *name)
{
    return pack_files_measurements(&files, in_folder(csp, name), &world.arena, &world.err);
}

static enum err_code signature(const char *name, struct slice bytes)
{
    temp_write(&folder, name, bytes);
    return pack_files_signature(&files, in_folder("", name), &world.policy, &world.arena, &world.err);
}

static enum err_code add(bool is_only)
{
    pack_world_again(&world);
    return pack_files_add(&files, is_only, &world.policy, &world.release, &world.arena, &world.err);
}

static void check_message(const char *before, const char *name, const char *after)
{
    char want[ERR_MESSAGE_MAX];

    snprintf(want, sizeof want, "%s%s%s", before, temp_path(&folder, name), after);
    CHECK_TEXT(want, slice_text(world.err.msg));
}

TEST(pack_files_know_what_they_are_of)
{
    begin();
    CHECK_OK(table("table.json"), world.err);
    CHECK_OK(measurements("qemu=", "m.yaml"), world.err);
    CHECK_NUMBER(2, files.count);
    CHECK(files.list[0].is_table && files.list[0].has_uid);
    CHECK_TEXT("v2.2.0", slice_text(files.list[0].uid.text));
    CHECK(!files.list[1].is_table && files.list[1].has_uid && files.list[1].csp == CSP_QEMU);
    CHECK_NUMBER(LAYOUT_RFC, files.list[1].layout);
    CHECK_TEXT(folder.path, slice_text(files.list[1].folder.source.base));
    end();
}

TEST(pack_files_refuses_what_it_cannot_read)
{
    begin();
    CHECK_NUMBER(ERR_IO, table("none.json"));
    check_message("", "none.json", ": No such file or directory");
    temp_write(&folder, "bad.json", SLICE("[]"));
    CHECK_NUMBER(ERR_FORMAT, table("bad.json"));
    check_message("", "bad.json",
                  ": lookup table: line 1: have a list, want an object: this is no lookup table");
    CHECK_NUMBER(ERR_FORMAT, measurements("qemu=", "bad.json"));
    CHECK_NUMBER(ERR_FORGED, measurements("gcp=", "m.yaml"));
    check_message("", "m.yaml", ": measurements: of qemu, not of gcp");
    end();
}

TEST(pack_files_refuses_other_words)
{
    begin();
    CHECK_ERR(ERR_USAGE, "--measurements \"m.yaml\": want CSP=FILE",
              pack_files_measurements(&files, "m.yaml", &world.arena, &world.err), world.err);
    CHECK_ERR(ERR_USAGE, "--measurements \"qemu=\": want CSP=FILE",
              pack_files_measurements(&files, "qemu=", &world.arena, &world.err), world.err);
    CHECK_NUMBER(ERR_USAGE, pack_files_measurements(&files, "moon=m.yaml", &world.arena, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg),
                       "--measurements moon=m.yaml: csp \"moon\" is not known; want one of: "));
    CHECK_NUMBER(0, files.count);
    end();
}

TEST(pack_files_have_a_limit)
{
    begin();
    for (size_t i = 0; i < PACK_FILES_MAX; i++)
        CHECK_OK(table("table.json"), world.err);
    CHECK_ERR(ERR_USAGE, "more than 128 files are given", table("table.json"), world.err);
    CHECK_NUMBER(PACK_FILES_MAX, files.count);
    end();
}

TEST(pack_files_adds_those_of_the_uid)
{
    begin();
    world.policy.allow_unsigned = true;
    temp_write(&folder, "other.json",
               SLICE("{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.3.0\"}"));
    temp_write(&folder, "any.json", SLICE("{\"qemu\":{\"qemu-vtpm\":\"x\"}}"));
    CHECK_OK(table("other.json"), world.err);
    CHECK_OK(measurements("qemu=", "m.yaml"), world.err);
    CHECK_OK(table("any.json"), world.err);
    CHECK(!files.list[2].has_uid);
    CHECK_OK(add(false), world.err);
    CHECK_NUMBER(1, world.release.count);
    CHECK_TEXT(PACK_MEASUREMENTS, world.release.items[0].title);
    CHECK_NUMBER(LAYER_MEASUREMENTS_YAML, world.release.items[0].kind);
    CHECK_OK(add(true), world.err); /* there is one uid: what names none is of it */
    CHECK_NUMBER(2, world.release.count);
    CHECK_NUMBER(LAYER_TABLE, world.release.items[1].kind);
    end();
}

TEST(pack_files_takes_signatures_beside_them)
{
    begin();
    pack_world_trust(&world, &world.keys, 0);
    temp_write(&folder, "m.yaml.sig",
               pack_world_signature(&world, 0, SLICE(PACK_MEASUREMENTS_TEXT), false));
    CHECK_OK(measurements("qemu=", "m.yaml"), world.err);
    CHECK_OK(add(true), world.err);
    pack_world_item(&world, PACK_MEASUREMENTS ".sig");
    CHECK(world.release.infos[0].verified != NULL);
    end();
}

TEST(pack_files_gives_a_signature_to_what_it_signs)
{
    begin();
    pack_world_trust(&world, &world.keys, 0);
    CHECK_OK(table("table.json"), world.err);
    CHECK_OK(measurements("qemu=", "m.yaml"), world.err);
    CHECK_OK(signature("s1", pack_world_signature(&world, 0, SLICE(PACK_MEASUREMENTS_TEXT), false)),
             world.err);
    CHECK_OK(signature("s2", pack_world_signature(&world, 0, SLICE(PACK_MEASUREMENTS_TEXT), true)),
             world.err);
    CHECK_NUMBER(0, files.list[0].given_count);
    CHECK_NUMBER(2, files.list[1].given_count);
    CHECK(files.list[1].given[0].form == SIGNATURE_DETACHED && files.list[1].given[0].key == &world.storage[0]);
    CHECK_NUMBER(SIGNATURE_SIGSTORE, files.list[1].given[1].form);
    CHECK_OK(add(true), world.err);
    CHECK_NUMBER(4, world.release.count);
    end();
}

TEST(pack_files_refuses_signatures_of_nothing)
{
    struct slice good;

    begin();
    CHECK_OK(table("table.json"), world.err);
    good = pack_world_signature(&world, 0, SLICE(PACK_TABLE_TEXT), false);
    CHECK_NUMBER(ERR_NO_KEY, signature("s", good));
    check_message("", "s", ": there is no key to check it with: give --key FILE");
    pack_world_trust(&world, &world.keys, 0); /* of measurements: no key of tables */
    CHECK_NUMBER(ERR_FORGED, signature("s", good));
    check_message("", "s", ": no given key validates it for any of the files given");
    pack_world_trust(&world, &world.table_keys, 1);
    CHECK_NUMBER(ERR_FORGED, signature("s", good));
    CHECK_NUMBER(ERR_FORMAT, signature("s", SLICE("no signature")));
    CHECK_NUMBER(0, files.list[0].given_count);
    pack_world_trust(&world, &world.table_keys, 0);
    CHECK_OK(signature("s", good), world.err);
    end();
}
