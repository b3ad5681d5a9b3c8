#include "resolver/source/source_dir.h"

#include <limits.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder temp;
static struct arena arena;
static struct source_dir dir;
static char base[TEMP_PATH_MAX];

/* A source of `below` in the temporary folder. */
static void begin(const char *below)
{
    temp = temp_folder_make();
    arena_init_heap(&arena, (size_t)1 << 20);
    temp_write(&temp, "outside", SLICE("secret"));
    temp_write(&temp, "base/images/v2.2.0.json", SLICE("{}"));
    snprintf(base, sizeof base, "%s/%s", temp.path, below);
    source_dir_init(&dir, base);
}

static void end(void)
{
    source_dir_close(&dir);
    arena_clear(&arena);
    temp_folder_remove(&temp);
}

/* want: the bytes, or NULL for an absent document. */
static void check_get(const char *name, const char *want)
{
    enum source_answer answer;
    struct slice bytes;
    struct err err;

    CHECK_OK(dir.source.get(dir.source.ctx, name, 100, &arena, &answer, &bytes, &err), err);
    CHECK_NUMBER(want ? SOURCE_FOUND : SOURCE_ABSENT, answer);
    CHECK_TEXT(want ? want : "", bytes);
}

static void check_refused(const char *name, enum err_code code, const char *reason)
{
    enum source_answer answer = SOURCE_FOUND;
    struct slice bytes = SLICE("stale");
    char want[2048];
    struct err err;

    snprintf(want, sizeof want, "%s/%s: %s", dir.source.base, name, reason);
    CHECK_ERR(code, want, dir.source.get(dir.source.ctx, name, 100, &arena, &answer, &bytes, &err),
              err);
    CHECK(bytes.ptr == NULL && bytes.len == 0);
    CHECK_NUMBER(SOURCE_ABSENT, answer);
}

TEST(source_dir_gives_documents)
{
    begin("base");
    CHECK(dir.source.base == base);
    CHECK(!dir.source.is_cleartext);
    check_get("images/v2.2.0.json", "{}");
    temp_write(&temp, "base/empty", SLICE(""));
    check_get("empty", "");
    end();
}

TEST(source_dir_says_what_is_absent)
{
    char name[NAME_MAX + 2];

    begin("base");
    check_get("images/v2.2.1.json", NULL);
    check_get("nothing/v2.2.0.json", NULL);
    check_get("images/v2.2.0.json/x", NULL);
    memset(name, 'x', sizeof name);
    name[NAME_MAX + 1] = '\0';
    check_get(name, NULL);
    end();
}

TEST(source_dir_opens_nothing_before_it_is_asked)
{
    begin("nothing");
    CHECK_NUMBER(-1, dir.fd);
    end();
}

TEST(source_dir_names_a_directory_that_cannot_be_opened)
{
    char reason[1024];

    begin("nothing");
    snprintf(reason, sizeof reason, "the folder %s cannot be opened: No such file or directory",
             base);
    check_refused("x", ERR_IO, reason);
    end();
    begin("outside");
    snprintf(reason, sizeof reason, "the folder %s cannot be opened: Not a directory", base);
    check_refused("x", ERR_IO, reason);
    end();
}

/* The directory is opened once: another one under its name is not looked at. */
TEST(source_dir_stays_in_the_directory_it_opened)
{
    begin("base");
    check_get("images/v2.2.0.json", "{}");
    CHECK(rename(temp_path(&temp, "base"), temp_path(&temp, "moved")) == 0);
    temp_write(&temp, "base/images/v2.2.0.json", SLICE("[]"));
    check_get("images/v2.2.0.json", "{}");
    end();
}

TEST(source_dir_can_be_closed_and_used_again)
{
    begin("base");
    check_get("images/v2.2.0.json", "{}");
    source_dir_close(&dir);
    CHECK_NUMBER(-1, dir.fd);
    source_dir_close(&dir);
    check_get("images/v2.2.0.json", "{}");
    end();
}

TEST(source_dir_refuses_what_is_no_document)
{
    begin("base");
    CHECK(mkfifo(temp_path(&temp, "base/fifo"), 0666) == 0);
    check_refused("images", ERR_IO, "is a directory, want a file");
    check_refused("fifo", ERR_IO, "is a FIFO, want a file");
    end();
}

TEST(source_dir_caps_documents)
{
    char large[101];

    begin("base");
    memset(large, 'x', sizeof large);
    temp_write(&temp, "base/large", slice_of(large, 101));
    check_refused("large", ERR_LIMIT, "101 bytes, at most 100 are allowed");
    end();
}

TEST(source_dir_refuses_links_that_lead_out)
{
    begin("base");
    CHECK(symlink("../outside", temp_path(&temp, "base/out")) == 0);
    CHECK(symlink("/etc", temp_path(&temp, "base/absolute")) == 0);
    CHECK(symlink("images/v2.2.0.json", temp_path(&temp, "base/in")) == 0);
    check_refused("out", ERR_POLICY, "a symbolic link leads out of the repository");
    check_refused("absolute/passwd", ERR_POLICY, "a symbolic link leads out of the repository");
    check_get("in", "{}");
    end();
}

TEST(source_dir_refuses_links_that_lead_nowhere)
{
    begin("base");
    CHECK(symlink("nothing", temp_path(&temp, "base/dangling")) == 0);
    CHECK(symlink("loop", temp_path(&temp, "base/loop")) == 0);
    check_refused("dangling", ERR_IO, "a symbolic link that leads nowhere");
    check_refused("loop", ERR_IO, "Too many levels of symbolic links");
    end();
}

TEST(source_dir_refuses_what_may_not_be_read)
{
    begin("base");
    CHECK(chmod(temp.path, 0755) == 0);
    CHECK(chmod(temp_path(&temp, "base/images/v2.2.0.json"), 0) == 0);
    CHECK(geteuid() != 0 || seteuid(65534) == 0);
    check_refused("images/v2.2.0.json", ERR_IO, "Permission denied");
    CHECK(getuid() != 0 || seteuid(0) == 0);
    end();
}

/* --- listing --------------------------------------------------------------------------------- */

struct listing {
    size_t count;
    bool has_a, has_b;
    const char *fail_at;
};

static enum err_code visit(void *ctx, struct slice entry, struct err *err)
{
    struct listing *listing = ctx;

    listing->count++;
    listing->has_a = listing->has_a || slice_is(entry, "a");
    listing->has_b = listing->has_b || slice_is(entry, "b");
    if (listing->fail_at && slice_is(entry, listing->fail_at))
        return err_set(err, ERR_AMBIGUOUS, "enough");
    return ERR_OK;
}

static struct listing list(const char *folder, const char *fail_at, enum err_code code,
                           const char *message)
{
    struct listing listing = {.fail_at = fail_at};
    struct err err;

    CHECK_ERR(code, message, dir.source.list(dir.source.ctx, folder, visit, &listing, &err), err);
    return listing;
}

TEST(source_dir_lists_files_and_folders)
{
    struct listing listing;

    begin("base");
    temp_write(&temp, "base/folder/a", SLICE(""));
    temp_write(&temp, "base/folder/b/c", SLICE(""));
    temp_write(&temp, "base/folder/.hidden", SLICE(""));
    listing = list("folder", NULL, ERR_OK, NULL);
    CHECK_NUMBER(2, listing.count);
    CHECK(listing.has_a && listing.has_b);
    listing = list("folder", NULL, ERR_OK, NULL);
    CHECK_NUMBER(2, listing.count);
    end();
}

TEST(source_dir_lists_nothing_in_what_is_absent)
{
    begin("base");
    CHECK_NUMBER(0, list("nothing", NULL, ERR_OK, NULL).count);
    CHECK_NUMBER(0, list("images/v2.2.0.json", NULL, ERR_OK, NULL).count);
    end();
}

TEST(source_dir_listing_ends_with_the_visitors_error)
{
    struct listing listing;

    begin("base");
    temp_write(&temp, "base/folder/a", SLICE(""));
    listing = list("folder", "a", ERR_AMBIGUOUS, "enough");
    CHECK_NUMBER(1, listing.count);
    end();
}

TEST(source_dir_does_not_list_outside)
{
    char message[1024];

    begin("base");
    CHECK(symlink("..", temp_path(&temp, "base/up")) == 0);
    CHECK(symlink("images", temp_path(&temp, "base/in")) == 0);
    snprintf(message, sizeof message, "%s/up: a symbolic link leads out of the repository", base);
    CHECK_NUMBER(0, list("up", NULL, ERR_POLICY, message).count);
    CHECK_NUMBER(1, list("in", NULL, ERR_OK, NULL).count);
    end();
}

TEST(source_dir_names_a_directory_that_cannot_be_listed)
{
    char message[1024];

    begin("nothing");
    snprintf(message, sizeof message, "the folder %s cannot be opened: No such file or directory",
             base);
    list("images", NULL, ERR_IO, message);
    end();
}
