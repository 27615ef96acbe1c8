#!/usr/bin/env python3
"""Counts the cases of JUnit files: `tools/dev/junit.py FILE...` prints "PASSED FAILED SKIPPED". A file that is not there, as of a
runner that found no test, counts nothing."""
import sys
from pathlib import Path
from xml.etree import ElementTree

passed = failed = skipped = 0
for path in filter(Path.exists, map(Path, sys.argv[1:])):
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
print(passed, failed, skipped)
