"""The order of the calls of a download that is broken off: what a crash of the machine leaves depends on it alone."""
import time

import harness
from cases_faults import Campaign, breaking, build
from harness import equal
from server import Server

TRIES = 3  # as the state is kept each two seconds, too, a machine that stands still adds calls
BEGIN = ["write", "fsync", "rename", "fsync", "ftruncate"]  # state, folder; then the part is emptied
MARK = ["pwrite", "fdatasync", "write", "fsync", "rename"]


def check_order(folder, handle, want):
    """The order of the calls of a download that is broken off."""
    with Server(handle) as server:
        campaign = Campaign(build(folder), folder, [*harness.PATIENT, "--retries=0", "download", server.url + "i",
                                                    "HOME/i"])
        status, _, err, _ = campaign.run("order", FAULT_KINDS=f"{folder}/kinds")
    equal(status, 10, f"status ({err})")
    with open(f"{folder}/kinds") as file:
        calls = [kind for kind in file.read().split() if kind in BEGIN + MARK]
    equal([kind for i, kind in enumerate(calls) if i == 0 or kind != calls[i - 1]], want, "order of the calls")


def case_state_comes_after_its_bytes(folder):
    check_order(folder, breaking(), BEGIN + MARK)


def head(size, more="ETag: \"t\"\r\n"):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n{more}\r\n".encode()


def case_state_is_kept_each_8_mib(folder):
    def handle(connection, _):
        connection.sendall(head(1 << 30) + bytes([1]) * (20 << 20))
        return False

    check_order(folder, handle, BEGIN + 3 * MARK)


def case_state_is_kept_each_2_seconds(folder):
    def handle(connection, _):
        connection.sendall(head(1 << 30) + b"a")
        time.sleep(2.2)
        connection.sendall(b"b")
        time.sleep(0.2)
        connection.sendall(b"c")
        return False

    check_order(folder, handle, BEGIN + 2 * MARK)


def case_without_validator_no_state_is_kept(folder):
    def handle(connection, _):
        connection.sendall(head(1 << 30, "") + bytes([1]) * (20 << 20))
        return False

    check_order(folder, handle, BEGIN + ["pwrite"])
