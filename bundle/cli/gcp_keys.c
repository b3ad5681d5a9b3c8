#include "bundle/cli/gcp_keys.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/cli/gcp_folder.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

#define MODE 0600
#define FILES_MAX 64 /* that are meant by their names */

struct listing {
    const char *names[FILES_MAX];
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err_code list(const struct invocation *invocation, const char *folder,
                          struct arena *arena, struct listing *listing, struct err *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    if (!dir)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    err->code = ERR_OK;
    while (err->code == ERR_OK && (errno = 0, entry = readdir(dir))) {
        struct slice name = slice_text(entry->d_name);

        if (name.len >= 3 && slice_is_nocase(slice_part(name, 0, 3), "dbx"))
            say_warning(invocation, "--secure-boot-keys %s: %s is not used: the image gets PK, KEK and db, "
                        "and no dbx", quote_bare(slice_text(folder)).text, quote_bare(name).text);
        if (secure_boot_role_of(entry->d_name) == SECURE_BOOT_NONE)
            continue;
        if (listing->count == FILES_MAX)
            err_set(err, ERR_LIMIT, "more than %d keys", FILES_MAX);
        else if ((listing->names[listing->count] = arena_copy(arena, name, err)))
            listing->count++;
    }
    if (!entry && errno)
        err_set(err, ERR_IO, "%s", strerror(errno));
    closedir(dir);
    qsort(listing->names, listing->count, sizeof listing->names[0], compare_names);
    return err->code;
}

static enum err_code read_all(const char *folder, const struct listing *listing,
                              struct arena *arena, struct secure_boot *keys, struct err *err)
{
    for (size_t i = 0; i < listing->count; i++) {
        char path[PATH_MAX];
        struct slice bytes;

        if (snprintf(path, sizeof path, "%s/%s", folder, listing->names[i]) >= (int)sizeof path)
            return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
        if (file_read(path, SECURE_BOOT_FILE_MAX, arena, &bytes, err) != ERR_OK ||
            secure_boot_add(keys, listing->names[i], secure_boot_role_of(listing->names[i]), bytes,
                            arena, err) != ERR_OK)
            return err->code;
    }
    return secure_boot_check(keys, err);
}

enum err_code gcp_keys_read(const struct invocation *invocation, const char *folder,
                            struct arena *arena, const struct secure_boot **keys, struct err *err)
{
    struct listing listing = {.count = 0};
    struct secure_boot *found = arena_alloc(arena, sizeof *found, err);

    *keys = NULL;
    if (!found)
        return err->code;
    if (list(invocation, folder, arena, &listing, err) != ERR_OK ||
        read_all(folder, &listing, arena, found, err) != ERR_OK)
        return err_add(err, "--secure-boot-keys %s", quote_bare(slice_text(folder)).text);
    *keys = found;
    return ERR_OK;
}

enum err_code gcp_keys_write(const struct gcp_plan *plan, struct err *err)
{
    const struct secure_boot *keys = plan->request->keys;

    for (size_t i = 0; keys && i < keys->count; i++) {
        if (file_replace(plan->key_paths[i], MODE, keys->keys[i].der, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

void gcp_keys_remove(const struct invocation *invocation, const struct gcp_plan *plan)
{
    const struct secure_boot *keys = plan->request->keys;

    for (size_t i = 0; keys && i < keys->count; i++)
        gcp_folder_remove(invocation, plan->key_paths[i]);
}
