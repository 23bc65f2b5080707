#!/usr/bin/env python3
"""prune.py TREE LIST: takes out of TREE what LIST names. Patterns as in the shell, * reaches over folders; the last line that fits a path decides,
and one with ! keeps it. Inside the tools."""

import os
import re
import sys
from fnmatch import translate


def main(tree, path):
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    rules = [(line.startswith("!"), re.compile(translate(line.lstrip("!")))) for line in lines]
    for folder, folders, files in os.walk(tree, topdown=False):
        for name in files + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
            found = os.path.join(folder, name)
            inside = "/" + os.path.relpath(found, tree)
            fits = [keep for keep, rule in rules if rule.match(inside)]
            if fits and not fits[-1]:
                os.unlink(found)
        if folder != tree and folders + files and not os.listdir(folder):
            os.rmdir(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
