"""Wall time, CPU and memory of a piece of work: what every part of ./dev bench measures with, and the table that it works on."""
import os
import resource
import subprocess
import time
from pathlib import Path

import pymongo
import pymysql
import redis

ENV, FOLDER, PROGRAM = os.environ, Path(os.environ["SYNCLINE_BENCH_DIR"]), os.environ["SYNCLINE_BIN"]
TICK = os.sysconf("SC_CLK_TCK")
COLUMNS = ("id INT PRIMARY KEY, customer_id INT NOT NULL, status ENUM('new','paid','sent') NOT NULL, amount DECIMAL(10,2) NOT NULL,"
           " weight DOUBLE NOT NULL, name VARCHAR(60) NOT NULL, email VARCHAR(80) NOT NULL, city VARCHAR(40) NOT NULL,"
           " placed_at DATETIME NOT NULL, changed_at TIMESTAMP NOT NULL, active TINYINT NOT NULL, note VARCHAR(100) NULL")
FILL = """INSERT INTO flat SELECT n, n % 30000, 1 + n % 3, n % 100000 / 100, n / 7, CONCAT('customer number ', n), CONCAT('c', n, '@example.com'),
 CONCAT('city ', n % 500), '2024-01-01' + INTERVAL n % 31536000 SECOND, '2024-06-01' + INTERVAL n % 8000000 SECOND, n % 2,
 IF(n % 4, CONCAT('a note of some length about row ', n), NULL)
 FROM (SELECT {first} + a.i + 1000 * b.i AS n FROM thousand a, thousand b) numbers WHERE n < {end}"""


def cpu_of(pid):
    """CPU seconds of a process, its threads and its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


def server_cpu(roles):
    total = {}
    for role in roles:
        total[role] = cpu_of(ENV[f"{role.upper()}_PID"])
        if role == "mongodb" and "MONGODB_POSTGRES_PID" in ENV:
            postmaster = ENV["MONGODB_POSTGRES_PID"]
            children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
            total["postgres"] = sum(cpu_of(pid) for pid in [postmaster, *children])
    return total


class Measurement:
    """One piece of work. `work` returns the client's CPU seconds and peak MiB."""

    def __init__(self, name, count, roles, work, unit="rows"):
        before = server_cpu(roles)
        begun = time.monotonic()
        self.client_cpu, self.memory_mib = work()
        self.name, self.count, self.seconds = name, count, time.monotonic() - begun
        self.servers = {role: cpu - before[role] for role, cpu in server_cpu(roles).items()}
        servers = "  ".join(f"{role} {cpu / count * 1e6:.1f}" for role, cpu in self.servers.items())
        say(f"{result_line(name, count, self.seconds, unit)}   client CPU {self.client_cpu / count * 1e6:>5.1f} us"
            f"   {self.memory_mib:>4.0f} MiB   servers' CPU us: {servers}")

    @property
    def rate(self):
        return self.count / self.seconds


def result_line(name, count, seconds, unit="rows"):
    return f"{name:<44}{count:>9,} {unit} {seconds:>6.1f} s {count / seconds:>9,.0f}/s"


def say(text):
    print(text, flush=True)


def run_program(file, *arguments):
    """Runs syncline to its end; CPU seconds and peak MiB (of this process, if that is more: the kernel counts it at the start)."""
    log = FOLDER / "program.log"
    with open(log, "w") as out:
        process = subprocess.Popen([PROGRAM, "-f", file, *arguments], stdout=out, stderr=out)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"{arguments} failed: {log.read_text()}"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def in_python(work):
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


class Source:
    """The MySQL server of this run, with the flat table."""

    def __init__(self, role):
        self.role = role
        self.address = {"host": "127.0.0.1", "port": int(ENV[f"{role.upper()}_PORT"]), "user": "root"}

    def connect(self, database="bench", **options):
        return pymysql.connect(**self.address, database=database, autocommit=True, **options)

    def fill(self, rows):
        cursor = self.connect(None).cursor()
        for statement in ("DROP DATABASE IF EXISTS bench", "CREATE DATABASE bench", "USE bench", f"CREATE TABLE flat ({COLUMNS})",
                          "CREATE TABLE thousand (i INT PRIMARY KEY)",
                          "INSERT INTO thousand VALUES " + ", ".join(f"({i})" for i in range(1000))):
            cursor.execute(statement)
        for first in range(0, rows, 1000000):
            cursor.execute(FILL.format(first=first, end=min(rows, first + 1000000)))
        cursor.execute("ANALYZE TABLE flat")

    def pipeline(self, name, targets, documents="  flat:\n", database="bench", options=""):
        """Writes a pipeline file into these targets, with addresses of their own if given: {"redis": "host:port" or None}."""
        uris = {"redis": f'{ENV["REDIS_URI"]}/0', "mongodb": f'{ENV["MONGODB_URI"]}/bench'}
        lines = "".join(f'  {target}: {{ uri: "{replaced_port(uris[target], port)}" }}\n' for target, port in targets.items())
        file = FOLDER / f"{name}.yaml"
        file.write_text(f"name: {name}\nsource: {{ uri: \"mysql://root@127.0.0.1:{self.address['port']}/{database}\" }}\n"
                        f"documents:\n{documents}targets:\n{lines}{options}")
        return file


def replaced_port(uri, port):
    if not port:
        return uri
    scheme, rest = uri.split("://")
    _, _, path = rest.partition("/")
    return f"{scheme}://127.0.0.1:{port}/{path}"


def empty_stores():
    redis.Redis.from_url(f"{ENV['REDIS_URI']}/0").flushdb()
    pymongo.MongoClient(ENV["MONGODB_URI"]).drop_database("bench")
