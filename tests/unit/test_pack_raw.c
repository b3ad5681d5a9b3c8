#include "bundle/pack/pack_raw.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/pack_world.h"
#include "tests/unit/temp_folder.h"

static struct pack_world world;
static struct pack_raws raws;
static struct temp_folder folder;

static void begin(void)
{
    pack_world_begin(&world);
    raws = (struct pack_raws){.arena = &world.arena};
    folder = temp_folder_make();
}

static void end(void)
{
    pack_raws_close(&raws);
    CHECK(!raws.first);
    temp_folder_remove(&folder);
    pack_world_end(&world);
}

static enum err_code open_file(const char *name, struct pack_raw **raw)
{
    return pack_raws_file(&raws, temp_path(&folder, name), raw, &world.err);
}

static enum err_code open_beneath(const char *name, struct pack_raw **raw)
{
    int fd = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err_code rc = pack_raws_beneath(&raws, fd, name, name, raw, &world.err);

    close(fd);
    return rc;
}

static void check_bytes(const struct pack_raw *raw, struct slice want)
{
    uint8_t bytes[64];

    CHECK(raw != NULL);
    if (!raw)
        return;
    CHECK(want.len <= sizeof bytes && raw->image.size == want.len);
    CHECK_OK(image_read(&raw->image, 0, bytes, want.len, &world.err), world.err);
    CHECK(slice_equal(want, slice_of(bytes, want.len)));
}

TEST(pack_raw_is_one_image_under_all_its_names)
{
    struct pack_raw *a, *b, *c;

    begin();
    temp_write(&folder, "a", SLICE("disk"));
    temp_write(&folder, "b", SLICE("disk")); /* equal, and another file */
    CHECK(link(temp_path(&folder, "a"), temp_path(&folder, "c")) == 0);
    CHECK_OK(open_file("a", &a), world.err);
    CHECK_OK(open_file("b", &b), world.err);
    CHECK_OK(open_file("c", &c), world.err);
    CHECK(a == c && a != b);
    check_bytes(a, SLICE("disk"));
    CHECK_TEXT(temp_path(&folder, "a"), slice_text(a->place));
    end();
}

TEST(pack_raw_refuses_what_is_no_raw_disk)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *what;
    } cases[] = {
        {"\x1f\x8b\x08", 3, "compressed with gzip"},
        {"\xfd\x37zXZ\0", 6, "compressed with xz"},
        {"BZh9", 4, "compressed with bzip2"},
        {"QFI\xfb\0\0\0\3", 8, "a qcow2 disk"},
        {"KDMV\1", 5, "a VMDK disk"},
        {"vhdxfile", 8, "a VHDX disk"},
        {"conectix and more", 17, "a VHD disk"},
    };
    struct pack_raw *raw;
    char want[ERR_MESSAGE_MAX];

    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        temp_write(&folder, "x", slice_of(cases[i].bytes, cases[i].len));
        snprintf(want, sizeof want, "%s: is %s, want a raw disk image: unpack it first",
                 temp_path(&folder, "x"), cases[i].what);
        CHECK_ERR(ERR_FORMAT, want, open_file("x", &raw), world.err);
        CHECK(!raw && !raws.first);
    }
    temp_write(&folder, "x", SLICE("vhdxfil"));
    CHECK_OK(open_file("x", &raw), world.err);
    end();
}

TEST(pack_raw_must_be_a_file_with_something_in_it)
{
    struct pack_raw *raw;
    char want[ERR_MESSAGE_MAX];

    begin();
    temp_write(&folder, "empty", SLICE(""));
    snprintf(want, sizeof want, "%s: is empty, want a raw disk image", temp_path(&folder, "empty"));
    CHECK_ERR(ERR_FORMAT, want, open_file("empty", &raw), world.err);
    CHECK_NUMBER(ERR_IO, open_file("none", &raw));
    CHECK(mkfifo(temp_path(&folder, "pipe"), 0600) == 0);
    CHECK_NUMBER(ERR_IO, open_file("pipe", &raw));
    CHECK(mkdir(temp_path(&folder, "folder"), 0700) == 0);
    CHECK_NUMBER(ERR_IO, open_file("folder", &raw));
    CHECK(!raw && !raws.first);
    end();
}

TEST(pack_raw_is_the_disk_in_a_compressed_file)
{
    struct slice stored = test_file("fixtures/bundles/good-image.raw.zst");
    struct pack_raw *raw;

    begin();
    temp_write(&folder, "x.raw.zst", stored);
    CHECK_OK(open_file("x.raw.zst", &raw), world.err);
    CHECK(raw->image.size > 0 && raw->image.size != stored.len);
    temp_write(&folder, "no-table.zst", SLICE("\x28\xb5\x2f\xfd\x20\x01\x09\x00\x00x"));
    CHECK_NUMBER(ERR_FORMAT, open_file("no-table.zst", &raw));
    CHECK(slice_ends(slice_text(world.err.msg), ": unpack it first (zstd -d)") && !raw);
    end();
}

TEST(pack_raw_beneath_takes_the_compressed_file_in_its_place)
{
    struct slice stored = test_file("fixtures/bundles/good-image.raw.zst");
    struct pack_raw *raw;

    begin();
    CHECK_OK(open_beneath("a/x.raw", &raw), world.err);
    CHECK(!raw);
    temp_write(&folder, "a/x.raw.zst", stored);
    CHECK_OK(open_beneath("a/x.raw", &raw), world.err);
    CHECK(raw && raw->image.size > 0);
    CHECK_TEXT("a/x.raw.zst", slice_text(raw->place));
    temp_write(&folder, "a/x.raw", SLICE("disk"));
    CHECK_OK(open_beneath("a/x.raw", &raw), world.err);
    check_bytes(raw, SLICE("disk"));
    CHECK_OK(open_beneath("a/x.raw/below", &raw), world.err); /* not a folder: nothing there */
    CHECK(!raw);
    end();
}

TEST(pack_raw_beneath_does_not_leave_the_folder)
{
    struct pack_raw *raw;

    begin();
    CHECK(symlink("/etc/passwd", temp_path(&folder, "x.raw")) == 0);
    CHECK_ERR(ERR_POLICY, "x.raw: a symbolic link leads out of the repository",
              open_beneath("x.raw", &raw), world.err);
    CHECK(!raw);
    CHECK(symlink("x.raw", temp_path(&folder, "y.raw.zst")) == 0);
    CHECK_ERR(ERR_POLICY, "y.raw.zst: a symbolic link leads out of the repository",
              open_beneath("y.raw", &raw), world.err);
    end();
}

static void keep_last(void *ctx, uint64_t bytes_read)
{
    *(uint64_t *)ctx = bytes_read;
}

TEST(pack_raw_counts_what_was_read)
{
    uint64_t last = 0;
    struct pack_raw *a, *b;
    uint8_t byte[4];

    begin();
    raws.ctx = &last;
    raws.report = keep_last;
    temp_write(&folder, "a", SLICE("1234"));
    temp_write(&folder, "b", SLICE("12345678"));
    CHECK_OK(open_file("a", &a), world.err);
    CHECK_OK(open_file("b", &b), world.err);
    CHECK_OK(image_read(&a->image, 0, byte, 2, &world.err), world.err);
    CHECK_NUMBER(2, last);
    CHECK_OK(image_read(&a->image, 2, byte, 2, &world.err), world.err);
    CHECK_NUMBER(4, last);
    CHECK_OK(image_read(&b->image, 0, byte, 4, &world.err), world.err);
    CHECK_NUMBER(8, last);
    CHECK_OK(image_read(&b->image, 4, byte, 4, &world.err), world.err);
    CHECK_NUMBER(12, last);
    end();
}

TEST(pack_raw_sums_sizes_and_holes)
{
    struct pack_raw *raw;
    uint64_t size, holes;
    int fd;

    begin();
    temp_write(&folder, "a", SLICE("1234"));
    fd = open(temp_path(&folder, "sparse"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 1 << 20) == 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
    CHECK_OK(open_file("a", &raw), world.err);
    CHECK_OK(open_file("sparse", &raw), world.err);
    pack_raws_size(&raws, &size, &holes);
    CHECK_NUMBER((1 << 20) + 4, size);
    CHECK(holes == 0 || (holes >= (1 << 20) - (1 << 17) && holes < 1 << 20)); /* as the disk has them */
    CHECK(!pack_raws_cleartext(&raws));
    end();
}

/* The file shrinks under the reader. */
TEST(pack_raw_names_what_cannot_be_read)
{
    struct pack_raw *raw;
    uint8_t bytes[4];

    begin();
    temp_write(&folder, "a", SLICE("1234"));
    CHECK_OK(open_file("a", &raw), world.err);
    CHECK(truncate(temp_path(&folder, "a"), 1) == 0);
    CHECK_NUMBER(ERR_CORRUPT, image_read(&raw->image, 0, bytes, 4, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg), temp_path(&folder, "a")));
    end();
}

/* An image is looked at, and then packed: it must be the same all the time. */
TEST(pack_raw_sees_what_changes_meanwhile)
{
    struct pack_raw *raw;
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char message[300];
    int fd;

    begin();
    temp_write(&folder, "disk", SLICE("a disk"));
    CHECK(utimensat(AT_FDCWD, temp_path(&folder, "disk"), old, 0) == 0);
    CHECK_OK(open_file("disk", &raw), world.err);
    CHECK_OK(pack_raws_unchanged(&raws, &world.err), world.err);
    fd = open(temp_path(&folder, "disk"), O_WRONLY | O_CLOEXEC);
    CHECK(usleep(20000) == 0); /* more than a tick of the kernel's clock of files */
    CHECK(pwrite(fd, "A", 1, 0) == 1);
    CHECK(futimens(fd, old) == 0); /* which can hide that from some, and not that it did so */
    close(fd);
    snprintf(message, sizeof message, "%s: changed while it was being read", temp_path(&folder, "disk"));
    CHECK_ERR(ERR_IO, message, pack_raws_unchanged(&raws, &world.err), world.err);
    end();
}
