"""`status --watch` on a terminal of its own: what it shows, and that it gives the terminal back."""
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from conftest import eventually, servers

ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


class Terminal:
    """A program on a pseudo terminal; `seen` is all that it wrote."""

    def __init__(self, *command, **environment):
        self.master, slave = os.openpty()
        self.resize(100, 30)
        self.before = termios.tcgetattr(self.master)
        variables = {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | environment
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=os.environ | variables,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = b""

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and select.select([self.master], [], [], left)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the program ended
                data = b""
            if not data:
                return
            self.seen += data

    def frame(self):
        """The last whole picture, without colours."""
        pictures = self.seen.split(b"\x1b[H")
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", pictures[-1].decode(errors="replace"))
        return [line.rstrip() for line in text.split("\n")]

    def shows(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while not any(text in line for line in self.frame()):
            assert time.monotonic() < deadline, f"no {text!r} in\n" + "\n".join(self.frame())
            self.read(0.2)
        return self.frame()

    def end(self, how):
        """Ends it by a signal or a key; what it wrote after that, and the exit code."""
        begun = len(self.seen)
        os.kill(self.process.pid, how) if isinstance(how, int) else os.write(self.master, how)
        code = self.process.wait(10)
        self.read(0.5)
        return self.seen[begun:], code

    def close(self):
        self.process.kill()
        self.process.wait(10)
        os.close(self.master)


@pytest.fixture
def terminal(world):
    opened = []

    def open_terminal(*arguments, **variables):
        opened.append(Terminal(world.program, "-f", world.file, "status", "--watch", *arguments, **variables))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


@pytest.fixture
def source():
    return "mysql"


def things(world):
    world.sql("CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(50))", "INSERT INTO things VALUES (1, 'one'), (2, 'two')")
    world.pipeline({"things": None})


def test_the_view_shows_the_engine_from_before_it_starts_until_after_it_ends(world, terminal):
    things(world)
    view = terminal()
    view.shows("the pipeline is not installed")
    engine = world.follow()
    view.shows(f"running on {os.uname().nodename}, pid {engine.process.pid}")
    world.syncline("verify")
    lines = view.shows("verified")
    assert any(re.match(r"things +redis +loaded +2 +0 +verified", line) for line in lines), lines
    view.resize(40, 12)
    assert len(view.shows("and 2 more", 2)) <= 12 and all(len(line) <= 40 for line in view.frame())
    engine.kill()
    view.shows("no engine is running")
    assert ENTER in view.seen and LEAVE not in view.seen


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, b"q", b"\x03", signal.SIGABRT])
def test_however_it_ends_the_terminal_is_given_back(world, terminal, how):
    things(world)
    view = terminal()
    view.shows("the pipeline is not installed")
    assert termios.tcgetattr(view.master) != view.before
    tail, code = view.end(how)
    assert tail.count(LEAVE) == 1 and tail.endswith(LEAVE)
    assert termios.tcgetattr(view.master) == view.before
    assert code == (-signal.SIGABRT if how == signal.SIGABRT else 0)


def test_suspended_it_gives_the_terminal_back_and_takes_it_again(world, terminal):
    things(world)
    view = terminal()
    view.shows("the pipeline is not installed")
    os.kill(view.process.pid, signal.SIGTSTP)
    eventually(lambda: (view.read(0.1), view.seen.endswith(LEAVE))[1])
    os.kill(view.process.pid, signal.SIGCONT)
    eventually(lambda: (view.read(0.1), ENTER in view.seen.rpartition(LEAVE)[2])[1])
    view.shows("the pipeline is not installed")


def test_mysql_may_go_away_and_come_back(world, terminal):
    things(world)
    world.follow()
    view = terminal()
    view.shows("running on")
    servers("kill", "mysql")
    try:
        view.shows("no news for 0:01; trying again")
        view.shows("cannot connect to mysql://")
    finally:
        servers("start", "mysql")
    view.shows("running on")


def test_elsewhere_it_prints_a_plain_line_each_time(world):
    things(world)
    world.follow()
    for variables, arguments, form in [({}, [], r"running +lag \d+\.\d s +\d+/s  loaded \d/2  verified \d/2  owed 0"),
                                       ({}, ["--json"], r'\{"is_running":true,"status":\{.*\}\}')]:
        command = [world.program, "-f", world.file, "status", "--watch", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | variables)
        assert re.fullmatch(form, process.stdout.readline().rstrip("\n"))
        assert re.fullmatch(form, process.stdout.readline().rstrip("\n"))
        process.stdout.close()  # as `| head -n 2` does
        assert process.wait(10) == 0


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}])
def test_a_dumb_terminal_is_not_drawn_on(world, terminal, variables):
    things(world)
    world.follow()
    view = terminal(**variables)
    eventually(lambda: (view.read(0.1), view.seen.count(b"running") >= 2)[1])
    assert b"\x1b" not in view.seen


def test_without_colour_when_asked(world, terminal):
    things(world)
    view = terminal(NO_COLOR="1")
    view.shows("the pipeline is not installed")
    assert re.search(rb"\x1b\[[0-9;]*m", view.seen) is None


def test_a_pipeline_file_that_is_wrong_is_said_at_once(world):
    world.file.write_text("name: x\nsuorce: {}\n")
    assert "suorce" in world.syncline("status", "--watch", code=2).stderr
    assert "interval" in world.syncline("status", "--watch", "--interval", "0s", code=2).stderr
