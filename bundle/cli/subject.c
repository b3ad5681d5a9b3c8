#include "bundle/cli/subject.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/archive/frames_alone.h"
#include "bundle/archive/image_file.h"
#include "bundle/measure/eventlog.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/core/choices.h"
#include "resolver/core/measurements.h"
#include "resolver/source/file.h"

#define START 512 /* bytes that are looked at */
#define TAR_MAGIC_AT 257
#define PIECE ((size_t)16 << 10)
#define PART_MEMORY (4 * BUNDLE_PART_HEADER)

/* --- an image of a bundle --- */

static bool fits(const struct layer *layer, const struct subject_choice *choice)
{
    if (!layer_is_image(layer))
        return false;
    if (choice->csp.len && layer->csp != csp_parse(choice->csp))
        return false;
    return !choice->variant.len || !layer->variant.len ||
           variant_same(layer->csp, layer->variant, choice->variant);
}

/* "gcp gcp-sev-es" of each image that could be meant, for messages. */
static void add_choice(struct choices *choices, const struct layer *layer)
{
    choices_add(choices, layer->variant.len ? layer->variant : slice_text(csp_name(layer->csp)));
}

static enum err_code choose_manifest(const struct bundle *bundle, const struct subject_choice *choice,
                                     const struct manifest **manifest, struct err *err)
{
    struct choices uids = {0};
    char have[CHOICES_TEXT_MAX];
    struct uid uid;

    if (!choice->uid.len && bundle->count == 1) {
        *manifest = &bundle->manifests[0].manifest;
        return ERR_OK;
    }
    if (choice->uid.len && uid_parse(choice->uid, &uid, err))
        return err_add(err, "--uid");
    for (size_t i = 0; i < bundle->count; i++) {
        *manifest = &bundle->manifests[i].manifest;
        if (choice->uid.len && uid_equal(&(*manifest)->uid, &uid))
            return ERR_OK;
        choices_add(&uids, slice_text((*manifest)->uid.text));
    }
    *manifest = NULL;
    choices_text(&uids, have);
    if (choice->uid.len)
        return err_set(err, ERR_NOT_FOUND, "has no %s; there are: %s", uid.text, have);
    return err_set(err, ERR_AMBIGUOUS, "choose with --uid one of: %s", have);
}

/* Entries of one blob are one image, whatever they are listed for. */
static enum err_code choose_layer(const struct manifest *manifest,
                                  const struct subject_choice *choice, const struct layer **layer,
                                  struct err *err)
{
    struct choices all = {0}, fitting = {0};
    char have[CHOICES_TEXT_MAX];
    bool is_one = true;

    *layer = NULL;
    for (size_t i = 0; i < manifest->layer_count; i++) {
        const struct layer *at = &manifest->layers[i];

        if (layer_is_image(at))
            add_choice(&all, at);
        if (!fits(at, choice))
            continue;
        add_choice(&fitting, at);
        if (*layer && memcmp((*layer)->blob.digest, at->blob.digest, SHA256_SIZE) != 0)
            is_one = false;
        if (!*layer)
            *layer = at;
    }
    if (*layer && is_one)
        return ERR_OK;
    choices_text(*layer ? &fitting : &all, have);
    if (*layer)
        return err_set(err, ERR_AMBIGUOUS,
                       "several images of %s: choose with --csp and --variant; there are: %s",
                       manifest->uid.text, have);
    if (!all.total)
        return err_set(err, ERR_NOT_FOUND, "carries no image of %s", manifest->uid.text);
    return err_set(err, ERR_NOT_FOUND, "no such image of %s; there are: %s", manifest->uid.text,
                   have);
}

static enum err_code check_trust(struct subject *subject, const struct keys *keys,
                                 struct arena *arena, struct err *err)
{
    struct trusted_bundle trusted;
    enum err_code rc;

    if (!keys || keys->count == 0)
        return ERR_OK;
    rc = bundle_verify(&subject->input.bundle, keys, arena, &trusted, err);
    subject->is_signed = rc == ERR_OK;
    return rc;
}

static enum err_code open_bundle(struct subject *subject, const struct subject_choice *choice,
                                 struct arena *arena, struct err *err)
{
    enum err_code rc =
        bundle_input_open(subject->paths, subject->path_count, arena, &subject->input, err);

    if (rc != ERR_OK)
        return rc;
    rc = check_trust(subject, choice->keys, arena, err);
    if (rc == ERR_OK)
        rc = choose_manifest(&subject->input.bundle, choice, &subject->manifest, err);
    if (rc == ERR_OK)
        rc = choose_layer(subject->manifest, choice, &subject->layer, err);
    if (rc == ERR_OK)
        rc = bundle_image_open(&subject->input.bundle, subject->layer, arena, &subject->carried,
                               err);
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(subject->paths[0])).text);
    subject->image = subject->carried.image;
    return ERR_OK;
}

/* --- files --- */

static enum err_code read_start(const struct image *image, uint8_t bytes[START], struct slice *start,
                                struct err *err)
{
    size_t size = image->size < START ? (size_t)image->size : START;

    *start = slice_of(bytes, size);
    return image_read(image, 0, bytes, size, err);
}

/* Whether it can be text: no NUL, and no more of it than a document has. */
static bool is_text(const struct image *image, struct slice start)
{
    return start.len > 0 && image->size <= MEASUREMENTS_MAX_BYTES &&
           slice_find(start, '\0') == start.len;
}

/* The kernel's files (a TPM's event log in securityfs) say that they are empty: all that comes of them. */
static enum err_code read_unsized(struct subject *subject, struct arena *arena, struct err *err)
{
    struct buf all;
    char *copy = NULL;
    ssize_t count = 1;

    buf_init_heap(&all, EVENTLOG_MAX_BYTES + PIECE);
    while (count > 0 && all.len <= EVENTLOG_MAX_BYTES) {
        uint8_t piece[PIECE];

        count = read(subject->fd, piece, sizeof piece);
        if (count < 0 && errno == EINTR)
            count = 1;
        else if (count > 0)
            buf_add(&all, slice_of(piece, (size_t)count));
    }
    if (count < 0)
        err_set(err, file_errno_code(errno), "%s", strerror(errno));
    else if (all.len > EVENTLOG_MAX_BYTES)
        err_set(err, ERR_LIMIT, "more than %zu bytes", EVENTLOG_MAX_BYTES);
    else if (buf_done(&all, err) == ERR_OK)
        copy = arena_copy(arena, buf_slice(&all), err);
    subject->bytes = slice_of(copy, copy ? all.len : 0);
    buf_clear(&all);
    subject->file = image_memory(&subject->bytes);
    return copy ? ERR_OK : err->code;
}

static enum err_code read_bytes(struct subject *subject, enum subject_kind kind, size_t max_bytes,
                                struct arena *arena, struct err *err)
{
    subject->kind = kind;
    if (subject->bytes.len > 0)
        return ERR_OK;
    return file_read_fd(subject->fd, max_bytes, arena, &subject->bytes, err);
}

static void take_image(struct subject *subject, struct slice start)
{
    subject->kind = slice_begins(start, "MZ") ? SUBJECT_UKI : SUBJECT_DISK;
}

/* With a seek table as bundles have it, it is read in place. */
static enum err_code open_frames(struct subject *subject, struct arena *arena, struct err *err)
{
    struct frames_facts facts;

    if (frames_alone_facts(&subject->file, &facts, err) ||
        frames_image_open(&subject->file, &facts, arena, &subject->frames, err))
        return err->code;
    subject->image = subject->frames.image;
    return ERR_OK;
}

/* Any other, and one whose table is no good, is what zstd makes of it. */
static enum err_code open_compressed(struct subject *subject, struct arena *arena, struct err *err)
{
    uint8_t bytes[START];
    struct slice start;
    enum err_code rc = open_frames(subject, arena, err);

    if (rc == ERR_FORMAT || rc == ERR_CORRUPT) {
        rc = unpacked_open(&subject->file, getenv("TMPDIR"), arena, &subject->unpacked, err);
        subject->image = subject->unpacked.image;
    }
    if (rc == ERR_OK)
        rc = read_start(&subject->image, bytes, &start, err);
    if (rc == ERR_OK)
        take_image(subject, start);
    return rc;
}

static bool is_archive(const struct image *image, struct slice start)
{
    return slice_begins(slice_part(start, TAR_MAGIC_AT, START), "ustar") || bundle_parts_is(image);
}

static enum err_code open_file(struct subject *subject, struct slice start, struct arena *arena,
                               struct err *err)
{
    if (frames_alone_is(start))
        return open_compressed(subject, arena, err);
    if (eventlog_is(start))
        return read_bytes(subject, SUBJECT_LOG, EVENTLOG_MAX_BYTES, arena, err);
    if (slice_begins(start, "MZ") || !is_text(&subject->file, start)) {
        subject->image = subject->file;
        take_image(subject, start);
        return ERR_OK;
    }
    return read_bytes(subject, SUBJECT_DOCUMENT, MEASUREMENTS_MAX_BYTES, arena, err);
}

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum err_code open_path(struct subject *subject, const struct subject_choice *choice,
                               struct arena *arena, struct err *err)
{
    uint8_t bytes[START];
    struct slice start;
    enum err_code rc;

    if (subject->path_count > 1 || is_folder(subject->paths[0]))
        return open_bundle(subject, choice, arena, err);
    subject->fd = file_open(subject->paths[0], err);
    if (subject->fd < 0)
        return err->code;
    rc = image_of_file(&subject->fd, &subject->file, err);
    if (rc == ERR_OK && fstat(subject->fd, &subject->status))
        rc = err_set(err, ERR_IO, "%s", strerror(errno));
    if (rc == ERR_OK && subject->file.size == 0)
        rc = read_unsized(subject, arena, err);
    if (rc == ERR_OK)
        rc = read_start(&subject->file, bytes, &start, err);
    if (rc == ERR_OK && is_archive(&subject->file, start))
        return open_bundle(subject, choice, arena, err);
    if (rc == ERR_OK)
        rc = open_file(subject, start, arena, err);
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(slice_text(subject->paths[0])).text);
}

/* Whether there is an oci-layout in the folder. */
static enum err_code is_layout(const char *path, bool *answer, struct err *err)
{
    char marker[PATH_MAX];
    struct stat status;

    *answer = snprintf(marker, sizeof marker, "%s/oci-layout", path) < (int)sizeof marker &&
              stat(marker, &status) == 0;
    if (*answer || errno == ENOENT)
        return ERR_OK;
    return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(marker)).text, strerror(errno));
}

static enum err_code begins_as_bundle(int fd, bool *answer, struct err *err)
{
    uint8_t bytes[START];
    struct slice start;
    struct image image;

    if (image_of_file(&fd, &image, err) != ERR_OK || read_start(&image, bytes, &start, err) != ERR_OK)
        return err->code;
    *answer = is_archive(&image, start);
    return ERR_OK;
}

enum err_code subject_is_bundle(const char *path, bool *is_bundle, struct err *err)
{
    enum err_code rc;
    int fd;

    *is_bundle = false;
    if (is_folder(path))
        return is_layout(path, is_bundle, err);
    fd = file_open(path, err);
    if (fd < 0)
        return err->code;
    rc = begins_as_bundle(fd, is_bundle, err);
    close(fd);
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(slice_text(path)).text);
}

void subject_init(struct subject *subject)
{
    memset(subject, 0, sizeof *subject);
    subject->fd = subject->unpacked.fd = -1;
}

/* A file that begins as the part of an archive does. */
struct part_file {
    bool is_part, has_id; /* no id: the part is damaged */
    uint8_t id[SHA256_SIZE];
};

static struct part_file look_at_part(const char *path)
{
    struct part_file file = {.is_part = false};
    struct bundle_part part;
    struct arena arena;
    struct image image;
    struct err unused;
    int fd = is_folder(path) ? -1 : file_open(path, &unused);

    if (fd < 0)
        return file;
    arena_init_heap(&arena, PART_MEMORY);
    file.is_part = image_of_file(&fd, &image, &unused) == ERR_OK && bundle_parts_is(&image);
    file.has_id =
        file.is_part && bundle_parts_read(&image, &arena, &part, &unused) == ERR_OK;
    if (file.has_id)
        memcpy(file.id, part.set.id, SHA256_SIZE);
    arena_clear(&arena);
    close(fd);
    return file;
}

size_t subject_count(const char *const *paths, size_t count)
{
    struct part_file first = look_at_part(paths[0]), other;
    size_t parts = 1;

    for (; first.is_part && parts < count; parts++) {
        other = look_at_part(paths[parts]);
        if (!other.is_part || (first.has_id && other.has_id &&
                               memcmp(first.id, other.id, SHA256_SIZE) != 0))
            break;
    }
    return parts;
}

enum err_code subject_open(const char *const *paths, size_t count,
                           const struct subject_choice *choice, struct arena *arena,
                           struct subject *subject, struct err *err)
{
    subject_init(subject);
    subject->paths = paths;
    subject->path_count = count;
    return open_path(subject, choice, arena, err);
}

enum err_code subject_unchanged(const struct subject *subject, struct err *err)
{
    if (subject->layer)
        return bundle_input_unchanged(&subject->input, err);
    if (subject->bytes.len > 0 || file_unchanged(subject->fd, &subject->status, err) == ERR_OK)
        return ERR_OK;
    return err_add(err, "%s", quote_bare(slice_text(subject->paths[0])).text);
}

void subject_close(struct subject *subject)
{
    bundle_image_close(&subject->carried);
    bundle_input_close(&subject->input);
    frames_image_close(&subject->frames);
    unpacked_close(&subject->unpacked);
    if (subject->fd >= 0)
        close(subject->fd);
    subject_init(subject);
}
