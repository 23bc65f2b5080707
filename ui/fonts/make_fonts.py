"""Cuts Noto Sans CJK SC down to what the terminal shows and prints, and gives it a family name of its own.

The own name keeps a Noto font that happens to be installed from standing in for the embedded one: a missing
character then shows up in the tests instead of being filled in from the machine the tests run on. The licence
(OFL 1.1, see OFL.txt) reserves only the name "Source".
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Meterpost Sans"
SIMPLIFIED_CHINESE = 2  # the faces inside the collection; all of them share one set of outlines
TRADITIONAL_CHINESE = 3
WEIGHTS = ("Regular", "Bold")


def simplified():
    """GB 2312 level 1 (3,755 characters) and its punctuation, ASCII, Latin-1, and the few signs used beside them."""
    wanted = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))
    for row in [1, 3, *range(16, 56)]:
        for cell in range(1, 95):
            try:
                wanted.add(ord(bytes([0xA0 + row, 0xA0 + cell]).decode("gb2312")))
            except UnicodeDecodeError:
                pass  # level 1 ends inside row 55
    wanted |= {ord(sign) for sign in "€−–—‘’“”•…‰′″←↑→↓×÷≤≥≈·●○■□▲△✓ㆍ〇³"}
    wanted |= set(range(0x3000, 0x3020)) | set(range(0xFF01, 0xFF5F)) | {0xFFE5, 0x202F}
    return wanted


def traditional():
    """Big5 level 1: the 5,401 characters in common use in Taiwan."""
    wanted = set()
    for lead in range(0xA4, 0xC7):
        for trail in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            try:
                wanted.add(ord(bytes([lead, trail]).decode("big5")))
            except (UnicodeDecodeError, TypeError):
                pass  # level 1 ends inside the last row
    return wanted


def shape_traditional(font, source, only):
    """Characters that only traditional Chinese uses get the shapes customary in Taiwan."""
    shapes = TTFont(source, fontNumber=TRADITIONAL_CHINESE, recalcTimestamp=False).getBestCmap()
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format != 14:
            for sign in only & table.cmap.keys():
                table.cmap[sign] = shapes.get(sign, table.cmap[sign])


def rename(font, weight):
    names = font["name"]
    wanted = {
        1: FAMILY,
        2: weight,
        3: f"{FAMILY} {weight}",
        4: f"{FAMILY} {weight}",
        6: f"MeterpostSans-{weight}",
        16: FAMILY,
        17: weight,
    }
    for name_id in wanted:
        names.removeNames(nameID=name_id)
    for name_id, text in wanted.items():
        names.setName(text, name_id, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [wanted[6]]
    cff.topDictIndex[0].FullName = wanted[4]
    cff.topDictIndex[0].FamilyName = FAMILY


def cut(source_dir, weight):
    source = Path(source_dir) / f"NotoSansCJK-{weight}.ttc"
    font = TTFont(source, fontNumber=SIMPLIFIED_CHINESE, recalcTimestamp=False)
    options = subset.Options(
        layout_features=["kern", "palt", "halt", "tnum", "lnum"],
        hinting=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17],
        name_languages=[0x409],
        notdef_outline=True,
    )
    cutter = subset.Subsetter(options)
    shape_traditional(font, source, traditional() - simplified())
    cutter.populate(unicodes=simplified() | traditional())
    cutter.subset(font)
    rename(font, weight)
    target = Path(f"MeterpostSans-{weight}.otf")
    font.save(target)
    print(f"{target}: {target.stat().st_size} bytes")


for weight in WEIGHTS:
    cut(sys.argv[1], weight)
