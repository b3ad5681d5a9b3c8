"""Downloads from a server that breaks off, changes its mind, or lies."""
import hashlib
import json
import os
import random
import subprocess
import time

import harness
from harness import Skip, below, client, contains, ends, equal, succeeds
from server import Server, reset, respond


class Store:
    """Serves one object with ranges; each response breaks off after a number of bytes."""

    def __init__(self, content, tag='"one"', breaks=()):
        self.content, self.tag, self.breaks = content, tag, list(breaks)

    def handle(self, connection, request):
        start = 0
        wants = request.headers.get("range", "")
        if wants and request.headers.get("if-range") in (None, self.tag):
            start = int(wants[len("bytes="):-1])
        body = memoryview(self.content)[start:]
        head = "206 Partial Content" if start else "200 OK"
        more = f"Content-Range: bytes {start}-{len(self.content) - 1}/{len(self.content)}\r\n"
        connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nETag: {self.tag}\r\n"
                           f"{more if start else ''}\r\n".encode())
        cut = self.breaks.pop(0) if self.breaks else len(body)
        connection.sendall(body[:cut])
        if cut < len(body) and len(self.breaks) % 2:
            reset(connection)
        return cut >= len(body)


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def image(size, seed=1):
    """Like a disk image: random data with long runs of zeros."""
    make, parts = random.Random(seed), []
    while size > 0:
        piece = min(size, make.randrange(1, 400000))
        parts.append(bytes(piece) if make.random() < 0.5 else make.randbytes(piece))
        size -= piece
    return b"".join(parts)


def check_file(path, content):
    with open(path, "rb") as file:
        equal(hashlib.sha256(file.read()).hexdigest(), digest_of(content), "SHA-256 of the file")
    equal(sorted(os.listdir(os.path.dirname(path))), [os.path.basename(path)], "files")


def case_whole(folder):
    content = image(5000000)
    with Server(Store(content).handle) as server:
        outcome = client("--progress", "--digest", "download", server.url + "i", f"{folder}/i")
        equal((outcome.status, outcome.out),
              (0, f"5000000 5000000 0 {digest_of(content)}\n"), "outcome")
        contains(outcome.err, "progress: 5000000 of 5000000\n")
    check_file(f"{folder}/i", content)
    below(os.stat(f"{folder}/i").st_blocks * 512, 0.8 * len(content), "bytes on the disk")


def case_broken_off_within_one_run(folder):
    content = image(20000000)
    store = Store(content, breaks=random.Random(2).sample(range(1, 2000000), 12))
    with Server(store.handle) as server:
        outcome = client("--backoff=1", "--retries=20", "--verbose", "--digest", "download", server.url + "i", f"{folder}/i")
        succeeds(outcome)
        contains(outcome.out, digest_of(content))
        equal([note for note in outcome.notes if note.startswith("warning")], [], "warnings")
        equal(int(outcome.out.split()[1]), len(content), "bytes received")
    check_file(f"{folder}/i", content)


def case_continued_in_a_later_run(folder):
    content = image(20000000)
    for cut, more in ((1, ()), (4095, ("--digest",)), (4194304, ()), (10000001, ("--digest",))):
        store = Store(content, breaks=[cut])
        with Server(store.handle) as server:
            outcome = client("--retries=0", "download", server.url + "i", f"{folder}/i")
            ends(outcome, 10)
            contains(outcome.message, "bytes of the body")
            outcome = client(*more, "download", server.url + "i", f"{folder}/i")
            ends(outcome, 0)
        size, received, resumed, digest = outcome.out.split()
        equal((int(size), digest), (len(content), digest_of(content) if more else "-"), "result")
        equal(int(received) + int(resumed), len(content), "received and resumed")
        check_file(f"{folder}/i", content)
        os.unlink(f"{folder}/i")


def case_the_object_changed(folder):
    old, new = image(3000000, seed=3), image(2500000, seed=4)
    with Server(Store(old, breaks=[1500000]).handle) as server:
        client("--retries=0", "download", server.url + "i", f"{folder}/i")
        server.handle = Store(new, tag='"two"').handle
        outcome = client("--verbose", "download", server.url + "i", f"{folder}/i")
        ends(outcome, 0)
        contains(outcome.err, f"warning: {folder}/i.part: the server's object has changed: starting over")
    check_file(f"{folder}/i", new)


def case_the_state_of_a_new_object_vouches_for_nothing(folder):
    """Until something of it is there: else a crash now would join old bytes to new ones."""
    seen = []

    def handle(connection, _):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "two"\r\n\r\n')
        until = time.monotonic() + 10
        while not seen and time.monotonic() < until:
            with open(f"{folder}/i.part.json") as file:
                state = json.load(file)
            if state["validator"] == '"two"':
                seen.append(state["done"])
        connection.sendall(b"hello")
        return True

    with Server(Store(image(3000000), breaks=[1500000]).handle) as server:
        client("--retries=0", "download", server.url + "i", f"{folder}/i")
        server.handle = handle
        succeeds(client("download", server.url + "i", f"{folder}/i"))
    equal(seen, ["0"], "bytes that the state vouches for")


def case_a_digest_that_is_not_the_one(folder):
    content = image(100000)
    with Server(Store(content).handle) as server:
        outcome = client("--sha256=" + "0" * 64, "download", server.url + "i", f"{folder}/i")
        ends(outcome, 9)
        contains(outcome.message, f"its SHA-256 is {digest_of(content)}, wanted was 000")
        equal(os.listdir(folder), [], "files")
        succeeds(client("--sha256=" + digest_of(content), "download", server.url + "i", f"{folder}/i"))
    check_file(f"{folder}/i", content)


def case_an_older_file_stays_until_the_end(folder):
    content = image(100000)
    with open(f"{folder}/i", "w") as older:
        older.write("older")
    with Server(Store(content, breaks=[50000]).handle) as server:
        ends(client("--retries=0", "download", server.url + "i", f"{folder}/i"), 10)
        with open(f"{folder}/i") as older:
            equal(older.read(), "older", "the older file")
        succeeds(client("download", server.url + "i", f"{folder}/i"))
    check_file(f"{folder}/i", content)


def small_disk(folder, size):
    if not harness.has_mounts:
        raise Skip("there is no mount namespace to have a small disk in")
    os.makedirs(f"{folder}/disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", f"{folder}/disk"],
                          capture_output=True, text=True)
    if done.returncode:
        raise Skip(f"no small disk: {done.stderr.strip()}")
    return f"{folder}/disk"


def case_no_space_is_noticed_first(folder):
    disk = small_disk(folder, "2m")
    try:
        with Server(Store(image(5000000)).handle) as server:
            outcome = client("download", server.url + "i", f"{disk}/i")
            ends(outcome, 11)
            contains(outcome.message, f"{disk}/i.part: no space: 5000000 bytes are to come, ")
            equal(outcome.out, "", "output")
            equal(os.listdir(disk), [], "files")
    finally:
        subprocess.run(["umount", disk], check=False)


def case_a_disk_that_fills_up(folder):
    disk = small_disk(folder, "2m")

    def handle(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        connection.sendall(b"0\r\n\r\n")

    try:
        with Server(handle) as server:
            outcome = client("download", server.url + "i", f"{disk}/i")
            ends(outcome, 11)
            contains(outcome.message, f"{disk}/i.part: cannot be written: No space left on device")
            equal(os.listdir(disk), [], "files")
    finally:
        subprocess.run(["umount", disk], check=False)


def case_two_at_once(folder):
    content = image(100000)
    started = []

    def handle(connection, request):
        if not started:
            started.append(client("--retries=0", "download", server.url + "i", f"{folder}/i"))
        return Store(content).handle(connection, request)

    with Server(handle) as server:
        succeeds(client("download", server.url + "i", f"{folder}/i"))
        harness.fails(started[0], 10, f"{folder}/i.part: another run is writing to it")
    check_file(f"{folder}/i", content)


def case_a_page_in_place_of_the_image(folder):
    with Server(lambda connection, _: respond(connection, "404 Not Found", b"<html>")) as server:
        harness.fails(client("download", server.url + "i", f"{folder}/i"), 10,
                      f"{server.url}i: the server answers 404 Not Found")
        equal(os.listdir(folder), [], "files")
