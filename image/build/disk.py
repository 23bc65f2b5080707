#!/usr/bin/env python3
"""disk.py WORK OUT: puts the partitions into one disk image. A plain file is written; nothing is mounted and no loop device is used."""

import os
import subprocess
import sys
import uuid

MIB = 1 << 20
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
# Types of our own, so that nothing else takes these partitions for its.
STATE = "7D5B1C0E-6F7C-4B0E-9A55-737461746500"
DATA = "7D5B1C0E-6F7C-4B0E-9A55-6D6574657264"
SPACE = uuid.UUID("6d657465-7270-6f73-7400-696d61676500")

# Name, MiB, type, content. Slot B is empty: the first update fills it. The data partition comes last and grows on the card.
LAYOUT = [
    ("firmware", 64, ESP, "firmware.img"),
    ("state", 1, STATE, None),
    ("head", 16, LINUX, "head.img"),
    ("boot-a", 64, LINUX, "boot.img"),
    ("root-a", 200, LINUX, "root.img"),
    ("boot-b", 64, LINUX, None),
    ("root-b", 200, LINUX, None),
    ("data", 64, DATA, "data.img"),
]


def fixed(name):
    """The same identifier in every build, another for every name."""
    return str(uuid.uuid5(SPACE, name)).upper()


def ext4(path, mib, label, folder):
    """A file system with the content of a folder, the same bytes for the same content."""
    if os.path.exists(path):
        os.unlink(path)
    # 4 KiB blocks in all of them, and an inode table that does not stop the small one from growing to a card's size.
    command = ["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-L", label, "-U", fixed(label), "-E", f"hash_seed={fixed(label + ' hash')},root_owner=0:0",
               "-O", "^metadata_csum_seed,^orphan_file", "-d", folder, path, f"{mib}M"]
    subprocess.run(command, check=True)


def copy(source, disk, offset, room):
    size = os.path.getsize(source)
    if size > room:
        sys.exit(f"image: {os.path.basename(source)} has {size >> 20} MiB, its partition {room >> 20} MiB; enlarge it in image/build/disk.py")
    with open(source, "rb") as file:
        disk.seek(offset)
        while block := file.read(MIB):
            # Nothing but zeros stays a hole.
            if block.count(0) == len(block):
                disk.seek(len(block), os.SEEK_CUR)
            else:
                disk.write(block)


def hybrid(path, first, sectors):
    """The boot code in a Raspberry Pi 3 reads only an MBR: it is shown the firmware partition there as well."""
    entry = bytes([0, 0xFE, 0xFF, 0xFF, 0x0C, 0xFE, 0xFF, 0xFF]) + first.to_bytes(4, "little") + sectors.to_bytes(4, "little")
    with open(path, "r+b") as disk:
        disk.seek(446 + 16)
        disk.write(entry)


def main(work, out):
    for label, seed in (("data", "new-box"), ("head", None)):
        folder = os.path.join(work, label)
        os.makedirs(folder, exist_ok=True)
        if seed:
            os.makedirs(os.path.join(folder, "timesync"), exist_ok=True)
            with open(os.path.join(folder, seed), "w", encoding="ascii") as file:
                file.write("This box was never set up. Its first start makes its ledger and takes this file away.\n")
        mib = next(entry[1] for entry in LAYOUT if entry[0] == label)
        ext4(os.path.join(work, label + ".img"), mib, label, folder)

    at = MIB
    table = ["label: gpt", f"label-id: {fixed('disk')}", "first-lba: 34"]
    places = []
    for name, mib, kind, content in LAYOUT:
        attributes = ", attrs=LegacyBIOSBootable" if name == "firmware" else ""
        table.append(f"start={at // 512}, size={mib * MIB // 512}, type={kind}, name={name}, uuid={fixed(name)}{attributes}")
        places.append((content, at, mib * MIB))
        at += mib * MIB
    with open(out, "wb") as disk:
        disk.truncate(at + MIB)
    subprocess.run(["sfdisk", "--quiet", "--wipe=never", out], input="\n".join(table), text=True, check=True)
    with open(out, "r+b") as disk:
        for content, offset, room in places:
            if content:
                copy(os.path.join(work, content), disk, offset, room)
    hybrid(out, places[0][1] // 512, places[0][2] // 512)


if __name__ == "__main__":
    main(*sys.argv[1:])
