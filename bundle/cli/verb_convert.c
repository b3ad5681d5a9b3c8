/* convert IMAGE: the container that a cloud takes. */
#include <string.h>
#include <time.h>

#include "bundle/archive/image_file.h"
#include "bundle/cli/convert_source.h"
#include "bundle/cli/verbs.h"
#include "bundle/publish/disk.h"
#include "bundle/publish/gcp_archive.h"
#include "bundle/publish/staged_file.h"
#include "bundle/publish/vhd.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/cli/progress.h"
#include "resolver/cli/say.h"

#define PASSES 2 /* times that an image is gone through */

struct work {
    struct invocation *invocation;
    struct session session;
    struct convert_source source;
    struct progress progress;
    const struct image *raw; /* the image itself */
    struct image image;      /* the same, which tells how far it has been read */
    uint64_t last_at;
    unsigned pass;
    time_t start_time;
    uint64_t disk_size; /* in the container */
    uint64_t file_size; /* of the container */
};

/* Where it goes; remembers that it failed, since the messages of reading and writing are alike. */
struct output_file {
    struct file_sink file;
    struct sink sink; /* into file */
    bool failed;
};

struct form {
    const char *name;
    enum err_code (*write)(struct work *work, const struct sink *sink, struct err *err);
};

/* --- An image that shows its progress ----------------------------------------------------------- */

static enum err_code read_shown(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                struct err *err)
{
    struct work *work = ctx;
    uint64_t done;

    if (size <= DISK_SECTOR) /* of the first and the last, which are looked at by themselves before */
        return work->raw->read(work->raw->ctx, at, into, size, err);
    if (at < work->last_at && work->pass + 1 < PASSES)
        work->pass++;
    work->last_at = at;
    done = work->pass * work->raw->size + at;
    progress_show(&work->progress, done, PASSES * work->raw->size,
                  done / (uint64_t)(time(NULL) - work->start_time + 1));
    return work->raw->read(work->raw->ctx, at, into, size, err);
}

static enum err_code next_data_shown(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                                     struct err *err)
{
    struct work *work = ctx;

    return work->raw->next_data(work->raw->ctx, from, begin, end, err);
}

/* --- The forms ---------------------------------------------------------------------------------- */

/* What is listed for the image; NULL of a disk. */
static const uint8_t *listed(const struct work *work)
{
    return work->source.layer ? work->source.layer->image.raw_digest : NULL;
}

static enum err_code write_gcp(struct work *work, const struct sink *sink, struct err *err)
{
    struct gcp_archive_facts facts;
    enum err_code rc = gcp_archive_write(&work->image, listed(work), 0, sink, &facts, err);

    work->disk_size = facts.disk_size;
    return rc;
}

static enum err_code write_vhd(struct work *work, const struct sink *sink, struct err *err)
{
    return vhd_write(&work->image, listed(work), sink, &work->disk_size, err);
}

static enum err_code write_raw(struct work *work, const struct sink *sink, struct err *err)
{
    work->disk_size = work->image.size;
    return disk_write_raw(&work->image, listed(work), sink, err);
}

static const struct form forms[] = {{"gcp", write_gcp}, {"vhd", write_vhd}, {"raw", write_raw}};

static const struct form *find_form(const struct invocation *invocation, struct err *err)
{
    const char *name = invocation->values[OPT_TO];

    if (!name) {
        err_set(err, ERR_USAGE, "no form given: --to gcp, --to vhd or --to raw");
        return NULL;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(name, forms[i].name) == 0)
            return &forms[i];
    }
    err_set(err, ERR_USAGE, "--to %s: want gcp, vhd or raw", quote(slice_text(name)).text);
    return NULL;
}

/* --- From file to file -------------------------------------------------------------------------- */

static void print(const struct work *work, const struct form *form)
{
    const struct invocation *invocation = work->invocation;
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s: %llu bytes, a disk of %llu bytes",
                       quote_bare(slice_text(invocation->values[OPT_CONTAINER])).text,
                       (unsigned long long)work->file_size, (unsigned long long)work->disk_size);
        if (work->disk_size > work->raw->size)
            buf_add_format(invocation->out, " (%llu of them added)",
                           (unsigned long long)(work->disk_size - work->raw->size));
        buf_add_byte(invocation->out, '\n');
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", invocation->values[OPT_CONTAINER]);
    json_member(&json, "form", form->name);
    json_key(&json, "sizeBytes");
    json_number(&json, work->file_size);
    json_key(&json, "diskSizeBytes");
    json_number(&json, work->disk_size);
    json_key(&json, "imageSizeBytes");
    json_number(&json, work->raw->size);
    json_member(&json, "uid", work->source.layer ? work->source.subject.manifest->uid.text : NULL);
    if (work->source.layer)
        json_member_slice(&json, "image", work->source.layer->title);
    else
        json_member(&json, "image", NULL);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static enum err_code warn_without_table(const struct work *work, struct err *err)
{
    bool has_table;

    if (work->raw->size < DISK_SECTOR)
        return ERR_OK; /* refused in a moment */
    if (disk_has_table(work->raw, &has_table, err) != ERR_OK)
        return err->code;
    if (!has_table)
        say_warning(work->invocation, "%s: has no partition table: is it a disk image?",
                    quote_bare(slice_text(work->invocation->arguments[0])).text);
    return ERR_OK;
}

static enum err_code write_output(void *ctx, struct slice bytes, struct err *err)
{
    struct output_file *output = ctx;
    enum err_code rc = output->sink.write(output->sink.ctx, bytes, err);

    output->failed = rc != ERR_OK;
    return rc;
}

static enum err_code skip_output(void *ctx, uint64_t count, struct err *err)
{
    struct output_file *output = ctx;
    enum err_code rc = output->sink.skip(output->sink.ctx, count, err);

    output->failed = rc != ERR_OK;
    return rc;
}

static enum err_code write_form(struct work *work, const struct form *form, int fd,
                                struct err *err)
{
    struct output_file output = {.failed = false};
    const struct sink sink = {.ctx = &output, .write = write_output, .skip = skip_output};
    enum err_code rc = warn_without_table(work, err);

    output.sink = file_sink_start(&output.file, fd);
    if (rc == ERR_OK)
        rc = form->write(work, &sink, err);
    if (rc == ERR_OK) {
        rc = file_sink_flush(&output.file, err);
        output.failed = rc != ERR_OK;
    }
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(
            output.failed ? work->invocation->values[OPT_CONTAINER]
                          : work->invocation->arguments[0])).text);
    work->file_size = output.file.at;
    return convert_source_unchanged(&work->source, work->invocation->arguments[0], err);
}

static enum err_code convert(struct work *work, const struct form *form, struct err *err)
{
    struct staged_file staged;
    struct err left;
    enum err_code rc;

    work->raw = work->source.image;
    work->image = (struct image){.ctx = work,
                                 .size = work->raw->size,
                                 .read = read_shown,
                                 .next_data = work->raw->next_data ? next_data_shown : NULL};
    rc = staged_file_open(work->invocation->values[OPT_CONTAINER], 0644, &staged, err);
    if (rc != ERR_OK)
        return rc;
    rc = progress_begin(&work->progress, work->invocation, "converting", err);
    if (rc == ERR_OK) {
        rc = write_form(work, form, staged.fd, err);
        progress_end(&work->progress);
    }
    if (rc == ERR_OK)
        rc = staged_file_commit(&staged, err);
    if (staged_file_drop(&staged, &left) != ERR_OK)
        say_warning(work->invocation, "%s", left.msg);
    return rc;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation, .start_time = time(NULL)};
    const struct form *form = find_form(invocation, err);
    enum err_code rc;

    if (!form)
        return err->code;
    if (!invocation->given[OPT_CONTAINER])
        return err_set(err, ERR_USAGE, "no file to write given: --output FILE");
    if (strcmp(invocation->values[OPT_CONTAINER], "-") == 0)
        return err_set(err, ERR_USAGE, "--output -: a disk is written to a file alone");
    rc = session_open(&work.session, invocation, err);
    if (rc == ERR_OK) {
        rc = convert_source_open(&work.session, &work.source, err);
        if (rc == ERR_OK)
            rc = convert(&work, form, err);
        if (rc == ERR_OK)
            print(&work, form);
        convert_source_close(&work.source);
    }
    session_close(&work.session);
    return rc;
}

static const enum option options[] = {OPT_TO,      OPT_CONTAINER,  OPT_UID,       OPT_CSP,
                                      OPT_VARIANT, OPT_KEY,        OPT_BUNDLE_KEY, OPT_THRESHOLD,
                                      OPT_EXPIRED, OPT_PROGRESS,   OPTION_COUNT};

const struct verb verb_convert = {
    .name = "convert",
    .arguments = "IMAGE...",
    .summary = "Puts a disk image into the container that a cloud takes",
    .details =
        "IMAGE is a raw disk image, one in zstd, or a bundle (an archive, all its parts, or an OCI\n"
        "layout), which is verified first; --uid, --csp and --variant choose the image in it, which\n"
        "must have the SHA-256 that is signed. Nothing of a disk is signed. The forms of --to:\n"
        "  gcp  disk.raw in a tar archive with holes, in gzip; the disk made whole GiB\n"
        "  vhd  a fixed VHD, for Azure; the disk made whole MiB\n"
        "  raw  the image itself, with holes where it has zeros\n"
        "The same image gives the same file. What is at --output is replaced when all is written.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
