#!/bin/bash
# tests/peers/setup.sh [PREFIX [TOOL...]] - brings the real tools of the field to PREFIX/bin, for the
# tests against peers. Nothing outside PREFIX changes, and no root is needed.
#
# PREFIX   default (also when it is -): sealift-peers in the user's cache folder
# TOOL     cosign cosign3 oras oras13 crane umoci registry skopeo skopeo118 skopeo122; default: all
#
# They are Debian's packages, of three releases, fetched through apt from the mirror that this machine
# uses already and unpacked. About 450 MB and a minute for all; a tool that is there is left alone, and
# when all are, the network is not touched. A tool that cannot be had is named, the others are set up
# all the same, and the status is 1.
# Also in PREFIX/bin: registry-up (a registry on 127.0.0.1:5055) and offline (a command without network).
set -euo pipefail
export LC_ALL=C

tools="cosign cosign3 oras oras13 crane umoci registry skopeo skopeo118 skopeo122"
prefix=${1:--}
[ "$prefix" != - ] || prefix=${XDG_CACHE_HOME:-$HOME/.cache}/sealift-peers
chosen=${*:2}
chosen=${chosen:-$tools}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() { echo "setup.sh: $*" >&2; exit 1; }

packages() { # prints the packages that TOOL is made of, as package/release
    local common=(libc6 libassuan9 libgpg-error0 libsqlite3-0)
    case $1 in
    cosign) echo cosign/trixie ;;
    cosign3) echo cosign/sid ;;
    oras) echo oras/trixie ;;
    oras13) echo oras/sid ;;
    crane) echo crane/sid ;;
    umoci) echo umoci/trixie ;;
    registry) echo docker-registry/trixie ;;
    skopeo)
        local package
        for package in skopeo libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libselinux1 libudev1 libpcre2-8-0; do
            echo $package/bookworm
        done
        ;;
    skopeo118) printf '%s/trixie\n' skopeo libgpgme11t64 "${common[@]}" ;;
    skopeo122) printf '%s/sid\n' skopeo libgpgme45 "${common[@]}" ;;
    *) return 1 ;;
    esac
}

wrapper() { # prints the script that starts TOOL
    local root=$prefix/root/$1 machine libraries loader policy
    machine=$(uname -m)-linux-gnu
    libraries=$root/usr/lib/$machine:$root/lib/$machine
    policy="--policy $prefix/policy.json --registries.d $prefix/registries.d" # nothing of /etc/containers
    echo '#!/bin/sh'
    case $1 in
    cosign3 | oras13) echo "exec $root/usr/bin/${1%%[0-9]*} \"\$@\"" ;;
    registry) echo "exec $root/usr/bin/docker-registry \"\$@\"" ;;
    skopeo) echo "LD_LIBRARY_PATH=$libraries exec $root/usr/bin/skopeo $policy \"\$@\"" ;;
    skopeo*) # of a release with a newer C library: started through that
        loader=$(compgen -G "$root/usr/lib*/ld-linux-*.so.*" || compgen -G "$root/usr/lib/$machine/ld-linux-*.so.*") || return 1
        echo "exec ${loader%%$'\n'*} --library-path $libraries:/usr/lib/$machine $root/usr/bin/skopeo $policy \"\$@\""
        ;;
    *) echo "exec $root/usr/bin/$1 \"\$@\"" ;;
    esac
}

is_here() { # is_here TOOL: unpacked from the packages that are named above, and with its script
    [ -x "$prefix/bin/$1" ] && [ -e "$prefix/root/$1/.packages" ] &&
        [ "$(<"$prefix/root/$1/.packages")" = "$(packages "$1")" ]
}

for tool in $chosen; do
    packages "$tool" >/dev/null || die "$tool: no such tool (have: $tools)"
done
missing=()
for tool in $chosen; do
    is_here "$tool" || missing+=("$tool")
done
[ ${#missing[@]} -gt 0 ] || exit 0

mkdir -p "$prefix"/{bin,root,registries.d,lists/partial,cache/archives/partial}
prefix=$(cd "$prefix" && pwd)
exec 9>"$prefix/.lock"
flock 9

run_apt() { # run_apt ARGUMENT...: apt-get with a source list and folders of its own
    apt-get -qq -o Acquire::Retries=5 -o Dir::Etc::sourcelist="$prefix/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$prefix/lists" -o Dir::Cache="$prefix/cache" \
        -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any "$@"
}

read_indexes() {
    local mirror release
    command -v apt-get dpkg-deb >/dev/null || die "apt-get and dpkg-deb are needed"
    [ -e "$keyring" ] || die "$keyring is not here (package debian-archive-keyring)"
    mirror=$("$(dirname "${BASH_SOURCE[0]}")/../../vendor/mirror") ||
        die "no Debian mirror is configured in /etc/apt"
    for release in bookworm trixie sid; do
        echo "deb [signed-by=$keyring] $mirror $release main"
    done >"$prefix/sources.list"
    run_apt update || die "the Debian archive cannot be read"
}

set_up() { # set_up TOOL: in a folder of its own first, so that a tool is there as a whole or not at all
    local tool=$1 new=$prefix/root/.$1.new package
    rm -rf "$new"
    mkdir -p "$new/.debs"
    # shellcheck disable=SC2046 # a list of words
    (cd "$new/.debs" && run_apt download $(packages "$tool")) || return 1
    for package in "$new"/.debs/*.deb; do dpkg-deb -x "$package" "$new" || return 1; done
    set -- "$new"/.debs/"$(packages "$tool" | sed 's,/.*,,;q')"_*.deb
    echo "setup.sh: $tool: $(dpkg-deb -f "$1" Package) $(dpkg-deb -f "$1" Version)" >&2
    rm -rf "$new/.debs" "$prefix/root/$tool"
    packages "$tool" >"$new/.packages"
    mv "$new" "$prefix/root/$tool"
    wrapper "$tool" >"$prefix/bin/.$tool.new" || return 1
    chmod +x "$prefix/bin/.$tool.new"
    mv "$prefix/bin/.$tool.new" "$prefix/bin/$tool"
}

starts() { # starts TOOL: with the libraries it was given
    case $1 in
    cosign* | oras* | crane) "$prefix/bin/$1" version ;;
    *) "$prefix/bin/$1" --version ;;
    esac >/dev/null 2>&1
}

echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$prefix/policy.json"

cat >"$prefix/registry.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: $prefix/registry-data}
  delete: {enabled: true}
http: {addr: "127.0.0.1:5055"}
END

# stop it with: kill $(cat PREFIX/registry.pid)
cat >"$prefix/bin/registry-up" <<END
#!/bin/bash
mkdir -p $prefix/registry-data
setsid $prefix/bin/registry serve $prefix/registry.yml >$prefix/registry.log 2>&1 </dev/null &
echo \$! > $prefix/registry.pid
while kill -0 \$!; do (exec 3<>/dev/tcp/127.0.0.1/5055) 2>/dev/null && { echo up pid \$!; exit 0; }; sleep 0.1; done
echo "registry did not come up" >&2; exit 1
END

# A network namespace "peers" with loopback only (needs root): cosign reaches out for its trust root as
# soon as an option about the transparency log is forgotten.
cat >"$prefix/bin/offline" <<'END'
#!/bin/sh
ip netns list 2>/dev/null | grep -q '^peers' || { ip netns add peers && ip -n peers link set lo up; } || exit 1
exec ip netns exec peers "$@"
END
chmod +x "$prefix"/bin/{registry-up,offline}

read_indexes
failed=()
for tool in "${missing[@]}"; do
    if ! set_up "$tool" || ! starts "$tool"; then
        rm -f "$prefix/bin/$tool"
        failed+=("$tool")
    fi
done
rm -rf "$prefix"/{debs,cache,lists}
[ ${#failed[@]} -eq 0 ] || die "could not be set up: ${failed[*]}"
