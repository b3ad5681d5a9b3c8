#!/usr/bin/env python3
"""Comments that name a file of ours (err.h, verify.c) name one that is there."""
import os
import re

import source

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
NAME = re.compile(r"(?<![\w/.])([a-z]\w*\.[ch])\b(?!\.)")


def main():
    findings = source.Findings()
    here = {os.path.basename(path) for path in source.files("resolver/**/*.[ch]", "bundle/**/*.[ch]",
                                                            "tests/**/*.[ch]")}
    for path in source.files("resolver/**/*.[ch]", "bundle/**/*.[ch]"):
        text = source.read(path)
        for comment in COMMENT.finditer(text):
            for match in NAME.finditer(comment[0]):
                if match[1] not in here:
                    findings.add(path, source.line_of(text, comment.start() + match.start()),
                                 f"speaks of {match[1]}: there is no such file")
    findings.end()


main()
