"""Names and addresses: /etc/hosts, a DNS server of our own, addresses that are dead."""
import contextlib
import os
import socket
import struct
import subprocess
import threading

import harness
from harness import Skip, below, client, ends, equal, fails, soon, succeeds
from server import Server, full_listener, respond


TRIES = 3  # a machine that stands still lets a limit of 0.3 s pass before anything is asked


@contextlib.contextmanager
def file_over(path, content, folder):
    """Puts a file over one of the system's, in our mount namespace."""
    if not harness.has_mounts:
        raise Skip("there is no mount namespace to have names in")
    own = f"{folder}/{os.path.basename(path)}"
    with open(own, "w") as file:
        file.write(content)
    os.chmod(own, 0o644)
    done = subprocess.run(["mount", "--bind", own, path], capture_output=True, text=True)
    if done.returncode:
        raise Skip(f"{path} cannot be replaced: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


def both_families(folder):
    """both.test has the two addresses of loopback."""
    return file_over("/etc/hosts", "127.0.0.1 localhost\n::1 both.test\n127.0.0.1 both.test\n", folder)


class Dns:
    """A DNS server that gives every question the same answer code, or none."""

    def __init__(self, folder, code):
        self.file = file_over("/etc/resolv.conf", "nameserver 127.0.0.1\n", folder)
        self.questions = 0
        self.code = code
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind(("127.0.0.1", 53))
        except OSError as why:
            raise Skip(f"port 53 cannot be had: {why}") from why
        self.socket.settimeout(0.05)
        self.is_open = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while self.is_open:
            try:
                question, sender = self.socket.recvfrom(2048)
            except TimeoutError:
                continue
            self.questions += 1
            if self.code is not None:
                head = struct.pack(">HHHHHH", struct.unpack(">H", question[:2])[0],
                                   0x8180 | self.code, 1, 0, 0, 0)
                self.socket.sendto(head + question[12:].split(b"\0\0\x29")[0], sender)

    def __enter__(self):
        self.file.__enter__()
        return self

    def __exit__(self, *error):
        self.is_open = False
        self.thread.join()
        self.socket.close()
        self.file.__exit__(*error)


def processes_of(program):
    """Processes of that very file, which nobody else on this machine runs."""
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe") == os.path.realpath(program):
                left.append(int(pid))
        except OSError:
            pass
    return left


def case_a_name_server_that_is_silent(folder):
    with Dns(folder, None) as dns:
        url = "http://silent.test/"
        outcome = client("--connect-timeout=300", "--retries=0", "get", url)
        soon(outcome)
        fails(outcome, 10, f"{url}: host \"silent.test\": looking up the host's name: "
                           "timed out after 300 ms")
        harness.wait_until(lambda: dns.questions, "a question", 10)
        equal(processes_of(harness.client_path), [], "processes left")


def case_a_name_that_is_not_known(folder):
    with Dns(folder, 3):
        fails(client("--retries=3", "--backoff=10", "get", "http://none.test/"), 10,
              'http://none.test/: host "none.test": no such host: its name is not known')


def case_a_name_server_that_fails(folder):
    with Dns(folder, 2):
        fails(client("--retries=1", "--backoff=10", "get", "http://fails.test/"), 10,
              'http://fails.test/: after 2 tries: host "fails.test": the name servers do not answer')


def case_ipv6(_):
    try:
        server = Server(lambda connection, _: respond(connection, "200 OK", b"six"), host="::1")
    except OSError as why:
        raise Skip(f"no IPv6: {why}") from why
    with server:
        outcome = client("--verbose", "get", f"http://[::1]:{server.port}/")
        succeeds(outcome, "six")
        equal(outcome.notes, [f"note: http://[::1]:{server.port}/: connected to ::1 port {server.port}"],
              "notes")
        equal(server.requests[0].headers["host"], f"[::1]:{server.port}", "Host")


def case_a_dead_address_beside_a_live_one(folder):
    """IPv6 that swallows everything costs a quarter of a second, not the time that there is to connect."""
    with both_families(folder), Server(lambda connection, _: respond(connection, "200 OK", b"four")) as server:
        try:
            kept = full_listener("::1", server.port)
        except OSError as why:
            raise Skip(f"no IPv6: {why}") from why
        outcome = client("--verbose", "get", f"http://both.test:{server.port}/")
        del kept
        succeeds(outcome, "four")
        below(outcome.seconds, 5, "seconds")
        equal(outcome.notes, [f"note: http://both.test:{server.port}/: connected to 127.0.0.1 port "
                              f"{server.port}"], "notes")


def case_all_addresses_are_named_when_none_works(folder):
    port = harness.free_port()
    with both_families(folder):
        outcome = client("--retries=0", "get", f"http://both.test:{port}/")
    ends(outcome, 10)
    have = sorted(outcome.message.split("cannot connect: ")[1].split("; "))
    equal(have, [f"127.0.0.1 port {port}: Connection refused", f"::1 port {port}: Connection refused"],
          "addresses")
