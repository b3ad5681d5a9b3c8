"""pack with images that come over the network: read once, and compared with their measurements."""
import os
import subprocess
import sys

import web
from web import ROOT, Server, contains, equal, fails, respond, succeeds

PRIVATE = os.path.join(ROOT, "fixtures/private-keys/good-p256.pem")
PUBLIC = os.path.join(ROOT, "fixtures/keys/good-p256.pem")
VALUE = "0123456789abcdef" * 4


def only_sealift(world):
    if world.name != "sealift":
        raise web.Skip("the verb is sealift's")


def prepare(world, register, more=()):
    """Disks with a UKI, a table whose qemu image is served, and signed measurements that want that PCR 4."""
    only_sealift(world)
    subprocess.run([sys.executable, "-B", os.path.join(ROOT, "fixtures/make-images"), "--raw", world.folder], check=True,
                   stdout=subprocess.DEVNULL)
    with open(world.path("good-257.raw"), "rb") as file:
        disk = file.read()
    if register is None:
        measured = world.run("measure", "good-257.raw", "--csp", "qemu", "--uid", "v2.2.0", "--quiet")
        succeeds(measured)
        world.write("measurements.yaml", measured.out)
    else:
        world.write("measurements.yaml", f"csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: {register}\n")
    succeeds(world.run("sign", "measurements.yaml", "--sign-key", PRIVATE))

    def serve(connection, request):
        return respond(connection, "200 OK", disk if request.method != "HEAD" else b"")

    server = Server(serve)
    world.write("table.json", f'{{"ref":"-","stream":"stable","version":"v2.2.0","qemu":{{"qemu-vtpm":"{server.url}disk"}}}}')
    outcome = world.run("pack", "--table", "table.json", "--measurements", "qemu=measurements.yaml", "--key", PUBLIC,
                        "--sign-key", PRIVATE, "--verbose", "-o", "b.tar", *web.PATIENT, *more,
                        env={"SOURCE_DATE_EPOCH": "1700000000"})
    server.close()
    equal(len(server.requests), 2, "requests: one for the size, one for the bytes")
    return outcome, f"{server.url}disk"


def left(world):
    return sorted(name for name in os.listdir(world.folder) if name.startswith("b.tar"))


def case_streamed_image_is_compared(world):
    outcome, url = prepare(world, None)
    succeeds(outcome)
    contains(outcome.err, f"{url}: PCR 4, 9 and 11 of the image are those of the measurements (systemd-stub 257")
    equal(left(world), ["b.tar"], "files")
    succeeds(world.run("verify", "b.tar", "--key", PUBLIC, "--deep"))


def case_streamed_image_into_parts_is_compared(world):
    outcome, url = prepare(world, None, ["--split", "69632"])
    succeeds(outcome)
    contains(outcome.err, f"{url}: PCR 4, 9 and 11 of the image are those of the measurements (systemd-stub 257")
    succeeds(world.run("verify", *left(world), "--key", PUBLIC, "--deep"))


def case_streamed_image_of_others_is_refused(world):
    """And nothing of it is left."""
    for more in ([], ["--split", "69632"]):
        outcome, url = prepare(world, VALUE, more)
        equal((outcome.status, outcome.out, left(world)), (6, "", []), "outcome")
        contains(outcome.message, f"{url}: is not what the measurements describe; the nearest: PCR 4: the image gives")
