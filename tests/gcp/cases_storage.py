"""Cloud Storage that refuses or is not there, as the real gcloud tells it: never "absent", so that nothing is
made in place of what could not be looked at."""
from cases_publish import changes, make_disk
from cloud import refusal
from site_of_test import check, check_equal

BUCKET = "/b/site-bucket$"
OBJECT = "/b/site-bucket/o/"
BUSY = "GCP gives no answer: try again"
REFUSED = "the account may not do that (403)"


def denied(right):
    return refusal(403, f"a@b does not have storage.{right} access to the Google Cloud Storage object. Permission "
                   f"'storage.{right}' denied on resource (or it may not exist).", "forbidden")


def unavailable():
    return refusal(503, "We encountered an internal error. Please try again.", "backendError")


def publish(site):
    """gcloud tries again after 503, for minutes, if it is not told not to."""
    return site.sealift("publish", "gcp", "disk.raw", "--project", site.gcp.PROJECT, "--bucket", "site-bucket",
                        "--name", "img", "--arch", "x86_64", "--quiet", CLOUDSDK_STORAGE_MAX_RETRIES="0")


def check_refused(site, method, path, answer, meaning, *made):
    """Fails at that request, says why and what to do, and has made only what is before it."""
    make_disk(site, 1)
    site.gcp.fail(method, path, answer)
    outcome = publish(site)
    check_equal(outcome.status, 12, f"status of {outcome}")
    check_equal(outcome.out, "", "standard output")
    check(meaning in outcome.err, f"no {meaning!r} in {outcome.err!r}")
    check("run the same command again" in outcome.err, f"no advice in {outcome.err!r}")
    done = [request.path.rpartition("/")[2] for request in changes(site)]
    check_equal({name for name in done if name in ("b", "images")}, set(made), "what was to be made")
    check_equal((site.gcp.objects, site.gcp.images), ({}, {}), "objects and images")


def case_storage_bucket_503(site):
    check_refused(site, "GET", BUCKET, unavailable(), BUSY)


def case_storage_bucket_create_403(site):
    check_refused(site, "POST", "/storage/v1/b$", denied("buckets.create"), REFUSED, "b")


def case_storage_object_403(site):
    check_refused(site, "GET", OBJECT, denied("objects.get"), REFUSED, "b")


def case_storage_object_503(site):
    check_refused(site, "GET", OBJECT, unavailable(), BUSY, "b")


def case_storage_upload_503(site):
    check_refused(site, "POST", "/upload/", unavailable(), BUSY, "b")
