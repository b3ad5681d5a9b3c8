#!/usr/bin/env python3
"""Lengths: no file over 500 lines; no function over 80 without a comment above it that begins with
"long:" and says why. Prints how long the functions of resolver/ and bundle/ are."""
import re

import source

FILE_MAX = 500
FUNCTION_MAX = 80


def functions(path):
    """(name, first line, lines, comment before it) of each function: from its first line to its end."""
    lines = source.code(path).split("\n")
    original = source.read(path).split("\n")
    head = None
    for index, line in enumerate(lines):
        if re.match(r"[A-Za-z_].*\(", line) and not line.rstrip().endswith(";"):
            head = index
        elif line == "{" and head is not None:
            start = index
            while index < len(lines) and lines[index] != "}":
                index += 1
            match = re.search(r"(\w+)\s*\(", lines[head])
            yield match[1], head + 1, index - start + 1, comment_before(original, head)
            head = None


def comment_before(lines, index):
    text = []
    while index > 0 and lines[index - 1].strip() not in ("", "}"):
        index -= 1
        text.insert(0, lines[index])
    return "\n".join(text)


def check(path, findings):
    count = source.read(path).count("\n")
    if count > FILE_MAX:
        findings.add(path, 1, f"has {count} lines, at most {FILE_MAX}")
    lengths = []
    for name, line, length, comment in functions(path):
        lengths.append(length)
        if length > FUNCTION_MAX and "long:" not in comment:
            findings.add(path, line, f"{name} has {length} lines, at most {FUNCTION_MAX} (or \"long:\" "
                                     "and the reason in a comment above it)")
    return lengths


def main():
    findings = source.Findings()
    lengths = []
    for path in source.files("resolver/**/*.[ch]", "bundle/**/*.[ch]"):
        lengths += check(path, findings)
    for path in source.files("tests/**/*.[ch]"):
        check(path, findings)
    lengths.sort()
    if lengths:
        print(f"{len(lengths)} functions: median {lengths[len(lengths) // 2]} lines, 90th percentile "
              f"{lengths[len(lengths) * 9 // 10]}, longest {lengths[-1]}")
    findings.end()


main()
