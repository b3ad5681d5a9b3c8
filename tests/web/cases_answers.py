"""What servers answer besides documents: 403, 404, errors, redirects, and answers after some tries."""
import os

from web import KEYS, PATIENT, REPOSITORIES, Server, below, contains, equal, fails, respond, succeeds

RESOLVE = ("resolve", "v2.8.0", "--csp", "gcp", *PATIENT)
MEASURE = ("measurements", "v2.8.0", "--csp", "gcp", "--key", f"{KEYS}/publisher.pub", *PATIENT)
IMAGE = "constellation/v2/ref/-/stream/stable/v2.8.0/image"


def document(path):
    """A file of good-v2, None when it is not there."""
    try:
        with open(f"{REPOSITORIES}/good-v2/{path}", "rb") as file:
            return file.read()
    except OSError:
        return None


def serve(connection, request):
    body = document(request.path)
    return respond(connection, "404 Not Found" if body is None else "200 OK", body or b"")


def case_forbidden_moves_on(world):
    base = f"{world.mirror.https}/forbidden-rfc"
    for args in (RESOLVE, MEASURE):
        here = world.run(*args, "--repository", f"{REPOSITORIES}/good-v2")
        succeeds(world.ask(*args, "--repository", base), here.out)
        succeeds(world.ask(*args, "--repository", f"{world.mirror.https}/good-v2"), here.out)


def case_forbidden_and_nowhere(world):
    """Nobody can tell whether it is there: not the same as "not there"."""
    base = f"{world.mirror.https}/forbidden-rfc"
    fails(world.ask("resolve", "v2.9.9", "--csp", "gcp", "--repository", base), 10,
          f"{base}/images/v2.9.9.json: the server answers 403 (forbidden); no lookup table of v2.9.9 "
          "elsewhere")
    base = f"{world.mirror.https}/forbidden"
    outcome = world.ask(*MEASURE, "--repository", base)
    equal((outcome.status, outcome.out), (10, ""), "outcome")
    contains(outcome.message, f"{base}/{IMAGE}/measurements.json: the server answers 403 (forbidden)")
    outcome = world.ask("versions", "--repository", base)
    fails(outcome, 10, f"{base}/constellation/v1/ref/-/stream/stable/versions/latest/image.json: the "
                       "server answers 403 (forbidden): whether there is a version list cannot be told")


def case_absent(world):
    base = f"{world.mirror.https}/nothing"
    fails(world.ask(*RESOLVE, "--repository", base), 4, f"no lookup table of v2.8.0 in . or {base}")
    outcome = world.ask(*RESOLVE, "--repository", base, "--json")
    equal((outcome.status, outcome.out), (4, ""), "outcome")
    equal(outcome.err.count("\n"), 1, "lines")
    contains(outcome.err, '"code":"not-found"')


def case_other_answers_are_errors(world):
    """None of them means "not there", and the search does not go on past them."""
    for status in ("500 Internal Server Error", "401 Unauthorized", "410 Gone", "204 No Content"):
        base = f"{world.mirror.https}/error-{status[:3]}"
        for args, name in ((RESOLVE, "images/v2.8.0.json"),
                           (MEASURE, "measurements/gcp/v2.8.0/measurements.yaml"),
                           (("versions",), "constellation/v1/ref/-/stream/stable/versions/latest/image.json")):
            fails(world.ask(*args, "--repository", base, "--retries", "0"), 10,
                  f"{base}/{name}: the server answers {status}")


def case_an_error_behind_the_table(world):
    """The signature cannot be had: neither "unsigned" nor "forged"."""
    def answer(connection, request):
        if request.path.endswith(".sig"):
            return respond(connection, "500 Internal Server Error")
        return serve(connection, request)

    with Server(answer) as server:
        outcome = world.run(*RESOLVE, "--table-key", f"{KEYS}/tables.pub", "--repository", server.url,
                            "--retries", "0")
        fails(outcome, 10, f"{server.url}{IMAGE}/info.json.sig: the server answers 500 Internal Server "
                           "Error")


def case_tries_again(world):
    """Three failures of different kinds, each reported, then the answer."""
    left = []

    def answer(connection, request):
        if not left:
            return serve(connection, request)
        kind = left.pop()
        return bool(kind) and respond(connection, kind, Retry_After="0")

    with Server(answer) as server:
        left += ["429 Too Many Requests", "503 Service Unavailable", ""]
        outcome = world.run(*RESOLVE, "--layout", "v2", "--repository", server.url, "--verbose")
        succeeds(outcome)
        tries = [line for line in outcome.err.split("\n") if "trying again" in line]
        url = f"{world.name}: {server.url}{IMAGE}/info.json: "
        for line, reason in zip(tries, ("the server closed the connection without a response",
                                        "the server answers 503 Service Unavailable",
                                        "the server answers 429 Too Many Requests")):
            contains(line, url + reason)
        equal([line.rsplit("(", 1)[1] for line in tries], ["1 of 3)", "2 of 3)", "3 of 3)"], "tries")
        left += ["503 Service Unavailable"] * 2
        outcome = world.run(*RESOLVE, "--layout", "v2", "--repository", server.url, "--retries", "1")
        fails(outcome, 10, f"{server.url}{IMAGE}/info.json: after 2 tries: the server answers 503 Service "
                           "Unavailable and asks to come back in 0 s")


def case_one_connection_for_one_lookup(world):
    with Server(serve) as server:
        succeeds(world.run(*MEASURE, "--repository", server.url))
        equal(server.connections, 1, "connections")
        equal({request.headers["user-agent"].split("/")[0] for request in server.requests}, {"sealift"},
              "user agent")
        equal({request.method for request in server.requests}, {"GET"}, "methods")


def case_redirects(world):
    succeeds(world.ask(*RESOLVE, "--repository", f"{world.mirror.https}/moved"))
    base = f"{world.mirror.https}/to-http"
    fails(world.ask(*RESOLVE, "--repository", base), 8,
          f"{base}/images/v2.8.0.json: a redirect from https to {world.mirror.http6.replace('[::1]', 'localhost')}"
          "/good-v2/ is refused")
    base = f"{world.mirror.https}/circle"
    outcome = world.ask(*RESOLVE, "--repository", base)
    equal(outcome.status, 10, "status")
    contains(outcome.message, "more than 5 redirects")


def case_updated_between_document_and_signature(world):
    """A signature that does not fit is no forgery when both fit at the second look."""
    with open(f"{REPOSITORIES}/bad-signer/{IMAGE}/measurements.json.sig", "rb") as file:
        stale = file.read()
    looked = []

    def answer(connection, request):
        if request.path.endswith("measurements.json.sig") and not looked:
            looked.append(request.path)
            return respond(connection, "200 OK", stale)
        return serve(connection, request)

    with Server(answer) as server:
        succeeds(world.run(*MEASURE, "--repository", server.url))
        equal(len(looked), 1, "stale signatures")


def case_hostile_bytes(world):
    """Nothing of what a server sends reaches the terminal as it is."""
    evil = "\x1b[2J\x1b]0;owned\x07"

    def answer(connection, request):
        if request.path.startswith("images"):
            return respond(connection, f"500 {evil}")
        return respond(connection, "302 Found", Location=f"http://h.test/{evil}")

    with Server(answer) as server:
        for args in (RESOLVE, (*RESOLVE, "--layout", "v2"), (*RESOLVE, "--json")):
            outcome = world.run(*args, "--repository", server.url, "--retries", "0", "--verbose")
            equal((outcome.status, "\x1b" in outcome.err, "\x07" in outcome.err), (10, False, False),
                  "outcome")


def case_oversized_documents(world):
    """A table without end: refused at the cap, and memory stays there."""
    def answer(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")

    with Server(answer) as server:
        outcome = world.run(*RESOLVE, "--repository", server.url)
        equal((outcome.status, outcome.out), (11, ""), "outcome")
        contains(outcome.message, f"{server.url}images/v2.8.0.json: larger than ")
        below(outcome.peak_kib, 100 << 10, "KiB of memory")
        outcome = world.run(*MEASURE, "--repository", server.url)
        equal((outcome.status, outcome.peak_kib < 8 << 10), (11, True), f"outcome ({outcome.peak_kib} KiB)")


def case_garbage_is_no_table(world):
    world.write("portal.html", "<!doctype html><title>Log in</title>")
    os.makedirs(world.path("empty"))
    for body, status in ((b"<!doctype html><title>Log in</title>", 3), (b"", 3), (b"{}", 4)):
        with Server(lambda connection, _, body=body: respond(connection, "200 OK", body)) as server:
            outcome = world.run(*RESOLVE, "--repository", server.url)
            equal((outcome.status, outcome.out), (status, ""), f"outcome of {body!r}")
            contains(outcome.message, f"{server.url}images/v2.8.0.json: ")
