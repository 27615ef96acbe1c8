"""Stores that lose what they acknowledged, and a MySQL that went back in time: noticed, said, loaded again or stopped with the cure."""
import socket
import subprocess
import threading
import time

import pytest
import redis
from conftest import TREE, eventually, servers

FLAT = ("CREATE TABLE things (id INT PRIMARY KEY AUTO_INCREMENT, n INT NOT NULL)",
        "INSERT INTO things (n) VALUES " + ", ".join(f"({n})" for n in range(1, 41)))
LOST = "lost what it had acknowledged"


@pytest.fixture(params=["mysql"])
def source(request):
    return request.param


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A Redis server of the test's own, without persistence unless told."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        folder.mkdir(exist_ok=True)
        self.start()

    def start(self):
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
                                             "--save", "", "--appendonly", "no"], stdout=log, stderr=log)
        self.client = redis.Redis(port=self.port)
        eventually(self.answers, pause=0.02)

    def answers(self):
        try:
            return self.client.ping()
        except redis.exceptions.RedisError:  # not yet, or still loading
            return False

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def state(self):
        """The state record of `things`."""
        record = self.client.hgetall("syncline:state:things:{key}")
        return {name.decode(): text.decode() for name, text in record.items()}


class Forwarder:
    """An address that stays while the server behind it changes."""

    def __init__(self, to):
        self.to, self.pairs = to, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            self.pairs += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    def pump(self, one, other):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            end.close()

    def switch(self, to):
        """From now on another server; what was connected is cut off."""
        self.to = to
        pairs, self.pairs = self.pairs, []
        for end in pairs:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        self.switch(0)


class Traffic:
    """Updates from another connection for as long as it lives."""

    def __init__(self, world):
        self.world, self.running, self.count = world, True, 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        connection = self.world.connect()
        with connection.cursor() as cursor:
            while self.running:
                self.count += 1
                cursor.execute(f"UPDATE things SET n = n + 1 WHERE id = {self.count % 40 + 1}")
                time.sleep(0.005)
        connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()


@pytest.fixture
def own_redis(tmp_path):
    server = Redis(tmp_path / "redis")
    yield server
    server.kill()


def loads_begun(world):
    return world.sql(f"SELECT target, document, first FROM syncline_{world.name}.loads ORDER BY 1, 2")


def started(world, **targets):
    """An engine that has loaded everything, and the loads that it began."""
    world.sql(*FLAT)
    world.pipeline({"things": None}, targets=targets)
    return world.follow(), loads_begun(world)


def with_redis(world, port):
    return started(world, redis={"uri": f"redis://127.0.0.1:{port}/0"})


def assert_noticed(world, engine, target, was_loaded):
    """Said in the log and by status, and loaded again by itself; both judges agree that all is right."""
    eventually(lambda: LOST in engine.text(), seconds=15)
    eventually(lambda: loads_begun(world) != was_loaded and all(first > 0 for _, _, first in loads_begun(world)), seconds=20)
    world.assert_right()
    status = eventually(lambda: [t for t in world.json("status")["status"]["targets"] if t["lost_at"]], seconds=15)
    assert [t["target"] for t in status] == [target]
    assert f"{LOST} (noticed at {status[0]['lost_at']})" in world.syncline("status").stdout
    assert engine.text().count(LOST) == 1
    # Once: nothing is loaded a second time.
    begun = loads_begun(world)
    world.sql("UPDATE things SET n = n + 1 WHERE id = 3")
    world.assert_right()
    time.sleep(2.5)
    assert loads_begun(world) == begun


def test_redis_restarted_without_persistence_is_loaded_again(world, own_redis):
    engine, loaded = with_redis(world, own_redis.port)
    own_redis.kill()
    own_redis.start()
    assert_noticed(world, engine, "redis", loaded)


def test_a_flush_is_noticed_within_seconds_though_nothing_changes(world, own_redis):
    engine, loaded = with_redis(world, own_redis.port)
    own_redis.client.flushall()
    begun = time.monotonic()
    eventually(lambda: LOST in engine.text(), seconds=15)
    assert time.monotonic() - begun < 5
    assert_noticed(world, engine, "redis", loaded)


def test_a_flush_is_noticed_by_the_next_write_under_traffic(world, own_redis):
    engine, loaded = with_redis(world, own_redis.port)
    with Traffic(world):
        time.sleep(0.5)
        own_redis.client.flushall()
        begun = time.monotonic()
        eventually(lambda: LOST in engine.text(), seconds=15, pause=0.02)
        assert time.monotonic() - begun < 2
        time.sleep(0.5)
    assert_noticed(world, engine, "redis", loaded)


def test_a_flush_while_no_engine_ran_is_noticed_by_whoever_comes_first(world, own_redis):
    engine, loaded = with_redis(world, own_redis.port)
    assert engine.stop() == 0
    own_redis.client.flushall()
    done = world.syncline("verify", code=4)  # not a fault: it is to be loaded again
    assert LOST in done.stderr
    assert all(first == 0 for _, _, first in loads_begun(world))
    engine = world.follow()
    assert loads_begun(world) != loaded
    assert LOST not in engine.text()  # said already
    world.assert_right()
    assert [t["target"] for t in world.json("status")["status"]["targets"] if t["lost_at"]] == ["redis"]


def test_a_replica_promoted_without_the_last_acknowledged_writes_is_loaded_again(world, own_redis, tmp_path):
    replica = Redis(tmp_path / "replica")
    forwarder = Forwarder(own_redis.port)
    try:
        engine, loaded = with_redis(world, forwarder.port)
        replica.client.replicaof("127.0.0.1", own_redis.port)
        eventually(lambda: replica.client.info("replication").get("master_link_status") == "up")
        eventually(lambda: replica.state() == own_redis.state())
        replica.client.replicaof("NO", "ONE")  # the link breaks
        world.sql("UPDATE things SET n = 1000 WHERE id = 1", "DELETE FROM things WHERE id = 2")
        eventually(lambda: own_redis.client.hget("things:1", "n") == b"1000" and not own_redis.client.exists("things:2"))
        world.syncline("wait")  # settled: the change log has forgotten them
        assert int(replica.state()["writes"]) < int(own_redis.state()["writes"])
        forwarder.switch(replica.port)
        own_redis.kill()
        assert_noticed(world, engine, "redis", loaded)
        assert replica.client.hget("things:1", "n") == b"1000" and not replica.client.exists("things:2")
    finally:
        forwarder.close()
        replica.kill()


def test_a_copy_of_a_moment_ago_under_traffic_is_loaded_again(world, own_redis):
    engine, loaded = with_redis(world, own_redis.port)
    with Traffic(world):
        time.sleep(0.5)
        own_redis.client.save()
        at_copy = own_redis.state()
        eventually(lambda: int(own_redis.state()["writes"]) > int(at_copy["writes"]) + 20)
        own_redis.kill()
        own_redis.start()  # with the copy
        eventually(lambda: LOST in engine.text(), seconds=15)
        time.sleep(0.5)
    assert_noticed(world, engine, "redis", loaded)


def test_the_counter_sees_a_loss_that_the_revision_does_not_show(world, own_redis):
    """Writes of several workers reach a store in any order: the last one to come, and to be lost, need not have the highest revision.
    Then the state record's revision is as high after the loss as before."""
    engine, loaded = with_redis(world, own_redis.port)
    own_redis.client.save()
    world.sql("UPDATE things SET n = 1000 WHERE id = 1")
    world.assert_right()
    assert engine.stop() == 0
    before = own_redis.state()
    own_redis.kill()
    own_redis.start()  # with the copy
    own_redis.client.hset("syncline:state:things:{key}", "revision", before["revision"])
    after = own_redis.state()
    assert own_redis.client.hget("things:1", "n") == b"1"
    assert after | {"writes": before["writes"]} == before  # the counter is all that differs
    assert int(after["writes"]) < int(before["writes"])
    assert_noticed(world, world.engine(), "redis", loaded)


def collections(world):
    database = world.mongodb.get_default_database()
    return {name: list(database[name].find()) for name in database.list_collection_names()}


def put_back(world, copy):
    database = world.mongodb.get_default_database()
    for name in database.list_collection_names():
        database[name].delete_many({})
        if copy.get(name):
            database[name].insert_many(copy[name])


@pytest.mark.parametrize("during", ["a stop", "standing connections"])
def test_mongodb_put_back_from_a_copy_is_loaded_again(world, during):
    engine, loaded = started(world, mongodb={"uri": world.mongodb_uri})
    world.sql("DELETE FROM things WHERE id = 5")
    world.assert_right()
    copy = collections(world)
    world.sql("UPDATE things SET n = 1000 WHERE id = 1", "DELETE FROM things WHERE id = 2", "INSERT INTO things VALUES (99, 99)")
    world.assert_right()
    if during == "a stop":
        assert engine.stop() == 0
        put_back(world, copy)
        engine = world.engine()
    else:
        engine.freeze()
        put_back(world, copy)
        engine.thaw()
    assert_noticed(world, engine, "mongodb", loaded)


def test_nothing_is_loaded_again_while_nothing_is_lost(world):
    """Engines that are killed and replaced, a store that goes away, a new document type, one that is forgotten on purpose."""
    world.sql(*FLAT, "CREATE TABLE more (id INT PRIMARY KEY)", "INSERT INTO more VALUES (1)")
    world.pipeline({"things": None})
    world.follow()
    world.engine()
    loaded = loads_begun(world)
    with Traffic(world):
        try:
            for _ in range(2):
                time.sleep(0.5)
                gone = world.json("status")["status"]["pid"]
                leader = next(engine for engine in world.engines if engine.process.pid == gone)
                leader.kill()
                world.engine()
                eventually(lambda gone=gone: world.json("status")["status"]["pid"] != gone, seconds=20)
            servers("kill", "redis")
            time.sleep(1)
        finally:
            servers("start", "redis")
    world.assert_right()
    assert loads_begun(world) == loaded
    for engine in world.engines:
        engine.kill()
    world.pipeline({"things": None, "more": None})
    third = world.follow()
    world.assert_right()
    assert [row for row in loads_begun(world) if row[1] == "things"] == list(loaded)
    assert third.stop() == 0
    world.syncline("forget", "more", "--purge")
    fourth = world.follow()
    world.assert_right()
    assert [row for row in loads_begun(world) if row[1] == "things"] == list(loaded)
    assert LOST not in "".join(engine.text() for engine in world.engines)
    assert fourth.is_running()


COMMANDS = (("run",), ("snapshot",), ("stream",), ("verify",), ("verify", "--repair"), ("wait", "--timeout", "5s"),
            ("forget", "things", "--purge"), ("capture", "install"))


def refused_with_the_cure(world, commands=COMMANDS):
    """Each command stops, says why and what to do, and writes to no store."""
    for command in commands:
        done = world.syncline(*command, code=None, timeout=60)
        assert done.returncode in (1, 2), (command, done.returncode, done.stdout, done.stderr)
        assert "--adopt" in done.stderr, (command, done.stderr)


def client(world, program, *arguments, **options):
    command = [program, f"--host={world.host}", f"--port={world.port}", "--user=root", *arguments]
    return subprocess.run(command, check=True, timeout=60, **options)


def dump(world, file, *databases):
    with open(file, "w") as out:
        client(world, "mysqldump", "--single-transaction", "--skip-lock-tables", "--add-drop-database", "--databases", *databases,
               stdout=out)


def put_back_dump(world, file):
    with open(file) as text:
        client(world, "mysql", stdin=text)


def test_mysql_put_back_from_a_backup_stops_everything_until_it_is_adopted(world, tmp_path):
    world.sql(*FLAT)
    world.pipeline({"things": None})
    engine = world.follow()
    dump(world, tmp_path / "backup.sql", world.database, f"syncline_{world.name}")
    world.sql("UPDATE things SET n = 1000 WHERE id = 1", "DELETE FROM things WHERE id = 2", "INSERT INTO things VALUES (99, 99)")
    world.assert_right()
    engine.freeze()  # it must not see the schema come and go
    put_back_dump(world, tmp_path / "backup.sql")
    engine.thaw()
    assert engine.process.wait(30) in (1, 2)
    assert "--adopt" in engine.text()
    # `capture install` and `wait` look at no store: they cannot know, and do no harm.
    refused_with_the_cure(world, [command for command in COMMANDS if command[0] not in ("capture", "wait")])
    world.syncline("wait", "--timeout", "1s", code=4)
    assert world.mongo("things").find_one(1)["n"] == 1000
    engine = world.follow("run", "--adopt")
    world.assert_right()
    assert world.mongo("things").find_one(1)["n"] == 1
    assert world.redis.exists("things:2") and not world.redis.exists("things:99")
    world.sql("UPDATE things SET n = 7 WHERE id = 1")
    world.assert_right()
    assert LOST not in engine.text()


@pytest.mark.parametrize("with_own_schema", [True, False], ids=["with our schema", "without our schema"])
def test_another_mysql_server_stops_everything_until_it_is_adopted(world, tmp_path, with_own_schema):
    world.sql(*FLAT)
    world.pipeline({"things": None})
    engine = world.follow()
    schemas = [world.database] + [f"syncline_{world.name}"] * with_own_schema
    if not with_own_schema:
        assert engine.stop() == 0
        world.syncline("capture", "remove")
    dump(world, tmp_path / "dump.sql", *schemas)
    if with_own_schema:
        assert engine.stop() == 0
    folder, old = tmp_path / "other", world.port
    try:
        subprocess.run([TREE / "dev", "servers", "start", "--dir", folder, "--only", "mysql"], check=True, capture_output=True,
                       timeout=120)
        world.port = int((folder / "mysql/port").read_text())
        world.admin = world.connect(None)
        put_back_dump(world, tmp_path / "dump.sql")
        world.admin.select_db(world.database)
        world.sql("UPDATE things SET n = 1000 WHERE id = 1", "DELETE FROM things WHERE id = 2")
        world.pipeline({"things": None})
        refused_with_the_cure(world, COMMANDS if with_own_schema else (("run",), ("snapshot",)))
        assert world.mongo("things").find_one(1)["n"] == 1
        world.follow("run", "--adopt")
        world.assert_right()
        assert world.mongo("things").find_one(1)["n"] == 1000
        assert world.mongo("things").find_one(2) is None
    finally:
        for running in world.engines:
            if running.is_running():
                running.kill()
        subprocess.run([TREE / "dev", "servers", "stop", "--dir", folder], capture_output=True, timeout=60)
        world.port = old
        world.admin = world.connect(None)
