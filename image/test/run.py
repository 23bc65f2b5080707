#!/usr/bin/env python3
"""run.py IMAGE U-BOOT [CASE...]: starts the image in QEMU as a box would start, and looks at it. Pictures and the serial log stay in
target/image/test. Cases are run in the order of the table at the end; each begins with a card of its own or with a copy of the first one's."""

import os
import sys
import time

import card
import picture
from machine import Failed, Machine

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
CARD_MEGABYTES = 2048
NEVER = (r"Kernel panic", r"emergency mode", r"METERPOST initrd:", r"METERPOST no slot")


def say(words):
    print(f"image-test: {words}", flush=True)


class Bench:
    """Where the cases leave what they see."""

    def __init__(self, image, u_boot):
        self.image, self.u_boot = image, u_boot
        self.folder = os.path.join(PROJECT, "target", "image", "test")
        os.makedirs(self.folder, exist_ok=True)
        open(self.path("serial.log"), "wb").close()
        self.lines = ()
        self.started = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def new_card(self, name):
        disk = self.path(name)
        card.write(self.image, disk, CARD_MEGABYTES)
        card.witness(disk, self.folder)
        card.put(disk, os.path.join(HERE, "box"), "/")
        return disk

    def box(self, disk):
        """A box with this card."""
        self.started = Machine(disk, self.u_boot, self.folder, self.lines)
        return self.started


def wait_until_good(box, slot, left):
    """From power to a slot that is marked good, with the attract screen in between."""
    box.wait_for(rf"METERPOST slot {slot} tries left {left}\b", but_not=NEVER)
    say(f"U-Boot has chosen slot {slot}")
    box.wait_for(r"Linux version", but_not=NEVER)
    started = time.monotonic()
    box.wait_for(r"Started meterpost-kiosk\.service", but_not=NEVER)
    say(f"the terminal is on its screen {time.monotonic() - started:.0f} s after the kernel began")
    box.wait_for(rf"METERPOST slot {slot} is good", but_not=NEVER)
    say(f"slot {slot} is marked good")


def attract(bench, box, name):
    """The terminal's first screen, drawn and not a console."""
    path = box.picture(bench.path(name))
    found = picture.colours(path)
    if found < 50:
        raise Failed(f"{path} has {found} colours; that is no screen of the terminal")
    say(f"picture {path}: {found} colours")
    return path


def first_start(bench):
    """A card as it was written: boots through U-Boot to the terminal, makes its ledger, grows its data partition; a touch changes the screen."""
    disk = bench.new_card("card.img")
    box = bench.box(disk)
    box.power_on()
    wait_until_good(box, "a", 2)
    before = attract(bench, box, "attract.png")
    box.tap(640, 400)
    time.sleep(10)
    after = box.picture(bench.path("touched.png"))
    changed = picture.difference(before, after)
    say(f"a touch changed {changed:.0%} of the screen")
    if changed < 0.02:
        raise Failed("a touch changes nothing on the screen")
    box.cut_power()
    size = card.partitions(disk)["data"][1]
    if size < 1 << 30:
        raise Failed(f"the data partition has {size >> 20} MiB; it did not grow")
    say(f"the data partition has grown to {size >> 20} MiB")


def after_power_cut(bench):
    """The power was cut without a warning: the box starts again, with the ledger that it had."""
    box = bench.box(bench.path("card.img"))
    box.power_on()
    wait_until_good(box, "a", 8)
    attract(bench, box, "after-power-cut.png")
    box.cut_power()


def torn_state(bench):
    """Each copy of the slot state is torn in turn, as by a power cut while it was written: the other one counts."""
    for copy in (0, 8):
        disk = bench.path("torn.img")
        card.copy(bench.path("card.img"), disk)
        card.change_byte(disk, "state", copy * 512 + 20)
        box = bench.box(disk)
        box.power_on()
        box.wait_for(r"METERPOST slot a tries left [78]\b", but_not=NEVER)
        say(f"with copy {copy} of the state torn, slot a is started as before")
        box.cut_power()


def changed_root(bench):
    """One byte of the root is changed: dm-verity sees it, and the box starts anew instead of running it."""
    disk = bench.path("changed.img")
    card.copy(bench.path("card.img"), disk)
    for offset in range(4096, 64 << 20, 1 << 20):
        card.change_byte(disk, "root-a", offset)
    box = bench.box(disk)
    box.power_on()
    box.wait_for(r"metadata block \d+ is corrupted|data block \d+ is corrupted|dm-verity device corrupted")
    say("dm-verity has seen the change")
    box.wait_for(r"METERPOST slot a tries left \d")
    say("the box has started anew")
    box.cut_power()


def with_update(bench, version):
    """A new card with this bundle on its data partition, and the order to install it."""
    disk = bench.new_card("update.img")
    bundle = f"meterpost-{version}-arm64.update"
    card.keep_file(disk, os.path.join(bench.folder, "bundles", bundle), f"updates/{bundle}")
    card.witness(disk, bench.folder, f"update {version}")
    return bench.box(disk)


def update(bench):
    """A signed bundle is written to slot B while the terminal runs; slot B is started, and marked good."""
    box = with_update(bench, "0.99.1")
    box.power_on()
    wait_until_good(box, "a", 2)
    box.wait_for(r"version 0\.99\.1 is in slot b", but_not=NEVER)
    say("the bundle is in slot b")
    wait_until_good(box, "b", 2)
    attract(bench, box, "updated.png")
    box.cut_power()


def fall_back(bench):
    """A version that cannot start is tried three times; then the version before it runs again."""
    box = with_update(bench, "0.99.2")
    box.power_on()
    wait_until_good(box, "a", 2)
    for left in (2, 1, 0):
        box.wait_for(rf"METERPOST slot b tries left {left}\b", but_not=NEVER)
        box.wait_for(r"METERPOST slot b cannot be started", but_not=NEVER)
    say("slot b was tried three times")
    card.witness(box.disk, bench.folder)
    wait_until_good(box, "a", 8)
    attract(bench, box, "fallen-back.png")
    box.cut_power()


def refused(bench):
    """A bundle with another signature, and an older version without a signed order, are refused; the slots stay as they are."""
    for version, words in (("0.99.3", r"signature is none of this box's update keys"), ("0.0.1", r"is not newer than")):
        box = with_update(bench, version)
        box.power_on()
        box.wait_for(words, but_not=NEVER)
        say(f"refused {version}: {words}")
        box.cut_power()


def power_cut_while_updating(bench):
    """The power is cut while the other slot is being written: the box starts from the slot that it had."""
    for seconds in (1, 6):
        box = with_update(bench, "0.99.1")
        box.power_on()
        wait_until_good(box, "a", 2)
        time.sleep(seconds)
        box.cut_power()
        card.witness(box.disk, bench.folder)
        box.power_on()
        wait_until_good(box, "a", 8)
        box.cut_power()
        say(f"cut {seconds} s into the update, the box starts")


CASES = [first_start, after_power_cut, torn_state, changed_root, update, fall_back, refused, power_cut_while_updating]


def main(image, u_boot, *names):
    bench = Bench(image, u_boot)
    failed = []
    for case in CASES:
        if names and case.__name__ not in names:
            continue
        say(f"{case.__name__}: {case.__doc__.splitlines()[0]}")
        try:
            case(bench)
            say(f"{case.__name__}: passed")
        except Failed as why:
            say(f"{case.__name__}: FAILED: {why}")
            failed.append(case.__name__)
            break
        finally:
            if bench.started:
                bench.started.cut_power()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
