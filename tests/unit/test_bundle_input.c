#include "bundle/archive/bundle_input.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/hex.h"
#include "tests/unit/parts_world.h"
#include "tests/unit/temp_folder.h"

#define PATHS_MAX 40

/* The same bundle in all its forms, on the disk. */
struct given_world {
    struct parts_world parts;
    struct temp_folder folder;
    struct arena arena;
    char paths[PATHS_MAX][TEMP_PATH_MAX];
    const char *given[PATHS_MAX];
};

static void write_layout(struct given_world *world, struct slice archive)
{
    struct world_tar tar;

    world_tar_read(&tar, archive);
    for (size_t i = 0; i < tar.count; i++) {
        char name[300];

        if (tar.members[i].link[0])
            continue;
        snprintf(name, sizeof name, "layout/%s", tar.members[i].name);
        temp_write(&world->folder, name, tar.contents[i]);
    }
}

static void given_begin(struct given_world *world)
{
    struct slice archive;

    memset(world, 0, sizeof *world);
    arena_init_heap(&world->arena, WORLD_MAX);
    world->folder = temp_folder_make();
    parts_init(&world->parts, 1);
    archive = world_archive(&world->parts.world);
    temp_write(&world->folder, "a.tar", archive);
    write_layout(world, archive);
    for (uint32_t i = 0; i < world->parts.count; i++) {
        char name[32];

        snprintf(name, sizeof name, "%s/part%u", i % 2 ? "odd" : "even", i + 1);
        temp_write(&world->folder, name, world->parts.bytes[i]);
        snprintf(world->paths[i], TEMP_PATH_MAX, "%s/%s", world->folder.path, name);
        world->given[i] = world->paths[i];
    }
}

static void given_end(struct given_world *world)
{
    temp_folder_remove(&world->folder);
    arena_clear(&world->arena);
    parts_end(&world->parts);
}

static enum err_code open_one(struct given_world *world, const char *name,
                              struct bundle_input *input, struct err *err)
{
    const char *path = temp_path(&world->folder, name);

    return bundle_input_open(&path, 1, &world->arena, input, err);
}

/* The message without the temporary folder, which stands at its start. */
static void check_refused(struct given_world *world, enum err_code code, const char *want,
                          const struct bundle_input *input, enum err_code rc, const struct err *err)
{
    static const struct bundle_input nothing;
    size_t prefix = strlen(world->folder.path) + 1;

    CHECK_NUMBER(code, rc);
    CHECK(strncmp(err->msg, world->folder.path, prefix - 1) == 0);
    CHECK_TEXT(want, slice_text(err->msg + prefix));
    CHECK(memcmp(input, &nothing, sizeof nothing) == 0);
}

TEST(bundle_input_takes_an_archive_parts_and_a_folder)
{
    struct given_world world;
    struct bundle_input input;
    uint8_t digests[3][SHA256_SIZE];
    const char *first;
    struct err err;

    given_begin(&world);
    CHECK_OK(open_one(&world, "a.tar", &input, &err), err);
    CHECK(input.kind == INPUT_ARCHIVE && input.bundle.is_archive && !input.parts);
    bundle_digest(&input.bundle, digests[0]);
    bundle_input_close(&input);
    CHECK_NUMBER(0, input.count);

    CHECK_OK(open_one(&world, "layout", &input, &err), err);
    CHECK(input.kind == INPUT_FOLDER && !input.bundle.is_archive && !input.parts);
    bundle_digest(&input.bundle, digests[1]);
    bundle_input_close(&input);

    first = world.given[0];
    world.given[0] = world.given[world.parts.count - 1];
    world.given[world.parts.count - 1] = first;
    CHECK_OK(bundle_input_open(world.given, world.parts.count, &world.arena, &input, &err), err);
    CHECK(input.kind == INPUT_PARTS && input.parts && input.bundle.is_archive);
    CHECK_NUMBER(world.parts.count, input.parts->first.set.count);
    bundle_digest(&input.bundle, digests[2]);
    bundle_input_close(&input);
    CHECK(memcmp(digests[0], digests[1], SHA256_SIZE) == 0);
    CHECK(memcmp(digests[0], digests[2], SHA256_SIZE) == 0);
    given_end(&world);
}

TEST(bundle_input_goes_on_with_what_it_opened)
{
    struct given_world world;
    struct trusted_bundle trusted;
    struct bundle_input input;
    struct err err;

    given_begin(&world);
    CHECK_OK(open_one(&world, "a.tar", &input, &err), err);
    CHECK(rename(temp_path(&world.folder, "layout/index.json"),
                 temp_path(&world.folder, "a.tar")) == 0);
    CHECK_OK(bundle_verify(&input.bundle, &world.parts.keys, &world.arena, &trusted, &err), err);
    for (size_t i = 0; i < input.bundle.manifests[0].manifest.layer_count; i++)
        CHECK_OK(
            bundle_read_stored(&trusted, &input.bundle.manifests[0].manifest.layers[i], NULL, &err),
            err);
    bundle_input_close(&input);
    given_end(&world);
}

TEST(bundle_input_names_what_it_refuses)
{
    struct given_world world;
    struct bundle_input input;
    struct err err;
    enum err_code rc;

    given_begin(&world);
    temp_write(&world.folder, "empty", SLICE(""));
    CHECK(mkfifo(temp_path(&world.folder, "fifo"), 0666) == 0);
    CHECK(mkdir(temp_path(&world.folder, "bare"), 0777) == 0);
    rc = open_one(&world, "none", &input, &err);
    check_refused(&world, ERR_IO, "none: No such file or directory", &input, rc, &err);
    rc = open_one(&world, "fifo", &input, &err);
    check_refused(&world, ERR_IO, "fifo: is a FIFO, want a file", &input, rc, &err);
    rc = open_one(&world, "empty", &input, &err);
    check_refused(&world, ERR_CORRUPT, "empty: byte 0: cut off, the archive has no end", &input, rc,
                  &err);
    rc = open_one(&world, "bare", &input, &err);
    check_refused(&world, ERR_FORMAT, "bare: oci-layout: is missing: this is no OCI layout", &input,
                  rc, &err);
    given_end(&world);
}

TEST(bundle_input_tells_a_cut_archive_from_what_is_none)
{
    struct given_world world;
    struct bundle_input input;
    struct err err;
    enum err_code rc;

    given_begin(&world);
    temp_write(&world.folder, "stray", SLICE("Call me back.\n"));
    rc = open_one(&world, "stray", &input, &err);
    check_refused(&world, ERR_FORMAT,
                  "stray: not a bundle: 14 bytes that do not begin as an archive does", &input, rc, &err);
    temp_write(&world.folder, "stray", SLICE("oci-layout.txt"));
    rc = open_one(&world, "stray", &input, &err);
    check_refused(&world, ERR_FORMAT,
                  "stray: not a bundle: 14 bytes that do not begin as an archive does", &input, rc, &err);
    temp_write(&world.folder, "stray", SLICE("oci-layout\0\0\0"));
    rc = open_one(&world, "stray", &input, &err);
    check_refused(&world, ERR_CORRUPT, "stray: byte 13: cut off, the archive has no end", &input, rc,
                  &err);
    temp_write(&world.folder, "stray", SLICE("oci"));
    rc = open_one(&world, "stray", &input, &err);
    check_refused(&world, ERR_CORRUPT, "stray: byte 3: cut off, the archive has no end", &input, rc,
                  &err);
    given_end(&world);
}

static void check_changed(struct given_world *world, const char *have, const struct bundle_input *input)
{
    size_t prefix = strlen(world->folder.path) + 1;
    char want[200];
    struct err err;

    snprintf(want, sizeof want, "part: changed while it was being read: had %llu bytes, has %s",
             (unsigned long long)input->files[1].image.size, have);
    CHECK_NUMBER(ERR_CORRUPT, bundle_input_unchanged(input, &err));
    CHECK_TEXT(want, slice_text(err.msg + prefix));
}

TEST(bundle_input_notices_a_file_that_grows_or_shrinks)
{
    struct given_world world;
    struct bundle_input input;
    const char *paths[2];
    char size[24];
    struct err err;

    given_begin(&world);
    temp_write(&world.folder, "part", world.parts.bytes[1]);
    paths[0] = world.given[0];
    paths[1] = temp_path(&world.folder, "part");
    CHECK_OK(bundle_input_find(paths, 2, &world.arena, &input, &err), err);
    CHECK_OK(bundle_input_unchanged(&input, &err), err);
    snprintf(size, sizeof size, "%zu", world.parts.bytes[1].len + 1);
    CHECK(truncate(paths[1], (off_t)world.parts.bytes[1].len + 1) == 0);
    check_changed(&world, size, &input);
    CHECK(truncate(paths[1], 5) == 0);
    check_changed(&world, "5", &input);
    bundle_input_close(&input);
    given_end(&world);
}

TEST(bundle_input_wants_one_bundle)
{
    struct given_world world;
    struct bundle_input input;
    const char *paths[2];
    struct err err;
    enum err_code rc;

    given_begin(&world);
    paths[0] = world.given[0];
    paths[1] = temp_path(&world.folder, "a.tar");
    rc = bundle_input_open(paths, 2, &world.arena, &input, &err);
    check_refused(&world, ERR_USAGE,
                  "a.tar: is no part of a split archive: give one archive, one folder, or all "
                  "parts of one archive",
                  &input, rc, &err);
    temp_write(&world.folder, "empty", SLICE(""));
    paths[1] = temp_path(&world.folder, "empty");
    rc = bundle_input_open(paths, 2, &world.arena, &input, &err);
    check_refused(&world, ERR_CORRUPT, "empty: is empty: copy it again", &input, rc, &err);
    paths[0] = temp_path(&world.folder, "layout");
    rc = bundle_input_open(paths, 2, &world.arena, &input, &err);
    CHECK_NUMBER(ERR_USAGE, rc);
    CHECK_ERR(ERR_CORRUPT, "parts 2-12 of 12 are missing",
              bundle_input_open(world.given, 1, &world.arena, &input, &err), err);
    CHECK_NUMBER(0, input.count);
    CHECK_OK(bundle_input_find(world.given, 1, &world.arena, &input, &err), err);
    CHECK(input.kind == INPUT_PARTS && !input.parts);
    bundle_input_close(&input);
    given_end(&world);
}

TEST(bundle_input_names_a_part_that_is_short)
{
    struct given_world world;
    struct bundle_input input;
    struct err err;
    enum err_code rc;

    given_begin(&world);
    CHECK(truncate(world.given[2], (off_t)BUNDLE_PART_HEADER + 5) == 0);
    rc = bundle_input_open(world.given, world.parts.count, &world.arena, &input, &err);
    check_refused(&world, ERR_CORRUPT, "even/part3: part 3 of 12: has 65541 bytes, want 73728",
                  &input, rc, &err);
    given_end(&world);
}
