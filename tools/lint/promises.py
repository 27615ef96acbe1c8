#!/usr/bin/env python3
"""Every test that docs/invariants.md names exists.

    tools/lint/promises.py [TREE]

Prints one line for each that does not; exit code 1 if there are any.
"""
import re
import sys
from pathlib import Path

CPP = re.compile(r"(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)")
PYTHON = re.compile(r"^def (test_\w+)", re.MULTILINE)
PROFILE = re.compile(r'^    "(\w+)": (?:Profile|Switch|replace)\(', re.MULTILINE)
NAMED = re.compile(r"`(\w+\.\w+|\w+\.py::\w+)`")


def existing(tree):
    for path in sorted((tree / "src").rglob("*")):
        if path.stem.endswith(("_test", "_testing")):
            yield from (".".join(names) for names in CPP.findall(path.read_text()))
    for path in sorted((tree / "tests").rglob("profiles.py")):  # of the hostile test
        yield from (f"Faults.{name}" for name in PROFILE.findall(path.read_text()))
    for path in sorted((tree / "tests").rglob("test_*.py")):
        yield from (f"{path.name}::{name}" for name in PYTHON.findall(path.read_text()))


def offences(tree):
    page = tree / "docs/invariants.md"
    if not page.exists():
        return
    tests = set(existing(tree))
    section = page.read_text().partition("## Tests")[2]
    for name in NAMED.findall(section):
        if name not in tests:
            yield f"docs/invariants.md: there is no test {name}"


def main():
    tree = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = list(offences(tree))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
