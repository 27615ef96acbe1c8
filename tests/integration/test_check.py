"""`syncline check`: the preflight. Rights are taken away one by one, and each is named; a DBA's script gives what is needed."""
import json
import subprocess

import pytest

import conftest

TABLES = [
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20))",
    "CREATE TABLE pets (id INT PRIMARY KEY, person_id INT, name VARCHAR(20), seen DATETIME(6),"
    " FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob')",
    "INSERT INTO pets VALUES (1, 1, 'Rex', NULL), (2, 2, 'Tom', NULL)",
]
DOCUMENTS = {"people": {"embed": {"pets": {"table": "pets", "link": "person_id"}}}, "pets": None}


@pytest.fixture
def dba(world):
    """A pipeline whose account has no rights yet."""
    world.sql(*TABLES, f"CREATE USER '{world.name}'@'%' IDENTIFIED BY 'sesame'")
    world.account = f"'{world.name}'@'%'"
    (world.folder / "secret").write_text("sesame\n")
    world.pipeline(DOCUMENTS, source={"uri": f"mysql://{world.name}@{world.host}:{world.port}/{world.database}", "password_file": "secret"})
    yield world
    world.sql(f"DROP USER {world.account}")


def grant(world, rights, database, verb="GRANT"):
    pattern = database.replace("_", "\\_")
    world.sql(f"{verb} {rights} ON `{pattern}`.* {'TO' if verb == 'GRANT' else 'FROM'} {world.account}")


def errors(world, code=2):
    return [f"{f['subject']}: {f['what']}" for f in world.json("check", code=code)["findings"] if f["level"] == "error"]


def run_as_dba(world, script):
    subprocess.run(["mariadb", "-h", world.host, "-P", str(world.port), "-u", "root"], input=script, text=True, check=True,
                   capture_output=True, timeout=60)


def test_all_is_well_where_nothing_is_missing(world):
    world.sql(*TABLES)
    world.pipeline(DOCUMENTS)
    report = world.json("check")
    assert report["ok"] and report["sql"] == ""
    text = world.syncline("check").stdout
    assert "nothing stops `syncline run`" in text and "seen: text in MongoDB" in text
    world.follow()
    assert "it is installed, and nothing is missing" in world.syncline("check").stdout
    world.syncline("verify")


def test_a_dba_installs_and_the_program_runs_with_no_more_rights_than_that(dba):
    grant(dba, "SELECT", dba.database)
    script = dba.syncline("check", "--sql", code=2).stdout
    assert "ACCOUNT LOCK" in script and "DEFINER='syncline_definer'@'localhost'" in script
    refused = dba.syncline("run", code=2)
    assert "syncline_definer" in refused.stderr and "GRANT SELECT, INSERT, UPDATE, DELETE" in refused.stderr
    run_as_dba(dba, script)
    grants = "\n".join(row[0] for row in dba.sql(f"SHOW GRANTS FOR {dba.account}"))
    for right in ("CREATE", "SUPER", "SET_ANY_DEFINER", "ALL PRIVILEGES", "DROP"):
        assert right not in grants
    assert dba.json("check")["ok"]
    assert dba.json("capture", "status")["complete"]
    dba.follow()
    # through the triggers of the locked account, cascades included
    dba.sql("UPDATE pets SET name = 'Max' WHERE id = 1", "INSERT INTO pets VALUES (3, 1, 'Kit', NULL)",
            "DELETE FROM people WHERE id = 2", "UPDATE people SET id = 9 WHERE id = 1")
    dba.syncline("wait", "--timeout", "30s")
    dba.syncline("verify")
    assert {pet["name"] for pet in dba.mongo("people").find_one({"_id": 9})["pets"]} == {"Max", "Kit"}
    assert dba.mongo("pets").find_one({"_id": 2}) is None
    # each right taken away is named, and nothing else is
    dba.engines[-1].stop()
    own = f"syncline_{dba.name}"
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        grant(dba, right, own, "REVOKE")
        found = errors(dba)
        assert len(found) == 1 and f"lacks {right} on" in found[0], found
        grant(dba, right, own)
    grant(dba, "SELECT, INSERT, UPDATE, DELETE", own, "REVOKE")
    report = dba.json("check", code=2)
    assert all(f"lacks {right} on" in report["findings"][i]["what"] for i, right in enumerate(("SELECT", "INSERT", "UPDATE", "DELETE")))
    assert "GRANT" in report["sql"] and "CREATE" not in report["sql"]  # all of it stands
    run_as_dba(dba, report["sql"])
    assert dba.json("check")["ok"]
    grant(dba, "TRIGGER", dba.database, "REVOKE")
    warnings = [f for f in dba.json("check")["findings"] if f["level"] == "warning"]
    assert len(warnings) == 1 and "lacks TRIGGER" in warnings[0]["what"]
    grant(dba, "SELECT", dba.database, "REVOKE")
    assert "GRANT SELECT, TRIGGER ON" in dba.syncline("check", code=2).stderr


def test_an_installer_that_lacks_a_right_is_told_which(dba):
    own = f"syncline_{dba.name}"
    grant(dba, "SELECT, TRIGGER", dba.database)
    grant(dba, "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP", own)
    logged, trusted = dba.sql("SELECT @@log_bin, @@log_bin_trust_function_creators")[0]
    found = errors(dba, code=None)
    assert (found == []) if not logged or trusted else ("1419" in found[0] and "lacks SUPER" in found[0])
    if logged and not trusted:
        dba.sql(f"GRANT SUPER ON *.* TO {dba.account}")
    assert errors(dba, code=0) == []
    for right, database in (("CREATE", own), ("DROP", own), ("TRIGGER", dba.database)):
        grant(dba, right, database, "REVOKE")
        found = errors(dba)
        assert len(found) == 1 and f"lacks {right} on" in found[0], found
        grant(dba, right, database)
    dba.syncline("capture", "install")


def test_what_would_stop_run_is_named_with_its_cure(world):
    world.sql(*TABLES, "CREATE TABLE plain (id INT PRIMARY KEY, other INT)", "CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM",
              "CREATE TABLE loose (id INT)", "CREATE VIEW seen AS SELECT * FROM pets", "SET sql_mode = ''",
              "CREATE TABLE dated (d DATE NOT NULL DEFAULT '0000-00-00', n INT, PRIMARY KEY (d, n))",
              "CREATE TABLE tree (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES tree (id) ON DELETE CASCADE)",
              "CREATE TRIGGER theirs AFTER INSERT ON pets FOR EACH ROW SET @x = 1")
    world.pipeline(DOCUMENTS | {"old": None, "tree": None, "loose": None, "seen": None, "dated": None, "plain": {"embed": {"others": {"table": "plain", "link": "other"}}}})
    world.mongo("people").insert_one({"_id": 77, "name": "not ours"})
    world.redis.set("pets:5", "not ours")
    report = world.json("check", code=2)
    assert report["sql"] == ""  # it would take the triggers of what it does not know away
    text = json.dumps(report["findings"])
    for word in ("engine MyISAM", "ALTER TABLE old ENGINE=InnoDB", "CREATE INDEX other ON plain (other)", "deletes its own rows by cascade",
                 "theirs on pets", "there are records of people already", "there are records of pets already", "default of dated.d is a zero date",
                 "table loose has no primary key", "seen is a view"):
        assert word in text, word
    if world.role == "mysql":
        assert "LOCK TABLES" in text


def test_stores_that_are_away_or_refuse_are_named(world):
    world.sql(*TABLES)
    dead = conftest.environment("REDIS_HOST")
    world.pipeline(DOCUMENTS, targets={"redis": {"uri": f"redis://{dead}:1/0"}})
    assert any(f["subject"] == "redis" and f["level"] == "warning" for f in world.json("check")["findings"])
    world.pipeline(DOCUMENTS)
    try:
        world.redis.config_set("maxmemory", "100mb")
        world.redis.config_set("maxmemory-policy", "volatile-lru")
        assert any("volatile-lru" in error for error in errors(world))
    finally:
        world.redis.config_set("maxmemory", "0")
        world.redis.config_set("maxmemory-policy", "noeviction")
