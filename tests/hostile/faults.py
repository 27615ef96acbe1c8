"""The hostile test: random transactions, several engines at once, sleeps between any two steps, kills and freezes, while a
verifier counts faults live; then everything is compared by the program and by the independent checker.

    ./dev test faults [--for 1h] [--seed N] [--server mysql|mariadb] [--profile NAME,...]
"""
import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(Path(__file__).parent))
from arena import Arena, Broken  # noqa: E402
from profiles import PROFILES  # noqa: E402

PROGRESS_S = 10


def seconds(text):
    match = re.fullmatch(r"(\d+)(s|m|h)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no duration; write 90s, 5m or 1h")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def say(text):
    print(text, flush=True)


def progress(arena, label, begun):
    written, havoc = arena.written(), arena.havoc
    verified = sum(arena.verifications.values())
    more = "".join(f", {havoc[name]} {name.replace('_', ' ')}" for name in ("freezes", "loads", "loads_killed", "forgotten") if havoc[name])
    return (f"{label} {time.monotonic() - begun:.0f} s: {written['committed']:,} transactions ({written['rolled_back']:,} rolled back, "
            f"{written['refused']:,} refused), {havoc['kills']} kills{more}, {verified} verifications, {len(arena.findings)} faults")


class Suite:
    def __init__(self, arguments):
        self.arguments, self.cases, self.totals = arguments, [], Counter()
        self.kept = Path(arguments.evidence)

    def round(self, role, name, profile, seed, duration):
        """One unbroken run; green when nothing at all was wrong."""
        label, begun = f"{role} {name} seed {seed}:", time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix="syncline-hostile-"))
        arena = Arena(role, profile, seed, folder)
        wrong, broken = {}, None
        try:
            arena.set_up()
            arena.start()
            shown = time.monotonic()
            while time.monotonic() - begun < duration and not arena.errors and not arena.is_red.is_set():
                time.sleep(0.2)
                if time.monotonic() - shown >= PROGRESS_S:
                    shown = time.monotonic()
                    say(progress(arena, label, begun))
            arena.calm_down()
            wrong = arena.judge()
        except Broken as error:
            broken = str(error)
        finally:
            arena.close()
        problems = list(arena.errors) + ([broken] if broken else []) + [f"at the end, {where}: {what[:3]}" for where, what in wrong.items()]
        problems += [f"{f['verdict']} {f['document']} {f['key']} in {f['target']}" for f in arena.findings[:20]]
        if not sum(arena.verifications.values()) or not arena.verdicts["good"]:
            problems.append("nothing was verified live")
        if not arena.written()["committed"]:
            problems.append("no transaction was committed")
        say(progress(arena, label, begun) + f"; live: {dict(arena.verdicts)}, exit codes {dict(arena.verifications)}")
        for text, times in arena.seen.items():
            say(f"{label} {times} times: {text}")
        self.totals.update(arena.written(), **arena.havoc)
        self.totals["verifications"] += sum(arena.verifications.values())
        self.totals["compared"] += arena.verdicts["good"]
        self.note(f"{role}.{name}.{seed}", problems, arena, {"findings": arena.findings, "wrong": wrong}, time.monotonic() - begun)

    def note(self, case, problems, arena, evidence, took):
        self.cases.append((case, problems, took))
        if not problems:
            say(f"PASS {case} ({took:.0f} s)")
            for path in sorted(arena.folder.iterdir()):
                path.unlink()
            arena.folder.rmdir()
            return
        kept = self.kept / case
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            os.rename(arena.folder, kept) if os.stat(arena.folder).st_dev == os.stat(kept.parent).st_dev else None
        if kept.exists():
            (kept / "evidence.json").write_text(json.dumps(evidence, indent=1, default=str))
        say(f"FAIL {case} ({took:.0f} s); logs and evidence in {kept}")
        for problem in problems[:12]:
            say(f"  {problem}"[:2500])
        for finding in (evidence["findings"] or [])[:1]:
            say(json.dumps(finding, indent=1, default=str)[:6000])

    def junit(self, path):
        lines = ['<?xml version="1.0"?>', '<testsuite name="faults">']
        for case, problems, took in self.cases:
            failure = f"<failure message={quoteattr('; '.join(problems)[:2000])}/>" if problems else ""
            lines.append(f"<testcase name={quoteattr(case)} time=\"{took:.1f}\">{failure}</testcase>")
        Path(path).write_text("\n".join(lines + ["</testsuite>"]))


def check_released_program(suite):
    """It knows nothing of the switches; the test program does, or every run would be an unbroken one."""
    released = Path(os.environ["SYNCLINE_BIN"])
    has = {path.name: b"SYNCLINE_TRIAL" in path.read_bytes() for path in (released, released.with_name("syncline_trial"))}
    problems = [] if has == {released.name: False, "syncline_trial": True} else [f"which program has the switches: {has}"]
    suite.cases.append(("the_released_program_has_no_switch", problems, 0))
    say(f"{'FAIL' if problems else 'PASS'} the_released_program_has_no_switch{''.join(f': {p}' for p in problems)}")


def rounds(suite, arguments, end):
    """Profile after profile, on each server by turns, until the time is used up."""
    roles = [arguments.server] if arguments.server else ["mysql", "mariadb"]
    names = arguments.profile.split(",") if arguments.profile else list(PROFILES)
    dice = random.Random(arguments.seed)
    number = 0
    while True:
        name = names[number // len(roles) % len(names)]
        left = end - time.monotonic()
        duration = min(arguments.round, left - 15)
        if duration < 10 and number:
            return
        suite.round(roles[number % len(roles)], name, PROFILES[name], dice.randrange(1_000_000), max(duration, 10))
        number += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="duration", type=seconds, default=300)
    parser.add_argument("--round", type=seconds, default=None, help="length of one run")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--server", choices=("mysql", "mariadb"))
    parser.add_argument("--profile", help=", ".join(PROFILES))
    parser.add_argument("--evidence", default=os.environ.get("TMPDIR", "/tmp") + "/syncline-faults")
    parser.add_argument("--junit")
    arguments = parser.parse_args()
    if arguments.round is None:
        arguments.round = 25 if arguments.duration <= 600 else 120
    say(f"seed {arguments.seed}: ./dev test faults --for {arguments.duration}s --seed {arguments.seed}")
    suite = Suite(arguments)
    end = time.monotonic() + arguments.duration
    check_released_program(suite)
    rounds(suite, arguments, end)
    totals = suite.totals
    say(f"in all: {totals['committed']:,} transactions, {totals['rolled_back']:,} rolled back, {totals['kills']:,} kills, "
        f"{totals['freezes']:,} freezes, {totals['verifications']:,} verifications, {totals['compared']:,} comparisons that were good")
    if arguments.junit:
        suite.junit(arguments.junit)
    return 1 if any(problems for _, problems, _ in suite.cases) or not suite.cases else 0


if __name__ == "__main__":
    sys.exit(main())
