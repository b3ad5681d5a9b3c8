"""Servers that take their time: nothing hangs beyond its limit, nothing grows beyond its cap."""
import itertools
import socket

from harness import below, client, ends, equal, fails, make_certificate, soon, succeeds
from server import Server, drip, full_listener

HEAD = b"HTTP/1.1 200 OK\r\n"
TRIES = 3  # as a machine that stands still lets a limit pass before a server has said what it will
LIMIT = ("--timeout=300", "--retries=0")
NO_LIMIT = "--timeout=60000"
PEAK_KIB = 120000  # most of it is what the sanitizers take


def endless(first, piece):
    """first, and then piece for ever, many at a time."""
    many = piece * max(1, 4096 // len(piece))
    return itertools.chain([first], itertools.repeat(many))


def expect(handle, status, message, *options):
    with Server(handle) as server:
        outcome = client(*LIMIT, *options, "get", server.url)
        soon(outcome)
        fails(outcome, status, f"{server.url}: {message}")
        below(outcome.peak_kib, PEAK_KIB, "KiB of memory")


def case_a_silent_server(_):
    expect(lambda connection, _: drip(connection, itertools.repeat(b""), 0.05), 10, "timed out after 300 ms")


def case_a_head_in_drips(_):
    def handle(connection, _):
        return drip(connection, itertools.chain([HEAD], itertools.repeat(b"X-A: b\r\n")), 0.05)

    expect(handle, 10, "timed out after 300 ms")


def case_a_body_in_drips(_):
    with Server(lambda connection, _: drip(
            connection, [HEAD + b"Content-Length: 2000\r\n\r\n"] + [b"x"] * 2000, 0.05)) as server:
        outcome = client(*LIMIT, "get", server.url)
        soon(outcome)
        ends(outcome, 10)
        equal(outcome.message.split(": ")[2:], ["timed out after 300 ms"], "message")


def case_chunk_framing_in_drips(_):
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;"
    expect(lambda connection, _: drip(connection, [start] + [b"x"] * 2000, 0.05), 10,
           "after 0 bytes of the body: timed out after 300 ms")


def case_trailers_in_drips(_):
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
    expect(lambda connection, _: drip(connection, [start] + [b"A: b\r\n"] * 2000, 0.05), 10,
           "after 5 bytes of the body: timed out after 300 ms")


def case_a_slow_body_that_gets_on(_):
    body = [b"x" * 4096] * 8
    start = HEAD + b"Content-Length: 32768\r\n\r\n"
    with Server(lambda connection, _: drip(connection, [start] + body, 0.15)) as server:
        succeeds(client("--timeout=1000", "--retries=0", "get", server.url), "x" * 32768)


def case_endless_headers(_):
    expect(lambda connection, _: drip(connection, endless(HEAD, b"X-A: b\r\n"), 0), 10,
           "the response's head is longer than 65536 bytes", NO_LIMIT)


def case_endless_interim_responses(_):
    expect(lambda connection, _: drip(connection, endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), 0),
           10, "more than 16 interim responses", NO_LIMIT)


def case_an_endless_body(_):
    expect(lambda connection, _: drip(connection, endless(HEAD + b"\r\n", b"x" * 65536), 0), 11,
           "larger than 1048576 bytes", NO_LIMIT)


def case_an_endless_chunked_body(_):
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    expect(lambda connection, _: drip(
        connection, endless(start, b"10000\r\n" + b"x" * 65536 + b"\r\n"), 0), 11,
           "larger than 1048576 bytes", NO_LIMIT)


def case_endless_trailers(_):
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    expect(lambda connection, _: drip(connection, endless(start, b"A: b\r\n"), 0), 10,
           "chunked body: trailers of more than 16384 bytes", NO_LIMIT)


def case_an_endless_body_that_nobody_wants(_):
    start = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
    expect(lambda connection, _: drip(
        connection, endless(start, b"10000\r\n" + b"x" * 65536 + b"\r\n"), 0), 10,
           "the server answers 404 Not Found", NO_LIMIT)


def case_a_server_that_never_accepts(_):
    kept = full_listener("127.0.0.1")
    port = kept[0].getsockname()[1]
    outcome = client("--connect-timeout=300", "--retries=0", "get", f"http://127.0.0.1:{port}/")
    fails(outcome, 10, f"http://127.0.0.1:{port}/: cannot connect: 127.0.0.1 port {port}: "
                       "timed out after 300 ms")
    soon(outcome)


def case_a_tls_handshake_without_answer(folder):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        make_certificate(folder)
        outcome = client("--connect-timeout=300", "--retries=0", f"--ca={folder}/ca.pem", "get", url)
        fails(outcome, 10, f"{url}: TLS: timed out after 300 ms")
        soon(outcome)
