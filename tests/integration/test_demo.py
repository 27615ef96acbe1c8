"""The guided tour passes, from nothing to its verdict, and leaves nothing running."""
import os
import subprocess
import tempfile
from pathlib import Path

from conftest import TREE


def test_the_demo_passes_and_stops_everything():
    # Not pytest's own folder: a Unix socket's path may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        environment = {k: v for k, v in os.environ.items() if k.split("_")[0] not in ("MYSQL", "MARIADB", "MONGODB", "REDIS")}
        done = subprocess.run([TREE / "dev", "demo", "--once", "--customers", "500", "--seconds", "6", "--dir", f"{folder}/d"],
                              capture_output=True, text=True, timeout=280, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "verified" in done.stdout and "corrupt    customers 42 in redis" in done.stdout
        assert "1 repaired; after the repair:" in done.stdout
        assert "loaded in " in done.stderr
        assert [p for p in Path(folder).rglob("*.pid") if is_alive(p.read_text().split()[0])] == []


def is_alive(pid):
    """Dead and not yet reaped is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except FileNotFoundError:
        return False
