#include "bundle/pack/pack_extras.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static struct arena arena;

static void begin(void)
{
    folder = temp_folder_make();
    arena_init_heap(&arena, (size_t)32 << 20);
    temp_write(&folder, "file", SLICE("text"));
}

static void end(void)
{
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

static enum err_code read_as(const char *path, struct pack_extra *extra, struct err *err)
{
    char text[2 * TEMP_PATH_MAX];

    snprintf(text, sizeof text, "%s=%s", path, temp_path(&folder, "file"));
    return pack_extra_read(arena_copy(&arena, slice_text(text), err), &arena, extra, err);
}

TEST(pack_extras_reads_the_file)
{
    struct pack_extra extra;
    struct err err;

    begin();
    CHECK_OK(read_as("notes/v1.txt", &extra, &err), err);
    CHECK_TEXT("notes/v1.txt", extra.title);
    CHECK_TEXT("text", extra.bytes);
    CHECK_TEXT("text/plain", slice_text(extra.media_type));
    CHECK_OK(read_as("a.spdx.json", &extra, &err), err);
    CHECK_TEXT("application/spdx+json", slice_text(extra.media_type));
    CHECK_OK(read_as("a", &extra, &err), err);
    CHECK_TEXT("application/octet-stream", slice_text(extra.media_type));
    end();
}

TEST(pack_extras_refuses_paths_of_others)
{
    static const char *const bad[] = {
        "", "/a", "a/../b", "a//b", ".sealift/a", "blobs/a", "images/v1.0.0.json", "a.sig",
        "a.sigstore.json", "a.raw", "a.raw.zst", "measurements/gcp/v1.0.0/measurements.yaml",
        "constellation/v1/ref/-/stream/stable/versions/latest/image.json"};
    struct pack_extra extra;
    struct err err;

    begin();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_NUMBER(ERR_USAGE, read_as(bad[i], &extra, &err));
        CHECK(!extra.path && !extra.bytes.ptr && !extra.title.ptr);
    }
    CHECK_ERR(ERR_USAGE, "--extra \"a\": want PATH=FILE",
              pack_extra_read("a", &arena, &extra, &err), err);
    CHECK_ERR(ERR_USAGE, "--extra \"a=\": want PATH=FILE",
              pack_extra_read("a=", &arena, &extra, &err), err);
    CHECK_NUMBER(ERR_IO, pack_extra_read("a=/no/such/file", &arena, &extra, &err));
    CHECK(!extra.path);
    end();
}

TEST(pack_extras_adds_to_a_release)
{
    struct pack_release release = {.count = 0};
    struct pack_extra extras[2];
    struct err err;

    begin();
    CHECK_OK(read_as("notes/a.md", &extras[0], &err), err);
    CHECK_OK(read_as("b", &extras[1], &err), err);
    CHECK_OK(pack_extras_add(extras, 2, &release, &arena, &err), err);
    CHECK_NUMBER(2, release.count);
    CHECK_NUMBER(LAYER_OTHER, release.items[0].kind);
    CHECK_TEXT("text/markdown", slice_text(release.items[0].media_type));
    CHECK(!release.infos[1].verified && !release.items[1].is_unsigned);
    CHECK_NUMBER(ERR_FORMAT, pack_extras_add(extras, 1, &release, &arena, &err)); /* is there */
    end();
}
