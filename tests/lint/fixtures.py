#!/usr/bin/env python3
"""The fixtures that follow from a generator alone are what it makes now, and no disk (*.sparse) is there that none
makes. make-edges, make-repositories and make-signatures are left out: seconds of arithmetic and of openssl."""
import os
import shutil
import subprocess
import sys
import tempfile

import source

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import scratch  # noqa: E402

GENERATORS = ["make-images", "make-broken", "make-documents", "private-keys/make"]


def generate(folder, findings):
    """All at a time, in a copy: each writes files of its own."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    running = [(name, subprocess.Popen([os.path.join(folder, name)], env=environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
               for name in GENERATORS if os.path.exists(os.path.join(folder, name))]
    for name, generator in running:
        errors = generator.communicate()[1]
        if generator.returncode:
            findings.add(f"fixtures/{name}", 1, f"fails: {errors.strip()}")


def contents(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(at, name), "rb") as file:
                found[os.path.relpath(os.path.join(at, name), folder)] = file.read()
    return found


def main():
    findings = source.Findings()
    fixtures = os.path.join(source.ROOT, "fixtures")
    have = contents(fixtures)
    with tempfile.TemporaryDirectory(prefix="sealift-fixtures-", dir=scratch.folder()) as folder:
        copy = shutil.copytree(fixtures, os.path.join(folder, "fixtures"), ignore=shutil.ignore_patterns("*.sparse")) \
            if have else folder
        generate(copy, findings)
        made = contents(copy)
    for path in sorted(have.keys() | made.keys()):
        if have.get(path) != made.get(path):
            why = "no generator makes it" if path not in made else \
                "the generators make it, and it is not there" if path not in have else \
                "is not what the generators make now"
            findings.add(f"fixtures/{path}", 1, why)
    findings.end()


main()
