#!/usr/bin/env bash
# Fetches axe-core, the accessibility rules that the back office's pages are tested with, and prints the path of its script.
# Does nothing but print when it is there. The place: METERPOST_AXE, else meterpost/axe in the user's cache folder.
# Exits 3 with one line on standard error where it cannot be had (no npm, no network).
set -euo pipefail

version=4.14.1
# SHA-512 of the package, as its registry states it.
integrity=FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
place=${METERPOST_AXE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set; say the place with METERPOST_AXE}/.cache}/meterpost/axe}
script=$place/axe-$version.min.js

cannot() {
    echo "axe: $1" >&2
    exit 3
}

if [ ! -e "$script" ]; then
    command -v npm >/dev/null || cannot "npm is missing; install it"
    command -v openssl >/dev/null || cannot "openssl is missing; install it"
    mkdir -p "$place" || cannot "$place cannot be made; name another place with METERPOST_AXE"
    # Tests run side by side: one fetches, the others wait for it.
    exec 9>"$place.lock"
    flock 9
    if [ ! -e "$script" ]; then
        echo "axe: fetching axe-core $version into $place (once)" >&2
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        (cd "$work" && npm pack --silent --fetch-retries=1 "axe-core@$version") >"$work/log" 2>&1 ||
            cannot "npm does not fetch axe-core $version: $(tail -n 1 "$work/log")"
        package=$work/axe-core-$version.tgz
        [ "$(openssl dgst -sha512 -binary "$package" | base64 -w 0)" = "$integrity" ] ||
            cannot "the package axe-core $version is not the one that was looked at; nothing of it is used"
        tar -xzf "$package" -C "$work" package/axe.min.js
        mv "$work/package/axe.min.js" "$script"
    fi
fi
echo "$script"
