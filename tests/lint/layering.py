#!/usr/bin/env python3
"""Who may include whom, and which files know the operating system or a library at all."""
import os
import re

import source

# What the files of each folder may include, besides those of their own. resolver/*.c and bundle/*.c are
# the C APIs; cli/ knows everything below it, and nothing but cli/ knows cli/.
RESOLVER = {
    "base": "", "crypto": "base", "core": "base crypto", "tls": "base", "net": "base tls",
    "source": "base crypto core net", "cli": "base crypto core tls net source", "": "base crypto core",
}
BUNDLE = {
    "sign": "", "table": "", "archive": "", "measure": "archive", "verify": "sign archive measure",
    "pack": "sign archive measure verify", "import": "sign table archive verify", "publish": "archive measure",
    "cli": "sign table archive measure verify pack import publish", "": "sign archive verify",
}

# These do no I/O: of the system they may include what computes, and no more.
PURE = re.compile(r"resolver/(base|core|crypto|tls)/|resolver/net/(http_|url|no_proxy|proxy|decimal)"
                  r"|bundle/measure/")
PLAIN = {"assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h",
         "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}
# Reads and writes addresses as text, in memory.
PLAIN.add("arpa/inet.h")
# Instruction sets, found out at run time.
PROCESSOR = {"arm_neon.h", "cpuid.h", "immintrin.h", "sys/auxv.h", "asm/hwcap.h"}

# Which files may know which library.
LIBRARIES = {
    r"jsmn\.h": r"resolver/base/json\.c",
    r"yaml\.h": r"resolver/base/yaml\w*\.c",
    r"bearssl\w*\.h": r"(resolver/crypto|resolver/tls|bundle/sign)/|bundle/publish/md5\.c",
    r"(mbedtls|psa)/.*": r"resolver/(crypto|tls)/mbedtls_\w*\.[ch]",
    r"cyaml/.*": r"bundle/",
    r"(zstd|zlib|zstd_errors)\.h": r"bundle/",
    r"isa-l/.*": r"bundle/publish/gzip_stream\.c",
    r"sodium.*\.h": r"bundle/",
}


# Named exceptions: (path, header) -> why.
EXCEPTIONS = {
    ("resolver/tls/bearssl_tls.c", "sys/random.h"): "seeds the library's generator",
    ("resolver/tls/mbedtls_tls.c", "sys/random.h"): "seeds the library's generator",
}


def folder_of(path):
    """("resolver", "base") of resolver/base/err.h, ("bundle", "") of bundle/api_input.h."""
    parts = path.split("/")
    return parts[0], parts[1] if len(parts) > 2 else ""


def known_to(path):
    """The folders that path may include files of, as pairs."""
    top, folder = folder_of(path)
    below = (RESOLVER if top == "resolver" else BUNDLE).get(folder, "")
    known = {(top, folder)} | {(top, name) for name in below.split()}
    if top == "bundle":
        known |= {("resolver", name) for name in RESOLVER if name != "cli" or folder == "cli"}
    return known


def refuse_own(path, name):
    """Why path may not include our file name; None when it may."""
    if not os.path.exists(os.path.join(source.ROOT, name)):
        return "there is no such file: includes are written from the root"
    top, other = path.split("/")[0], name.split("/")[0]
    if top == "resolver" and other == "bundle":
        return "resolver/ does not know bundle/"
    if top in ("resolver", "bundle") and other == "tests":
        return "what is tested does not know its tests"
    if "/cli/" in name and "/cli/" not in path:
        return "nothing but cli/ knows cli/"
    if folder_of(name) not in known_to(path):
        return f"{os.path.dirname(path)}/ does not stand on {os.path.dirname(name)}/"
    return None


def refuse_system(path, name):
    """Why path may not include the system's or a library's header name."""
    for library, where in LIBRARIES.items():
        if re.fullmatch(library, name):
            return None if re.match(where, path) else f"only {where} knows this library"
    if not PURE.match(path) or name in PLAIN or (path, name) in EXCEPTIONS:
        return None
    if name in PROCESSOR and path.startswith("resolver/crypto/"):
        return None
    return "this file does no I/O"


def find_cycle(graph):
    """A list of headers that include each other in a circle, or None."""
    done = set()
    for start in sorted(graph):
        path, stack = [], [(start, iter(graph[start]))]
        while stack:
            node, rest = stack[-1]
            if not path or path[-1] != node:
                path.append(node)
            following = next(rest, None)
            if following is None:
                done.add(node)
                stack.pop()
                path.pop()
            elif following in path:
                return path[path.index(following):] + [following]
            elif following not in done:
                stack.append((following, iter(graph.get(following, ()))))
    return None


def main():
    findings = source.Findings()
    graph = {}
    for path in source.files("resolver/**/*.[ch]", "bundle/**/*.[ch]"):
        for line, name in source.includes(path):
            is_own = name[0] == '"'
            name = name[1:-1]
            if path in ("resolver/example.c", "bundle/example.c"):  # what a user of the C API writes
                continue
            if is_own:
                graph.setdefault(path, []).append(name)
            why = refuse_own(path, name) if is_own else refuse_system(path, name)
            if why:
                findings.add(path, line, f"includes {name}: {why}")
    cycle = find_cycle(graph)
    if cycle:
        findings.add(cycle[0], 1, "includes in a circle: " + " -> ".join(cycle))
    findings.end()


main()
