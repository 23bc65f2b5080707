#!/usr/bin/env bash
# boot-images.sh: the FAT file systems: firmware (what the board starts, the same for both slots) and boot (kernel and initrd of one slot).
# Written by mtools, so nothing is mounted. Inside the tools.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
export MTOOLS_SKIP_CHECK=1

# fat FILE MEGABYTES LABEL SERIAL FOLDER
fat() {
    rm -f "$1"
    truncate -s "$2M" "$1"
    mkfs.vfat --invariant -F 32 -s 1 -n "$3" -i "$4" "$1" >/dev/null
    find "$5" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    (cd "$5" && find . -mindepth 1 -type d | sort | while read -r folder; do mmd -i "$1" "::${folder#.}"; done
        find . -type f | sort | while read -r file; do mcopy -m -i "$1" "$file" "::${file#.}"; done)
}

slot=$work/slot
rm -rf "$slot"
mkdir -p "$slot"
cp "$work/kernel/vmlinuz" "$work/initrd.img" "$image/boot/args.env" "$slot/"
mv "$slot/initrd.img" "$slot/initrd"
fat "$work/boot.img" 64 SLOT 6d70736c "$slot"

firmware=$work/firmware
rm -rf "$firmware"
mkdir -p "$firmware"
mkimage -A arm64 -T script -C none -n meterpost -d "$image/boot/boot.cmd" "$firmware/boot.scr" >/dev/null
from=$work/boot-packages/usr/lib
for file in bootcode.bin fixup.dat start.elf fixup4.dat start4.elf; do cp "$from/raspi-firmware/$file" "$firmware/"; done
cp "$from/u-boot/rpi_3/u-boot.bin" "$firmware/u-boot-3.bin"
cp "$from/u-boot/rpi_4/u-boot.bin" "$firmware/u-boot-4.bin"
cp "$image/boot/config.txt" "$firmware/"
cp "$work/kernel/dtb/"bcm27*-rpi-*.dtb "$firmware/"
mkdir -p "$firmware/box"
cp "$image/build/box-readme.txt" "$firmware/box/README.txt"
fat "$work/firmware.img" 64 METERPOST 6d706677 "$firmware"
