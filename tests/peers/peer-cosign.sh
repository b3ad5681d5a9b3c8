#!/bin/bash
# peer-cosign.sh PROGRAM - signatures that cosign 2 and 3 make here and now, and their verdict on good and
# bad ones beside ours. They run in a namespace that has loopback only: they ask the network for their
# trust root as soon as an option about it is forgotten.
if [ -z "${SEALIFT_ALONE-}" ]; then
    for unshare in "unshare -n" "unshare -rn"; do
        if $unshare true 2>/dev/null; then
            SEALIFT_ALONE=1 exec $unshare bash -c 'ip link set lo up 2>/dev/null; exec "$@"' - "$0" "$@"
        fi
    done
fi
. "$(dirname "$0")/lib.sh"
[ -n "${SEALIFT_ALONE-}" ] || { skip cosign "no network namespace can be made here"; finish; }
is_there openssl python3 || finish
export COSIGN_PASSWORD=

# What cosign takes and we refuse, on purpose: signatures that are not base64 of DER, and a lone carriage
# return or a line end where base64 goes on. What we take and cosign 3 refuses: bundles with a made-up
# entry of a transparency log, which we report as not checked.
taken_by_cosign=(bad-raw-der.sig bad-raw-rs.sig bad-raw-rs-p384.sig bad-raw-rsa.sig bad-lone-cr.sig
    bad-signature-with-line-end.sigstore.json)
refused_by_cosign=(good-with-log.sigstore.json good-other-members.sigstore.json)

cosign_says() { # cosign_says TOOL KEY SIGNATURE FILE: yes or no
    local option=--signature
    [[ $3 != *.sigstore.json ]] || option=--bundle
    "$1" verify-blob --key "$2" --private-infrastructure $option "$3" "$4" >/dev/null 2>&1 && echo yes || echo no
}

we_say() { # we_say KEY SIGNATURE FILE
    sealift verify-blob "$3" --key "$1" --signature "$2" >/dev/null 2>&1
    case $? in
    0) echo yes ;;
    3 | 6) echo no ;;
    *) echo neither ;;
    esac
}

check_matrix() { # check_matrix TOOL PATTERN: every fixture whose name fits
    local file key want ours theirs name=${1##*/}
    while IFS=$'\t' read -r file key _; do
        # shellcheck disable=SC2053 # a pattern
        [[ $file != \#* && $file == $2 ]] || continue
        ours=$(we_say "$fixtures/keys/$key" "$fixtures/signatures/$file" "$fixtures/signatures/document.txt")
        theirs=$(cosign_says "$1" "$fixtures/keys/$key" "$fixtures/signatures/$file" "$fixtures/signatures/document.txt")
        want=$ours
        [[ " ${taken_by_cosign[*]} " != *" $file "* ]] || want=yes,no
        [[ " ${refused_by_cosign[*]} " != *" $file "* ]] || want=no,yes
        case $want in
        *,*) same "$name and we: $file with $key" "$want" "$theirs,$ours" ;;
        *) same "$name: $file with $key, as we say" "$ours" "$theirs" ;;
        esac
    done <"$fixtures/signatures/verdicts.tsv"
}

sign_blob() { # sign_blob TOOL NAME FILE: FILE.NAME.sig and bundles, in every form that TOOL writes
    local sign=("$peers/$1" sign-blob --key "$2.key" --tlog-upload=false -y)
    if [ "$1" = cosign ]; then
        "${sign[@]}" --output-signature "$3.$2.sig" "$3"
        "${sign[@]}" --bundle "$3.$2.bundle.json" "$3"
        "${sign[@]}" --new-bundle-format --bundle "$3.$2.sigstore.json" "$3"
        "${sign[@]}" "$3" >"$3.$2-printed.sig"
    else
        "${sign[@]}" --use-signing-config=false --bundle "$3.$2.sigstore.json" "$3"
    fi
}

check_measurements() { # check_measurements NAME SIGNATURE: those of a repository that cosign signed
    local file=repository/measurements/aws/v1.0.0/measurements.yaml
    rm -f $file.*
    case $2 in
    *.sigstore.json) cp "$2" $file.sigstore.json ;;
    *) cp "$2" $file.sig ;;
    esac
    same "measurements signed in $2" "PCR4=$(printf %064d 7)" \
        "$(sealift measurements v1.0.0 --csp aws --repository repository --key "$1.pub" --format env 2>&1)"
    check 6 "measurements signed in $2, another key" sealift measurements v1.0.0 --csp aws \
        --repository repository --key "$fixtures/keys/good-p256.pem"
}

check_tool() { # check_tool TOOL NAME
    local id signature
    if ! "$peers/$1" version >/dev/null 2>&1; then
        skip "$1" "tests/peers/setup.sh - $1 brings it"
        return
    fi
    check 0 "$1: makes a key" "$peers/$1" generate-key-pair --output-key-prefix "$2"
    id=$(openssl pkey -pubin -in "$2.pub" -outform DER | sha256sum)
    same "$1: id of its key" "${id%% *}" "$(sealift key id "$2.pub")"
    check 3 "$1: its private key" sealift key id "$2.key"
    check 0 "$1: signs" sign_blob "$1" "$2" measurements
    for signature in measurements."$2"*; do
        check 0 "$1: $signature" sealift verify-blob measurements --key "$2.pub" --signature "$signature"
        check 6 "$1: $signature of another document" sealift verify-blob other --key "$2.pub" --signature "$signature"
        check_measurements "$2" "$signature"
    done
    # Once: that both programs say the same is what tests/contract shows.
    [ "${program##*/}" != sealift ] || return
    check_matrix "$peers/$1" '*.sig'
    # cosign 2 asks the network for its trust root when it is given a bundle.
    [ "$1" != cosign3 ] || check_matrix "$peers/$1" '*.sigstore.json'
}

mkdir -p repository/measurements/aws/v1.0.0
printf 'csp: aws\nimage: v1.0.0\nmeasurements: {4: "%064d"}\n' 7 >measurements
cp measurements repository/measurements/aws/v1.0.0/measurements.yaml
echo other >other
check_tool cosign two
check_tool cosign3 three
finish
