#!/usr/bin/env bash
# Runs the boot test on the image that `make image` left, installing what it needs.
# shellcheck source-path=SCRIPTDIR source=build/common.sh
source "$(dirname "$0")/build/common.sh"
missing=()
need() { command -v "$1" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || missing+=("$2"); }
need qemu-system-aarch64 qemu-system-arm
need mcopy mtools
need sfdisk fdisk
need debugfs e2fsprogs
need python3 python3
if [ "${#missing[@]}" -gt 0 ]; then
    say "installing with apt-get: ${missing[*]}"
    sudo=sudo
    [ "$(id -u)" != 0 ] || sudo=
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
[ -e "$out/$name.img" ] || fail "there is no $out/$name.img; make it with: make image"
[ -e "$out/test/bundles" ] || tools bash "$image/test/bundles.sh" "$out/test/bundles"
PATH=$PATH:/usr/sbin:/sbin exec python3 "$image/test/run.py" "$out/$name.img" "$out/u-boot-qemu.bin" "$@"
