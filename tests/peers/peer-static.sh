#!/bin/bash
# peer-static.sh PROGRAM - what the tools of the system say about the program: that it is one static file,
# that it runs where there is nothing else, and which system calls it makes.
. "$(dirname "$0")/lib.sh"
cp -r "$fixtures/repositories/good-rfc" "$fixtures/repositories/keys" .

if is_there ldd; then
    check 0 "ldd" grep -qE 'statically linked|not a dynamic executable' <(ldd "$program" 2>&1)
fi

lacks() { ! grep -E "$1" "$2"; }

if is_there readelf; then
    readelf -W -h -l -d "$program" >elf 2>&1
    check 0 "position independent" grep -qE 'Type: +DYN' elf
    check 0 "no interpreter" lacks 'INTERP|program interpreter' elf
    check 0 "no library" lacks '\(NEEDED\)' elf
    check 0 "no relocation of code" lacks 'TEXTREL' elf
    check 0 "read-only after relocation" grep -q GNU_RELRO elf
    check 0 "a stack that is not executed" grep -qE 'GNU_STACK .* RW ' elf
    check 0 "no segment that is written and executed" lacks '(LOAD|GNU_STACK) .* RWE ' elf
fi

# In an empty folder that is all there is.
mkdir jail
cp "$program" jail/program
cp -r good-rfc keys jail/
root_in() { chroot "$@"; }
if [ "$(id -u)" -ne 0 ]; then root_in() { unshare -r chroot "$@"; }; fi
if root_in / true 2>/dev/null; then
    check 0 "alone: --version" root_in jail /program --version
    same "alone: resolve" gcp-image-123 "$(root_in jail /program resolve -q v2.2.0 --csp gcp --repository /good-rfc 2>&1)"
    check 0 "alone: measurements" root_in jail /program measurements v2.2.0 --csp gcp --repository /good-rfc --key /keys/publisher.pub
    check 8 "alone: --offline" root_in jail /program resolve v2.2.0 --csp gcp --offline
else
    skip "in an empty chroot" "neither root nor a user namespace"
fi

# Its system calls: no socket, and no file outside of what was named.
trace() { # trace COMMAND...: into the file trace
    strace -f -o trace "$@" >/dev/null 2>&1
}

opened() { grep -E '(open|openat|openat2|creat)\(' trace; }

no_socket() { lacks '(socket|connect|sendto|sendmsg|bind|socketcall|socketpair)\(' trace; }

nothing_outside() { ! opened | grep -E '"/|"\.\.|/\.\.(/|")'; } # every name is relative, and never goes up

if is_there strace && trace true && [ -s trace ]; then
    check 0 "resolve" trace sealift resolve v2.2.0 --csp gcp --repository good-rfc
    check 0 "resolve: no socket" no_socket
    check 0 "resolve: nothing outside" nothing_outside
    check 0 "resolve: at most 12 files and folders are opened" [ "$(opened | wc -l)" -le 12 ]
    check 0 "measurements" trace sealift measurements v2.2.0 --csp gcp --repository good-rfc --key keys/publisher.pub
    check 0 "measurements: no socket" no_socket
    check 0 "measurements: nothing outside" nothing_outside
    check 0 "versions" trace sealift versions --repository good-rfc
    check 0 "versions: no socket" no_socket
    check 0 "versions: nothing outside" nothing_outside
    check 0 "verify-blob" trace sealift verify-blob good-rfc/measurements/aws/v2.2.0/measurements.yaml --key keys/publisher.pub
    check 0 "verify-blob: no socket" no_socket
    check 0 "verify-blob: nothing outside" nothing_outside
    check 0 "no user is looked up" lacks 'passwd|nsswitch|nscd' trace
    check 8 "--offline" trace sealift resolve v2.2.0 --csp gcp --repository https://images.example --offline
    check 0 "--offline: no socket" no_socket
    check 0 "--offline: nothing outside" nothing_outside
    check 0 "--offline: sockets are forbidden" grep -q 'SECCOMP' trace
else
    skip "system calls" "strace cannot trace here"
fi
finish
