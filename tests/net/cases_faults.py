"""Every allocation and system call of fetch and download fails once, each in turn.

With tests/faults/fault.c under the client. Whatever fails, the client ends with the right result or
with status 10 or 11 and a message, in time; and a download that failed is completed by the next run.
"""
import collections
import concurrent.futures
import os
import subprocess

import harness
from harness import Skip, equal, nginx
from server import Server

ERRORS = {
    "alloc": ["ENOMEM"], "socket": ["EMFILE"], "connect": ["ECONNREFUSED", "EINTR"],
    "poll": ["EINTR", "ENOMEM"], "send": ["ECONNRESET", "EINTR", "EAGAIN", "SHORT"],
    "recv": ["ECONNRESET", "EINTR", "EAGAIN", "SHORT"], "setsockopt": ["EINVAL"],
    "getsockopt": ["EINVAL"], "fork": ["EAGAIN"], "pipe2": ["EMFILE"], "waitpid": ["EINTR"],
    "getrandom": ["EINTR"], "open": ["EIO", "EMFILE"], "read": ["EIO", "EINTR", "SHORT"],
    "pread": ["EIO", "EINTR", "SHORT"], "write": ["EIO", "ENOSPC", "SHORT"],
    "pwrite": ["EIO", "ENOSPC", "EINTR", "SHORT"], "fstat": ["EIO"], "lstat": ["EIO"],
    "fstatvfs": ["EIO"], "fsync": ["EIO"], "fdatasync": ["EIO", "ENOSPC"], "ftruncate": ["ENOSPC", "EIO"], "flock": ["EINTR", "EIO"],
    "rename": ["EIO"], "close": ["EIO"], "unlink": ["EIO"],
}
LEFT_OUT_AFTER = 40  # calls of a kind that are tried one by one; then every tenth


def build(folder):
    """The client with faults beneath it, and the sanitizers."""
    archive, out = f"{harness.ROOT}/build/test/tested.a", f"{folder}/faulty"
    if not os.path.exists(archive) or not os.path.exists(f"{harness.ROOT}/tests/faults/fault.c"):
        raise Skip("there is no build/test/tested.a, or no tests/faults/fault.c")
    done = subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-I.", "-Ivendor/cache/host/include",
         "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
         "-Wno-builtin-declaration-mismatch", "-o", out, "@tests/faults/wrap", "tests/faults/fault.c",
         "tests/net/client.c", "resolver/crypto/backends_bearssl.c", archive,
         "-Lvendor/cache/host/lib", "-lbearssl"], cwd=harness.ROOT, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr)
    return out


class Campaign:
    """One command line; `prepare` puts its files into an empty folder before each run.

    With output, a run that fails may have printed a part of it (the first of two documents).
    """

    workers = 2

    def __init__(self, program, folder, command, prepare=None, output=None):
        self.program, self.folder, self.command = program, folder, command
        self.prepare, self.output = prepare, output

    def run(self, name, **environment):
        """Status, output, error and the folder of one run."""
        home = f"{self.folder}/{name}"
        os.makedirs(home, exist_ok=True)
        if self.prepare and not os.listdir(home):
            self.prepare(home)
        command = [word.replace("HOME", home) for word in self.command]
        done = subprocess.run([self.program, *command], env=environment, capture_output=True,
                              timeout=harness.HANGS_S)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace"), home

    def calls(self):
        counts = f"{self.folder}/kinds"
        status, _, err, _ = self.run("clean", FAULT_KINDS=counts)
        equal((status, err), (0, ""), "the run without faults")
        with open(counts) as file:
            return collections.Counter(file.read().split())

    def check(self, fault):
        """What is wrong with the run that has this fault, or None."""
        status, out, err, home = self.run(fault.replace(":", "-"), FAULT=fault)
        if "Sanitizer" in err or "runtime error" in err:
            return f"{fault}: {err}"
        if status == 0:
            return None if self.output is None or out == self.output else f"{fault}: output {out!r}"
        is_part = (self.output or b"").startswith(out)
        if status not in (10, 11) or not is_part or "client: " not in err:
            return f"{fault}: status {status}, output {out!r}, error {err!r}"
        if self.prepare and os.path.exists(f"{home}/i") and "synced" not in err:
            return f"{fault}: FILE is there though it failed: {err!r}"
        status, _, err, _ = self.run(fault.replace(":", "-"))
        return None if status == 0 else f"{fault}: the next run: status {status}, {err!r}"

    def check_all(self, kinds=None):
        faults = []
        for kind, count in self.calls().items():
            numbers = [n for n in range(1, count + 1) if n <= LEFT_OUT_AFTER or n % 10 == 0]
            if kinds is None or kind in kinds:
                faults += [f"{kind}:{n}:{error}" for n in numbers for error in ERRORS.get(kind, [])]
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            wrong = [what for what in pool.map(self.check, faults) if what]
        if wrong:
            raise AssertionError("\n".join(wrong[:10]) + f"\n{len(wrong)} of {len(faults)} faults")
        if not faults:
            raise AssertionError("there was no call to make fail")


OPTIONS = ["--backoff=1", *harness.PATIENT]


def case_get(folder):
    def handle(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        return True

    with Server(handle) as server:
        url = f"http://localhost:{server.port}/"
        Campaign(build(folder), folder, [*OPTIONS, "get", url, url], output=b"hellohello").check_all()


def case_get_over_tls(folder):
    peer, port = nginx(folder, with_tls=True)
    with open(f"{folder}/www/a", "w") as document:
        document.write("hello" * 10000)
    with peer:
        Campaign(build(folder), folder, [*OPTIONS, f"--ca={folder}/ca.pem", "get",
                                         f"https://127.0.0.1:{port}/a"],
                 output=b"hello" * 10000).check_all(("alloc", "recv", "send", "getrandom", "poll"))


def store():
    from cases_download import Store, image
    return Store(image(200000))


def case_download(folder):
    content = store()
    with Server(content.handle) as server:
        Campaign(build(folder), folder,
                 [*OPTIONS, "download", server.url + "i", "HOME/i"]).check_all()


def breaking():
    """Breaks off whoever asks for all of it."""
    content = store()

    def handle(connection, request):
        content_of = type(content)(content.content, breaks=[] if "range" in request.headers else [100000])
        return content_of.handle(connection, request)

    return handle


def case_download_that_breaks(folder):
    with Server(breaking()) as server:
        Campaign(build(folder), folder, [*OPTIONS, "download", server.url + "i", "HOME/i"]).check_all()


def case_continued_download(folder):
    """From a part that an earlier run left."""
    content = store()
    with Server(content.handle) as server:
        def break_off(home):
            content.breaks.append(100000)
            outcome = harness.client("--retries=0", "download", server.url + "i", f"{home}/i")
            equal(outcome.status, 10, "status of the run that is broken off")

        campaign = Campaign(build(folder), folder,
                            [*OPTIONS, "download", server.url + "i", "HOME/i"], prepare=break_off)
        campaign.workers = 1  # the server breaks off whoever comes first
        campaign.check_all()
