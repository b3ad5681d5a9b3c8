"""source.py - what the checks of this folder share: the files, and C without comments and strings.

Every check is a program of its own: `tests/lint/CHECK [ROOT]` prints one line a finding,
"file:line: what (why)", and ends with status 1 when there is one. ROOT is for lint's own tests.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
TOKENS = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def files(*patterns):
    """Paths below ROOT that fit a pattern (`**` reaches into folders), sorted."""
    found = {os.path.relpath(path, ROOT) for pattern in patterns
             for path in glob.glob(os.path.join(ROOT, pattern), recursive=True)}
    return sorted(path for path in found if not path.startswith(("build/", "vendor/cache/")))


def committed():
    """All that is in the repository or about to be: tracked, or neither tracked nor ignored."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, text=True)
    if listed.returncode:  # lint's own tests, and source tarballs
        return [path for path in files("**/*", "**/.*") if os.path.isfile(os.path.join(ROOT, path))]
    return sorted(path for path in listed.stdout.split("\0")
                  if path and os.path.isfile(os.path.join(ROOT, path)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def _blank(match):
    """White space as long as the token, line ends kept; a string keeps its quotes."""
    token = match[0]
    mark = token[0] if token[0] in "\"'" else ""
    inner = re.sub(r"[^\n]", " ", token[len(mark):len(token) - len(mark)])
    return mark + inner + mark


def code(path):
    """The C of a file with comments and the insides of strings blanked out; lines stay in place."""
    return TOKENS.sub(_blank, read(path))


def includes(path):
    """(line, name as written with its quotes or brackets) of each #include."""
    for number, line in enumerate(read(path).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"][^>"]+[>"])', line)
        if match:
            yield number, match[1]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Findings:
    def __init__(self):
        self.count = 0

    def add(self, path, line, text):
        self.count += 1
        print(f"{path}:{line}: {text}")

    def end(self):
        sys.exit(1 if self.count else 0)
