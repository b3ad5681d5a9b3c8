"""The matrix of fixtures/http: every response has the verdict and message of expected.txt."""
import os
import subprocess

from harness import ROOT, client, equal, fails, tool
from server import Server

FOLDER = f"{ROOT}/fixtures/http"


def rows():
    with open(f"{FOLDER}/expected.txt", encoding="utf-8") as table:
        for line in table:
            if not line.startswith("#"):
                name, status, curl, *text = line.rstrip("\n").split(maxsplit=3)
                text = "".join(text)
                yield name, int(status), int(curl), text


def fixture_server():
    def handle(connection, request):
        with open(f"{FOLDER}/{request.path}.http", "rb") as response:
            connection.sendall(response.read())
        return False

    return Server(handle)


def case_every_response_has_its_verdict(_):
    wrong = []
    with fixture_server() as server:
        for name, status, _, text in rows():
            outcome = client("--retries=0", "get", server.url + name)
            try:
                if status:
                    fails(outcome, status, f"{server.url}{name}: {text}")
                else:
                    equal((outcome.status, outcome.out), (0, text), name)
            except AssertionError as why:
                wrong.append(f"{name}: {why}")
    if wrong:
        raise AssertionError("\n".join(wrong))


def case_what_curl_refuses_is_refused(_):
    """curl takes more than we do, never less: whatever curl is installed here."""
    curl = tool("curl")
    wrong = []
    with fixture_server() as server:
        for name, status, _, _ in rows():
            done = subprocess.run([curl, "-fsSL", "--max-time", "300", "--max-filesize", "1048576", "-o",
                                   "/dev/null", server.url + name], capture_output=True, env={})
            if done.returncode and not status:
                wrong.append(f"{name}: curl ends with {done.returncode}, and we take it")
    if wrong:
        raise AssertionError("\n".join(wrong))


def case_every_fixture_has_its_row(_):
    files = sorted(name[:-5] for name in os.listdir(FOLDER) if name.endswith(".http"))
    equal(files, sorted(name for name, *_ in rows()), "fixtures")
