#include "bundle/cli/table_publish_files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/core/signature.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define MODE 0644
#define PIECE_BYTES ((size_t)256 << 10)

static enum err_code add_path(const char *path, struct err *err)
{
    return err_add(err, "%s", quote_bare(slice_text(path)).text);
}

static bool is_absent(int number)
{
    return number == ENOENT || number == ENOTDIR;
}

static enum err_code sync_folder(const char *path, struct err *err)
{
    int fd = folder_open_of(path);
    bool failed = fd < 0 || fsync(fd);

    if (failed)
        err_set(err, file_errno_code(errno), "its folder: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return failed ? err->code : ERR_OK;
}

static enum err_code make_folder(const char *path, struct err *err)
{
    if (mkdir(path, 0755) == 0)
        return sync_folder(path, err) == ERR_OK ? ERR_OK : add_path(path, err);
    if (errno == EEXIST)
        return ERR_OK;
    err_set(err, file_errno_code(errno), "%s", strerror(errno));
    return add_path(path, err);
}

enum err_code table_publish_folders(const char *path, struct err *err)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder) {
        err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
        return add_path(path, err);
    }
    for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (make_folder(folder, err) != ERR_OK)
            return err->code;
        *slash = '/';
    }
    return ERR_OK;
}

/* "info.json.~x5Tw1Q" of info.json, "info.json.sig.~x5Tw1Q" too. */
static bool is_leftover(const char *name, const char *document)
{
    size_t len = strlen(name), size = sizeof FILE_TEMPORARY - 1;
    const char *end = name + len - size;

    if (len < strlen(document) + size || strncmp(name, document, strlen(document)) != 0 ||
        strncmp(end, FILE_TEMPORARY, FILE_TEMPORARY_FIXED) != 0)
        return false;
    for (end += FILE_TEMPORARY_FIXED; *end; end++) {
        if (!isalnum((unsigned char)*end))
            return false;
    }
    return true;
}

struct cleaning {
    int folder;
    const char *document;
};

static enum err_code remove_leftover(void *ctx, const char *name, struct err *err)
{
    const struct cleaning *cleaning = ctx;

    if (is_leftover(name, cleaning->document) && unlinkat(cleaning->folder, name, 0))
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(name)).text, strerror(errno));
    return ERR_OK;
}

enum err_code table_publish_clean(const char *path, struct err *err)
{
    struct cleaning cleaning = {folder_open_of(path), path_last(path)};
    enum err_code rc;

    if (cleaning.folder < 0 && is_absent(errno))
        return ERR_OK;
    if (cleaning.folder < 0) {
        err_set(err, ERR_IO, "its folder: %s", strerror(errno));
        return add_path(path, err);
    }
    rc = folder_visit(cleaning.folder, remove_leftover, &cleaning, err);
    close(cleaning.folder);
    return rc == ERR_OK ? ERR_OK : add_path(path, err);
}

enum err_code table_publish_look_for_folder(const char *path, bool *is_there, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];

    *is_there = !slash || slash == path;
    if (*is_there)
        return ERR_OK;
    if (snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) < PATH_MAX)
        return file_look(folder, is_there, err);
    err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    return add_path(path, err);
}

static enum err_code refuse_other(const char *path, struct err *err)
{
    err_set(err, ERR_POLICY,
            "is there with other contents, and those of a version do not change "
            "(remove it first, or publish another version)");
    return add_path(path, err);
}

enum err_code table_publish_check_document(const char *path, struct slice bytes,
                                           struct arena *arena, bool *is_same, struct err *err)
{
    struct slice there;
    bool is_there;

    *is_same = false;
    if (file_look(path, &is_there, err) != ERR_OK)
        return err->code;
    if (!is_there)
        return ERR_OK;
    if (file_read(path, bytes.len > SIGNATURE_FILE_MAX ? bytes.len : SIGNATURE_FILE_MAX, arena,
                  &there, err) != ERR_OK)
        return err->code == ERR_LIMIT ? refuse_other(path, err) : err->code;
    *is_same = slice_equal(there, bytes);
    return *is_same ? ERR_OK : refuse_other(path, err);
}

enum err_code table_publish_document(const char *path, struct slice bytes, struct arena *arena,
                                     bool *is_new, struct err *err)
{
    bool is_same = false;
    enum err_code rc = table_publish_check_document(path, bytes, arena, &is_same, err);

    *is_new = rc == ERR_OK && !is_same;
    if (!*is_new)
        return rc;
    return table_publish_folders(path, err) == ERR_OK ? file_create(path, MODE, bytes, err)
                                                      : err->code;
}

/* --- Images ------------------------------------------------------------------------------------- */

/* Copies the runs of data; what is left out stays a hole. */
static enum err_code copy_data(int *from, int to, uint8_t *piece, struct err *err)
{
    struct output output = file_output(&to);
    struct image image;
    uint64_t begin, end = 0;

    if (image_of_file(from, &image, err) != ERR_OK ||
        output.set_size(output.ctx, image.size, err) != ERR_OK)
        return err->code;
    while (end < image.size) {
        if (image.next_data(image.ctx, end, &begin, &end, err) != ERR_OK)
            return err->code;
        while (begin < end) {
            size_t size = end - begin < PIECE_BYTES ? (size_t)(end - begin) : PIECE_BYTES;

            if (image_read(&image, begin, piece, size, err) != ERR_OK ||
                output.write(output.ctx, begin, slice_of(piece, size), err) != ERR_OK)
                return err->code;
            begin += size;
        }
        if (begin == image.size)
            break;
    }
    return ERR_OK;
}

static enum err_code fill(int from, int to, struct arena *arena, struct err *err)
{
    uint8_t *piece;
    enum err_code rc = ERR_OK;

    if (ioctl(to, FICLONE, from) != 0) {
        piece = arena_alloc(arena, PIECE_BYTES, err);
        rc = piece ? copy_data(&from, to, piece, err) : err->code;
    }
    if (rc == ERR_OK && (fchmod(to, MODE) || fsync(to)))
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    return rc;
}

/* Through a temporary file beside it. path has a slash in it: the repository's folder stands before. */
static enum err_code copy_image(int from, const char *path, const struct table_publish_judge *judge,
                                struct arena *arena, struct err *err)
{
    char temporary[PATH_MAX];
    enum err_code rc;
    int to;

    if (snprintf(temporary, sizeof temporary, "%s" FILE_TEMPORARY, path) >= (int)sizeof temporary)
        return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    to = mkostemp(temporary, O_CLOEXEC);
    if (to < 0)
        return err_set(err, file_errno_code(errno), "a temporary file beside it: %s",
                       strerror(errno));
    rc = fill(from, to, arena, err);
    if (rc == ERR_OK)
        rc = judge->judge(judge->ctx, to, err);
    if (close(to) && rc == ERR_OK)
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (rc == ERR_OK && rename(temporary, path))
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (rc != ERR_OK)
        unlink(temporary);
    return rc == ERR_OK ? sync_folder(path, err) : rc;
}

static enum err_code compare_contents(int a, int b, bool *are_same, struct err *err)
{
    uint8_t left[SHA256_SIZE], right[SHA256_SIZE];
    struct stat status, other;

    *are_same = false;
    if (fstat(a, &status) || fstat(b, &other))
        return err_set(err, ERR_IO, "%s", strerror(errno));
    if (status.st_size != other.st_size)
        return ERR_OK;
    if (file_sha256_fd(a, left, err) != ERR_OK || file_sha256_fd(b, right, err) != ERR_OK)
        return err->code;
    *are_same = memcmp(left, right, sizeof left) == 0;
    return ERR_OK;
}

static enum err_code check_same(int from, const char *path, struct err *err)
{
    int there = file_open(path, err);
    enum err_code rc;
    bool is_same;

    if (there < 0)
        return err->code;
    rc = compare_contents(from, there, &is_same, err);
    close(there);
    if (rc != ERR_OK)
        return add_path(path, err);
    return is_same ? ERR_OK : refuse_other(path, err);
}

enum err_code table_publish_check_image(const char *from, struct err *err)
{
    int fd = file_open(from, err);

    if (fd < 0)
        return err->code;
    close(fd);
    return ERR_OK;
}

enum err_code table_publish_image(const char *from, const char *path,
                                  const struct table_publish_judge *judge, struct arena *arena,
                                  bool *is_new, struct err *err)
{
    int fd = file_open(from, err);
    enum err_code rc;
    bool is_there = false;

    *is_new = false;
    if (fd < 0)
        return err->code;
    rc = table_publish_clean(path, err);
    if (rc == ERR_OK)
        rc = file_look(path, &is_there, err);
    if (rc == ERR_OK && is_there)
        rc = check_same(fd, path, err);
    else if (rc == ERR_OK && (rc = table_publish_folders(path, err)) == ERR_OK &&
             copy_image(fd, path, judge, arena, err) != ERR_OK)
        rc = add_path(path, err);
    *is_new = rc == ERR_OK && !is_there;
    close(fd);
    return rc;
}
