#!/usr/bin/env python3
"""Calls that nobody makes, and calls that only some files make."""
import re

import source

NOBODY = """strcpy strcat strncat sprintf vsprintf gets strtok atoi atol atoll atof alloca system popen
            tmpnam tempnam mktemp longjmp siglongjmp rand srand""".split()

# what, where it may stand (a pattern for the path), why nowhere else
ONLY = [
    ("malloc calloc realloc aligned_alloc posix_memalign strdup strndup asprintf vasprintf free",
     r"resolver/base/heap\.c", "memory comes from arena.h and buf.h"),
    ("exit _exit _Exit quick_exit abort", r".*/cli/main\.c", "only main.c ends the program"),
    ("printf puts putchar vprintf fprintf vfprintf dprintf fputs fputc putc fwrite perror psignal",
     r".*/cli/|(resolver|bundle)/example\.c", "only cli/ prints"),
    ("fopen fdopen freopen fread fgets getline", r"(resolver|bundle)/example\.c",
     "files are read by descriptor"),
    ("getenv secure_getenv setenv putenv unsetenv", r".*/cli/", "only cli/ reads the environment"),
    ("time clock clock_gettime gettimeofday localtime localtime_r gmtime mktime",
     r"(?!resolver/(base|core|crypto|tls)/)", "time is a parameter"),
    ("open openat read write pread pwrite close connect socket stat fstat unlink rename mkdir",
     r"(?!resolver/(base|core|crypto|tls)/)", "this layer does no I/O"),
    ("getpwnam getpwuid getpwnam_r getpwuid_r", r"(?!)", "$HOME, not the user database"),
]

# Named exceptions: (path, calls) -> why.
SESSION = "a session that lives longer than the call that opens it"
EXCEPTIONS = {
    ("resolver/tls/bearssl_tls.c", "malloc free"): SESSION,
    ("resolver/tls/mbedtls_tls.c", "malloc free"): SESSION,
    ("resolver/net/fetch.c", "malloc free"): SESSION,
    ("resolver/net/tcp.c", "malloc free"): SESSION,
    ("resolver/source/download.c", "malloc calloc free"): SESSION,
    ("resolver/source/malloc_pages.c", "malloc calloc realloc free"): "it is the allocator of resolver-min",
    ("resolver/net/lookup.c", "_exit"): "the child process that asks for an address",
    ("resolver/example.c", "printf free"): "what a user of the C API writes",
    ("bundle/example.c", "exit"): "likewise",
}

WORDS = {"stdout": r".*/cli/|(resolver|bundle)/example\.c", "stderr": r".*/cli/|(resolver|bundle)/example\.c"}


def is_excepted(path, call):
    return any(path == where and call in calls.split() for where, calls in EXCEPTIONS)


def rules():
    for name in NOBODY:
        yield name, r"(?!)", "banned"
    for names, where, why in ONLY:
        for name in names.split():
            yield name, where, why


def check(path, findings):
    text = source.code(path)
    for name, where, why in rules():
        if re.match(where, path) or is_excepted(path, name):
            continue
        # A call, not a member (->read(...)), a declaration of our own, or part of a longer name.
        for match in re.finditer(rf"(?<![\w.>]){name}\s*\(", text):
            before = text[:match.start()].rstrip()
            if not re.search(r"\b(struct \w+|int|void|char|size_t|bool|\w+_t)\s*\**$", before):
                findings.add(path, source.line_of(text, match.start()), f"{name}(): {why}")
    for word, where in WORDS.items():
        match = re.search(rf"(?<![\w.>]){word}\b", text)
        if match and not re.match(where, path):
            findings.add(path, source.line_of(text, match.start()), f"{word}: only cli/ prints")


def main():
    findings = source.Findings()
    for path in source.files("resolver/**/*.[ch]", "bundle/**/*.[ch]"):
        check(path, findings)
    findings.end()


main()
