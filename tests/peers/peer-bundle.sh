#!/bin/bash
# The golden bundle, read by the tools of the field; once, for sealift.
case ${1##*/} in
sealift) exec "$(dirname "$0")/bundle-tools.py" ;;
*) echo "0 passed, 0 failed, 0 skipped" ;;
esac
