"""What the real gcloud says of each failure, and what sealift makes of it: never "absent" but for what is
not there."""
from cloud import Answer, Cut, refusal

from site_of_test import check, check_equal

FIRST = "/instances/vm$"


def check_refused(site, outcome, meaning, made=0, status=12):
    check_equal(outcome.status, status, f"status of {outcome}")
    check_equal(outcome.out, "", "standard output")
    last = outcome.err.splitlines()[-1]
    check(last.startswith("sealift: ") and meaning in last, f"no {meaning!r} in {outcome.err!r}")
    check_equal(len(site.gcp.sent("POST", "/instances$")), made, "requests to make an instance")


def check_look(site, answer, meaning, **environment):
    """The first question fails: nothing may be made."""
    site.add_image()
    if answer:
        site.gcp.fail("GET", FIRST, answer)
    check_refused(site, site.launch(**environment), meaning)


def case_error_403(site):
    check_look(site, refusal(403, f"Required 'compute.instances.get' permission for 'projects/{site.gcp.PROJECT}"
                             "/zones/us-central1-a/instances/vm'", "forbidden"), "the account may not do that (403)")


def case_error_503(site):
    check_look(site, refusal(503, "Service Unavailable", "backendError"), "GCP gives no answer: try again")


def case_error_500(site):
    check_look(site, refusal(500, "Internal error. Please try again or contact Google Support. (Code: '1')",
                             "backendError"), "GCP gives no answer: try again")


def case_error_429(site):
    check_look(site, refusal(429, "Rate Limit Exceeded", "rateLimitExceeded"), "too many requests")


def case_error_401(site):
    check_look(site, refusal(401, "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                             "login cookie or other valid authentication credential.", "authError"),
               "no credentials: run gcloud auth login")


def case_error_api_off(site):
    check_look(site, refusal(403, "Compute Engine API has not been used in project 123 before or it is disabled. "
                             "Enable it by visiting https://console.example then retry.", "accessNotConfigured"),
               "an API is off in this project")


def case_error_page_in_html(site):
    """As a proxy or a wrong address answers: it says "was not found", but of a URL."""
    check_look(site, Answer(404, b"<p>The requested URL <code>/x</code> was not found on this server."),
               "failed with status 1")


def case_error_project_not_there(site):
    check_look(site, refusal(404, "The resource 'projects/site-project' was not found", "notFound"),
               "no such project, or none is set: see to --project")


def case_error_connection_cut(site):
    check_look(site, Cut(), "GCP gives no answer: try again")


def case_error_connection_refused(site):
    check_look(site, None, "GCP gives no answer: try again",
               CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE="http://127.0.0.1:1/compute/v1/")


def case_error_no_name_service(site):
    check_look(site, None, "GCP gives no answer: try again", CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=None)


def case_error_no_login(site):
    check_look(site, None, "no credentials: run gcloud auth login", CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=None)


def case_error_no_project(site):
    check_look(site, None, "no such project, or none is set: see to --project", CLOUDSDK_CORE_PROJECT=None)


def case_error_expired_login(site):
    site.gcp.fail("POST", "/token$", Answer(400, {"error": "invalid_grant", "error_description":
                                                  "Token has been expired or revoked."}))
    credentials = site.write("credentials", b'{"type": "authorized_user", "client_id": "a", "client_secret": "b", '
                             b'"refresh_token": "c"}')
    check_look(site, None, "no credentials: run gcloud auth login", CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=None,
               CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=credentials,
               CLOUDSDK_AUTH_TOKEN_HOST=f"http://127.0.0.1:{site.gcp.port}/token")


def case_error_no_answer_in_time(site):
    """A server that takes the call and says nothing: sealift's own limit ends it."""
    import socket
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"http://127.0.0.1:{silent.getsockname()[1]}/compute/v1/"
        site.add_image()
        check_refused(site, site.launch("--gcloud-timeout", "4", CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=place),
                      "no end after 4 s")


def case_error_exists(site):
    site.add_image()
    site.gcp.instances["vm"] = {"name": "vm"}
    check_refused(site, site.launch(), "is there already", status=8)


def case_error_similar_names_are_other_things(site):
    site.add_image()
    for name in ("vm-debug", "a-vm", "v", "vm1"):
        site.gcp.instances[name] = {"name": name}
        site.gcp.images["img-" + name] = {"name": "img-" + name}
    check_equal(site.launch().status, 0, "status")
    del site.gcp.images["img"]
    check_refused(site, site.launch(name="other"), "image img: gcloud: there is no such thing", made=1)


def case_error_made_meanwhile(site):
    site.add_image()
    site.gcp.fail("POST", "/instances$", refusal(409, "The resource 'projects/site-project/zones/us-central1-a/"
                                                 "instances/vm' already exists", "alreadyExists"))
    check_refused(site, site.launch(), "somebody else made one of that name", made=1, status=8)


def case_error_quota(site):
    site.add_image()
    site.gcp.refuse_operations("QUOTA_EXCEEDED", "Quota 'N2D_CPUS' exceeded.  Limit: 8.0 in region us-central1.")
    check_refused(site, site.launch(), "over the project's quota", made=1)


def case_error_stock_out(site):
    site.add_image()
    site.gcp.refuse_operations("ZONE_RESOURCE_POOL_EXHAUSTED", "The zone 'projects/site-project/zones/us-central1-a' "
                               "does not have enough resources available to fulfill the request.  Try a different "
                               "zone, or try again later.")
    check_refused(site, site.launch(), "the zone has no such machine free", made=1)


def case_error_answer_lost(site):
    """The instance is made, and the connection cut before the answer: describe finds it."""
    site.add_image()
    site.gcp.fail("POST", "/instances$", Cut(), is_made=True)
    outcome = site.launch()
    check_equal(outcome.status, 0, f"status of {outcome}")
    check("but the instance is there, and as asked for" in outcome.err, f"no warning in {outcome.err!r}")
