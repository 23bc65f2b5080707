# shellcheck shell=bash disable=SC2034
# What the steps share: where things lie, how they fail, how the tools are entered. Sourced, never run.
set -euo pipefail
export LC_ALL=C
umask 022

image=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$(dirname "$image")
ARCH=${ARCH:-arm64}
SUITE=trixie
version=${IMAGE_VERSION:-$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$project/Cargo.toml")}

# One moment for everything that carries a time: the last commit's, so that the same commit gives the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$project" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH ARCH

export PROFILE=${PROFILE:-release} BOX=${BOX:-$image/box} IMAGE_VERSION=$version
export IMAGE_CACHE=${IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/meterpost/image} # packages and tools: found again by the next build
export IMAGE_WORK=${IMAGE_WORK:-$IMAGE_CACHE/work-$ARCH}                           # made anew by each build
export IMAGE_OUT=${IMAGE_OUT:-$project/target/image}
cache=$IMAGE_CACHE work=$IMAGE_WORK out=$IMAGE_OUT
name=meterpost-$version-$ARCH # what the results are called
[ "$PROFILE" = release ] || name=$name-$PROFILE

case $ARCH in
    arm64) triple=aarch64-unknown-linux-gnu multiarch=aarch64-linux-gnu ;;
    amd64) triple=x86_64-unknown-linux-gnu multiarch=x86_64-linux-gnu ;;
    *) echo "image: ARCH=$ARCH is not known; right would be: arm64, amd64" >&2; exit 2 ;;
esac

say() { echo "image: $*"; }
fail() {
    echo "image: $*" >&2
    exit 1
}

# The lists of packages, by role; tools are the builder's own.
roles="tools sysroot root boot"
role_arch() { if [ "$1" = tools ]; then dpkg --print-architecture; else echo "$ARCH"; fi; }
lock_of() { echo "$image/packages/$1.$(role_arch "$1").lock"; }

# As root in a name space of our own: real root where we are root, else a user namespace's.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        unshare --mount --propagation private -- "$@"
    else
        unshare --user --map-root-user --map-auto --mount --propagation private -- "$@"
    fi
}

# tools COMMAND...: runs it inside the locked tools, with the project, the work folder and the cache at their own places.
tools() {
    as_root bash "$image/build/enter.sh" "$cache/tools" "$project" "$cache" "$work" "$out" "$BOX" -- "$@"
}
