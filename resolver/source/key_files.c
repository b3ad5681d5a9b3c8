#include "resolver/source/key_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define NAMES_MAX 1000
#define SYSTEM_FOLDER "/etc/sealift/keys"

/* Adds the key in an open file. */
static enum err_code add_open(int fd, const char *path, struct arena *arena, struct keys *keys,
                              struct err *err)
{
    char *name = arena_copy(arena, slice_text(path), err);
    struct slice pem;

    if (!name || file_read_fd(fd, PUBKEY_FILE_MAX, arena, &pem, err) ||
        keys_add(keys, pem, name, arena, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

enum err_code key_file_add(const char *path, struct arena *arena, struct keys *keys,
                           struct err *err)
{
    int fd = file_open(path, err);
    enum err_code rc;

    if (fd < 0)
        return err->code;
    rc = add_open(fd, path, arena, keys, err);
    close(fd);
    return rc;
}

static enum err_code check_owner(const char *path, const struct stat *status, struct err *err)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return err_set(err, ERR_POLICY,
                       "%s: belongs to user %lu: default keys must belong to root or to you",
                       quote_bare(slice_text(path)).text, (unsigned long)status->st_uid);
    if (status->st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, ERR_POLICY,
                       "%s: group or others can write it: run chmod go-w on it to use it",
                       quote_bare(slice_text(path)).text);
    return ERR_OK;
}

/* Whether there is a folder at path that may hold default keys. */
static enum err_code check_folder(const char *path, bool *exists, struct err *err)
{
    struct stat status;

    *exists = stat(path, &status) == 0;
    if (!*exists && errno != ENOENT && errno != ENOTDIR)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    if (!*exists)
        return ERR_OK;
    if (!S_ISDIR(status.st_mode))
        return err_set(err, ERR_IO, "%s: want a folder of keys",
                       quote_bare(slice_text(path)).text);
    return check_owner(path, &status, err);
}

static bool is_key_name(const char *name)
{
    return name[0] != '.' &&
           (slice_ends(slice_text(name), ".pub") || slice_ends(slice_text(name), ".pem"));
}

static enum err_code add_checked(const char *folder, const char *name, struct arena *arena,
                                 struct keys *keys, struct err *err)
{
    char path[PATH_MAX];
    struct stat status;
    enum err_code rc;
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(folder)).text,
                       strerror(ENAMETOOLONG));
    fd = file_open(path, err);
    if (fd < 0)
        return err->code;
    if (fstat(fd, &status))
        rc = err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    else
        rc = check_owner(path, &status, err);
    if (!rc)
        rc = add_open(fd, path, arena, keys, err);
    close(fd);
    return rc;
}

struct name {
    const char *text;
    struct name *next;
};

/* Puts a name into the list where it belongs by strcmp. */
static enum err_code insert(struct name **list, const char *text, struct arena *arena,
                            struct err *err)
{
    struct name *name = arena_alloc(arena, sizeof *name, err);
    char *copy = arena_copy(arena, slice_text(text), err);

    if (!name || !copy)
        return err->code;
    while (*list && strcmp((*list)->text, copy) < 0)
        list = &(*list)->next;
    *name = (struct name){copy, *list};
    *list = name;
    return ERR_OK;
}

struct listing {
    struct arena *arena;
    struct name *names; /* in order */
    size_t count;
};

static enum err_code take_name(void *ctx, const char *name, struct err *err)
{
    struct listing *listing = ctx;

    if (!is_key_name(name))
        return ERR_OK;
    if (listing->count++ == NAMES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d files of keys", NAMES_MAX);
    return insert(&listing->names, name, listing->arena, err);
}

static enum err_code list_names(const char *path, struct arena *arena, struct name **list,
                                struct err *err)
{
    struct listing listing = {.arena = arena};
    int folder = folder_open(path);
    enum err_code rc;

    *list = NULL;
    if (folder < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    rc = folder_visit(folder, take_name, &listing, err);
    close(folder);
    *list = listing.names;
    return rc;
}

static enum err_code add_all(const char *folder, struct arena *arena, struct keys *keys,
                             struct err *err)
{
    struct name *names;
    enum err_code rc = list_names(folder, arena, &names, err);

    if (!rc && !names)
        rc = err_set(err, ERR_NO_KEY, "there is no key (*.pub or *.pem) in this folder");
    if (rc)
        return err_add(err, "%s", quote_bare(slice_text(folder)).text);
    for (; !rc && names; names = names->next)
        rc = add_checked(folder, names->text, arena, keys, err);
    return rc;
}

/* The first default folder that exists, into path; an empty text when none does. */
static enum err_code find_folder(const char *sealift_keys, const char *home, char path[PATH_MAX],
                                 struct err *err)
{
    char in_home[PATH_MAX] = "";
    const char *candidates[] = {sealift_keys, in_home, SYSTEM_FOLDER};

    if (home && home[0] &&
        snprintf(in_home, sizeof in_home, "%s/.config/sealift/keys", home) >= (int)sizeof in_home)
        return err_set(err, ERR_IO, "HOME: %s", strerror(ENAMETOOLONG));
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        bool exists;

        if (!candidates[i] || !candidates[i][0])
            continue;
        if (check_folder(candidates[i], &exists, err))
            return err->code;
        /* Falling through would replace the keys that someone chose by none, or by others. */
        if (!exists && candidates[i] == sealift_keys)
            return err_set(err, ERR_IO, "SEALIFT_KEYS: %s: %s",
                           quote_bare(slice_text(sealift_keys)).text, strerror(ENOENT));
        if (exists) {
            snprintf(path, PATH_MAX, "%s", candidates[i]);
            return ERR_OK;
        }
    }
    path[0] = '\0';
    return ERR_OK;
}

enum err_code key_folder_add(const char *sealift_keys, const char *home, const char *purpose,
                             struct arena *arena, struct keys *keys, struct err *err)
{
    char folder[PATH_MAX], subfolder[PATH_MAX + 16];
    bool exists;

    if (find_folder(sealift_keys, home, folder, err))
        return err->code;
    if (!folder[0])
        return ERR_OK;
    snprintf(subfolder, sizeof subfolder, "%s/%s", folder, purpose);
    if (check_folder(subfolder, &exists, err))
        return err->code;
    return exists ? add_all(subfolder, arena, keys, err) : ERR_OK;
}
