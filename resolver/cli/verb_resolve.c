/* resolve UID: prints the reference of the image to start. */
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"
#include "resolver/cli/get_image.h"
#include "resolver/cli/session.h"
#include "resolver/cli/verbs.h"
#include "resolver/core/select.h"

struct answer {
    struct request request;
    struct found_table found;
    const struct table_entry *entry;
    const char *location;
    const char *image_path; /* of --download, or NULL */
    struct download_result image;
};

static enum err_code find_answer(struct session *session, struct answer *answer, struct err *err)
{
    if (session_request(session, &answer->request, err) || session_table_keys(session, err) ||
        session_sources(session, true, err) ||
        find_table(&session->finder, &answer->request.uid, &session->table_keys, &session->arena,
                   &answer->found, err))
        return err->code;
    answer->location = answer_location(&answer->found.origin, &session->arena, err);
    if (!answer->location)
        return err->code;
    say_note(session->invocation, "lookup table: %s", answer_quoted(&answer->found.origin).text);
    if (select_entry(&answer->found.table, &answer->request, &answer->entry, err))
        return err_add(err, "%s", answer_quoted(&answer->found.origin).text);
    return ERR_OK;
}

static void warn_unsigned(const struct session *session, const struct answer *answer)
{
    const struct source *source = answer->found.origin.source;

    if (answer->found.origin.is_local || answer->found.verified.signer_count)
        return;
    say_warning(session->invocation,
                "the lookup table is unsigned%s: whoever can change %s can swap references "
                "(--table-key demands a signature)",
                source->is_cleartext ? ", and came over http://" : "",
                quote_bare(slice_text(source->base)).text);
}

/* Where the image was put, its size and digest. */
static void print_image(const struct answer *answer, struct json_writer *json)
{
    char digest[2 * SHA256_SIZE + 1];

    hex_encode(answer->image.sha256, SHA256_SIZE, digest);
    json_begin_map(json);
    json_member(json, "path", answer->image_path);
    json_key(json, "sizeBytes");
    json_number(json, answer->image.size);
    json_member(json, "sha256", digest);
    json_end_map(json);
}

static void print_json(const struct answer *answer, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "uid", answer->request.uid.text);
    json_member(&json, "csp", csp_name(answer->request.csp));
    json_member_or_null(&json, "region", entry_region(answer->entry));
    json_member_slice(&json, "variant", entry_variant(answer->entry));
    json_member_slice(&json, "reference", entry_reference(answer->entry));
    answer_origin(&json, &answer->found.origin, answer->location, &answer->found.verified);
    if (answer->image_path) {
        json_key(&json, "image");
        print_image(answer, &json);
    }
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

static enum err_code print_terraform(struct session *session, const struct answer *answer,
                                     struct buf *out, struct err *err)
{
    const char *signers = answer_signers_text(&answer->found.verified, &session->arena, err);
    struct json_writer json = json_writer_to(out, 0);

    if (!signers)
        return err->code;
    json_begin_map(&json);
    json_member(&json, "uid", answer->request.uid.text);
    json_member(&json, "csp", csp_name(answer->request.csp));
    json_member_slice(&json, "region", entry_region(answer->entry));
    json_member_slice(&json, "variant", entry_variant(answer->entry));
    json_member_slice(&json, "reference", entry_reference(answer->entry));
    json_member(&json, "source", answer_source(&answer->found.origin));
    json_member(&json, "location", answer->location);
    json_member(&json, "signed_by", signers);
    json_end_map(&json);
    buf_add_byte(out, '\n');
    return ERR_OK;
}

static enum err_code print(struct session *session, const struct answer *answer, struct err *err)
{
    struct buf *out = session->invocation->out;

    if (session->invocation->given[OPT_TERRAFORM])
        return print_terraform(session, answer, out, err);
    if (session->invocation->given[OPT_JSON]) {
        print_json(answer, out);
    } else {
        buf_add(out, entry_reference(answer->entry));
        buf_add_byte(out, '\n');
    }
    return ERR_OK;
}

static enum err_code get_wanted_image(struct session *session, struct answer *answer,
                                      struct err *err)
{
    const struct invocation *invocation = session->invocation;

    answer->image_path = invocation->values[OPT_DOWNLOAD];
    if (!answer->image_path && (invocation->given[OPT_SHA256] || invocation->given[OPT_PROGRESS]))
        return err_set(err, ERR_USAGE, "--%s is given, but no --download",
                       invocation->given[OPT_SHA256] ? "sha256" : "progress");
    if (!answer->image_path)
        return ERR_OK;
    return get_image(session, entry_reference(answer->entry), &answer->image, err);
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct session session;
    struct answer answer;
    enum err_code rc = session_open(&session, invocation, err);

    if (!rc)
        rc = find_answer(&session, &answer, err);
    if (!rc) {
        warn_unsigned(&session, &answer);
        rc = get_wanted_image(&session, &answer, err);
    }
    if (!rc)
        rc = print(&session, &answer, err);
    session_close(&session);
    return rc;
}

static const enum option options[] = {
    OPT_CSP,        OPT_REGION, OPT_VARIANT, OPT_CONFIG,    OPT_TABLE_DIR, OPT_REPOSITORY,
    OPT_LAYOUT,     NETWORK_OPTIONS, OPT_TABLE_KEY, OPT_THRESHOLD, OPT_TERRAFORM, OPT_DOWNLOAD,
    OPT_SHA256, OPT_PROGRESS, OPTION_COUNT,
};

const struct verb verb_resolve = {
    .name = "resolve",
    .arguments = "[UID]",
    .summary = "Prints the reference of an image: an AMI id, a gallery path, a URL",
    .details =
        "The lookup table of UID is looked for in the local folder, then in the repository. In\n"
        "it, csp, region (AWS) and variant choose. With one candidate it is taken; with several\n"
        "and no choice made, they are listed and the exit status is 5.\n"
        "UID is a version (v2.2.0) or a short path (stream/debug/v2.3.0); without one, the image\n"
        "of --config is meant. Where the reference is a URL (qemu, openstack), --download gets the\n"
        "image as well.\n",
    .arguments_max = 1,
    .options = options,
    .run = run,
};
