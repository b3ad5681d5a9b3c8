#include "bundle/cli/gcp_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define MODE 0700
#define RECORD_MODE 0600
#define TEXT_MAX ((size_t)4 << 10)
#define STAGED ".tar.gz.sealift-part" /* staged_file.h */

/* --- Name --------------------------------------------------------------------------------------- */

static enum err_code below(const char *base, const char *rest, struct arena *arena,
                           const char **path, struct err *err)
{
    size_t size = strlen(base) + strlen(rest) + 1;
    char *text = arena_alloc(arena, size, err);

    if (!text)
        return err->code;
    snprintf(text, size, "%s%s", base, rest);
    *path = text;
    return ERR_OK;
}

enum err_code gcp_folder_name(const struct invocation *invocation, struct arena *arena,
                              const char **path, struct err *err)
{
    const char *given = invocation->values[OPT_WORK_DIR];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    *path = given;
    if (given && given[0])
        return ERR_OK;
    if (!given && cache && cache[0] == '/')
        return below(cache, "/sealift/publish", arena, path, err);
    if (!given && home && home[0] == '/')
        return below(home, "/.cache/sealift/publish", arena, path, err);
    *path = NULL;
    return err_set(err, ERR_USAGE, "no folder to work in (HOME is not set): give --work-dir DIR");
}

/* --- The folder --------------------------------------------------------------------------------- */

static enum err_code refuse(const char *path, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", quote_bare(slice_text(path)).text,
                   strerror(errno));
}

/* Makes all folders of the path that are missing. */
static enum err_code make(const char *path, struct err *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);

    if (len >= sizeof part) {
        errno = ENAMETOOLONG;
        return refuse(path, err);
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, MODE) && errno != EEXIST)
            return refuse(part, err);
    }
    return ERR_OK;
}

static enum err_code check_ours(const char *path, struct err *err)
{
    struct stat status;

    if (stat(path, &status))
        return refuse(path, err);
    if (S_ISDIR(status.st_mode) && (status.st_mode & 022) == 0 &&
        (status.st_uid == geteuid() || status.st_uid == 0))
        return ERR_OK;
    return err_set(err, ERR_POLICY, "%s: is no folder of this user, or others may write it: what is "
                   "there could not be believed", quote_bare(slice_text(path)).text);
}

static enum err_code lock(const char *path, struct gcp_folder *folder, struct err *err)
{
    char name[PATH_MAX];

    if (snprintf(name, sizeof name, "%s/lock", path) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return refuse(path, err);
    }
    folder->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, RECORD_MODE);
    if (folder->lock < 0)
        return refuse(name, err);
    if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    if (errno != EWOULDBLOCK)
        refuse(name, err);
    else
        err_set(err, ERR_IO, "%s: another publish is at work there: wait for it, or give another "
                "--work-dir", quote_bare(slice_text(path)).text);
    gcp_folder_close(folder);
    return err->code;
}

/* What cannot be removed takes room, and no more. */
static enum err_code remove_staged(void *ctx, const char *name, struct err *err)
{
    const int *folder = ctx;

    (void)err;
    if (slice_ends(slice_text(name), STAGED))
        unlinkat(*folder, name, 0);
    return ERR_OK;
}

static enum err_code clean(const char *path, struct err *err)
{
    int folder = folder_open(path);
    enum err_code rc;

    if (folder < 0)
        return refuse(path, err);
    rc = folder_visit(folder, remove_staged, &folder, err);
    close(folder);
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(slice_text(path)).text);
}

enum err_code gcp_folder_open(const char *path, struct gcp_folder *folder, struct err *err)
{
    enum err_code rc;

    *folder = (struct gcp_folder){path, -1};
    if (make(path, err) != ERR_OK || check_ours(path, err) != ERR_OK ||
        lock(path, folder, err) != ERR_OK)
        return err->code;
    rc = clean(path, err);
    if (rc != ERR_OK)
        gcp_folder_close(folder);
    return rc;
}

void gcp_folder_remove(const struct invocation *invocation, const char *path)
{
    if (unlink(path) && errno != ENOENT)
        say_warning(invocation, "%s: is not needed any more, and cannot be removed: %s",
                    quote_bare(slice_text(path)).text, strerror(errno));
}

void gcp_folder_close(struct gcp_folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
}

enum err_code gcp_folder_text(const char *path, struct arena *arena, struct slice *text,
                              struct err *err)
{
    bool is_there;

    *text = (struct slice){NULL, 0};
    if (file_look(path, &is_there, err) != ERR_OK)
        return err->code;
    return is_there ? file_read(path, TEXT_MAX, arena, text, err) : ERR_OK;
}

/* --- Records ------------------------------------------------------------------------------------ */

bool gcp_folder_record(const char *path, const char *name, struct arena *arena,
                       struct gcp_record *record)
{
    char full[PATH_MAX];
    struct slice text;
    struct err ignored;

    memset(record, 0, sizeof *record);
    return check_ours(path, &ignored) == ERR_OK &&
           snprintf(full, sizeof full, "%s/%s", path, name) < (int)sizeof full &&
           file_read(full, GCP_RECORD_MAX, arena, &text, &ignored) == ERR_OK &&
           gcp_record_parse(text, arena, record, &ignored) == ERR_OK;
}

enum err_code gcp_folder_keep(const char *path, const char *name, const struct gcp_record *record,
                              struct err *err)
{
    char full[PATH_MAX], memory[GCP_RECORD_MAX];
    struct buf out;

    if (snprintf(full, sizeof full, "%s/%s", path, name) >= (int)sizeof full) {
        errno = ENAMETOOLONG;
        return refuse(path, err);
    }
    buf_init_fixed(&out, memory, sizeof memory);
    gcp_record_write(record, &out);
    if (buf_done(&out, err) != ERR_OK)
        return err->code;
    return file_replace(full, RECORD_MODE, buf_slice(&out), err);
}
