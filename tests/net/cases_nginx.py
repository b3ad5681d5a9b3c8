"""Downloads from nginx: killed and continued, broken off on the way, over TLS."""
import hashlib
import os
import random
import signal
import socket
import subprocess
import threading
import time

import harness
from harness import Skip, below, client, ends, equal, nginx, succeeds
from server import stop_accepting

MIB = 1 << 20


def write_image(path, size):
    """A file of random pieces and holes; returns its SHA-256."""
    make, total = random.Random(5), hashlib.sha256()
    block = make.randbytes(MIB)
    with open(path, "wb") as file:
        for number in range(size // MIB):
            piece = bytes(MIB) if number % 4 == 3 else number.to_bytes(8, "big") + block[8:]
            total.update(piece)
            file.write(piece) if any(piece[:16]) else file.seek(MIB, os.SEEK_CUR)
        file.truncate(size)
    return total.hexdigest()


class Relay:
    """Carries bytes between the client and a server, and breaks the connection off when it has
    carried so many; counts all it brought to the client."""

    def __init__(self, port, breaks):
        self.to, self.breaks, self.carried = port, list(breaks), 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.hold = None  # the number of bytes after which the rest waits
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while True:
            try:
                here, _ = self.socket.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.to))
            except OSError:  # the server is gone
                here.close()
                continue
            threading.Thread(target=self.carry, args=(here, there), daemon=True).start()
            threading.Thread(target=self.bring, args=(there, here), daemon=True).start()

    @staticmethod
    def carry(here, there):
        try:
            while data := here.recv(65536):
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def is_holding(self):
        return self.hold is not None and self.carried >= self.hold

    def kill_after(self, count, process, number):
        """Sends the process a signal when so many bytes more have come through: those that come then do not
        help it to its end before."""
        self.hold = self.carried + count
        harness.wait_until(lambda: self.is_holding() or process.poll() is not None, f"{count} bytes carried")
        process.send_signal(number)
        try:
            return process.wait(harness.HANGS_S)
        finally:
            self.hold = None

    def bring(self, there, here):
        left = self.breaks.pop(0) if self.breaks else None
        try:
            while data := there.recv(262144 if left is None else min(262144, left)):
                while self.is_holding():
                    time.sleep(0.001)
                here.sendall(data)
                self.carried += len(data)
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        break
        except OSError:
            pass
        for end in (here, there):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hold = None
        stop_accepting(self.socket, self.accepting)


def case_killed_and_continued(folder):
    """SIGKILL at random moments: the file is the same in the end, and little comes twice."""
    size, make = 96 * MIB, random.Random(6)
    peer, port = nginx(folder)
    want = write_image(f"{folder}/www/i", size)
    with peer, Relay(port, []) as relay:
        run = [harness.client_path, *harness.PATIENT, "--retries=0", "download", f"http://127.0.0.1:{relay.port}/i",
               f"{folder}/i"]
        for _ in range(3):
            process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            status = relay.kill_after(make.randrange(20 * MIB, 30 * MIB), process, signal.SIGKILL)
            equal(status, -signal.SIGKILL, "status")
        outcome = client("--digest", "download", f"http://127.0.0.1:{relay.port}/i", f"{folder}/i")
        ends(outcome, 0)
        equal(outcome.out.split()[3], want, "SHA-256")
        below(relay.carried - size, 3 * 24 * MIB, "bytes that came twice")
        equal(sorted(name for name in os.listdir(folder) if name.startswith("i")), ["i"], "files")


def broken_off(folder, size, breaks, limit_s=harness.HANGS_S, with_tls=True):
    peer, port = nginx(folder, with_tls=with_tls)
    want = write_image(f"{folder}/www/i", size)
    cuts = random.Random(7)
    with peer, Relay(port, [cuts.randrange(1, 2 * size // breaks) for _ in range(breaks)]) as relay:
        url = f"{'https' if with_tls else 'http'}://localhost:{relay.port}/i"
        options = [f"--ca={folder}/ca.pem"] if with_tls else []
        outcome = client(*options, "--backoff=1", "--retries=20", "--verbose", "--digest", "download", url,
                         f"{folder}/i", limit_s=limit_s)
        ends(outcome, 0)
        length, received, _, digest = outcome.out.split()
        equal((int(length), digest), (size, want), "result")
        below(relay.carried, 1.05 * size, "bytes that were carried")
        below(int(received), 1.05 * size, "bytes that came")
        equal(relay.breaks, [], "breaks left over")
        return outcome, relay.carried


def case_broken_off_20_times_over_tls(folder):
    broken_off(folder, 64 * MIB, 20)


def case_broken_off_20_times(folder):
    broken_off(folder, 64 * MIB, 20, with_tls=False)


def case_4_gib_broken_off_20_times_over_tls(folder):
    if not harness.is_large:
        raise Skip("takes long: --large")
    outcome, carried = broken_off(folder, 4096 * MIB, 20, 1200)
    print(f"4 GiB over TLS, broken off 20 times: {outcome.seconds:.0f} s, "
          f"{carried / (4096 * MIB):.4f} of the bytes carried, peak {outcome.peak_kib} KiB")


def case_keeps_holes(folder):
    peer, port = nginx(folder)
    write_image(f"{folder}/www/i", 32 * MIB)
    with peer:
        succeeds(client("download", f"http://127.0.0.1:{port}/i", f"{folder}/i"))
    below(os.stat(f"{folder}/i").st_blocks * 512, 25 * MIB, "bytes on the disk")


def case_changed_object(folder):
    peer, port = nginx(folder)
    write_image(f"{folder}/www/i", 8 * MIB)
    with peer, Relay(port, [3 * MIB]) as relay:
        url = f"http://127.0.0.1:{relay.port}/i"
        ends(client("--retries=0", "download", url, f"{folder}/i"), 10)
        with open(f"{folder}/www/i", "wb") as file:
            file.write(b"another one")
        outcome = client("--verbose", "download", url, f"{folder}/i")
        ends(outcome, 0)
        equal([note for note in outcome.notes if note.startswith("warning")],
              [f"warning: {folder}/i.part: the server's object has changed: starting over"], "warnings")
    with open(f"{folder}/i", "rb") as file:
        equal(file.read(), b"another one", "content")


def case_without_ranges(folder):
    peer, port = nginx(folder, more="max_ranges 0;")
    want = write_image(f"{folder}/www/i", 8 * MIB)
    with peer, Relay(port, [3 * MIB]) as relay:
        outcome = client("--backoff=1", "--verbose", "--digest", "download", f"http://127.0.0.1:{relay.port}/i",
                         f"{folder}/i")
        equal((outcome.status, outcome.out.split()[3]), (0, want), "outcome")
        equal([note for note in outcome.notes if note.startswith("warning")],
              [f"warning: {folder}/i.part: the server does not send parts: starting over"], "warnings")


def case_gzip_is_not_asked_for(folder):
    peer, port = nginx(folder, more="gzip on; gzip_types *; gzip_min_length 1; gzip_http_version 1.0;")
    with open(f"{folder}/www/a.json", "w") as document:
        document.write("{}" * 1000)
    with peer:
        succeeds(client("get", f"http://127.0.0.1:{port}/a.json"), "{}" * 1000)
