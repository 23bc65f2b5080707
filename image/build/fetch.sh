#!/usr/bin/env bash
# fetch.sh [ROLE...]: downloads the locked packages that are not in the cache yet, and checks each against its hash. What is not the locked one is refused.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
source "$image/build/apt.sh"

pool=$cache/pool # one file a package, named by its hash
mkdir -p "$pool"

[ $# -gt 0 ] || set -- tools sysroot root boot
for role in "$@"; do
    lock=$(lock_of "$role")
    [ -s "$lock" ] || fail "there is no ${lock#"$project"/}; make it with: make image-lock ARCH=$ARCH"
    missing=()
    while read -r name package_version _ hash; do
        [ -e "$pool/$hash.deb" ] || missing+=("$name=$package_version")
    done <"$lock"
    [ "${#missing[@]}" -gt 0 ] || continue
    say "$role: downloading ${#missing[@]} packages"
    private_apt "$(role_arch "$role")"
    apt-get -qq update
    incoming=$(mktemp -d "$cache/incoming.XXXXXX")
    if ! (cd "$incoming" && apt-get -qq download "${missing[@]}"); then
        rm -rf "$incoming"
        fail "the mirror no longer has all that ${lock#"$project"/} names (the messages above say what);" \
            "renew the lock with: make image-lock ARCH=$ARCH"
    fi
    for file in "$incoming"/*.deb; do
        mv "$file" "$pool/$(sha256sum "$file" | cut -d ' ' -f 1).deb"
    done
    rmdir "$incoming"
    while read -r name package_version _ hash; do
        [ -e "$pool/$hash.deb" ] || fail "$name $package_version came with another content than the lock says; nothing was built"
    done <"$lock"
done
