#!/bin/sh
# headers.sh [ROOT] - each header of resolver/ and bundle/ compiles alone, is guarded, and begins with
# an essay that says where it stands in the flow.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
compiler=${CC:-gcc}
failed=0

# Tools that every step may use; the C API; the tables of the command line.
beside_the_flow='^(resolver/(base/(base64|heap|hex|utf8)|tls/tls_text|net/decimal|sealift)|(resolver|bundle)/cli/(verbs|version))\.h$'

# Where the headers of the libraries are, if they have been built.
libraries=
for folder in vendor/cache/host/include vendor/cache/static/include; do
    [ ! -d "$folder" ] || { libraries="-isystem $folder"; break; }
done

complain() {
    echo "$1"
    failed=1
}

check() {
    name=${1##*/}
    # shellcheck disable=SC2086 # $libraries is meant to be split
    errors=$(printf '#include "%s"\n#include "%s"\n' "$1" "$1" | "$compiler" -std=c11 -D_GNU_SOURCE \
        -I. $libraries -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -fsyntax-only \
        -x c - 2>&1) || complain "$1:1: does not compile alone, twice: $(echo "$errors" | head -1)"
    guard=SEALIFT_$(echo "${1#resolver/}" | tr 'a-z/.' 'A-Z__')
    case $1 in
    resolver/sealift.h) guard=SEALIFT_H ;; # as they are installed
    bundle/sealift_bundle.h) guard=SEALIFT_BUNDLE_H ;;
    esac
    grep -qx "#ifndef $guard" "$1" || complain "$1:1: its guard is not $guard"
    sed -n 2p "$1" | grep -q "^ \* $name - " || complain "$1:2: does not begin with \"$name - what it is\""
    head -60 "$1" | sed -n '/\*\//q;p' | grep -q 'In the flow' ||
        echo "$1" | grep -Eq "$beside_the_flow" || complain "$1:3: the essay does not say \"In the flow\""
}

for header in $(find resolver bundle -name '*.h' 2>/dev/null | sort); do
    check "$header"
done
exit $failed
