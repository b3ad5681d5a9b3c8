/* measurements UID: finds, verifies and prints what the image must measure. */
#include <stdio.h>

#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"
#include "resolver/cli/session.h"
#include "resolver/cli/verbs.h"
#include "resolver/core/measurements_format.h"

struct answer {
    struct request request;
    struct verified verified;
    struct origin origin;
    struct measurements measurements;
    enum measurements_output output;
    const char *location;
};

static enum err_code parse_format(const struct session *session, struct answer *answer,
                                  struct err *err)
{
    const char *format = session->invocation->values[OPT_FORMAT];
    int output = format ? measurements_output_parse(slice_text(format)) : OUTPUT_YAML;

    answer->output = OUTPUT_YAML;
    if (format && (session->invocation->given[OPT_JSON] || session->invocation->given[OPT_TERRAFORM]))
        return err_set(err, ERR_USAGE, "--format excludes --json and --terraform");
    if (output < 0)
        return err_set(err, ERR_USAGE, "--format %s: want yaml, v1, v2 or env",
                       quote(slice_text(format)).text);
    answer->output = (enum measurements_output)output;
    return ERR_OK;
}

static enum err_code find_answer(struct session *session, struct answer *answer, struct err *err)
{
    if (parse_format(session, answer, err) || session_request(session, &answer->request, err) ||
        session_keys(session, err) || session_sources(session, false, err) ||
        find_measurements(&session->finder, &answer->request.uid, answer->request.csp,
                          &session->keys, &session->arena, &answer->verified, &answer->origin, err))
        return err->code;
    answer->location = answer_location(&answer->origin, &session->arena, err);
    if (!answer->location)
        return err->code;
    say_note(session->invocation, "measurements: %s", answer_quoted(&answer->origin).text);
    if (measurements_parse(&answer->verified, &answer->request, &session->arena,
                           &answer->measurements, err))
        return err_add(err, "%s", answer_quoted(&answer->origin).text);
    if (session->invocation->values[OPT_VARIANT] && !answer->measurements.variant.len)
        say_warning(session->invocation,
                    "%s names no variant: these are the measurements of %s as a whole",
                    answer_quoted(&answer->origin).text, csp_name(answer->request.csp));
    if (answer->verified.log_unchecked)
        say_note(session->invocation, "transparency-log entries are present and were not checked");
    return ERR_OK;
}

/* The variant to print: what the document names, else what was asked for. */
static struct slice variant_of(const struct answer *answer)
{
    if (answer->measurements.variant.len)
        return answer->measurements.variant;
    return variant_canonical(answer->request.csp, answer->request.variant);
}

static void print_json(const struct answer *answer, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "uid", answer->request.uid.text);
    json_member(&json, "csp", csp_name(answer->request.csp));
    json_member_or_null(&json, "variant", answer->measurements.variant);
    json_key(&json, "measurements");
    measurements_format_map(&answer->measurements, &json);
    answer_origin(&json, &answer->origin, answer->location, &answer->verified);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

/* "pcr4": HEX ..., and which of them only warn as "warn_only": "8,9". */
static void print_registers(const struct measurements *measurements, struct json_writer *json)
{
    char memory[128] = "", name[REGISTER_NAME_MAX], hex[REGISTER_HEX_MAX];
    struct buf warn_only;

    buf_init_fixed(&warn_only, memory, sizeof memory);
    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        if (!measurements->registers[i].is_set)
            continue;
        register_name(measurements, i, name);
        for (char *letter = name; *letter; letter++)
            *letter = *letter >= 'A' && *letter <= 'Z' ? (char)(*letter + 'a' - 'A') : *letter;
        register_hex(measurements, i, hex);
        json_member(json, name, hex);
        if (measurements->registers[i].warn_only)
            buf_add_format(&warn_only, "%s%zu", warn_only.len ? "," : "", i);
    }
    json_member_slice(json, "warn_only", buf_slice(&warn_only));
}

static enum err_code print_terraform(struct session *session, const struct answer *answer,
                                     struct buf *out, struct err *err)
{
    const char *signers = answer_signers_text(&answer->verified, &session->arena, err);
    struct json_writer json = json_writer_to(out, 0);

    if (!signers)
        return err->code;
    json_begin_map(&json);
    json_member(&json, "uid", answer->request.uid.text);
    json_member(&json, "csp", csp_name(answer->request.csp));
    json_member_slice(&json, "variant", answer->measurements.variant);
    print_registers(&answer->measurements, &json);
    json_member(&json, "source", answer_source(&answer->origin));
    json_member(&json, "location", answer->location);
    json_member(&json, "signed_by", signers);
    json_end_map(&json);
    buf_add_byte(out, '\n');
    return ERR_OK;
}

static enum err_code print(struct session *session, const struct answer *answer, struct err *err)
{
    struct buf *out = session->invocation->out;
    struct slice variant = variant_of(answer);

    if (session->invocation->given[OPT_TERRAFORM])
        return print_terraform(session, answer, out, err);
    if (session->invocation->given[OPT_JSON]) {
        print_json(answer, out);
        return ERR_OK;
    }
    if (answer->output == OUTPUT_V2 && variant.len == 0)
        return err_set(err, ERR_USAGE,
                       "--format v2 names the variant, and these measurements do not: add --variant");
    measurements_format(&answer->measurements, answer->output, variant, out);
    return ERR_OK;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct session session;
    struct answer answer;
    enum err_code rc = session_open(&session, invocation, err);

    if (!rc)
        rc = find_answer(&session, &answer, err);
    if (!rc)
        rc = print(&session, &answer, err);
    session_close(&session);
    return rc;
}

static const enum option options[] = {
    OPT_CSP,     OPT_VARIANT, OPT_CONFIG,    OPT_REPOSITORY, OPT_LAYOUT,   NETWORK_OPTIONS,
    OPT_KEY,     OPT_THRESHOLD, OPT_FORMAT,  OPT_TERRAFORM,  OPTION_COUNT,
};

const struct verb verb_measurements = {
    .name = "measurements",
    .arguments = "[UID]",
    .summary = "Finds, verifies and prints the measurements of an image",
    .details =
        "Nothing is printed unless the signature holds: of one key, or of --threshold different\n"
        "ones. Keys are those of --key, else those in the default folder (SEALIFT_KEYS).\n"
        "UID is a version or a short path; without one, the image of --config is meant.\n",
    .arguments_max = 1,
    .options = options,
    .run = run,
};
