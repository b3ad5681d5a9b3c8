#!/usr/bin/env python3
"""What no file of the repository holds: host names of package registries, paths of somebody's machine."""
import re

import source

# In parts, so that this file holds none of them itself.
REGISTRIES = [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
              ("crates", "io"), ("rubygems", "org"), ("proxy.golang", "org"), ("deb.debian", "org"),
              ("ftp.debian", "org"), ("snapshot.debian", "org"), ("security.debian", "org"),
              ("archive.ubuntu", "com"), ("ghcr", "io"), ("quay", "io"), ("docker", "io"),
              ("gcr", "io"), ("repo.maven", "org")]
HOSTS = re.compile(r"(?<![\w-])(" + "|".join(re.escape(".".join(parts)) for parts in REGISTRIES) +
                   r")(?![\w-])")

# A path that only exists on one machine, not as part of a URL, a variable or a longer name.
MACHINE = re.compile(r"(?<![\w.$}/-])/(root|work|Users|mnt|home/\w+|tmp/\w+|var/tmp/\w+)(?=[/\s\"'`),;:]|$)")

# What looks like one and is none: (path pattern, text).
EXCEPTIONS = [(r"tests/unit/test_part\.c", "/tmp" + "/elsewhere")]  # where a test's link leads


def is_excepted(path, text):
    return any(re.match(where, path) and text == what for where, what in EXCEPTIONS)


def check(path, findings):
    text = source.read(path)
    if "\0" in text[:8000]:
        return
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, what in ((HOSTS, "a package registry"), (MACHINE, "a path of one machine")):
            for match in pattern.finditer(line):
                if not is_excepted(path, match[0]):
                    findings.add(path, number, f"{match[0]}: {what}")


def main():
    findings = source.Findings()
    for path in source.committed():
        check(path, findings)
    findings.end()


main()
