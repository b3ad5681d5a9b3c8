#include "bundle/pack/pack_parts.h"

#include <string.h>
#include <unistd.h>

#include "resolver/source/folder.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static char bundle[512];
static struct pack_parts parts;
static struct err err;

static struct part_store begin(void)
{
    snprintf(bundle, sizeof bundle, "%s", temp_path(&folder, "b.tar"));
    parts = (struct pack_parts){.bundle = bundle, .folder = folder_open(folder.path)};
    return pack_parts_store(&parts);
}

static void end(void)
{
    pack_parts_close(&parts);
    close(parts.folder);
    temp_folder_remove(&folder);
}

static void write_part(const struct part_store *store, uint32_t number, const char *text)
{
    struct output out;

    CHECK_OK(store->write(store->ctx, number, &out, &err), err);
    CHECK_OK(out.write(out.ctx, 0, slice_text(text), &err), err);
}

/* More parts than are kept open, and back to the first. */
TEST(pack_parts_are_written)
{
    static const char *const texts[] = {"one", "two", "three", "four", "five", "six"};
    struct part_store store;
    struct image image;
    uint8_t bytes[3];
    char path[PATH_MAX];

    folder = temp_folder_make();
    store = begin();
    for (uint32_t i = 0; i < 6; i++)
        write_part(&store, i + 1, texts[i]);
    write_part(&store, 1, "ONE");
    CHECK_OK(store.read(store.ctx, 1, &image, &err), err);
    CHECK_OK(image_read(&image, 0, bytes, 3, &err), err);
    CHECK(image.size == 3 && memcmp(bytes, "ONE", 3) == 0);
    CHECK_OK(store.remove(store.ctx, 6, &err), err);
    CHECK(!temp_exists(&folder, "b.tar.006.part") && temp_exists(&folder, "b.tar.005.part"));
    CHECK_OK(pack_parts_commit(&parts, 5, &err), err);
    CHECK_NUMBER(5, temp_count(&folder));
    for (uint32_t i = 1; i < 5; i++) {
        pack_parts_path(bundle, i + 1, 5, path);
        CHECK_TEXT(texts[i], test_file(path));
    }
    CHECK_TEXT("ONE", temp_read(&folder, "b.tar.001-of-005"));
    end();
}

TEST(pack_parts_of_earlier_runs_are_removed)
{
    static const char *const stay[] = {"b.tar.001-of-002.sig", "b.tar.x01-of-003", "b.tar.001-of-0003",
                                       "b.tar.001-of-0031", "a.tar.001-of-003", "b.tar", "b.tar.000-of-003",
                                       "b.tar.0001.part"};
    struct part_store store;

    folder = temp_folder_make();
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
        temp_write(&folder, stay[i], SLICE("stays"));
    temp_write(&folder, "b.tar.001-of-003", SLICE("an earlier set"));
    temp_write(&folder, "b.tar.007.part", SLICE("half"));
    store = begin();
    CHECK(!temp_exists(&folder, "b.tar.007.part"));
    CHECK(temp_exists(&folder, "b.tar.001-of-003")); /* until the new ones are there */
    write_part(&store, 1, "one");
    write_part(&store, 2, "two");
    CHECK_OK(pack_parts_commit(&parts, 2, &err), err);
    CHECK(!temp_exists(&folder, "b.tar.001-of-003"));
    CHECK_TEXT("two", temp_read(&folder, "b.tar.002-of-002"));
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
        CHECK_TEXT("stays", temp_read(&folder, stay[i]));
    end();
}

TEST(pack_parts_that_are_not_committed_are_gone)
{
    struct part_store store;

    folder = temp_folder_make();
    store = begin();
    write_part(&store, 1, "one");
    write_part(&store, 2, "two");
    pack_parts_close(&parts);
    CHECK_NUMBER(0, temp_count(&folder));
    end();
}

TEST(pack_parts_names_the_one_that_fails)
{
    struct part_store store;
    struct output out;
    struct image image;

    folder = temp_folder_make();
    store = begin();
    CHECK(symlink("elsewhere", temp_path(&folder, "b.tar.001.part")) == 0);
    CHECK_NUMBER(ERR_IO, store.write(store.ctx, 1, &out, &err));
    CHECK(strstr(err.msg, "/b.tar.001.part: ") != NULL);
    CHECK_NUMBER(ERR_IO, store.read(store.ctx, 2, &image, &err));
    CHECK(strstr(err.msg, "/b.tar.002.part: ") != NULL);
    CHECK_NUMBER(ERR_IO, pack_parts_commit(&parts, 1, &err));
    CHECK(!temp_exists(&folder, "elsewhere"));
    end();
}

/* What stands behind the headers of the parts, across their borders. */
TEST(pack_parts_are_read_as_one)
{
    static uint8_t part[BUNDLE_PART_HEADER + 4];
    struct part_store store;
    struct output out;
    struct image image;
    uint8_t bytes[10];

    folder = temp_folder_make();
    store = begin();
    for (uint32_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 4; k++)
            part[BUNDLE_PART_HEADER + k] = (uint8_t)('a' + 4 * i + k);
        CHECK_OK(store.write(store.ctx, i + 1, &out, &err), err);
        CHECK_OK(out.write(out.ctx, 0, slice_of(part, sizeof part), &err), err);
    }
    image = pack_parts_image(&parts, 4, 12);
    CHECK_NUMBER(12, image.size);
    CHECK_OK(image_read(&image, 1, bytes, 10, &err), err);
    CHECK(memcmp(bytes, "bcdefghijk", 10) == 0);
    CHECK_OK(image_read(&image, 4, bytes, 4, &err), err); /* back again */
    CHECK(memcmp(bytes, "efgh", 4) == 0);
    end();
}
