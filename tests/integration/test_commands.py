"""The commands one by one: what they print, their exit codes, and how they end."""
import json
import time

import pytest
from conftest import eventually

ROWS = 60000


@pytest.fixture
def things(world):
    world.sql("CREATE TABLE things (id INT PRIMARY KEY, n INT)", "INSERT INTO things VALUES (1, 1), (2, 2)")
    world.pipeline({"things": None})
    return world


def test_the_parts_of_run_one_by_one(things):
    things.syncline("capture", "install")
    things.syncline("snapshot")
    assert things.mongo("things").count_documents({}) == 2
    stream = things.engine("stream")
    things.sql("INSERT INTO things VALUES (3, 3)", "DELETE FROM things WHERE id = 1")
    things.assert_right()
    assert things.redis.keys("things:*") in ([b"things:2", b"things:3"], [b"things:3", b"things:2"])
    assert stream.stop() == 0


def test_snapshot_alone_also_follows_what_was_noted(things):
    things.syncline("snapshot")
    things.sql("UPDATE things SET n = 20 WHERE id = 2", "DELETE FROM things WHERE id = 1")
    things.syncline("snapshot")
    things.syncline("verify")
    assert things.check() == []


def test_wait_names_what_is_missing(things):
    done = things.syncline("wait", "--timeout", "1s", code=2)
    assert done.stderr.splitlines()[-1] == (
        f"error: pipeline '{things.name}' is not installed in mysql://root@{things.host}:{things.port}/{things.database};"
        " start it with `syncline run`, or install it with `syncline capture install`")
    things.syncline("capture", "install")
    done = things.syncline("wait", "--timeout", "1s", code=4)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("not everything is there after 1.")
    assert lines[1:] == ["  the change log is not worked off yet, or no engine is running",
                         "  things is not loaded into mongodb yet", "  things is not loaded into redis yet"]
    assert things.json("wait", "--timeout", "0s", code=4)["obstacles"] == [line.strip() for line in lines[1:]]


def test_status_is_1_when_nothing_runs(things):
    done = things.syncline("status", code=2)
    assert "is not installed" in done.stderr
    things.syncline("capture", "install")
    assert things.syncline("status", code=1).stderr == "error: no engine has run yet; start one with `syncline run`\n"
    engine = things.engine()
    eventually(lambda: things.syncline("status", code=None).returncode == 0)
    assert "engine   running on" in things.syncline("status").stdout
    assert engine.stop() == 0
    assert "not running; what follows is its last word" in things.syncline("status", code=1).stdout
    assert things.syncline("status", "--short", code=1).stdout == "no engine is running\n"
    engine = things.engine()
    eventually(lambda: things.syncline("status", code=None).returncode == 0)
    engine.kill()
    eventually(lambda: things.syncline("status", code=None).returncode == 1, seconds=8)


def test_every_command_speaks_json(things):
    assert things.json("capture", "status", code=4)["installed"] is False
    assert things.json("status", code=2)["kind"] == "invalid"
    assert things.json("capture", "install") == {"installed": True, "generation": 1}
    assert things.json("capture", "status")["complete"] is True
    assert things.json("snapshot")["documents"] == 2
    assert things.json("wait", "--timeout", "0s", code=4)["arrived"] is False
    engine = things.engine("--json", "run")
    assert things.json("wait")["arrived"] is True
    status = eventually(lambda: things.json("status", code=None).get("status"))
    assert {(d["document"], d["target"], d["phase"]) for d in status["documents_by_target"]} == {
        ("things", "mongodb", "loaded"), ("things", "redis", "loaded")}
    assert things.json("verify")["verdict"] == "verified"
    shown = things.json("show", "things", "1")
    assert json.loads(shown["mysql"])["n"] == 1 and set(shown) == {"mysql", "mongodb", "redis"}
    assert engine.stop() == 0
    assert things.json("capture", "remove") == {"installed": False}
    assert things.json("generate", "--customers", "20")["rows"] > 100
    assert things.json("generate", "--traffic", "--for", "1s", "--rate", "50/s")["errors"] == 0
    assert things.json("verify", code=2)["hint"].startswith("start it with")


@pytest.mark.parametrize("arguments, expected", [
    (("verify", "thing"), "no document type 'thing' in pipeline.yaml; did you mean 'things'?"),
    (("snapshot", "thing"), "no document type 'thing' in pipeline.yaml; did you mean 'things'?"),
    (("show", "thing", "1"), "no document type 'thing' in pipeline.yaml; did you mean 'things'?"),
    (("show", "things", "one"), 'key "one" does not fit: "one" is no value of id (int); give the primary key of things, several columns joined by \'|\''),
    (("wait", "--timeout", "5 parsecs"), "--timeout: '5 parsecs' is no duration: give 30s, 5m or 1h"),
])
def test_a_wrong_argument_is_named(things, arguments, expected):
    things.syncline("snapshot")
    done = things.syncline(*arguments, code=2)
    assert done.stderr.splitlines()[-1].removeprefix("error: ").removesuffix("; try syncline --help").replace(
        str(things.file), "pipeline.yaml").replace("int(11)", "int") == expected  # as MariaDB calls it


def test_an_interrupted_snapshot_says_so_and_the_next_one_resumes(world):
    world.sql("CREATE TABLE things (id INT PRIMARY KEY, text VARCHAR(100) NOT NULL)")
    for begin in range(0, ROWS, 10000):
        world.sql("INSERT INTO things VALUES " + ", ".join(f"({i}, 'row {i}')" for i in range(begin, begin + 10000)))
    world.pipeline({"things": None}, options={"snapshot.chunk_documents": 500, "snapshot.workers": 1})
    loading = world.engine("snapshot")
    eventually(lambda: world.mongo("things").find_one(), pause=0.02)
    begun = time.monotonic()
    assert loading.stop() == 130
    assert time.monotonic() - begun < 5
    assert "interrupted; the next snapshot goes on from here" in loading.text()
    report = world.json("snapshot")
    assert report["is_complete"] and report["chunks_resumed"] >= 1 and 0 < report["documents"] < ROWS
    world.syncline("verify")
    assert world.check() == []
