"""Servers and engines that die, freeze, come back, or are started twice."""
import time

from conftest import eventually, servers

FLAT = ("CREATE TABLE things (id INT PRIMARY KEY AUTO_INCREMENT, n INT NOT NULL)",
        "INSERT INTO things (n) VALUES (1), (2), (3), (4), (5), (6), (7), (8)")


def start(world, *arguments):
    world.sql(*FLAT)
    world.pipeline({"things": None})
    return world.follow(*arguments)


def in_mongodb(world, n):
    return lambda: (world.mongo("things").find_one(1) or {}).get("n") == n


def in_redis(world, n):
    return lambda: world.redis.hget("things:1", "n") == str(n).encode()


def test_while_redis_is_away_mongodb_goes_on_and_redis_catches_up(world):
    start(world)
    servers("kill", "redis")
    try:
        world.sql("UPDATE things SET n = 100 WHERE id = 1", "DELETE FROM things WHERE id = 2")
        eventually(in_mongodb(world, 100))  # during the outage
        eventually(lambda: world.mongo("things").find_one(2) is None)
        status = eventually(lambda: [t for t in world.json("status")["status"]["targets"] if not t["is_up"]])
        assert [t["target"] for t in status] == ["redis"]
    finally:
        servers("start", "redis")
    eventually(in_redis(world, 100))
    world.assert_right()


def test_while_mongodb_is_away_redis_goes_on_and_mongodb_catches_up(world):
    start(world)
    servers("kill", "mongodb")
    try:
        world.sql("UPDATE things SET n = 100 WHERE id = 1")
        eventually(in_redis(world, 100))  # during the outage
        done = world.syncline("wait", "--timeout", "2s", code=4)
        assert "mongodb" in done.stdout
    finally:
        servers("start", "mongodb")
    eventually(in_mongodb(world, 100), seconds=60)
    world.assert_right()


def test_a_store_that_is_away_at_the_start_is_loaded_when_it_comes(world):
    servers("kill", "redis")
    try:
        world.sql(*FLAT)
        world.pipeline({"things": None})
        world.engine()
        eventually(in_mongodb(world, 1), seconds=60)
    finally:
        servers("start", "redis")
    eventually(in_redis(world, 1), seconds=60)
    world.assert_right()


def test_mysql_going_away_and_coming_back_stops_nothing(world):
    engine = start(world)
    servers("kill", world.role)
    time.sleep(2)
    servers("start", world.role)
    world.sql("UPDATE things SET n = 100 WHERE id = 1")
    eventually(in_redis(world, 100), seconds=60)
    assert engine.is_running()
    world.assert_right()


def test_a_second_copy_stands_by_and_takes_over_when_the_first_is_killed(world):
    first = start(world)
    second = world.engine()
    eventually(lambda: "stand" in second.text())
    first.kill()
    killed = time.monotonic()
    world.sql("UPDATE things SET n = 100 WHERE id = 1")
    eventually(in_redis(world, 100), seconds=30)
    assert time.monotonic() - killed < 20
    world.assert_right()


def test_a_frozen_engine_is_replaced_and_does_no_harm_when_it_thaws(world):
    first = start(world)
    second = world.engine()
    eventually(lambda: "stand" in second.text())
    first.freeze()
    world.sql("UPDATE things SET n = 100 WHERE id = 1", "DELETE FROM things WHERE id = 2")
    eventually(in_redis(world, 100), seconds=40)
    first.thaw()
    for n in range(101, 120):
        world.sql(f"UPDATE things SET n = {n} WHERE id = 1")
        time.sleep(0.05)
    world.assert_right()
    assert second.stop() == 0
    world.sql("UPDATE things SET n = 200 WHERE id = 1")  # the thawed one leads again, after standing by
    eventually(in_redis(world, 200), seconds=40)


def test_a_clean_stop_takes_seconds_and_the_next_start_loads_nothing_again(world):
    engine = start(world)
    begun = time.monotonic()
    assert engine.stop() == 0
    assert time.monotonic() - begun < 5
    revision = world.mongo("things").find_one(1)["_revision"]
    start_again = world.engine()
    world.sql("UPDATE things SET n = 100 WHERE id = 2")
    world.assert_right()
    assert start_again.is_running()
    assert world.mongo("things").find_one(1)["_revision"] == revision


def test_a_killed_snapshot_goes_on_where_it_stopped(world):
    world.sql("CREATE TABLE things (id INT PRIMARY KEY, text VARCHAR(100) NOT NULL)")
    for begin in range(0, 60000, 10000):
        world.sql("INSERT INTO things VALUES " + ", ".join(f"({i}, 'row {i}')" for i in range(begin, begin + 10000)))
    world.pipeline({"things": None}, options={"snapshot.chunk_documents": 1000, "snapshot.workers": 2})
    loading = world.engine("snapshot")
    done = f"SELECT COUNT(*) FROM syncline_{world.name}.chunks WHERE target = 'redis' AND is_done"
    eventually(lambda: "chunks" in [t[0] for t in world.sql(
        f"SELECT table_name FROM information_schema.tables WHERE table_schema = 'syncline_{world.name}'")])
    eventually(lambda: world.sql(done)[0][0] >= 5, pause=0.01)
    loading.kill()
    finished = world.sql(done)[0][0]
    assert 5 <= finished < 60
    report = world.json("snapshot")
    assert report["is_complete"]
    assert report["chunks_resumed"] >= finished
    assert report["documents"] <= 60000 - finished * 1000  # nothing that was finished is read again
    world.syncline("verify")
    assert world.check() == []
