"""The hostile test: random transactions, several engines at once, sleeps between any two steps, kills and freezes, while a
verifier counts faults live; then everything is compared by the program and by the independent checker.

    ./dev test faults [--for 1h] [--seed N] [--server mysql|mariadb] [--profile NAME,...] [--switches]

Up to ten minutes: two profiles on each server, then as many switches as fit, both chosen by the seed. Longer: every profile by
turns. With --switches: their profiles unbroken, then every switch with three seeds.
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(Path(__file__).parent))
from arena import Arena, Broken  # noqa: E402
from profiles import PROFILES, SWITCHES  # noqa: E402

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
        self.cases, self.totals = [], Counter()
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
        self.note(f"{role}.{name}.{seed}", problems, arena, wrong, time.monotonic() - begun)

    def switch(self, role, name, seed):
        """One run with a broken rule; green when it turned red by an intended verdict."""
        switch, begun = SWITCHES[name], time.monotonic()
        arena = Arena(role, switch.profile, seed, Path(tempfile.mkdtemp(prefix="syncline-hostile-")), name)
        verdicts, wrong, problems = Counter(), {}, []
        try:
            arena.set_up()
            arena.start()
            started = time.monotonic()
            while time.monotonic() - started < switch.seconds and not set(verdicts) & set(switch.verdicts):
                time.sleep(0.2)
                verdicts = Counter(f["verdict"] for f in list(arena.findings))
                torn = sum("in the same view" in error for error in list(arena.errors))
                verdicts += Counter(torn=torn)
            arena.calm_down()
            if switch.is_judged_at_the_end:
                wrong = arena.judge()
                late = len(wrong.get("checker", [])) + sum(f.get("verdict") == "lag" for f in wrong.get("verify", []) if isinstance(f, dict))
                if late and "wait" not in wrong:
                    verdicts["late"] = late
        except Broken as error:
            problems.append(str(error))
        finally:
            arena.close()
        took = time.monotonic() - begun
        if not set(verdicts) & set(switch.verdicts):
            problems.append(f"{switch.what}: not red by {' or '.join(switch.verdicts)}; seen: {dict(verdicts)}, at the end: "
                            f"{ {where: what[:2] for where, what in wrong.items()} }, {arena.errors[:2]}")
        say(f"{role} broken: {switch.what}, seed {seed}: {dict(verdicts)} in {took:.0f} s, {arena.written()['committed']} transactions, "
            f"{sum(arena.verifications.values())} verifications, {dict(arena.havoc)}")
        self.note(f"{role}.broken_{name}.{seed}", problems, arena, wrong, took)

    def note(self, case, problems, arena, wrong, took):
        self.cases.append((case, problems, took))
        if not problems:
            say(f"PASS {case} ({took:.0f} s)")
            shutil.rmtree(arena.folder)
            return
        kept = self.kept / case
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)  # of an earlier run
        shutil.move(arena.folder, kept)
        (kept / "evidence.json").write_text(json.dumps({"findings": arena.findings, "wrong": wrong}, indent=1, default=str))
        say(f"FAIL {case} ({took:.0f} s); logs and evidence in {kept}")
        for problem in problems[:12]:
            say(f"  {problem}"[:2500])
        for finding in arena.findings[:1]:
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
    roles = arguments.roles
    names = arguments.profile.split(",") if arguments.profile else list(PROFILES)
    dice = random.Random(arguments.seed)
    if arguments.is_short:
        names = [names[0], dice.choice(names[1:])]
    number = 0
    while True:
        name = names[number // len(roles) % len(names)]
        left = end - time.monotonic()
        duration = min(arguments.round, left - 15)
        if duration < 10 and number:
            return
        if arguments.is_short and number == len(names) * len(roles):
            return
        suite.round(roles[number % len(roles)], name, PROFILES[name], dice.randrange(1_000_000), max(duration, 10))
        number += 1


def controls(suite, arguments):
    """The profiles of the switches, unbroken."""
    done = []
    for name in arguments.only:
        profile = SWITCHES[name].profile
        if profile not in done:
            done.append(profile)
            for role in arguments.roles:
                suite.round(role, f"unbroken_{name}", profile, arguments.seed, 40)


def switches(suite, arguments, end):
    """By hand all of them, each with three seeds, on each server; else as many of the quick ones as fit, as the seed chooses."""
    roles = arguments.roles
    order = list(arguments.only)
    if arguments.switches:
        for number in range(3):
            for name in order:
                for role in roles:
                    suite.switch(role, name, arguments.seed + number)
        return
    order = [name for name in order if SWITCHES[name].is_quick]
    random.Random(arguments.seed).shuffle(order)
    for number, name in enumerate(order):
        if end - time.monotonic() < 40:
            break
        suite.switch(roles[number % len(roles)], name, arguments.seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="duration", type=seconds, default=300)
    parser.add_argument("--round", type=seconds, default=None, help="length of one run")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--server", choices=("mysql", "mariadb"))
    parser.add_argument("--profile", help=", ".join(PROFILES))
    parser.add_argument("--switches", nargs="?", const=",".join(SWITCHES), help="break the rules, and run their profiles unbroken")
    parser.add_argument("--evidence", default=os.environ.get("TMPDIR", "/tmp") + "/syncline-faults")
    parser.add_argument("--junit")
    arguments = parser.parse_args()
    if arguments.round is None:
        arguments.round = 20 if arguments.duration <= 600 else 120
    arguments.roles = [arguments.server] if arguments.server else ["mysql", "mariadb"]
    arguments.only = (arguments.switches or ",".join(SWITCHES)).split(",")
    arguments.is_short = arguments.duration <= 600 and not arguments.profile
    say(f"seed {arguments.seed}: ./dev test faults --for {arguments.duration}s --seed {arguments.seed}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # engines and writers end with us
    suite = Suite(arguments)
    end = time.monotonic() + arguments.duration
    check_released_program(suite)
    if arguments.switches:
        controls(suite, arguments)
    else:
        rounds(suite, arguments, end)
    if arguments.switches or arguments.is_short:
        switches(suite, arguments, end)
    totals = suite.totals
    say(f"in all: {totals['committed']:,} transactions, {totals['rolled_back']:,} rolled back, {totals['kills']:,} kills, "
        f"{totals['freezes']:,} freezes, {totals['verifications']:,} verifications, {totals['compared']:,} comparisons that were good")
    if arguments.junit:
        suite.junit(arguments.junit)
    return 1 if any(problems for _, problems, _ in suite.cases) or not suite.cases else 0


if __name__ == "__main__":
    sys.exit(main())
