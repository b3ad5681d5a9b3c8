#!/bin/bash
# peer-openssl.sh PROGRAM - keys and signatures that openssl makes here and now, of every kind that is
# accepted: openssl and we must agree. Then every byte of document, signature and key is changed once.
. "$(dirname "$0")/lib.sh"
is_there openssl python3 || finish

printf 'A document of %s.\n' "$(date +%s)" >document
printf 'another document\n' >other

make_key() { # make_key NAME GENPKEY-OPTION...
    openssl genpkey -quiet "${@:2}" -out "$1.key" && openssl pkey -in "$1.key" -pubout -out "$1.pub"
}

sign() { # sign KEY FILE SIGNATURE [DGST-OPTION...]: with the base64 that cosign would write
    openssl dgst "${@:4}" -sign "$1.key" "$2" | base64 -w0 >"$3"
}

check_kind() { # check_kind NAME: a key NAME.key, and stranger.key of the same kind
    local id
    id=$(openssl pkey -pubin -in "$1.pub" -outform DER | sha256sum)
    same "$1: id" "${id%% *}" "$(sealift key id "$1.pub")"
    sign "$1" document "$1.sig" -sha256
    check 0 "$1: openssl's verdict" openssl dgst -sha256 -verify "$1.pub" -signature <(base64 -d "$1.sig") document
    check 0 "$1: good" sealift verify-blob document --key "$1.pub" --signature "$1.sig"
    check 6 "$1: another document" sealift verify-blob other --key "$1.pub" --signature "$1.sig"
    check 6 "$1: another key" sealift verify-blob document --key stranger.pub --signature "$1.sig"
    base64 -w 64 <(base64 -d "$1.sig") >"$1-lines.sig"
    check 0 "$1: in lines" sealift verify-blob document --key "$1.pub" --signature "$1-lines.sig"
    sign "$1" document "$1-sha384.sig" -sha384
    check 6 "$1: SHA-384" sealift verify-blob document --key "$1.pub" --signature "$1-sha384.sig"
    sign "$1" document "$1-sha1.sig" -sha1
    check 6 "$1: SHA-1" sealift verify-blob document --key "$1.pub" --signature "$1-sha1.sig"
}

check_measurements() { # check_measurements NAME: of a repository that openssl signs
    local file=repository/measurements/aws/v1.0.0/measurements.yaml
    mkdir -p "$(dirname $file)"
    printf 'csp: aws\nimage: v1.0.0\nmeasurements: {4: "%064d"}\n' 7 >$file
    sign "$1" $file $file.sig -sha256
    same "$1: measurements" "PCR4=$(printf %064d 7)" \
        "$(sealift measurements v1.0.0 --csp aws --repository repository --key "$1.pub" --format env)"
    check 6 "$1: measurements, another key" \
        sealift measurements v1.0.0 --csp aws --repository repository --key stranger.pub
}

# Every byte once, with a bit of it flipped: never status 0, and never a status of another meaning.
check_flips() { # check_flips NAME
    python3 - "$1" "$1.pub" "$1.sig" <<'END'
import base64, subprocess, sys
name, key_path, signature_path = sys.argv[1:]
key = base64.b64decode("".join(open(key_path).read().split("\n")[1:-2]))
document, signature = open("document", "rb").read(), base64.b64decode(open(signature_path).read())
bad = []

def write(path, data):
    with open(path, "wb") as file:
        file.write(data)

def try_all(what, data, put, allowed):
    for at in range(len(data)):
        put(data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1:])
        status = subprocess.run(["sealift", "verify-blob", "flipped", "--key", "flipped.pub", "--signature",
                                 "flipped.sig"], capture_output=True).returncode
        if status not in allowed:
            bad.append(f"{name}: byte {at} of the {what}: status {status}")
    put(data)

def put_key(data):
    body = base64.encodebytes(data).replace(b"\n", b"")
    lines = b"\n".join(body[i:i + 64] for i in range(0, len(body), 64))
    write("flipped.pub", b"-----BEGIN PUBLIC KEY-----\n" + lines + b"\n-----END PUBLIC KEY-----\n")

def put_signature(data):
    write("flipped.sig", base64.b64encode(data))

put_key(key), put_signature(signature)
try_all("document", document, lambda data: write("flipped", data), {6})
try_all("signature", signature, put_signature, {3, 6})
try_all("key", key, put_key, {3, 6})
print("\n".join(bad))
sys.exit(1 if bad else 0)
END
}

for curve in 256 384; do
    make_key p$curve -algorithm EC -pkeyopt ec_paramgen_curve:P-$curve
    make_key stranger -algorithm EC -pkeyopt ec_paramgen_curve:P-$curve
    check_kind p$curve
    check_measurements p$curve
    check 0 "p$curve: each byte changed" check_flips p$curve
done
for bits in 2048 3072 4096; do
    make_key rsa$bits -algorithm RSA -pkeyopt rsa_keygen_bits:$bits
    [ $bits != 2048 ] || make_key stranger -algorithm RSA -pkeyopt rsa_keygen_bits:2048
    check_kind rsa$bits
done
check_measurements rsa2048
check 0 "rsa2048: each byte changed" check_flips rsa2048
sign rsa2048 document pss.sig -sha256 -sigopt rsa_padding_mode:pss
check 6 "RSA-PSS" sealift verify-blob document --key rsa2048.pub --signature pss.sig

# Kinds of keys that are not accepted.
for curve in P-521 P-224 secp256k1 brainpoolP256r1; do
    make_key refused -algorithm EC -pkeyopt ec_paramgen_curve:$curve
    check 3 "$curve" sealift key id refused.pub
done
make_key refused -algorithm ED25519
check 3 "Ed25519" sealift key id refused.pub
make_key refused -algorithm RSA -pkeyopt rsa_keygen_bits:1024
check 3 "RSA-1024" sealift key id refused.pub
finish
