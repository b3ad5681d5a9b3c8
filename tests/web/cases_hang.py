"""Servers that stop talking: a clear error soon after the limit, whatever they do."""
import itertools
import socket
import time

from cases_download import files, get
from cases_nginx import Relay
from server import drip, full_listener
from harness import SILENT_S, soon
from web import MIB, Server, contains, equal, respond

TRIES = 3  # as a machine that stands still lets a limit pass before a server has said what it will
RESOLVE = ("resolve", "v2.8.0", "--csp", "gcp", "--retries", "0")
LIMITS = ("--timeout", "1", "--connect-timeout", "1")


def times_out(world, outcome, *said):
    """Status 10 naming the URL and the limit, soon after it."""
    soon(outcome)
    equal((outcome.status, outcome.out), (10, ""), f"outcome ({outcome.seconds:.1f} s)")
    for text in (*said, "timed out after 1 s"):
        contains(outcome.message, text)


def asks(world, handle):
    with Server(handle) as server:
        outcome = world.run(*RESOLVE, *LIMITS, "--repository", server.url)
        times_out(world, outcome, f"{server.url}images/v2.8.0.json: ")
        return outcome


def silence(*_):
    time.sleep(SILENT_S)
    return False


def drops(connection, first, drop):
    return drip(connection, itertools.chain([b"HTTP/1.1 200 OK\r\n" + first], itertools.repeat(drop)), 0.1)


def case_no_answer(world):
    asks(world, silence)


def case_head_in_drops(world):
    asks(world, lambda connection, _: drops(connection, b"", b"A: b\r\n"))


def case_body_in_drops(world):
    outcome = asks(world, lambda connection, _: drops(connection, b"Content-Length: 900\r\n\r\n", b" "))
    contains(outcome.message, " bytes of the body")


def case_chunks_in_drops(world):
    asks(world, lambda connection, _: drops(connection, b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"))


def case_silence_after_the_head(world):
    def answer(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
        return silence()

    asks(world, answer)


def case_silence_at_the_second_document(world):
    """On a connection that was kept alive."""
    def answer(connection, request):
        return silence() if "constellation" in request.path else respond(connection, "404 Not Found")

    with Server(answer) as server:
        times_out(world, world.run(*RESOLVE, *LIMITS, "--repository", server.url),
                  f"{server.url}constellation/v1/")


def case_interim_answers_without_end(world):
    """The limit holds for the head as a whole, and their number is limited too."""
    hints = itertools.repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    with Server(lambda connection, _: drip(connection, hints, 0.02)) as server:
        outcome = world.run(*RESOLVE, *LIMITS, "--repository", server.url)
        equal(outcome.status, 10, "status")
        contains(outcome.message, "more than 16 interim responses")


def case_no_connection(world):
    kept = full_listener("127.0.0.1")
    base = f"http://127.0.0.1:{kept[0].getsockname()[1]}"
    times_out(world, world.run(*RESOLVE, *LIMITS, "--repository", base), f"{base}/images/v2.8.0.json: cannot connect: ")
    for one in kept:
        one.close()


def case_no_handshake(world):
    with socket.create_server(("127.0.0.1", 0)) as server:
        base = f"https://127.0.0.1:{server.getsockname()[1]}"
        times_out(world, world.ask(*RESOLVE, *LIMITS, "--repository", base), f"{base}/images/v2.8.0.json: TLS: ")


def case_no_answer_from_the_proxy(world):
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = f"127.0.0.1:{server.getsockname()[1]}"
        outcome = world.ask(*RESOLVE, *LIMITS, "--repository", "https://h.test", env={"HTTPS_PROXY": f"http://{proxy}"})
        times_out(world, outcome, f"https://h.test/images/v2.8.0.json: proxy {proxy} (HTTPS_PROXY): ")


def case_redirect_to_silence(world):
    with Server(silence) as there:
        with Server(lambda connection, _: respond(connection, "302 Found", Location=there.url)) as here:
            times_out(world, world.run(*RESOLVE, *LIMITS, "--repository", here.url),
                      f"{here.url}images/v2.8.0.json: redirected to {there.url}: ")


def case_every_try_has_its_limit(world):
    with Server(silence) as server:
        outcome = world.run("resolve", "v2.8.0", "--csp", "gcp", *LIMITS, "--retries", "1", "--repository", server.url)
        equal((outcome.status, len(server.requests)), (10, 2), "outcome")
        contains(outcome.message, "after 2 tries: timed out after 1 s")
        soon(outcome)


def case_come_back_in_an_hour(world):
    """No script waits that long without being told."""
    with Server(lambda connection, _: respond(connection, "503 Busy", Retry_After="3600")) as server:
        outcome = world.run("resolve", "v2.8.0", "--csp", "gcp", "--retries", "3", "--repository", server.url)
        equal(outcome.status, 10, "status")
        contains(outcome.message, "the server answers 503 Busy and asks to come back in 3600 s")
        soon(outcome)


class Stalling(Relay):
    """Brings so many bytes, and then no more, but keeps the connection."""

    def bring(self, there, here):
        left = self.breaks[0]
        while left > 0 and (data := there.recv(min(262144, left))):
            here.sendall(data)
            left -= len(data)
        silence()


def case_download_that_stalls(world):
    with Stalling(world.mirror.https_port, [5 * MIB]) as relay:
        url = f"https://localhost:{relay.port}/image"
        times_out(world, get(world, url, *LIMITS, "--retries", "0"), f"{url}: ", " bytes of the body: ")
        equal(files(world), ["image.part", "image.part.json"], "files left")


def case_slow_is_not_stalled(world):
    """Longer than the limit in all, but always on the move."""
    def answer(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 131072\r\n\r\n")
        return drip(connection, [bytes(8192)] * 16, 0.15)

    with Server(answer) as server:
        outcome = get(world, server.url, *LIMITS, "--retries", "0")
        equal((outcome.status, outcome.seconds > 2), (0, True), f"outcome ({outcome.seconds:.1f} s)")
