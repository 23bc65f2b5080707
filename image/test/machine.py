"""A box in QEMU, driven as a person and a power socket would: power, touch, eyes, and the serial line as a witness."""

import json
import os
import re
import socket
import subprocess
import threading
import time

# Emulation is slow, and the builder may have other work; nothing here waits for less.
PATIENCE = int(os.environ.get("IMAGE_TEST_PATIENCE", "1800"))


class Failed(Exception):
    """The box did something else than it should."""


class Machine:
    """One box. `disk` is written by it and lives on from one start to the next, as a card does."""

    def __init__(self, disk, u_boot, folder, serial_lines=(), size=(1280, 800)):
        self.disk, self.u_boot, self.folder, self.size = disk, u_boot, folder, size
        self.serial_lines = list(serial_lines)
        self.log = os.path.join(folder, "serial.log")
        self.process = self.qmp = self.console = None
        self.read_up_to = 0

    def power_on(self):
        control, console = (os.path.join(self.folder, name) for name in ("qmp.sock", "console.sock"))
        for path in (control, console):
            if os.path.exists(path):
                os.unlink(path)
        command = ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024",
                   "-accel", "tcg,thread=multi", "-nodefaults", "-nic", "none", "-bios", self.u_boot,
                   "-drive", f"if=none,id=card,file={self.disk},format=raw,cache=unsafe", "-device", "virtio-blk-pci,drive=card",
                   "-device", f"virtio-gpu-pci,xres={self.size[0]},yres={self.size[1]}", "-device", "virtio-tablet-pci", "-display", "none",
                   "-device", "virtio-rng-pci", "-device", "qemu-xhci",
                   "-chardev", f"socket,id=console,path={console},server=on,wait=off,logfile={self.log},logappend=on", "-serial", "chardev:console",
                   "-monitor", "none", "-qmp", f"unix:{control},server=on,wait=off"]
        for number, backend in enumerate(self.serial_lines):
            command += ["-chardev", f"{backend},id=line{number}", "-device", f"usb-serial,chardev=line{number}"]
        open(self.log, "ab").close()
        self.read_up_to = os.path.getsize(self.log)
        self.process = subprocess.Popen(command)
        self.qmp = self._connect(control).makefile("rw")
        self.ask("qmp_capabilities")
        self.console = self._connect(console)
        # What is read here is in the log already; but a line that nobody reads holds the whole box up.
        threading.Thread(target=self._drain, args=(self.console,), daemon=True).start()

    @staticmethod
    def _drain(line):
        try:
            while line.recv(65536):
                pass
        except OSError:
            pass

    def _connect(self, path):
        for _ in range(100):
            if self.process.poll() is not None:
                raise Failed(f"qemu ended with {self.process.returncode}")
            try:
                line = socket.socket(socket.AF_UNIX)
                line.connect(path)
                return line
            except OSError:
                time.sleep(0.1)
        raise Failed(f"qemu does not listen at {path}")

    def cut_power(self):
        """At once, as when the plug is pulled."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for line in (self.qmp, self.console):
            if line:
                line.close()
        self.process = self.qmp = self.console = None

    def ask(self, what, **arguments):
        self.qmp.write(json.dumps({"execute": what, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            try:
                answer = json.loads(self.qmp.readline())
            except (OSError, ValueError):
                raise Failed("qemu has ended; its own message is above") from None
            # Its greeting and its events are neither.
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Failed(f"qemu refuses {what}: {answer['error']}")

    def wait_for(self, *patterns, but_not=(), patience=PATIENCE):
        """Waits until the serial line has said one of these, from where the last wait ended. Returns the match."""
        wanted = [re.compile(p.encode()) for p in patterns]
        unwanted = [re.compile(p.encode()) for p in but_not]
        end = time.monotonic() + patience
        while True:
            with open(self.log, "rb") as file:
                file.seek(self.read_up_to)
                said = file.read()
            found = [match for p in wanted if (match := p.search(said))]
            first = min(found, key=lambda match: match.start(), default=None)
            for p in unwanted:
                bad = p.search(said)
                if bad and (first is None or bad.start() < first.start()):
                    raise Failed(f"the box said: {bad.group().decode(errors='replace')}")
            if first:
                self.read_up_to += first.end()
                return first
            if self.process.poll() is not None:
                raise Failed(f"qemu ended with {self.process.returncode} before the box said: {' or '.join(patterns)}")
            if time.monotonic() > end:
                raise Failed(f"after {patience} s the box had not said: {' or '.join(patterns)} (see {self.log})")
            time.sleep(0.25)

    def type(self, line):
        """On the serial console; only the development profile listens."""
        self.console.sendall(line.encode() + b"\n")

    def picture(self, path):
        """What is on the screen, as PNG."""
        self.ask("screendump", filename=path, format="png")
        return path

    def tap(self, x, y):
        """A finger at this pixel."""
        def at(value, of):
            return int(value * 32767 / of)
        self.ask("input-send-event", events=[{"type": "abs", "data": {"axis": "x", "value": at(x, self.size[0])}},
                                             {"type": "abs", "data": {"axis": "y", "value": at(y, self.size[1])}}])
        time.sleep(0.3)
        for down in (True, False):
            self.ask("input-send-event", events=[{"type": "btn", "data": {"button": "left", "down": down}}])
            time.sleep(0.3)
