"""harness.py - what all cases of tests/net share: checks, the client, free ports, peers."""
import errno
import glob
import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import traceback

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
client_path = None  # set by run
is_large = False    # set by run: --large
has_mounts = False  # set by run: in a mount namespace of our own
last = None         # the outcome of the client that ran last

LINE_MAX = 1000     # of a failure that is explained

# A machine that is shared may stand still for many seconds, and every clock goes on: a limit of 30 s in the
# program can pass in an instant. So where a case is not about such a limit it is far away,
PATIENT = ("--connect-timeout=3600000", "--timeout=3600000")
HANGS_S = 300  # what runs for so long never ends
SOON_S = 25    # an end soon after a limit of a second or less is one within so many,
SILENT_S = 40  # and what it must not wait for comes after so many


class Late(AssertionError):
    """What no machine that stands still for a while explains: it is not tried again."""


class Skip(Exception):
    """The case cannot run here; the text says why."""


class Outcome:
    def __init__(self, args, status, out, err, seconds, peak_kib):
        self.args, self.status, self.out, self.err = args, status, out, err
        self.seconds, self.peak_kib = seconds, peak_kib

    @property
    def message(self):
        """The error, without the program's name."""
        lines = [line for line in self.err.split("\n") if line.startswith("client: ")]
        return lines[-1][len("client: "):] if lines else self.err

    @property
    def notes(self):
        return [line for line in self.err.split("\n") if re.match("note: |warning: ", line)]


def client(*args, env=None, limit_s=HANGS_S):
    """Runs the client, with an environment that has nothing but env in it."""
    global last
    start = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([client_path, *PATIENT, *args], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=err, env=env or {})
        status, peak_kib = wait_for(process, limit_s)
        out.seek(0)
        err.seek(0)
        last = Outcome(args, status, out.read().decode("latin-1"), err.read().decode("utf-8", "replace"),
                       time.monotonic() - start, peak_kib)
        return last


def peak_of(pid):
    """The most memory a process has had since it was started, in KiB; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return int(re.search(r"VmHWM:\s*(\d+)", status.read())[1])
    except (OSError, TypeError):
        return 0


def wait_for(process, limit_s):
    """Waits for the process; one that hangs is killed, and has status None. Also its peak memory,
    as far as it was seen (what wait4 tells includes the Python that started it)."""
    end, peak_kib = time.monotonic() + limit_s, 0
    while time.monotonic() < end:
        if process.poll() is not None:
            return process.returncode, peak_kib
        peak_kib = max(peak_kib, peak_of(process.pid))
        time.sleep(0.002)
    process.kill()
    process.wait()
    return None, peak_kib


def wait_until(is_so, what, limit_s=HANGS_S):
    """Waits for what will come, however long that takes on a busy machine."""
    end = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.001)


def explain(why, outcome, logs):
    """All that tells why a case failed, each line but the first indented: what is wrong, the last program that
    ran (an Outcome, or None), and the ends of logs."""
    parts = [str(why) if isinstance(why, AssertionError) else f"{why!r}\n{traceback.format_exc()}"]
    if outcome:
        parts.append(f"the last run: {' '.join(outcome.args)}\nstatus {outcome.status} after "
                     f"{outcome.seconds:.1f} s, standard error:\n{outcome.err[-2000:]}")
    for log in logs:
        with open(log, errors="replace") as text:
            parts.append(f"{log}:\n{text.read()[-1000:]}")
    return "\n    ".join(line[:LINE_MAX] for part in parts for line in part.rstrip().split("\n"))


def logs_of(folder):
    return sorted(glob.glob(f"{folder}/**/*.log", recursive=True))


def equal(have, want, what="value"):
    if have != want:
        raise AssertionError(f"{what}: have {have!r}\n    want {want!r}")


def contains(have, want):
    if want not in have:
        raise AssertionError(f"have {have!r}\n    want in it {want!r}")


def below(have, want, what):
    if not have <= want:
        raise AssertionError(f"{what}: have {have}, want at most {want}")


def soon(outcome):
    if outcome.seconds > SOON_S:
        raise Late(f"ended after {outcome.seconds:.1f} s, want at most {SOON_S}: {outcome.err}")


def fails(outcome, status, message):
    """The client ended with that status and message, and printed nothing."""
    equal((outcome.status, outcome.message, outcome.out), (status, message, ""), "outcome")


def ends(outcome, status):
    """The client ended with that status, whatever it said."""
    equal((outcome.status, None if outcome.status == status else outcome.err), (status, None), "outcome")


def succeeds(outcome, out=None):
    ends(outcome, 0)
    if out is not None:
        equal(outcome.out, out, "output")


def is_taken(family, host, port):
    with socket.socket(family) as probe:
        try:
            probe.bind((host, port))
        except OSError as why:
            return why.errno == errno.EADDRINUSE
    return False


PORTS = itertools.count(10000 + os.getpid() % 20000)


def free_port():
    """A port where nobody listens, on IPv4 and IPv6, and which is given to nobody else: not by this function, and
    not by the kernel, which gives those from 32768 on."""
    return next(port for port in PORTS if not is_taken(socket.AF_INET, "127.0.0.1", port)
                and not is_taken(socket.AF_INET6, "::1", port))


def tool(name, *places):
    """The path of a peer program, or Skip."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    for place in places:
        if not path and os.path.exists(place):
            path = place
    if not path:
        raise Skip(f"{name} is not installed")
    return path


class Peer:
    """A server program in the foreground, stopped by its own process id."""

    def __init__(self, command, port, log):
        self.log = log
        with open(log, "wb") as sink:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink,
                                            stderr=sink)
        for _ in range(50 * HANGS_S):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        with open(log, errors="replace") as text:
            reason = text.read().strip().split("\n")[-1][-200:]
        self.stop()
        raise Skip(f"{command[0]} does not start: {reason}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


NGINX = """
daemon off; master_process off; worker_processes 1; {user} pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    sendfile on; send_timeout 1h; client_header_timeout 1h; default_type application/octet-stream;
    server {{ listen 127.0.0.1:{port}{tls}; root {folder}/www; {more} }}
}}
"""


def nginx(folder, with_tls=False, more=""):
    """nginx that serves folder/www; returns the peer and its port."""
    program, port = tool("nginx"), free_port()
    os.makedirs(f"{folder}/www", exist_ok=True)
    if with_tls:
        more += f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"
        make_certificate(folder)
    with open(f"{folder}/nginx.conf", "w") as config:
        config.write(NGINX.format(folder=folder, port=port, tls=" ssl" if with_tls else "",
                                  user="" if os.getuid() else "user root;", more=more))
    command = [program, "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    return Peer(command, port, f"{folder}/nginx.log"), port


def make_certificate(folder):
    """folder/ca.pem and, signed by it for localhost, folder/cert.pem with key.pem."""
    openssl = tool("openssl")

    def run(*args):
        done = subprocess.run([openssl, *args], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA",
        "-days", "30")
    run("req", *key, "-keyout", "key.pem", "-out", "cert.csr", "-subj", "/CN=test")
    with open(f"{folder}/ext", "w") as ext:
        ext.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("x509", "-req", "-in", "cert.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-out", "cert.pem", "-days", "30", "-extfile", "ext")
