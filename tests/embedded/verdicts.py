#!/usr/bin/env python3
"""tests/embedded/verdicts.py COMMAND... - asks build/verdicts, and COMMAND, the same program built for another
machine, of every fixture: both must say the same, and what fixtures/*/verdicts.tsv say where they do. The last
line is "N passed, N failed"."""
import glob
import os
import subprocess
import sys

CASES = "build/embedded-cases"  # where verdicts.c looks for them


def rows(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def cases():
    """(line for the program, the whole verdict where the fixtures say it)"""
    for path in sorted(glob.glob("fixtures/tables/*.json")):
        yield f"table {path}", None
    for path in sorted(glob.glob("fixtures/measurements/*.json")):
        yield f"measurements {path}", None
    for name, code, text in rows("fixtures/keys/verdicts.tsv"):
        yield f"key fixtures/keys/{name}", f"{code} {text}"
    for row in rows("fixtures/signatures/verdicts.tsv"):
        name, key, code, text = (row + [""])[:4]
        yield f"signature fixtures/signatures/{name} fixtures/keys/{key}", f"{code} {text}"


def ask(command):
    """The exit status, and all that was said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=600, check=False)
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace")


def compare(command):
    """How many comparisons were good, and a text for each that was not."""
    wanted = list(cases())
    with open(CASES, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line, _ in wanted)
    here_status, here = ask(["build/verdicts"])
    there_status, there = ask(command)
    here, there = here.splitlines(), there.splitlines()
    if here_status or there_status or not len(here) == len(there) == len(wanted):
        return 0, [f"{len(wanted)} fixtures, {len(here)} verdicts here (status {here_status}), "
                   f"{len(there)} there (status {there_status}): {(there or ['nothing'])[-1]}"]
    problems = [f"here:  {a}\nthere: {b}" for a, b in zip(here, there) if a != b]
    problems += [f"want {line}: {verdict}\nhave {b}" for (line, verdict), b in zip(wanted, there)
                 if verdict is not None and b != f"{line}: {verdict}"]
    return len(wanted) + sum(verdict is not None for _, verdict in wanted) - len(problems), problems


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    passed, problems = compare(sys.argv[1:])
    print(*problems[:40], f"{passed} passed, {len(problems)} failed", sep="\n")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
