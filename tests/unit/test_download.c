#include "resolver/source/download.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/hex.h"
#include "resolver/source/part_files.h"
#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

#define WHOLE(tag) "HTTP/1.1 200 OK\r\nETag: \"" tag "\"\r\nContent-Length: 10\r\n\r\n"
#define REST(range, length)                                       \
    "HTTP/1.1 206 Part\r\nETag: \"t\"\r\nContent-Length: " length \
    "\r\nContent-Range: bytes " range "\r\n\r\n"
#define ASKS_FOR_4 "Range: bytes=4-\r\nIf-Range: \"t\"\r\n"

static struct script script;
static struct download_result result;
static struct err err;
static char folder[64], path[80], part[96], state[96];
static const uint8_t *wanted;
static bool wants_sha256;
static struct download_progress last_progress;

static void open_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/sealift-download-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/image", folder);
    snprintf(part, sizeof part, "%s.part", path);
    snprintf(state, sizeof state, "%s.part.json", path);
}

/* Nothing but FILE may be left. */
static void end_folder(void)
{
    unlink(path);
    CHECK(rmdir(folder) == 0);
}

static void remove_part(void)
{
    unlink(part);
    unlink(state);
}

static void on_progress(void *ctx, const struct download_progress *progress)
{
    (void)ctx;
    last_progress = *progress;
}

static enum err_code run_url(const char *url, const struct script_line *lines, size_t count)
{
    const struct download_options options = {.url = url,
                                             .path = path,
                                             .sha256 = wanted,
                                             .wants_sha256 = wants_sha256,
                                             .progress = on_progress};
    struct fetch *fetch = script_fetch(&script, lines, count);
    enum err_code rc = download(fetch, &options, &result, &err);

    fetch_free(&fetch);
    CHECK_NUMBER(count, script.line);
    CHECK_NUMBER(0, script.open);
    return rc;
}

#define RUN(lines) run_url("http://h/i", (lines), sizeof(lines) / sizeof(lines)[0])

static void check_file(const char *name, const char *want)
{
    char text[200];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, text, sizeof text);

    CHECK_TEXT(want, slice_of(text, len < 0 ? 0 : (size_t)len));
    close(fd);
}

static void check_done(uint64_t received, uint64_t resumed_from)
{
    check_file(path, "0123456789");
    CHECK_NUMBER(10, result.size);
    CHECK_NUMBER(received, result.received);
    CHECK_NUMBER(resumed_from, result.resumed_from);
    CHECK(result.is_cleartext);
}

TEST(download_puts_the_file_there)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    char digest[2 * SHA256_SIZE + 1];

    open_folder();
    wants_sha256 = true;
    CHECK_OK(RUN(lines), err);
    wants_sha256 = false;
    check_done(10, 0);
    CHECK(result.has_sha256);
    hex_encode(result.sha256, SHA256_SIZE, digest);
    CHECK_TEXT("84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882",
               slice_text(digest));
    CHECK(last_progress.done == 10 && last_progress.has_total && last_progress.total == 10);
    CHECK_NUMBER(0, script_count(&script.record, "Range:"));
    end_folder();
}

TEST(download_hashes_only_when_asked)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    static const uint8_t none[SHA256_SIZE];

    open_folder();
    CHECK_OK(RUN(lines), err);
    check_done(10, 0);
    CHECK(!result.has_sha256 && memcmp(result.sha256, none, SHA256_SIZE) == 0);
    end_folder();
}

TEST(download_goes_on_after_a_break)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                               {SCRIPT_CLOSE, {REST("4-9/10", "6") "456789"}}};

    open_folder();
    CHECK_OK(RUN(lines), err);
    check_done(10, 0);
    CHECK_NUMBER(1, script_count(&script.record, ASKS_FOR_4));
    CHECK_NUMBER(1, script_count(&script.record, "[sleep 10]"));
    CHECK_NUMBER(0, script_count(&script.notes, "! "));
    end_folder();
}

static const struct script_line broken[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                            {SCRIPT_REFUSE, {NULL}}};

/* Leaves a part of 4 bytes. */
static void break_off(void)
{
    char want[200];

    CHECK_ERR(ERR_IO, "http://h/i: after 2 tries: cannot connect: refused", RUN(broken), err);
    CHECK_NUMBER(0, result.received);
    snprintf(want, sizeof want,
             "! %s keeps the first 4 bytes: the same download goes on from there\n", part);
    CHECK_NUMBER(1, script_count(&script.notes, want));
    CHECK(access(path, F_OK) != 0);
}

TEST(download_goes_on_in_a_later_run)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {REST("4-9/10", "6") "456789"}}};
    uint8_t digest[SHA256_SIZE];

    sha256_of(SLICE("0123456789"), digest);
    for (int i = 0; i < 2; i++) {
        open_folder();
        break_off();
        wanted = i ? digest : NULL;
        CHECK_OK(RUN(lines), err);
        check_done(6, 4);
        CHECK_NUMBER(1, script_count(&script.record, ASKS_FOR_4));
        CHECK_NUMBER(0, script_count(&script.notes, "! "));
        end_folder();
    }
    wanted = NULL;
}

/* What the server says to the request for the rest, and what the user is then told. */
TEST(download_starts_over_and_says_why)
{
    static const struct {
        struct script_line lines[2];
        const char *why;
    } cases[] = {
        {{{SCRIPT_CLOSE, {WHOLE("new") "0123456789"}}}, "the server's object has changed"},
        {{{SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}}, "the server does not send parts"},
        {{{SCRIPT_CLOSE, {REST("3-9/10", "7") "3456789", WHOLE("t") "0123456789"}}},
         "the server sends another part than was asked for"},
        {{{SCRIPT_CLOSE, {REST("4-8/10", "5") "45678", WHOLE("t") "0123456789"}}},
         "the server sends another part than was asked for"},
        {{{SCRIPT_CLOSE, {REST("4-9/*", "6") "456789", WHOLE("t") "0123456789"}}},
         "the server sends another part than was asked for"},
        {{{SCRIPT_CLOSE, {REST("4-10/11", "7") "456789a", WHOLE("t") "0123456789"}}},
         "the server sends another part than was asked for"},
        {{{SCRIPT_CLOSE, {REST("4-9/10", "5") "45678", WHOLE("t") "0123456789"}}},
         "the server sends another part than was asked for"},
        {{{SCRIPT_CLOSE,
           {"HTTP/1.1 206 Part\r\nContent-Length: 1\r\n\r\nx", WHOLE("t") "0123456789"}}},
         "the server sends another part than was asked for"},
        {{{SCRIPT_CLOSE,
           {"HTTP/1.1 206 Part\r\nETag: \"new\"\r\nContent-Length: 6\r\n"
            "Content-Range: bytes 4-9/10\r\n\r\n456789",
            WHOLE("t") "0123456789"}}},
         "the server's object has changed"},
        {{{SCRIPT_CLOSE,
           {"HTTP/1.1 416 Range\r\nContent-Length: 0\r\n\r\n", WHOLE("t") "0123456789"}}},
         "the server's object is shorter now"},
    };
    char want[200];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_folder();
        break_off();
        CHECK_OK(run_url("http://h/i", cases[i].lines, 1), err);
        check_file(path, "0123456789");
        CHECK_NUMBER(10, result.size);
        CHECK_NUMBER(0, script_count(&script.record, "[sleep"));
        snprintf(want, sizeof want, "! %s: %s: starting over\n", part, cases[i].why);
        CHECK_NUMBER(1, script_count(&script.notes, want));
        end_folder();
    }
}

TEST(download_takes_the_new_object_whole)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nETag: \"new\"\r\nContent-Length: 3\r\n\r\nnew"}}};

    open_folder();
    break_off();
    CHECK_OK(RUN(lines), err);
    check_file(path, "new");
    end_folder();
}

TEST(download_does_not_take_up_what_it_cannot_trust)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    static const char *const whys[] = {"it is not what the state beside it says",
                                       "there is no state beside it", "it is of another URL"};
    char want[200];

    for (size_t i = 0; i < 3; i++) {
        open_folder();
        break_off();
        if (i == 0) {
            int fd = open(part, O_WRONLY | O_CLOEXEC);

            CHECK(pwrite(fd, "X", 1, 3) == 1);
            close(fd);
        } else if (i == 1) {
            unlink(state);
        }
        CHECK_OK(run_url(i == 2 ? "http://h/j" : "http://h/i", lines, 1), err);
        check_done(10, 0);
        snprintf(want, sizeof want, "! %s: %s: starting over\n", part, whys[i]);
        CHECK_NUMBER(1, script_count(&script.notes, want));
        CHECK_NUMBER(0, script_count(&script.record, "Range:"));
        end_folder();
    }
}

TEST(download_leaves_a_part_alone_until_there_is_something_better)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"}}};
    static const struct script_line rest[] = {{SCRIPT_CLOSE, {REST("4-9/10", "6") "456789"}}};

    open_folder();
    break_off();
    CHECK_ERR(ERR_IO, "http://h/j: the server answers 404 No", run_url("http://h/j", lines, 1),
              err);
    CHECK_OK(RUN(rest), err);
    check_done(6, 4);
    end_folder();
}

TEST(download_that_fails_at_once_leaves_nothing)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"}}};

    open_folder();
    CHECK_ERR(ERR_IO, "http://h/i: the server answers 404 No", RUN(lines), err);
    CHECK_TEXT("http://h/i: connected to 192.0.2.1 port 1\n", buf_slice(&script.notes));
    end_folder();
}

TEST(download_without_validator_starts_over)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123"}},
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"}}};
    static const struct script_line fails[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123"}},
        {SCRIPT_REFUSE, {NULL}}};

    open_folder();
    CHECK_OK(RUN(lines), err);
    check_done(14, 0);
    CHECK_NUMBER(2, script_count(&script.notes,
                                 "http://h/i: the server gives no strong ETag and no "
                                 "reliable Last-Modified: an interrupted download would "
                                 "start over\n"));
    unlink(path);
    CHECK_ERR(ERR_IO, "http://h/i: after 2 tries: cannot connect: refused", RUN(fails), err);
    end_folder();
}

TEST(download_counts_tries_anew_when_it_gets_further)
{
    static char first[100 + DOWNLOAD_PROGRESS], second[100 + DOWNLOAD_PROGRESS];
    const struct script_line lines[] = {
        {SCRIPT_CLOSE, {first}}, {SCRIPT_CLOSE, {second}}, {SCRIPT_REFUSE, {NULL}}};
    static const struct script_line same_place[] = {{SCRIPT_CLOSE, {WHOLE("a") "0123"}},
                                                    {SCRIPT_CLOSE, {WHOLE("b") "0123"}}};
    const int almost = (int)DOWNLOAD_PROGRESS - 1;

    snprintf(first, sizeof first,
             "HTTP/1.1 200 OK\r\nETag: \"t\"\r\nContent-Length: 9000000\r\n\r\n%0*d", almost, 7);
    snprintf(second, sizeof second,
             "HTTP/1.1 206 OK\r\nContent-Range: bytes %d-8999999/9000000\r\n\r\n7", almost);
    open_folder();
    /* one byte more makes the difference: without it there were no third try */
    CHECK_ERR(ERR_IO, "http://h/i: after 2 tries: cannot connect: refused", RUN(lines), err);
    remove_part();
    end_folder();
    open_folder();
    CHECK_ERR(ERR_IO,
              "http://h/i: after 2 tries: the server closed the connection after 4 of 10 bytes "
              "of the body",
              RUN(same_place), err);
    remove_part();
    end_folder();
}

TEST(download_checks_the_digest)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    uint8_t digest[SHA256_SIZE];
    char want[400];

    sha256_of(SLICE("0123456789"), digest);
    wanted = digest;
    open_folder();
    CHECK_OK(RUN(lines), err);
    check_done(10, 0);
    unlink(path);
    memset(digest, 0, sizeof digest);
    snprintf(want, sizeof want,
             "%s: its SHA-256 is 84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882, "
             "wanted was 0000000000000000000000000000000000000000000000000000000000000000: removed",
             part);
    CHECK_ERR(ERR_CORRUPT, want, RUN(lines), err);
    CHECK_NUMBER(0, result.size);
    end_folder();
    wanted = NULL;
}

TEST(download_of_unmarked_end_needs_tls_or_a_digest)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\n\r\n0123456789"}}};
    static const struct script_line chunked[] = {
        {SCRIPT_CLOSE,
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"}}};
    uint8_t digest[SHA256_SIZE];

    open_folder();
    CHECK_ERR(ERR_IO,
              "http://h/i: the server does not say how long it is, and the connection protects "
              "nothing: a part of it could not be told from the whole (give its SHA-256)",
              RUN(lines), err);
    CHECK_OK(run_url("https://h/i", lines, 1), err);
    check_file(path, "0123456789");
    CHECK(!result.is_cleartext);
    sha256_of(SLICE("0123456789"), digest);
    wanted = digest;
    CHECK_OK(RUN(lines), err);
    check_done(10, 0);
    CHECK(!last_progress.has_total);
    wanted = NULL;
    CHECK_OK(RUN(chunked), err);
    check_done(10, 0);
    end_folder();
}

TEST(download_notices_bodies_of_another_length)
{
    static const struct script_line less[] = {
        {SCRIPT_CLOSE, {WHOLE("t") "0123"}},
        {SCRIPT_CLOSE,
         {"HTTP/1.1 206 Part\r\nContent-Range: bytes 4-9/10\r\nTransfer-Encoding: chunked"
          "\r\n\r\n2\r\n45\r\n0\r\n\r\n"}}};
    static const struct script_line more[] = {
        {SCRIPT_CLOSE, {WHOLE("t") "0123"}},
        {SCRIPT_CLOSE,
         {"HTTP/1.1 206 Part\r\nContent-Range: bytes 4-9/10\r\nTransfer-Encoding: chunked"
          "\r\n\r\n7\r\n456789a\r\n0\r\n\r\n"}}};

    open_folder();
    CHECK_ERR(ERR_IO, "http://h/i: after 2 tries: the body ended after 6 of 10 bytes", RUN(less),
              err);
    remove_part();
    CHECK_ERR(ERR_IO,
              "http://h/i: after 2 tries: the server sends more than the 10 bytes it announced",
              RUN(more), err);
    remove_part();
    end_folder();
}

TEST(download_of_a_complete_part_asks_nobody)
{
    static struct part_files files;
    static struct part_state complete;
    static struct part bytes;

    open_folder();
    CHECK_OK(part_files_init(&files, path, &err), err);
    part_state_init(&complete, SLICE("http://h/i"));
    snprintf(complete.validator, sizeof complete.validator, "\"t\"");
    complete.has_size = true;
    complete.size = 10;
    CHECK_OK(part_open(part, false, &bytes, &err), err);
    CHECK_OK(part_add(&bytes, SLICE("0123456789"), &err), err);
    CHECK_OK(part_make_mark(&bytes, &complete.mark, &err), err);
    part_close(&bytes);
    CHECK_OK(part_files_save(&files, &complete, &err), err);
    CHECK_OK(run_url("http://h/i", NULL, 0), err);
    CHECK_NUMBER(10, result.resumed_from);
    CHECK_NUMBER(0, result.received);
    check_file(path, "0123456789");
    end_folder();
}

TEST(download_refuses_before_it_connects)
{
    char want[200];

    open_folder();
    CHECK_ERR(ERR_FORMAT, "\"ftp://h/i\": scheme \"ftp\": only http and https are supported",
              run_url("ftp://h/i", NULL, 0), err);
    CHECK(mkdir(path, 0700) == 0);
    snprintf(want, sizeof want, "%s: exists and is not a regular file", path);
    CHECK_ERR(ERR_IO, want, run_url("http://h/i", NULL, 0), err);
    rmdir(path);
    CHECK(mkdir(part, 0700) == 0);
    snprintf(want, sizeof want, "%s: cannot be opened: Is a directory", part);
    CHECK_ERR(ERR_IO, want, run_url("http://h/i", NULL, 0), err);
    rmdir(part);
    end_folder();
}

TEST(download_needs_space)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE,
         {"HTTP/1.1 200 OK\r\nETag: \"t\"\r\nContent-Length: 1152921504606846976\r\n\r\nx"}}};
    char want[200];

    open_folder();
    CHECK_ERR(ERR_LIMIT, NULL, RUN(lines), err);
    snprintf(want, sizeof want, "http://h/i: %s: no space: 1152921504606846976 bytes are to come, ",
             part);
    CHECK(slice_begins(slice_text(err.msg), want));
    end_folder();
}

TEST(download_follows_changes_of_the_query)
{
    static const struct script_line first[] = {{SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                               {SCRIPT_REFUSE, {NULL}}};
    static const struct script_line rest[] = {{SCRIPT_CLOSE, {REST("4-9/10", "6") "456789"}}};

    open_folder();
    CHECK(run_url("http://h/i?sig=1", first, 2) == ERR_IO);
    CHECK_OK(run_url("http://h/i?sig=2", rest, 1), err);
    check_done(6, 4);
    end_folder();
}
