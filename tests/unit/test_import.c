/*
 * import_run by itself, without the verb: what it answers, and what it leaves behind.
 */
#include "bundle/import/import.h"

#include <string.h>

#include "tests/unit/contents_world.h"
#include "tests/unit/temp_folder.h"

#define RAW "images/v2.2.0/qemu-qemu-vtpm.raw"
#define NOW 1700000000 /* 2023-11-14 */

struct heard {
    size_t warnings, notes;
    uint64_t done, total;
};

static struct contents_world world;
static struct temp_folder folder;
static struct import_settings settings;
static struct import_result result;
static struct heard heard;

static void warn(void *ctx, const char *text)
{
    (void)text;
    ((struct heard *)ctx)->warnings++;
}

static void note(void *ctx, const char *text)
{
    (void)text;
    ((struct heard *)ctx)->notes++;
}

static void progress(void *ctx, uint64_t done, uint64_t total)
{
    ((struct heard *)ctx)->done = done;
    ((struct heard *)ctx)->total = total;
}

static void prepare(void)
{
    static const uint8_t digest[SHA256_SIZE] = {1};
    struct err err;

    contents_pack(&world);
    CHECK_OK(contents_try(&world, &err), err);
    settings = (struct import_settings){
        .trusted = &world.trusted, .contents = &world.contents, .digest = digest, .now = NOW,
        .receipt_time = NOW, .program = "sealift test",
        .listener = {.ctx = &heard, .warn = warn, .note = note, .progress = progress}};
}

static void begin(void)
{
    folder = temp_folder_make();
    contents_begin(&world);
    prepare();
}

static void end(void)
{
    contents_end(&world);
    temp_folder_remove(&folder);
}

static enum err_code run(struct err *err)
{
    struct repository repository;
    enum err_code rc;

    memset(&heard, 0, sizeof heard);
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, err), *err);
    rc = import_run(&settings, &repository, &world.world.arena, &result, err);
    repository_undo(&repository);
    return rc;
}

static enum placement_action action_of(const char *name)
{
    for (size_t i = 0; i < result.placements.count; i++) {
        if (strcmp(result.placements.list[i].name, name) == 0)
            return result.placements.list[i].action;
    }
    test_check(false, __FILE__, __LINE__, name);
    return PLACEMENT_REMOVE;
}

TEST(import_puts_files_into_place)
{
    struct err err;

    begin();
    CHECK_OK(run(&err), err);
    CHECK(result.has_changed && !result.was_interrupted && result.decision_count == 0);
    CHECK_NUMBER(PLACEMENT_ADD, action_of(RAW));
    CHECK_NUMBER(PLACEMENT_ADD, action_of(CONTENTS_TABLE));
    CHECK(result.written > WORLD_IMAGE_SIZE);
    CHECK(heard.total > WORLD_IMAGE_SIZE && heard.total < result.written);
    CHECK_NUMBER(heard.total, heard.done);
    CHECK(slice_equal(temp_read(&folder, "repo/" RAW), world.world.image_bytes[0]));
    CHECK(!temp_exists(&folder, "repo/" RAW ".zst"));
    end();
}

TEST(import_changes_nothing_the_second_time)
{
    size_t count;
    struct err err;

    begin();
    CHECK_OK(run(&err), err);
    count = temp_count(&folder);
    CHECK_OK(run(&err), err);
    CHECK(!result.has_changed && result.written == 0 && heard.total == 0);
    CHECK_NUMBER(PLACEMENT_KEEP, action_of(RAW));
    CHECK_NUMBER(count, temp_count(&folder));
    end();
}

TEST(import_keeps_images_compressed)
{
    struct err err;

    begin();
    settings.keep_compressed = settings.is_deep = true;
    CHECK_OK(run(&err), err);
    CHECK_NUMBER(PLACEMENT_ADD, action_of(CONTENTS_IMAGE));
    CHECK(temp_exists(&folder, "repo/" CONTENTS_IMAGE) && !temp_exists(&folder, "repo/" RAW));
    end();
}

/* Something of this very bundle is there from a run that was killed. */
TEST(import_completes_what_was_interrupted)
{
    struct err err;

    begin();
    CHECK_OK(run(&err), err);
    temp_write(&folder, "repo/.sealift/01000000000000000000000000000000"
               "00000000000000000000000000000000/3", SLICE("half"));
    CHECK_OK(run(&err), err);
    CHECK(result.was_interrupted && result.has_changed);
    CHECK_NUMBER(PLACEMENT_KEEP, action_of(RAW));
    CHECK(!temp_exists(&folder, "repo/.sealift/01000000000000000000000000000000"
                       "00000000000000000000000000000000"));
    end();
}

TEST(import_refuses_other_contents_and_leaves_them)
{
    size_t count;
    struct err err;

    begin();
    temp_write(&folder, "repo/" RAW, SLICE("mine"));
    count = temp_count(&folder);
    CHECK_NUMBER(ERR_POLICY, run(&err));
    CHECK(strstr(err.msg, RAW "; --replace takes the bundle's") != NULL);
    CHECK(result.placements.count == 0 && !result.has_changed);
    CHECK_TEXT("mine", temp_read(&folder, "repo/" RAW));
    CHECK_NUMBER(count, temp_count(&folder));
    settings.replace = true;
    CHECK_OK(run(&err), err);
    CHECK_NUMBER(PLACEMENT_REPLACE, action_of(RAW));
    CHECK(slice_equal(temp_read(&folder, "repo/" RAW), world.world.image_bytes[0]));
    end();
}

TEST(import_says_what_it_takes_against_a_rule)
{
    struct err err;

    folder = temp_folder_make();
    contents_begin(&world);
    contents_old(&world);
    prepare();
    CHECK_NUMBER(ERR_POLICY, run(&err));
    CHECK(!temp_exists(&folder, "repo"));
    settings.takes_expired = true;
    CHECK_OK(run(&err), err);
    CHECK_NUMBER(1, result.decision_count);
    CHECK_NUMBER(1, heard.warnings);
    CHECK(strstr(result.decisions[0], "was best before 2020-01-01T00:00:00Z") != NULL);
    end();
}

TEST(import_does_not_go_below_the_floor)
{
    struct err err;

    begin();
    temp_write(&folder, "repo/.sealift/floor.json",
               SLICE("{\"floor\":1,\"streams\":[{\"ref\":\"-\",\"stream\":\"stable\","
                     "\"highest\":[\"v2.2.1\"]}]}"));
    CHECK_NUMBER(ERR_POLICY, run(&err));
    settings.allow_rollback = true;
    CHECK_OK(run(&err), err);
    CHECK_NUMBER(1, result.decision_count);
    end();
}

/* What a key signed is the raw image: that the frames give it is seen without is_deep, too. */
TEST(import_checks_raw_images_that_are_signed)
{
    struct err err;

    for (int kept = 0; kept < 2; kept++) {
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            begin();
            settings.keep_compressed = kept;
            for (size_t i = 0; i < world.contents.count; i++) {
                struct layer *layer = (struct layer *)(uintptr_t)world.contents.list[i].layer;

                if (layer->kind != LAYER_IMAGE_ZSTD)
                    continue;
                layer->image.raw_digest[0] ^= 1;
                world.contents.list[i].is_raw_signed = is_signed;
            }
            CHECK_NUMBER(is_signed ? ERR_CORRUPT : ERR_OK, run(&err));
            CHECK(temp_exists(&folder, "repo/images/v2.2.0.json") == !is_signed);
            end();
        }
    }
}

/* The stored bytes are checked as they are used; with is_deep the raw ones too. */
TEST(import_refuses_bytes_that_have_changed)
{
    struct err err;
    uint8_t *bytes;

    begin();
    bytes = (uint8_t *)(uintptr_t)world.archive.ptr;
    for (size_t i = 0; i + 4 < world.archive.len; i++) {
        if (memcmp(bytes + i, "\x28\xb5\x2f\xfd", 4) == 0) {
            bytes[i + 20] ^= 1;
            break;
        }
    }
    CHECK_NUMBER(ERR_CORRUPT, run(&err));
    CHECK(!temp_exists(&folder, "repo"));
    end();
}
