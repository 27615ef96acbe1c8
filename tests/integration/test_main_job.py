"""The promise: whatever happens, both stores become right, and are proven right by two judges that share nothing."""
import random
import time

TYPES_TABLE = "CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(50), amount DECIMAL(10,2))"


def revisions(world, document):
    return {r["_id"]: r["_revision"] for r in world.mongo(document).find({}, {"_revision": 1})}


def test_a_row_becomes_a_document_and_an_entry_and_stays_right(world):
    world.sql(TYPES_TABLE, "INSERT INTO things VALUES (1, 'one', 1.50), (2, NULL, NULL)")
    world.pipeline({"things": None})
    world.follow()
    assert world.redis.hgetall("things:1")[b"amount"] == b"1.50"
    assert world.mongo("things").find_one(2)["name"] is None
    world.sql("UPDATE things SET name = 'ONE' WHERE id = 1", "DELETE FROM things WHERE id = 2", "INSERT INTO things VALUES (3, 'three', 3)")
    world.assert_right()
    assert world.mongo("things").find_one(1)["name"] == "ONE"
    assert world.redis.exists("things:2") == 0


def test_kill_9_under_traffic_loses_nothing_and_both_judges_notice_one_spoiled_record(world):
    seed = 7
    dice = random.Random(seed)
    world.example("examples/shop.yaml")
    world.syncline("generate", "--customers", "5000", "--seed", str(seed))
    engine = world.follow()
    before = {d: revisions(world, d) for d in ("customers", "orders", "products")}
    traffic = world.engine("generate", "--traffic", "--rate", "600/s", "--for", "40s", "--connections", "8", "--seed", str(seed))
    for _ in range(20):
        time.sleep(dice.uniform(0.5, 2.2))
        engine.kill()
        engine = world.engine()
    assert traffic.is_running(), "the last kills met no traffic"
    assert traffic.process.wait(120) == 0, traffic.text()
    world.assert_right(timeout="3m")
    changed = sum(len([k for k, r in revisions(world, d).items() if before[d].get(k) != r]) for d in before)
    assert changed >= 10000, f"the traffic changed only {changed} documents: it proves little"

    assert engine.stop() == 0
    spoiled = world.mongo("customers").find_one({}, {"_id": 1})["_id"]
    world.mongo("customers").update_one({"_id": spoiled}, {"$set": {"last_name": "spoiled"}})
    report = world.json("verify", "customers", code=3)
    assert [(f["target"], f["key"]) for f in report["findings"]] == [("mongodb", str(spoiled))]
    assert [(d["store"], d["key"]) for d in world.check()] == [("mongodb", str(spoiled))]
    world.syncline("verify", "--repair")
    assert world.check() == []
