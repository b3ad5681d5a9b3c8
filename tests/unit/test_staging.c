#include "bundle/import/staging.h"

#include <string.h>

#include "tests/unit/temp_folder.h"

#define HEX_A "0101010101010101010101010101010101010101010101010101010101010101"
#define HEX_B "0202020202020202020202020202020202020202020202020202020202020202"

static struct temp_folder folder;
static struct repository repository;
static struct staging staging;

static void begin(void)
{
    struct err err;

    folder = temp_folder_make();
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
}

static bool init(uint8_t fill)
{
    uint8_t digest[SHA256_SIZE];
    bool was_interrupted;
    struct err err;

    memset(digest, fill, sizeof digest);
    CHECK_OK(staging_init(&staging, &repository, digest, &was_interrupted, &err), err);
    return was_interrupted;
}

static void end(void)
{
    staging_close(&staging);
    repository_close(&repository);
    temp_folder_remove(&folder);
}

TEST(staging_removes_what_other_runs_left)
{
    begin();
    temp_write(&folder, "repo/.sealift/" HEX_A "/1", SLICE("x"));
    temp_write(&folder, "repo/.sealift/" HEX_B "/1", SLICE("x"));
    temp_write(&folder, "repo/.sealift/other/1", SLICE("x"));
    CHECK(init(1));
    CHECK(!temp_exists(&folder, "repo/.sealift/" HEX_A));
    CHECK(!temp_exists(&folder, "repo/.sealift/" HEX_B));
    CHECK(temp_exists(&folder, "repo/.sealift/other/1"));
    CHECK(!init(1));
    temp_write(&folder, "repo/.sealift/" HEX_A "/1", SLICE("x"));
    CHECK(!init(2));
    CHECK(!temp_exists(&folder, "repo/.sealift/" HEX_A));
    end();
}

TEST(staging_does_not_remove_what_it_has_not_made)
{
    uint8_t digest[SHA256_SIZE] = {0};
    bool was_interrupted;
    struct err err;

    begin();
    temp_write(&folder, "repo/.sealift/" HEX_A "/folder/1", SLICE("x"));
    CHECK_NUMBER(ERR_IO, staging_init(&staging, &repository, digest, &was_interrupted, &err));
    CHECK(temp_exists(&folder, "repo/.sealift/" HEX_A "/folder/1"));
    end();
}

TEST(staging_moves_files_into_place)
{
    struct err err;

    begin();
    CHECK(!init(1));
    CHECK_OK(staging_make(&staging, &err), err);
    CHECK_OK(staging_put(&staging, 7, SLICE("text"), &err), err);
    CHECK_NUMBER(-1, staging_create(&staging, 7, &err)); /* is there */
    CHECK_OK(staging_sync(&staging, &err), err);
    temp_write(&folder, "repo/place", SLICE("old"));
    CHECK_OK(staging_move(&staging, 7, repository.fd, "place", &err), err);
    CHECK_TEXT("text", temp_read(&folder, "repo/place"));
    CHECK_ERR(ERR_IO, "No such file or directory",
              staging_move(&staging, 7, repository.fd, "place", &err), err);
    CHECK_NUMBER(-1, staging_open(&staging, 7, &err));
    CHECK_OK(staging_put(&staging, 8, SLICE("more"), &err), err);
    CHECK_OK(staging_remove(&staging, &err), err);
    CHECK(!temp_exists(&folder, "repo/.sealift/" HEX_A));
    CHECK_OK(staging_remove(&staging, &err), err); /* nothing was made */
    end();
}

TEST(staging_hands_on_the_first_failure)
{
    struct err err = {ERR_OK, ""};
    int fd;

    begin();
    CHECK(!init(1));
    CHECK_OK(staging_make(&staging, &err), err);
    fd = staging_create(&staging, 1, &err);
    CHECK(fd >= 0);
    err_set(&err, ERR_CORRUPT, "bad bytes");
    CHECK_ERR(ERR_CORRUPT, "bad bytes", staging_finish(fd, ERR_CORRUPT, &err), err);
    CHECK_ERR(ERR_IO, "Bad file descriptor", staging_finish(-1, ERR_OK, &err), err);
    end();
}
