#include "bundle/cli/launch_ask.h"

#include "bundle/publish/problems.h"
#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"
#include "resolver/core/select.h"
#include "resolver/source/file.h"

/* NAME [UID] [-- --option...]: what begins with "-" comes after the "--". */
static void split_arguments(const struct invocation *invocation, struct launch_request *request,
                            size_t *words)
{
    *words = 0;
    while (*words < invocation->argument_count && invocation->arguments[*words][0] != '-')
        ++*words;
    request->name = *words ? invocation->arguments[0] : NULL;
    request->extra = invocation->arguments + *words;
    request->extra_count = invocation->argument_count - *words;
}

static enum err_code check_given(const struct invocation *invocation,
                                 const struct launch_request *request, size_t words,
                                 struct err *err)
{
    struct problems problems = {0};

    if (!request->name)
        problems_add(&problems, ERR_USAGE, "the instance's NAME is missing");
    if (!request->zone)
        problems_add(&problems, ERR_USAGE, "--zone is missing");
    if (!request->machine_type)
        problems_add(&problems, ERR_USAGE, "--machine-type is missing");
    if (!request->image && words < 2)
        problems_add(&problems, ERR_USAGE, "the image is missing: --image, or a UID");
    if (request->image && words > 1)
        problems_add(&problems, ERR_USAGE, "--image and a UID exclude each other");
    if (words > 2)
        problems_add(&problems, ERR_USAGE, "%s is one argument too many",
                     quote(slice_text(invocation->arguments[2])).text);
    if (!request->user_data_path)
        problems_add(&problems, ERR_USAGE, "--user-data is missing: without it the instance has no "
                     "configuration that was measured");
    return problems_done(&problems, err);
}

static enum err_code resolve(struct session *session, const char *uid,
                             struct launch_request *launch, struct err *err)
{
    const struct table_entry *entry;
    struct found_table found;
    struct request request;

    session->question.uid = slice_text(uid);
    session->question.csp = SLICE("gcp");
    if (session_request(session, &request, err) != ERR_OK ||
        session_table_keys(session, err) != ERR_OK ||
        session_sources(session, true, err) != ERR_OK ||
        find_table(&session->finder, &request.uid, &session->table_keys, &session->arena, &found,
                   err) != ERR_OK)
        return err->code;
    if (!found.origin.is_local && found.verified.signer_count == 0)
        return err_set(err, ERR_POLICY,
                       "%s: is not signed, and whoever can change it could choose the image that gets "
                       "the user data: give --table-key, or the image by --image",
                       answer_quoted(&found.origin).text);
    if (select_entry(&found.table, &request, &entry, err) != ERR_OK)
        return err_add(err, "%s", answer_quoted(&found.origin).text);
    launch->image = arena_copy(&session->arena, entry_reference(entry), err);
    return launch->image ? ERR_OK : err->code;
}

enum err_code launch_ask(struct session *session, struct launch_request *request, struct err *err)
{
    const struct invocation *invocation = session->invocation;
    size_t words;

    *request = (struct launch_request){
        .zone = invocation->values[OPT_ZONE],
        .machine_type = invocation->values[OPT_MACHINE_TYPE],
        .image = invocation->values[OPT_CLOUD_IMAGE],
        .project = invocation->values[OPT_PROJECT],
        .type = invocation->values[OPT_CONFIDENTIAL_TYPE],
        .user_data_path = invocation->values[OPT_LAUNCH_DATA],
        .allow_plain = invocation->given[OPT_ALLOW_NON_CONFIDENTIAL] > 0,
    };
    split_arguments(invocation, request, &words);
    if (check_given(invocation, request, words, err) != ERR_OK ||
        file_read(request->user_data_path, 4 * LAUNCH_USER_DATA_MAX, &session->arena,
                  &request->user_data, err) != ERR_OK)
        return err->code;
    return request->image ? ERR_OK : resolve(session, invocation->arguments[1], request, err);
}
