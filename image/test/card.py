"""The card that a box starts from: a copy of the image as it would be written, and what a technician puts on its first partition."""

import lzma
import os
import shutil
import subprocess

MIB = 1 << 20
# A builder that is busy must not make the box's own time-outs run out.
PATIENT = "systemd.default_timeout_start_sec=1800 systemd.default_device_timeout_sec=1800"
# Where a box says on the serial line what it does; a release has no console of its own.
EXTRA = "extra_args=console=ttyAMA0 loglevel=6 systemd.journald.forward_to_console=1 systemd.journald.max_level_console=info " + PATIENT


def partitions(disk):
    """Name to first byte and size."""
    table = subprocess.run(["sfdisk", "--dump", disk], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in table.splitlines():
        if "name=" in line:
            field = dict(part.strip().split("=", 1) for part in line.split(" : ", 1)[1].split(",") if "=" in part)
            found[field["name"].strip('"')] = (int(field["start"]) * 512, int(field["size"]) * 512)
    return found


def write(image, disk, megabytes):
    """Writes the image to a card of this size."""
    if image.endswith(".xz"):
        with lzma.open(image) as packed, open(disk, "wb") as out:
            while block := packed.read(MIB):
                if block.count(0) == len(block):
                    out.seek(len(block), os.SEEK_CUR)
                else:
                    out.write(block)
            out.truncate(max(out.tell(), megabytes * MIB))
    else:
        subprocess.run(["cp", "--sparse=always", image, disk], check=True)
        os.truncate(disk, max(os.path.getsize(disk), megabytes * MIB))


def put(disk, source, target):
    """A file or a folder onto the first partition."""
    place = f"{disk}@@{partitions(disk)['firmware'][0]}"
    environment = dict(os.environ, MTOOLS_SKIP_CHECK="1")
    subprocess.run(["mcopy", "-o", "-s", "-i", place, source, f"::{target}"], check=True, env=environment)


def witness(disk, folder, order=None):
    """Lets the box talk on its serial line; and carries out an order of the terminal, as if the server had commanded it, after which the box
    starts anew."""
    path = os.path.join(folder, "extra.env")
    with open(path, "w", encoding="ascii") as file:
        file.write(EXTRA)
        if order:
            file.write(f' systemd.run="/usr/lib/meterpost/order {order}" systemd.run_success_action=reboot systemd.run_failure_action=none')
            file.write(" systemd.wants=multi-user.target")
        file.write("\n")
    put(disk, path, "extra.env")


def keep_file(disk, source, target):
    """A file onto the data partition, without mounting it."""
    start = partitions(disk)["data"][0]
    folder = os.path.dirname(target)
    commands = f"mkdir {folder}\nwrite {source} {target}\nquit\n"
    subprocess.run(["debugfs", "-w", "-f", "-", f"{disk}?offset={start}"], input=commands, text=True, check=True, capture_output=True)


def change_byte(disk, name, offset):
    """Turns one byte of a partition over."""
    at = partitions(disk)[name][0] + offset
    with open(disk, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0xFF]))


def room(disk):
    """Bytes that the file really takes."""
    return os.stat(disk).st_blocks * 512


def copy(disk, to):
    """A second card with the same content."""
    shutil.copyfile(disk, to) if room(disk) == os.path.getsize(disk) else subprocess.run(["cp", "--sparse=always", disk, to], check=True)
