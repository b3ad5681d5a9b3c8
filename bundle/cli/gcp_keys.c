#include "bundle/cli/gcp_keys.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/cli/gcp_folder.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define MODE 0600
#define FILES_MAX 64 /* that are meant by their names */

struct listing {
    const struct invocation *invocation;
    const char *folder;
    struct arena *arena;
    const char *names[FILES_MAX];
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err_code take_name(void *ctx, const char *name, struct err *err)
{
    struct listing *listing = ctx;
    struct slice text = slice_text(name);

    if (slice_is_nocase(slice_part(text, 0, 3), "dbx"))
        say_warning(listing->invocation, "--secure-boot-keys %s: %s is not used: the image gets PK, KEK "
                    "and db, and no dbx", quote_bare(slice_text(listing->folder)).text,
                    quote_bare(text).text);
    if (secure_boot_role_of(name) == SECURE_BOOT_NONE)
        return ERR_OK;
    if (listing->count == FILES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d keys", FILES_MAX);
    listing->names[listing->count] = arena_copy(listing->arena, text, err);
    return listing->names[listing->count++] ? ERR_OK : err->code;
}

static enum err_code list(struct listing *listing, struct err *err)
{
    int folder = folder_open(listing->folder);
    enum err_code rc;

    if (folder < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    rc = folder_visit(folder, take_name, listing, err);
    close(folder);
    if (rc == ERR_OK)
        qsort(listing->names, listing->count, sizeof listing->names[0], compare_names);
    return rc;
}

static enum err_code read_all(const struct listing *listing, struct secure_boot *keys, struct err *err)
{
    for (size_t i = 0; i < listing->count; i++) {
        const char *name = listing->names[i];
        char path[PATH_MAX];
        struct slice bytes;

        if (snprintf(path, sizeof path, "%s/%s", listing->folder, name) >= (int)sizeof path)
            return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
        if (file_read(path, SECURE_BOOT_FILE_MAX, listing->arena, &bytes, err) != ERR_OK ||
            secure_boot_add(keys, name, secure_boot_role_of(name), bytes, listing->arena, err) != ERR_OK)
            return err->code;
    }
    return secure_boot_check(keys, err);
}

enum err_code gcp_keys_read(const struct invocation *invocation, const char *folder,
                            struct arena *arena, const struct secure_boot **keys, struct err *err)
{
    struct listing listing = {invocation, folder, arena, .count = 0};
    struct secure_boot *found = arena_alloc(arena, sizeof *found, err);

    *keys = NULL;
    if (!found)
        return err->code;
    if (list(&listing, err) != ERR_OK || read_all(&listing, found, err) != ERR_OK)
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
