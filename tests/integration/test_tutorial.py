"""docs/tutorial.md is true: its commands, run in order in one shell on a terminal, print what it shows.

The page is the only source: in its ```console blocks a line `$ COMMAND` is run, and the lines below it, up to the next one, are its
output. Both outputs are made equal where machines and moments differ, by these rules and no others:
  - runs of blanks are one blank (columns are as wide as their numbers);
  - numbers of more than one digit, with their points, commas, colons and hyphens, and numbers before ` s` and `/s`, are N: a
    count of one digit, as 1 fault or exit code 3, is compared as it is;
  - what is drawn over on the terminal (progress) was never there, nor what libmongoc logs by itself;
  - /tmp/syncline-tutorial is a directory of the test's own;
  - the lines of `./dev servers start` come in any order: the servers start side by side.

    python tests/integration/test_tutorial.py     rewrites the outputs of the page, by running it
"""
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
PAGE = TREE / "docs/tutorial.md"
FOLDER = "/tmp/syncline-tutorial"
END = "\x1e"


def commands(text):
    """[(command, output)] of the page, in order."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        assert block.startswith("$ "), block
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


class Shell:
    """bash with its output on a terminal, as somebody at a keyboard has it."""

    def __init__(self, folder):
        self.folder = folder
        self.master, slave = os.openpty()
        keep = ("HOME", "USER", "LOGNAME", "TMPDIR", "SYNCLINE_CACHE")
        variables = {k: v for k, v in os.environ.items() if k in keep or k.lower().endswith("_proxy") or k.startswith("PIP_")}
        path = ":".join(p for p in os.environ["PATH"].split(":") if "/venv" not in p and "/python/" not in p)
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, stdout=slave, stderr=slave, cwd=TREE,
                                        env=variables | {"PATH": path, "TERM": "xterm", "NO_COLOR": "1", "LANG": "C.UTF-8"},
                                        start_new_session=True)
        os.close(slave)

    def run(self, command, seconds):
        """What the command printed."""
        # From a file, so that no program can read the rest of the line from the shell's input.
        script = Path(self.folder).with_suffix(".command")
        script.write_text(command.replace(FOLDER, str(self.folder)) + "\n")
        self.process.stdin.write(f". {script}; printf '{END}'\n".encode())
        self.process.stdin.flush()
        seen, deadline = b"", time.monotonic() + seconds
        while END.encode() not in seen:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.master], [], [], left)[0], f"{command} has not ended after {seconds} s:\n{seen.decode()}"
            seen += os.read(self.master, 65536)
        script.unlink()
        text = seen.decode().partition(END)[0].replace("\r\n", "\n")
        return re.sub(r"^.*\r\x1b\[K", "", text, flags=re.MULTILINE).replace(str(self.folder), FOLDER)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        os.close(self.master)


def masked(output):
    """An output by the rules above."""
    output = re.sub(r"\d[\d.,]*(?= s\b|/s\b)", "N", output)
    output = re.sub(r"\d[\d.,:-]*\d", "N", output)
    lines = [re.sub(r" +", " ", line).strip() for line in output.strip("\n").split("\n")]
    return [line for line in lines if ": WARNING: mongoc: " not in line]


def clean_up(folder):
    """What a command that failed left behind: the engine, by the shell that started it, and the servers, by their directory."""
    subprocess.run([TREE / "dev", "servers", "stop", "--dir", folder / "servers"], capture_output=True, timeout=120)


@pytest.mark.timeout(240)
def test_every_command_of_the_tutorial_prints_what_the_page_shows():
    with tempfile.TemporaryDirectory(prefix="tut-") as parent:
        folder, shell = Path(parent) / "t", None
        try:
            shell = Shell(folder)
            for command, expected in commands(PAGE.read_text()):
                shown, found = masked(expected), masked(shell.run(command, 100))
                if command.startswith("./dev servers start"):
                    shown, found = sorted(shown), sorted(found)
                assert found == shown, f"{command} printed\n" + "\n".join(found)
            assert not folder.exists(), "the page cleans up"
        finally:
            if shell and folder.exists():
                shell.run("kill $engine 2> /dev/null; true", 20)
                clean_up(folder)
            if shell:
                shell.close()


def rewrite():
    text, shell = PAGE.read_text(), Shell(Path(FOLDER))
    outputs = []
    for command, _ in commands(text):
        print("$", command, flush=True)
        outputs.append(shell.run(command, 300))
        print(outputs[-1], end="", flush=True)
    shell.close()

    def block(match):
        parts = re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]
        lines = ["$ " + part.partition("\n")[0] + "\n" + re.sub(r"[ \t]+$", "", outputs.pop(0), flags=re.MULTILINE) for part in parts]
        return "```console\n" + "".join(lines) + "```"

    PAGE.write_text(re.sub(r"^```console\n(.*?)^```$", block, text, flags=re.MULTILINE | re.DOTALL))


if __name__ == "__main__":
    sys.exit(rewrite())
