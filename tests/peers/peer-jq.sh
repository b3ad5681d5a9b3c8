#!/bin/bash
# peer-jq.sh PROGRAM - jq reads what we print, and finds in tables and measurements what we find there.
. "$(dirname "$0")/lib.sh"
is_there jq || finish
cp -r "$fixtures/repositories/." .

is_object() { # is_object: standard input is one JSON object on one line
    [ "$(jq -s 'length == 1 and (.[0] | type == "object")')" = true ]
}

answer() { # answer WHAT COMMAND...: succeeds with one object on one line
    local output
    output=$("${@:2}" 2>/dev/null)
    check 0 "$1" is_object_text "$output"
}

is_object_text() { [ "$(printf '%s\n' "$1" | wc -l)" = 1 ] && printf '%s' "$1" | is_object; }

error() { # error WHAT STATUS COMMAND...: nothing on standard output, the error object last on standard error
    local have=0
    "${@:3}" >out 2>err </dev/null || have=$?
    same "$1: status" "$2" "$have"
    same "$1: standard output" "" "$(cat out)"
    same "$1: error" "$2" "$(tail -n 1 err | jq -r 'select((.error.code | type) == "string" and (.error.message | length) > 0) | .error.status')"
}

# Tables: each entry that jq lists is what resolve gives.
listed() { # listed TABLE: csp, variant, region and reference of every entry
    jq -r 'if .list then .list[] | [.csp, .attestationVariant, .region // "-", .reference]
           else to_entries[] | .key as $csp | select(.value | type == "object") |
                .value | to_entries[] | if $csp == "aws" then [$csp, "aws-nitro-tpm", .key, .value]
                                        else [$csp, .key, "-", .value] end
           end | @tsv' "$1"
}

check_table() { # check_table UID REPOSITORY TABLE
    local csp variant region reference count=0
    while IFS=$'\t' read -r csp variant region reference; do
        count=$((count + 1))
        same "$2: $csp $variant $region" "$reference" \
            "$(sealift resolve -q "$1" --csp "$csp" --variant "$variant" --region "$region" --repository "$2")"
        same "$2: $csp $variant $region: --json" "$reference" \
            "$(sealift resolve -q "$1" --csp "$csp" --variant "$variant" --region "$region" --repository "$2" --json | jq -r .reference)"
    done < <(listed "$3")
    check 0 "$2: entries" [ $count -gt 5 ]
}

check_table v2.2.0 good-rfc good-rfc/images/v2.2.0.json
check_table v2.5.0 good-v1 good-v1/constellation/v1/ref/-/stream/stable/v2.5.0/image/info.json
check_table v2.8.0 good-v2 good-v2/constellation/v2/ref/-/stream/stable/v2.8.0/image/info.json
refuses() { ! "$@"; }
check 0 "jq refuses the example without its comma" refuses jq . bad-missing-comma/images/v2.2.0.json
check 3 "so do we" sealift resolve v2.2.0 --csp gcp --repository bad-missing-comma

# Measurements: each set that jq lists is what measurements prints, in every form.
document=good-v2/constellation/v2/ref/-/stream/stable/v2.8.0/image/measurements.json
while IFS=$'\t' read -r csp variant values; do
    ask=(sealift measurements v2.8.0 --csp "$csp" --variant "$variant" --repository good-v2 --key keys/publisher.pub)
    same "$csp $variant: --json" "$values" "$("${ask[@]}" --json | jq -cS .measurements)"
    same "$csp $variant: v1" "$values" "$("${ask[@]}" --format v1 | jq -cS .measurements)"
    same "$csp $variant: v2" "$values" "$("${ask[@]}" --format v2 | jq -cS '.list[0].measurements')"
    same "$csp $variant: env" "$(jq -r '.[].expected' <<<"$values" | sort)" "$("${ask[@]}" --format env | cut -d= -f2 | sort)"
    if python3 -c 'import yaml' 2>/dev/null; then
        same "$csp $variant: yaml" "$values" "$("${ask[@]}" | python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)["measurements"]))' | jq -cS .)"
    fi
done < <(jq -r '.list[] | [.csp, .attestationVariant, (.measurements | tostring)] | @tsv' $document | while IFS= read -r line; do printf '%s\t%s\n' "$(cut -f1,2 <<<"$line")" "$(cut -f3 <<<"$line" | jq -cS .)"; done)
python3 -c 'import yaml' 2>/dev/null || skip "YAML output" "python3-yaml is not installed"

# --json of every verb, and its errors.
answer resolve sealift resolve v2.2.0 --csp gcp --repository good-rfc --json
answer measurements sealift measurements v2.8.0 --csp gcp --repository good-v2 --key keys/publisher.pub --json
answer versions sealift versions --repository good-rfc --json
answer "versions --latest" sealift versions --latest --repository good-rfc --json
answer verify-blob sealift verify-blob $document --key keys/publisher.pub --json
answer "key id" sealift key id keys/publisher.pub --json
answer "config generate" sealift config generate gcp --image v2.2.0 --json
sealift config generate gcp --image v2.2.0 --output conf.yaml
answer "config fetch-measurements" sealift config fetch-measurements --config conf.yaml --repository good-rfc --key keys/publisher.pub --json
answer "config fetch-measurements --output -" sealift config fetch-measurements --config conf.yaml --repository good-rfc --key keys/publisher.pub --output - --json
error usage 2 sealift resolve --nonsense --json
error format 3 sealift resolve v2.2.0 --csp gcp --repository bad-missing-comma --json
error not-found 4 sealift resolve v9.9.9 --csp gcp --repository good-rfc --json
error ambiguous 5 sealift resolve v2.2.0 --csp aws --repository good-rfc --json
error forged 6 sealift measurements v2.8.0 --csp gcp --repository bad-tampered --key keys/publisher.pub --json
error no-key 7 sealift measurements v2.8.0 --csp gcp --repository good-v2 --json
error policy 8 sealift resolve v2.2.0 --csp gcp --offline --json
error io 10 sealift key id nowhere --json
truncate -s 1M huge
error limit 11 sealift key id huge --json

# Any bytes in a name come out as JSON. (A path that is not UTF-8 is no string of JSON: its bytes are replaced.)
for byte in $(seq 1 255); do
    name=$(printf "x\\x$(printf %x "$byte")y")
    [[ $name != */* ]] || continue
    cp keys/publisher.pub "$name"
    sealift key id "$name" --json >>answers
    rm "$name"
    sealift key id "$name" --json 2>>errors
    [ "$byte" -ge 128 ] || printf %s "$name" | base64 >>names
done
same "answers with any byte in them" "254 254" "$(wc -l <answers) $(jq -s length answers)"
same "errors with any byte in them" "254 254" "$(wc -l <errors) $(jq -s 'map(select(.error.status == 10)) | length' errors)"
same "names in answers" "$(cat names)" "$(head -n 126 answers | jq -r '.file | @base64')"

# Terraform's protocol: an object of strings, nothing else, with every string that was asked for.
is_flat() { jq -e -s 'length == 1 and (.[0] | type == "object" and all(.[]; type == "string"))'; }
query='{"uid": "v2.8.0", "csp": "azure", "variant": "azure-tdx", "repository": "good-v2", "keys": "keys/publisher.pub,keys/auditor.pub"}'
check 0 "terraform: resolve" eval 'jq -c "del(.keys)" <<<"$query" | sealift resolve -q --terraform | is_flat'
check 0 "terraform: resolve, signed" eval 'jq -c ".keys = \"keys/tables.pub\"" <<<"$query" | sealift resolve --terraform | is_flat'
check 0 "terraform: measurements" eval 'sealift measurements --terraform <<<"$query" | is_flat'
same "terraform: the reference" "/CommunityGalleries/example/Images/tdx/Versions/2.8.0" \
    "$(jq -c 'del(.keys)' <<<"$query" | sealift resolve -q --terraform | jq -r .reference)"
same "terraform: a register" "$(jq -r '.list[] | select(.attestationVariant == "azure-tdx") | .measurements["4"].expected' $document)" \
    "$(sealift measurements --terraform <<<"$query" | jq -r .pcr4)"
finish
