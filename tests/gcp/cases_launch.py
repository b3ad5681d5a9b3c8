"""What `launch gcp` makes the real gcloud send."""
from site_of_test import USER_DATA, check, check_equal

SHIELDED = {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True}


def only_instance(site):
    sent = site.gcp.sent("POST", "/instances$")
    check_equal(len(sent), 1, "instances that were asked for")
    return sent[0]


def check_protected(body, kind):
    check_equal(body.get("confidentialInstanceConfig", {}).get("confidentialInstanceType"), kind, "kind")
    check_equal(body["scheduling"]["onHostMaintenance"], "TERMINATE", "on host maintenance")
    check_equal(body["shieldedInstanceConfig"], SHIELDED, "shielded")
    check_equal(body["metadata"]["items"], [{"key": "user-data", "value": USER_DATA}], "metadata")


def check_launched(site, outcome, kind):
    check_equal(outcome.status, 0, f"status of {outcome}")
    body = only_instance(site)
    check_protected(body, kind)
    check(body["disks"][0]["initializeParams"]["sourceImage"].endswith("/global/images/img"), "another image")
    check_equal([disk.get("boot") for disk in body["disks"]], [True], "disks")
    return body


def case_launch_sev_snp(site):
    site.add_image()
    body = check_launched(site, site.launch("--json"), "SEV_SNP")
    check_equal(body["minCpuPlatform"], "AMD Milan", "CPU platform")
    check(body["machineType"].endswith("/machineTypes/n2d-standard-2"), "machine type")
    methods = [request.method for request in site.gcp.requests]
    check_equal(methods.count("POST"), 1, "requests that change something")


def case_launch_sev(site):
    """Of n2d it is not the default; with as many further options as go together."""
    site.add_image()
    extra = ["--network=net", "--subnet=sub", "--network-tier=STANDARD", "--stack-type=IPV4_ONLY",
             "--private-network-ip=10.0.0.9", "--no-address", "--tags=a,b", "--labels=k=v,l=w",
             "--description=metadata-from-file=x,--maintenance-policy=MIGRATE", "--hostname=a.example",
             "--service-account=a@site-project.iam.gserviceaccount.com", "--scopes=storage-ro",
             "--boot-disk-size=20GB", "--boot-disk-type=pd-ssd", "--deletion-protection",
             "--resource-policies=pol", "--reservation-affinity=none",
             "--boot-disk-kms-key=projects/p/locations/l/keyRings/r/cryptoKeys/k"]
    body = check_launched(site, site.launch("--confidential-compute-type", "SEV", "--", *extra), "SEV")
    check_equal(body["description"], "metadata-from-file=x,--maintenance-policy=MIGRATE", "description")
    check_equal(body["tags"], {"items": ["a", "b"]}, "tags")
    check_equal(len(body["networkInterfaces"]), 1, "networks")
    check_equal("accessConfigs" in body["networkInterfaces"][0], False, "address outside")
    check_equal(body["disks"][0]["autoDelete"], True, "boot disk deleted with the machine")


def case_launch_tdx(site):
    site.add_image()
    body = check_launched(site, site.launch("--json", machine_type="c3-standard-4"), "TDX")
    check(body["disks"][0]["initializeParams"]["diskType"].endswith("/pd-balanced"), "disk type")


def case_launch_arm(site):
    site.add_image(architecture="ARM64", features=["UEFI_COMPATIBLE", "GVNIC"])
    outcome = site.launch("--allow-non-confidential", machine_type="t2a-standard-1")
    body = check_launched(site, outcome, None)
    check("confidentialInstanceConfig" not in body, "confidential computing on a machine without it")
    check("WILL NOT BE ENCRYPTED" in outcome.err, "no warning")


def case_launch_of_another_image(site):
    """Somebody put another image under the same name after it was looked at; and what else the service may
    make of a launch is in tests/cli/launch.test."""
    site.add_image()
    site.gcp.image_id = "78"
    outcome = site.launch()
    check_equal(outcome.status, 8, f"status of {outcome}")
    check("is NOT as asked for; delete it" in outcome.err, f"no advice in {outcome.err!r}")
    check('with the id "78", want id 77' in outcome.err, f"no ids in {outcome.err!r}")
