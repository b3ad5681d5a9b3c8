#include "bundle/cli/sign_bundle.h"

#include <string.h>
#include <sys/file.h>

#include "tests/unit/contents_world.h"
#include "tests/unit/temp_folder.h"

static struct contents_world world;
static struct temp_folder folder;
static struct invocation invocation;
static struct buf out;

static void begin(void)
{
    folder = temp_folder_make();
    contents_begin(&world);
    contents_pack(&world);
    temp_write(&folder, "b.tar", world.archive);
    buf_init_heap(&out, WORLD_MAX);
    invocation.out = &out;
}

static void end(void)
{
    buf_clear(&out);
    contents_end(&world);
    temp_folder_remove(&folder);
}

static enum err_code sign(size_t key, size_t count, struct err *err)
{
    static const char *const names[] = {"site.key"};
    const struct sign_bundle_by by = {
        .signers = &world.world.keys[key].signer, .names = names, .count = count};

    return sign_bundle(temp_path(&folder, "b.tar"), &by, &world.world.arena, &invocation, err);
}

static size_t signatures(void)
{
    struct slice bytes = temp_read(&folder, "b.tar");
    struct image image = image_memory(&bytes);
    struct bundle bundle;
    struct err err;

    CHECK_OK(bundle_open_archive(&image, &world.world.arena, &bundle, &err), err);
    return bundle.manifests[0].signature_count;
}

TEST(sign_bundle_adds_both_forms)
{
    struct err err;

    begin();
    CHECK_NUMBER(2, signatures());
    CHECK_OK(sign(1, 1, &err), err);
    CHECK_NUMBER(4, signatures());
    CHECK(!temp_exists(&folder, "b.tar.front"));
    CHECK_NUMBER(world.archive.len, temp_read(&folder, "b.tar").len);
    end();
}

TEST(sign_bundle_by_a_key_that_has_signed_changes_nothing)
{
    struct err err;

    begin();
    CHECK_OK(sign(0, 1, &err), err);
    CHECK(slice_equal(world.archive, temp_read(&folder, "b.tar")));
    CHECK(strstr(arena_copy(&world.world.arena, buf_slice(&out), &err), " already\n") != NULL);
    end();
}

/* What was kept comes back, without anybody signing, and nothing is answered. */
TEST(sign_bundle_by_nobody_undoes_what_was_broken_off)
{
    struct slice torn;
    bool is_bundle;
    struct err err;

    begin();
    torn = slice_of(arena_copy(&world.world.arena, world.archive, &err), world.archive.len);
    memset((uint8_t *)(uintptr_t)torn.ptr + 1024, 0, 4096);
    temp_write(&folder, "b.tar", torn);
    temp_write(&folder, "b.tar.front",
               slice_part(world.archive, 0, (size_t)world.bundle.area_size));
    CHECK_OK(sign_bundle_is(temp_path(&folder, "b.tar"), &world.world.arena, &is_bundle, &err), err);
    CHECK(is_bundle);
    CHECK_OK(sign(0, 0, &err), err);
    CHECK(slice_equal(world.archive, temp_read(&folder, "b.tar")));
    CHECK(!temp_exists(&folder, "b.tar.front"));
    CHECK_NUMBER(0, out.len);
    end();
}

/* The bundle is torn, and what lies beside it would make it whole. */
static struct slice tear(void)
{
    struct slice torn;
    struct err err;

    torn = slice_of(arena_copy(&world.world.arena, world.archive, &err), world.archive.len);
    memset((uint8_t *)(uintptr_t)torn.ptr + 1024, 0, 4096);
    temp_write(&folder, "b.tar", torn);
    temp_write(&folder, "other", slice_part(world.archive, 0, (size_t)world.bundle.area_size));
    return torn;
}

static void check_refused(struct slice bundle, const char *why)
{
    char want[2 * TEMP_PATH_MAX + 100], kept[TEMP_PATH_MAX];
    struct err err;

    snprintf(kept, sizeof kept, "%s", temp_path(&folder, "b.tar"));
    snprintf(want, sizeof want, "%s: %s.front is in the way: it %s; put it aside", kept, kept, why);
    CHECK_ERR(ERR_POLICY, want, sign(1, 1, &err), err);
    CHECK_ERR(ERR_POLICY, want, sign(0, 0, &err), err);
    CHECK(temp_exists(&folder, "b.tar.front"));
    CHECK(slice_equal(bundle, temp_read(&folder, "b.tar")));
    CHECK_NUMBER(0, out.len);
}

/* Somebody else chose what would be signed, or can still change it. */
TEST(sign_bundle_takes_back_no_front_that_is_not_this_users_alone)
{
    char kept[TEMP_PATH_MAX], other[TEMP_PATH_MAX];
    struct slice torn;

    begin();
    torn = tear();
    snprintf(kept, sizeof kept, "%s", temp_path(&folder, "b.tar.front"));
    snprintf(other, sizeof other, "%s", temp_path(&folder, "other"));
    CHECK(symlink("other", kept) == 0);
    check_refused(torn, "is a symbolic link");
    CHECK(unlink(kept) == 0 && symlink("nowhere", kept) == 0);
    check_refused(torn, "is a symbolic link");
    CHECK(unlink(kept) == 0 && link(other, kept) == 0);
    check_refused(torn, "has several names");
    CHECK(unlink(kept) == 0 && mkfifo(kept, 0600) == 0);
    check_refused(torn, "is no regular file");
    CHECK(unlink(kept) == 0 && rename(other, kept) == 0 && chmod(kept, 0620) == 0);
    check_refused(torn, "can be written to by others");
    CHECK(chmod(kept, 0602) == 0);
    check_refused(torn, "can be written to by others");
    CHECK(chmod(kept, 0600) == 0);
    if (geteuid() == 0 && chown(kept, 12345, (gid_t)-1) == 0)
        check_refused(torn, "belongs to another user");
    end();
}

/* When the bundle is whole it is not needed, but still nobody's to remove. */
TEST(sign_bundle_removes_no_front_that_is_not_this_users_alone)
{
    char kept[TEMP_PATH_MAX];

    begin();
    temp_write(&folder, "other", SLICE("of another"));
    snprintf(kept, sizeof kept, "%s", temp_path(&folder, "b.tar.front"));
    CHECK(symlink("other", kept) == 0);
    check_refused(world.archive, "is a symbolic link");
    CHECK(unlink(kept) == 0 && mkdir(kept, 0700) == 0);
    check_refused(world.archive, "is no regular file");
    CHECK(temp_exists(&folder, "other"));
    end();
}

/* What was kept before the last signature would take it away. */
TEST(sign_bundle_takes_nothing_back_when_it_is_whole)
{
    struct err err;

    begin();
    CHECK_OK(sign(1, 1, &err), err);
    temp_write(&folder, "b.tar.front",
               slice_part(world.archive, 0, (size_t)world.bundle.area_size));
    CHECK_OK(sign(0, 0, &err), err);
    CHECK_NUMBER(4, signatures());
    CHECK(!temp_exists(&folder, "b.tar.front"));
    end();
}

/* No front can lie beside it, and none is needed for what has been signed. */
TEST(sign_bundle_of_a_long_name)
{
    static const char *const names[] = {"site.key"};
    struct sign_bundle_by by = {.names = names, .count = 1};
    char name[252];
    struct err err;

    begin();
    by.signers = &world.world.keys[0].signer;
    memset(name, 'b', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    temp_write(&folder, name, world.archive);
    CHECK_OK(sign_bundle(temp_path(&folder, name), &by, &world.world.arena, &invocation, &err), err);
    by.signers = &world.world.keys[1].signer;
    CHECK_ERR(ERR_IO, NULL,
              sign_bundle(temp_path(&folder, name), &by, &world.world.arena, &invocation, &err), err);
    CHECK(slice_equal(world.archive, temp_read(&folder, name)));
    end();
}

TEST(sign_bundle_is_refused_while_another_signs)
{
    struct err err;
    int fd;

    begin();
    fd = open(temp_path(&folder, "b.tar"), O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    CHECK_NUMBER(ERR_IO, sign(1, 1, &err));
    CHECK(strstr(err.msg, "b.tar: is being signed by another process") != NULL);
    close(fd);
    CHECK(slice_equal(world.archive, temp_read(&folder, "b.tar")));
    end();
}

static enum err_code refuse(void *ctx, const uint8_t digest[SHA256_SIZE],
                            struct signature *signature, struct err *err)
{
    (void)ctx;
    (void)digest;
    (void)signature;
    return err_set(err, ERR_NO_KEY, "not today");
}

TEST(sign_bundle_hands_on_what_a_signer_says)
{
    struct err err;

    begin();
    world.world.keys[1].signer.sign = refuse;
    CHECK_NUMBER(ERR_NO_KEY, sign(1, 1, &err));
    CHECK(strstr(err.msg, "b.tar: not today") != NULL);
    CHECK(slice_equal(world.archive, temp_read(&folder, "b.tar")));
    CHECK(!temp_exists(&folder, "b.tar.front"));
    end();
}

static enum err_code tell(const char *name, bool *is_bundle, struct err *err)
{
    return sign_bundle_is(temp_path(&folder, name), &world.world.arena, is_bundle, err);
}

TEST(sign_bundle_is_told_by_contents)
{
    struct err err;
    bool is_bundle;

    begin();
    temp_write(&folder, "text", SLICE("text"));
    temp_write(&folder, "empty", SLICE(""));
    temp_write(&folder, "part", SLICE("sealift part v1\nand so on"));
    CHECK_OK(tell("b.tar", &is_bundle, &err), err);
    CHECK(is_bundle);
    CHECK_OK(tell("part", &is_bundle, &err), err);
    CHECK(is_bundle);
    CHECK_OK(tell("text", &is_bundle, &err), err);
    CHECK(!is_bundle);
    CHECK_OK(tell("empty", &is_bundle, &err), err);
    CHECK(!is_bundle);
    /* what is beside it counts when it is a file */
    CHECK(mkdir(temp_path(&folder, "text.front"), 0700) == 0);
    CHECK_OK(tell("text", &is_bundle, &err), err);
    CHECK(!is_bundle);
    temp_write(&folder, "empty.front", slice_part(world.archive, 0, 1024));
    CHECK_OK(tell("empty", &is_bundle, &err), err);
    CHECK(is_bundle);
    end();
}

/* It would be signed as any other file. */
TEST(sign_bundle_that_cannot_be_read_is_not_taken_for_a_file)
{
    struct err err;
    bool is_bundle = true;

    begin();
    CHECK_NUMBER(ERR_IO, tell("missing", &is_bundle, &err));
    CHECK(!is_bundle && strstr(err.msg, "missing: No such file or directory"));
    CHECK(mkdir(temp_path(&folder, "folder"), 0700) == 0);
    CHECK_NUMBER(ERR_IO, tell("folder", &is_bundle, &err));
    end();
}
