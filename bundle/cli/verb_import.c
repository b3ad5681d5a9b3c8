/* import FILE... --into DIR: a bundle becomes part of a repository, all of it or nothing. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/archive/bundle_input.h"
#include "bundle/archive/timestamp.h"
#include "bundle/cli/bundle_keys.h"
#include "bundle/cli/import_answer.h"
#include "bundle/cli/sign_key.h"
#include "bundle/cli/verbs.h"
#include "bundle/import/base_url.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/cli/progress.h"
#include "resolver/cli/say.h"

struct work {
    struct session session;
    struct bundle_keys keys;
    struct sign_keys table_keys;
    struct bundle_input input;
    struct trusted_bundle trusted;
    struct contents contents;
    uint8_t digest[SHA256_SIZE];
    struct import_settings settings;
    struct import_result result;
    struct progress progress;
};

/* --- What is said meanwhile --------------------------------------------------------------------- */

static void warn(void *ctx, const char *text)
{
    const struct work *work = ctx;

    say_warning(work->session.invocation, "%s", text);
}

static void note(void *ctx, const char *text)
{
    const struct work *work = ctx;

    say_note(work->session.invocation, "%s", text);
}

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct work *work = ctx;

    progress_show_average(&work->progress, done, total);
}

static void warn_of_contents(const struct work *work)
{
    const struct invocation *invocation = work->session.invocation;
    bool log = work->contents.log_unchecked;

    for (size_t i = 0; i < work->contents.count; i++) {
        const struct layer *layer = work->contents.list[i].layer;

        if (layer->is_unsigned)
            say_warning(invocation, "%s: was packed without a signature",
                        quote_bare(layer->title).text);
    }
    for (size_t i = 0; i < work->input.bundle.count; i++)
        log = log || work->trusted.signers[i].log_unchecked;
    if (log)
        say_note(invocation, "transparency-log entries are present and were not checked");
}

/* --- What was asked ----------------------------------------------------------------------------- */

static enum err_code read_epoch(int64_t *seconds, struct err *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    int64_t value = 0;

    if (!text || !text[0])
        return ERR_OK;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || value > TIMESTAMP_MAX / 10)
            return err_set(err, ERR_USAGE, "SOURCE_DATE_EPOCH %s: want seconds since 1970",
                           quote(slice_text(text)).text);
        value = value * 10 + (*digit - '0');
    }
    *seconds = value;
    return ERR_OK;
}

static enum err_code read_expired(const struct invocation *invocation, bool *takes,
                                  struct err *err)
{
    const char *text = invocation->values[OPT_EXPIRED];

    *takes = text && strcmp(text, "warn") == 0;
    if (text && !*takes && strcmp(text, "fail") != 0)
        return err_set(err, ERR_USAGE, "--expired %s: want fail or warn",
                       quote(slice_text(text)).text);
    return ERR_OK;
}

static enum err_code read_settings(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->session.invocation;
    struct import_settings *settings = &work->settings;
    const char *base = invocation->values[OPT_BASE_URL];

    if (!invocation->given[OPT_INTO])
        return err_set(err, ERR_USAGE, "no repository given: name its folder with --into DIR");
    if (base && invocation->given[OPT_KEEP_COMPRESSED])
        return err_set(err, ERR_USAGE, "--base-url and --keep-compressed exclude each other: "
                       "references are to raw images");
    if (base && base_url_parse(slice_text(base), &settings->base_url, err) != ERR_OK)
        return err->code;
    if (read_expired(invocation, &settings->takes_expired, err) != ERR_OK)
        return err->code;
    settings->keep_compressed = invocation->given[OPT_KEEP_COMPRESSED] > 0;
    settings->is_deep = invocation->given[OPT_DEEP] > 0;
    settings->replace = invocation->given[OPT_REPLACE] > 0;
    settings->allow_rollback = invocation->given[OPT_ALLOW_ROLLBACK] > 0;
    settings->now = settings->receipt_time = (int64_t)time(NULL);
    settings->program = "sealift " SEALIFT_VERSION;
    settings->listener =
        (struct import_listener){.ctx = work, .warn = warn, .note = note, .progress = show_progress};
    return read_epoch(&settings->receipt_time, err);
}

/* --- The order of it all ------------------------------------------------------------------------ */

static enum err_code check_bundle(struct work *work, struct err *err)
{
    struct arena *arena = &work->session.arena;

    if (bundle_verify(&work->input.bundle, &work->keys.bundles, arena, &work->trusted, err) !=
            ERR_OK ||
        bundle_keys_contents(&work->keys, &work->trusted, arena, &work->contents, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(work->input.files[0].name)).text);
    bundle_digest(&work->input.bundle, work->digest);
    return ERR_OK;
}

static enum err_code put_into(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->session.invocation;
    struct import_settings *settings = &work->settings;
    struct repository repository;
    enum err_code rc;

    settings->trusted = &work->trusted;
    settings->contents = &work->contents;
    settings->digest = work->digest;
    settings->table_keys = work->table_keys.list;
    settings->table_key_names = work->table_keys.names;
    settings->table_key_count = work->table_keys.count;
    if (progress_begin(&work->progress, invocation, "importing", err) != ERR_OK ||
        repository_open(invocation->values[OPT_INTO], &repository, err) != ERR_OK)
        return err->code;
    rc = import_run(settings, &repository, &work->session.arena, &work->result, err);
    if (rc == ERR_OK)
        repository_close(&repository);
    else
        repository_undo(&repository);
    progress_end(&work->progress);
    if (rc == ERR_CORRUPT)
        err_add(err, "%s", quote_bare(slice_text(work->input.files[0].name)).text);
    return rc;
}

static enum err_code import(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->session.invocation;
    enum err_code rc;

    if (bundle_input_open(invocation->arguments, invocation->argument_count, &work->session.arena,
                          &work->input, err) != ERR_OK)
        return err->code;
    rc = check_bundle(work, err);
    if (rc == ERR_OK) {
        warn_of_contents(work);
        rc = put_into(work, err);
    }
    if (rc == ERR_OK)
        import_answer(invocation, &work->settings, &work->result);
    else
        rc = bundle_input_blame(&work->input, rc, err);
    bundle_input_close(&work->input);
    return rc;
}

static enum err_code prepare_and_import(struct work *work, struct err *err)
{
    enum err_code rc;

    if (read_settings(work, err) != ERR_OK ||
        bundle_keys_read(&work->session, &work->keys, err) != ERR_OK)
        return err->code;
    rc = sign_keys_read(work->session.invocation, OPT_TABLE_SIGN_KEY, &work->session.arena,
                        &work->table_keys, err);
    if (rc == ERR_OK)
        rc = import(work, err);
    sign_keys_wipe(&work->table_keys);
    return rc;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct arena memory;
    struct work *work;
    enum err_code rc;

    arena_init_heap(&memory, 2 * sizeof *work);
    work = arena_alloc(&memory, sizeof *work, err);
    if (!work)
        return err->code;
    rc = session_open(&work->session, invocation, err);
    if (rc == ERR_OK)
        rc = prepare_and_import(work, err);
    session_close(&work->session);
    arena_clear(&memory);
    return rc;
}

static const enum option options[] = {
    OPT_INTO,           OPT_BUNDLE_KEY, OPT_KEY,            OPT_TABLE_KEY,
    OPT_THRESHOLD,      OPT_BASE_URL,   OPT_TABLE_SIGN_KEY, OPT_KEEP_COMPRESSED,
    OPT_DEEP,           OPT_REPLACE,    OPT_ALLOW_ROLLBACK, OPT_EXPIRED,
    OPT_PROGRESS,       OPTION_COUNT};

const struct verb verb_import = {
    .name = "import",
    .arguments = "FILE...",
    .summary = "Puts a bundle into a repository, all of it or nothing",
    .details =
        "FILE is an archive, the parts of a split one (in any order, from several folders), or a\n"
        "folder that is an OCI layout. The bundle is checked as verify does. Then everything is\n"
        "staged in DIR/.sealift, every byte checked on its way, and only then moved into place,\n"
        "lookup tables last. A run that was broken off is completed by running it again; running\n"
        "it twice changes nothing. DIR is made if it is not there.\n"
        "\n"
        "What is there under the same path with other contents is refused without --replace.\n"
        "Lookup tables are merged: what the bundle adds is added, what the site has changed stays;\n"
        "a table that is not as carried has the carried one beside it, as .upstream. A version\n"
        "older than one that the repository has had (of the same MAJOR.MINOR) is refused without\n"
        "--allow-rollback, likewise a change of a table by a bundle that was made before another one\n"
        "of the same version that was imported; and a bundle past its best-before date without\n"
        "--expired=warn.\n"
        "\n"
        "With --base-url the qemu and openstack references to images of the bundle point at the\n"
        "site's own web server. A table that was signed must then be signed anew, with\n"
        "--table-sign-key; given that, every table that is imported gets this signature.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
