#!/bin/bash
# peer-sign.sh PROGRAM - the keys and signatures that `sealift` makes, in the hands of cosign 2, cosign 3 and
# openssl, and theirs in ours. The cosigns run in a namespace that has loopback only.
if [ -z "${SEALIFT_ALONE-}" ]; then
    for unshare in "unshare -n" "unshare -rn"; do
        if $unshare true 2>/dev/null; then
            SEALIFT_ALONE=1 exec $unshare bash -c 'ip link set lo up 2>/dev/null; exec "$@"' - "$0" "$@"
        fi
    done
fi
. "$(dirname "$0")/lib.sh"
[ "${program##*/}" = sealift ] || finish # the resolver makes neither
is_there openssl || finish
export COSIGN_PASSWORD="a password"
keys=$fixtures/keys

openssl_verify() { # openssl_verify KEY SIG FILE: as every shell script would
    base64 -d "$2" >der && openssl dgst -sha256 -verify "$1" -signature der "$3"
}

# --- openssl --------------------------------------------------------------------------------------

check_openssl() { # check_openssl NAME GENPKEY-OPTION...
    local name=$1
    shift
    openssl genpkey -quiet "$@" -out "$name.pem"
    openssl pkey -in "$name.pem" -pubout -out "$name.want"
    check 0 "$name: imported" sealift key import "$name.pem" "$name"
    check 0 "$name: public key as openssl writes it" cmp "$name.pub" "$name.want"
    check 0 "$name: signs" sealift sign "doc-$name" --sign-key "$name.key"
    check 0 "$name: openssl takes the signature" openssl_verify "$name.pub" "doc-$name.sig" "doc-$name"
    check 1 "$name: openssl, another document" openssl_verify "$name.pub" "doc-$name.sig" other
    openssl dgst -sha256 -sign "$name.pem" -out "$name.raw" "doc-$name"
    check 0 "$name: a signature of openssl attached" sealift sign --attach "$name.raw" --key "$name.pub" "doc-$name"
    check 0 "$name: openssl takes that too" openssl_verify "$name.pub" "doc-$name.sig" "doc-$name"
    check 6 "$name: attached to another document" sealift sign --attach "$name.raw" --key "$name.pub" other
}

echo other >other
for name in p256 p384 rsa2048 rsa4096; do echo "for $name" >"doc-$name"; done
check_openssl p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
check_openssl p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
check_openssl rsa2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
check_openssl rsa4096 -algorithm RSA -pkeyopt rsa_keygen_bits:4096
check 0 "generate" sealift key generate site
check 0 "the new public key, by openssl" sh -c 'openssl pkey -pubin -in site.pub -pubout | cmp - site.pub'
same "its id" "$(openssl pkey -pubin -in site.pub -outform DER | sha256sum | cut -d' ' -f1)" "$(sealift key id site.pub)"

# --- cosign ---------------------------------------------------------------------------------------

# cosign 2 asks the network for its trust root when it is given a bundle and no root.
echo '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' >root.json

takes() { # takes TOOL KEY FILE: FILE.sig and FILE.sigstore.json
    local bundle=(--bundle "$3.sigstore.json")
    [ "$1" != cosign ] || bundle+=(--trusted-root root.json)
    "$peers/$1" verify-blob --private-infrastructure --key "$2" --signature "$3.sig" "$3" &&
        "$peers/$1" verify-blob --private-infrastructure --key "$2" "${bundle[@]}" "$3"
}

takes_sig() { # takes_sig TOOL KEY SIG FILE
    "$peers/$1" verify-blob --private-infrastructure --key "$2" --signature "$3" "$4"
}

takes_bundle() { # takes_bundle TOOL KEY BUNDLE FILE
    local root=()
    [ "$1" != cosign ] || root=(--trusted-root root.json)
    "$peers/$1" verify-blob --private-infrastructure --key "$2" "${root[@]}" --bundle "$3" "$4"
}

signs() { # signs TOOL KEY FILE: as cosign would with that key
    local offline=(--tlog-upload=false)
    [ "$1" = cosign ] || offline+=(--use-signing-config=false)
    "$peers/$1" sign-blob --key "$2" "${offline[@]}" -y --new-bundle-format --bundle "$3.by-cosign.sigstore.json" "$3"
}

reads_our_keys() { # reads_our_keys TOOL: their public halves, and signs with them
    local name
    for name in site p256 p384 rsa2048 rsa4096; do
        "$peers/$1" public-key --key $name.key >"$name.$1" 2>/dev/null
        check 0 "$1: reads our $name.key" cmp $name.pub "$name.$1"
    done
    echo text >"doc-$1"
    for name in site p256; do
        check 0 "$1: signs with our $name.key" signs "$1" $name.key "doc-$1"
        check 0 "$1: signed with our $name.key" sealift verify-blob "doc-$1" --key $name.pub \
            --signature "doc-$1.by-cosign.sigstore.json"
    done
    COSIGN_PASSWORD=wrong check 1 "$1: our key, another password" "$peers/$1" public-key --key site.key
}

takes_our_signatures() { # takes_our_signatures TOOL
    local name
    for name in site p256 p384 rsa2048 rsa4096; do
        echo "$name, for $1" >"$name-$1"
        check 0 "sign by $name" sealift sign "$name-$1" --sign-key $name.key
        check 0 "$1: takes both forms by $name" takes "$1" $name.pub "$name-$1"
        check 1 "$1: .sig by $name, another document" takes_sig "$1" $name.pub "$name-$1.sig" other
        check 1 "$1: bundle by $name, another document" takes_bundle "$1" $name.pub "$name-$1.sigstore.json" other
        check 1 "$1: .sig by $name, another key" takes_sig "$1" $keys/good-p256.pem "$name-$1.sig" "$name-$1"
        check 1 "$1: bundle by $name, another key" takes_bundle "$1" $keys/good-p256.pem "$name-$1.sigstore.json" "$name-$1"
    done
    openssl dgst -sha256 -sign rsa4096.pem -out raw "rsa4096-$1"
    rm "rsa4096-$1".sig*
    check 0 "RSA attached" sealift sign --attach raw --key rsa4096.pub "rsa4096-$1"
    check 0 "$1: takes RSA attached" takes "$1" rsa4096.pub "rsa4096-$1"
}

we_read_its_keys() { # we_read_its_keys TOOL
    check 0 "$1: makes a key" "$peers/$1" generate-key-pair --output-key-prefix "by-$1"
    check 0 "key public of $1's" sh -c "sealift key public by-$1.key | cmp - by-$1.pub"
    echo text >"with-$1"
    check 0 "sign with $1's key" sealift sign "with-$1" --sign-key "by-$1.key"
    check 0 "$1: takes it" takes "$1" "by-$1.pub" "with-$1"
    check 0 "import $1's key" sealift key import "by-$1.key" "again-$1"
    check 0 "$1: reads its key after we wrote it" sh -c "$peers/$1 public-key --key again-$1.key | cmp - by-$1.pub"
    COSIGN_PASSWORD=wrong check 7 "$1's key, another password" sealift key public "by-$1.key"
    COSIGN_PASSWORD='' check 0 "$1: makes a key without a password" "$peers/$1" generate-key-pair --output-key-prefix "bare-$1"
    COSIGN_PASSWORD='' check 0 "key public of $1's without a password" sh -c "sealift key public bare-$1.key | cmp - bare-$1.pub"
    [ "$1" != cosign ] || return # Debian's 2.5.0 refuses every key that it is to import
    check 0 "$1: imports a key of openssl" "$peers/$1" import-key-pair --key p256.pem --output-key-prefix "imported-$1"
    check 0 "key public of what $1 imported" sh -c "sealift key public imported-$1.key | cmp - p256.pub"
}

check_tool() { # check_tool TOOL
    if [ -z "${SEALIFT_ALONE-}" ]; then
        skip "$1" "no network namespace can be made here"
    elif ! "$peers/$1" version >/dev/null 2>&1; then
        skip "$1" "tests/peers/setup.sh - $1 brings it"
    else
        reads_our_keys "$1"
        takes_our_signatures "$1"
        we_read_its_keys "$1"
    fi
}

check_tool cosign
check_tool cosign3

# --- a token --------------------------------------------------------------------------------------

token() { # token COMMAND...: a PKCS#11 tool on the token of this folder
    SOFTHSM2_CONF=$folder/softhsm.conf "$@"
}

check_token() {
    local library
    library=$(find / -name libsofthsm2.so -not -path '/proc/*' 2>/dev/null | head -n 1)
    mkdir tokens
    printf 'directories.tokendir = %s\n' "$folder/tokens" >softhsm.conf
    token softhsm2-util --init-token --free --label t --pin 1234 --so-pin 1234 >/dev/null
    local tool=(token pkcs11-tool --module "$library" --pin 1234)
    "${tool[@]}" --login --keypairgen --key-type EC:prime256v1 --id 01 >/dev/null 2>&1
    "${tool[@]}" --read-object --type pubkey --id 01 --output-file token.der 2>/dev/null
    openssl pkey -pubin -inform DER -in token.der -out token.pub
    echo "in a token" >doc-token
    openssl dgst -sha256 -binary doc-token >digest
    check 0 "a token signs" "${tool[@]}" --login --sign --id 01 --mechanism ECDSA --input-file digest --output-file token.rs
    same "r and s alone" 64 "$(stat -c %s token.rs)"
    check 0 "attached" sealift sign --attach token.rs --key token.pub doc-token
    check 0 "openssl takes it" openssl_verify token.pub doc-token.sig doc-token
}

if command -v pkcs11-tool >/dev/null && command -v softhsm2-util >/dev/null; then
    check_token
else
    skip "a PKCS#11 token" "pkcs11-tool (opensc) or softhsm2-util (softhsm2) is not installed"
fi
finish
