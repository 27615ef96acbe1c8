#!/usr/bin/env python3
"""Small rules that keep every file readable.

    tools/lint/tidy.py [TREE]

  - nothing left for later in src/ (the words are in LATER below);
  - a header has at most 250 lines, a source 600, a line of C++ 100 columns; no tabs, no blanks at a line's end;
  - every header begins with #pragma once;
  - no file names a place outside of the tree that exists only on its author's machine.
Prints one line per offence; exit code 1 if there are any.
"""
import re
import subprocess
import sys
from pathlib import Path

LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
HOME = re.compile(r"(?<![\w.~/$}-])/(work|root|home)/[\w.]")
LINES = {".h": 250, ".cc": 600}
COLUMNS = 100


def project_files(tree):
    """What git tracks or would track; without git, everything outside of hidden and build folders."""
    listing = subprocess.run(["git", "-C", tree, "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, text=True)
    if listing.returncode == 0:
        names = [n for n in listing.stdout.split("\0") if n]
    else:
        names = [p.relative_to(tree).as_posix() for p in tree.rglob("*")]
        names = [n for n in names if not n.startswith(("build/", ".git/"))]
    return [n for n in sorted(names) if (tree / n).is_file() and not (tree / n).is_symlink()]


def check_cpp(name, suffix, lines):
    if len(lines) > LINES[suffix]:
        yield f"{name}: {len(lines)} lines, more than {LINES[suffix]}: split it by what it does"
    if suffix == ".h" and "#pragma once" not in lines:
        yield f"{name}: no #pragma once"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f"{name}:{number}: {len(line)} columns, more than {COLUMNS}"
        if "\t" in line:
            yield f"{name}:{number}: a tab"
        if line != line.rstrip():
            yield f"{name}:{number}: blanks at the end"


def check_file(name, text):
    lines = text.splitlines()
    suffix = Path(name).suffix
    if suffix in LINES:
        yield from check_cpp(name, suffix, lines)
    for number, line in enumerate(lines, 1):
        if name.startswith("src/") and (word := LATER.search(line)):
            yield f"{name}:{number}: {word[0]}: do it now, or say in the documentation what is missing"
        if place := HOME.search(line):
            yield f"{name}:{number}: {place[0]}... exists on one machine only"


def offences(tree):
    for name in project_files(tree):
        try:
            text = (tree / name).read_text()
        except UnicodeDecodeError:
            continue
        yield from check_file(name, text)


def main():
    tree = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = list(offences(tree))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
