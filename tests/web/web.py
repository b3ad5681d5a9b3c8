"""web.py - what all cases of tests/web share: the mirror, a program in a world of its own, checks.

The servers and checks of tests/net are used here too.
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.append(os.path.join(ROOT, "tests", "net"))
import harness  # noqa: E402
from harness import HANGS_S, Late, Skip, below, contains, equal, free_port, tool, wait_until  # noqa: E402,F401
from server import Server, respond  # noqa: E402,F401

REPOSITORIES = os.path.join(ROOT, "fixtures", "repositories")
KEYS = os.path.join(REPOSITORIES, "keys")
MIB = 1 << 20
IMAGE_SIZE, LARGE_SIZE = 64 * MIB + 5, 320 * MIB + 5  # of the mirror's /image and /large-image
has_mounts = False  # set by run: in a mount namespace of our own
PATIENT = ("--timeout", "3600", "--connect-timeout", "3600")  # why, says harness.py


class Outcome(harness.Outcome):
    def __init__(self, name, *rest):
        super().__init__(*rest)
        self.name = name

    @property
    def message(self):
        """The last line of standard error, without the program's name."""
        return self.err.rstrip("\n").split("\n")[-1].removeprefix(f"{self.name}: ")

    @property
    def json(self):
        return json.loads(self.out)


def wait_for(process, limit_s):
    """Waits, and returns the most memory seen in use, in KiB (what wait4 tells is that of Python
    before the program was started). A process that hangs is killed, and its status is None."""
    peak_kib, end = 0, time.monotonic() + limit_s
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                peak_kib = max([peak_kib] + [int(line.split()[1]) for line in status
                                             if line.startswith("VmHWM:")])
        except OSError:
            pass
        if time.monotonic() > end:
            process.kill()
            process.wait()
            process.returncode = None
            break
        time.sleep(0.002)
    return peak_kib


class World:
    """A program, an empty folder that it starts in, and the mirror."""

    def __init__(self, folder, program, mirror):
        self.folder, self.program, self.mirror = folder, program, mirror
        self.name = os.path.basename(program)
        self.started = []
        self.last = None  # the outcome of the last run

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
        return self.path(name)

    def start(self, *args, env=None, under=(), err=subprocess.DEVNULL):
        """The running program; its environment has nothing but HOME and env."""
        self.started.append(subprocess.Popen([*under, self.program, *args], cwd=self.folder, stderr=err,
                                             env={"HOME": self.folder, **(env or {})}, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL))
        return self.started[-1]

    def stop(self):
        """Ends what was started and still runs."""
        for process in self.started:
            process.kill()
            process.wait()

    def explain(self, why):
        """All that tells why the case failed."""
        logs = [*harness.logs_of(self.folder), f"{self.mirror.folder}/error.log"]
        return harness.explain(why, self.last, logs)

    def run(self, *args, env=None, under=(), limit_s=HANGS_S, given=""):
        start = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, \
                tempfile.TemporaryFile() as stdin:
            stdin.write(given.encode())
            stdin.seek(0)
            process = subprocess.Popen([*under, self.program, *args], stdin=stdin, stdout=out,
                                       stderr=err, cwd=self.folder,
                                       env={"HOME": self.folder, **(env or {})})
            peak_kib = wait_for(process, limit_s)
            out.seek(0)
            err.seek(0)
            self.last = Outcome(self.name, args, process.returncode, out.read().decode("utf-8", "replace"),
                                err.read().decode("utf-8", "replace"), time.monotonic() - start, peak_kib)
            return self.last

    def ask(self, *args, **more):
        """As run, trusting the mirror's certificate, and with limits that are far away if none are given."""
        return self.run(*args, *PATIENT * ("--timeout" not in args), "--ca", self.mirror.ca, **more)


def succeeds(outcome, out=None):
    equal((outcome.status, outcome.err if outcome.status else ""), (0, ""), "outcome")
    if out is not None:
        equal(outcome.out, out, "output")


def fails(outcome, status, message):
    """Ended with that status and message, and printed nothing on standard output."""
    equal((outcome.status, outcome.message, outcome.out), (status, message, ""), "outcome")


MIRROR = """
    listen [::1]:{http};
    listen 127.0.0.1:{https} ssl;
    listen [::1]:{https} ssl;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    location /slow/ {{ alias {folder}/www/; limit_rate 6m; limit_rate_after 1m; }}
    location /forbidden/ {{ return 403; }}
    location /forbidden-rfc/images/ {{ return 403; }}
    location /forbidden-rfc/measurements/ {{ return 403; }}
    location /forbidden-rfc/ {{ alias "{repositories}/good-v2/"; }}
    location /error-500/ {{ return 500; }}
    location /error-401/ {{ return 401; }}
    location /error-410/ {{ return 410; }}
    location /error-204/ {{ return 204; }}
    location /to-http/ {{ return 302 http://localhost:{http}/good-v2/; }}
    location /moved/ {{ rewrite ^/moved/(.*)$ https://localhost:{https}/good-v2/$1 redirect; }}
    location /circle/ {{ return 302 /circle/; }}
"""


def make_certificate(folder):
    """folder/ca.pem and, signed by it for this machine's loopback, folder/cert.pem with key.pem."""
    harness.make_certificate(folder)
    with open(f"{folder}/ext", "w") as ext:
        ext.write("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n")
    subprocess.run([tool("openssl"), "x509", "-req", "-in", "cert.csr", "-CA", "ca.pem", "-CAkey",
                    "ca.key", "-out", "cert.pem", "-days", "30", "-extfile", "ext"], cwd=folder,
                   check=True, capture_output=True)


def write_image(path, size):
    """A file that is mostly holes, which begin and end within blocks; returns its SHA-256."""
    make, total, at = random.Random(8), hashlib.sha256(), 0
    begins = [MIB * (8 * number + 1) + make.randrange(-3, 3) for number in range(size // MIB // 8)]
    with open(path, "wb") as file:
        for begin, piece in [*((begin, make.randbytes(MIB)) for begin in begins), (size, b"")]:
            total.update(bytes(begin - at))
            total.update(piece)
            file.seek(begin)
            file.write(piece)
            at = begin + len(piece)
        file.truncate(size)
    return total.hexdigest()


class Mirror:
    """nginx that serves all repositories of fixtures/, over https and http, IPv4 and IPv6."""

    def __init__(self, folder):
        self.folder, self.ca = folder, f"{folder}/ca.pem"
        make_certificate(folder)
        os.mkdir(f"{folder}/www")
        for name in os.listdir(REPOSITORIES):
            os.symlink(f"{REPOSITORIES}/{name}", f"{folder}/www/{name}")
        self.image_sha256 = write_image(self.path("image"), IMAGE_SIZE)
        self.large_sha256 = write_image(self.path("large-image"), LARGE_SIZE)
        https, http6 = free_port(), free_port()
        more = MIRROR.format(folder=folder, http=http6, https=https, repositories=REPOSITORIES)
        self.peer, http = harness.nginx(folder, more=more)
        self.https = f"https://localhost:{https}"
        self.https6 = f"https://[::1]:{https}"
        self.http = f"http://127.0.0.1:{http}"
        self.http6 = f"http://[::1]:{http6}"
        self.https_port, self.http_port = https, http

    def path(self, name):
        """Where the file is that is served as /NAME."""
        return f"{self.folder}/www/{name}"

    def log(self):
        with open(f"{self.folder}/access.log") as text:
            return text.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.stop()
