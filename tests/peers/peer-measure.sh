#!/bin/bash
# peer-measure.sh PROGRAM - PCR 11 of the UKIs of fixtures/images, as `sealift measure` predicts it from the
# disk and as systemd-measure calculates it from the sections: before user space and after each of its
# phases, in both banks. An older systemd-measure does not know every section; then it is not asked.
. "$(dirname "$0")/lib.sh"
[ "${program##*/}" = sealift ] || finish # the resolver predicts nothing
is_there python3 jq || finish
measure=
for path in /usr/lib/systemd/systemd-measure /lib/systemd/systemd-measure; do
    [ ! -x $path ] || measure=$path
done
[ -n "$measure" ] || { skip systemd-measure "it is not installed (package systemd or systemd-boot-tools)"; finish; }
known=" $("$measure" --help | sed -n 's/^ *--\([a-z]*\)=PATH .*/\1/p' | tr '\n' ' ') "
paths=(: enter-initrd enter-initrd:leave-initrd enter-initrd:leave-initrd:sysinit
    enter-initrd:leave-initrd:sysinit:ready)

ours() { # ours BANK PHASES ARGUMENT...
    local phases=()
    [ "$2" = : ] || phases=(--phase "$2")
    sealift measure --bank "$1" "${phases[@]}" --json "${@:3}" 2>&1 |
        jq -r '.registers[] | select(.index == 11).value'
}

theirs() { # theirs BANK PHASES: of the UKI with the options in sections
    "$measure" calculate "${sections[@]}" --bank="$1" --phase="$2" --json=short 2>&1 |
        jq -r --arg bank "$1" '.[$bank][] | select(.pcr == 11).hash'
}

take_sections() { # take_sections NAME: the array sections, of the disk NAME.raw; false where one is unknown
    local file
    rm -rf parts
    mkdir parts
    check 0 "$1: its sections" "$root/tests/peers/uki-sections.py" "$1.raw" parts
    sections=()
    for file in parts/*; do
        file=${file##*/}
        [[ $known == *" $file "* ]] || return
        sections+=("--$file=parts/$file")
    done
    [ -e parts/linux ] # without it the tool calculates nothing
}

"$fixtures/make-images" --raw .
compared=0 unknown=()
while read -r name; do
    take_sections "$name" || { unknown+=("$name"); continue; }
    compared=$((compared + 1))
    same "$name" "$(theirs sha256 :)" "$(ours sha256 : "$name.raw")"
done < <(sed -n 's/^\(good-[^ ]*\) : .*/\1/p' "$fixtures/images/expected.txt")
[ ${#unknown[@]} -eq 0 ] || skip "${unknown[*]}" "sections that this systemd-measure does not know"
check 0 "at least 20 disks are compared: $compared" [ $compared -ge 20 ]

for name in good-252 good-virtual-sizes good-large; do
    take_sections $name
    for bank in sha256 sha384; do
        for path in "${paths[@]}"; do
            same "$name, $bank, $path" "$(theirs $bank "$path")" "$(ours $bank "$path" $name.raw)"
        done
    done
done

# A UKI alone, and that a section makes a difference to both.
take_sections good-252
same "a UKI alone" "$(theirs sha256 :)" "$(ours sha256 : --uki "$fixtures/images/good-252.efi")"
echo more >>parts/cmdline
check 1 "another command line" [ "$(theirs sha256 :)" = "$(ours sha256 : good-252.raw)" ]
finish
