"""Bad input: every message names the thing, the cause and the cure. Whole messages are compared."""
import pytest
from conftest import eventually, servers


def message(world, *arguments, code=2):
    """What the program says on stderr: its last line, without the word before it."""
    lines = world.syncline(*arguments, code=code).stderr.strip().splitlines()
    return lines[-1].removeprefix("error: ").replace(f"{world.file}", "pipeline.yaml").replace(
        f"{world.host}:{world.port}", "HOST").replace(world.database, "DB")


def text(world, old, new):
    """Changes the pipeline file as text."""
    content = world.file.read_text()
    assert old in content
    world.file.write_text(content.replace(old, new))


@pytest.fixture
def people(world):
    world.sql("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), boss INT, INDEX (boss))",
              "CREATE TABLE notes (person INT, text VARCHAR(40))",
              "CREATE TABLE linked (id INT PRIMARY KEY, person INT)",
              "CREATE TABLE shapes (id INT PRIMARY KEY, place POINT)",
              "CREATE VIEW seen AS SELECT * FROM people",
              "INSERT INTO people VALUES (1, 'Ada', NULL)")
    world.pipeline({"people": None})
    return world


def test_wrong_password(people):
    text(people, "root@", "nobody:wrong@")
    assert message(people, "run") == (
        "cannot connect to mysql://nobody@HOST/DB: access denied (1045); check source.uri and source.password_file")


def test_unknown_host(people):
    text(people, f"{people.host}:{people.port}", "no.such.host.invalid:3306")
    assert message(people, "run") == (
        "cannot connect to mysql://root@no.such.host.invalid:3306/DB: unknown host (2005); check the host in source.uri")


def test_missing_database(people):
    text(people, f"/{people.database}", "/nothing_here")
    assert message(people, "run") == (
        "cannot connect to mysql://root@HOST/nothing_here: Unknown database 'nothing_here' (1049);"
        " check the database name in source.uri")


def test_missing_pipeline_file(people):
    people.file.unlink()
    assert message(people, "run") == "cannot read pipeline.yaml: No such file or directory; name the pipeline file with -f"


def nested(levels):
    node = {"table": "people", "key": "boss"}
    for _ in range(levels):
        node = {"table": "people", "key": "boss", "embed": {"boss": node}}
    return node


@pytest.mark.parametrize("documents, expected", [
    ({"people": {"wher": "id > 1"}},
     'pipeline.yaml:6:5: unknown key "wher" in documents.people; did you mean "where"?'),
    ({"peple": None},
     'pipeline.yaml:5:3: peple: there is no table "peple" in database DB; did you mean "people"?'),
    ({"notes": None},
     "pipeline.yaml:5:3: notes: table notes has no primary key: its rows have no address; add a primary key"),
    ({"seen": None},
     "pipeline.yaml:5:3: seen: seen is a view, and a view's changes cannot be captured; use the tables that it reads"),
    ({"people": {"embed": {"linked": {"table": "linked", "link": "person"}}}},
     "pipeline.yaml:7:7: people.linked: no index of linked begins with person: reading one document would scan the table;"
     " CREATE INDEX person ON linked (person)"),
    ({"people": {"embed": {"boss": {"table": "people", "key": "bos"}}}},
     'pipeline.yaml:7:7: people.boss: table people has no column "bos"; did you mean "boss"?'),
    ({"people": {"embed": {"boss": nested(10)}}},
     "pipeline.yaml:39:39: documents.people.embed.boss" + ".embed.boss" * 8 + " is more than 8 levels deep; remove the deepest levels"),
    ({"shapes": None},
     "pipeline.yaml:5:3: shapes: column shapes.place is of type point, which is not supported yet;"
     " list under fields: what you want, without it"),
    ({"people": {"fields": [{"age": "NOW()"}]}},
     'pipeline.yaml:7:7: people: field "age": it uses NOW; a document must depend on its rows alone'),
])
def test_a_definition_that_cannot_work(people, documents, expected):
    people.pipeline(documents)
    assert message(people, "run") == expected


@pytest.mark.parametrize("changes, expected", [
    ({"options": {"snapshot.chunk_documents": "many"}},
     'pipeline.yaml:12:3: snapshot.chunk_documents: "many" is no whole number; write for example 5000'),
    ({"options": {"snapshot.chunk_docs": 5}},
     'pipeline.yaml:12:3: there is no option "snapshot.chunk_docs"; did you mean "snapshot.chunk_documents"?'),
    ({"options": {"age_fence": "5 parsecs"}},
     'pipeline.yaml:12:3: age_fence: "5 parsecs" has an unknown unit; known are d, h, m, s, ms; write for example 200ms, 60s or 1h'),
    ({"transport": "kafka"}, "pipeline.yaml:11:1: transport kafka is not there yet; use direct"),
    ({"targets": {}}, "pipeline.yaml:6:1: targets is empty; name mongodb, redis or both"),
])
def test_a_setting_that_cannot_work(people, changes, expected):
    people.pipeline({"people": None}, **changes)
    assert message(people, "run") == expected


def test_a_document_type_that_stands_twice(people):
    text(people, "  people: null", "  people: null\n  people: null")
    assert message(people, "run") == (
        'pipeline.yaml:6:3: key "people" stands here a second time in documents; remove one of the two')


def test_a_command_that_does_not_exist(people):
    assert message(people, "verfy") == "no command 'verfy'; did you mean 'verify'?; try syncline --help"


def test_a_missing_privilege_comes_with_the_sql_for_a_dba(people):
    user = f"u{people.name}"[-30:]
    people.sql(f"CREATE USER {user} IDENTIFIED BY 'secret'", f"GRANT SELECT ON {people.database}.* TO {user}")
    try:
        text(people, "root@", f"{user}:secret@")
        done = people.syncline("run", code=2)
        words = done.stderr.replace(f"{people.host}:{people.port}", "HOST").replace(user, "USER").replace(people.database, "DB")
        assert "cannot install capture: mysql://USER@HOST/DB: Access denied for user 'USER'@'%'" in words
        assert "or let `syncline capture install` run with an account that may (source.installer), or a DBA run this:" in words
        assert "TRIGGER IF NOT EXISTS" in words and "secret" not in done.stderr
        # What it prints is what a DBA needs: run it, and the account needs no more than DML.
        script = words[words.index("DELIMITER //"):]
        assert script.count("//") > 10
    finally:
        people.sql(f"DROP USER {user}")


def test_a_collection_that_is_not_ours_is_refused_and_adopted_only_on_request(people):
    people.mongo("people").insert_one({"_id": 1, "name": "somebody else's"})
    assert message(people, "snapshot", code=1).endswith(
        ".people has documents, but no state record; stop whoever writes to it, then run again with --adopt to take it over,"
        " or name another database in targets.mongodb.uri")
    assert people.mongo("people").find_one(1)["name"] == "somebody else's"
    people.syncline("snapshot", "--adopt")
    assert people.mongo("people").find_one(1)["name"] == "Ada"


def test_a_document_over_15_mib_is_owed_and_others_flow(people):
    people.sql("CREATE TABLE big (id INT PRIMARY KEY, body LONGTEXT)", "INSERT INTO big VALUES (1, 'small')",
               "INSERT INTO big VALUES (2, REPEAT('x', 16 * 1024 * 1024 - 100000))")
    people.pipeline({"big": None})
    people.engine()
    eventually(lambda: people.mongo("big").find_one(1), seconds=60)
    owed = eventually(lambda: [line for line in people.syncline("wait", "--timeout", "1s", code=4).stdout.splitlines() if "owed" in line],
                      seconds=60)
    assert owed[0].startswith("  mongodb is owed big 2: big 2: it has 16,677,")
    assert owed[0].endswith("embed less in it, or raise options.document_bytes_max (MongoDB's limit is 16 MiB)")
    people.syncline("verify", code=4)
    people.sql("UPDATE big SET body = 'small now' WHERE id = 2")
    people.assert_right()


def test_a_unique_index_in_the_way_is_owed_and_resolves_when_it_goes(people):
    people.sql("INSERT INTO people VALUES (2, 'Ada', NULL)")
    people.mongo("people").create_index("name", unique=True)
    people.engine()
    eventually(lambda: people.mongo("people").count_documents({}) == 1, seconds=60)
    owed = eventually(lambda: [line for line in people.syncline("wait", "--timeout", "1s", code=4).stdout.splitlines() if "owed" in line],
                      seconds=60)
    assert "the unique index name_1 of the collection has its value already" in owed[0]
    people.sql("UPDATE people SET name = 'Bo' WHERE id = 2")
    people.assert_right()


def test_servers_restarted_in_mid_batch_lose_nothing(people):
    people.follow()
    for role in ("redis", "mongodb", people.role):
        people.sql("INSERT INTO people (id, name) VALUES " + ", ".join(f"({i}, 'x')" for i in range(10, 3000)),
                   "UPDATE people SET name = 'y'")
        servers("kill", role)
        servers("start", role)
        people.sql("DELETE FROM people WHERE id >= 10")
    people.assert_right(timeout="2m")
