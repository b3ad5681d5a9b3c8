#include "bundle/publish/staged_file.h"

#include "tests/unit/temp_folder.h"

TEST(staged_file_appears_when_it_is_whole)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file;
    struct stat status;
    mode_t mask = umask(022);
    struct err err;

    CHECK_OK(staged_file_open(temp_path(&folder, "new"), 0664, &file, &err), err);
    CHECK(write(file.fd, "new", 3) == 3);
    CHECK(!temp_exists(&folder, "new"));
    CHECK_OK(staged_file_commit(&file, &err), err);
    CHECK_OK(staged_file_drop(&file, &err), err);
    CHECK_TEXT("new", temp_read(&folder, "new"));
    CHECK(stat(temp_path(&folder, "new"), &status) == 0 && (status.st_mode & 07777) == 0644);
    CHECK_NUMBER(1, temp_count(&folder));
    umask(mask);
    temp_folder_remove(&folder);
}

TEST(staged_file_leaves_what_was_there)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file;
    struct err err;

    temp_write(&folder, "old", SLICE("old"));
    CHECK(chmod(temp_path(&folder, "old"), 0600) == 0);
    CHECK_OK(staged_file_open(temp_path(&folder, "old"), 0644, &file, &err), err);
    CHECK(write(file.fd, "new", 3) == 3);
    CHECK_OK(staged_file_drop(&file, &err), err);
    CHECK_TEXT("old", temp_read(&folder, "old"));
    CHECK_NUMBER(1, temp_count(&folder));
    temp_folder_remove(&folder);
}

TEST(staged_file_says_what_it_cannot_remove)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file;
    struct err err;

    CHECK_OK(staged_file_open(temp_path(&folder, "new"), 0644, &file, &err), err);
    CHECK(unlink(file.temporary) == 0 && mkdir(file.temporary, 0700) == 0);
    CHECK_ERR(ERR_IO, NULL, staged_file_drop(&file, &err), err);
    CHECK(strstr(err.msg, "/new.sealift-part: is of no use, and cannot be removed: Is a directory") != NULL);
    CHECK_OK(staged_file_drop(&file, &err), err); /* it is closed */
    CHECK_OK(staged_file_open(temp_path(&folder, "other"), 0644, &file, &err), err);
    CHECK(unlink(file.temporary) == 0);
    CHECK_OK(staged_file_drop(&file, &err), err); /* somebody was faster */
    temp_folder_remove(&folder);
}

TEST(staged_file_follows_links_and_keeps_modes)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file;
    struct stat status;
    struct err err;

    temp_write(&folder, "old", SLICE("old"));
    CHECK(chmod(temp_path(&folder, "old"), 0640) == 0);
    CHECK(symlink("old", temp_path(&folder, "link")) == 0);
    CHECK_OK(staged_file_open(temp_path(&folder, "link"), 0644, &file, &err), err);
    CHECK(write(file.fd, "new", 3) == 3);
    CHECK_OK(staged_file_commit(&file, &err), err);
    CHECK_TEXT("new", temp_read(&folder, "old"));
    CHECK(lstat(temp_path(&folder, "link"), &status) == 0 && S_ISLNK(status.st_mode));
    CHECK(stat(temp_path(&folder, "old"), &status) == 0 && (status.st_mode & 07777) == 0640);
    temp_folder_remove(&folder);
}

TEST(staged_file_refuses_what_is_no_file)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file;
    struct err err;

    CHECK(mkfifo(temp_path(&folder, "fifo"), 0600) == 0);
    CHECK(symlink("nowhere", temp_path(&folder, "link")) == 0);
    CHECK_ERR(ERR_IO, NULL, staged_file_open(temp_path(&folder, "fifo"), 0644, &file, &err), err);
    CHECK_NUMBER(-1, file.fd);
    CHECK_ERR(ERR_IO, NULL, staged_file_open(temp_path(&folder, "link"), 0644, &file, &err), err);
    CHECK_ERR(ERR_IO, NULL, staged_file_open(folder.path, 0644, &file, &err), err);
    CHECK_ERR(ERR_IO, NULL, staged_file_open(temp_path(&folder, "no/file"), 0644, &file, &err), err);
    CHECK_OK(staged_file_drop(&file, &err), err);
    CHECK_NUMBER(2, temp_count(&folder));
    temp_folder_remove(&folder);
}

TEST(staged_file_takes_over_what_a_killed_run_left)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file, second;
    struct err err;

    temp_write(&folder, "new.sealift-part", SLICE("half of something longer"));
    CHECK_OK(staged_file_open(temp_path(&folder, "new"), 0644, &file, &err), err);
    CHECK_ERR(ERR_IO, NULL, staged_file_open(temp_path(&folder, "new"), 0644, &second, &err), err);
    CHECK(strstr(err.msg, "another run is writing to it"));
    CHECK_NUMBER(-1, second.fd);
    CHECK(write(file.fd, "new", 3) == 3);
    CHECK_OK(staged_file_commit(&file, &err), err);
    CHECK_TEXT("new", temp_read(&folder, "new"));
    CHECK_NUMBER(1, temp_count(&folder));
    temp_folder_remove(&folder);
}

TEST(staged_file_refuses_what_is_in_the_way)
{
    struct temp_folder folder = temp_folder_make();
    struct staged_file file;
    struct err err;

    temp_write(&folder, "kept", SLICE("kept"));
    CHECK(symlink("kept", temp_path(&folder, "new.sealift-part")) == 0);
    CHECK_ERR(ERR_POLICY, NULL, staged_file_open(temp_path(&folder, "new"), 0644, &file, &err), err);
    CHECK(strstr(err.msg, "symbolic link"));
    CHECK(unlink(temp_path(&folder, "new.sealift-part")) == 0);
    CHECK(link(temp_path(&folder, "kept"), temp_path(&folder, "new.sealift-part")) == 0);
    CHECK_ERR(ERR_POLICY, NULL, staged_file_open(temp_path(&folder, "new"), 0644, &file, &err), err);
    CHECK(strstr(err.msg, "is in the way"));
    CHECK_TEXT("kept", temp_read(&folder, "kept"));
    CHECK(unlink(temp_path(&folder, "new.sealift-part")) == 0);
    CHECK(mkfifo(temp_path(&folder, "new.sealift-part"), 0600) == 0);
    CHECK_ERR(ERR_POLICY, NULL, staged_file_open(temp_path(&folder, "new"), 0644, &file, &err), err);
    CHECK(strstr(err.msg, "is in the way"));
    CHECK_NUMBER(-1, file.fd);
    CHECK_NUMBER(2, temp_count(&folder));
    temp_folder_remove(&folder);
}
