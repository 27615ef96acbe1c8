"""One wrong record in one store: the program and the independent checker, which share nothing, both say which."""
import pytest
from conftest import eventually

PEOPLE = {"people": {"embed": {"site": {"table": "offices", "key": "office"}}}}


@pytest.fixture
def people(world):
    world.sql("CREATE TABLE offices (code CHAR(3) PRIMARY KEY, city VARCHAR(40))",
              "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), office CHAR(3), INDEX (office))",
              "INSERT INTO offices VALUES ('BER', 'Berlin')",
              "INSERT INTO people VALUES " + ", ".join(f"({i}, 'person {i}', 'BER')" for i in range(1, 101)))
    world.pipeline(PEOPLE)
    world.syncline("snapshot")
    world.syncline("verify")
    assert world.check() == []
    return world


def change_content(world, store):
    if store == "mongodb":
        world.mongo("people").update_one({"_id": 7}, {"$set": {"site.city": "Bern"}})
    else:
        world.redis.hset("people:7", "name", "somebody")


def change_type(world, store):
    """The same digits, another type or form."""
    if store == "mongodb":
        world.mongo("people").update_one({"_id": 7}, {"$set": {"id": "7"}})
    else:
        world.redis.hset("people:7", "id", "07")


def add_field(world, store):
    if store == "mongodb":
        world.mongo("people").update_one({"_id": 7}, {"$set": {"more": None}})
    else:
        world.redis.hset("people:7", "more", "")


def delete(world, store):
    if store == "mongodb":
        world.mongo("people").delete_one({"_id": 7})
    else:
        world.redis.delete("people:7")


def insert(world, store):
    if store == "mongodb":
        world.mongo("people").insert_one(world.mongo("people").find_one(1) | {"_id": 7000})
    else:
        world.redis.hset("people:7000", mapping=world.redis.hgetall("people:1"))


def come_from_the_future(world, store):
    if store == "mongodb":
        world.mongo("people").update_one({"_id": 7}, {"$inc": {"_revision": 3600 * 1000000}})
    else:
        world.redis.hincrby("people:7", "_revision", 3600 * 1000000)


@pytest.mark.parametrize("store", ["mongodb", "redis"])
@pytest.mark.parametrize("harm, verdict, key, is_content_wrong", [
    (change_content, "corrupt", "7", True),
    (change_type, "corrupt", "7", True),
    (add_field, "corrupt", "7", True),
    (delete, "missing", "7", True),
    (insert, "extra", "7000", True),
    (come_from_the_future, "future", "7", False),
])
def test_one_wrong_record_is_named_by_both_judges_and_mended(people, store, harm, verdict, key, is_content_wrong):
    harm(people, store)
    report = people.json("verify", code=3)
    assert [(f["target"], f["document"], f["key"], f["verdict"]) for f in report["findings"]] == [(store, "people", key, verdict)]
    named = [(d["store"], d["key"].removeprefix("people:")) for d in people.check()]
    assert named == ([(store, key)] if is_content_wrong else [])
    mended = people.json("verify", "--repair")
    assert (mended["found"]["faults"], mended["found"]["repaired"], mended["after_repair"]["faults"]) == (1, 1, 0)
    assert people.check() == []


def test_a_change_that_no_trigger_saw_is_found_in_both_stores(people):
    people.sql("TRUNCATE offices")
    report = people.json("verify", code=3)
    assert report["faults"] == 200
    assert {f["verdict"] for f in report["findings"]} == {"corrupt"}
    assert len(people.check()) == 200
    people.syncline("verify", "--repair")
    assert people.check() == []


def test_a_foreign_record_is_counted_and_left_alone(people):
    people.mongo("people").insert_one({"_id": "note", "text": "not ours"})
    people.redis.set("people:note", "not ours")
    report = people.json("verify")
    assert [(d["foreign"], d["verdict"]) for d in report["documents"]] == [(1, "verified"), (1, "verified")]
    assert people.mongo("people").find_one("note")["text"] == "not ours"
    assert people.redis.get("people:note") == b"not ours"


def test_the_continuous_verification_of_run_names_a_spoiled_record(people):
    people.pipeline(PEOPLE, options={"verify.interval": "1s"})
    engine = people.engine()
    change_content(people, "redis")
    eventually(lambda: "verification: 1 corrupt of people in redis; `syncline verify --repair` names and mends them" in engine.text(),
               seconds=30)
    verdicts = eventually(lambda: [d for d in people.json("status", code=None)["status"]["documents_by_target"]
                                   if d["verdict"] == "1 fault"], seconds=15)
    assert [(d["document"], d["target"]) for d in verdicts] == [("people", "redis")]
