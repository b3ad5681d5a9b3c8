#include "bundle/cli/gcp_packing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "bundle/publish/disk.h"
#include "bundle/publish/gcp_archive.h"
#include "bundle/publish/image_digest.h"
#include "bundle/publish/staged_file.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/crypto/sha256.h"
#include "resolver/source/file.h"

#define PIECE ((size_t)256 << 10)
#define ARCHIVE_MODE 0600
#define FRESH 2 /* seconds: a file written to this recently could be written to without a trace */

static void show(struct gcp_packing *packing)
{
    progress_show_average(&packing->progress, packing->done, packing->total);
}

static enum err_code begin_progress(struct gcp_packing *packing, const char *what, unsigned passes,
                                    struct err *err)
{
    packing->done = 0;
    packing->total = passes * packing->source->image->size;
    return progress_begin(&packing->progress, packing->invocation, what, err);
}

/* --- The image's digest ------------------------------------------------------------------------- */

static void show_read(void *ctx, uint64_t done)
{
    struct gcp_packing *packing = ctx;

    packing->done = done;
    show(packing);
}

static enum err_code read_digest(struct gcp_packing *packing, uint8_t digest[SHA256_SIZE],
                                 struct err *err)
{
    const struct image_digest_progress progress = {packing, show_read};
    enum err_code rc = begin_progress(packing, "reading", 1, err);

    if (rc != ERR_OK)
        return rc;
    rc = image_digest(packing->source->image, &progress, packing->arena, digest, err);
    progress_end(&packing->progress);
    return rc == ERR_OK ? gcp_source_unchanged(packing->source, err)
                        : err_add(err, "%s", packing->source->place);
}

/* --- Records ------------------------------------------------------------------------------------ */

static void file_facts(const struct stat *status, uint64_t facts[GCP_FILE_FACTS])
{
    const uint64_t list[GCP_FILE_FACTS] = {
        (uint64_t)status->st_dev,          (uint64_t)status->st_ino,
        (uint64_t)status->st_size,         (uint64_t)status->st_mtim.tv_sec,
        (uint64_t)status->st_mtim.tv_nsec, (uint64_t)status->st_ctim.tv_sec,
        (uint64_t)status->st_ctim.tv_nsec};

    memcpy(facts, list, sizeof list);
}

static void name_record(struct gcp_packing *packing)
{
    const struct stat *status = gcp_source_file(packing->source);
    char digest[2 * SHA256_SIZE + 1];

    if (status) {
        snprintf(packing->record_name, GCP_RECORD_NAME, "file-%llx-%llx.json",
                 (unsigned long long)status->st_dev, (unsigned long long)status->st_ino);
        return;
    }
    hex_encode(packing->source->digest, SHA256_SIZE, digest);
    snprintf(packing->record_name, GCP_RECORD_NAME, "image-%s.json", digest);
}

/* Whether the record is about the image: the same file, not written to since, or the same digest. */
static bool is_about(const struct gcp_packing *packing, const struct gcp_record *record)
{
    const struct stat *status = gcp_source_file(packing->source);
    uint64_t facts[GCP_FILE_FACTS];

    if (!status)
        return memcmp(record->image, packing->source->digest, SHA256_SIZE) == 0;
    file_facts(status, facts);
    return record->has_file && memcmp(record->file, facts, sizeof facts) == 0;
}

static enum err_code keep_record(struct gcp_packing *packing, struct err *err)
{
    const struct stat *status = gcp_source_file(packing->source);

    packing->record.has_file = status && time(NULL) - status->st_ctim.tv_sec >= FRESH;
    if (packing->record.has_file)
        file_facts(status, packing->record.file);
    if (status && !packing->record.has_file)
        return ERR_OK;
    return gcp_folder_keep(packing->folder, packing->record_name, &packing->record, err);
}

enum err_code gcp_packing_begin(struct gcp_packing *packing, const struct invocation *invocation,
                                const struct gcp_source *source, const char *folder,
                                struct arena *arena, struct err *err)
{
    struct gcp_record *record = &packing->record;

    *packing = (struct gcp_packing){
        .invocation = invocation, .source = source, .folder = folder, .arena = arena};
    name_record(packing);
    if (gcp_folder_record(folder, packing->record_name, arena, record) && is_about(packing, record))
        return ERR_OK;
    memset(record, 0, sizeof *record);
    if (!source->has_digest)
        return read_digest(packing, record->image, err);
    memcpy(record->image, source->digest, SHA256_SIZE);
    return ERR_OK;
}

/* --- The archive -------------------------------------------------------------------------------- */

/* An image that shows how far it has been read: it is gone through twice. */
struct reading {
    struct gcp_packing *packing;
    const struct image *raw;
    uint64_t passed, last; /* bytes of passes that are done; where the last read began */
};

/* Into the file, and into MD5. Remembers that it failed, since what went wrong may be the source's, too. */
struct packed_output {
    struct file_sink file;
    struct sink sink;
    struct md5 md5;
    bool failed;
};

static enum err_code read_shown(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                struct err *err)
{
    struct reading *reading = ctx;

    if (size <= DISK_SECTOR) /* of the first and the last, which are looked at by themselves before */
        return image_read(reading->raw, at, into, size, err);
    if (at < reading->last)
        reading->passed = reading->raw->size;
    reading->last = at;
    reading->packing->done = reading->passed + at;
    show(reading->packing);
    return image_read(reading->raw, at, into, size, err);
}

static enum err_code next_data(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                               struct err *err)
{
    const struct reading *reading = ctx;

    return reading->raw->next_data(reading->raw->ctx, from, begin, end, err);
}

static enum err_code write_both(void *ctx, struct slice bytes, struct err *err)
{
    struct packed_output *output = ctx;
    enum err_code rc = output->sink.write(output->sink.ctx, bytes, err);

    md5_update(&output->md5, bytes);
    output->failed = rc != ERR_OK;
    return rc;
}

static enum err_code name_archive(const char *path, struct err *err)
{
    return err_add(err, "archive %s", quote_bare(slice_text(path)).text);
}

static enum err_code pack(struct gcp_packing *packing, const char *path, int fd, struct err *err)
{
    const struct image *raw = packing->source->image;
    struct reading reading = {.packing = packing, .raw = raw};
    const struct image image = {.ctx = &reading,
                                .size = raw->size,
                                .read = read_shown,
                                .next_data = raw->next_data ? next_data : NULL};
    struct packed_output *output = arena_alloc(packing->arena, sizeof *output, err);
    struct gcp_record *record = &packing->record;
    struct gcp_archive_facts facts;
    enum err_code rc;

    if (!output)
        return err->code;
    output->sink = file_sink_start(&output->file, fd);
    md5_init(&output->md5);
    rc = gcp_archive_write(&image, packing->source->has_digest ? packing->source->digest : NULL, 0,
                           &(struct sink){.ctx = output, .write = write_both}, &facts, err);
    if (rc != ERR_OK && !output->failed)
        return err_add(err, "%s", packing->source->place);
    if (rc != ERR_OK || file_sink_flush(&output->file, err) != ERR_OK)
        return name_archive(path, err);
    record->archive_size = output->file.at;
    md5_final(&output->md5, record->archive_md5);
    record->has_archive = true;
    return ERR_OK;
}

static enum err_code make_archive(struct gcp_packing *packing, const char *path, struct err *err)
{
    struct staged_file staged;
    struct err left;
    enum err_code rc;

    if (staged_file_open(path, ARCHIVE_MODE, &staged, err) != ERR_OK)
        return err->code;
    say_note(packing->invocation, "making %s", quote_bare(slice_text(path)).text);
    rc = begin_progress(packing, "packing", 2, err);
    if (rc == ERR_OK) {
        rc = pack(packing, path, staged.fd, err);
        progress_end(&packing->progress);
    }
    if (rc == ERR_OK)
        rc = gcp_source_unchanged(packing->source, err);
    if (rc == ERR_OK)
        rc = staged_file_commit(&staged, err);
    if (staged_file_drop(&staged, &left) != ERR_OK)
        say_warning(packing->invocation, "%s", left.msg);
    return rc == ERR_OK ? keep_record(packing, err) : rc;
}

static void take_facts(const struct gcp_packing *packing, struct gcp_object *object)
{
    object->size = packing->record.archive_size;
    memcpy(object->md5, packing->record.archive_md5, MD5_SIZE);
}

enum err_code gcp_packing_facts(struct gcp_packing *packing, const char *path,
                                struct gcp_object *object, struct err *err)
{
    memset(object, 0, sizeof *object);
    if (!packing->record.has_archive && make_archive(packing, path, err) != ERR_OK)
        return err->code;
    take_facts(packing, object);
    return ERR_OK;
}

/* Whether the file at path is the archive that is known. */
static bool is_there(struct gcp_packing *packing, const char *path)
{
    uint8_t *piece, md5[MD5_SIZE];
    struct md5 hash;
    struct err ignored;
    uint64_t size = 0;
    ssize_t count = -1;
    int fd;

    if (!packing->record.has_archive || access(path, F_OK))
        return false;
    fd = file_open(path, &ignored);
    piece = fd < 0 ? NULL : arena_alloc(packing->arena, PIECE, &ignored);
    md5_init(&hash);
    while (piece && (count = read(fd, piece, PIECE)) > 0) {
        md5_update(&hash, slice_of(piece, (size_t)count));
        size += (uint64_t)count;
    }
    md5_final(&hash, md5);
    if (fd >= 0)
        close(fd);
    return count == 0 && size == packing->record.archive_size &&
           memcmp(md5, packing->record.archive_md5, MD5_SIZE) == 0;
}

enum err_code gcp_packing_archive(struct gcp_packing *packing, const char *path,
                                  struct gcp_object *object, struct err *err)
{
    memset(object, 0, sizeof *object);
    if (!is_there(packing, path) && make_archive(packing, path, err) != ERR_OK)
        return err->code;
    take_facts(packing, object);
    return ERR_OK;
}
