#!/usr/bin/env python3
"""Formats of the files that resolver-min and the microcontroller are made of: no conversion that
resolver/base/bounded_format.h does not know, as it would end the text there."""
import re

import source

FILES = ("resolver/base/*.c", "resolver/crypto/*.c", "resolver/core/*.c", "resolver/source/*.c", "resolver/cli/*.c")
# Left out of both: they have the C library's.
ELSEWHERE = re.compile(r"resolver/base/yaml(_(locate|scan))?\.c|resolver/source/(download|part\w*)\.c"
                       r"|resolver/cli/(progress|network|get_image)\.c")
STRING = re.compile(r'/\*.*?\*/|"((?:\\.|[^"\\\n])*)"(\s*PRI\w+)?', re.S)
CONVERSION = re.compile(r"%(?!(?:%|[-0]?(?:\d+|\*)?(?:\.(?:\d+|\*)s|s|(?:l|ll|z)?[dux])))")


def main():
    findings = source.Findings()
    for path in source.files(*FILES):
        text = source.read(path)
        for match in STRING.finditer(text) if not ELSEWHERE.match(path) else ():
            if match[1] and CONVERSION.search(match[1].replace("%%", "")):
                findings.add(path, source.line_of(text, match.start()),
                             f'"{match[1]}": a conversion that bounded_format.h does not know')
    findings.end()


main()
