#!/usr/bin/env python3
"""Shows that tests/faults/run finds each bad habit of sample.c, and nothing where there is none."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# habit of the sample -> what must be complained about (None: nothing)
HABITS = {
    "none": None,
    "ignores-malloc": "a sanitizer complains",
    "ignores-a-late-malloc": "a sanitizer complains",
    "ignores-the-last-malloc": "a sanitizer complains",
    "calls-it-a-bug": "status 1, want 10, 11 or 0",
    "silent": "FAULT=alloc:1:ENOMEM: no message",
    "ignores-read": "FAULT=read:1:EIO: other standard output than without the fault",
    "trusts-short-reads": "FAULT=read:1:SHORT: other standard output than without the fault",
    "prints-first": "FAULT=write:2:EIO: standard output is not empty",
    "leaves-a-file": "files are neither as before nor as after",
    "leaks": "a sanitizer complains",
}


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sealift-fault-") as folder:
        program = os.path.join(folder, "sample")
        subprocess.run([os.environ.get("CC", "gcc"), "-std=c11", "-D_GNU_SOURCE", "-g",
                        "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", program,
                        "@wrap", "sample.c", "fault.c"], cwd=HERE, check=True)
        for habit, want in HABITS.items():
            cases = os.path.join(folder, "sample.cases")
            with open(cases, "w", encoding="ascii") as file:
                file.write(f"% echo abc > in\n$ sealift {habit}\n")
            done = subprocess.run([os.path.join(HERE, "run"), "--program", program, cases],
                                  capture_output=True, text=True)
            if done.returncode != (1 if want else 0) or (want or "") not in done.stdout:
                failed += 1
                print(f"sample {habit}: want {want!r}\n{done.stdout}{done.stderr}")
    print(f"{len(HABITS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
