#!/usr/bin/env python3
"""Shows that each check finds what it is for: small trees with one fault each, and one without any."""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

HEADER = """/*
 * {name} - a thing.
 *
 * In the flow: here.
 */
#ifndef {guard}
#define {guard}
{body}
#endif
"""


def header(path, body=""):
    guard = re.sub(r"\W", "_", "SEALIFT_" + re.sub("^resolver/", "", path)).upper()
    return HEADER.format(name=os.path.basename(path), guard=guard, body=body)


SOUND = {
    "resolver/base/thing.h": header("resolver/base/thing.h", "int thing_make(int x);"),
    "resolver/base/thing.c": '#include "resolver/base/thing.h"\n#include <string.h>\n\n'
                             "/* strcpy() is banned, but not in a comment */\n"
                             "int thing_make(int x)\n{\n    return x + (int)sizeof \"printf(\";\n}\n",
    "resolver/cli/main.c": '#include <stdio.h>\n#include <stdlib.h>\n#include "resolver/base/thing.h"\n\n'
                           "int main(void)\n{\n    printf(\"a\");\n    exit(thing_make(0));\n}\n",
}

MAKER = "#!/bin/sh\nmkdir -p \"${0%/*}/images\"\necho a >\"${0%/*}/images/a.sparse\"\n"
LONG = "\n".join(["    x++;"] * 90)

# check, what is different from SOUND, what it must say (None: nothing)
CASES = [
    ("layering.py", {}, None),
    ("layering.py", {"resolver/core/a.h": header("resolver/core/a.h"),
                     "resolver/base/thing.c": '#include "resolver/core/a.h"\n'},
     "resolver/base/thing.c:1: includes resolver/core/a.h: resolver/base/ does not stand on resolver/core/"),
    ("layering.py", {"bundle/pack/a.h": header("bundle/pack/a.h"), "bundle/archive/a.c": '#include "bundle/pack/a.h"\n'},
     "bundle/archive/ does not stand on bundle/pack/"),
    ("layering.py", {"bundle/archive/a.h": header("bundle/archive/a.h"), "bundle/pack/a.c": '#include "bundle/archive/a.h"\n'},
     None),
    ("layering.py", {"bundle/new/a.c": '#include "bundle/archive/a.h"\n', "bundle/archive/a.h": header("bundle/archive/a.h")},
     "bundle/new/ does not stand on bundle/archive/"),
    ("layering.py", {"bundle/a.h": header("bundle/a.h"), "resolver/cli/main.c": '#include "bundle/a.h"\n'},
     "resolver/ does not know bundle/"),
    ("layering.py", {"bundle/a.c": '#include "resolver/base/thing.h"\n'}, None),
    ("layering.py", {"resolver/base/thing.c": '#include "thing.h"\n'}, "there is no such file"),
    ("layering.py", {"resolver/base/thing.c": "#include <unistd.h>\n"}, "this file does no I/O"),
    ("layering.py", {"resolver/net/http_x.c": "#include <time.h>\n"}, "this file does no I/O"),
    ("layering.py", {"resolver/net/tcp.c": "#include <unistd.h>\n"}, None),
    ("layering.py", {"resolver/core/a.c": "#include <jsmn.h>\n"}, "knows this library"),
    ("layering.py", {"resolver/cli/a.h": header("resolver/cli/a.h"), "bundle/a.c": '#include "resolver/cli/a.h"\n'},
     "nothing but cli/ knows cli/"),
    ("layering.py", {"resolver/base/a.h": header("resolver/base/a.h", '#include "resolver/base/b.h"'),
                     "resolver/base/b.h": header("resolver/base/b.h", '#include "resolver/base/a.h"')},
     "includes in a circle: resolver/base/a.h -> resolver/base/b.h -> resolver/base/a.h"),
    ("banned.py", {}, None),
    ("banned.py", {"bundle/a.c": "int f(char *a, char *b)\n{\n    strcpy(a, b);\n}\n"},
     "bundle/a.c:3: strcpy(): banned"),
    ("banned.py", {"resolver/core/a.c": "void f(void)\n{\n    free(0);\n}\n"}, "memory comes from"),
    ("banned.py", {"resolver/core/a.c": "void f(void)\n{\n    x = y ? malloc (3) : 0;\n}\n"},
     "memory comes from"),
    ("banned.py", {"resolver/base/heap.c": "void f(void)\n{\n    free(0);\n}\n"}, None),
    ("banned.py", {"resolver/net/a.c": "void f(void)\n{\n    exit(0);\n}\n"}, "only main.c ends"),
    ("banned.py", {"resolver/net/a.c": "void f(void)\n{\n    printf(\"\");\n}\n"}, "only cli/ prints"),
    ("banned.py", {"resolver/net/a.c": "void f(void)\n{\n    g(stderr);\n}\n"}, "stderr: only cli/"),
    ("banned.py", {"resolver/core/a.c": "void f(void)\n{\n    g(time(NULL));\n}\n"}, "time is a param"),
    ("banned.py", {"resolver/core/a.c": "void f(void)\n{\n    s->read(s);\n    s.close(s);\n}\n"}, None),
    ("banned.py", {"resolver/core/a.c": "void f(void)\n{\n    read(3, b, 1);\n}\n"}, "does no I/O"),
    ("banned.py", {"resolver/core/a.h": header("resolver/core/a.h", "int time(int x);")}, None),
    ("headers.sh", {}, None),
    ("headers.sh", {"resolver/base/a.h": header("resolver/base/a.h", "size_t a_size(void);")},
     "does not compile alone"),
    ("headers.sh", {"resolver/base/a.h": "/*\n * a.h - x.\n * In the flow: x\n */\nstruct a { int x; };\n"},
     "does not compile alone, twice"),
    ("headers.sh", {"bundle/a.h": header("bundle/b.h")}, "does not begin with"),
    ("headers.sh", {"bundle/cli/a.h": header("resolver/cli/a.h")},
     "bundle/cli/a.h:1: its guard is not SEALIFT_BUNDLE_CLI_A_H"),
    ("headers.sh", {"bundle/a.h": header("bundle/a.h").replace("In the flow", "x")}, "In the flow"),
    ("symbols.py", {}, None),
    ("symbols.py", {"resolver/base/thing.c": "int other(void)\n{\n    return 0;\n}\n"},
     "exports other, which does not begin with the file's name"),
    ("symbols.py", {"resolver/base/thing.c": "static int kept;\nint thing(void)\n{\n    return kept++;\n}\n"},
     "kept is a variable outside of any function"),
    ("symbols.py", {"resolver/base/thing.c": "extern int x;\nextern int *const thing_x[];\n"
                                             "int *const thing_x[] = {&x};\n"}, None),
    ("references.py", {"resolver/core/a.c": "/* as thing.h says; main.c, too */\n"}, None),
    ("references.py", {"resolver/core/a.c": "\n/* as\n * gone.h says */\n"},
     "resolver/core/a.c:3: speaks of gone.h: there is no such file"),
    ("sizes.py", {}, None),
    ("sizes.py", {"bundle/a.c": "\n" * 501}, "has 501 lines, at most 500"),
    ("sizes.py", {"tests/a.c": "\n" * 501}, "has 501 lines, at most 500"),
    ("sizes.py", {"bundle/a.c": f"/* A comment. */\nint f(int x)\n{{\n{LONG}\n}}\n"},
     "bundle/a.c:2: f has 92 lines, at most 80"),
    ("sizes.py", {"bundle/a.c": f"/* long: a table. */\nint f(int x)\n{{\n{LONG}\n}}\n"}, None),
    ("formats.py", {"resolver/base/thing.c": 'x("%s %5d %-25s %.*s %zu %llu %04x 100%%");\n'}, None),
    ("formats.py", {"resolver/core/a.c": '\nx("%s %f");\n'}, "resolver/core/a.c:2: "),
    ("formats.py", {"resolver/cli/a.c": 'x("%5" PRIu64);\n'}, "does not know"),
    ("fixtures.py", {}, None),
    ("fixtures.py", {"fixtures/make-images": MAKER, "fixtures/images/a.sparse": "a\n", "fixtures/other": "b"}, None),
    ("fixtures.py", {"fixtures/make-images": MAKER, "fixtures/images/a.sparse": "b\n"},
     "fixtures/images/a.sparse:1: is not what the generators make now"),
    ("fixtures.py", {"fixtures/make-images": MAKER}, "fixtures/images/a.sparse:1: the generators make it"),
    ("fixtures.py", {"fixtures/images/a.sparse": "a\n"}, "fixtures/images/a.sparse:1: no generator makes it"),
    ("fixtures.py", {"fixtures/make-broken": "#!/bin/sh\necho why >&2\nexit 3\n"}, "fixtures/make-broken:1: fails: why"),
    ("strings.py", {}, None),
    ("strings.py", {"a.txt": "from https://" + "py" + "pi.org/simple\n"}, "a package registry"),
    ("strings.py", {"a.txt": "see " + "/ro" + "ot/x\n"}, "a path of one machine"),
    ("strings.py", {"a.txt": "cd \"" + "/wo" + "rk/main\"\n"}, "a path of one machine"),
    ("strings.py", {"a.txt": "https://example.com/" + "work/x $HOME/" + "tmp/y /usr/bin\n"}, None),
]


def write_tree(folder, tree):
    for path, text in tree.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        if text.startswith("#!"):
            os.chmod(full, 0o755)


def build(folder, tree):
    """The objects that symbols.py looks at, position independent like the real ones."""
    for path in tree:
        if path.endswith(".c"):
            out = os.path.join(folder, "build/static", path[:-2] + ".o")
            os.makedirs(os.path.dirname(out), exist_ok=True)
            subprocess.run([os.environ.get("CC", "gcc"), "-fPIE", "-I.", "-c", path, "-o", out],
                           cwd=folder, check=True)


def main():
    failed = 0
    for check, changes, want in CASES:
        with tempfile.TemporaryDirectory(prefix="sealift-lint-") as folder:
            tree = {**SOUND, **changes}
            write_tree(folder, tree)
            if check == "symbols.py":
                build(folder, tree)
            done = subprocess.run([os.path.join(HERE, check), folder], capture_output=True, text=True)
        is_good = done.returncode == (1 if want else 0) and (want or "") in done.stdout and not done.stderr
        if not is_good:
            failed += 1
            print(f"{check} on {sorted(changes)}: status {done.returncode}, want {want!r}\n"
                  f"{done.stdout}{done.stderr}")
    print(f"{len(CASES) - failed} small trees judged as they should be, {failed} not")
    sys.exit(1 if failed else 0)


main()
