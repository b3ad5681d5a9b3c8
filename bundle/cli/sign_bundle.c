#include "bundle/cli/sign_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/archive/bundle_input.h"
#include "bundle/archive/bundle_parts.h"
#include "bundle/archive/bundle_reader.h"
#include "bundle/archive/image_file.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"
#include "resolver/source/unfinished.h"

#define FRONT_MAX ((size_t)64 << 20)  /* bytes of a front that is kept aside */
#define TRIAL_MAX ((size_t)256 << 20) /* memory to open a bundle, to see whether it is whole */

struct signing {
    const char *path, *kept; /* BUNDLE, BUNDLE.front */
    int fd;
    struct image image;
    struct arena *arena;
    struct bundle bundle;
    struct signed_manifest *manifests; /* with room for more signatures */
    bool *is_added;                    /* of each key: whether it signed now */
};

/* --- What was kept of a broken run --------------------------------------------------------------- */

/* A file as it would be with another front. */
struct overlay {
    struct slice front;
    const struct image *file;
};

static enum err_code read_overlay(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                  struct err *err)
{
    const struct overlay *overlay = ctx;
    size_t len = 0;

    if (at < overlay->front.len) {
        len = overlay->front.len - (size_t)at < size ? overlay->front.len - (size_t)at : size;
        memcpy(into, overlay->front.ptr + at, len);
    }
    return len < size ? image_read(overlay->file, at + len, into + len, size - len, err) : ERR_OK;
}

/* What could not be read is neither whole nor broken: ERR_IO, ERR_LIMIT. */
static enum err_code look_whether_whole(const struct image *image, bool *is_whole, struct err *err)
{
    struct bundle bundle;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, TRIAL_MAX);
    rc = bundle_open_archive(image, &arena, &bundle, err);
    arena_clear(&arena);
    *is_whole = rc == ERR_OK;
    return rc == ERR_IO || rc == ERR_LIMIT ? rc : ERR_OK;
}

static enum err_code write_front(struct signing *signing, struct slice front, struct err *err)
{
    struct output output = file_output(&signing->fd);

    if (output.write(output.ctx, 0, front, err))
        return err->code;
    if (fsync(signing->fd))
        return err_set(err, file_errno_code(errno), "fsync: %s", strerror(errno));
    return ERR_OK;
}

static enum err_code refuse_kept(const struct signing *signing, struct err *err)
{
    return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(signing->kept)).text,
                   strerror(errno));
}

static enum err_code forget(const struct signing *signing, struct err *err)
{
    return unlink(signing->kept) == 0 || errno == ENOENT ? ERR_OK : refuse_kept(signing, err);
}

/* What is kept goes into the bundle, and is then signed: it must be what this user's run has written. */
static enum err_code check_kept(const struct signing *signing, const struct stat *status,
                                struct err *err)
{
    const char *wrong = unfinished_not_own(signing->kept, status, true);

    if (!wrong)
        return ERR_OK;
    return err_set(err, ERR_POLICY, "%s is in the way: it %s; put it aside",
                   quote_bare(slice_text(signing->kept)).text, wrong);
}

/* A link, or a file of another user's, which may not be ours to open: then that is why. */
static enum err_code refuse_to_open(const struct signing *signing, int number, struct err *err)
{
    struct stat status;

    if (lstat(signing->kept, &status) == 0 && check_kept(signing, &status, err))
        return err->code;
    errno = number;
    return refuse_kept(signing, err);
}

/* *fd: -1 when nothing is kept. */
static enum err_code open_kept(const struct signing *signing, int *fd, struct err *err)
{
    struct stat status;

    *fd = open(signing->kept, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0 && (errno == ENOENT || errno == ENAMETOOLONG))
        return ERR_OK;
    if (*fd < 0)
        return refuse_to_open(signing, errno, err);
    return fstat(*fd, &status) ? refuse_kept(signing, err) : check_kept(signing, &status, err);
}

/* Puts back what a run that was broken off has kept, if the bundle needs it. */
static enum err_code put_back(struct signing *signing, int kept, struct err *err)
{
    struct overlay overlay = {.file = &signing->image};
    const struct image image = {.ctx = &overlay, .size = signing->image.size, .read = read_overlay};
    bool is_whole;

    if (look_whether_whole(&signing->image, &is_whole, err))
        return err->code;
    if (is_whole)
        return forget(signing, err);
    if (file_read_fd(kept, FRONT_MAX, signing->arena, &overlay.front, err))
        return err_add(err, "%s", quote_bare(slice_text(signing->kept)).text);
    if (overlay.front.len <= image.size && look_whether_whole(&image, &is_whole, err))
        return err->code;
    if (!is_whole)
        return err_set(err, ERR_POLICY,
                       "%s is there, and does not make the bundle whole: put it aside",
                       quote_bare(slice_text(signing->kept)).text);
    if (write_front(signing, overlay.front, err))
        return err->code;
    return forget(signing, err);
}

static enum err_code recover(struct signing *signing, struct err *err)
{
    int kept;
    enum err_code rc = open_kept(signing, &kept, err);

    if (rc == ERR_OK && kept >= 0)
        rc = put_back(signing, kept, err);
    if (kept >= 0)
        close(kept);
    return rc;
}

/* --- Signing ------------------------------------------------------------------------------------ */

/* ERR_LIMIT: that cannot be told, and signed once more it would be there twice. */
static enum err_code look_whether_signed(const struct signed_manifest *manifest,
                                         const struct pubkey *public, bool *has_signed,
                                         struct err *err)
{
    struct key key = {.public = *public, .name = ""};
    struct keys keys = {.list = {&key}, .count = 1};
    struct bundle_signers signers;
    enum err_code rc = bundle_trust_check(manifest, &keys, &signers, err);

    *has_signed = rc == ERR_OK;
    return rc == ERR_LIMIT ? rc : ERR_OK;
}

static enum err_code sign_manifest(struct signing *signing, size_t number,
                                   const struct sign_bundle_by *by, struct err *err)
{
    struct signed_manifest *manifest = &signing->manifests[number];
    size_t count = manifest->signature_count;
    struct manifest_signature *longer =
        arena_array(signing->arena, count + 2 * by->count, sizeof *longer, err);

    if (!longer)
        return err->code;
    if (count > 0)
        memcpy(longer, manifest->signatures, count * sizeof *longer);
    manifest->signatures = longer;
    for (size_t i = 0; i < by->count; i++) {
        bool has_signed;

        if (look_whether_signed(manifest, by->signers[i].key, &has_signed, err))
            return err->code;
        if (has_signed)
            continue;
        if (bundle_sign(manifest, &by->signers[i], err))
            return err->code;
        signing->is_added[i] = true;
    }
    return ERR_OK;
}

static enum err_code sign_all(struct signing *signing, const struct sign_bundle_by *by,
                              struct err *err)
{
    size_t count = signing->bundle.count;

    signing->manifests = arena_array(signing->arena, count, sizeof *signing->manifests, err);
    signing->is_added = arena_array(signing->arena, by->count, sizeof *signing->is_added, err);
    if (!signing->manifests || !signing->is_added)
        return err->code;
    memcpy(signing->manifests, signing->bundle.manifests, count * sizeof *signing->manifests);
    for (size_t i = 0; i < count; i++) {
        if (sign_manifest(signing, i, by, err))
            return err->code;
    }
    return ERR_OK;
}

/* --- Writing ------------------------------------------------------------------------------------ */

/* After a failure: the old front again, as far as that can be done; what was kept stays otherwise. */
static void undo(struct signing *signing, struct slice before)
{
    struct err unused;

    if (write_front(signing, before, &unused) == ERR_OK)
        unlink(signing->kept);
}

static enum err_code sync_folder(const char *path, struct err *err)
{
    int fd = folder_open_of(path), failed;

    failed = fd < 0 || fsync(fd) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return failed ? err_set(err, file_errno_code(failed), "its folder: %s", strerror(failed))
                  : ERR_OK;
}

static enum err_code write_kept(const struct signing *signing, struct slice front, struct err *err)
{
    int fd = open(signing->kept, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum err_code rc;

    if (fd < 0)
        return err_set(err, file_errno_code(errno), "%s", strerror(errno));
    rc = file_write_fd(fd, front, err);
    if (rc == ERR_OK && fsync(fd))
        rc = err_set(err, file_errno_code(errno), "fsync: %s", strerror(errno));
    if (close(fd) && rc == ERR_OK)
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (rc == ERR_OK)
        rc = sync_folder(signing->kept, err);
    if (rc != ERR_OK)
        unlink(signing->kept);
    return rc;
}

/* Under its own name from the start: as long as it is not all on the disk the bundle is whole, and
 * then nobody reads it. */
static enum err_code keep_front(const struct signing *signing, struct slice front, struct err *err)
{
    if (write_kept(signing, front, err) == ERR_OK)
        return ERR_OK;
    return err_add(err, "%s", quote_bare(slice_text(signing->kept)).text);
}

static enum err_code replace_front(struct signing *signing, struct slice after, struct err *err)
{
    size_t len = (size_t)signing->bundle.area_size;
    uint8_t *before = arena_alloc(signing->arena, len, err);
    enum err_code rc;
    bool is_whole;

    if (!before || image_read(&signing->image, 0, before, len, err) ||
        keep_front(signing, slice_of(before, len), err))
        return err->code;
    rc = write_front(signing, after, err);
    if (rc == ERR_OK)
        rc = look_whether_whole(&signing->image, &is_whole, err);
    if (rc == ERR_OK && !is_whole)
        rc = err_set(err, ERR_IO, "what was written did not come back");
    if (rc != ERR_OK) {
        undo(signing, slice_of(before, len));
        return rc;
    }
    return forget(signing, err);
}

static enum err_code sign_open(struct signing *signing, const struct sign_bundle_by *by,
                               struct err *err)
{
    struct slice after;
    bool is_changed = false;

    if (image_of_file(&signing->fd, &signing->image, err))
        return err->code;
    if (bundle_parts_is(&signing->image))
        return err_set(err, ERR_USAGE, SIGN_BUNDLE_PART);
    if (recover(signing, err) ||
        bundle_open_archive(&signing->image, signing->arena, &signing->bundle, err) ||
        sign_all(signing, by, err))
        return err->code;
    for (size_t i = 0; i < by->count; i++)
        is_changed = is_changed || signing->is_added[i];
    if (!is_changed)
        return ERR_OK;
    if (bundle_attach(&signing->bundle, signing->manifests, signing->arena, &after, err))
        return err->code;
    return replace_front(signing, after, err);
}

/* --- The answer --------------------------------------------------------------------------------- */

static void print_json(const struct signing *signing, const struct sign_bundle_by *by,
                       struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);
    char id[2 * KEY_ID_SIZE + 1];

    json_begin_map(&json);
    json_member(&json, "bundle", signing->path);
    json_key(&json, "signatures");
    json_begin_list(&json);
    for (size_t i = 0; i < by->count; i++) {
        hex_encode(by->signers[i].key->id, KEY_ID_SIZE, id);
        json_begin_map(&json);
        json_member(&json, "key", by->names[i]);
        json_member(&json, "id", id);
        json_key(&json, "added");
        json_bool(&json, signing->is_added[i]);
        json_end_map(&json);
    }
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

static void print(const struct signing *signing, const struct sign_bundle_by *by,
                  const struct invocation *invocation)
{
    char id[KEY_SHORT_ID_SIZE];

    if (invocation->given[OPT_JSON]) {
        print_json(signing, by, invocation->out);
        return;
    }
    for (size_t i = 0; i < by->count; i++) {
        key_short_id(by->signers[i].key, id);
        buf_add_format(invocation->out, "%s: bundle signed by %s (%s)%s\n",
                       quote_bare(slice_text(signing->path)).text,
                       quote_bare(slice_text(by->names[i])).text, id,
                       signing->is_added[i] ? "" : " already");
    }
}

/* --- From outside ------------------------------------------------------------------------------- */

static enum err_code read_start(int fd, uint8_t bytes[TAR_BLOCK], struct slice *start, struct err *err)
{
    struct image image;

    if (image_of_file(&fd, &image, err))
        return err->code;
    *start = slice_of(bytes, image.size < TAR_BLOCK ? (size_t)image.size : TAR_BLOCK);
    return image_read(&image, 0, bytes, start->len, err);
}

static bool is_archive(struct slice start)
{
    return start.len == TAR_BLOCK &&
           memcmp(start.ptr, OCI_LAYOUT_NAME, sizeof OCI_LAYOUT_NAME) == 0 &&
           memcmp(start.ptr + 257, "ustar", 6) == 0;
}

static enum err_code begins_as_bundle(const char *path, bool *is_bundle, struct err *err)
{
    uint8_t bytes[TAR_BLOCK];
    struct slice start;
    struct image image;
    int fd = file_open(path, err);
    enum err_code rc;

    *is_bundle = false;
    if (fd < 0)
        return err->code;
    rc = read_start(fd, bytes, &start, err);
    close(fd);
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    image = image_memory(&start);
    *is_bundle = is_archive(start) || bundle_parts_is(&image);
    return ERR_OK;
}

static const char *kept_name(const char *path, struct arena *arena, struct err *err)
{
    size_t len = strlen(path);
    char *kept = arena_alloc(arena, len + sizeof BUNDLE_KEPT_SUFFIX, err);

    if (!kept)
        return NULL;
    memcpy(kept, path, len);
    memcpy(kept + len, BUNDLE_KEPT_SUFFIX, sizeof BUNDLE_KEPT_SUFFIX);
    return kept;
}

enum err_code sign_bundle_is(const char *path, struct arena *scratch, bool *is_bundle,
                             struct err *err)
{
    const char *kept = kept_name(path, scratch, err);
    struct stat status;

    *is_bundle = false;
    if (!kept || begins_as_bundle(path, is_bundle, err))
        return err->code;
    if (*is_bundle || stat(kept, &status) || !S_ISREG(status.st_mode))
        return ERR_OK;
    return begins_as_bundle(kept, is_bundle, err);
}

enum err_code sign_bundle(const char *path, const struct sign_bundle_by *by, struct arena *arena,
                          const struct invocation *invocation, struct err *err)
{
    struct signing signing = {.path = path, .arena = arena};
    enum err_code rc;

    signing.kept = kept_name(path, arena, err);
    if (!signing.kept)
        return err->code;
    signing.fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (signing.fd < 0)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    rc = flock(signing.fd, LOCK_EX | LOCK_NB)
             ? err_set(err, ERR_IO, "is being signed by another process")
             : sign_open(&signing, by, err);
    close(signing.fd);
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    if (by->count > 0)
        print(&signing, by, invocation);
    return ERR_OK;
}
