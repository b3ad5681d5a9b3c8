"""resolve --download: whole, pinned, interrupted and continued; what is left when it fails."""
import hashlib
import os
import random
import signal

import web
from cases_nginx import Relay
from web import MIB, PATIENT, Server, Skip, below, contains, equal, fails, respond, succeeds


def get(world, url, *more, **options):
    """Downloads the image at url into the file image."""
    put_table(world, url)
    return world.ask("resolve", "v1.0.0", "--csp", "qemu", "--download", "image", *more, **options)


def put_table(world, url):
    world.write("v1.0.0.json", f'{{"qemu": "{url}"}}')


def files(world):
    return sorted(name for name in os.listdir(world.folder) if name.startswith("image"))


def digest(path):
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(MIB):
            total.update(piece)
    return total.hexdigest()


def check_image(world):
    equal(digest(world.path("image")), world.mirror.image_sha256, "SHA-256 of the file")
    equal(files(world), ["image"], "files")


def case_whole(world):
    """Some hundred MB: the same bytes, the holes kept, in little memory."""
    url = f"{world.mirror.https}/large-image"
    outcome = get(world, url)
    succeeds(outcome, f"{url}\n")
    equal(outcome.err, "", "standard error")
    equal(files(world), ["image"], "files")
    equal(digest(world.path("image")), world.mirror.large_sha256, "SHA-256 of the file")
    below(outcome.peak_kib, 8 << 10, "KiB of memory")
    status, served = os.stat(world.path("image")), os.stat(world.mirror.path("large-image"))
    equal(status.st_size, served.st_size, "length")
    below(status.st_blocks, served.st_blocks + 2048, "blocks on the disk")


def case_json(world):
    url = f"{world.mirror.https}/image"
    outcome = get(world, url, "--json", "--sha256", world.mirror.image_sha256)
    succeeds(outcome)
    equal(outcome.json["image"], {"path": "image", "sizeBytes": web.IMAGE_SIZE,
                                  "sha256": world.mirror.image_sha256}, "image")
    equal(outcome.json["reference"], url, "reference")


def case_pinned_to_another(world):
    """Nothing is left of what is not what was asked for, and nothing that was there changes."""
    other = "0" * 64
    world.write("image", "before")
    fails(get(world, f"{world.mirror.https}/image", "--sha256", other), 9,
          f"image.part: its SHA-256 is {world.mirror.image_sha256}, wanted was {other}: removed")
    equal(files(world), ["image"], "files")
    with open(world.path("image")) as file:
        equal(file.read(), "before", "content")
    outcome = get(world, f"{world.mirror.https}/image", "--sha256", "abc")
    fails(outcome, 2, '--sha256 "abc": want 64 hex digits')


def case_in_place_of_another(world):
    world.write("image", "before")
    succeeds(get(world, f"{world.mirror.https}/image", "--sha256", world.mirror.image_sha256.upper()))
    check_image(world)


def start(world, **options):
    return world.start("resolve", "v1.0.0", "--csp", "qemu", "--download", "image", "--ca", world.mirror.ca, *PATIENT,
                       **options)


def interrupt(world, relay, number, after):
    """Starts the download and ends it with a signal when so many bytes have come."""
    process = start(world, under=("env", "--default-signal=INT"))  # a shell's background jobs ignore it
    equal(relay.kill_after(after, process, number), -number, "status")
    left = set(files(world)) - {"image.part.json.new"}  # which is there for a moment
    equal(left, {"image.part", "image.part.json"}, "files left")


def interrupted(world, number, times):
    make = random.Random(9)
    with Relay(world.mirror.https_port, []) as relay:
        put_table(world, f"https://localhost:{relay.port}/image")
        for _ in range(times):
            interrupt(world, relay, number, make.randrange(20 * MIB, 24 * MIB))
        outcome = get(world, f"https://localhost:{relay.port}/image", "--verbose")
        succeeds(outcome)
        contains(outcome.err, f"{world.name}: image.part: going on after the ")
        check_image(world)
        below(relay.carried - web.IMAGE_SIZE, times * 24 * MIB, "bytes that came twice")


def case_interrupted(world):
    interrupted(world, signal.SIGINT, 1)


def case_ended(world):
    interrupted(world, signal.SIGTERM, 1)


def case_killed(world):
    interrupted(world, signal.SIGKILL, 2)


def case_line_that_breaks(world):
    make = random.Random(10)
    with Relay(world.mirror.https_port, [make.randrange(MIB, 16 * MIB) for _ in range(3)]) as relay:
        outcome = get(world, f"https://localhost:{relay.port}/image", "--verbose")
        succeeds(outcome)
        equal(relay.breaks, [], "breaks left over")
        equal(outcome.err.count("trying again"), 3, "tries")
        check_image(world)
        below(relay.carried, 1.05 * web.IMAGE_SIZE, "bytes that came")


def case_line_that_stays_broken(world):
    with Relay(world.mirror.https_port, [3 * MIB] + [1000] * 3) as relay:
        url = f"https://localhost:{relay.port}/image"
        outcome = get(world, url, "--retries", "1")
        equal((outcome.status, outcome.out), (10, ""), "outcome")
        contains(outcome.message, f"{url}: after 2 tries: ")
        contains(outcome.err, "bytes: the same download goes on from there")
        equal(files(world), ["image.part", "image.part.json"], "files left")
        relay.breaks.clear()
        succeeds(get(world, url))
    check_image(world)


def case_changed_meanwhile(world):
    with Relay(world.mirror.https_port, [10 * MIB]) as relay:
        url = f"https://localhost:{relay.port}/changing-{world.name}"
        served = world.mirror.path(f"changing-{world.name}")
        for content in (b"old" * 10 * MIB, b"new" * 1000):
            with open(served, "wb") as file:
                file.write(content)
            outcome = get(world, url, "--retries", "0")
    succeeds(outcome)
    contains(outcome.err, "warning: image.part: the server's object has changed: starting over")
    equal(files(world), ["image"], "files")
    with open(world.path("image"), "rb") as file:
        equal(file.read(), content, "content")


def case_two_at_once(world):
    with Relay(world.mirror.https_port, []) as relay:
        relay.hold = MIB
        put_table(world, f"https://localhost:{relay.port}/image")
        first = start(world)
        web.wait_until(lambda: os.path.exists(world.path("image.part.json")) or first.poll() is not None, "a part")
        fails(get(world, f"{world.mirror.https}/image"), 10, "image.part: another run is writing to it")
        equal(first.poll(), None, "status of the first")


def case_refused_by_the_server(world):
    for place, reason in (("nothing", "404 Not Found"), ("forbidden/image", "403 Forbidden"),
                          ("error-204/image", "204 No Content")):
        url = f"{world.mirror.https}/{place}"
        fails(get(world, url, "--retries", "0"), 10, f"{url}: the server answers {reason}")
        equal(files(world), [], "files left")


def case_no_url(world):
    world.write("v1.0.0.json", '{"gcp": "projects/p/global/images/i"}')
    outcome = world.run("resolve", "v1.0.0", "--csp", "gcp", "--download", "image")
    fails(outcome, 2, '--download: "projects/p/global/images/i" is no URL: this cloud keeps the image itself')
    equal(files(world), [], "files left")


def case_without_a_length_over_http(world):
    """Nobody could tell the end from a cut: only a digest can."""
    def answer(connection, _):
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nimage")
        return False

    with Server(answer) as server:
        outcome = get(world, server.url, "--retries", "0")
        equal((outcome.status, files(world)), (10, []), "outcome")
        contains(outcome.message, "the server does not say how long it is")
        succeeds(get(world, server.url, "--sha256", hashlib.sha256(b"image").hexdigest()))
        equal(files(world), ["image"], "files")


def case_more_than_was_announced(world):
    """What comes behind the announced end is not part of the image."""
    def answer(connection, _):
        respond(connection, "200 OK", b"image")
        connection.sendall(b"more")
        return False

    with Server(answer) as server:
        succeeds(get(world, server.url, "--sha256", hashlib.sha256(b"image").hexdigest()))


def small_disk(world):
    if not web.has_mounts:
        raise Skip("no mount namespace of our own")
    os.mkdir(world.path("disk"))
    return ("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=32m none disk && cd disk && cp ../*.json . && '
            '{ "$@"; status=$?; ls >&2; exit $status; }', "sh")


def case_no_space(world):
    """Said before anything is fetched."""
    under = small_disk(world)
    outcome = get(world, f"{world.mirror.https}/image", under=under)
    equal((outcome.status, outcome.out), (11, ""), "outcome")
    contains(outcome.err, f"image.part: no space: {web.IMAGE_SIZE} bytes are to come, ")
    equal(outcome.message, "v1.0.0.json", "files left")


def case_places_that_are_no_files(world):
    os.mkdir(world.path("image"))
    fails(get(world, f"{world.mirror.https}/image"), 10, "image: exists and is not a regular file")
    os.rmdir(world.path("image"))
    world.write("target", "before")
    os.symlink("target", world.path("image.part"))
    fails(get(world, f"{world.mirror.https}/image"), 8, "image.part: is in the way: it is a symbolic link; remove it")
    os.unlink(world.path("image.part"))
    outcome = world.ask("resolve", "v1.0.0", "--csp", "qemu", "--download", "nowhere/image")
    fails(outcome, 10, "nowhere/image.part: cannot be opened: No such file or directory")
    with open(world.path("target")) as file:
        equal(file.read(), "before", "content")


def case_http_image_is_warned_of(world):
    """Without a pin nothing vouches for what came over http://."""
    url = f"{world.mirror.http}/image"
    outcome = get(world, url)
    succeeds(outcome)
    contains(outcome.err, "came over http://")
    equal(get(world, url, "--sha256", world.mirror.image_sha256).err, "", "standard error when pinned")
