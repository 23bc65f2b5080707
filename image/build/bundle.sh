#!/usr/bin/env bash
# bundle.sh OUT: the update bundle: both images of a slot and a signed manifest, in a tar. Inside the tools.
# DOWNGRADE_FROM=VERSION makes it a signed order to go back from that version.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
target=$1
tree=$work/bundle
rm -rf "$tree"
mkdir -p "$tree"
ln "$work/boot.img" "$work/root.img" "$tree/"

{
    echo format=1
    echo "arch=$ARCH"
    echo "version=$version"
    [ -z "${DOWNGRADE_FROM:-}" ] || echo "downgrade_from=$DOWNGRADE_FROM"
    for part in boot root; do
        echo "${part}_size=$(stat -c %s "$tree/$part.img")"
        echo "${part}_sha256=$(sha256sum "$tree/$part.img" | cut -d ' ' -f 1)"
    done
} >"$tree/manifest"
openssl pkeyutl -sign -rawin -inkey "$work/update-key.pem" -in "$tree/manifest" -out "$tree/manifest.sig"
tar --sort=none --format=ustar --owner=0 --group=0 --numeric-owner --mode=644 --mtime="@$SOURCE_DATE_EPOCH" -C "$tree" -cf "$target" manifest manifest.sig boot.img root.img
