#include "bundle/cli/gcp_keys.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

static const struct invocation quiet = {.program = "test", .given = {[OPT_QUIET] = 1}};

static void add(struct temp_folder *temp, const char *name, const char *fixture)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/tls/%s.pem", fixture);
    temp_write(temp, name, test_file(path));
}

static struct temp_folder make_keys(void)
{
    struct temp_folder temp = temp_folder_make();

    add(&temp, "PK.pem", "good-rsa2048");
    add(&temp, "KEK.crt", "good-p256");
    add(&temp, "db.pem", "good-p384");
    add(&temp, "db-2.pem", "good-rsa4096");
    temp_write(&temp, "README", SLICE("not a key"));
    temp_write(&temp, "dbx.pem", SLICE("not read"));
    return temp;
}

/* In the order of their names, whatever the order of the folder. */
TEST(gcp_keys_are_read_by_name)
{
    static const char *const names[] = {"KEK.crt", "PK.pem", "db-2.pem", "db.pem"};
    struct temp_folder temp = make_keys();
    const struct secure_boot *keys;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(gcp_keys_read(&quiet, temp.path, &arena, &keys, &err), err);
    CHECK_NUMBER(4, keys->count);
    for (size_t i = 0; i < keys->count; i++)
        CHECK_TEXT(names[i], slice_text(keys->keys[i].name));
    CHECK_NUMBER(SECURE_BOOT_KEK, keys->keys[0].role);
    CHECK_NUMBER(SECURE_BOOT_DB, keys->keys[2].role);
    arena_clear(&arena);
    temp_folder_remove(&temp);
}

TEST(gcp_keys_errors_name_the_folder)
{
    struct temp_folder temp = make_keys();
    const struct secure_boot *keys = NULL;
    char want[600], name[32];
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_NUMBER(ERR_IO, gcp_keys_read(&quiet, temp_path(&temp, "none"), &arena, &keys, &err));
    temp_write(&temp, "KEK.crt", SLICE("text"));
    snprintf(want, sizeof want, "--secure-boot-keys %s: KEK.crt: ", temp.path);
    CHECK_NUMBER(ERR_FORMAT, gcp_keys_read(&quiet, temp.path, &arena, &keys, &err));
    CHECK(strncmp(err.msg, want, strlen(want)) == 0);
    CHECK(!keys);
    for (int i = 0; i < 65; i++) {
        snprintf(name, sizeof name, "db-%d.pem", i);
        temp_write(&temp, name, SLICE("x"));
    }
    CHECK_NUMBER(ERR_LIMIT, gcp_keys_read(&quiet, temp.path, &arena, &keys, &err));
    CHECK(strstr(err.msg, "more than 64 keys"));
    arena_clear(&arena);
    temp_folder_remove(&temp);
}

/* gcloud gets the bytes that were checked, in DER, also when the folder has changed since. */
TEST(gcp_keys_are_written_as_they_were_read)
{
    struct temp_folder temp = make_keys(), work = temp_folder_make();
    struct gcp_request request = {.project = "my-project",
                                  .name = "img",
                                  .architecture = "x86_64",
                                  .folder = work.path,
                                  .disk_size = (uint64_t)1 << 30};
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(gcp_keys_read(&quiet, temp.path, &arena, &request.keys, &err), err);
    temp_write(&temp, "PK.pem", SLICE("other"));
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK_OK(gcp_keys_write(&plan, &err), err);
    CHECK_NUMBER(4, temp_count(&work));
    CHECK(slice_equal(temp_read(&work, "img-1-pk.der"), request.keys->keys[1].der));
    CHECK(slice_begins(temp_read(&work, "img-1-pk.der"), "\x30\x82"));
    gcp_keys_remove(&quiet, &plan);
    CHECK_NUMBER(0, temp_count(&work));
    request.keys = NULL;
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK_OK(gcp_keys_write(&plan, &err), err);
    gcp_keys_remove(&quiet, &plan);
    CHECK_NUMBER(0, temp_count(&work));
    arena_clear(&arena);
    temp_folder_remove(&temp);
    temp_folder_remove(&work);
}
