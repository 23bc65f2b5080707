#!/usr/bin/env bash
# Renews the lock of packages: what apt would install today for each list, with version and hash. Review the difference, then commit it.
# shellcheck source-path=SCRIPTDIR source=build/common.sh
source "$(dirname "$0")/build/common.sh"
# shellcheck source-path=SCRIPTDIR source=build/apt.sh
source "$image/build/apt.sh"

wanted() { # wanted ROLE: the packages of its lists
    local list
    for list in "$image/packages/$1.list" "$image/packages/$1.$ARCH.list"; do
        [ ! -e "$list" ] || sed "s/@ARCH@/$ARCH/; /^#/d; /^\$/d" "$list"
    done
}

for role in $roles; do
    private_apt "$(role_arch "$role")"
    apt-get -qq update
    mapfile -t names < <(wanted "$role")
    # --print-uris resolves and downloads nothing; a file's name holds name and version of its package.
    mapfile -t exact < <(apt-get -qq install --yes --print-uris "${names[@]}" |
        awk '{ split($2, part, "_"); gsub("%3a", ":", part[2]); print part[1] "=" part[2] }')
    [ "${#exact[@]}" -gt 0 ] || fail "apt resolves nothing for $role; the message above says why"
    apt-cache show "${exact[@]}" |
        awk '/^Package:/ { p = $2 } /^Version:/ { v = $2 } /^Architecture:/ { a = $2 } /^SHA256:/ { print p, v, a, $2 }' |
        sort -u >"$work.lock"
    mv "$work.lock" "$(lock_of "$role")"
    say "$role: $(wc -l <"$(lock_of "$role")") packages in ${image##*/}/packages/$(basename "$(lock_of "$role")")"
done
