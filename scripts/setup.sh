#!/usr/bin/env bash
# Installs what building and testing need and is missing. Says what it installs; does nothing when all is there.
set -euo pipefail

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# What pkg-config and the C compiler are for: SQLite is compiled in, and fonts are found through fontconfig.
missing=()
for pair in gcc:gcc pkg-config:pkg-config make:make git:git; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if [ "${#missing[@]}" -gt 0 ]; then
    command -v apt-get >/dev/null || {
        echo "setup: please install ${missing[*]} by hand: this system has no apt-get" >&2
        exit 1
    }
    echo "setup: installing ${missing[*]} with apt-get"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if ! command -v cargo >/dev/null; then
    echo "setup: Rust is missing; install it with rustup, then run this again" >&2
    exit 1
fi
if ! cargo nextest --version >/dev/null 2>&1; then
    echo "setup: installing the test runner cargo-nextest (a few minutes, once)"
    cargo install --locked --quiet cargo-nextest
fi
