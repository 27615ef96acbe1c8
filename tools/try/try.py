"""./dev try: see try.sh, which holds its help."""
import argparse
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from processes import TREE, Failure, dev_servers, say, step, stop_by_pid_file, uninterrupted
from source import SYSTEM, Source
from sql_file import SqlFile, Unreadable
from trial import Trial, worst

MARK = ".syncline-try"
DATABASES_MAX = 15  # Redis has 16, numbered from 0
WORDS = {0: "verified", 3: "FAULTS", 4: "INCOMPLETE"}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Failure(f"try: {message}\nTry: ./dev try --help", 2)


def parse():
    parser = Parser(add_help=False)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--server", choices=["mysql", "mariadb"], default="mysql")
    for name, default in [("--rows", 0), ("--for", 30), ("--seed", 1), ("--within", 600)]:
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--churn", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop")
    arguments = parser.parse_args()
    if not arguments.files and not arguments.stop:
        parser.error("no file is given")
    return arguments


def read(paths):
    """Looks at every file before any server is started."""
    scripts = []
    for path in paths:
        try:
            scripts.append(SqlFile(path))
            if own := scripts[-1].begins & SYSTEM:
                raise Failure(f"try: {path} holds the server's own tables (USE {own.pop()}): dump only your databases", 2)
        except OSError as error:
            raise Failure(f"try: {path}: {error.strerror}", 2) from error
        except Unreadable as error:
            raise Failure(f"try: {error}", 2) from error
    return scripts


def name_from(path):
    return re.sub(r"[^a-z0-9]+", "_", path.name.lower().removesuffix(".gz").removesuffix(".sql")).strip("_")[:32] or "try"


class Place:
    """The directory with the servers and files of this run."""

    def __init__(self, role):
        self.folder = Path(tempfile.mkdtemp(prefix="syncline-try-", dir=os.environ.get("TMPDIR", "/tmp")))
        (self.folder / MARK).write_text(role + "\n")
        self.roles, self.trials, self.address = [role, "mongodb", "redis"], [], {}

    def start(self):
        step("Private servers")
        dev_servers("start", self.folder / "servers", self.roles)
        self.address = dev_servers("status", self.folder / "servers", self.roles)

    def remove(self):
        with uninterrupted():
            for trial in self.trials:
                if trial.engine:
                    trial.engine.stop()
            dev_servers("stop", self.folder / "servers", self.roles)
            shutil.rmtree(self.folder, ignore_errors=True)

    def describe(self):
        """KEY=value lines for the shell."""
        values = {"DIR": self.folder} | {k: v for k, v in self.address.items() if k.endswith(("_URI", "_PORT", "_SOCKET"))}
        for index, trial in enumerate(self.trials):
            end = "" if index == 0 else f"_{index + 1}"
            values |= {f"DATABASE{end}": trial.database, f"PIPELINE{end}": trial.pipeline, f"MONGODB_DATABASE{end}": trial.name,
                       f"REDIS_DATABASE{end}": trial.redis_uri.rpartition("/")[2]}
            if trial.engine:
                values |= {f"LOG{end}": trial.engine.log, f"ENGINE_PID{end}": trial.engine.process.pid}
        values["STOP"] = f"{TREE}/dev try --stop {self.folder}"
        for key, value in values.items():
            print(f"{key}={shlex.quote(str(value))}")


def stop(folder):
    folder = Path(folder)
    if not (folder / MARK).is_file():
        raise Failure(f"try: {folder} was not made by ./dev try --keep", 2)
    for path in folder.glob("*.pid"):
        stop_by_pid_file(path)
    dev_servers("stop", folder / "servers", [(folder / MARK).read_text().strip(), "mongodb", "redis"])
    shutil.rmtree(folder)


def load(scripts, source):
    step(f"Loading into {source.role}: " + ", ".join(str(script.path) for script in scripts))
    begun, database = time.monotonic(), name_from(scripts[0].path)
    for script in scripts:
        database = source.load(script, database)
    found = source.databases()
    if not found:
        raise Failure(f"try: no table came out of {', '.join(str(s.path) for s in scripts)}", 2)
    if len(found) > DATABASES_MAX:
        raise Failure(f"try: {len(found)} databases, more than {DATABASES_MAX}: give fewer", 2)
    for name in found:
        source.analyze(name)
    tables = {name: sum(not is_view for _, is_view in source.tables(name)) for name in found}
    say(", ".join(f"{name}: {count} tables" for name, count in tables.items()) + f" ({time.monotonic() - begun:.1f} s)")
    return found


def run(place, scripts, arguments):
    program = Path(os.environ.get("SYNCLINE_BIN", TREE / "build/release/syncline"))
    place.start()
    source = Source(arguments.server, place.address)
    for number, database in enumerate(load(scripts, source)):
        trial = Trial(program, place.folder, source, database, number, place.address)
        place.trials.append(trial)
        step(f"{database}: syncline init")
        trial.init()
        if arguments.rows:
            step(f"{database}: rows until each table has {arguments.rows}")
            trial.fill(arguments.rows, arguments.seed)
        step(f"{database}: syncline run")
        trial.start()
        if arguments.churn:
            step(f"{database}: {vars(arguments)['for']} s of random changes under it")
            trial.churn(vars(arguments)["for"], arguments.seed)
        has_arrived = trial.wait(arguments.within)
        step(f"{database}: syncline verify, and the independent checker")
        trial.judge(has_arrived)
        print(trial.summary(), flush=True)
    return worst([trial.code for trial in place.trials])


def main():
    arguments = parse()
    if arguments.stop:
        stop(arguments.stop)
        return 0
    scripts = read(arguments.files)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    begun, place = time.monotonic(), Place(arguments.server)
    try:
        code = run(place, scripts, arguments)
        tables = sum(len(trial.rows) for trial in place.trials)
        left_out = sum(row.verdict.startswith("left out") for trial in place.trials for row in trial.rows)
        step(f"{WORDS[code]}: {tables} tables and views, {left_out} left out for a reason, {time.monotonic() - begun:.1f} s")
        return code
    finally:
        if arguments.keep and place.address:
            place.describe()
        else:
            place.remove()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        say(str(failure))
        sys.exit(failure.code)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)
