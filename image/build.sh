#!/usr/bin/env bash
# Builds the image: target/image/meterpost-VERSION-ARCH.img.xz, the update bundle, the list of contents and the checksums. Nothing of the other
# architecture is run, nothing is mounted, and every package is the locked one.
#   ARCH=arm64               the architecture
#   BOX=FOLDER               the description of the boxes (image/box is an example)
#   PROFILE=development      with a shell on the serial console; never for a box that takes money
#   UPDATE_KEY=FILE          the key that signs updates
# shellcheck source-path=SCRIPTDIR source=build/common.sh
source "$(dirname "$0")/build/common.sh"
BOX=$(cd "$BOX" && pwd)
steps=$image/build
[ "$ARCH" = arm64 ] || fail "there is no boot chain for $ARCH yet; right would be: ARCH=arm64"

need() { command -v "$1" >/dev/null || missing+=("$2"); }
missing=()
need mmdebstrap mmdebstrap
need apt-get apt
[ "$(id -u)" = 0 ] || need newuidmap uidmap
if [ "${#missing[@]}" -gt 0 ]; then
    say "installing with apt-get: ${missing[*]}"
    sudo=sudo
    [ "$(id -u)" != 0 ] || sudo=
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
mkdir -p "$cache" "$out" "$work"

say "packages"
"$steps/fetch.sh"
for role in tools sysroot; do "$steps/unpack-when-changed.sh" "$role"; done
say "programs"
"$steps/compile.sh"
"$steps/update-key.sh"
say "root"
as_root rm -rf "$work/root" "$work/boot-packages"
"$steps/unpack.sh" root "$work/root"
"$steps/unpack.sh" boot "$work/boot-packages"
tools bash "$steps/finish-root.sh" "$work/root"
tools bash "$steps/root-image.sh" "$work/root" "$work/root.img"
tools bash "$steps/initrd.sh" "$work/root" "$work/initrd.img"
say "disk"
tools bash "$steps/boot-images.sh"
tools python3 "$steps/disk.py" "$work" "$out/$name.img"
tools bash "$steps/bundle.sh" "$out/$name.update"
cp "$work/boot-packages/usr/lib/u-boot/qemu_arm64/u-boot.bin" "$out/u-boot-qemu.bin"

say "list of contents, checksums"
(cd "$project" && cargo metadata --format-version 1 --locked --offline --filter-platform "$triple" --features meterpost-kiosk/linuxkms) |
    tools python3 "$steps/sbom.py" "$name" "$version" "$ARCH" "$(lock_of root)" "$(lock_of boot)" >"$out/$name.spdx.json"
tools xz --keep --force --threads=2 --block-size=64MiB -6 "$out/$name.img"
{
    echo "version=$version"
    echo "commit=$(git -C "$project" rev-parse HEAD)$(git -C "$project" diff --quiet HEAD || echo ' with changes')"
    echo "arch=$ARCH profile=$PROFILE source_date_epoch=$SOURCE_DATE_EPOCH"
    echo "rust=$(rustc --version)"
    echo "debian=$SUITE $(sed -n 's/^linux-image-\([0-9].*\) .* .* .*/kernel \1/p' "$(lock_of root)")"
    for role in $roles; do echo "lock_$role=$(sha256sum "$(lock_of "$role")" | cut -d ' ' -f 1)"; done
    echo "cargo_lock=$(sha256sum "$project/Cargo.lock" | cut -d ' ' -f 1)"
    sed 's/^/root_/' "$work/verity"
} >"$out/$name.manifest"
(cd "$out" && sha256sum "$name.img.xz" "$name.update" "$name.spdx.json" "$name.manifest" >"$name.sha256")

root_size=$(stat -c %s "$work/root.img") image_size=$(stat -c %s "$out/$name.img.xz")
say "$out/$name.img.xz: $((image_size / 1000000)) MB; root $((root_size / 1000000)) MB"
[ "$root_size" -le 160000000 ] || fail "the root is larger than 160 MB"
[ "$image_size" -le 250000000 ] || fail "the image is larger than 250 MB"
