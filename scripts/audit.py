#!/usr/bin/env python3
"""An auditor's own tool for Meterpost ledgers: checks a signed export, a proof file or the text of a receipt's QR code.

It needs Python 3 and nothing else, and was written from docs/ledger.md: it shares no code with the terminal's program.
The exit code is 0 where everything holds, 1 where something is refused, and 2 where the command is not understood.
"""

import argparse
import base64
import sys
import time

from auditor import note as notes
from auditor.entry import ACCOUNTS, shown_money
from auditor.export import audit
from auditor.proof import check_code, check_file
from auditor.refused import Refused


def main():
    """Carries out the command line."""
    command = arguments().parse_args()
    try:
        key = notes.Key.parse(command.key, notes.LOG) if command.key else None
        witnesses = [notes.Key.parse(line, notes.WITNESS) for line in command.witness]
        command.run(command, key, witnesses)
    except (Refused, OSError) as why:
        print(f"refused: {why}", file=sys.stderr)
        return 1
    return 0


def arguments():
    """What may stand on the command line."""
    parser = argparse.ArgumentParser(prog="audit.py", description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, what, run, needs_key, explanation in (
        ("export", "DIR", run_export, False, "check an export written by `kiosk ledger export`"),
        ("proof", "FILE", run_proof, True, "check a proof file (.tlog-proof)"),
        ("code", "TEXT", run_code, True, "check the text of a receipt's QR code"),
    ):
        command = commands.add_parser(name, help=explanation)
        command.add_argument("what", metavar=what)
        command.add_argument("--key", metavar="VKEY", required=needs_key, help="the log's verifier key, from elsewhere")
        command.add_argument(
            "--witness", metavar="VKEY", action="append", default=[], help="a witness that has to have cosigned"
        )
        command.set_defaults(run=run)
    return parser


def run_export(command, key, witnesses):
    """`audit.py export`."""
    found = audit(command.what, key, witnesses)
    first_size, signer = found.keys[-1]
    print(f"log       {found.origin}")
    print(f"size      {found.size}")
    print(f"root      {base64.b64encode(found.root).decode()}")
    print(f"pruned    {found.pruned}")
    print(f"key       {signer.line()}")
    print(f"keys      {len(found.keys)}, the last from size {first_size} on")
    print(f"cosigned  {found.cosigned}{shown_witnesses(found.witnesses)}")
    for name, balance in zip(ACCOUNTS, found.books.balances):
        print(f"account   {name} {shown_money(balance)}")
    if key is None:
        print("note      no key was given: a log that was rewritten and signed by a stranger is not seen")
    print("verdict   sound")


def run_proof(command, key, witnesses):
    """`audit.py proof`."""
    with open(command.what, "rb") as file:
        print_shown(check_file(file.read(1 << 20), key, witnesses))


def run_code(command, key, witnesses):
    """`audit.py code`."""
    print_shown(check_code(command.what, key, witnesses))


def print_shown(shown):
    """What a receipt shows."""
    boot, monotonic, wall, quality = shown.entry.stamp
    print(f"log       {shown.origin}")
    print(f"size      {shown.size}{shown_witnesses(shown.witnesses)}")
    print(f"root      {base64.b64encode(shown.root).decode()}")
    print(f"entry     {shown.entry.index}")
    print(f"written   {utc(wall // 1000)}")
    print(f"event     {shown.entry.event}")
    for account, amount in shown.entry.postings:
        print(f"posting   {ACCOUNTS[account]} {shown_money(amount)}")
    print("verdict   the entry is in the log")


def shown_witnesses(witnesses):
    """Who cosigned, and when."""
    return "".join(f", cosigned by {name} at {utc(at)}" for name, at in sorted(witnesses.items()))


def utc(seconds):
    """A time as people write it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s after 1970"


if __name__ == "__main__":
    sys.exit(main())
