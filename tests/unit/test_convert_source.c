/* What convert takes for a bundle and what for a disk, and what it refuses with either. */
#include "bundle/cli/convert_source.h"

#include <zstd.h>

#include "tests/unit/bundle_world.h"
#include "tests/unit/session_world.h"

#define KEY "fixtures/keys/good-p256.pem"

static struct session_world world;
static struct convert_source source;

static void begin(void)
{
    session_world_begin(&world);
}

static void write_bundle(size_t releases)
{
    struct world_plan plan;

    world_plan_init(&plan, releases, 1);
    temp_write(&world.folder, "b.tar", world_archive(&plan));
    world_plan_free(&plan);
}

static enum err_code run(const char *name)
{
    world.invocation.argument_count = 0;
    session_world_argument(&world, session_world_path(&world, name));
    session_world_open(&world);
    memset(&source, 0xAA, sizeof source);
    return convert_source_open(&world.session, &source, &world.err);
}

/* Nothing is closed that was not opened: not standard input, either. */
static void check_refused(enum err_code code, const char *name, const char *want)
{
    const bool had_input = fcntl(STDIN_FILENO, F_GETFD) >= 0 || open("/dev/null", O_RDONLY) >= 0;
    char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s/%s", world.folder.path, want);
    CHECK_ERR(code, message, run(name), world.err);
    CHECK(!source.image && !source.layer);
    convert_source_close(&source);
    convert_source_close(&source);
    CHECK(had_input && fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

static void check_bytes(struct slice want)
{
    uint8_t *have = arena_alloc(&world.arena, want.len, &world.err);

    CHECK_NUMBER(want.len, source.image->size);
    CHECK_OK(image_read(source.image, 0, have, want.len, &world.err), world.err);
    CHECK(memcmp(want.ptr, have, want.len) == 0);
}

TEST(convert_source_is_the_image_of_a_bundle)
{
    begin();
    write_bundle(1);
    session_world_give(&world, OPT_KEY, KEY);
    CHECK_OK(run("b.tar"), world.err);
    CHECK_TEXT("images/qemu/v2.2.0/disk.raw.zst", source.layer->title);
    check_bytes(world_image_bytes(&world.arena, 1));
    CHECK_OK(convert_source_unchanged(&source, "unused", &world.err), world.err);
    temp_write(&world.folder, "b.tar", SLICE("another"));
    CHECK_NUMBER(ERR_CORRUPT, convert_source_unchanged(&source, "unused", &world.err));
    CHECK(strstr(world.err.msg, "/b.tar: changed while it was being read: had 97280 bytes, has 7"));
    convert_source_close(&source);
    CHECK(!source.image && !source.layer);
    session_world_end(&world);
}

TEST(convert_source_must_be_signed)
{
    begin();
    write_bundle(1);
    check_refused(ERR_NO_KEY, "b.tar",
                  "b.tar: no key to check the bundle with: give --key FILE or --bundle-key FILE");
    session_world_end(&world);
}

TEST(convert_source_is_chosen)
{
    begin();
    write_bundle(2);
    session_world_give(&world, OPT_KEY, KEY);
    check_refused(ERR_AMBIGUOUS, "b.tar", "b.tar: choose with --uid one of: v2.2.0, v2.3.0");
    session_world_give(&world, OPT_UID, "v2.3.0");
    CHECK_OK(run("b.tar"), world.err);
    CHECK_TEXT("images/qemu/v2.3.0/disk.raw.zst", source.layer->title);
    convert_source_close(&source);
    session_world_give(&world, OPT_CSP, "aws");
    check_refused(ERR_NOT_FOUND, "b.tar", "b.tar: no such image of v2.3.0; there are: qemu-vtpm");
    session_world_give(&world, OPT_CSP, "qemu");
    session_world_give(&world, OPT_VARIANT, "qemu-tdx");
    check_refused(ERR_NOT_FOUND, "b.tar", "b.tar: no such image of v2.3.0; there are: qemu-vtpm");
    session_world_end(&world);
}

TEST(convert_source_may_be_a_disk)
{
    struct slice text = SLICE("text that is a disk here");
    uint8_t packed[128];

    begin();
    temp_write(&world.folder, "disk", text);
    temp_write(&world.folder, "disk.zst",
               slice_of(packed, ZSTD_compress(packed, sizeof packed, text.ptr, text.len, 1)));
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "disk.zst" : "disk";

        CHECK_OK(run(name), world.err);
        CHECK(!source.layer);
        check_bytes(text);
        CHECK_OK(convert_source_unchanged(&source, name, &world.err), world.err);
        temp_write(&world.folder, name, SLICE("another"));
        CHECK_ERR(ERR_IO, i ? "disk.zst: changed while it was being read" : "disk: changed while it was being read",
                  convert_source_unchanged(&source, name, &world.err), world.err);
        convert_source_close(&source);
    }
    session_world_end(&world);
}

/* Nothing of a disk is signed, and there is one image in it. (More options are in tests/cli/convert.test:
 * here those have names that both programs take.) */
TEST(convert_source_refuses_to_choose_in_a_disk)
{
    static const struct {
        enum option option;
        const char *name;
    } cases[] = {
        {OPT_CSP, "csp"}, {OPT_VARIANT, "variant"}, {OPT_KEY, "key"}, {OPT_THRESHOLD, "threshold"}};

    begin();
    temp_write(&world.folder, "disk", SLICE("text that is a disk here"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[ERR_MESSAGE_MAX];

        snprintf(message, sizeof message,
                 "--%s is for bundles, and %s/disk is a disk image: nothing in it is signed",
                 cases[i].name, world.folder.path);
        session_world_give(&world, cases[i].option, "1");
        CHECK_ERR(ERR_USAGE, message, run("disk"), world.err);
        CHECK(!source.image);
        convert_source_close(&source);
        session_world_take_back(&world, cases[i].option);
    }
    session_world_end(&world);
}

TEST(convert_source_is_one_disk)
{
    char message[ERR_MESSAGE_MAX];

    begin();
    temp_write(&world.folder, "disk", SLICE("text that is a disk here"));
    session_world_argument(&world, session_world_path(&world, "disk"));
    session_world_argument(&world, "another");
    session_world_open(&world);
    snprintf(message, sizeof message,
             "%s/disk is a disk image: of those one is converted at a time", world.folder.path);
    CHECK_ERR(ERR_USAGE, message, convert_source_open(&world.session, &source, &world.err),
              world.err);
    convert_source_close(&source);
    check_refused(ERR_IO, "absent", "absent: No such file or directory");
    session_world_end(&world);
}
