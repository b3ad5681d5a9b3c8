#include "bundle/archive/bundle_input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundle/archive/bundle_folder.h"
#include "bundle/archive/image_file.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

static enum err_code name_path(const struct bundle_input *input, size_t number, struct err *err)
{
    return err_add(err, "%s", quote_bare(slice_text(input->files[number].name)).text);
}

/* A folder or a regular file; -1 and err for anything else. */
static int open_path(const char *path, bool *is_folder, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    *is_folder = fd >= 0;
    return fd >= 0 ? fd : file_open(path, err);
}

static enum err_code add_path(struct bundle_input *input, const char *path, bool *is_folder,
                              struct err *err)
{
    struct bundle_part_file *file = &input->files[input->count];
    int *fd = &input->fds[input->count];

    *fd = open_path(path, is_folder, err);
    if (*fd < 0)
        return err->code;
    file->name = path;
    input->count++;
    if (!*is_folder && image_of_file(fd, &file->image, err))
        return name_path(input, input->count - 1, err);
    return ERR_OK;
}

static enum bundle_input_kind kind_of(const struct bundle_part_file *file, bool is_folder)
{
    if (is_folder)
        return INPUT_FOLDER;
    return bundle_parts_is(&file->image) ? INPUT_PARTS : INPUT_ARCHIVE;
}

/* An empty file is what is left of a part when a stick was pulled out too early. */
static enum err_code refuse_mixed(const struct bundle_input *input, size_t number, bool is_folder,
                                  struct err *err)
{
    if (!is_folder && input->files[number].image.size == 0)
        err_set(err, ERR_CORRUPT, "is empty: copy it again");
    else
        err_set(err, ERR_USAGE,
                "is no part of a split archive: give one archive, one folder, "
                "or all parts of one archive");
    return name_path(input, number, err);
}

static enum err_code find(const char *const *paths, size_t count, struct arena *arena,
                          struct bundle_input *input, struct err *err)
{
    input->files = arena_array(arena, count, sizeof *input->files, err);
    input->fds = input->files ? arena_array(arena, count, sizeof *input->fds, err) : NULL;
    if (!input->fds)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        bool is_folder;

        if (add_path(input, paths[i], &is_folder, err))
            return err->code;
        input->kind = kind_of(&input->files[i], is_folder);
        if (count > 1 && input->kind != INPUT_PARTS)
            return refuse_mixed(input, i, is_folder, err);
    }
    return ERR_OK;
}

enum err_code bundle_input_find(const char *const *paths, size_t count, struct arena *arena,
                                struct bundle_input *input, struct err *err)
{
    memset(input, 0, sizeof *input);
    if (find(paths, count, arena, input, err))
        bundle_input_close(input);
    else
        return ERR_OK;
    return err->code;
}

/* Which image the archive is; messages about parts name them already. */
static enum err_code join_parts(struct bundle_input *input, struct arena *arena, struct err *err)
{
    struct bundle_parts *parts = arena_alloc(arena, sizeof *parts, err);

    if (!parts || bundle_parts_open(input->files, input->count, arena, parts, err))
        return err->code;
    input->parts = parts;
    return ERR_OK;
}

/* Whether there is a file PATH.front that begins as an archive does: sign keeps the old front there. */
static bool has_kept_front(const char *path, char kept[PATH_MAX])
{
    char start[sizeof OCI_LAYOUT_NAME] = "";
    struct err unused;
    bool has;
    int fd;

    if (snprintf(kept, PATH_MAX, "%s" BUNDLE_KEPT_SUFFIX, path) >= PATH_MAX)
        return false;
    fd = file_open(kept, &unused);
    if (fd < 0)
        return false;
    has = read(fd, start, sizeof start) == (ssize_t)sizeof start &&
          memcmp(start, OCI_LAYOUT_NAME, sizeof start) == 0;
    close(fd);
    return has;
}

/* After a failure of an archive: a run of sign that was broken off may be why, and can be made good. */
static enum err_code name_kept_front(const struct bundle_input *input, struct err *err)
{
    const struct err reason = *err;
    char kept[PATH_MAX];

    if (input->kind != INPUT_ARCHIVE || (err->code != ERR_FORMAT && err->code != ERR_CORRUPT) ||
        !has_kept_front(input->files[0].name, kept))
        return err->code;
    return err_set(err, reason.code, "%s; %s is there: a run of sign was broken off; run it again, which "
                   "first puts the old front back",
                   reason.msg, quote_bare(slice_text(kept)).text);
}

enum err_code bundle_input_read(struct bundle_input *input, struct arena *arena, struct err *err)
{
    const struct image *image = &input->files[0].image;
    struct bundle_files files;
    enum err_code rc;

    if (input->kind == INPUT_PARTS) {
        if (join_parts(input, arena, err))
            return err->code;
        image = &input->parts->image;
    }
    if (input->kind == INPUT_FOLDER) {
        files = bundle_folder(&input->fds[0]);
        rc = bundle_open_folder(&files, arena, &input->bundle, err);
    } else {
        rc = bundle_open_archive(image, arena, &input->bundle, err);
    }
    if (rc == ERR_OK)
        return ERR_OK;
    name_path(input, 0, err);
    return bundle_input_blame(input, name_kept_front(input, err), err);
}

enum err_code bundle_input_blame(const struct bundle_input *input, enum err_code rc,
                                 struct err *err)
{
    struct err damaged;

    if (input->parts && rc != ERR_OK && rc != ERR_IO && rc != ERR_LIMIT &&
        bundle_parts_find(input->parts, &damaged) == ERR_CORRUPT)
        *err = damaged;
    return rc == ERR_OK ? ERR_OK : err->code;
}

enum err_code bundle_input_open(const char *const *paths, size_t count, struct arena *arena,
                                struct bundle_input *input, struct err *err)
{
    if (bundle_input_find(paths, count, arena, input, err))
        return err->code;
    if (bundle_input_read(input, arena, err))
        bundle_input_close(input);
    else
        return ERR_OK;
    return err->code;
}

enum err_code bundle_input_unchanged(const struct bundle_input *input, struct err *err)
{
    for (size_t i = 0; i < input->count && input->kind != INPUT_FOLDER; i++) {
        struct image now;

        if (image_of_file(&input->fds[i], &now, err))
            return name_path(input, i, err);
        if (now.size == input->files[i].image.size)
            continue;
        err_set(err, ERR_CORRUPT, "changed while it was being read: had %llu bytes, has %llu",
                (unsigned long long)input->files[i].image.size, (unsigned long long)now.size);
        return name_path(input, i, err);
    }
    return ERR_OK;
}

void bundle_input_close(struct bundle_input *input)
{
    for (size_t i = 0; i < input->count; i++)
        close(input->fds[i]);
    memset(input, 0, sizeof *input);
}
