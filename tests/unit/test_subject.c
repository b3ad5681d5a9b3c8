#include "bundle/cli/subject.h"

#include <string.h>
#include <zstd.h>

#include "tests/unit/parts_world.h"
#include "tests/unit/temp_folder.h"

#define MEMORY_MAX ((size_t)64 << 20)

struct scene {
    struct temp_folder folder;
    struct arena arena;
    struct subject subject;
    struct subject_choice choice;
    struct err err;
};

static struct scene scene;

static void begin(void)
{
    memset(&scene, 0, sizeof scene);
    scene.folder = temp_folder_make();
    arena_init_heap(&scene.arena, MEMORY_MAX);
    setenv("TMPDIR", scene.folder.path, 1);
}

static void end(void)
{
    unsetenv("TMPDIR");
    arena_clear(&scene.arena);
    temp_folder_remove(&scene.folder);
}

/* Lives as long as the scene. */
static const char *path_of(const char *name)
{
    return arena_copy(&scene.arena, slice_text(temp_path(&scene.folder, name)), &scene.err);
}

static enum err_code open_paths(const char *const *paths, size_t count)
{
    return subject_open(paths, count, &scene.choice, &scene.arena, &scene.subject, &scene.err);
}

static enum err_code open_one(const char *path)
{
    const char **paths = arena_alloc(&scene.arena, sizeof *paths, &scene.err);

    *paths = path;
    return open_paths(paths, 1);
}

static enum err_code open_bytes(const char *name, struct slice bytes)
{
    temp_write(&scene.folder, name, bytes);
    return open_one(path_of(name));
}

static void check_refused(enum err_code code, const char *name, const char *want, enum err_code have)
{
    char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s: %s", temp_path(&scene.folder, name), want);
    CHECK_ERR(code, message, have, scene.err);
    subject_close(&scene.subject);
}

static void check_image(enum subject_kind kind, struct slice want)
{
    struct image *image = &scene.subject.image;
    uint8_t *bytes = arena_alloc(&scene.arena, want.len ? want.len : 1, &scene.err);

    CHECK_NUMBER(kind, scene.subject.kind);
    CHECK_NUMBER(want.len, image->size);
    if (image->size != want.len)
        return;
    CHECK_OK(image_read(image, 0, bytes, want.len, &scene.err), scene.err);
    CHECK(slice_equal(want, slice_of(bytes, want.len)));
    CHECK(!scene.subject.manifest && !scene.subject.is_signed);
}

TEST(subject_is_told_by_its_contents)
{
    static const char *const disks[] = {"a\0b", "\0", "\x7f\0\0\0"};
    struct slice text = SLICE("csp: qemu\n");
    struct slice log = test_file("fixtures/images/good-usual.log");

    begin();
    for (size_t i = 0; i < 3; i++) {
        struct slice bytes = slice_of(disks[i], i == 0 ? 3 : i == 1 ? 1 : 5);

        CHECK_OK(open_bytes("disk", bytes), scene.err);
        check_image(SUBJECT_DISK, bytes);
        subject_close(&scene.subject);
    }
    CHECK_OK(open_bytes("uki", SLICE("MZ is text here")), scene.err);
    check_image(SUBJECT_UKI, SLICE("MZ is text here"));
    subject_close(&scene.subject);
    CHECK_OK(open_bytes("log", log), scene.err);
    CHECK(scene.subject.kind == SUBJECT_LOG && slice_equal(log, scene.subject.bytes));
    subject_close(&scene.subject);
    CHECK_OK(open_bytes("text", text), scene.err);
    CHECK(scene.subject.kind == SUBJECT_DOCUMENT && slice_equal(text, scene.subject.bytes));
    subject_close(&scene.subject);
    end();
}

TEST(subject_of_much_text_is_a_disk)
{
    size_t size = ((size_t)4 << 20) + 1;
    char *bytes;

    begin();
    bytes = arena_alloc(&scene.arena, size, &scene.err);
    memset(bytes, 'x', size);
    CHECK_OK(open_bytes("text", slice_of(bytes, size)), scene.err);
    CHECK_NUMBER(SUBJECT_DISK, scene.subject.kind);
    subject_close(&scene.subject);
    end();
}

TEST(subject_that_says_it_is_empty_is_read_to_its_end)
{
    struct slice want = test_file("/proc/version");

    begin();
    CHECK_OK(open_one("/proc/version"), scene.err);
    CHECK_NUMBER(SUBJECT_DOCUMENT, scene.subject.kind);
    CHECK(want.len == 0 || slice_equal(want, scene.subject.bytes));
    CHECK(slice_begins(scene.subject.bytes, "Linux version "));
    subject_close(&scene.subject);
    CHECK_OK(open_bytes("empty", slice_of("", 0)), scene.err);
    check_image(SUBJECT_DISK, slice_of("", 0));
    subject_close(&scene.subject);
    end();
}

TEST(subject_must_be_a_file)
{
    begin();
    check_refused(ERR_IO, "none", "No such file or directory", open_one(path_of("none")));
    CHECK(mkfifo(path_of("pipe"), 0600) == 0);
    CHECK_NUMBER(ERR_IO, open_one(path_of("pipe")));
    subject_close(&scene.subject);
    subject_close(&scene.subject); /* twice is once */
    end();
}

/* Of the same size, and the time of its bytes set back. */
static void change(const char *name, struct slice bytes)
{
    struct timespec times[2] = {scene.subject.status.st_atim, scene.subject.status.st_mtim};

    CHECK(usleep(20000) == 0); /* more than a tick of the kernel's clock of files */
    temp_write(&scene.folder, name, bytes);
    CHECK(utimensat(AT_FDCWD, temp_path(&scene.folder, name), times, 0) == 0);
}

TEST(subject_sees_that_an_image_was_written_to)
{
    begin();
    CHECK_OK(open_bytes("disk", SLICE("\0disk")), scene.err);
    CHECK_OK(subject_unchanged(&scene.subject, &scene.err), scene.err);
    change("disk", SLICE("\0DISK"));
    check_refused(ERR_IO, "disk", "changed while it was being read",
                  subject_unchanged(&scene.subject, &scene.err));
    CHECK_OK(open_bytes("uki", SLICE("MZ is text here")), scene.err);
    change("uki", SLICE("MZ is text HERE"));
    check_refused(ERR_IO, "uki", "changed while it was being read",
                  subject_unchanged(&scene.subject, &scene.err));
    CHECK_OK(open_bytes("text", SLICE("csp: qemu\n")), scene.err);
    change("text", SLICE("csp: QEMU\n"));
    CHECK_OK(subject_unchanged(&scene.subject, &scene.err), scene.err); /* it is in memory */
    subject_close(&scene.subject);
    end();
}

/* --- compressed --- */

static struct slice compressed(struct slice bytes)
{
    size_t room = ZSTD_compressBound(bytes.len);
    void *out = arena_alloc(&scene.arena, room, &scene.err);

    return slice_of(out, ZSTD_compress(out, room, bytes.ptr, bytes.len, 1));
}

TEST(subject_may_be_compressed)
{
    struct slice stored = test_file("fixtures/bundles/good-image.raw.zst"), cut;

    begin();
    CHECK_OK(open_bytes("disk.zst", compressed(SLICE("text that is a disk here"))), scene.err);
    check_image(SUBJECT_DISK, SLICE("text that is a disk here"));
    CHECK(scene.subject.unpacked.fd >= 0);
    subject_close(&scene.subject);
    CHECK_OK(open_bytes("uki.zst", compressed(SLICE("MZ"))), scene.err);
    check_image(SUBJECT_UKI, SLICE("MZ"));
    subject_close(&scene.subject);
    CHECK_OK(open_bytes("image.raw.zst", stored), scene.err);
    CHECK(scene.subject.kind == SUBJECT_DISK && scene.subject.image.size > 0);
    CHECK_NUMBER(-1, scene.subject.unpacked.fd); /* read in place */
    subject_close(&scene.subject);
    cut = compressed(SLICE("text that is cut off"));
    CHECK_NUMBER(ERR_CORRUPT, open_bytes("cut.zst", slice_part(cut, 0, cut.len - 3)));
    CHECK(strstr(scene.err.msg, "/cut.zst: ") != NULL);
    subject_close(&scene.subject);
    end();
}

/* --- bundles --- */

static void write_bundle(const char *name, size_t releases, struct world_plan *plan)
{
    world_plan_init(plan, releases, 1);
    temp_write(&scene.folder, name, world_archive(plan));
}

TEST(subject_is_the_image_of_a_bundle)
{
    struct world_plan plan;

    begin();
    write_bundle("one.tar", 1, &plan);
    CHECK_OK(open_one(path_of("one.tar")), scene.err);
    CHECK(scene.subject.kind == SUBJECT_DISK && !scene.subject.is_signed);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, scene.subject.image.size);
    CHECK_TEXT("v2.2.0", slice_text(scene.subject.manifest->uid.text));
    CHECK_TEXT("images/qemu/v2.2.0/disk.raw.zst", scene.subject.layer->title);
    subject_close(&scene.subject);
    world_plan_free(&plan);
    end();
}

TEST(subject_is_signed_where_keys_say_so)
{
    struct world_plan plan;
    struct key storage[2];
    struct keys good = {0}, bad = {0};

    begin();
    write_bundle("one.tar", 1, &plan);
    world_trust(&good, &storage[0], &plan.keys[0], "a.pub");
    world_trust(&bad, &storage[1], &plan.keys[1], "b.pub");
    scene.choice.keys = &good;
    CHECK_OK(open_one(path_of("one.tar")), scene.err);
    CHECK(scene.subject.is_signed);
    subject_close(&scene.subject);
    scene.choice.keys = &bad;
    CHECK_NUMBER(ERR_FORGED, open_one(path_of("one.tar")));
    CHECK(!scene.subject.is_signed && strstr(scene.err.msg, "/one.tar: ") != NULL);
    subject_close(&scene.subject);
    world_plan_free(&plan);
    end();
}

TEST(subject_is_chosen_by_uid_csp_and_variant)
{
    struct world_plan plan;

    begin();
    write_bundle("two.tar", 2, &plan);
    check_refused(ERR_AMBIGUOUS, "two.tar", "choose with --uid one of: v2.2.0, v2.3.0",
                  open_one(path_of("two.tar")));
    scene.choice.uid = SLICE("v2.4.0");
    check_refused(ERR_NOT_FOUND, "two.tar", "has no v2.4.0; there are: v2.2.0, v2.3.0",
                  open_one(path_of("two.tar")));
    scene.choice.uid = SLICE("x y");
    CHECK_NUMBER(ERR_FORMAT, open_one(path_of("two.tar")));
    CHECK(strstr(scene.err.msg, "/two.tar: --uid: ") != NULL);
    subject_close(&scene.subject);
    scene.choice.uid = SLICE("v2.3.0");
    scene.choice.csp = SLICE("aws");
    check_refused(ERR_NOT_FOUND, "two.tar", "no such image of v2.3.0; there are: qemu-vtpm",
                  open_one(path_of("two.tar")));
    scene.choice.csp = SLICE("qemu");
    scene.choice.variant = SLICE("qemu-tdx");
    check_refused(ERR_NOT_FOUND, "two.tar", "no such image of v2.3.0; there are: qemu-vtpm",
                  open_one(path_of("two.tar")));
    scene.choice.variant = SLICE("qemu-vtpm");
    CHECK_OK(open_one(path_of("two.tar")), scene.err);
    CHECK_TEXT("images/qemu/v2.3.0/disk.raw.zst", scene.subject.layer->title);
    subject_close(&scene.subject);
    world_plan_free(&plan);
    end();
}

/* The second image is another one, or the same under another title. */
TEST(subject_must_be_one_image)
{
    struct bundle_item items[5];
    struct world_plan plan;
    struct slice archive;

    begin();
    world_plan_init(&plan, 1, 1);
    memcpy(items, plan.releases[0].items, 4 * sizeof items[0]);
    items[4] = items[3];
    items[4].title = SLICE("images/openstack/v2.2.0/disk.raw.zst");
    items[4].csp = CSP_OPENSTACK;
    items[4].variant = slice_of(NULL, 0);
    plan.releases[0].items = items;
    plan.releases[0].item_count = 5;
    archive = world_archive(&plan);
    CHECK_OK(open_bytes("same.tar", archive), scene.err);
    subject_close(&scene.subject);
    items[4].raw = &plan.images[1];
    plan.image_bytes[1] = world_image_bytes(&plan.arena, 77);
    plan.images[1] = image_memory(&plan.image_bytes[1]);
    check_refused(ERR_AMBIGUOUS, "two.tar",
                  "several images of v2.2.0: choose with --csp and --variant; there are: openstack, "
                  "qemu-vtpm",
                  open_bytes("two.tar", world_archive(&plan)));
    scene.choice.csp = SLICE("openstack");
    CHECK_OK(open_one(path_of("two.tar")), scene.err);
    CHECK_TEXT("images/openstack/v2.2.0/disk.raw.zst", scene.subject.layer->title);
    subject_close(&scene.subject);
    plan.releases[0].item_count = 3;
    check_refused(ERR_NOT_FOUND, "none.tar", "carries no image of v2.2.0",
                  open_bytes("none.tar", world_archive(&plan)));
    world_plan_free(&plan);
    end();
}

TEST(subject_may_be_a_folder)
{
    struct world_plan plan;
    struct world_tar tar;

    begin();
    world_plan_init(&plan, 1, 1);
    world_tar_read(&tar, world_archive(&plan));
    for (size_t i = 0; i < tar.count; i++) {
        char path[TAR_NAME_MAX + 8];

        snprintf(path, sizeof path, "layout/%s", tar.members[i].name);
        if (path[strlen(path) - 1] != '/')
            temp_write(&scene.folder, path, tar.contents[i]);
    }
    CHECK_OK(open_one(path_of("layout")), scene.err);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, scene.subject.image.size);
    subject_close(&scene.subject);
    world_plan_free(&plan);
    end();
}

static bool is_bundle(const char *name)
{
    bool answer;

    CHECK_OK(subject_is_bundle(path_of(name), &answer, &scene.err), scene.err);
    return answer;
}

TEST(subject_tells_what_is_a_bundle)
{
    static struct parts_world parts;
    struct world_plan plan;
    bool answer = true;

    begin();
    write_bundle("b.tar", 1, &plan);
    parts_init(&parts, 1);
    temp_write(&scene.folder, "part", parts.bytes[1]);
    temp_write(&scene.folder, "layout/oci-layout", SLICE("{}"));
    temp_write(&scene.folder, "repository/images/v2.2.0.json", SLICE("{}"));
    temp_write(&scene.folder, "disk", SLICE("ustar"));
    temp_write(&scene.folder, "empty", SLICE(""));
    CHECK(is_bundle("b.tar") && is_bundle("part") && is_bundle("layout"));
    CHECK(!is_bundle("repository") && !is_bundle("disk") && !is_bundle("empty"));
    CHECK_ERR(ERR_IO, NULL, subject_is_bundle(path_of("nothing"), &answer, &scene.err), scene.err);
    CHECK(!answer);
    parts_end(&parts);
    world_plan_free(&plan);
    end();
}

/* --- parts --- */

TEST(subject_counts_the_parts_of_one_archive)
{
    static struct parts_world parts;
    const char *paths[WORLD_PARTS_MAX + 2];
    size_t count;

    begin();
    parts_init(&parts, 1);
    CHECK(parts.count >= 2);
    count = parts.count;
    for (size_t i = 0; i < count; i++) {
        char name[32];

        snprintf(name, sizeof name, "p%zu", i);
        paths[i] = path_of(name);
        temp_write(&scene.folder, name, parts.bytes[i]);
    }
    temp_write(&scene.folder, "disk", SLICE("a\0b"));
    paths[count] = path_of("disk");
    CHECK_NUMBER(count, subject_count(paths, count));
    CHECK_NUMBER(count, subject_count(paths, count + 1));
    CHECK_NUMBER(1, subject_count(paths, 1));
    CHECK_NUMBER(1, subject_count(paths + count, 1));
    paths[count + 1] = paths[0];
    CHECK_NUMBER(1, subject_count(paths + count, 2)); /* a disk, then a part */
    CHECK_OK(open_paths(paths, count), scene.err);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, scene.subject.image.size);
    subject_close(&scene.subject);
    CHECK_NUMBER(ERR_USAGE, open_paths(paths + count, 2));
    subject_close(&scene.subject);
    parts_end(&parts);
    end();
}

/* Damaged parts go along, to be refused by whom it concerns; those of another archive do not. */
TEST(subject_counts_damaged_parts_and_no_others)
{
    static struct parts_world parts, others;
    const char *paths[3];
    struct slice first, damaged;

    begin();
    parts_init(&parts, 1);
    others = (struct parts_world){0};
    parts_init(&others, 2); /* another signer more: another archive */
    first = slice_of(arena_copy(&scene.arena, parts.bytes[0], &scene.err), parts.bytes[0].len);
    temp_write(&scene.folder, "a", first);
    temp_write(&scene.folder, "b", others.bytes[1]);
    damaged = slice_of(arena_copy(&scene.arena, parts.bytes[1], &scene.err), parts.bytes[1].len);
    ((uint8_t *)(uintptr_t)damaged.ptr)[100] ^= 1;
    temp_write(&scene.folder, "c", damaged);
    paths[0] = path_of("a");
    paths[1] = path_of("b");
    CHECK_NUMBER(1, subject_count(paths, 2));
    paths[1] = path_of("c");
    CHECK_NUMBER(2, subject_count(paths, 2));
    paths[2] = path_of("no such file");
    CHECK_NUMBER(2, subject_count(paths, 3));
    parts_end(&parts);
    parts_end(&others);
    end();
}
