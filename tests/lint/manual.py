#!/usr/bin/env python3
"""The manual is what --help says: verbs, their arguments and options, exit statuses, variables (and those
that the code reads); it has the JSON of every verb, and SEE ALSO every page that it names. The
variants of sealift-formats are those of the code. Needs the programs in build/."""
import os
import re
import subprocess

import source

MANUAL, FORMATS, VARIANTS = "resolver/man/sealift.1", "resolver/man/sealift-formats.5", "resolver/core/csp.c"
PROGRAMS = ["build/sealift-resolver", "build/sealift"]
OPTION = re.compile(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z0-9|=/\[\]]+))? .*?(\(repeatable\))?$")


# --- what the programs say ---------------------------------------------------------------------------

def help_of(program, *words):
    return subprocess.run([os.path.join(source.ROOT, program), *words, "--help"], capture_output=True,
                          text=True, check=True).stdout


def part(text, title):
    """The lines below a line "TITLE:", up to an empty one."""
    match = re.search(rf"^{title}:\n(.*?)(?:\n\n|\Z)", text, re.M | re.S)
    return [line for line in match[1].split("\n") if line] if match else []


def option_of(line):
    match = OPTION.match(line)
    return match[2], (match[1], match[3], bool(match[4]))


def program_says(program):
    """{verb: (arguments, {option: (short name, value, repeatable)})}, {status: (name, text)}, variables"""
    text = help_of(program)
    verbs = {}
    for line in part(text, "Verbs"):
        verb = re.match(r"  (\S+(?: \S+)?)  ", line)[1]
        verb_text = help_of(program, *verb.split())
        usage = re.match(rf"Usage: \S+ {verb} ?(.*?) ?\[OPTIONS\]\n", verb_text)
        verbs[verb] = (usage[1], dict(option_of(option) for option in part(verb_text, "Options")))
    statuses = {int(row[1]): (row[2], row[3])
                for row in re.finditer(r"^ +(\d+)  (\S+) +(.+)$", text, re.M)}
    variables = set(re.findall(r"[A-Z_]+", re.search(r"^Environment: (.*)$", text, re.M)[1]))
    return verbs, statuses, variables


# --- what the manual says ----------------------------------------------------------------------------

def section(text, title):
    match = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)
    return match[1] if match else ""


def manual_synopsis(text):
    """{verb: (arguments, {option: (value, repeatable)})}"""
    verbs, arguments, options = {}, None, None
    for line in section(text, "SYNOPSIS").split("\n"):
        verb = re.match(r"\.Cm (.+)$", line)
        option = re.match(r"\.Op Fl -([\w-]+)(?: Ar (\S+))?( \.\.\.)?$", line)
        argument = re.match(r"\.(Op )?Ar (.+)$", line)
        if verb:
            arguments, options = [], {}
            verbs[verb[1]] = (arguments, options)
        elif option:
            options[option[1]] = (option[2], bool(option[3]))
        elif argument:
            arguments.append(f"[{argument[2]}]" if argument[1] else argument[2])
    return {verb: (" ".join(words), options) for verb, (words, options) in verbs.items()}


def manual_options(text):
    """{option: {(short name, value, repeatable)}} of what is described."""
    described = {}
    for match in re.finditer(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (\S+))?( \.\.\.)?$",
                             section(text, "OPTIONS"), re.M):
        described.setdefault(match[2], set()).add((match[1], match[3], bool(match[4])))
    return described


def manual_described(text):
    """The verbs that DESCRIPTION describes."""
    return re.findall(r"^\.It Cm (.+)$", section(text, "DESCRIPTION"), re.M)


def manual_small(text):
    """The verbs that DESCRIPTION gives to sealift-resolver."""
    match = re.search(r"^It has the verbs\n(.*?)\nwith the same", section(text, "DESCRIPTION"), re.M | re.S)
    names = " , ".join(re.findall(r"^\.Cm (.+)$", match[1] if match else "", re.M))
    return sorted(name.strip() for name in names.split(",") if name.strip())


def manual_statuses(text):
    return {int(match[1]): (match[2], " ".join(match[3].split())) for match in re.finditer(
        r"^\.It (\d+) Pq (\S+)\n(.*?)(?=^\.It|^\.El)", section(text, "EXIT STATUS"), re.M | re.S)}


def manual_variables(text):
    return {name for line in re.findall(r"^\.It Ev (.+)$", section(text, "ENVIRONMENT"), re.M)
            for name in re.findall(r"[A-Z_]+", line)}


def manual_json(text):
    """The verbs whose objects JSON describes."""
    return [verb.strip() for line in re.findall(r"^\.It Cm (.+)$", section(text, "JSON"), re.M)
            for verb in line.split(",")]


def manual_references(text):
    """The manual pages that the text names, and those that SEE ALSO lists."""
    said, listed = text.split(".Sh SEE ALSO")
    return [sorted(set(re.findall(r"^\.Xr (\S+ \d)", part, re.M))) for part in (said, listed)]


def variables_read():
    """What the programs ask their environment for, by name."""
    return {name for path in source.files("resolver/**/*.c", "bundle/**/*.c")
            for name in re.findall(r'\bgetenv\("([A-Z_]+)"\)', source.read(path))}


# --- compared ----------------------------------------------------------------------------------------

class Manual:
    def __init__(self, findings):
        self.findings = findings
        self.text = source.read(MANUAL)

    def complain(self, what, mark=None):
        offset = self.text.find(mark) if mark else 0
        self.findings.add(MANUAL, source.line_of(self.text, max(offset, 0)), what)

    def same(self, what, manual, program, mark=None):
        if manual != program:
            self.complain(f"{what}: {manual!r}, and --help says {program!r}", mark)

    def check_verbs(self, verbs):
        synopsis, described = manual_synopsis(self.text), manual_options(self.text)
        common = set.intersection(*(set(options) for _, options in verbs.values()))
        self.same("verbs of the synopsis", sorted(synopsis), sorted(verbs))
        self.same("verbs that are described", sorted(manual_described(self.text)), sorted(verbs))
        self.same("verbs of JSON", sorted(manual_json(self.text)), sorted(verbs), ".Sh JSON")
        for verb, (arguments, options) in verbs.items():
            have_arguments, have = synopsis.get(verb, ("", {}))
            want = {name: row[1:] for name, row in options.items() if name not in common}
            mark = f"\n.Cm {verb}\n"
            self.same(f"{verb}: arguments", have_arguments, arguments, mark)
            for name in sorted(set(have) | set(want)):
                self.same(f"{verb}: --{name}", have.get(name), want.get(name), mark)
        every = {}
        for _, options in verbs.values():
            for name, row in options.items():
                every.setdefault(name, set()).add(row)
        for name in sorted(set(described) | set(every)):
            self.same(f"--{name}", described.get(name), every.get(name), ".Sh OPTIONS")

    def check_statuses(self, statuses):
        have = manual_statuses(self.text)
        for status in sorted(set(have) | set(statuses)):
            name, text = have.get(status, (None, ""))
            want_name, want_text = statuses.get(status, (None, ""))
            if name != want_name or not text.startswith(want_text):
                self.complain(f"status {status}: {name} {text!r}, and --help says {want_name} {want_text!r}",
                              f".It {status} ")


def check_variants(findings):
    rows = re.findall(r'\{CSP_(\w+), "([\w-]+)", (?:"([\w-]+)"|NULL)\}', source.read(VARIANTS))
    want = [(csp.lower(), variant, old) for csp, variant, old in rows]
    text = source.read(FORMATS)
    table = [match.groups(default="") for match in re.finditer(
        r"^\.It ([a-z]+) Ta ([\w-]+) Ta ?([\w-]+)?$", text, re.M)]
    if table != want:
        findings.add(FORMATS, source.line_of(text, text.find("CLOUDS AND VARIANTS")),
                     f"variants: {table}, and {VARIANTS} has {want}")


def main():
    findings = source.Findings()
    missing = [program for program in PROGRAMS if not os.path.exists(os.path.join(source.ROOT, program))]
    for program in missing:
        findings.add(program, 0, "is not built, and cannot be compared with the manual")
    if not missing:
        manual = Manual(findings)
        small, statuses, variables = program_says(PROGRAMS[0])
        verbs, _, _ = program_says(PROGRAMS[1])
        manual.check_verbs(verbs)
        manual.same("verbs of sealift-resolver", manual_small(manual.text), sorted(small), "It has the verbs")
        manual.check_statuses(statuses)
        said, listed = manual_references(manual.text)
        manual.same("pages of SEE ALSO", listed, sorted({*said, *listed}), ".Sh SEE ALSO")
        manual.same("variables that the code reads and ENVIRONMENT does not have",
                    sorted(variables_read() - manual_variables(manual.text)), [], ".Sh ENVIRONMENT")
        manual.same("variables that --help names and ENVIRONMENT does not",
                    sorted(variables - manual_variables(manual.text)), [], ".Sh ENVIRONMENT")
    check_variants(findings)
    findings.end()


main()
