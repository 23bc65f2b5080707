#!/usr/bin/env bash
# bundles.sh FOLDER: update bundles for the boot test, made from the tree of the last build: a good one (0.99.1), one whose kernel is missing
# (0.99.2), one with another signature (0.99.3), an older version (0.0.1). Inside the tools.
# shellcheck source-path=SCRIPTDIR source=../build/common.sh
source "$(dirname "$0")/../build/common.sh"
folder=$1
steps=$image/build
mkdir -p "$folder"

version_is() {
    export IMAGE_VERSION=$1
    bash "$steps/bundle.sh" "$folder/meterpost-$1-$ARCH.update"
}

# The one that is to run needs its version inside.
kept=$(mktemp -d "$work/kept.XXXXXX")
mv "$work/root.img" "$work/boot.img" "$work/initrd.img" "$work/verity" "$kept/"
cp "$work/root/usr/lib/meterpost/release" "$kept/"
printf 'version=0.99.1\narch=%s\n' "$ARCH" >"$work/root/usr/lib/meterpost/release"
bash "$steps/root-image.sh" "$work/root" "$work/root.img"
bash "$steps/initrd.sh" "$work/root" "$work/initrd.img"
bash "$steps/boot-images.sh"
version_is 0.99.1
cp "$kept/release" "$work/root/usr/lib/meterpost/release"
mv "$kept"/{root.img,boot.img,initrd.img,verity} "$work/"

MTOOLS_SKIP_CHECK=1 mcopy -i "$work/boot.img" ::vmlinuz "$kept/vmlinuz"
cp "$work/boot.img" "$kept/boot.img"
MTOOLS_SKIP_CHECK=1 mdel -i "$work/boot.img" ::vmlinuz
version_is 0.99.2
mv "$kept/boot.img" "$work/boot.img"

mv "$work/update-key.pem" "$kept/"
openssl genpkey -algorithm ed25519 -out "$work/update-key.pem"
version_is 0.99.3
mv "$kept/update-key.pem" "$work/"
version_is 0.0.1
rm -rf "$kept"
