"""What the user sees of a download on the way: on a terminal, for machines, and otherwise nothing."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading

from cases_download import check_image, get, put_table
from web import HANGS_S, MIB, PATIENT, contains, equal, fails, succeeds


TRIES = 3  # what is shown each fifth of a second is not where the machine stands still


def on_terminal(world, url, *more, columns=80):
    """Status, and all that came to the terminal, of a download whose standard error is one."""
    put_table(world, url)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([world.program, "resolve", "v1.0.0", "--csp", "qemu", "--download", "image", "--ca",
                           world.mirror.ca, *PATIENT, *more], cwd=world.folder, env={"HOME": world.folder}, stderr=theirs,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        os.close(theirs)
        limit = threading.Timer(HANGS_S, process.kill)
        limit.start()
        seen = b""
        try:
            while piece := os.read(ours, 65536):
                seen += piece
        except OSError:  # the other side is closed
            pass
        out = process.stdout.read()
        limit.cancel()
    os.close(ours)
    return process.returncode, out, seen.decode()


def put_small(world):
    with open(world.mirror.path(f"small-{os.path.basename(world.folder)}"), "wb") as file:
        file.write(os.urandom(14 * MIB))
    return f"{world.mirror.https}/slow/small-{os.path.basename(world.folder)}"


def case_bar(world):
    url = put_small(world)
    status, out, seen = on_terminal(world, url)
    equal((status, out), (0, f"{url}\n"), "outcome")
    drawn = seen.split("\r\x1b[K")
    equal((drawn[0], drawn[-1]), ("", ""), "before the first bar and after the last")
    for bar in drawn[1:-1]:
        if not re.fullmatch(r"downloading [#.]{30} [0-9.]+ [kM]B +[0-9]+%, [0-9.]+ [kM]?B/s(, \d+ s left)?", bar):
            raise AssertionError(f"bar: have {bar!r}")
    contains(seen, " s left")
    filled = [bar.count("#") for bar in drawn[1:-1]]
    equal((filled == sorted(filled), len(filled) >= 3), (True, True), f"bars grow ({filled})")


def case_narrow_bar(world):
    """A bar stays one line of the terminal, which could not be wiped otherwise."""
    url = put_small(world)
    status, out, seen = on_terminal(world, url, columns=50)
    equal((status, out), (0, f"{url}\n"), "outcome")
    bars = seen.split("\r\x1b[K")[1:-1]
    equal((len(bars) >= 3, max(len(bar) for bar in bars) < 50), (True, True), f"bars ({bars})")


def case_no_bar(world):
    url = put_small(world)
    for more in (("--quiet",), ("--progress", "none")):
        status, out, seen = on_terminal(world, url, *more)
        equal((status, out, seen), (0, f"{url}\n", ""), "outcome")
        os.unlink(world.path("image"))
    status, out, seen = on_terminal(world, f"{world.mirror.https}/keys/tables.pub")
    equal((status, seen), (0, ""), "outcome of what takes no second")


def case_error_after_a_bar(world):
    """The error begins on a line of its own."""
    url = put_small(world)
    status, out, seen = on_terminal(world, url, "--sha256", "0" * 64)
    equal((status, out), (9, ""), "outcome")
    equal(seen.split("\r\x1b[K")[-1].startswith(f"{world.name}: image.part: its SHA-256 is "), True,
          f"last line begins with the error ({seen[-300:]!r})")


def case_json(world):
    outcome = get(world, put_small(world), "--progress=json")
    succeeds(outcome)
    lines = [json.loads(line)["progress"] for line in outcome.err.rstrip("\n").split("\n")]
    equal({line["total"] for line in lines}, {14 * MIB}, "total")
    done = [line["done"] for line in lines]
    equal((done == sorted(done), 0 < done[0] <= done[-1] <= 14 * MIB), (True, True), f"done ({done})")
    equal(all(line["bytesPerSecond"] > 0 for line in lines), True, "rates")


def case_json_and_an_error(world):
    """With --json the error object is the last line, whatever came before."""
    outcome = get(world, put_small(world), "--progress=json", "--json", "--sha256", "0" * 64)
    equal((outcome.status, outcome.out), (9, ""), "outcome")
    lines = [json.loads(line) for line in outcome.err.rstrip("\n").split("\n")]
    equal([list(line) for line in lines], [["progress"]] * (len(lines) - 1) + [["error"]], "lines")


def case_unknown(world):
    fails(get(world, f"{world.mirror.https}/image", "--progress", "fancy"), 2,
          '--progress "fancy": want bar, json or none')
    succeeds(get(world, f"{world.mirror.https}/image", "--progress", "bar"))
    check_image(world)
