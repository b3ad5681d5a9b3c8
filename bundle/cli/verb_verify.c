/* verify FILE...: checks a bundle, or one part of one, from its structure to its last byte. */
#include <time.h>

#include "bundle/archive/ring.h"
#include "bundle/cli/bundle_keys.h"
#include "bundle/cli/verbs.h"
#include "bundle/cli/verify_answer.h"
#include "bundle/import/best_before.h"
#include "bundle/verify/blobs.h"
#include "bundle/verify/image_binding.h"
#include "resolver/base/quote.h"
#include "resolver/cli/progress.h"
#include "resolver/cli/say.h"

#define CLOCK_MIN 1577836800 /* 2020-01-01: a clock that says less has not been set */

struct work {
    struct session session;
    struct bundle_keys keys;
    struct bundle_input input;
    struct trusted_bundle trusted;
    struct contents contents;
    struct blobs_check how;
    struct verify_comparison *comparisons, **comparisons_end;
    struct progress progress;
};

/* --- The bytes ---------------------------------------------------------------------------------- */

static void show(void *ctx, uint64_t done, uint64_t total)
{
    struct work *work = ctx;

    progress_show_average(&work->progress, done, total);
}

static enum err_code parse_threads(const struct invocation *invocation, unsigned *threads,
                                   struct err *err)
{
    const char *text = invocation->values[OPT_THREADS];
    unsigned value = 0;

    for (const char *digit = text; digit && *digit; digit++) {
        value = *digit >= '0' && *digit <= '9' ? value * 10 + (unsigned)(*digit - '0') : 1000;
        if (value >= 1000)
            break;
    }
    if (text && (value == 0 || value > RING_WORKERS_MAX))
        return err_set(err, ERR_USAGE, "--threads %s: want a number from 1 to %d",
                       quote(slice_text(text)).text, RING_WORKERS_MAX);
    *threads = value;
    return ERR_OK;
}

static enum err_code check_bytes(struct work *work, struct err *err)
{
    enum err_code rc;

    work->how.ctx = work;
    work->how.progress = work->progress.kind == PROGRESS_NONE ? NULL : show;
    rc = blobs_check(&work->trusted, &work->contents, &work->how, err);
    progress_end(&work->progress);
    return rc;
}

static void note_binding(void *ctx, const char *line)
{
    const struct work *work = ctx;

    say_note(work->session.invocation, "%s", line);
}

static enum err_code keep_comparison(void *ctx, const struct image_comparison *comparison,
                                     struct err *err)
{
    struct work *work = ctx;
    struct verify_comparison *kept = arena_alloc(&work->session.arena, sizeof *kept, err);

    if (!kept)
        return err->code;
    *kept = (struct verify_comparison){.comparison = *comparison};
    *work->comparisons_end = kept;
    work->comparisons_end = &kept->next;
    return ERR_OK;
}

/* With --deep: that the images are those that the measurements describe. */
static enum err_code check_images(struct work *work, struct err *err)
{
    const struct binding_listener listener = {
        .note = note_binding, .compared = keep_comparison, .ctx = work};

    work->comparisons_end = &work->comparisons;
    if (!work->how.is_deep)
        return ERR_OK;
    return image_binding_check_all(&work->trusted, &work->contents, &listener, err);
}

/* --- The keys ------------------------------------------------------------------------------------ */

static enum err_code want_key(const struct work *work, struct err *err)
{
    if (work->keys.bundles.count > 0)
        return ERR_OK;
    return err_set(err, ERR_NO_KEY,
                   "no key to check the bundle with: give --key FILE or --bundle-key FILE");
}

/* --- The whole ---------------------------------------------------------------------------------- */

static enum err_code check_missing(const struct bundle *bundle, struct err *err)
{
    if (!bundle->missing)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "%s: is listed by the other manifests, and its own is missing",
                   bundle->missing->text);
}

static enum err_code check_bundle(struct work *work, struct err *err)
{
    struct arena *arena = &work->session.arena;
    struct bundle_keys *keys = &work->keys;

    if (want_key(work, err) ||
        bundle_verify(&work->input.bundle, &keys->bundles, arena, &work->trusted, err) ||
        check_missing(&work->input.bundle, err) ||
        bundle_keys_contents(keys, &work->trusted, arena, &work->contents, err))
        return err->code;
    return check_bytes(work, err) ? err->code : check_images(work, err);
}

/* Whether any best-before date has passed; a clock that cannot be right judges nothing. */
static bool is_expired(const struct work *work)
{
    const struct bundle *bundle = &work->input.bundle;
    int64_t now = (int64_t)time(NULL);
    bool expired = false;

    for (size_t i = 0; i < bundle->count; i++) {
        const struct manifest *manifest = &bundle->manifests[i].manifest;
        struct err why;

        if (best_before_check(manifest, now, &why) == ERR_OK)
            continue;
        say_warning(work->session.invocation, "%s", why.msg);
        expired = expired || (now >= CLOCK_MIN && now > manifest->best_before);
    }
    return expired;
}

static bool has_log(const struct work *work)
{
    bool has = work->contents.log_unchecked;

    for (size_t i = 0; i < work->input.bundle.count; i++)
        has = has || work->trusted.signers[i].log_unchecked;
    return has;
}

static void report(const struct work *work)
{
    struct verify_answer report = {.invocation = work->session.invocation,
                                   .input = &work->input,
                                   .trusted = &work->trusted,
                                   .contents = &work->contents,
                                   .comparisons = work->comparisons,
                                   .is_deep = work->how.is_deep,
                                   .is_expired = is_expired(work),
                                   .log_unchecked = has_log(work)};

    if (report.log_unchecked)
        say_note(report.invocation, "transparency-log entries are present and were not checked");
    verify_answer_print(&report);
}

static enum err_code check_whole(struct work *work, struct err *err)
{
    struct bundle_signers signers;

    if (bundle_input_read(&work->input, &work->session.arena, err))
        return err->code;
    if (work->input.parts && work->keys.bundles.count > 0 &&
        bundle_part_trust(&work->input.parts->first, &work->keys.bundles, &signers, err))
        return err_add(err, "header of the parts");
    if (check_bundle(work, err)) {
        err_add(err, "%s", quote_bare(slice_text(work->input.files[0].name)).text);
        return bundle_input_blame(&work->input, err->code, err);
    }
    report(work);
    return ERR_OK;
}

/* --- One part ----------------------------------------------------------------------------------- */

static enum err_code read_part(struct work *work, struct bundle_part *part,
                               struct bundle_signers *signers, struct err *err)
{
    const struct image *image = &work->input.files[0].image;

    if (want_key(work, err) || bundle_part_trust(part, &work->keys.bundles, signers, err))
        return err->code;
    return bundle_parts_check(image, part, err);
}

/* Checks one of several parts by itself; *is_alone is false where it is the only one there is. */
static enum err_code check_part(struct work *work, bool *is_alone, struct err *err)
{
    const struct bundle_part_file *file = &work->input.files[0];
    struct bundle_signers signers;
    struct bundle_part part;
    enum err_code rc = bundle_parts_read(&file->image, &work->session.arena, &part, err);

    *is_alone = rc != ERR_OK || part.set.count > 1;
    if (rc == ERR_OK && *is_alone)
        rc = read_part(work, &part, &signers, err);
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
    if (*is_alone)
        verify_answer_part(work->session.invocation, file->name, &part, &signers);
    return ERR_OK;
}

/* --- The verb ----------------------------------------------------------------------------------- */

static enum err_code check_input(struct work *work, struct err *err)
{
    bool is_alone = false;

    if (work->input.kind == INPUT_PARTS && work->input.count == 1 &&
        check_part(work, &is_alone, err))
        return err->code;
    return is_alone ? ERR_OK : check_whole(work, err);
}

static enum err_code check(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->session.invocation;
    enum err_code rc;

    work->how.is_deep = invocation->given[OPT_DEEP] > 0;
    if (parse_threads(invocation, &work->how.settings.threads, err) ||
        progress_begin(&work->progress, invocation, "verifying", err) ||
        bundle_keys_read(&work->session, &work->keys, err) ||
        bundle_input_find(invocation->arguments, invocation->argument_count, &work->session.arena,
                          &work->input, err))
        return err->code;
    rc = check_input(work, err);
    if (rc == ERR_OK)
        rc = bundle_input_unchanged(&work->input, err);
    bundle_input_close(&work->input);
    return rc;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {0};
    enum err_code rc = session_open(&work.session, invocation, err);

    if (rc == ERR_OK)
        rc = check(&work, err);
    session_close(&work.session);
    return rc;
}

static const enum option options[] = {OPT_BUNDLE_KEY, OPT_KEY,     OPT_TABLE_KEY, OPT_THRESHOLD,
                                      OPT_DEEP,       OPT_THREADS, OPT_PROGRESS,  OPTION_COUNT};

const struct verb verb_verify = {
    .name = "verify",
    .arguments = "FILE...",
    .summary = "Checks a bundle: structure, signatures, every byte",
    .details =
        "FILE is an archive, the parts of a split one (in any order), or a folder that is an OCI\n"
        "layout. Checked are, in this order: that the archive is byte for byte what its manifests\n"
        "and signatures make it; the signatures of the manifests; every table, measurements and\n"
        "signature in it; and the digest of every file. With --deep images are decompressed, too,\n"
        "the digest of each raw image is checked (that of one that a key signed raw always is), and\n"
        "PCR 4, 9 and 11 of each are derived and compared with the measurements, where both can be\n"
        "(--verbose says what was compared).\n"
        "\n"
        "One part alone is checked against its own signed header; the others need not be there.\n"
        "\n"
        "Measurements must be signed by a key of --key, unless they were packed as unsigned, which\n"
        "is said. With --table-key tables must be signed, too. Without --bundle-key and --key the\n"
        "default folders count (bundles/, measurements/, tables/).\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
