#!/usr/bin/env python3
"""The symbol tells the file: what an object exports begins with the file's name. And nothing exported
or not can be written to: no globals."""
import os
import re
import subprocess

import source

FOLDERS = ["build/static", "build/test", "build/host"]  # of objects; the first that has the file

# Files that hold a second, smaller type beside the one they are named for: its prefix.
BESIDES = {
    "bundle/api_reader.c": "sealift_bundle",
    "bundle/api_writer.c": "sealift_bundle",
    "bundle/archive/bundle_layout.c": "member",
    "bundle/archive/manifest.c": "layer",
    "bundle/archive/oci.c": "descriptor",
    "resolver/api.c": "sealift",
    "resolver/base/heap.c": "arena_init_heap|buf_init_heap",
    "resolver/core/config_none.c": "config",
    "resolver/core/csp.c": "variant",
    "resolver/core/measurements_format.c": "register",
    "resolver/core/signed_document.c": "evidence",
    "resolver/core/table.c": "entry",
    "resolver/crypto/backends_bearssl.c": "crypto_backends",
    "resolver/crypto/backends_both.c": "crypto_backends",
    "resolver/crypto/backends_mbedtls.c": "crypto_backends",
    "resolver/source/malloc_pages.c": "malloc|calloc|realloc|free",
    "resolver/tls/x509_name.c": "general_name",
    "resolver/net/lookup.c": "address",
    "resolver/net/watch.c": "duration",
}

# Variables that are written on purpose: (file, symbol) -> why.
WRITTEN = {
    ("resolver/crypto/sha256.c", "kept.0"): "which code is the fastest here, found out once; atomic",
}


def object_of(path):
    for folder in FOLDERS:
        candidate = os.path.join(source.ROOT, folder, path[:-2] + ".o")
        if os.path.exists(candidate):
            return candidate
    return None


def symbols(objects):
    """Object -> (name, kind, section) of all that it defines; no names made by the compiler."""
    listed = subprocess.run(["nm", "--format=sysv", "--defined-only", "--print-file-name", *objects],
                            capture_output=True, text=True, check=True)
    found = {built: [] for built in objects}
    for line in listed.stdout.splitlines():
        built, _, rest = line.rpartition(":")
        fields = [field.strip() for field in rest.split("|")]
        if len(fields) == 7 and not re.match(r"(__|_GLOBAL_|_sub_|\.L|\$|Name$)", fields[0]):
            found[built].append((fields[0], fields[2], fields[6]))
    return found


def allowed(path):
    """A pattern for what a file may export: its name, or the first or last word of it, begins it."""
    noun = os.path.basename(path)[:-2]
    words = noun.split("_")
    names = {noun, words[0], words[-1]}
    names |= {name[:-1] for name in names if name.endswith("s")}
    names |= set(BESIDES.get(path, noun).split("|"))
    return "(" + "|".join(sorted(names)) + ")(_|$)"


def check(path, built, defined, findings):
    for name, kind, section in defined:
        if kind in "TRDBVWC" and not re.match(allowed(path), name):
            findings.add(path, 1, f"exports {name}, which does not begin with the file's name")
        is_written = re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)", section) or kind == "C"
        if is_written and (path, name) not in WRITTEN and "build/test/" not in built:
            findings.add(path, 1, f"{name} is a variable outside of any function")


def main():
    findings = source.Findings()
    objects = {path: object_of(path) for path in source.files("resolver/**/*.c", "bundle/**/*.c")}
    objects = {path: built for path, built in objects.items() if built}
    defined = symbols(objects.values()) if objects else {}
    for path, built in objects.items():
        check(path, built, defined[built], findings)
    findings.end()


main()
