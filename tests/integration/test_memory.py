"""Memory is bounded by configuration, whatever the table's size."""
import re
import subprocess
import time
from pathlib import Path

import pytest

MIB = 1024


def peak_of_snapshot(world, rows):
    """Peak resident memory of a first load, in MiB."""
    world.sql("TRUNCATE things",
              "INSERT INTO things SELECT a.n + 1000 * b.n, REPEAT(CHAR(97 + a.n % 26), 150), a.n, NOW() FROM digits a, digits b"
              f" WHERE b.n < {rows // 1000}")
    with open(world.folder / "snapshot.log", "w") as log:
        process = subprocess.Popen([world.program, "-f", world.file, "snapshot", "--again"], stdout=log, stderr=log)
    # Not from os.wait4: that peak includes Python's own, from between fork and exec.
    peak = 0
    while process.poll() is None:
        found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        peak = int(found[1]) if found else peak
        time.sleep(0.02)
    assert process.returncode == 0, (world.folder / "snapshot.log").read_text()
    assert world.mongo("things").estimated_document_count() > 0
    return peak / MIB


@pytest.mark.parametrize("source", ["mysql"])  # what is measured is the program, not the server
def test_a_table_three_times_as_long_takes_no_more_memory(world):
    world.sql("CREATE TABLE digits (n INT PRIMARY KEY)", "INSERT INTO digits VALUES " + ", ".join(f"({n})" for n in range(1000)),
              "CREATE TABLE things (id INT PRIMARY KEY, text VARCHAR(200), n INT, at DATETIME)")
    world.pipeline({"things": None})
    short = peak_of_snapshot(world, 100000)
    long = peak_of_snapshot(world, 300000)
    assert world.redis.dbsize() >= 300000
    assert long < 256, f"{long:.0f} MiB"
    assert long < short * 1.25 + 8, f"{short:.0f} MiB for 100,000 rows, {long:.0f} MiB for 300,000"
