/* pack UID...: image, table, measurements and their signatures into one archive. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/archive/timestamp.h"
#include "bundle/cli/pack_answer.h"
#include "bundle/cli/pack_defaults.h"
#include "bundle/cli/pack_options.h"
#include "bundle/cli/verbs.h"
#include "bundle/pack/pack_binding.h"
#include "bundle/pack/pack_files.h"
#include "bundle/pack/pack_stored.h"
#include "bundle/sign/signer.h"
#include "resolver/base/quote.h"
#include "resolver/cli/progress.h"
#include "resolver/cli/session.h"

#define YEAR_2020 1577836800 /* seconds since 1970 */
#define HOLE_COST 128        /* bytes of the archive that a MiB of zeros takes at most */

struct work {
    struct invocation *invocation;
    struct session session;
    struct pack_options options;
    struct pack_repository repository;
    bool has_repository;
    struct pack_policy policy;
    struct pack_files *files;
    struct pack_raws raws;
    struct pack_release *releases; /* one a uid */
    size_t release_count;
    struct sign_keys signers;
    struct bundle_plan plan;
    struct pack_output output;
    struct progress progress;
    uint64_t raw_size; /* of all images */
};

/* --- What goes in ------------------------------------------------------------------------------- */

/* Among files alone, no repository is read unless it is named. */
static enum err_code open_sources(struct work *work, struct err *err)
{
    struct session *session = &work->session;
    bool has_files = work->options.has_documents || work->options.image_count > 0;

    work->has_repository = !has_files || work->invocation->given[OPT_REPOSITORY];
    if (session_keys(session, err) || session_table_keys(session, err))
        return err->code;
    work->policy =
        (struct pack_policy){.keys = &session->keys,
                             .table_keys = &session->table_keys,
                             .allow_unsigned = work->invocation->given[OPT_ALLOW_UNSIGNED] > 0};
    if (!work->has_repository)
        return ERR_OK;
    if (session_sources(session, false, err))
        return err->code;
    work->repository = (struct pack_repository){
        .source = session->finder.repository,
        .dir = session->finder.repository == &session->directory.source ? &session->directory
                                                                        : NULL,
        .layout = session->finder.layout};
    return ERR_OK;
}

static enum err_code read_files(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct arena *arena = &work->session.arena;

    work->files = arena_alloc(arena, sizeof *work->files, err);
    if (!work->files)
        return err->code;
    for (size_t i = 0; i < invocation->given[OPT_TABLE]; i++) {
        if (pack_files_table(work->files, invocation->repeated[OPT_TABLE][i], arena, err))
            return err->code;
    }
    for (size_t i = 0; i < invocation->given[OPT_MEASUREMENTS]; i++) {
        if (pack_files_measurements(work->files, invocation->repeated[OPT_MEASUREMENTS][i], arena,
                                    err))
            return err->code;
    }
    for (size_t i = 0; i < invocation->given[OPT_SIGNATURE]; i++) {
        if (pack_files_signature(work->files, invocation->repeated[OPT_SIGNATURE][i],
                                 &work->policy, arena, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code add_images(struct work *work, struct pack_release *release, struct err *err)
{
    const struct pack_images images = {
        .repository = work->has_repository ? &work->repository : NULL,
        .csps = &work->options.csps,
        .files = work->options.images,
        .file_count = work->options.image_count,
        .raws = &work->raws,
    };

    if (work->invocation->given[OPT_NO_IMAGES])
        return ERR_OK;
    if (network_open(&work->session.network, work->invocation, err))
        return err->code;
    work->raws.fetch = work->session.network.fetch;
    return pack_images_add(&images, release, &work->session.arena, err);
}

static void warn_of_release(const struct work *work, const struct pack_release *release)
{
    bool has_said[CSP_COUNT] = {false};

    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        const struct table *table = release->tables[layout];

        for (size_t i = 0; table && i < table->count; i++) {
            enum csp csp = table->entries[i].csp;

            if (!work->options.csps.wants[csp] || release->has_measurements[csp] || has_said[csp])
                continue;
            has_said[csp] = true;
            say_warning(work->invocation, "%s: its table has images for %s, but there are no measurements",
                        release->uid.text, csp_name(csp));
        }
    }
    for (size_t i = 0; i < release->count; i++) {
        if (release->items[i].is_unsigned)
            say_warning(work->invocation, "%s: no given key has signed it: marked as unsigned",
                        quote_bare(release->items[i].title).text);
    }
}

static void note_binding(void *ctx, const char *text)
{
    const struct work *work = ctx;

    say_note(work->invocation, "%s", text);
}

static enum err_code collect(struct work *work, struct err *err)
{
    const struct pack_listener listener = {.note = note_binding, .ctx = work};
    struct arena *arena = &work->session.arena;

    for (size_t i = 0; i < work->release_count; i++) {
        struct pack_release *release = &work->releases[i];

        if (pack_files_add(work->files, work->release_count == 1, &work->policy, release, arena,
                           err) ||
            (work->has_repository &&
             pack_source_add(&work->repository, &work->options.csps, &work->policy, release, arena,
                             err)) ||
            pack_source_check(release, &work->options.csps, &work->policy, err) ||
            add_images(work, release, err) ||
            pack_extras_add(work->options.extras, work->options.extra_count, release, arena, err) ||
            pack_binding_check(release, &listener, arena, err))
            return err->code;
        warn_of_release(work, release);
    }
    return ERR_OK;
}

/* --- Which versions ----------------------------------------------------------------------------- */

static bool has_release(const struct work *work, const struct uid *uid)
{
    for (size_t i = 0; i < work->release_count; i++) {
        if (uid_equal(&work->releases[i].uid, uid))
            return true;
    }
    return false;
}

/* Every file must find its release. Where no version is asked for, the files say which. */
static enum err_code place_files(struct work *work, struct err *err)
{
    bool follows_files = work->options.uid_count == 0;

    for (size_t i = 0; i < work->files->count; i++) {
        const struct pack_file *file = &work->files->list[i];

        if (follows_files && file->has_uid && !has_release(work, &file->uid))
            work->releases[work->release_count++].uid = file->uid;
    }
    for (size_t i = 0; i < work->files->count; i++) {
        const struct pack_file *file = &work->files->list[i];

        if (file->has_uid && !has_release(work, &file->uid))
            return err_set(err, ERR_FORGED, "%s: is of %s, which is not asked for",
                           pack_show(file->path).text, file->uid.text);
        if (!file->has_uid && work->release_count != 1)
            return err_set(err, ERR_USAGE,
                           "%s: the table does not say of which version it is: name the one UID",
                           pack_show(file->path).text);
    }
    return ERR_OK;
}

static enum err_code start_releases(struct work *work, struct err *err)
{
    const struct pack_options *options = &work->options;
    size_t most = options->uid_count + PACK_FILES_MAX;

    work->releases = arena_array(&work->session.arena, most, sizeof *work->releases, err);
    if (!work->releases)
        return err->code;
    for (size_t i = 0; i < options->uid_count; i++)
        work->releases[i].uid = options->uids[i];
    work->release_count = options->uid_count;
    if (place_files(work, err))
        return err->code;
    if (work->release_count == 0)
        return err_set(err, ERR_USAGE, "no version given: name at least one UID");
    if (options->image_count > 0 && work->release_count > 1)
        return err_set(err, ERR_USAGE, "--image goes with one version alone, there are %zu",
                       work->release_count);
    return ERR_OK;
}

/* --- The plan ----------------------------------------------------------------------------------- */

static enum err_code sign(void *ctx, const uint8_t digest[SHA256_SIZE], struct signature *signature,
                          struct err *err)
{
    return signer_sign(ctx, digest, signature, err);
}

static enum err_code make_signers(struct work *work, struct err *err)
{
    size_t count = work->signers.count;
    struct bundle_signer *signers =
        arena_array(&work->session.arena, count, sizeof *signers, err);

    if (!signers)
        return err->code;
    for (size_t i = 0; i < count; i++)
        signers[i] = (struct bundle_signer){
            .ctx = &work->signers.list[i], .key = &work->signers.list[i].public, .sign = sign};
    work->plan.signers = signers;
    work->plan.signer_count = count;
    if (count == 0)
        say_warning(work->invocation,
                    "the bundle is not signed: nobody can tell who made it (--sign-key FILE)");
    return ERR_OK;
}

static enum err_code make_plan(struct work *work, struct err *err)
{
    const struct pack_options *options = &work->options;
    struct bundle_release *releases =
        arena_array(&work->session.arena, work->release_count, sizeof *releases, err);

    if (!releases)
        return err->code;
    for (size_t i = 0; i < work->release_count; i++)
        releases[i] = (struct bundle_release){.uid = work->releases[i].uid,
                                              .items = work->releases[i].items,
                                              .item_count = work->releases[i].count};
    work->plan = (struct bundle_plan){.releases = releases,
                                      .release_count = work->release_count,
                                      .created = options->created,
                                      .best_before = options->best_before,
                                      .program = "sealift " SEALIFT_VERSION,
                                      .others = options->annotations,
                                      .level = options->level,
                                      .settings.threads = options->threads};
    if (options->is_created_now && options->created < YEAR_2020)
        say_warning(work->invocation, "the clock is before 2020, and the bundle will say so: set it, or "
                                      "SOURCE_DATE_EPOCH");
    return make_signers(work, err);
}

/* What the bundle can take at most; holes take next to nothing. */
static enum err_code check_space(struct work *work, struct err *err)
{
    uint64_t most, holes, saved;

    if (bundle_plan_check(&work->plan, &work->session.arena, &most, err))
        return err->code;
    pack_raws_size(&work->raws, &work->raw_size, &holes);
    saved = holes - (holes / FRAMES_RAW_SIZE + 1) * HOLE_COST;
    if (saved < holes && saved < most)
        most -= saved;
    return pack_output_check_space(&work->output, most, err);
}

/* --- Writing ------------------------------------------------------------------------------------ */

static void report(void *ctx, uint64_t bytes_read)
{
    struct work *work = ctx;

    progress_show(&work->progress, bytes_read, work->raw_size, 0);
}

static enum err_code write_file(struct work *work, struct bundle_written *written,
                                struct err *err)
{
    struct output output = pack_output_file(&work->output);

    return bundle_write(&work->plan, &output, &work->session.arena, written, err);
}

static enum err_code write_parts(struct work *work, struct bundle_written *written,
                                 uint32_t *parts, struct err *err)
{
    struct part_store store = pack_output_parts(&work->output);
    struct bundle_split split;
    struct output output = bundle_split_output(&split, &store, work->options.body_size);

    if (bundle_write(&work->plan, &output, &work->session.arena, written, err))
        return err->code;
    return bundle_split_finish(&split, work->plan.signers, work->plan.signer_count,
                               &work->session.arena, parts, err);
}

/* Images that could be read once only: now they are in a file. */
static enum err_code check_streamed(struct work *work, uint64_t size, struct err *err)
{
    const struct pack_listener listener = {.note = note_binding, .ctx = work};
    struct image archive;

    if (!pack_stored_has(work->releases, work->release_count))
        return ERR_OK;
    if (pack_output_image(&work->output, work->options.body_size, size, &archive, err))
        return err->code;
    return pack_stored_check(work->releases, work->release_count, &archive, &listener, err);
}

static enum err_code write_bundle(struct work *work, struct err *err)
{
    struct bundle_written written;
    struct pack_answer answer = {.plan = &work->plan,
                                 .written = &written,
                                 .releases = work->releases,
                                 .signers = &work->signers,
                                 .output = &work->output,
                                 .path = work->options.output};
    enum err_code rc;

    pack_answer_note(&answer, work->invocation);
    if (progress_begin(&work->progress, work->invocation, "packing", err))
        return err->code;
    work->raws.ctx = work;
    work->raws.report = report;
    rc = work->options.body_size ? write_parts(work, &written, &answer.parts, err)
                                 : write_file(work, &written, err);
    progress_end(&work->progress);
    if (rc)
        return err_add(err, "%s", quote_bare(slice_text(work->options.output)).text);
    if (pack_raws_unchanged(&work->raws, err) || check_streamed(work, written.size, err) ||
        pack_output_commit(&work->output, answer.parts, err))
        return err->code;
    if (pack_raws_cleartext(&work->raws))
        say_warning(work->invocation, "an image came over http://, where whoever is on the way can "
                                      "change it");
    pack_answer_print(&answer, work->invocation);
    return ERR_OK;
}

static enum err_code pack(struct work *work, struct err *err)
{
    struct invocation *invocation = work->invocation;

    if (pack_defaults_read(invocation, &work->session.arena, err))
        return err->code;
    work->session.question.repository = invocation->values[OPT_REPOSITORY];
    if (pack_options_read(invocation, (int64_t)time(NULL), getenv("SOURCE_DATE_EPOCH"),
                          &work->session.arena, &work->options, err) ||
        open_sources(work, err) ||
        sign_keys_read(invocation, OPT_SIGN_KEY, &work->session.arena, &work->signers, err) ||
        pack_output_open(work->options.output, &work->output, err) ||
        read_files(work, err) || start_releases(work, err) || collect(work, err) || make_plan(work, err) ||
        check_space(work, err))
        return err->code;
    return write_bundle(work, err);
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation, .output = {.folder = -1, .fd = -1}};
    enum err_code rc = session_open(&work.session, invocation, err);

    work.raws.arena = &work.session.arena;
    if (!rc)
        rc = pack(&work, err);
    pack_output_close(&work.output);
    if (work.files)
        pack_files_close(work.files);
    pack_raws_close(&work.raws);
    sign_keys_wipe(&work.signers);
    session_close(&work.session);
    return rc;
}

static const enum option options[] = {
    OPT_BUNDLE,         OPT_SPEC,      OPT_TABLE,     OPT_MEASUREMENTS, OPT_SIGNATURE, OPT_RAW_IMAGE,
    OPT_CSPS,           OPT_NO_IMAGES, OPT_EXTRA,      OPT_REPOSITORY, OPT_LAYOUT,
    NETWORK_OPTIONS,    OPT_KEY,       OPT_TABLE_KEY, OPT_THRESHOLD,  OPT_SIGN_KEY,
    OPT_ALLOW_UNSIGNED, OPT_SPLIT,     OPT_LEVEL,     OPT_THREADS,    OPT_BEST_BEFORE,
    OPT_ANNOTATION,     OPT_PROGRESS,  OPTION_COUNT,
};

const struct verb verb_pack = {
    .name = "pack",
    .arguments = "[UID ...]",
    .summary = "Packs images, lookup tables, measurements and their signatures into one archive",
    .details =
        "Everything that the repository has for each UID goes in: lookup tables, measurements, all\n"
        "their signature files, raw images; for qemu and openstack the image behind the table's URL.\n"
        "Single files (--table, --measurements, --image) go in place of the repository's; with them,\n"
        "a repository is read only if --repository names one. Signatures beside them are taken along.\n"
        "\n"
        "Measurements must be signed by a key given, signed tables too; --allow-unsigned packs what\n"
        "is not, and marks it for ever. What is signed wrongly is never packed. An image is compared\n"
        "with the measurements of its cloud: a file before it is packed, one from the network after.\n"
        "\n"
        "Further files (--extra: SBOMs, notes, public keys) are carried for each UID, and import puts\n"
        "them where PATH says; who signs the bundle stands behind them.\n"
        "\n"
        "A pack specification (--file pack.yaml) has a field for each of these options; what is on\n"
        "the command line goes before what it says.\n"
        "\n"
        "The bundle is signed with each --sign-key. The same inputs and SOURCE_DATE_EPOCH give the\n"
        "same bytes. FILE.part is renamed when all is there; what an interrupted run leaves of it is\n"
        "used again or removed by the next one.\n",
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
