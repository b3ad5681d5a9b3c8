#!/bin/bash
# peer-pack.sh PROGRAM - a bundle that `sealift pack` makes here and now, signed with two keys and with an
# image in it, in the hands of the tools of the field: tar, bsdtar, Python's tarfile, oras, skopeo, a
# registry and cosign; and what they bring back in the hands of `sealift import`. They run in a namespace
# that has loopback only.
if [ -z "${SEALIFT_ALONE-}" ]; then
    for unshare in "unshare -n" "unshare -rn"; do
        if $unshare true 2>/dev/null; then
            SEALIFT_ALONE=1 exec $unshare bash -c 'ip link set lo up 2>/dev/null; exec "$@"' - "$0" "$@"
        fi
    done
fi
. "$(dirname "$0")/lib.sh"
[ "${program##*/}" = sealift ] || finish # the resolver makes no bundles
[ -n "${SEALIFT_ALONE-}" ] || { skip "all of it" "no network namespace can be made here"; finish; }
is_there python3 zstd || finish
export SOURCE_DATE_EPOCH=1700000000
server=127.0.0.1:5056

has() { # has TOOL: one of those that setup.sh brings
    [ -x "$peers/$1" ] || { skip "$1" "tests/peers/setup.sh - $1 brings it"; return 1; }
}

# --- one bundle -----------------------------------------------------------------------------------

make_bundle() {
    local name
    for name in p256 p384 rsa2048; do
        cp "$fixtures/private-keys/good-$name.pem" $name.pem
        sealift key public $name.pem >$name.pub
    done
    cp "$fixtures/keys/good-p256-other.pem" other.pub
    cp "$fixtures/repositories/keys/publisher.pub" .
    # Several frames, some that do not compress, a hole, and an end that is no multiple of anything.
    python3 -c 'import hashlib, sys; sys.stdout.buffer.write(hashlib.shake_128(b"").digest(2500000))' >disk.raw
    seq 700000 >>disk.raw
    truncate -s 20000001 disk.raw
    echo end >>disk.raw
    pack=(sealift pack v2.2.0 --repository "$fixtures/repositories/good-rfc" --csp aws --csp azure --csp gcp
        --image gcp=disk.raw --key publisher.pub --sign-key p256.pem --sign-key p384.pem)
    check 0 pack "${pack[@]}" --threads 2 -o b.tar
    [ -e b.tar ] || finish
    trust=(--bundle-key p256.pub --bundle-key p384.pub --key publisher.pub)
    check 0 import sealift import b.tar --into kept --keep-compressed "${trust[@]}"
    same "what is in it" 8 "$(sums kept | wc -l)"
    check 0 "import, images as they were" sealift import b.tar --into raw "${trust[@]}"
    check 0 "import gives the image back" cmp disk.raw raw/images/v2.2.0/gcp-gcp-sev-es.raw
    check 0 "zstd gives the image back" sh -c 'zstd -dcq kept/images/v2.2.0/*.zst | cmp - disk.raw'
    digest=$(python3 -c 'import json, tarfile
print(json.load(tarfile.open("b.tar").extractfile("index.json"))["manifests"][0]["digest"])')
    signature=${digest/:/-}.sig
}

sums() { # sums DIR: every file but import's own and those of the OCI layout, with its SHA-256
    (cd "$1" && find . -type f -not -path './.sealift/*' -not -path './*/versions/*' \
        -not -path './blobs/*' -not -name oci-layout -not -name index.json -exec sha256sum {} + | LC_ALL=C sort -k 2)
}

same_tree() { # same_tree WHAT DIR [WANT]
    sums "${3-kept}" >want
    sums "$2" >have
    check 0 "$1" diff want have
}

imports() { # imports WHAT LAYOUT [KEY]: a layout that a peer wrote gives what the archive gives
    local into="$2-imported"
    check 0 "$1: verifies" sealift verify "$2" --deep --bundle-key "${3-p256.pub}" --key publisher.pub
    check 6 "$1: verifies, another key" sealift verify "$2" --bundle-key other.pub --key publisher.pub
    check 0 "$1: imports" sealift import "$2" --into "$into" --keep-compressed --bundle-key "${3-p256.pub}" --key publisher.pub
    same_tree "$1: what was imported" "$into"
}

# --- archives -------------------------------------------------------------------------------------

member_names() { # what the archive has, as Python says
    python3 -c 'import sys, tarfile; print(*tarfile.open(sys.argv[1]).getnames(), sep="\n")' "$1"
}

check_tar() { # check_tar TAR
    mkdir "with-$1"
    "$1" -tf b.tar >names 2>messages
    check 0 "$1 lists what Python's tarfile lists" diff <(member_names b.tar) names
    check 0 "$1 extracts" "$1" -xf b.tar -C "with-$1"
    same "$1 says nothing" "" "$("$1" -xf b.tar -C "with-$1" 2>&1)$(cat messages)"
    same_tree "$1: the tree that import makes" "with-$1"
    imports "what $1 extracts" "with-$1"
}

check_archives() {
    local tool
    for tool in tar bsdtar; do is_there $tool && check_tar $tool; done
    check 0 "tarfile extracts" python3 -c 'import tarfile; tarfile.open("b.tar").extractall("with-tarfile")'
    same_tree "tarfile: the tree that import makes" with-tarfile
}

check_parts() {
    local parts
    check 0 "pack, split" "${pack[@]}" --split 600K -o s.tar
    parts=(s.tar.0*)
    check 0 "several parts: ${#parts[@]}" [ ${#parts[@]} -gt 2 ]
    tail -q -c +65537 "${parts[@]}" >joined.tar
    check 0 "parts put together by tail" cmp joined.tar b.tar
    check 0 "import of the parts" sealift import "${parts[@]}" --into from-parts --keep-compressed "${trust[@]}"
    same_tree "parts: the same tree" from-parts
}

# --- OCI tools ------------------------------------------------------------------------------------

start_registry() { # it is killed with this script
    mkdir stored
    cat >registry.yml <<END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $folder/stored}}
http: {addr: "$server"}
END
    "$peers/registry" serve registry.yml >registry.log 2>&1 </dev/null &
    registry=$!
    trap 'kill $registry; wait $registry 2>/dev/null; rm -rf "$folder"' EXIT
    while kill -0 $registry 2>/dev/null; do
        (exec 3<>"/dev/tcp/${server%:*}/${server#*:}") 2>/dev/null && return
        sleep 0.1
    done
    check 0 "the registry comes up" cat registry.log
    false
}

check_oras() { # check_oras TOOL: Debian's 1.2 and 1.3
    local to=$server/$1
    has "$1" || return
    mkdir "with-$1"
    check 0 "$1 pulls" sh -c "cd with-$1 && '$peers/$1' pull --oci-layout ../b.tar:v2.2.0"
    same_tree "$1: the tree that import makes" "with-$1"
    [ -n "${registry-}" ] || return
    check 0 "$1 pushes, referrers too" "$peers/$1" cp -r --from-oci-layout b.tar:v2.2.0 --to-plain-http "$to:v2.2.0"
    same "$1: the digest in the registry" "$digest" "$("$peers/$1" resolve --plain-http "$to:v2.2.0")"
    mkdir "pulled-$1"
    check 0 "$1 pulls from the registry" sh -c "cd pulled-$1 && '$peers/$1' pull --plain-http '$to:v2.2.0'"
    same_tree "$1: the tree from the registry" "pulled-$1"
    check 0 "$1 brings it back" "$peers/$1" cp -r --from-plain-http --to-oci-layout "$to:v2.2.0" "back-$1:v2.2.0"
    imports "what $1 brings back" "back-$1"
    cosign_verdicts "after $1" "$to:v2.2.0" cosign3
    check 0 "$1 pushes the signatures for cosign 2" "$peers/$1" cp --from-oci-layout "b.tar:$signature" \
        --to-plain-http "$to:$signature"
    cosign_verdicts "after $1, with its signatures" "$to:v2.2.0" cosign
}

check_skopeo() { # check_skopeo TOOL: bookworm's and newer ones
    local skopeo=("$peers/$1" copy -q) to=docker://$server/$1 tag
    has "$1" || return
    for tag in v2.2.0 "$signature"; do
        check 0 "$1 pushes $tag" "${skopeo[@]}" --all --dest-tls-verify=false "oci-archive:b.tar:$tag" "$to:$tag"
        check 0 "$1 brings $tag back" "${skopeo[@]}" --all --src-tls-verify=false "$to:$tag" "oci:back-$1:$tag"
    done
    same "$1: the digest in the registry" "$digest" \
        "sha256:$("$peers/$1" inspect --raw --tls-verify=false "$to:v2.2.0" | sha256sum | cut -d' ' -f1)"
    check 0 "$1: the digest that comes back" [ -e "back-$1/blobs/sha256/${digest#*:}" ]
    imports "what $1 brings back" "back-$1"
    cosign_verdicts "after $1" "$server/$1:v2.2.0" cosign cosign3
}

# --- cosign ---------------------------------------------------------------------------------------

verdict() { # verdict TOOL KEY WHAT...: 0 or 1
    "$peers/$1" verify --private-infrastructure --key "$2" "${@:3}" || return 1
}

cosign_verdicts() { # cosign_verdicts WHEN REFERENCE TOOL...: with both keys, and with one that has not signed
    local tool
    for tool in "${@:3}"; do
        has "$tool" || continue
        check 0 "$1: $tool verifies" verdict "$tool" p256.pub "$2"
        check 0 "$1: $tool verifies with the second key" verdict "$tool" p384.pub "$2"
        check 1 "$1: $tool, another key" verdict "$tool" other.pub "$2"
        check 1 "$1: $tool, a key that has not signed yet" verdict "$tool" rsa2048.pub "$2"
    done
}

check_third_key() { # attached in place; whoever had the bundle before pushes the signatures again
    local tool
    cp b.tar c.tar
    check 0 "sign attaches a third" sealift sign c.tar --sign-key rsa2048.pem
    check 0 "sign: nothing moves" cmp -i $((100 * 1024)) b.tar c.tar
    mkdir third
    tar -xf c.tar -C third
    same_tree "the third: the same files" third
    imports "with a third" third rsa2048.pub
    for tool in cosign cosign3; do
        has $tool || continue
        for key in p256 p384 rsa2048; do
            check 0 "with a third: $tool verifies with $key" verdict $tool $key.pub --local-image third
        done
        check 1 "with a third: $tool, another key" verdict $tool other.pub --local-image third
    done
    [ -n "${registry-}" ] && has skopeo || return
    for tag in v2.2.0 "$signature"; do
        check 0 "with a third: pushes $tag" "$peers/skopeo" copy -q --all --dest-tls-verify=false \
            "oci-archive:c.tar:$tag" "docker://$server/third:$tag"
    done
    for tool in cosign cosign3; do
        check 0 "with a third: $tool, from the registry" verdict $tool rsa2048.pub "$server/third:v2.2.0"
    done
}

make_bundle
check_archives
check_parts
registry=
if has registry; then start_registry || finish; fi
check_oras oras
check_oras oras13
if [ -n "$registry" ]; then
    for tool in skopeo skopeo118 skopeo122; do check_skopeo $tool; done
fi
check_third_key
finish
