#include "bundle/publish/gcloud_text.h"

#include "tests/unit/test.h"

/* A case for each row of the table, and for what looks like one. */
TEST(gcloud_text_judges_each_text)
{
    static const struct {
        int status;
        enum gcloud_verdict want;
        const char *text;
    } rows[] = {
        {0, GCLOUD_OK, "WARNING: x was not found"},
        {2, GCLOUD_USAGE, "ERROR: x was not found"},
        {127, GCLOUD_FAILED, "The resource 'projects/p/global/images/x' was not found"},
        {-1, GCLOUD_FAILED, "The resource 'projects/p/global/images/x' was not found"},
        {1, GCLOUD_FAILED, ""},
        {1, GCLOUD_FAILED, "ERROR: something"},
        {1, GCLOUD_ABSENT, " - The resource 'projects/p/zones/z/instances/x' was not found\n"},
        {1, GCLOUD_ABSENT, "ERROR: gs://b/o not found: 404."},
        {1, GCLOUD_FAILED, "ERROR: not found"},
        {1, GCLOUD_REFUSED, "HTTPError 403: the resource 'x' was not found"},
        {1, GCLOUD_REFUSED, " - Required 'compute.images.get' permission for 'projects/p/x'"},
        {1, GCLOUD_REFUSED, "[a@b] does not have permission to access b instance"},
        {1, GCLOUD_REFUSED, "a@b does not have storage.buckets.get access, or x was not found"},
        {1, GCLOUD_REFUSED, "PERMISSION_DENIED: x"},
        {1, GCLOUD_UNAVAILABLE, "HTTPError 503: x was not found"},
        {1, GCLOUD_UNAVAILABLE, "Service Unavailable"},
        {1, GCLOUD_UNAVAILABLE, " - Backend Error"},
        {1, GCLOUD_UNAVAILABLE, "Unable to find the server at compute.googleapis.com"},
        {1, GCLOUD_UNAVAILABLE, "[Errno 111] Connection refused"},
        {1, GCLOUD_LOGIN, "You do not currently have an active account selected."},
        {1, GCLOUD_LOGIN, "Please run:\n  $ gcloud auth login"},
        {1, GCLOUD_LOGIN, "Reauthentication failed."},
        {1, GCLOUD_LOGIN, "Request had invalid authentication credentials."},
        {1, GCLOUD_LOGIN, "There was a problem refreshing your current auth tokens: x"},
        {1, GCLOUD_NO_PROJECT, "The required property [project] is not currently set."},
        {1, GCLOUD_QUOTA, " - Quota 'CPUS' exceeded.  Limit: 8.0"},
        {1, GCLOUD_QUOTA, "QUOTA_EXCEEDED"},
        {1, GCLOUD_STOCK_OUT, "ZONE_RESOURCE_POOL_EXHAUSTED"},
        {1, GCLOUD_STOCK_OUT, "The zone does not have enough resources available"},
        {1, GCLOUD_EXISTS, " - The resource 'x' already exists"},
        {1, GCLOUD_EXISTS, "HTTPError 409: x"},
        {1, GCLOUD_EXISTS, "ERROR: HTTPError 412: At least one of the pre-conditions you specified did not "
                           "hold."},
        {1, GCLOUD_FAILED, " - <p>The requested URL <code>/x</code> was not found on this server."},
        {1, GCLOUD_FAILED, "The resource 'projects/p/global/images/x' is not ready; y was not found"},
        {1, GCLOUD_FAILED, "The resource 'projects/p/global/images/x"},
        {1, GCLOUD_NO_PROJECT, " - The resource 'projects/p' was not found"},
        {1, GCLOUD_NO_PROJECT, " - Failed to find project p"},
        {1, GCLOUD_NO_PROJECT, "The project property is set to the empty string, which is invalid."},
        {1, GCLOUD_API_OFF, "Compute Engine API has not been used in project 1 before or it is disabled."},
        {1, GCLOUD_BUSY, " - Rate Limit Exceeded"},
        {1, GCLOUD_BUSY, "HTTPError 429: x"},
        {1, GCLOUD_LOGIN, "HTTPError 401: x"},
        {1, GCLOUD_UNAVAILABLE, " - Internal error. Please try again or contact Google Support."},
        {1, GCLOUD_UNAVAILABLE, "ERROR: ('Connection aborted.', RemoteDisconnected('x'))"},
        {1, GCLOUD_UNAVAILABLE, "ERROR: gcloud crashed (ConnectionError): ('x')"},
        {1, GCLOUD_UNAVAILABLE, "ERROR: gcloud crashed (ConnectTimeout): x"},
        {1, GCLOUD_UNAVAILABLE, "ERROR: gcloud crashed (ReadTimeout): x"},
        {1, GCLOUD_UNAVAILABLE, "ERROR: gcloud crashed (TimeoutError): x"},
        {1, GCLOUD_UNAVAILABLE, "ERROR: gcloud crashed (SSLError): x"},
        {1, GCLOUD_UNAVAILABLE, "ERROR: gcloud crashed (ProxyError): x"},
        {1, GCLOUD_CRASHED, "ERROR: gcloud crashed (KeyError): 'x' was not found"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_NUMBER(rows[i].want, gcloud_text_judge(rows[i].status, slice_text(rows[i].text)));
        CHECK(gcloud_text_meaning(rows[i].want)[0] != '\0' || rows[i].want == GCLOUD_OK ||
              rows[i].want == GCLOUD_FAILED);
    }
}

TEST(gcloud_text_shows_the_line_that_counts)
{
    CHECK_TEXT("", gcloud_text_line(slice_text("")));
    CHECK_TEXT("a", gcloud_text_line(slice_text("\na\nb")));
    CHECK_TEXT("ERROR: b", gcloud_text_line(slice_text("WARNING: a\nERROR: b\nc")));
    CHECK_TEXT("c", gcloud_text_line(slice_text("ERROR: b:\n - c\nd")));
    CHECK_TEXT("code: c", gcloud_text_line(slice_text("ERROR: b:\n---\ncode: c\nmessage: d")));
    CHECK_TEXT("ERROR: b:", gcloud_text_line(slice_text("ERROR: b:")));
}
