#!/usr/bin/env bash
# unpack.sh ROLE TARGET: unpacks the locked packages of a role. No script of theirs runs, so nothing of their architecture is needed.
# mmdebstrap reads them from a repository of exactly these, so it cannot choose others.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
role=$1
target=$2
lock=$(lock_of "$role")

repository=$cache/repository-$role-$ARCH
rm -rf "$repository" "$target"
mkdir -p "$repository" "$target"
while read -r _ _ _ hash; do
    ln -f "$cache/pool/$hash.deb" "$repository/$hash.deb"
    # An image is only what is locked: what the packages ask for beyond it would be an error of lock.sh, not a thing to look for now.
    dpkg-deb -f "$repository/$hash.deb"
    printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$hash" "$(stat -c %s "$repository/$hash.deb")" "$hash"
done <"$lock" >"$repository/Packages"

names=$(cut -d ' ' -f 1 "$lock" | paste -sd ,)
mmdebstrap --quiet --variant=extract --skip=check/qemu,check/empty --architectures="$(role_arch "$role")" \
    --aptopt='APT::Install-Recommends "false"' --include="$names" --format=tar "$SUITE" "$work-$role.tar" \
    "deb [trusted=yes] copy:$repository ./"
as_root tar --extract --preserve-permissions --numeric-owner --file="$work-$role.tar" --directory="$target"
rm -rf "$repository" "$work-$role.tar"
[ "$role" != root ] || tools python3 "$image/build/prune.py" "$target" "$image/packages/left-out"
