"""Real servers, the real program, and a database, collections and keys of its own for every test."""
import json
import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pymongo
import pymysql
import pytest
import redis
import yaml

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/checker"))
from check import Check  # noqa: E402

NUMBERS = count(1)


def environment(name):
    """A server's address; a missing one fails the test. ./dev test leaves a server out only when told so, and then unsets it."""
    if name not in os.environ:
        pytest.fail(f"{name} is not set: run the tests by ./dev test integration")
    return os.environ[name]


class Engine:
    """`syncline run` (or another long command) in the background."""

    def __init__(self, world, *arguments):
        self.log = world.folder / f"engine-{next(NUMBERS)}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([world.program, "-f", world.file, *arguments], stdout=log, stderr=log, cwd=world.folder)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self, within=10):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def text(self):
        return self.log.read_text()

    def is_running(self):
        return self.process.poll() is None


class World:
    """A source database with a pipeline file, and everything a test does with them."""

    def __init__(self, source, folder):
        number = f"{os.getpid()}_{next(NUMBERS)}"
        self.folder, self.file = folder, folder / "pipeline.yaml"
        self.program = environment("SYNCLINE_BIN")
        self.role, self.port = source, int(environment(f"{source.upper()}_PORT"))
        self.host = environment(f"{source.upper()}_HOST")
        self.database, self.name = f"t_{number}", f"t_{number}"
        self.mongodb_uri = environment("MONGODB_URI") + f"/t_{number}"
        self.redis_uri = environment("REDIS_URI") + f"/{next(NUMBERS) % 15 + 1}"
        self.mongodb = pymongo.MongoClient(self.mongodb_uri, serverSelectionTimeoutMS=10000)
        self.redis = redis.Redis.from_url(self.redis_uri)
        self.redis.flushdb()
        self.engines = []
        self.admin = self.connect(None)
        self.sql(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4")
        self.admin.select_db(self.database)

    def connect(self, database="", **options):
        """A connection of its own, as an application has it (autocommit)."""
        return pymysql.connect(host=self.host, port=self.port, user=options.pop("user", "root"),
                               password=options.pop("password", ""), charset="utf8mb4", autocommit=True,
                               database=self.database if database == "" else database, **options)

    def reconnect(self):
        """After a restart of the server."""
        try:
            self.admin.ping()
        except pymysql.err.Error:
            self.admin = self.connect(None)
            self.admin.select_db(self.database)

    def sql(self, *statements):
        """Runs statements; the rows of the last one."""
        self.reconnect()
        with self.admin.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def pipeline(self, documents, **changes):
        """Writes the pipeline file. `changes` replace or add top-level entries; None removes one."""
        content = {
            "name": self.name,
            "source": {"uri": f"mysql://root@{self.host}:{self.port}/{self.database}"},
            "documents": documents,
            "targets": {"mongodb": {"uri": self.mongodb_uri}, "redis": {"uri": self.redis_uri}},
        } | changes
        self.file.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}, sort_keys=False))

    def example(self, path):
        """The pipeline of an example, pointed at this test's servers."""
        self.pipeline(yaml.safe_load((TREE / path).read_text())["documents"])

    def syncline(self, *arguments, code=0, timeout=240):
        """Runs the program; asserts its exit code (None: any)."""
        done = subprocess.run([self.program, "-f", self.file, *arguments], capture_output=True, text=True, timeout=timeout,
                              cwd=self.folder)
        assert code is None or done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments, code=0):
        return json.loads(self.syncline("--json", *arguments, code=code).stdout)

    def engine(self, *arguments):
        engine = Engine(self, *(arguments or ("run",)))
        self.engines.append(engine)
        return engine

    def follow(self, *arguments):
        """An engine that has loaded everything."""
        engine = self.engine(*arguments)

        def has_loaded():
            assert engine.is_running(), engine.text()
            return self.syncline("wait", "--timeout", "5s", code=None).returncode == 0

        eventually(has_loaded, seconds=90)
        return engine

    def check(self):
        """The independent checker's differences."""
        check = Check(self.file)
        check.run()
        return check.differences

    def mongo(self, document):
        return self.mongodb.get_default_database()[document]

    def assert_right(self, timeout="60s"):
        """Everything has arrived; the program's verification and the independent checker agree that it is right."""
        self.syncline("wait", "--timeout", timeout)
        self.syncline("verify")
        assert self.check() == []

    def close(self):
        for engine in self.engines:
            if engine.is_running():
                engine.thaw()
                engine.kill()
        for name in (f"syncline_{self.name}", self.database):
            self.sql(f"DROP DATABASE IF EXISTS `{name}`")
        self.mongodb.drop_database(self.mongodb.get_default_database().name)
        self.redis.flushdb()


def eventually(condition, seconds=30, pause=0.1):
    """Waits until the condition holds; fails with its last value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        time.sleep(pause)
    return value


def servers(action, roles):
    """./dev servers ACTION on the servers of this test run: kill, start."""
    subprocess.run([TREE / "dev", "servers", action, "--dir", environment("SYNCLINE_SERVERS_DIR"), "--only", roles], check=True,
                   capture_output=True, timeout=120)


@pytest.fixture(params=["mysql", "mariadb"])
def source(request):
    return request.param


@pytest.fixture
def world(source, tmp_path):
    world = World(source, tmp_path)
    yield world
    world.close()
