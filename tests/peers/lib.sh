# tests/peers/lib.sh - what the peer-*.sh share; sourced with the program under test as first argument.
#
# A script runs in an empty folder of its own, with `sealift` in PATH and none of the caller's
# settings; it calls check and skip, and finish at its end.
set -u
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$(realpath "${1:-$root/build/sealift-resolver}")
fixtures=$root/fixtures
peers=${SEALIFT_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/sealift-peers}/bin
passed=0 failed=0 skipped=0
unset SEALIFT_REPOSITORY SEALIFT_KEYS SSL_CERT_FILE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir .bin .home
ln -s "$program" .bin/sealift
export PATH=$folder/.bin:$PATH HOME=$folder/.home

check() { # check STATUS WHAT COMMAND...: COMMAND must end with STATUS
    local want=$1 what=$2 have=0 output
    shift 2
    output=$("$@" 2>&1 </dev/null) || have=$?
    if [ "$have" = "$want" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: status %s, want %s: %s\n' "$what" "$have" "$want" "$*"
        printf '%s\n' "$output" | sed 's/^/    /'
    fi
}

same() { # same WHAT WANT HAVE
    check 0 "$1: have $3, want $2" [ "$2" = "$3" ]
}

skip() { # skip WHAT WHY
    skipped=$((skipped + 1))
    echo "$1: skipped: $2"
}

is_there() { # is_there TOOL...: the peers that a script cannot do without
    local tool
    for tool; do
        command -v "$tool" >/dev/null || { skip "$tool" "it is not installed"; return 1; }
    done
}

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}
