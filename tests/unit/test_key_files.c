#include "resolver/source/key_files.h"

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder temp;
static struct arena arena;
static struct keys keys;
static char folder[TEMP_PATH_MAX], home[TEMP_PATH_MAX];

/* A folder of keys with one key for measurements and one for tables, and a home with another. */
static void begin(void)
{
    umask(022);
    temp = temp_folder_make();
    arena_init_heap(&arena, (size_t)1 << 20);
    keys = (struct keys){0};
    snprintf(folder, sizeof folder, "%s/keys", temp.path);
    snprintf(home, sizeof home, "%s/home", temp.path);
    temp_write(&temp, "keys/measurements/b.pub", test_file("fixtures/keys/good-p256.pem"));
    temp_write(&temp, "keys/tables/t.pem", test_file("fixtures/keys/good-p384.pem"));
    temp_write(&temp, "home/.config/sealift/keys/measurements/h.pub",
               test_file("fixtures/keys/good-rsa2048.pem"));
}

static void end(void)
{
    arena_clear(&arena);
    temp_folder_remove(&temp);
}

static void add(const char *sealift_keys, const char *home_folder, const char *purpose,
                size_t want_count)
{
    struct err err;

    CHECK_OK(key_folder_add(sealift_keys, home_folder, purpose, &arena, &keys, &err), err);
    CHECK_NUMBER(want_count, keys.count);
}

/* reason follows the path of `name` in the temporary folder. */
static void refuse(enum err_code code, const char *name, const char *reason)
{
    char want[2048];
    struct err err;

    snprintf(want, sizeof want, "%s/%s: %s", temp.path, name, reason);
    CHECK_ERR(code, want, key_folder_add(folder, home, "measurements", &arena, &keys, &err), err);
}

static void change_mode(const char *name, mode_t mode)
{
    CHECK(chmod(temp_path(&temp, name), mode) == 0);
}

TEST(key_files_of_a_given_file)
{
    const char *path;
    struct err err;

    begin();
    path = temp_path(&temp, "keys/measurements/b.pub");
    CHECK_OK(key_file_add(path, &arena, &keys, &err), err);
    CHECK_NUMBER(1, keys.count);
    CHECK_TEXT(path, slice_text(keys.list[0]->name));
    CHECK(keys.list[0]->name != path);
    end();
}

/* What is given by option may belong to anyone, and be written by anyone. */
TEST(key_files_of_a_given_file_with_any_mode)
{
    struct err err;

    begin();
    change_mode("keys/measurements/b.pub", 0666);
    CHECK_OK(key_file_add(temp_path(&temp, "keys/measurements/b.pub"), &arena, &keys, &err), err);
    end();
}

TEST(key_files_refusals_name_the_file)
{
    static char large[PUBKEY_FILE_MAX + 1];
    char want[2048];
    struct err err;

    begin();
    CHECK_ERR(ERR_IO, "/no/such/key: No such file or directory",
              key_file_add("/no/such/key", &arena, &keys, &err), err);
    temp_write(&temp, "empty.pub", SLICE(""));
    CHECK_ERR(ERR_FORMAT, NULL, key_file_add(temp_path(&temp, "empty.pub"), &arena, &keys, &err),
              err);
    CHECK(slice_begins(slice_text(err.msg), temp_path(&temp, "empty.pub: ")));
    temp_write(&temp, "large.pub", slice_of(large, sizeof large));
    snprintf(want, sizeof want, "%s: 65537 bytes, at most 65536 are allowed",
             temp_path(&temp, "large.pub"));
    CHECK_ERR(ERR_LIMIT, want, key_file_add(temp_path(&temp, "large.pub"), &arena, &keys, &err),
              err);
    snprintf(want, sizeof want, "%s: is a directory, want a file", temp.path);
    CHECK_ERR(ERR_IO, want, key_file_add(temp.path, &arena, &keys, &err), err);
    CHECK_NUMBER(0, keys.count);
    end();
}

TEST(key_files_of_a_purpose)
{
    begin();
    add(folder, home, "measurements", 1);
    CHECK_NUMBER(PUBKEY_P256, keys.list[0]->public.type);
    CHECK_TEXT(temp_path(&temp, "keys/measurements/b.pub"), slice_text(keys.list[0]->name));
    end();
    begin();
    add(folder, home, "tables", 1);
    CHECK_NUMBER(PUBKEY_P384, keys.list[0]->public.type);
    end();
    begin();
    add(folder, home, "bundles", 0);
    end();
}

TEST(key_files_of_a_named_folder_that_does_not_exist)
{
    char message[ERR_MESSAGE_MAX];
    struct err err;

    begin();
    snprintf(message, sizeof message, "SEALIFT_KEYS: %s: No such file or directory",
             temp_path(&temp, "nothing"));
    CHECK_ERR(ERR_IO, message,
              key_folder_add(temp_path(&temp, "nothing"), home, "measurements", &arena, &keys, &err),
              err);
    CHECK_NUMBER(0, keys.count);
    end();
}

TEST(key_files_of_a_folder_without_keys)
{
    char message[ERR_MESSAGE_MAX];
    struct err err;

    begin();
    CHECK(mkdir(temp_path(&temp, "keys/bundles"), 0755) == 0);
    temp_write(&temp, "keys/bundles/site.PUB", SLICE("not looked at"));
    snprintf(message, sizeof message, "%s: there is no key (*.pub or *.pem) in this folder",
             temp_path(&temp, "keys/bundles"));
    CHECK_ERR(ERR_NO_KEY, message, key_folder_add(folder, home, "bundles", &arena, &keys, &err),
              err);
    end();
}

TEST(key_files_of_the_first_folder_that_exists)
{
    begin();
    add(NULL, home, "measurements", 1);
    end();
    begin();
    add("", home, "measurements", 1);
    end();
    /* A folder without the purpose is still the first that exists. */
    begin();
    add(temp_path(&temp, "keys/tables"), home, "measurements", 0);
    end();
}

TEST(key_files_without_any_folder)
{
    if (access("/etc/sealift/keys", F_OK) == 0) {
        test_skip("this machine has keys in /etc/sealift/keys");
        return;
    }
    begin();
    add(NULL, NULL, "measurements", 0);
    add(NULL, temp_path(&temp, "nothing"), "measurements", 0);
    end();
}

TEST(key_files_are_taken_by_their_extension_in_order)
{
    begin();
    temp_write(&temp, "keys/measurements/a.pem", test_file("fixtures/keys/good-p384.pem"));
    temp_write(&temp, "keys/measurements/README", SLICE("no key"));
    temp_write(&temp, "keys/measurements/c.pub.bak", SLICE("no key"));
    temp_write(&temp, "keys/measurements/.d.pub", SLICE("no key"));
    temp_write(&temp, "keys/measurements/.pem", SLICE("no key"));
    temp_write(&temp, "keys/measurements/e.PUB", SLICE("no key"));
    add(folder, home, "measurements", 2);
    CHECK_TEXT(temp_path(&temp, "keys/measurements/a.pem"), slice_text(keys.list[0]->name));
    CHECK_TEXT(temp_path(&temp, "keys/measurements/b.pub"), slice_text(keys.list[1]->name));
    end();
}

TEST(key_files_may_be_links)
{
    begin();
    CHECK(symlink("../tables/t.pem", temp_path(&temp, "keys/measurements/t.pub")) == 0);
    add(folder, home, "measurements", 2);
    end();
}

TEST(key_files_that_are_broken)
{
    char want[2048];
    struct err err;

    begin();
    temp_write(&temp, "keys/measurements/x.pub", SLICE("no key"));
    CHECK_ERR(ERR_FORMAT, NULL, key_folder_add(folder, home, "measurements", &arena, &keys, &err),
              err);
    snprintf(want, sizeof want, "%s/measurements/x.pub: ", folder);
    CHECK(slice_begins(slice_text(err.msg), want));
    end();
    begin();
    CHECK(mkdir(temp_path(&temp, "keys/measurements/x.pem"), 0755) == 0);
    refuse(ERR_IO, "keys/measurements/x.pem", "is a directory, want a file");
    end();
    begin();
    CHECK(symlink("nothing", temp_path(&temp, "keys/measurements/x.pem")) == 0);
    refuse(ERR_IO, "keys/measurements/x.pem", "No such file or directory");
    end();
}

TEST(key_files_in_what_is_no_folder)
{
    begin();
    temp_write(&temp, "file", SLICE("x"));
    snprintf(folder, sizeof folder, "%s/file", temp.path);
    refuse(ERR_IO, "file", "want a folder of keys");
    end();
    begin();
    temp_write(&temp, "other/measurements", SLICE("x"));
    snprintf(folder, sizeof folder, "%s/other", temp.path);
    refuse(ERR_IO, "other/measurements", "want a folder of keys");
    end();
}

#define WRITABLE "group or others can write it: run chmod go-w on it to use it"

TEST(key_files_that_others_can_write)
{
    static const char *const names[] = {"keys", "keys/measurements", "keys/measurements/b.pub"};
    static const mode_t modes[] = {0775, 0757, 0777, 01777};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t j = 0; j < sizeof modes / sizeof modes[0]; j++) {
            begin();
            change_mode(names[i], modes[j]);
            refuse(ERR_POLICY, names[i], WRITABLE);
            CHECK_NUMBER(0, keys.count);
            end();
        }
    }
}

/* It is the file that a link names that counts. */
TEST(key_files_whose_target_others_can_write)
{
    begin();
    CHECK(symlink("../tables/t.pem", temp_path(&temp, "keys/measurements/t.pub")) == 0);
    change_mode("keys/tables/t.pem", 0666);
    refuse(ERR_POLICY, "keys/measurements/t.pub", WRITABLE);
    end();
}

TEST(key_files_of_the_home_folder_that_others_can_write)
{
    struct err err;

    begin();
    change_mode("home/.config/sealift/keys", 0777);
    CHECK_ERR(ERR_POLICY, NULL, key_folder_add(NULL, home, "tables", &arena, &keys, &err), err);
    CHECK(slice_ends(slice_text(err.msg), "/home/.config/sealift/keys: " WRITABLE));
    end();
}

#define OF_ANOTHER "belongs to user 12345: default keys must belong to root or to you"

TEST(key_files_of_another_user)
{
    static const char *const names[] = {"keys", "keys/measurements", "keys/measurements/b.pub"};

    if (geteuid() != 0) {
        test_skip("only root can give files away");
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        begin();
        CHECK(chown(temp_path(&temp, names[i]), 12345, 0) == 0);
        refuse(ERR_POLICY, names[i], OF_ANOTHER);
        end();
    }
}

TEST(key_files_of_root_are_good_for_everyone)
{
    if (geteuid() != 0) {
        test_skip("only root has files of root");
        return;
    }
    begin();
    CHECK(chmod(temp.path, 0755) == 0 && seteuid(65534) == 0);
    add(folder, home, "measurements", 1);
    CHECK(seteuid(0) == 0);
    end();
}

TEST(key_files_in_a_folder_that_may_not_be_read)
{
    begin();
    change_mode("keys/measurements", 0700);
    CHECK(chmod(temp.path, 0755) == 0);
    CHECK(geteuid() != 0 || seteuid(65534) == 0);
    if (getuid() == 0)
        refuse(ERR_IO, "keys/measurements", "Permission denied");
    CHECK(getuid() != 0 || seteuid(0) == 0);
    end();
    begin();
    change_mode("keys", 0);
    CHECK(chmod(temp.path, 0755) == 0);
    CHECK(geteuid() != 0 || seteuid(65534) == 0);
    refuse(ERR_IO, "keys/measurements", "Permission denied");
    CHECK(getuid() != 0 || seteuid(0) == 0);
    change_mode("keys", 0755);
    end();
}

TEST(key_files_with_a_home_that_is_too_long)
{
    static char long_home[5000];
    struct err err;

    begin();
    memset(long_home, 'x', sizeof long_home - 1);
    CHECK_ERR(ERR_IO, "HOME: File name too long",
              key_folder_add(NULL, long_home, "tables", &arena, &keys, &err), err);
    end();
}
