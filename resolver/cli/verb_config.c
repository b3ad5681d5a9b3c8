/* config generate, config fetch-measurements: a constellation-conf.yaml to start with, and
 * verified measurements written into an existing one. */
#include <string.h>
#include <sys/stat.h>

#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"
#include "resolver/cli/config_template.h"
#include "resolver/cli/session.h"
#include "resolver/cli/verbs.h"
#include "resolver/core/config_edit.h"
#include "resolver/core/measurements_format.h"
#include "resolver/core/versions.h"
#include "resolver/source/file.h"

#define DEFAULT_CONFIG "constellation-conf.yaml"

static bool is_standard_output(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

/* Where the config goes: a file, replaced as a whole, or standard output; with --json that is a
 * member of the answer. */
static enum err_code deliver(struct session *session, const char *path, struct slice bytes,
                             struct err *err)
{
    if (is_standard_output(path)) {
        if (!session->invocation->given[OPT_JSON])
            buf_add(session->invocation->out, bytes);
        return ERR_OK;
    }
    if (file_replace(path, 0644, bytes, err))
        return err->code;
    say_note(session->invocation, "written: %s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

/* "written": PATH, or "config": the text. */
static void report_delivery(const char *path, struct slice bytes, struct json_writer *json)
{
    if (is_standard_output(path))
        json_member_slice(json, "config", bytes);
    else
        json_member(json, "written", path);
}

static enum err_code choose_image(struct session *session, struct uid *uid, struct err *err)
{
    const char *image = session->invocation->values[OPT_IMAGE];

    if (image)
        return uid_parse(slice_text(image), uid, err);
    if (session_sources(session, false, err) ||
        versions_latest(session->finder.repository, session->finder.layout, SLICE("-"),
                        SLICE("stable"), &session->arena, uid, err))
        return err_add(err, "no --image given, and the newest version cannot be told");
    say_warning(session->invocation, "image %s is the newest in a list that is not signed", uid->text);
    return ERR_OK;
}

static void report_generated(struct session *session, const struct uid *uid, enum csp csp,
                             struct slice bytes)
{
    const struct invocation *invocation = session->invocation;
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON])
        return;
    json_begin_map(&json);
    json_member(&json, "uid", uid->text);
    json_member(&json, "csp", csp_name(csp));
    report_delivery(invocation->values[OPT_OUTPUT], bytes, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

/* A config that its user has filled in is not replaced by an empty one. */
static enum err_code check_new(const char *path, struct err *err)
{
    struct stat status;

    if (is_standard_output(path) || lstat(path, &status))
        return ERR_OK;
    return err_set(err, ERR_POLICY, "%s: is there already, and is not replaced: remove it first",
                   quote_bare(slice_text(path)).text);
}

static enum err_code generate(struct session *session, struct err *err)
{
    const struct invocation *invocation = session->invocation;
    struct slice csp = slice_text(invocation->arguments[0]);
    enum csp chosen = csp_parse(csp);
    struct uid uid;
    struct buf text;
    enum err_code rc;

    if (chosen == CSP_NONE)
        return err_set(err, ERR_USAGE, "csp %s: want one of %s", quote(csp).text, csp_names());
    if (check_new(invocation->values[OPT_OUTPUT], err) || choose_image(session, &uid, err))
        return err->code;
    buf_init_heap(&text, CONFIG_MAX_BYTES);
    config_template(chosen, &uid, session->question.repository, &text);
    rc = buf_done(&text, err);
    if (!rc)
        rc = deliver(session, invocation->values[OPT_OUTPUT], buf_slice(&text), err);
    if (!rc)
        report_generated(session, &uid, chosen, buf_slice(&text));
    buf_clear(&text);
    return rc;
}

static enum err_code run_generate(struct invocation *invocation, struct err *err)
{
    struct session session;
    enum err_code rc = session_open(&session, invocation, err);

    if (!rc)
        rc = generate(&session, err);
    session_close(&session);
    return rc;
}

struct fetched {
    struct config config;
    struct request request;
    struct verified verified;
    struct origin origin;
    struct measurements measurements;
    const char *location; /* of the measurements */
};

/* Measurements of one variant do not belong under the name of another. */
static enum err_code check_variant(const struct fetched *fetched, struct err *err)
{
    const struct config *config = &fetched->config;

    if (!config->variant.len || variant_same(config->csp, config->variant, fetched->request.variant))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--variant %s: the config is for %s",
                   quote(fetched->request.variant).text, quote(config->variant).text);
}

static enum err_code fetch(struct session *session, const char *path, struct fetched *fetched,
                           struct err *err)
{
    if (session_request(session, &fetched->request, err))
        return err->code;
    if (config_parse(session->config_bytes, fetched->request.csp, &session->arena, &fetched->config,
                     err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    if (check_variant(fetched, err) || session_keys(session, err) || session_sources(session, false, err) ||
        find_measurements(&session->finder, &fetched->request.uid, fetched->request.csp,
                          &session->keys, &session->arena, &fetched->verified, &fetched->origin,
                          err))
        return err->code;
    if (measurements_parse(&fetched->verified, &fetched->request, &session->arena,
                           &fetched->measurements, err))
        return err_add(err, "%s", answer_quoted(&fetched->origin).text);
    fetched->location = answer_location(&fetched->origin, &session->arena, err);
    return fetched->location ? ERR_OK : err->code;
}

static void report(const struct session *session, const char *path, const struct fetched *fetched,
                   struct slice edited)
{
    struct json_writer json = json_writer_to(session->invocation->out, 0);

    if (!session->invocation->given[OPT_JSON])
        return;
    json_begin_map(&json);
    json_member(&json, "uid", fetched->request.uid.text);
    json_member(&json, "csp", csp_name(fetched->request.csp));
    json_key(&json, "measurements");
    measurements_format_map(&fetched->measurements, &json);
    json_member(&json, "location", fetched->location);
    answer_signers(&json, fetched->verified.signers, fetched->verified.signer_count);
    report_delivery(path, edited, &json);
    json_end_map(&json);
    buf_add_byte(session->invocation->out, '\n');
}

static enum err_code fetch_measurements(struct session *session, struct err *err)
{
    const struct invocation *invocation = session->invocation;
    const char *path = session->question.config;
    const char *output = invocation->values[OPT_OUTPUT] ? invocation->values[OPT_OUTPUT] : path;
    struct fetched fetched;
    struct buf edited;
    enum err_code rc;

    if (fetch(session, path, &fetched, err))
        return err->code;
    buf_init_heap(&edited, 2 * CONFIG_MAX_BYTES);
    rc = config_edit(session->config_bytes, &fetched.config, &fetched.measurements, &session->arena,
                     &edited, err);
    if (rc)
        err_add(err, "%s", quote_bare(slice_text(path)).text);
    if (!rc)
        rc = deliver(session, output, buf_slice(&edited), err);
    if (!rc)
        report(session, output, &fetched, buf_slice(&edited));
    buf_clear(&edited);
    return rc;
}

static enum err_code run_fetch(struct invocation *invocation, struct err *err)
{
    struct session session;
    enum err_code rc;

    if (!invocation->values[OPT_CONFIG])
        invocation->values[OPT_CONFIG] = DEFAULT_CONFIG;
    rc = session_open(&session, invocation, err);
    if (!rc)
        rc = fetch_measurements(&session, err);
    session_close(&session);
    return rc;
}

static const enum option generate_options[] = {
    OPT_IMAGE, OPT_OUTPUT, OPT_REPOSITORY, OPT_LAYOUT, NETWORK_OPTIONS, OPTION_COUNT,
};

const struct verb verb_config_generate = {
    .name = "config generate",
    .arguments = "CSP",
    .summary = "Writes a commented constellation-conf.yaml to start with",
    .details =
        "The image field is --image, or the newest version that the repository offers. The file\n"
        "goes to standard output, or to --output.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = generate_options,
    .run = run_generate,
};

static const enum option fetch_options[] = {
    OPT_CONFIG, OPT_CSP, OPT_VARIANT, OPT_OUTPUT, OPT_REPOSITORY, OPT_LAYOUT, NETWORK_OPTIONS,
    OPT_KEY,    OPT_THRESHOLD, OPTION_COUNT,
};

const struct verb verb_config_fetch = {
    .name = "config fetch-measurements",
    .arguments = "",
    .summary = "Writes verified measurements into a constellation-conf.yaml",
    .details =
        "The config (./constellation-conf.yaml, or --config) names image, provider and variant.\n"
        "Its measurements are replaced as a whole; every other byte and comment is kept; the file\n"
        "is exchanged in one step. --output - prints the result instead.\n",
    .options = fetch_options,
    .run = run_fetch,
};
