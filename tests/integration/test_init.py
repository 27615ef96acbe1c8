"""`syncline init`: a pipeline file from any schema, that works as it is."""
import json
import subprocess

import yaml

LONG = "a" * 60 + "tail"

# Names that YAML, MongoDB, Redis or the pipeline file take for something else, and every shape of a foreign key.
HOSTILE = [
    "CREATE TABLE `order` (`group` INT PRIMARY KEY, `select` VARCHAR(20), `null` INT, `true` INT, `no` TEXT)",
    "INSERT INTO `order` VALUES (1, 'a', NULL, 1, 'no'), (2, 'b', 2, 0, 'yes')",
    "CREATE TABLE `it's a \"quoted\": #table` (`a.b` INT PRIMARY KEY, `$c` INT, `d: #e` INT, `*` INT, `${HOME}` INT, `ß` INT,"
    " `` `order` `` INT)".replace("`` `order` ``", "```order```"),
    "INSERT INTO `it's a \"quoted\": #table` VALUES (1, 2, 3, 4, 5, 6, 7)",
    "CREATE TABLE `größe/日本` (`_id` INT, `_revision` INT, id INT, `Id_2` INT, PRIMARY KEY (`_id`))",
    "INSERT INTO `größe/日本` VALUES (7, 8, 9, 10)",
    f"CREATE TABLE `{LONG}` (`{LONG}` INT PRIMARY KEY, embedded INT, KEY (embedded))",
    f"INSERT INTO `{LONG}` VALUES (1, 1)",
    "CREATE TABLE syncline_of_theirs (id INT PRIMARY KEY)",
    # a document and its array want one name
    f"CREATE TABLE clash (id INT PRIMARY KEY, clashes INT, parents INT, parent INT, FOREIGN KEY (parent) REFERENCES `{LONG}` (`{LONG}`))",
    "INSERT INTO clash VALUES (1, 2, 3, 1), (2, 2, 3, NULL)",
    "CREATE TABLE parents (id INT PRIMARY KEY, clash_id INT, FOREIGN KEY (clash_id) REFERENCES clash (id))",
    "INSERT INTO parents VALUES (1, 1), (2, 1)",
    # left out
    "CREATE VIEW v AS SELECT * FROM clash",
    "CREATE TABLE no_key (id INT, name TEXT)",
    "CREATE TABLE myisam (id INT PRIMARY KEY) ENGINE=MyISAM",
    "CREATE TABLE float_key (f FLOAT PRIMARY KEY)",
    "CREATE TABLE prefix_key (t TEXT, PRIMARY KEY (t(10)))",
    "CREATE TABLE endless (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES endless (id) ON DELETE CASCADE)",
    # columns left out, invisible, generated, not exact in a store
    "CREATE TABLE places (id INT PRIMARY KEY, at POINT NOT NULL, at_text TEXT GENERATED ALWAYS AS (CONCAT(id, '!')) STORED,"
    " made DATETIME(6), amount DECIMAL(40,2), hidden INT INVISIBLE)",
    "INSERT INTO places (id, at, made, amount) VALUES (1, POINT(1, 2), '2024-01-31 12:00:00.123456', 1.50)",
    "CREATE TABLE visits (id INT PRIMARY KEY AUTO_INCREMENT, place_id INT, FOREIGN KEY (place_id) REFERENCES places (id))",
    "INSERT INTO visits (place_id) VALUES (1), (1), (NULL)",
    # self references, link tables, two foreign keys to one table, composite and cyclic ones, one row to one
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20), manager_id INT, FOREIGN KEY (manager_id) REFERENCES people (id))",
    "INSERT INTO people VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2)",
    "CREATE TABLE profiles (person_id INT PRIMARY KEY, bio TEXT, FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE)",
    "INSERT INTO profiles VALUES (1, 'x')",
    "CREATE TABLE friends (a_id INT, b_id INT, PRIMARY KEY (a_id, b_id), FOREIGN KEY (a_id) REFERENCES people (id),"
    " FOREIGN KEY (b_id) REFERENCES people (id))",
    "INSERT INTO friends VALUES (1, 2), (2, 3), (3, 1)",
    "CREATE TABLE tags (code VARCHAR(10) PRIMARY KEY, label TEXT)",
    "INSERT INTO tags VALUES ('red', 'Red'), ('blue', 'Blue')",
    "CREATE TABLE people_tags (person_id INT, tag_code VARCHAR(10), PRIMARY KEY (person_id, tag_code),"
    " FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE, FOREIGN KEY (tag_code) REFERENCES tags (code) ON UPDATE CASCADE)",
    "INSERT INTO people_tags VALUES (1, 'red'), (1, 'blue'), (2, 'red')",
    "CREATE TABLE messages (id INT PRIMARY KEY, sender_id INT, recipient_id INT, FOREIGN KEY (sender_id) REFERENCES people (id),"
    " FOREIGN KEY (recipient_id) REFERENCES people (id))",
    "INSERT INTO messages VALUES (1, 1, 2), (2, 2, 3)",
    "CREATE TABLE rooms (house INT, number INT, PRIMARY KEY (house, number))",
    "INSERT INTO rooms VALUES (1, 1), (1, 2)",
    "CREATE TABLE beds (id INT PRIMARY KEY, number INT, house INT, FOREIGN KEY (house, number) REFERENCES rooms (house, number))",
    "INSERT INTO beds VALUES (1, 2, 1), (2, 2, 1)",
    "CREATE TABLE teams (id INT PRIMARY KEY, captain_id INT)",
    "CREATE TABLE players (id INT PRIMARY KEY, team_id INT, FOREIGN KEY (team_id) REFERENCES teams (id))",
    "INSERT INTO teams VALUES (1, 1)",
    "INSERT INTO players VALUES (1, 1), (2, 1)",
    "ALTER TABLE teams ADD FOREIGN KEY (captain_id) REFERENCES players (id)",
    # more rows than an array should have
    "CREATE TABLE kinds (id INT PRIMARY KEY)",
    "INSERT INTO kinds VALUES (1)",
    "CREATE TABLE things (id INT PRIMARY KEY AUTO_INCREMENT, kind_id INT, FOREIGN KEY (kind_id) REFERENCES kinds (id))",
    "INSERT INTO things (kind_id) VALUES " + ", ".join(["(1)"] * 200),
]


def uri(world):
    return f"mysql://root@{world.host}:{world.port}/{world.database}"


def init(world, *arguments, code=0):
    return world.syncline("init", uri(world), "--mongodb", world.mongodb_uri, "--redis", world.redis_uri, *arguments, code=code)


def test_a_hostile_schema_becomes_a_pipeline_that_runs_and_verifies(world):
    world.sql(*HOSTILE, "ANALYZE TABLE kinds, things")
    if world.role == "mariadb":
        world.sql("CREATE TABLE Clash (id INT PRIMARY KEY)", "INSERT INTO Clash VALUES (5)",
                  "CREATE TABLE addresses (id INT PRIMARY KEY, ip INET6)", "CREATE SEQUENCE numbers")
    answer = json.loads(init(world, "--name", world.name, "--json").stdout)
    documents = {entry["table"]: entry for entry in answer["documents"]}
    left_out = {entry["table"]: entry["reason"] for entry in answer["left_out"]}

    assert "is a view" in left_out["v"]
    assert "no primary key" in left_out["no_key"]
    assert "engine MyISAM" in left_out["myisam"]
    assert "type float" in left_out["float_key"]
    assert "prefix" in left_out["prefix_key"]
    assert "deletes its own rows by cascade" in left_out["endless"]
    if world.role == "mariadb":
        assert "SEQUENCE" in left_out.pop("numbers")
        assert documents["addresses"]["notes"] == ["ip: left out, type inet6 is not supported yet"]
        assert documents["Clash"]["name"] != documents["clash"]["name"]
    assert len(left_out) == 6

    assert documents["people"]["embedded"] == ["manager", "friends", "friends.b", "messages", "messages.recipient", "people",
                                               "tags", "tags.tag", "profile"]
    assert documents["beds"]["embedded"] == ["room"]
    assert documents["rooms"]["embedded"] == ["beds"]
    assert documents["teams"]["embedded"] == ["captain", "players"]
    assert documents["kinds"]["embedded"] == []
    assert documents["syncline_of_theirs"]["name"] == "t_syncline_of_theirs"
    notes = " ".join(documents["places"]["notes"])
    assert "at: left out, type point" in notes and "made: text in MongoDB" in notes
    assert "amount: text in MongoDB" in notes and "hidden: invisible" in notes

    text = world.file.read_text()
    assert "about 200 rows of things to each row of kinds" in text
    assert "rows of messages are embedded by sender_id already" in text.replace("\n      #", "")
    for reason in left_out.values():
        assert reason.split(";")[0] in text.replace("\n  #    ", "")

    world.follow()
    world.assert_right()
    assert world.mongo("places").find_one({"_id": 1}, {"_revision": 0})["visits"] == [{"id": 1, "place_id": 1}, {"id": 2, "place_id": 1}]
    assert world.mongo(documents["größe/日本"]["name"]).find_one({"_id": 7})["revision"] == 8


def test_what_is_commented_out_works_when_taken(world):
    world.sql("CREATE TABLE kinds (id INT PRIMARY KEY)", "INSERT INTO kinds VALUES (1)",
              "CREATE TABLE things (id INT PRIMARY KEY AUTO_INCREMENT, kind_id INT, FOREIGN KEY (kind_id) REFERENCES kinds (id))",
              "INSERT INTO things (kind_id) VALUES " + ", ".join(["(1)"] * 200), "ANALYZE TABLE kinds, things")
    init(world, "--name", world.name)
    text = world.file.read_text()
    lines = [line.replace("# ", "", 1) if "embed:" in line or "things: {" in line else line for line in text.splitlines()]
    world.file.write_text("\n".join(lines))
    assert yaml.safe_load(world.file.read_text())["documents"]["kinds"]["embed"]["things"]["link"] == "kind_id"
    world.follow()
    assert len(world.mongo("kinds").find_one({"_id": 1})["things"]) == 200
    world.syncline("verify")


def test_a_file_is_kept_unless_forced_and_a_dash_prints(world):
    world.sql("CREATE TABLE t (id INT PRIMARY KEY)")
    world.file.write_text("precious")
    assert "exists already" in init(world, code=2).stderr
    assert world.file.read_text() == "precious"
    init(world, "--force")
    written = world.file.read_text()
    assert list(yaml.safe_load(written)["documents"]) == ["t"]
    printed = subprocess.run([world.program, "init", uri(world), "--mongodb", world.mongodb_uri, "--redis", world.redis_uri, "-f", "-"],
                             capture_output=True, text=True, cwd=world.folder, check=True)
    assert printed.stdout == written


def test_passwords_come_from_a_file_or_the_environment_never_from_argv(world, monkeypatch):
    world.sql("CREATE TABLE t (id INT PRIMARY KEY)", f"CREATE USER '{world.name}'@'%' IDENTIFIED BY 'sesame'",
              f"GRANT SELECT ON {world.database}.* TO '{world.name}'@'%'")
    try:
        def address(password):
            return f"mysql://{world.name}{password}@{world.host}:{world.port}/{world.database}"
        refused = world.syncline("init", address(":sesame"), code=2)
        assert "--password-file" in refused.stderr and "sesame" not in refused.stderr
        (world.folder / "secret").write_text("sesame\n")
        world.syncline("init", address(""), "--password-file", "secret")
        assert yaml.safe_load(world.file.read_text())["source"]["password_file"] == str(world.folder / "secret")
        monkeypatch.setenv("SESAME", "sesame")
        world.syncline("init", address(":${SESAME}"), "--force")
        assert "sesame" not in world.file.read_text()
        assert "access denied" in world.syncline("init", address(""), "--force", code=2).stderr
    finally:
        world.sql(f"DROP USER '{world.name}'@'%'")


def test_a_database_without_documents_is_refused_with_the_reason(world):
    world.sql("CREATE TABLE no_key (id INT)")
    refused = init(world, code=2)
    assert "no_key" in refused.stderr and "primary key" in refused.stderr
    assert not world.file.exists()
