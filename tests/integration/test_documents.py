"""What becomes of rows: shapes, definitions that change, odd keys, and real data."""
import subprocess
import sys

import pytest
from conftest import TREE, World

STAFF = (
    "CREATE TABLE offices (code CHAR(3) PRIMARY KEY, city VARCHAR(40) NOT NULL)",
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), office CHAR(3), hired DATE, INDEX (office))",
    "CREATE TABLE skills (person INT NOT NULL, skill VARCHAR(30) NOT NULL, level TINYINT, PRIMARY KEY (person, skill))",
    "INSERT INTO offices VALUES ('BER', 'Berlin'), ('OSL', 'Oslo')",
    "INSERT INTO people VALUES (1, 'Ada', 'BER', '2020-01-02'), (2, 'Bo', NULL, NULL), (3, 'Cy', 'XXX', '2024-02-29')",
    "INSERT INTO skills VALUES (1, 'sql', 9), (1, 'chess', 2), (3, 'C++', 7)",
)
PEOPLE = {"people": {"fields": ["*", {"initial": "LEFT(name, 1)"}],
                     "embed": {"site": {"table": "offices", "key": "office"},
                               "skills": {"table": "skills", "link": "person", "order_by": "level desc"}}}}


def test_a_change_to_any_embedded_row_link_or_reference_reaches_every_document(world):
    world.sql(*STAFF)
    world.sql("ALTER TABLE people RENAME COLUMN office TO place")
    definition = {"people": {"embed": {**PEOPLE["people"]["embed"], "office": {"table": "offices", "key": "place"},
                                       "site": {"table": "offices", "key": "place", "fields": ["city"]}}}}
    world.pipeline(definition | {"offices": {"embed": {"people": {"table": "people", "link": "place", "embed": {
        "skills": {"table": "skills", "link": "person"}}}}}})
    world.follow()
    for statement in (
            "UPDATE offices SET city = 'Bergen' WHERE code = 'OSL'",
            "UPDATE people SET place = 'OSL' WHERE id = 1",  # to-one link changed
            "UPDATE skills SET person = 2 WHERE person = 1 AND skill = 'sql'",  # child moved
            "UPDATE skills SET level = 1 WHERE skill = 'C++'",
            "DELETE FROM skills WHERE skill = 'chess'",
            "INSERT INTO offices VALUES ('XXX', 'Found')",  # child before parent
            "UPDATE people SET id = 30 WHERE id = 3",  # key moved
            "DELETE FROM offices WHERE code = 'BER'",
            "REPLACE INTO people VALUES (2, 'Bob', 'OSL', NULL)",
            "INSERT INTO skills VALUES (2, 'sql', 5) ON DUPLICATE KEY UPDATE level = 5"):
        world.sql(statement)
        world.syncline("wait")
        assert world.check() == [], statement
    world.syncline("verify")


def test_a_changed_definition_loads_what_it_concerns_again(world):
    world.sql(*STAFF)
    world.pipeline(PEOPLE | {"offices": None})
    engine = world.follow()
    untouched = world.mongo("offices").find_one("BER")["_revision"]
    engine.stop()
    world.pipeline({"people": {"fields": ["id", "name"], "where": "hired IS NOT NULL"}, "offices": None})
    world.follow()
    world.assert_right()
    assert world.mongo("people").find_one(2) is None
    assert set(world.mongo("people").find_one(1)) == {"_id", "_revision", "id", "name"}
    assert world.mongo("offices").find_one("BER")["_revision"] == untouched


def test_redis_entries_as_json_strings(world):
    world.sql(*STAFF)
    world.pipeline(PEOPLE, targets={"redis": {"uri": world.redis_uri, "as": "json", "key": "hr:{document}:{key}"}})
    world.follow()
    world.sql("UPDATE skills SET level = 4 WHERE skill = 'sql'")
    world.assert_right()
    assert world.redis.get("hr:people:1").startswith(b'{"_revision":')


def test_keys_that_differ_only_by_case_and_keys_with_odd_characters(world):
    world.sql("CREATE TABLE tags (name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, n INT, PRIMARY KEY (name))",
              "CREATE TABLE words (word VARCHAR(40) PRIMARY KEY, n INT)")
    odd = ["a", "A", "a:b", "{x}", "50%", "*", "[z]", "new\nline", "back\\slash", "pi|pe", "ümlaut", "😀"]
    with world.admin.cursor() as cursor:
        cursor.executemany("INSERT INTO tags VALUES (%s, 1)", [(k,) for k in odd])
        cursor.execute("INSERT INTO words VALUES ('abc', 1)")
    world.pipeline({"tags": None, "words": None})
    world.follow()
    world.assert_right()
    world.sql("UPDATE tags SET n = 2", "UPDATE words SET word = 'ABC'", "DELETE FROM tags WHERE name = 'A'")
    world.assert_right()
    assert [r["_id"] for r in world.mongo("words").find()] == ["ABC"]


def test_an_empty_table_is_loaded_and_followed(world):
    world.sql("CREATE TABLE things (id INT PRIMARY KEY)")
    world.pipeline({"things": None})
    world.follow()
    world.sql("INSERT INTO things VALUES (7)")
    world.assert_right()
    assert world.mongo("things").count_documents({}) == 1


def test_capture_is_installed_twice_without_harm_and_removed_without_a_trace(world):
    world.sql(*STAFF)
    world.pipeline(PEOPLE)
    world.syncline("capture", "install")
    world.syncline("capture", "install")
    status = world.json("capture", "status")
    assert status["complete"] and {t["table"] for t in status["tables"]} == {"people", "offices", "skills"}
    world.syncline("capture", "remove")
    assert world.sql(f"SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = '{world.database}'")[0][0] == 0
    assert world.sql(f"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = 'syncline_{world.name}'")[0][0] == 0
    world.syncline("capture", "status", code=4)


@pytest.fixture
def debian(source, tmp_path):
    world = World(source, tmp_path)
    world.sql(f"DROP DATABASE {world.database}")
    catalogue = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=True).stdout
    # The whole catalogue once, a part of it on the second server.
    limit = [] if source == "mysql" else ["--limit", "8000"]
    subprocess.run([sys.executable, TREE / "examples/debian_packages/load.py", "--host", world.host, "--port", str(world.port),
                    "--database", world.database, *limit], input=catalogue, check=True, timeout=240)
    world.admin.select_db(world.database)
    yield world
    world.close()


def test_the_debian_package_catalogue_is_loaded_changed_and_verified(debian):
    world = debian
    world.example("examples/debian_packages/pipeline.yaml")
    world.follow()
    busiest = world.sql("SELECT maintainer_id, COUNT(*) FROM packages GROUP BY 1 ORDER BY 2 DESC LIMIT 1")[0][0]
    first = world.sql("SELECT name FROM packages ORDER BY name LIMIT 1")[0][0]
    world.sql(f"UPDATE maintainers SET name = 'Somebody Else' WHERE maintainer_id = {busiest}",  # wide: thousands of packages
              "UPDATE sections SET name = 'toys' WHERE name = 'games'",
              "UPDATE versions SET size = size + 1 WHERE package LIKE 'lib%'",
              f"DELETE FROM packages WHERE name = '{first}'")  # cascades
    world.assert_right(timeout="3m")
    assert world.mongo("packages").find_one(first) is None
