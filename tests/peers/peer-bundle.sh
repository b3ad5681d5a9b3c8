#!/bin/bash
# The golden bundle, read by the tools of the field, and made anew by a second implementation of
# bundle/FORMAT.md; once, for sealift.
[ "${1##*/}" = sealift ] || exec echo "0 passed, 0 failed, 0 skipped"
folder=$(dirname "$0")
tools=$("$folder/bundle-tools.py") format=$("$folder/bundle-format.py")
printf '%s\n%s\n' "$tools" "$format" | sed '/ passed, /d'
printf '%s\n%s\n' "${tools##*$'\n'}" "${format##*$'\n'}" |
    awk '{ p += $1; f += $3; s += $5 } END { print p " passed, " f " failed, " s " skipped" }'
