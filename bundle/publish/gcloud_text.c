#include "bundle/publish/gcloud_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct row {
    const char *text;
    enum gcloud_verdict verdict;
};

/* In this order: what a text says of the request as a whole comes before what it says of a thing. */
static const struct row rows[] = {
    {"gcloud crashed (ConnectionError)", GCLOUD_UNAVAILABLE},
    {"gcloud crashed (ConnectTimeout)", GCLOUD_UNAVAILABLE},
    {"gcloud crashed (ReadTimeout)", GCLOUD_UNAVAILABLE},
    {"gcloud crashed (TimeoutError)", GCLOUD_UNAVAILABLE},
    {"gcloud crashed (SSLError)", GCLOUD_UNAVAILABLE},
    {"gcloud crashed (ProxyError)", GCLOUD_UNAVAILABLE},
    {"gcloud crashed", GCLOUD_CRASHED},
    {"do not currently have an active account", GCLOUD_LOGIN},
    {"gcloud auth login", GCLOUD_LOGIN},
    {"Reauthentication", GCLOUD_LOGIN},
    {"invalid authentication credentials", GCLOUD_LOGIN},
    {"HTTPError 401", GCLOUD_LOGIN},
    {"project property is set to the empty string", GCLOUD_NO_PROJECT},
    {"Failed to find project", GCLOUD_NO_PROJECT},
    {"required property [project] is not currently set", GCLOUD_NO_PROJECT},
    {"API has not been used in project", GCLOUD_API_OFF},
    {"HTTPError 403", GCLOUD_REFUSED},
    {"PERMISSION_DENIED", GCLOUD_REFUSED},
    {"does not have permission", GCLOUD_REFUSED},
    {"does not have storage.", GCLOUD_REFUSED},
    {"Required '", GCLOUD_REFUSED},
    {"HTTPError 429", GCLOUD_BUSY},
    {"Rate Limit Exceeded", GCLOUD_BUSY},
    {"HTTPError 5", GCLOUD_UNAVAILABLE},
    {"Service Unavailable", GCLOUD_UNAVAILABLE},
    {"Backend Error", GCLOUD_UNAVAILABLE},
    {"Internal error", GCLOUD_UNAVAILABLE},
    {"Connection aborted", GCLOUD_UNAVAILABLE},
    {"Unable to find the server", GCLOUD_UNAVAILABLE},
    {"Connection refused", GCLOUD_UNAVAILABLE},
    {"There was a problem refreshing your current auth tokens", GCLOUD_LOGIN},
    {"Quota '", GCLOUD_QUOTA},
    {"QUOTA_EXCEEDED", GCLOUD_QUOTA},
    {"ZONE_RESOURCE_POOL_EXHAUSTED", GCLOUD_STOCK_OUT},
    {"does not have enough resources available", GCLOUD_STOCK_OUT},
    {"already exists", GCLOUD_EXISTS},
    {"HTTPError 409", GCLOUD_EXISTS},
    {"HTTPError 412", GCLOUD_EXISTS}, /* with --if-generation-match=0 */
    {" not found: 404", GCLOUD_ABSENT},
};

static const char *const meanings[] = {
    [GCLOUD_OK] = "",
    [GCLOUD_ABSENT] = "there is no such thing",
    [GCLOUD_EXISTS] = "is there already",
    [GCLOUD_REFUSED] = "the account may not do that (403): ask for the right that gcloud names",
    [GCLOUD_LOGIN] = "no credentials: run gcloud auth login",
    [GCLOUD_NO_PROJECT] = "no such project, or none is set: see to --project",
    [GCLOUD_QUOTA] = "over the project's quota: ask for more, or take another region",
    [GCLOUD_STOCK_OUT] = "the zone has no such machine free: try again later, or in another zone",
    [GCLOUD_API_OFF] = "an API is off in this project: turn it on (gcloud services enable)",
    [GCLOUD_BUSY] = "too many requests: try again in a minute",
    [GCLOUD_UNAVAILABLE] = "GCP gives no answer: try again",
    [GCLOUD_CRASHED] = "gcloud crashed: run gcloud info, or install it anew",
    [GCLOUD_USAGE] = "gcloud does not understand the call: is it too old?",
    [GCLOUD_FAILED] = "",
};

static bool contains(struct slice text, const char *wanted)
{
    return text.len && memmem(text.ptr, text.len, wanted, strlen(wanted)) != NULL;
}

/* Compute Engine: "The resource 'projects/P/global/images/I' was not found". Of 'projects/P' alone it is
 * the project that is missing. */
static enum gcloud_verdict judge_resource(struct slice errors)
{
    static const char before[] = "The resource 'projects/", after[] = " was not found";
    const uint8_t *found =
        errors.len ? memmem(errors.ptr, errors.len, before, sizeof before - 1) : NULL;
    struct slice rest, name;

    if (!found)
        return GCLOUD_FAILED;
    rest = slice_part(errors, (size_t)(found - errors.ptr) + sizeof before - 1, errors.len);
    name = slice_cut(&rest, '\'');
    if (!slice_begins(rest, after))
        return GCLOUD_FAILED;
    return contains(name, "/") ? GCLOUD_ABSENT : GCLOUD_NO_PROJECT;
}

enum gcloud_verdict gcloud_text_judge(int exit_status, struct slice errors)
{
    if (exit_status == 0)
        return GCLOUD_OK;
    if (exit_status == 2)
        return GCLOUD_USAGE;
    for (size_t i = 0; exit_status == 1 && i < sizeof rows / sizeof rows[0]; i++) {
        if (contains(errors, rows[i].text))
            return rows[i].verdict;
    }
    return exit_status == 1 ? judge_resource(errors) : GCLOUD_FAILED;
}

const char *gcloud_text_meaning(enum gcloud_verdict verdict)
{
    return meanings[verdict];
}

/* " - what" of a list. */
static struct slice item(struct slice line)
{
    while (line.len && (line.ptr[0] == ' ' || line.ptr[0] == '-'))
        line = slice_part(line, 1, line.len);
    return line;
}

static struct slice detail(struct slice rest)
{
    struct slice line = slice_cut(&rest, '\n');

    return item(slice_is(line, "---") && rest.len ? slice_cut(&rest, '\n') : line);
}

struct slice gcloud_text_line(struct slice errors)
{
    struct slice first = {NULL, 0}, rest = errors;

    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');

        if (contains(line, "ERROR") || contains(line, "HTTPError"))
            return slice_ends(line, ":") && rest.len ? detail(rest) : line;
        if (first.len == 0)
            first = line;
    }
    return first;
}
