#!/usr/bin/env python3
"""What the fuzzer begins with: `seeds.py FOLDER` writes FOLDER/<target>/<n> from the golden frames and the example files."""
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
top = here.parent.parent
folder = pathlib.Path(sys.argv[1])
targets = {"645-2007": "dlt645", "645-1997": "dlt645", "188": "cjt188", "376.1": "gdw376", "mbus": "mbus"}
examples = {"concentrator_config": "concentrator*.toml", "profile": "profiles/*.toml"}


def seed(target, name, content):
    (folder / target).mkdir(parents=True, exist_ok=True)
    (folder / target / name).write_bytes(content)


for number, line in enumerate((here.parent / "tests" / "frames.tsv").read_text().splitlines()):
    columns = line.split("\t")
    if columns[0] in targets:
        frame = bytes.fromhex(columns[3])
        seed(targets[columns[0]], f"frame-{number}", frame)
        # The first byte says how the stream is cut.
        seed("scanner", f"frame-{number}", bytes([number % 40 + 1]) + frame)
for target, pattern in examples.items():
    for path in sorted((top / "docs" / "examples").glob(pattern)):
        seed(target, path.name, path.read_bytes())
