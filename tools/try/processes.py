"""Programs that the trial runs: all of them end with it."""
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
IS_LIVE = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
BOLD, PLAIN = ("\033[1m", "\033[0m") if IS_LIVE and "NO_COLOR" not in os.environ else ("", "")


class Failure(Exception):
    """What went wrong, in words for the user, and the exit code."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def step(text):
    print(f"\n{BOLD}== {text}{PLAIN}", file=sys.stderr, flush=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


def environment():
    """Ours, without what would lead to servers of the user's."""
    roles = ("MYSQL", "MARIADB", "MONGODB", "REDIS")
    return {name: value for name, value in os.environ.items()
            if name.removeprefix("SYNCLINE_").split("_")[0] not in roles and name != "SYNCLINE_SERVERS_DIR"}


def dev_servers(action, folder, roles):
    """./dev servers; its output lines as a dictionary for `status`."""
    command = [TREE / "dev", "servers", action, "--dir", folder, "--only", ",".join(roles)]
    done = subprocess.run(command, env=environment(), text=True, start_new_session=True,
                          stdout=subprocess.PIPE if action == "status" else None, stderr=None if action == "start" else subprocess.PIPE)
    if done.returncode != 0 and action != "stop":
        raise Failure(f"the private servers did not {action}\n" + "\n".join(complaints(folder)))
    return dict(line.split("=", 1) for line in (done.stdout or "").splitlines() if "=" in line)


def complaints(folder):
    """What the servers' logs say of errors: the directory will be gone."""
    for path in sorted(folder.rglob("*log")):
        if path.is_file():
            lines = [line for line in path.read_text(errors="replace").splitlines() if re.search(r"\b(ERROR|FATAL|Error)\b", line)]
            yield from (f"{path.parent.name}: {line}" for line in lines[-4:])


class Engine:
    """`syncline run` in a session of its own; its pid stands in a file beside its log."""

    def __init__(self, program, pipeline):
        self.log = pipeline.with_suffix(".log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program, "-f", pipeline, "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env=environment())
        pipeline.with_suffix(".pid").write_text(f"{self.process.pid} {started(self.process.pid)}\n")

    def assert_running(self):
        if self.process.poll() is not None:
            last = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
            raise Failure(f"the engine ended with exit code {self.process.returncode}; {self.log} ends so:\n{last}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


def started(pid):
    """The start time of a process, which tells it from a later one of the same number; None when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def stop_by_pid_file(path):
    pid, _, start = path.read_text().strip().partition(" ")
    if start and started(pid) == start:
        os.kill(int(pid), signal.SIGTERM)
        for _ in range(200):
            if started(pid) != start:
                return
            signal.sigtimedwait([], 0.1)
        os.kill(int(pid), signal.SIGKILL)


@contextmanager
def uninterrupted():
    """While cleaning up, Ctrl-C must not leave half of it behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
