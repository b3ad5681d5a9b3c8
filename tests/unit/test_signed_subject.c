/* The image of a bundle that must be signed, and not be past its date. */
#include "bundle/cli/signed_subject.h"

#include "tests/unit/parts_world.h"
#include "tests/unit/session_world.h"

#define KEY "fixtures/keys/good-p256.pem"
#define OTHER_KEY "fixtures/keys/good-p256-other.pem"
#define PAST 1577836800   /* 2020-01-01T00:00:00Z */
#define FUTURE 4102444800 /* 2100-01-01T00:00:00Z */

static struct session_world world;
static struct subject subject;
static struct bundle_keys keys;

/* A bundle "b.tar" that is best before then. */
static void begin(int64_t best_before)
{
    struct world_plan plan;

    session_world_begin(&world);
    world_plan_init(&plan, 1, 1);
    plan.plan.best_before = best_before;
    temp_write(&world.folder, "b.tar", world_archive(&plan));
    world_plan_free(&plan);
}

static enum err_code open_paths(const char *const *paths, size_t count)
{
    const struct subject_choice choice = {.csp = SLICE("")};

    session_world_open(&world);
    memset(&subject, 0xAA, sizeof subject);
    return signed_subject_open(&world.session, paths, count, &choice, &keys, &subject, &world.err);
}

static enum err_code run(const char *name)
{
    const char *path = session_world_path(&world, name);
    enum err_code rc = open_paths(&path, 1);

    if (rc != ERR_OK)
        subject_close(&subject);
    return rc;
}

static const char *message(const char *text)
{
    static char out[ERR_MESSAGE_MAX];

    snprintf(out, sizeof out, "%s/%s", world.folder.path, text);
    return out;
}

static void end(void)
{
    session_world_end(&world);
}

TEST(signed_subject_is_signed)
{
    uint8_t byte;

    begin(MANIFEST_TIME_NONE);
    session_world_give(&world, OPT_KEY, KEY);
    CHECK_OK(run("b.tar"), world.err);
    CHECK(subject.is_signed && subject.layer && subject.kind == SUBJECT_DISK);
    CHECK_NUMBER(1, keys.bundles.count);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, subject.image.size);
    CHECK_OK(image_read(&subject.image, WORLD_IMAGE_SIZE - 1, &byte, 1, &world.err), world.err);
    subject_close(&subject);
    end();
}

TEST(signed_subject_wants_a_key)
{
    begin(MANIFEST_TIME_NONE);
    CHECK_ERR(
        ERR_NO_KEY,
        message("b.tar: no key to check the bundle with: give --key FILE or --bundle-key FILE"),
        run("b.tar"), world.err);
    session_world_give(&world, OPT_KEY, OTHER_KEY);
    CHECK_NUMBER(ERR_FORGED, run("b.tar"));
    CHECK(slice_begins(slice_text(world.err.msg), message("b.tar: ")));
    CHECK(!subject.is_signed && !subject.layer);
    session_world_give(&world, OPT_BUNDLE_KEY, KEY);
    CHECK_OK(run("b.tar"), world.err);
    subject_close(&subject);
    session_world_give(&world, OPT_THRESHOLD, "2");
    CHECK_NUMBER(ERR_NO_KEY, run("b.tar"));
    end();
}

TEST(signed_subject_keeps_its_date)
{
    static const char refused[] = "b.tar: v2.2.0: was best before 2020-01-01T00:00:00Z";
    struct slice heard;
    int before;

    begin(PAST);
    session_world_give(&world, OPT_KEY, KEY);
    CHECK_NUMBER(ERR_POLICY, run("b.tar"));
    CHECK(slice_begins(slice_text(world.err.msg), message(refused)));
    session_world_give(&world, OPT_EXPIRED, "fail");
    CHECK_NUMBER(ERR_POLICY, run("b.tar"));
    session_world_give(&world, OPT_EXPIRED, "warn");
    before = session_world_listen(&world);
    CHECK_OK(run("b.tar"), world.err);
    heard = session_world_heard(&world, before);
    CHECK(slice_begins(heard, "sealift: warning: "));
    CHECK(memmem(heard.ptr, heard.len, message(refused), strlen(message(refused))));
    CHECK(subject.is_signed);
    subject_close(&subject);
    session_world_give(&world, OPT_EXPIRED, "ignore");
    CHECK_ERR(ERR_USAGE, "--expired \"ignore\": want fail or warn", run("b.tar"), world.err);
    end();
    begin(FUTURE);
    session_world_give(&world, OPT_KEY, KEY);
    CHECK_OK(run("b.tar"), world.err);
    subject_close(&subject);
    end();
}

/* That it is forged is said before that it is old, and neither is overruled by the other. */
TEST(signed_subject_is_forged_before_it_is_old)
{
    begin(PAST);
    session_world_give(&world, OPT_KEY, OTHER_KEY);
    session_world_give(&world, OPT_EXPIRED, "warn");
    CHECK_NUMBER(ERR_FORGED, run("b.tar"));
    end();
}

TEST(signed_subject_is_never_a_disk)
{
    begin(MANIFEST_TIME_NONE);
    session_world_give(&world, OPT_KEY, KEY);
    temp_write(&world.folder, "disk", SLICE("text that is a disk here"));
    CHECK_ERR(ERR_IO, message("disk: changed while it was being read"), run("disk"), world.err);
    CHECK_NUMBER(ERR_IO, run("absent"));
    CHECK(slice_begins(slice_text(world.err.msg), message("absent: ")));
    end();
}

/* The number of the first part that holds bytes of the image; *at: where they begin in it. */
static uint32_t part_of_image(const struct parts_world *parts, size_t *at)
{
    for (uint32_t i = 0; i < parts->count; i++) {
        struct slice bytes = buf_slice(&parts->files[i].bytes);
        const uint8_t *found = memmem(bytes.ptr, bytes.len, "\x28\xb5\x2f\xfd", 4);

        *at = found ? (size_t)(found - bytes.ptr) : 0;
        if (found)
            return i + 1;
    }
    return 0;
}

/* In the manifests, which are read at once, and in the image, which is read when it is opened. */
TEST(signed_subject_names_the_part_that_is_damaged)
{
    for (int is_image = 0; is_image < 2; is_image++) {
        const char *paths[WORLD_PARTS_MAX];
        struct parts_world parts;
        size_t at = BUNDLE_PART_HEADER + 700;
        uint32_t damaged = 2;
        char name[16], want[128];

        session_world_begin(&world);
        session_world_give(&world, OPT_KEY, KEY);
        parts_init(&parts, 1);
        if (is_image)
            damaged = part_of_image(&parts, &at);
        CHECK(damaged > 0);
        parts.files[damaged - 1].bytes.ptr[at + 20] ^= 1;
        for (uint32_t i = 0; i < parts.count; i++) {
            snprintf(name, sizeof name, "p%u", i + 1);
            temp_write(&world.folder, name, buf_slice(&parts.files[i].bytes));
            paths[i] = session_world_path(&world, name);
        }
        CHECK_NUMBER(ERR_CORRUPT, open_paths(paths, parts.count));
        snprintf(want, sizeof want, "p%u: part %u of 12 is damaged: copy it again", damaged,
                 damaged);
        CHECK(strstr(world.err.msg, message(want)));
        subject_close(&subject);
        parts_end(&parts);
        end();
    }
}

TEST(signed_subject_refuses_options_for_disks)
{
    static const enum option refused[] = {OPT_KEY, OPT_VARIANT, OPTION_COUNT};

    session_world_begin(&world);
    session_world_give(&world, OPT_CSP, "gcp");
    CHECK_OK(signed_subject_refuse(&world.invocation, "disk", refused, &world.err), world.err);
    session_world_give(&world, OPT_VARIANT, "v");
    CHECK_ERR(ERR_USAGE,
              "--variant is for bundles, and a\\x0ab is a disk image: nothing in it is signed",
              signed_subject_refuse(&world.invocation, "a\nb", refused, &world.err), world.err);
    session_world_give(&world, OPT_KEY, KEY);
    CHECK_ERR(ERR_USAGE, "--key is for bundles, and disk is a disk image: nothing in it is signed",
              signed_subject_refuse(&world.invocation, "disk", refused, &world.err), world.err);
    session_world_end(&world);
}
