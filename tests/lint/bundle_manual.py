#!/usr/bin/env python3
"""bundle_manual.py [--write] - sealift-bundle(5) is bundle/FORMAT.md as a manual page. With --write the
page is made anew; without, it is compared."""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TEXT, PAGE = "bundle/FORMAT.md", "bundle/man/sealift-bundle.5"
HEAD = """.\\" Made from bundle/FORMAT.md by tests/lint/bundle_manual.py --write.
.Dd November 22, 2026
.Dt SEALIFT-BUNDLE 5
.Os
.Sh NAME
.Nm sealift-bundle
.Nd the format of a bundle, version 1
.Sh DESCRIPTION
"""
TAIL = """.Sh SEE ALSO
.Xr sealift 1 ,
.Xr sealift-formats 5
"""


def plain(text):
    """Marks of Markdown become roff's; a line must not begin with a dot or a quote."""
    text = text.replace("\\", "\\e")
    text = re.sub(r"\*\*(.+?)\*\*", r"\\fB\1\\fP", text)
    text = re.sub(r"(?<![\w*])\*([^*]+?)\*(?![\w*])", r"\\fI\1\\fP", text)
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fP", text).replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def prose(text):
    """Each sentence begins a line, as manual pages want it."""
    return re.sub(r"(?<=[.!?]) (?=[A-Z])", "\n", plain(text))


def table(lines):
    """The first column as tags, the others after them, each named by its column where there are several."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    names, rows = rows[0], rows[2:]
    yield ".Bl -tag -width Ds"
    for row in rows:
        yield f".It {plain(row[0])}"
        cells = [prose(f"{name}: {cell}" if len(names) > 2 and name else cell)
                 for name, cell in zip(names[1:], row[1:]) if cell]
        yield "\n.br\n".join(cells)
    yield ".El"


def entries(lines):
    """A list; an entry goes on in indented lines, and an indented number begins one of its own."""
    numbered = lines[0][0].isdigit()
    yield f".Bl -{'enum' if numbered else 'bullet'}"
    for line in lines:
        inner = re.match(r" +\d\. (.*)", line)
        begin = re.match(r"(?:\d+\.|\*) (.*)", line)
        if inner:
            yield ".br"
            yield prose(inner[1])
        elif begin:
            yield ".It"
            yield prose(begin[1])
        else:
            yield prose(line.strip())
    yield ".El"


def literal(lines):
    yield ".Bd -literal -offset indent"
    for line in lines:
        yield "\\&" + line[4:].replace("\\", "\\e").replace("-", "\\-")
    yield ".Ed"


def block(lines):
    first = lines[0]
    if first.startswith("## "):
        title = re.sub(r"^## [\d.]+ ", "", first).upper()
        return [f".Sh {plain(title)}"]
    if first.startswith("### "):
        title = re.sub(r"^### [\d.]+ ", "", first)
        return [f".Ss {plain(title)}"]
    if first.startswith("|"):
        return table(lines)
    if first.startswith("    "):
        return literal(lines)
    if re.match(r"(\d+\.|\*) ", first):
        return entries(lines)
    return [".Pp"] + [prose(line) for line in lines]


def page(text):
    blocks = [part.split("\n") for part in text.strip().split("\n\n")][1:]
    lines = [line for part in blocks for line in block(part)]
    numbers = {}
    for number, title in re.findall(r"^##+ ([\d.]+?)\.? (.+)$", text, re.M):
        numbers[number] = title

    def named(match):
        return ", ".join(f'"{numbers.get(part.strip(), part.strip())}"' for part in match[1].split(","))

    body = "\n".join(lines)
    body = re.sub(r"(?<=\()(\d(?:\.\d)?)(?=[) ])", named, body)
    body = re.sub(r"(?<=as in )(\d\.\d)", named, body)
    body = re.sub(r"(?<=artifactType\\fP of )(\d\.\d)", named, body)
    body = re.sub(r"(\n\.S[hs] [^\n]*)\n\.Pp", r"\1", body)
    return HEAD + body.removeprefix(".Pp\n") + "\n" + TAIL


def main():
    with open(os.path.join(ROOT, TEXT), encoding="utf-8") as file:
        made = page(file.read())
    if sys.argv[1:] == ["--write"]:
        with open(os.path.join(ROOT, PAGE), "w", encoding="utf-8") as file:
            file.write(made)
        return 0
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
        if file.read() == made:
            return 0
    print(f"{PAGE}:1: is not {TEXT}: run tests/lint/bundle_manual.py --write")
    return 1


sys.exit(main())
