"""What `publish gcp` makes the real gcloud send, and that it is found again by the next run."""
import base64
import json
import os
import random
import subprocess

from cloud import Cut, refusal
from site_of_test import check, check_equal

MIB = 1 << 20
X86_FEATURES = {"UEFI_COMPATIBLE", "SEV_CAPABLE", "SEV_SNP_CAPABLE", "TDX_CAPABLE", "GVNIC"}
OBJECT = "img-"
NOT_READ = ("POST", "PUT", "PATCH", "DELETE")


def make_disk(site, megabytes):
    """A disk with a partition table and so many MiB that do not get smaller, the same ones every time."""
    return site.write("disk.raw", b"\0" * 510 + b"\x55\xaa" + random.Random(1).randbytes(megabytes * MIB - 512))


def make_keys(site):
    """A folder with PK, KEK and db: one in DER, two in PEM. {role: DER}"""
    folder = os.path.join(site.folder, "keys")
    os.mkdir(folder)
    keys = {}
    for role in ("PK", "KEK", "db"):
        name = os.path.join(folder, role)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", os.path.join(site.folder, role + ".key"), "-out", name + ".pem", "-subj",
                        f"/CN=Site {role}", "-days", "9999"], check=True, capture_output=True)
        keys[role] = subprocess.run(["openssl", "x509", "-in", name + ".pem", "-outform", "DER"], check=True,
                                    capture_output=True).stdout
    os.remove(os.path.join(folder, "db.pem"))
    with open(os.path.join(folder, "db.der"), "wb") as file:
        file.write(keys["db"])
    return folder, keys


def publish(site, *words, arch="x86_64"):
    return site.sealift("publish", "gcp", "disk.raw", "--project", site.gcp.PROJECT, "--bucket", "site-bucket",
                        "--name", "img", "--arch", arch, "--quiet", "--json", *words)


def content(key):
    """Of a key as it was sent: in either alphabet of base64."""
    return base64.urlsafe_b64decode(key["content"].replace("+", "-").replace("/", "_"))


def changes(site):
    return [request for request in site.gcp.requests
            if request.method in NOT_READ and "/wait" not in request.path]


def check_taken_over(site, *words, arch="x86_64"):
    """Once more: nothing is changed."""
    site.gcp.requests.clear()
    outcome = publish(site, *words, arch=arch)
    check_equal(outcome.status, 0, f"status of {outcome}")
    check_equal(json.loads(outcome.out)["made"], [], "made")
    check_equal(changes(site), [], "requests that change something")


def check_same_as_convert(site, data):
    done = site.sealift("convert", "disk.raw", "--to", "gcp", "-o", "converted.tar.gz", "--quiet")
    check_equal(done.status, 0, f"status of {done}")
    with open(os.path.join(site.folder, "converted.tar.gz"), "rb") as file:
        check(file.read() == data, "the object is not what convert makes")


def case_publish_x86_64(site):
    """Over 8 MiB, so that the upload is one that can be resumed; with Secure Boot keys and a table."""
    make_disk(site, 9)
    folder, keys = make_keys(site)
    words = ("--family", "fam", "--location", "EU", "--secure-boot-keys", folder)
    outcome = publish(site, *words)
    check_equal(outcome.status, 0, f"status of {outcome}")
    answer = json.loads(outcome.out)
    check_equal(answer["reference"], f"projects/{site.gcp.PROJECT}/global/images/img", "reference")
    bucket, = site.gcp.sent("POST", "/storage/v1/b$")
    check_equal((bucket["name"], bucket["location"]), ("site-bucket", "EU"), "bucket")
    check_equal(bucket["iamConfiguration"], {"uniformBucketLevelAccess": {"enabled": True}}, "access")
    check(site.gcp.uploads, "the upload is not one that can be resumed")
    (place, (metadata, data)), = site.gcp.objects.items()
    check_equal(answer["object"], f"gs://{place[0]}/{place[1]}", "object")
    check_equal(int(metadata["size"]), answer["archiveSizeBytes"], "size")
    check_same_as_convert(site, data)
    image, = site.gcp.sent("POST", "/global/images$")
    check_equal({feature["type"] for feature in image["guestOsFeatures"]}, X86_FEATURES, "guest features")
    check_equal(len(image["guestOsFeatures"]), len(X86_FEATURES), "features, each once")
    check_equal((image["architecture"], image["family"]), ("X86_64", "fam"), "architecture, family")
    check(image["rawDisk"]["source"].endswith("/" + place[1]), f"source {image['rawDisk']}")
    state = image["shieldedInstanceInitialState"]
    check_equal(content(state["pk"]), keys["PK"], "PK")
    check_equal([content(key) for key in state["keks"]], [keys["KEK"]], "KEKs")
    check_equal([content(key) for key in state["dbs"]], [keys["db"]], "db")
    check_taken_over(site, *words)


def case_publish_aarch64_broken_off_and_resumed(site):
    """The upload breaks; the next run goes on where it stopped. Then the image's answer is lost."""
    make_disk(site, 9)
    site.gcp.fail("PUT", "/upload/", refusal(403, "a@b does not have storage.objects.create access", "forbidden"),
                  times=1)
    site.gcp.fail("POST", "/global/images$", Cut(), times=1, is_made=True)
    outcome = publish(site, arch="aarch64")
    check_equal(outcome.status, 12, f"status of {outcome}")
    check("the account may not do that" in outcome.err, f"meaning of {outcome.err!r}")
    check_equal(site.gcp.images, {}, "images")
    uploads = len(site.gcp.uploads)
    outcome = publish(site, arch="aarch64")
    check_equal(outcome.status, 0, f"status of {outcome}")
    check_equal(len(site.gcp.uploads), uploads, "uploads that were begun")
    image, = site.gcp.sent("POST", "/global/images$")
    check_equal({feature["type"] for feature in image["guestOsFeatures"]}, {"UEFI_COMPATIBLE", "GVNIC"}, "features")
    check_equal(image["architecture"], "ARM64", "architecture")
    check_taken_over(site, arch="aarch64")


def check_refused(site, meaning, *allowed):
    """Fails, says why, and changes nothing but what is allowed."""
    outcome = publish(site)
    check_equal(outcome.status, 12, f"status of {outcome}")
    check(meaning in outcome.err, f"no {meaning!r} in {outcome.err!r}")
    check_equal([request.path for request in changes(site)], list(allowed), "requests that change something")


def case_publish_bucket_of_others(site):
    make_disk(site, 1)
    site.gcp.fail("GET", "/b/site-bucket$", refusal(
        403, "a@b does not have storage.buckets.get access to the Google Cloud Storage bucket. Permission "
        "'storage.buckets.get' denied on resource (or it may not exist).", "forbidden"))
    check_refused(site, "the account may not do that (403)")


def case_publish_image_unknown(site):
    """A service that gives no answer does not say that there is no image."""
    make_disk(site, 1)
    site.gcp.fail("GET", "/images/img$", refusal(503, "Service Unavailable", "backendError"))
    check_refused(site, "GCP gives no answer: try again")


def case_publish_similar_names(site):
    """What begins or ends alike is something else; what has the name and is another image is refused."""
    make_disk(site, 1)
    for name in ("img-debug", "my-img", "im"):
        site.add_image(name)
    outcome = publish(site)
    check_equal(outcome.status, 0, f"status of {outcome}")
    site.gcp.images["img"]["guestOsFeatures"].append({"type": "SEV_LIVE_MIGRATABLE_V2"})
    outcome = publish(site)
    check_equal(outcome.status, 8, f"status of {outcome}")
    check("is another one" in outcome.err and "SEV_LIVE_MIGRATABLE_V2" in outcome.err, f"words of {outcome.err!r}")
