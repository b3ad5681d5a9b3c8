/* publish gcp SOURCE: puts an image into a GCP project, and its reference into a lookup table. */
#include <string.h>

#include "bundle/cli/gcloud_options.h"
#include "bundle/cli/gcp_keys.h"
#include "bundle/cli/gcp_steps.h"
#include "bundle/cli/gcp_table.h"
#include "bundle/cli/verbs.h"
#include "bundle/publish/disk.h"
#include "bundle/publish/disk_machine.h"
#include "bundle/publish/gcp_archive.h"
#include "bundle/publish/gcp_names.h"
#include "bundle/publish/shell_quote.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

#define UPLOAD_TIMEOUT_DEFAULT 36000000 /* milliseconds */

struct work {
    const struct invocation *invocation;
    struct session session;
    struct gcp_source source;
    struct gcp_packing packing;
    struct gcp_request request;
    struct gcp_plan plan;
    struct gcp_folder folder;
    struct gcp_steps steps;
    struct gcp_table table; /* path NULL: none is written */
};

/* --- Answers ------------------------------------------------------------------------------------ */

static const char *measured_text(const struct work *work)
{
    static const char *const texts[] = {[GCP_NOT_MEASURED] = "none",
                                        [GCP_NOT_COMPARABLE] = "not-comparable",
                                        [GCP_MEASURED] = "equal"};

    return texts[work->source.measured];
}

static void print_dry_steps(const struct work *work, struct buf *out)
{
    const struct gcp_plan *plan = &work->plan;

    for (size_t i = 0; i < GCP_STEPS; i++) {
        const struct gcp_step *step = &plan->steps[i];

        if (step->command == &plan->upload)
            buf_add_format(out, "# writes %s, if it is needed\n",
                           quote_bare(slice_text(plan->archive)).text);
        if (step->when)
            buf_add_format(out, "# %s:\n", step->when);
        shell_quote_all(step->command->words, out);
        buf_add_byte(out, '\n');
    }
    if (work->table.path)
        buf_add_format(out, "# writes %s into %s\n", plan->reference,
                       quote_bare(slice_text(work->table.path)).text);
}

static void write_step(const struct gcp_step *step, struct json_writer *json)
{
    json_begin_map(json);
    json_member(json, "step", step->name);
    json_member(json, "when", step->when);
    json_member_list(json, "command", step->command->words, step->command->count);
    json_member(json, "check", step->check);
    json_end_map(json);
}

/* What is known before and after. */
static void write_common(const struct work *work, struct json_writer *json)
{
    char digest[2 * SHA256_SIZE + 1];

    hex_encode(work->request.digest, SHA256_SIZE, digest);
    json_member(json, "reference", work->plan.reference);
    json_member(json, "project", work->request.project);
    json_member(json, "image", work->request.name);
    json_member(json, "architecture", work->request.architecture);
    json_member(json, "uid", work->source.has_uid ? work->source.uid.text : NULL);
    json_member(json, "imageSha256", digest);
    json_key(json, "diskSizeBytes");
    json_number(json, work->request.disk_size);
    json_member(json, "measurements", measured_text(work));
    json_member(json, "object", work->plan.object_url);
}

static void print_plan(const struct work *work)
{
    struct json_writer json = json_writer_to(work->invocation->out, 0);

    if (!work->invocation->given[OPT_JSON]) {
        print_dry_steps(work, work->invocation->out);
        return;
    }
    json_begin_map(&json);
    write_common(work, &json);
    json_member(&json, "archive", work->plan.archive);
    json_member(&json, "table", work->table.path);
    json_key(&json, "plan");
    json_begin_list(&json);
    for (size_t i = 0; i < GCP_STEPS; i++)
        write_step(&work->plan.steps[i], &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(work->invocation->out, '\n');
}

static void print_table(const struct gcp_table *table, struct buf *out)
{
    char name[DOCUMENT_NAME_MAX];

    document_entry_name(&table->entry, name);
    buf_add_format(out, "%s: %s: %s", quote_bare(slice_text(table->path)).text, name,
                   table->reference);
    if (slice_is(table->before, table->reference))
        buf_add_text(out, " (as before)");
    else if (table->before.len)
        buf_add_format(out, " (was %s)", quote_bare(table->before).text);
    buf_add_byte(out, '\n');
    table_file_print_signed(&table->file, &table->saved, out);
}

static void write_table(const struct gcp_table *table, struct json_writer *json)
{
    json_key(json, "table");
    if (!table->path) {
        json_null(json);
        return;
    }
    json_begin_map(json);
    json_member(json, "file", table->path);
    json_member_slice(json, "variant", table->entry.variant);
    if (table->before.len)
        json_member_slice(json, "before", table->before);
    else
        json_member(json, "before", NULL);
    table_file_write_signed(&table->saved, json);
    json_end_map(json);
}

static void write_made(const struct gcp_steps *steps, struct json_writer *json)
{
    json_key(json, "made");
    json_begin_list(json);
    if (steps->made_bucket)
        json_text(json, "bucket");
    if (steps->made_object)
        json_text(json, "object");
    if (steps->made_image)
        json_text(json, "image");
    json_end_list(json);
}

static void print_published(const struct work *work)
{
    const struct invocation *invocation = work->invocation;
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s: %s, of %s\n", work->plan.reference,
                       work->steps.made_image ? "made" : "was there, and is equal",
                       work->plan.object_url);
        if (work->table.path)
            print_table(&work->table, invocation->out);
        return;
    }
    json_begin_map(&json);
    write_common(work, &json);
    json_key(&json, "archiveSizeBytes");
    json_number(&json, work->steps.object.size);
    write_made(&work->steps, &json);
    write_table(&work->table, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

/* --- What is asked for -------------------------------------------------------------------------- */

static enum err_code choose_architecture(struct work *work, struct err *err)
{
    const char *given = work->invocation->values[OPT_ARCH], *found;
    struct arena scratch;
    enum err_code rc;

    arena_init_heap(&scratch, SESSION_MEMORY_MAX);
    rc = disk_machine_find(work->source.image, &scratch, &found, err);
    arena_clear(&scratch);
    if (rc != ERR_OK)
        return err_add(err, "%s", work->source.place);
    if (given && found && strcmp(given, found) != 0 &&
        (strcmp(given, "x86_64") == 0 || strcmp(given, "aarch64") == 0))
        return err_set(err, ERR_POLICY, "%s: starts a program for %s, and --arch says %s",
                       work->source.place, found, given);
    if (!given && !found)
        say_warning(work->invocation, "%s: does not say its architecture: x86_64 is assumed (--arch)",
                    work->source.place);
    work->request.architecture = given ? given : found ? found : "x86_64";
    return ERR_OK;
}

static enum err_code choose_name(struct work *work, struct err *err)
{
    const struct gcp_source *source = &work->source;
    const char *given = work->invocation->values[OPT_CLOUD_NAME];
    char name[GCP_NAME_MAX + 1];
    bool is_name = true;

    if (!given)
        is_name = source->has_uid
                      ? gcp_name_of_uid(&source->uid, source->variant, work->request.architecture, name)
                      : gcp_name_of_file(source->path, work->request.architecture, name);
    if (!is_name)
        return err_set(err, ERR_USAGE, "%s: no name for the image can be made of it (%s): give --name",
                       source->place, gcp_name_rule(GCP_IMAGE));
    work->request.name = given ? given : arena_copy(&work->session.arena, slice_text(name), err);
    return work->request.name ? ERR_OK : err->code;
}

/* What options say; names are checked before anything is read. */
static enum err_code take_options(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct gcp_request *request = &work->request;
    const char *keys = invocation->values[OPT_SECURE_BOOT_KEYS];

    request->project = invocation->values[OPT_PUBLISH_PROJECT];
    request->name = invocation->values[OPT_CLOUD_NAME];
    request->bucket = invocation->values[OPT_BUCKET];
    request->location = invocation->values[OPT_LOCATION];
    request->family = invocation->values[OPT_FAMILY];
    request->architecture = invocation->values[OPT_ARCH];
    if (!request->project)
        return err_set(err, ERR_USAGE, "no project given: --project PROJECT");
    if (gcp_folder_name(invocation, &work->session.arena, &request->folder, err) != ERR_OK ||
        gcp_plan_check(request, err) != ERR_OK)
        return err->code;
    return keys ? gcp_keys_read(invocation, keys, &work->session.arena, &request->keys, err)
                : ERR_OK;
}

/* An upload may take hours: the default for other calls is not for it. */
static enum err_code take_timeouts(struct work *work, struct err *err)
{
    struct gcp_steps *steps = &work->steps;

    if (gcloud_options_timeout(work->invocation, &steps->timeout_ms, err) != ERR_OK)
        return err->code;
    steps->upload_timeout_ms = work->invocation->given[OPT_GCLOUD_TIMEOUT] ? steps->timeout_ms
                                                                          : UPLOAD_TIMEOUT_DEFAULT;
    return ERR_OK;
}

/* --- Steps -------------------------------------------------------------------------------------- */

static enum err_code check_table(struct work *work, struct err *err)
{
    work->table.invocation = work->invocation;
    work->table.source = &work->source;
    work->table.reference = work->plan.reference;
    work->table.path = work->invocation->values[OPT_PUBLISH_TABLE];
    if (work->table.path)
        return gcp_table_check(&work->table, &work->session.arena, err);
    if (work->invocation->given[OPT_TABLE_SIGN_KEY] || work->invocation->given[OPT_REPLACE])
        return err_set(err, ERR_USAGE, "--table-sign-key and --replace are for the lookup table: give "
                       "--table FILE, too");
    return ERR_OK;
}

static enum err_code make_plan(struct work *work, struct err *err)
{
    if (choose_architecture(work, err) != ERR_OK || choose_name(work, err) != ERR_OK ||
        gcp_packing_begin(&work->packing, work->invocation, &work->source, work->request.folder,
                          &work->session.arena, err) != ERR_OK)
        return err->code;
    memcpy(work->request.digest, work->packing.record.image, SHA256_SIZE);
    work->request.disk_size = disk_padded(work->source.image->size, GCP_DISK_UNIT);
    if (work->request.disk_size > work->source.image->size)
        say_note(work->invocation, "%s: %llu bytes of zeros are added: disks are whole GiB",
                 work->source.place,
                 (unsigned long long)(work->request.disk_size - work->source.image->size));
    return gcp_plan_make(&work->request, &work->session.arena, &work->plan, err);
}

static enum err_code run_steps(struct work *work, struct err *err)
{
    struct gcp_steps *steps = &work->steps;

    steps->invocation = work->invocation;
    steps->plan = &work->plan;
    steps->packing = &work->packing;
    steps->arena = &work->session.arena;
    if (gcp_steps_run(steps, err) != ERR_OK)
        return err->code;
    if (!work->table.path || gcp_table_save(&work->table, &work->session.arena, err) == ERR_OK)
        return ERR_OK;
    return err_add(err, "the image is there (%s), and the table was not written", work->plan.reference);
}

static enum err_code publish(struct work *work, struct err *err)
{
    bool is_dry = work->invocation->given[OPT_DRY_RUN] > 0;

    if (take_options(work, err) != ERR_OK || take_timeouts(work, err) != ERR_OK ||
        (!is_dry && gcloud_options_find(work->invocation, &work->session.arena,
                                        &work->steps.gcloud, err) != ERR_OK) ||
        gcp_source_open(&work->session, &work->source, err) != ERR_OK ||
        (!is_dry && gcp_folder_open(work->request.folder, &work->folder, err) != ERR_OK) ||
        make_plan(work, err) != ERR_OK || check_table(work, err) != ERR_OK)
        return err->code;
    if (is_dry) {
        print_plan(work);
        return ERR_OK;
    }
    if (run_steps(work, err) != ERR_OK)
        return err->code;
    print_published(work);
    return ERR_OK;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation};
    enum err_code rc;

    work.folder.lock = -1;
    gcp_source_init(&work.source);
    rc = session_open(&work.session, invocation, err);
    if (rc == ERR_OK)
        rc = publish(&work, err);
    gcp_table_wipe(&work.table);
    gcp_source_close(&work.source);
    gcp_folder_close(&work.folder);
    session_close(&work.session);
    return rc;
}

static const enum option options[] = {
    OPT_PUBLISH_PROJECT, OPT_BUCKET,  OPT_LOCATION,   OPT_FAMILY,         OPT_CLOUD_NAME,
    OPT_ARCH,            OPT_SECURE_BOOT_KEYS,        OPT_PUBLISH_TABLE,  OPT_TABLE_SIGN_KEY,
    OPT_REPLACE,         OPT_CSP,     OPT_VARIANT,    OPT_LAYOUT,         OPT_KEY,
    OPT_BUNDLE_KEY,      OPT_TABLE_KEY, OPT_THRESHOLD, OPT_EXPIRED,       OPT_DRY_RUN,
    OPT_WORK_DIR,        OPT_GCLOUD,  OPT_GCLOUD_TIMEOUT, OPT_PROGRESS,   OPTION_COUNT,
};

const struct verb verb_publish_gcp = {
    .name = "publish gcp",
    .arguments = "SOURCE... [UID]",
    .summary = "Puts an image into a GCP project, and its reference into a lookup table",
    .details =
        "SOURCE is a bundle (an archive, its parts, or an OCI layout), the folder of a repository\n"
        "with the UID of a version, or a raw disk image, also in zstd. A bundle is checked with\n"
        "--bundle-key and --key; PCR 4, 9 and 11 of the image are derived and compared with its signed\n"
        "measurements; where there are none, that is said. Nothing of a raw disk is signed: keys that\n"
        "are given for one are refused.\n"
        "\n"
        "Bucket, archive and image are taken over if they are there and equal; nothing that is there is\n"
        "changed. So the same command once more goes on where the last one was broken off. --dry-run\n"
        "prints the commands for gcloud, which must be installed and logged in for all else.\n"
        "\n"
        "The folder of --secure-boot-keys has PK, KEK and db as certificates: PK.der, KEK.pem, db.crt,\n"
        "db-vendor.cer ... The table of --table is made if it is not there, and keeps its generation;\n"
        "a reference that it has is replaced only with --replace, and shown. The archive lies in the\n"
        "work folder (default: XDG_CACHE_HOME/sealift/publish, else ~/.cache/sealift/publish) until\n"
        "the image is made.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
