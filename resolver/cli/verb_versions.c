/* versions: lists what a repository offers. */
#include "resolver/base/json_write.h"
#include "resolver/cli/session.h"
#include "resolver/cli/verbs.h"
#include "resolver/core/versions.h"

struct answer {
    struct slice ref, stream;
    struct versions versions;
    struct uid latest;
};

static enum err_code find_answer(struct session *session, struct answer *answer, struct err *err)
{
    const char *const *values = session->invocation->values;

    answer->ref = values[OPT_REF] ? slice_text(values[OPT_REF]) : SLICE("-");
    answer->stream = slice_is(answer->ref, "-") ? SLICE("stable") : SLICE("nightly");
    if (values[OPT_STREAM])
        answer->stream = slice_text(values[OPT_STREAM]);
    if (session_sources(session, false, err))
        return err->code;
    if (session->invocation->given[OPT_LATEST])
        return versions_latest(session->finder.repository, session->finder.layout, answer->ref,
                               answer->stream, &session->arena, &answer->latest, err);
    return versions_list(session->finder.repository, session->finder.layout, answer->ref,
                         answer->stream, &session->arena, &answer->versions, err);
}

static void print_json(const struct session *session, const struct answer *answer)
{
    struct json_writer json = json_writer_to(session->invocation->out, 0);

    json_begin_map(&json);
    json_member_slice(&json, "ref", answer->ref);
    json_member_slice(&json, "stream", answer->stream);
    if (session->invocation->given[OPT_LATEST]) {
        json_member(&json, "latest", answer->latest.text);
    } else {
        json_key(&json, "versions");
        json_begin_list(&json);
        for (size_t i = 0; i < answer->versions.count; i++)
            json_text(&json, answer->versions.list[i].text);
        json_end_list(&json);
    }
    json_member(&json, "repository", session->finder.repository->base);
    json_key(&json, "signed");
    json_bool(&json, false);
    json_end_map(&json);
    buf_add_byte(session->invocation->out, '\n');
}

static void print(const struct session *session, const struct answer *answer)
{
    struct buf *out = session->invocation->out;

    say_warning(session->invocation, "lists of versions are not signed: take them as a hint");
    if (session->invocation->given[OPT_JSON]) {
        print_json(session, answer);
        return;
    }
    if (session->invocation->given[OPT_LATEST])
        buf_add_format(out, "%s\n", answer->latest.text);
    for (size_t i = 0; i < answer->versions.count; i++)
        buf_add_format(out, "%s\n", answer->versions.list[i].text);
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct session session;
    struct answer answer = {0};
    enum err_code rc = session_open(&session, invocation, err);

    if (!rc)
        rc = find_answer(&session, &answer, err);
    if (!rc)
        print(&session, &answer);
    session_close(&session);
    return rc;
}

static const enum option options[] = {
    OPT_LATEST, OPT_REF, OPT_STREAM, OPT_REPOSITORY, OPT_LAYOUT, NETWORK_OPTIONS, OPTION_COUNT,
};

const struct verb verb_versions = {
    .name = "versions",
    .arguments = "",
    .summary = "Lists the versions that a repository offers, oldest first",
    .details =
        "--latest prints the highest release; where there are only pre-releases, the highest of\n"
        "those. Lists of versions are not signed.\n",
    .options = options,
    .run = run,
};
