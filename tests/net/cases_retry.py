"""Trying again, and connections that are kept."""
from harness import below, client, contains, equal, fails, free_port, succeeds
from server import Server, reset, respond

FAST = ("--backoff=20", "--verbose")


def failing(times, fail):
    """A server that fails some times and then has a document."""
    left = [times]

    def handle(connection, request):
        left[0] -= 1
        return fail(connection) if left[0] >= 0 else respond(connection, "200 OK", b"at last")

    return Server(handle)


def case_a_busy_server(_):
    with failing(3, lambda connection: respond(connection, "503 Busy")) as server:
        outcome = client(*FAST, "get", server.url)
        succeeds(outcome, "at last")
        equal(server.connections, 1, "connections")
        for number in range(1, 4):
            contains(outcome.notes[number], f"note: {server.url}: the server answers 503 Busy: trying again in ")
            contains(outcome.notes[number], f" ({number} of 3)")


def case_a_server_that_stays_busy(_):
    with failing(9, lambda connection: respond(connection, "500 Oh")) as server:
        outcome = client(*FAST, "--retries=2", "get", server.url)
        equal((outcome.status, outcome.message),
              (10, f"{server.url}: after 3 tries: the server answers 500 Oh"), "outcome")
        equal(len(server.requests), 3, "requests")


def case_retry_after_is_waited_for(_):
    with failing(1, lambda connection: respond(connection, "429 Slow", Retry_After=1)) as server:
        outcome = client(*FAST, "get", server.url)
        succeeds(outcome, "at last")
        below(1, outcome.seconds, "seconds waited")


def case_connections_that_break(_):
    def cut(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        return False

    def cut_with_reset(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        reset(connection)
        return False

    for fail in (lambda _: False, reset, cut, cut_with_reset):
        with failing(2, fail) as server:
            succeeds(client(*FAST, "get", server.url), "at last")
            equal(len(server.requests), 3, "requests")


def case_nobody_listens(_):
    url = f"http://127.0.0.1:{free_port()}/"
    outcome = client("--backoff=10", "--retries=2", "get", url)
    fails(outcome, 10, f"{url}: after 3 tries: cannot connect: 127.0.0.1 port {url[17:-1]}: "
                       "Connection refused")


def case_one_connection_for_many_documents(_):
    def handle(connection, request):
        if request.path == "forbidden":
            return respond(connection, "403 Forbidden", b"no")
        return respond(connection, "200 OK", b"{}") if request.path == "r/a.json" else respond(
            connection, "404 Not Found", b"not here")

    with Server(handle) as server:
        outcome = client("source", server.url + "r", "a.json", "images/b.json", "a.json")
        succeeds(outcome, "cleartext\na.json found 2\nimages/b.json absent 0\na.json found 2\n")
        equal(server.connections, 1, "connections")
        succeeds(client("source", server.url, "forbidden"), "cleartext\nforbidden forbidden 0\n")
        equal(server.requests[0].headers,
              {"host": f"127.0.0.1:{server.port}", "user-agent": "sealift/test", "accept": "*/*",
               "accept-encoding": "identity"}, "headers")


def case_a_connection_that_ended_meanwhile(_):
    def handle(connection, _):
        respond(connection, "200 OK", b"x")
        return False

    with Server(handle) as server:
        outcome = client("--verbose", "get", *[server.url] * 3)
        succeeds(outcome, "xxx")
        equal([note for note in outcome.notes if "trying again" in note], [], "retries")


def case_head(_):
    def handle(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n")
        return request.method == "HEAD"

    with Server(handle) as server:
        succeeds(client("head", server.url), "200 OK, length 123\n")


def case_offline(_):
    with Server(lambda connection, _: respond(connection, "200 OK")) as server:
        fails(client("--offline", "get", server.url), 8,
              f"{server.url}: not fetched: --offline forbids the network")
        equal(server.connections, 0, "connections")
