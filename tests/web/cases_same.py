"""The same answers from a web server as from a folder."""
import os

from web import KEYS, REPOSITORIES, contains, equal, fails, succeeds

PUBLISHER, AUDITOR, TABLES = (f"{KEYS}/{name}.pub" for name in ("publisher", "auditor", "tables"))
BRANCH = "ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84"
UIDS = {
    "good-rfc": ["v2.2.0", "stream/debug/v2.3.0", "v2.11.0-rc.1", BRANCH, "v9.9.9"],
    "good-v1": ["v2.5.0", "v2.5.1"],
    "good-v2": ["v2.8.0"],
    "good-mixed": ["v2.2.0", "v2.5.0", "v2.8.0"],
    "bad-missing-comma": ["v2.2.0"],
    "bad-replayed-csp": ["v2.2.0", "v2.5.0"],
    "bad-replayed-version": ["v2.9.0"],
    "bad-signed-without-version": ["v2.2.0"],
}
CLOUDS = [["aws"], ["azure", "--variant", "cvm"], ["gcp"], ["qemu", "--variant", "qemu-vtpm"]]


def compare(world, repository, *args):
    """The outcome from the folder, which must be the outcome from the web server too."""
    folder, url = f"{REPOSITORIES}/{repository}", f"{world.mirror.https}/{repository}"
    here = world.run(*args, "--repository", folder)
    there = world.ask(*args, "--repository", url)
    for stream in ("out", "err"):
        have = getattr(there, stream).replace(url, "BASE")
        equal(have, getattr(here, stream).replace(folder, "BASE"), f"{' '.join(args)}: {stream}")
    equal(there.status, here.status, f"{' '.join(args)}: status")
    return here


def repositories(world, kind):
    for repository in sorted(os.listdir(REPOSITORIES)):
        if repository.startswith(kind):
            for uid in UIDS.get(repository, ["v2.8.0"]):
                yield repository, uid


def compare_all(world, kind, verb, *more):
    """All statuses that came, of all repositories and clouds."""
    statuses = set()
    for repository, uid in repositories(world, kind):
        for cloud in CLOUDS:
            if verb == "resolve" and cloud == ["aws"]:
                cloud = ["aws", "--region", "us-east-1"]
            statuses.add(compare(world, repository, verb, uid, "--csp", *cloud, *more).status)
    return statuses


def case_resolve_good(world):
    equal(compare_all(world, "good-", "resolve", "--json"), {0, 4}, "statuses")


def case_resolve_bad(world):
    equal(compare_all(world, "bad-", "resolve", "--json"), {0, 3, 4, 5, 6}, "statuses")


def case_resolve_with_table_keys(world):
    statuses = compare_all(world, "bad-", "resolve", "--json", "--table-key", TABLES)
    equal(statuses, {0, 4, 6, 7, 8}, "statuses")
    equal(compare_all(world, "good-v", "resolve", "--table-key", TABLES), {0, 7}, "statuses")


def case_measurements_good(world):
    equal(compare_all(world, "good-", "measurements", "--json", "--key", PUBLISHER), {0, 4}, "statuses")


def case_measurements_bad(world):
    statuses = compare_all(world, "bad-", "measurements", "--json", "--key", PUBLISHER)
    equal(statuses, {0, 4, 6, 7}, "statuses")


def case_measurements_of_two_signers(world):
    two = ("--threshold", "2", "--key", PUBLISHER, "--key", AUDITOR)
    equal(compare_all(world, "good-v2", "measurements", *two), {0}, "statuses")
    equal(compare_all(world, "bad-", "measurements", *two), {4, 6, 7}, "statuses")


def case_every_shape_of_output(world):
    measure = ("measurements", "v2.8.0", "--csp", "gcp", "--key", PUBLISHER)
    shapes = [("resolve", "v2.8.0", "--csp", "gcp"), ("resolve", "v2.8.0", "--csp", "gcp", "--json"),
              ("resolve", "v2.8.0", "--csp", "gcp", "--quiet"),
              ("resolve", "v2.8.0", "--csp", "gcp", "--layout", "v2"), measure, (*measure, "--json"),
              *((*measure, "--format", shape) for shape in ("yaml", "env")),
              ("config", "generate", "gcp"), ("config", "generate", "gcp", "--json")]
    for shape in shapes:
        equal(compare(world, "good-v2", *shape).status, 0, f"{' '.join(shape)}: status")
    equal(compare(world, "good-v2", "resolve", "v2.8.0", "--csp", "gcp", "--layout", "v1").status, 4,
          "status of another layout")


def case_versions(world):
    for repository, want in (("good-v1", "v2.5.0\nv2.5.1\n"), ("good-v2", "v2.8.0\n")):
        for latest in ((), ("--latest",)):
            for more in ((), ("--json",)):
                here = compare(world, repository, "versions", *latest, *more)
                contains(here.err, "lists of versions are not signed")
        equal(compare(world, repository, "versions").out, want, "versions")


def case_versions_without_a_list(world):
    base = f"{world.mirror.https}/good-rfc"
    for latest in ((), ("--latest",)):
        fails(world.ask("versions", *latest, "--repository", base), 4,
              f'{base}: no version list of ref "-", stream "stable" (a repository in the rfc layout '
              "has none over HTTP)")
    fails(world.ask("config", "generate", "aws", "--repository", base), 4,
          "no --image given, and the newest version cannot be told: "
          f'{base}: no version list of ref "-", stream "stable" (a repository in the rfc layout '
          "has none over HTTP)")


def write_config(world, name, image="v2.8.0"):
    world.write(name, f"version: v4 # mine\nimage: {image}\nprovider:\n  gcp: {{region: r}}\n"
                      "attestation:\n  gcpSEVES:\n    measurements: {}\n")


def case_fetch_measurements(world):
    fetch = ("config", "fetch-measurements", "--key", PUBLISHER)
    write_config(world, "constellation-conf.yaml")
    for more in (("--output", "-"), ("--output", "-", "--json"), ("--output", "other.yaml", "--json")):
        succeeds(compare(world, "good-v2", *fetch, *more))
    base = f"{world.mirror.https}/good-v2"
    succeeds(world.ask(*fetch, "--repository", base), "")
    with open(world.path("constellation-conf.yaml")) as changed, open(world.path("other.yaml")) as other:
        text = changed.read()
        equal(text, other.read(), "config")
    contains(text, "version: v4 # mine\n")
    contains(text, "expected: ")


def case_fetch_measurements_changes_nothing_when_forged(world):
    write_config(world, "constellation-conf.yaml")
    for repository, status in (("bad-tampered", 6), ("bad-stripped", 7), ("good-v1", 4)):
        outcome = compare(world, repository, "config", "fetch-measurements", "--key", PUBLISHER)
        equal(outcome.status, status, "status")
    with open(world.path("constellation-conf.yaml")) as config:
        contains(config.read(), "measurements: {}\n")


def case_terraform(world):
    base = f"{world.mirror.https}/good-v2"
    query = f'{{"uid": "v2.8.0", "csp": "gcp", "repository": "{base}"}}'
    answer = world.ask("resolve", "--terraform", given=query)
    equal((answer.status, answer.json["location"].startswith(base)), (0, True), "outcome")
