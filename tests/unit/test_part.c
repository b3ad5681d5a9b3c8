#include "resolver/source/part.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static char path[64];
static struct part part;
static struct err err;

static void open_part(void)
{
    folder = temp_folder_make();
    snprintf(path, sizeof path, "%s", temp_path(&folder, "part"));
    CHECK_OK(part_open(path, true, &part, &err), err);
}

static void end_part(void)
{
    part_close(&part);
    temp_folder_remove(&folder);
}

static uint64_t allocated(void)
{
    struct stat status;

    CHECK(fstat(part.fd, &status) == 0);
    return (uint64_t)status.st_blocks * 512;
}

static void check_content(const uint8_t *want, size_t len)
{
    uint8_t *have = malloc(len + 1);

    CHECK(have && pread(part.fd, have, len + 1, 0) == (ssize_t)len && memcmp(want, have, len) == 0);
    free(have);
}

TEST(part_writes_in_whatever_pieces)
{
    static const size_t pieces[] = {
        1, 13, 4095, 4096, 4097, PART_BUFFER - 1, PART_BUFFER, PART_BUFFER + 1, 900000};
    static uint8_t content[900001];
    uint8_t digest[SHA256_SIZE], want[SHA256_SIZE];

    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (i / 5000) % 3 == 1 ? 0 : (uint8_t)(i % 251);
    sha256_of(slice_of(content, sizeof content), want);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        open_part();
        CHECK_OK(part_prepare(&part, i % 2, sizeof content, &err), err);
        for (size_t at = 0; at < sizeof content; at += pieces[i])
            CHECK_OK(
                part_add(&part, slice_part(slice_of(content, sizeof content), at, pieces[i]), &err),
                err);
        part_digest(&part, digest);
        CHECK_OK(part_finish(&part, &err), err);
        CHECK(memcmp(digest, want, SHA256_SIZE) == 0);
        check_content(content, sizeof content);
        end_part();
    }
}

TEST(part_keeps_holes)
{
    static uint8_t zeros[1 << 20];
    bool keeps_holes;

    open_part();
    CHECK_OK(part_prepare(&part, true, 64 << 20, &err), err);
    CHECK_NUMBER(64 << 20, part_file_length(&part));
    keeps_holes = allocated() < 4096;
    for (int i = 0; i < 63; i++)
        CHECK_OK(part_add(&part, slice_of(zeros, sizeof zeros), &err), err);
    zeros[sizeof zeros - 1] = 1;
    CHECK_OK(part_add(&part, slice_of(zeros, sizeof zeros), &err), err);
    zeros[sizeof zeros - 1] = 0;
    CHECK_OK(part_finish(&part, &err), err);
    CHECK_NUMBER(64 << 20, part_file_length(&part));
    if (keeps_holes)
        CHECK(allocated() <= PART_BLOCK);
    else
        test_skip("this file system keeps no holes");
    end_part();
}

/* Blocks are those of the file, wherever the first byte after a resumption stands. */
TEST(part_keeps_holes_after_an_odd_beginning)
{
    static uint8_t bytes[3 * PART_BLOCK];
    struct part_mark mark;
    bool fits, keeps_holes;

    open_part();
    CHECK_OK(part_add(&part, SLICE("x"), &err), err);
    CHECK_OK(part_make_mark(&part, &mark, &err), err);
    CHECK_OK(part_resume(&part, &mark, &fits, &err), err);
    CHECK_OK(part_prepare(&part, true, 1 + sizeof bytes, &err), err);
    keeps_holes = allocated() <= PART_BLOCK;
    bytes[0] = 1;
    bytes[sizeof bytes - 1] = 1;
    CHECK_OK(part_add(&part, slice_of(bytes, sizeof bytes), &err), err);
    CHECK_OK(part_finish(&part, &err), err);
    if (keeps_holes)
        CHECK(allocated() <= 2 * PART_BLOCK);
    else
        test_skip("this file system keeps no holes");
    end_part();
}

TEST(part_of_unknown_size_ends_in_its_holes)
{
    static uint8_t zeros[10000];

    open_part();
    CHECK_OK(part_prepare(&part, false, 0, &err), err);
    CHECK_OK(part_add(&part, SLICE("x"), &err), err);
    CHECK_OK(part_add(&part, slice_of(zeros, sizeof zeros), &err), err);
    CHECK_OK(part_finish(&part, &err), err);
    CHECK_NUMBER(10001, part_file_length(&part));
    end_part();
}

TEST(part_resumes_where_it_was)
{
    static uint8_t content[200000], zeros[200000];
    uint8_t digest[SHA256_SIZE], want[SHA256_SIZE];
    struct part_mark mark;
    bool fits;

    memset(content, 7, 100001);
    sha256_of(slice_of(content, sizeof content), want);
    for (int wants_digest = 0; wants_digest < 2; wants_digest++) {
        open_part();
        CHECK_OK(part_prepare(&part, true, sizeof content, &err), err);
        CHECK_OK(part_add(&part, slice_of(content, 100001), &err), err);
        CHECK_OK(part_make_mark(&part, &mark, &err), err);
        CHECK_NUMBER(100001, mark.length);
        /* written after the mark was made: it must not shine through later holes */
        CHECK(pwrite(part.fd, "stale", 5, 150000) == 5);
        part_close(&part);
        CHECK_OK(part_open(path, wants_digest, &part, &err), err);
        CHECK_OK(part_resume(&part, &mark, &fits, &err), err);
        CHECK(fits);
        CHECK_NUMBER(100001, part.length);
        CHECK_OK(part_prepare(&part, true, sizeof content, &err), err);
        CHECK_OK(part_add(&part, slice_of(zeros, sizeof content - 100001), &err), err);
        part_digest(&part, digest);
        CHECK((memcmp(digest, want, SHA256_SIZE) == 0) == wants_digest);
        CHECK_OK(part_finish(&part, &err), err);
        check_content(content, sizeof content);
        end_part();
    }
}

static void check_fits(bool want, const struct part_mark *mark)
{
    bool fits = !want;

    CHECK_OK(part_resume(&part, mark, &fits, &err), err);
    CHECK(fits == want);
    CHECK_NUMBER(want ? mark->length : 0, part.length);
}

TEST(part_that_differs_is_not_resumed)
{
    struct part_mark mark, other;

    open_part();
    CHECK_OK(part_prepare(&part, false, 0, &err), err);
    CHECK_OK(part_add(&part, SLICE("hello"), &err), err);
    CHECK_OK(part_make_mark(&part, &mark, &err), err);
    check_fits(true, &mark);
    other = mark;
    other.length = 6;
    check_fits(false, &other);
    other.length = 4;
    check_fits(false, &other);
    other = mark;
    other.inode++;
    check_fits(false, &other);
    other = mark;
    other.sample[31] ^= 1;
    check_fits(false, &other);
    CHECK(ftruncate(part.fd, 4) == 0);
    check_fits(false, &mark);
    CHECK(pwrite(part.fd, "hellO", 5, 0) == 5);
    check_fits(false, &mark);
    CHECK(pwrite(part.fd, "hello and more", 14, 0) == 14);
    check_fits(true, &mark);
    part_restart(&part);
    CHECK_OK(part_make_mark(&part, &mark, &err), err);
    check_fits(true, &mark);
    end_part();
}

/* The first block, the last, and those between: the mark of a file that is all zeros but there. */
TEST(part_is_sampled_from_first_to_last)
{
    static uint8_t content[PART_SAMPLES * 2 * PART_BLOCK + 5];
    const uint64_t last = sizeof content - PART_BLOCK, step = last / (PART_SAMPLES - 1);
    struct part_mark mark;

    memset(content, 1, sizeof content);
    open_part();
    CHECK_OK(part_add(&part, slice_of(content, sizeof content), &err), err);
    CHECK_OK(part_make_mark(&part, &mark, &err), err);
    for (unsigned i = 0; i < PART_SAMPLES; i++) {
        const uint64_t first = i + 1 < PART_SAMPLES ? i * step : last;
        const uint64_t places[] = {first, first + PART_BLOCK - 1};

        for (size_t j = 0; j < 2; j++) {
            CHECK(pwrite(part.fd, "", 1, (off_t)places[j]) == 1);
            check_fits(false, &mark);
            CHECK(pwrite(part.fd, "\1", 1, (off_t)places[j]) == 1);
        }
    }
    check_fits(true, &mark);
    end_part();
}

TEST(part_restart_forgets)
{
    uint8_t digest[SHA256_SIZE], want[SHA256_SIZE];

    open_part();
    CHECK_OK(part_add(&part, SLICE("before"), &err), err);
    part_restart(&part);
    CHECK_OK(part_prepare(&part, false, 0, &err), err);
    CHECK_OK(part_add(&part, SLICE("after"), &err), err);
    CHECK_OK(part_finish(&part, &err), err);
    part_digest(&part, digest);
    sha256_of(SLICE("after"), want);
    CHECK(memcmp(digest, want, SHA256_SIZE) == 0);
    check_content((const uint8_t *)"after", 5);
    end_part();
}

TEST(part_refuses_without_space)
{
    open_part();
    CHECK(part_prepare(&part, true, (uint64_t)1 << 60, &err) == ERR_LIMIT);
    CHECK(slice_begins(slice_text(err.msg), "no space: 1152921504606846976 bytes are to come, "));
    end_part();
}

TEST(part_says_when_the_file_system_cannot_hold_it)
{
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    open_part();
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small = before;
    small.rlim_cur = 1 << 20;
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK_ERR(ERR_LIMIT, "cannot be given its size: File too large",
              part_prepare(&part, true, 2 << 20, &err), err);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    signal(SIGXFSZ, SIG_DFL);
    end_part();
}

TEST(part_is_for_one_at_a_time)
{
    struct part other;

    open_part();
    CHECK_ERR(ERR_IO, "another run is writing to it", part_open(path, false, &other, &err),
              err);
    CHECK_NUMBER(-1, other.fd);
    part_close(&part);
    CHECK_OK(part_open(path, false, &other, &err), err);
    part_close(&other);
    end_part();
}

/* Whoever owns the file could write into it, also when it has its name. */
TEST(part_refuses_what_is_not_its_own)
{
    char other[sizeof path + 8];

    open_part();
    part_close(&part);
    snprintf(other, sizeof other, "%s.other", path);
    CHECK(link(path, other) == 0);
    CHECK_ERR(ERR_POLICY, "is in the way: it has several names; remove it",
              part_open(path, true, &part, &err), err);
    CHECK_NUMBER(-1, part.fd);
    unlink(other);
    CHECK_OK(part_open(path, true, &part, &err), err);
    part_close(&part);
    if (geteuid() == 0) {
        CHECK(chown(path, 65534, 65534) == 0);
        CHECK_ERR(ERR_POLICY, "is in the way: it belongs to another user; remove it",
                  part_open(path, true, &part, &err), err);
    }
    end_part();
}

TEST(part_refuses_what_is_no_regular_file)
{
    open_part();
    part_close(&part);
    unlink(path);
    CHECK(symlink("/tmp/elsewhere", path) == 0);
    CHECK_ERR(ERR_POLICY, "is in the way: it is a symbolic link; remove it", part_open(path, true, &part, &err), err);
    CHECK_NUMBER(-1, part.fd);
    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    CHECK_ERR(ERR_POLICY, "is in the way: it is no regular file; remove it", part_open(path, true, &part, &err), err);
    unlink(path);
    CHECK(mkdir(path, 0700) == 0);
    CHECK_ERR(ERR_IO, "cannot be opened: Is a directory", part_open(path, true, &part, &err), err);
    rmdir(path);
    CHECK_ERR(ERR_IO, "cannot be opened: No such file or directory",
              part_open("/nonexistent/x", true, &part, &err), err);
    temp_folder_remove(&folder);
}
