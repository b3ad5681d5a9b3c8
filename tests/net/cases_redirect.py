"""Redirects, over real connections; the rules themselves are in tests/unit/test_fetch.c."""
from harness import client, equal, fails, nginx, succeeds
from server import Server, respond


def redirecting(targets):
    """A server that sends each path of targets on, and has a document at /end."""
    def handle(connection, request):
        if request.path == "end":
            return respond(connection, "200 OK", b"there")
        return respond(connection, "302 Found", b"gone", Location=targets[request.path])

    return Server(handle)


def case_to_another_server(_):
    with redirecting({}) as there, redirecting({"a": there.url + "end"}) as here:
        outcome = client("--verbose", "get", here.url + "a")
        succeeds(outcome, "there")
        equal(outcome.notes[1], f"note: {here.url}a: 302 Found: to {there.url}end", "note")


def case_relative_over_one_connection(_):
    with redirecting({"a": "b", "b": "/c/d", "c/d": "../end"}) as server:
        succeeds(client("get", server.url + "a"), "there")
        equal(server.connections, 1, "connections")


def case_a_loop(_):
    with redirecting({"a": "/b", "b": "/a"}) as server:
        fails(client("get", server.url + "a"), 10,
              f"{server.url}a: redirected to {server.url}b: more than 5 redirects, the last one to "
              f"{server.url}a")
        equal(len(server.requests), 6, "requests")


def case_to_itself(_):
    with redirecting({"a": "/a"}) as server:
        fails(client("get", server.url + "a"), 10,
              f"{server.url}a: redirected to {server.url}a: more than 5 redirects, the last one to "
              f"{server.url}a")


def case_from_https_to_http_is_refused(folder):
    with redirecting({}) as plain:
        more = f"location /a {{ return 302 {plain.url}end; }} location /b {{ return 302 /c; }}"
        peer, port = nginx(folder, with_tls=True, more=more)
        with peer:
            url = f"https://localhost:{port}/"
            fails(client(f"--ca={folder}/ca.pem", "get", url + "a"), 8,
                  f"{url}a: a redirect from https to {plain.url}end is refused")
            equal(plain.connections, 0, "connections")
            with open(f"{folder}/www/c", "w") as document:
                document.write("secure")
            succeeds(client(f"--ca={folder}/ca.pem", "get", url + "b"), "secure")
            with redirecting({"a": url + "c"}) as first:
                succeeds(client(f"--ca={folder}/ca.pem", "get", first.url + "a"), "secure")
