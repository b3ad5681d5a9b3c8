"""The options that the real gcloud has for `compute instances create`: each is on the list of those that
are passed on, or refused."""
import re

from site_of_test import check, check_equal

# Some that could weaken a launch, to notice when the help text is not what is read here.
DANGEROUS = {"--metadata", "--metadata-from-file", "--image", "--image-family", "--image-project",
             "--maintenance-policy", "--confidential-compute", "--confidential-compute-type",
             "--shielded-secure-boot", "--shielded-vtpm",
             "--shielded-integrity-monitoring", "--flags-file", "--network-interface", "--disk",
             "--create-disk", "--source-instance-template", "--source-machine-image", "--boot-disk-auto-delete",
             "--min-cpu-platform", "--machine-type", "--zone", "--project", "--format",
             "--impersonate-service-account", "--configuration", "--account", "--async", "--can-ip-forward",
             "--provisioning-model", "--preemptible"}


def options_of_gcloud(site):
    done = site.run("gcloud", "compute", "instances", "create", "--help", TERM="dumb", PAGER="cat",
                    CLOUDSDK_CORE_DISABLE_PROMPTS=None)
    check_equal(done.status, 0, f"status of gcloud's help ({done.err[:300]})")
    return set(re.findall(r"--[a-z][a-z0-9-]*[a-z0-9]", re.sub(r".\x08", "", done.out)))


def allowed_by_sealift(site):
    """From its help: the paragraph of names between "passed on" and "each as"."""
    text = site.sealift("launch", "gcp", "--help").out
    return set(re.findall(r"--[a-z-]+", re.search(r"passed on to gcloud.*?each as", text, re.DOTALL)[0]))


def case_options_are_listed_or_refused(site):
    of_gcloud, allowed = options_of_gcloud(site), allowed_by_sealift(site)
    check(len(of_gcloud) > 80, f"only {len(of_gcloud)} options found in gcloud's help")
    check_equal(DANGEROUS - of_gcloud, set(), "options that gcloud's help is known to have")
    check_equal(allowed & DANGEROUS, set(), "options that must be refused")
    unknown = {name for name in allowed - of_gcloud if name.replace("--no-", "--") not in of_gcloud}
    check_equal(unknown, set(), "options that gcloud does not have")
    for name in sorted(of_gcloud | {f"--no-{name[2:]}" for name in of_gcloud}):
        for word in (name, f"{name}=x", f"{name[:-1]}=x"):
            check_word(site, word, allowed)


def check_word(site, word, allowed):
    """Refused by the rule; or, of the list, passed on or misspelt, and then what protects comes after."""
    outcome = site.launch("--dry-run", "--", word)
    is_allowed = word.partition("=")[0] in allowed
    check(outcome.status in ((0, 2) if is_allowed else (8,)), f"{word}: {outcome}")
    if outcome.status:
        return
    create = next(line for line in outcome.out.splitlines() if " create " in line)
    after = create.partition(f" {word} ")[2]
    for needed in ("--maintenance-policy=TERMINATE", "--shielded-secure-boot", "--shielded-vtpm", "--image=img",
                   "--shielded-integrity-monitoring", "--metadata-from-file=", "--confidential-compute-type="):
        check(needed in after, f"{word}: no {needed} after it: {create}")
