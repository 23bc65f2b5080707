#!/usr/bin/env bash
# Installs what is missing and says what it installs; does nothing when all is there.
#   setup.sh            all that building and testing need
#   setup.sh build      what building and the demo without a display need
#   setup.sh desktop    what building needs, and what a window on an X display needs
set -euo pipefail

purpose=${1:-test}
case $purpose in
    test | build | desktop) ;;
    *)
        echo "setup: no such purpose: $purpose (test, build or desktop)" >&2
        exit 2
        ;;
esac

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing=()

# needs PACKAGE COMMAND...: PACKAGE is missing unless the command succeeds.
needs() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

# The library of this name can be loaded.
loadable() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -F "$1" >/dev/null
}

# SQLite is compiled in, which takes a C compiler; fonts are found through fontconfig.
needs gcc command -v gcc
needs libc6-dev test -e /usr/include/stdlib.h
needs pkg-config command -v pkg-config
needs make command -v make
needs git command -v git
needs libfontconfig-dev pkg-config --exists fontconfig
# The kiosk reaches card readers through PC/SC.
needs libpcsclite-dev pkg-config --exists libpcsclite

# The sealer that keeps a seed in a TPM is tested against an emulated one.
if [ "$purpose" = test ]; then
    needs libtss2-dev pkg-config --exists tss2-esys tss2-mu tss2-tctildr
    needs swtpm command -v swtpm
    # The terminal's voice.
    needs espeak-ng command -v espeak-ng
fi

# Cards go through the real PC/SC, with a virtual reader; other tools than ours read them in the tests.
if [ "$purpose" != desktop ]; then
    needs pcscd env PATH="$PATH:/usr/sbin" sh -c 'command -v pcscd'
    needs vsmartcard-vpcd test -e /etc/reader.conf.d/vpcd
fi
if [ "$purpose" = test ]; then
    needs opensc command -v opensc-tool
    needs openssl command -v openssl
fi

# The server runs on a real database, in a cluster of its own (database.sh).
needs postgresql sh -c 'ls /usr/lib/postgresql/*/bin/initdb'
needs postgresql-client command -v psql

# A month is played under a clock that can be moved.
if [ "$purpose" != desktop ]; then
    needs faketime command -v faketime
fi

# The server's firewall is checked by the tool that will read it.
if [ "$purpose" = test ]; then
    needs nftables env PATH="$PATH:/usr/sbin" sh -c 'command -v nft'
fi

# The auditor's own tool is tested against the ledger.
if [ "$purpose" = test ]; then
    needs python3 command -v python3
fi

# Independent implementations of the meter protocols are Python packages.
if [ "$purpose" = test ]; then
    needs python3-venv python3 -c 'import ensurepip, venv'
fi

# The back office is tested, and its pages are drawn, in a real browser; Chinese text needs a font.
if [ "$purpose" = test ]; then
    needs chromium command -v chromium
    needs xvfb command -v Xvfb
    needs chromium-driver command -v chromedriver
    needs fontconfig command -v fc-list
    needs fonts-wqy-microhei sh -c 'fc-list :lang=zh | grep -q .'
fi

# The rules that its pages are held against are an npm package (axe.sh).
if [ "$purpose" = test ]; then
    needs npm command -v npm
fi

# Power cuts on a block device are tested where the machine allows it.
if [ "$purpose" = test ]; then
    needs qemu-utils command -v qemu-storage-daemon
    needs e2fsprogs env PATH="$PATH:/sbin:/usr/sbin" sh -c 'command -v mkfs.ext4'
    needs mount command -v mount
fi

# Windows load these when they open.
if [ "$purpose" = desktop ]; then
    needs libx11-6 loadable libX11.so.6
    needs libx11-xcb1 loadable libX11-xcb.so.1
    needs libxcb1 loadable libxcb.so.1
    needs libxcursor1 loadable libXcursor.so.1
    needs libxi6 loadable libXi.so.6
    needs libxkbcommon0 loadable libxkbcommon.so.0
    needs libxkbcommon-x11-0 loadable libxkbcommon-x11.so.0
    needs libxrandr2 loadable libXrandr.so.2
    needs xkb-data test -e /usr/share/X11/xkb/rules/evdev
fi

if [ "${#missing[@]}" -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "setup: this system has no apt-get; please install what Debian calls: ${missing[*]}" >&2
        exit 1
    fi
    echo "setup: installing with apt-get: ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if ! command -v cargo >/dev/null; then
    echo "setup: Rust is missing; install it with rustup, then run this again" >&2
    exit 1
fi
if [ "$purpose" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
    echo "setup: installing the test runner cargo-nextest (a few minutes, once)"
    cargo install --locked --quiet cargo-nextest
fi

# Without them their tests are skipped and say so.
if [ "$purpose" = test ]; then
    "$(dirname "$0")/peers.sh" >/dev/null || true
    "$(dirname "$0")/axe.sh" >/dev/null || true
fi
