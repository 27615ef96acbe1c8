"""What ./dev bench runs: the same data moved by Syncline and by a plain Python script, one after the other."""
import argparse
import os
import resource
import subprocess
import time
from pathlib import Path

import mysql.connector
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
 FROM (SELECT a.i + 1000 * b.i AS n FROM thousand a, thousand b) numbers WHERE n >= %s AND n < %s"""


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
    """Wall time, the client's CPU and memory, and the servers' CPU, of one piece of work."""

    def __init__(self, name, rows, roles, work):
        before = server_cpu(roles)
        begun = time.monotonic()
        self.client_cpu, self.memory_mib = work()
        self.name, self.rows, self.seconds = name, rows, time.monotonic() - begun
        self.servers = {role: cpu - before[role] for role, cpu in server_cpu(roles).items()}
        servers = "  ".join(f"{role} {cpu:.1f}" for role, cpu in self.servers.items())
        print(f"{name:<36}{rows:>9,} rows {self.seconds:>7.1f} s {self.rate:>9,.0f}/s   client CPU {self.client_cpu:>6.1f} s"
              f"{self.client_cpu / rows * 1e6:>6.1f} us/row   {self.memory_mib:>4.0f} MiB   servers' CPU s: {servers}", flush=True)

    @property
    def rate(self):
        return self.rows / self.seconds


def run_program(file, *arguments):
    process = subprocess.Popen([PROGRAM, "-f", file, "--log-level", "warn", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"{arguments} failed"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def in_python(work):
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


class Bench:
    def __init__(self, source, rows):
        self.source, self.rows = source, rows
        self.address = {"host": "127.0.0.1", "port": int(ENV[f"{source.upper()}_PORT"]), "user": "root"}

    def fill(self):
        connection = pymysql.connect(**self.address, autocommit=True)
        cursor = connection.cursor()
        for statement in ("DROP DATABASE IF EXISTS bench", "CREATE DATABASE bench", "USE bench", f"CREATE TABLE flat ({COLUMNS})",
                          "CREATE TABLE thousand (i INT PRIMARY KEY)",
                          "INSERT INTO thousand VALUES " + ", ".join(f"({i})" for i in range(1000))):
            cursor.execute(statement)
        for begin in range(0, self.rows, 1000000):
            shifted = FILL.replace("a.i + 1000 * b.i", f"{begin} + a.i + 1000 * b.i")
            cursor.execute(shifted.replace("%s AND n < %s", f"{begin} AND n < {min(self.rows, begin + 1000000)}"))
        cursor.execute("ANALYZE TABLE flat")
        cursor.fetchall()
        connection.close()

    def pipeline(self, target):
        uri = {"redis": f'redis: {{ uri: "{ENV["REDIS_URI"]}/0" }}', "mongodb": f'mongodb: {{ uri: "{ENV["MONGODB_URI"]}/bench" }}'}[target]
        file = FOLDER / f"{target}.yaml"
        file.write_text(f"name: bench_{target}\nsource: {{ uri: \"mysql://root@127.0.0.1:{self.address['port']}/bench\" }}\n"
                        f"documents:\n  flat:\ntargets:\n  {uri}\n")
        return file

    def syncline(self, target):
        file = self.pipeline(target)
        roles = (self.source, target)
        run_program(file, "capture", "install")
        load = Measurement(f"syncline snapshot > {target}", self.rows, roles, lambda: run_program(file, "snapshot"))
        changed = min(self.rows, 200000)
        connection = pymysql.connect(**self.address, database="bench", autocommit=True)
        connection.cursor().execute(f"UPDATE flat SET active = 1 - active WHERE id < {changed}")
        Measurement(f"syncline stream > {target}", changed, roles, lambda: run_program(file, "snapshot"))
        run_program(file, "capture", "remove")
        return load

    def python(self, target):
        write = {"redis": self.python_redis, "mongodb": self.python_mongodb}[target]
        return Measurement(f"python > {target}", self.rows, (self.source, target), lambda: in_python(lambda: write(self.batches())))

    def batches(self):
        connection = pymysql.connect(**self.address, database="bench", cursorclass=pymysql.cursors.SSDictCursor)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM flat ORDER BY id")
            while batch := cursor.fetchmany(1000):
                yield batch
        connection.close()

    @staticmethod
    def python_redis(batches):
        client = redis.Redis.from_url(ENV["REDIS_URI"] + "/1")
        for batch in batches:
            pipe = client.pipeline(transaction=False)
            for row in batch:
                pipe.hset(f"flat:{row['id']}", mapping={k: str(v) for k, v in row.items() if v is not None})
            pipe.execute()
        client.flushdb()

    @staticmethod
    def python_mongodb(batches):
        from bson.decimal128 import Decimal128
        client = pymongo.MongoClient(ENV["MONGODB_URI"])
        collection = client.bench_python.flat
        for batch in batches:
            writes = [pymongo.ReplaceOne({"_id": row["id"]}, row | {"amount": Decimal128(row["amount"])}, upsert=True) for row in batch]
            collection.bulk_write(writes, ordered=False)
        client.drop_database("bench_python")

    def generator(self):
        file = FOLDER / "shop.yaml"
        file.write_text(f"name: shop\nsource: {{ uri: \"mysql://root@127.0.0.1:{self.address['port']}/bench_shop\" }}\n"
                        f"documents:\n  customers:\ntargets:\n  redis: {{ uri: \"{ENV['REDIS_URI']}/2\" }}\n")
        customers = max(1000, self.rows // 30)
        run_program(file, "generate", "--customers", "10")
        begun = time.monotonic()
        run_program(file, "generate", "--customers", str(customers), "--replace")
        seconds = time.monotonic() - begun
        connection = mysql.connector.connect(**self.address, database="bench_shop")
        cursor = connection.cursor()
        tables = ("customers", "addresses", "countries", "products", "categories", "orders", "order_items", "payments")
        rows = 0
        for table in tables:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            rows += cursor.fetchone()[0]
        print(f"{'syncline generate':<36}{rows:>9,} rows {seconds:>7.1f} s {rows / seconds:>9,.0f}/s", flush=True)
        return rows / seconds, self.executemany(connection)

    @staticmethod
    def executemany(connection):
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE copied LIKE order_items")
        cursor.execute("SELECT * FROM order_items LIMIT 50000")
        rows = cursor.fetchall()
        places = ", ".join(["%s"] * len(rows[0]))
        begun = time.monotonic()
        for begin in range(0, len(rows), 1000):
            cursor.executemany(f"INSERT INTO copied VALUES ({places})", rows[begin:begin + 1000])
        connection.commit()
        seconds = time.monotonic() - begun
        print(f"{'mysql-connector executemany':<36}{len(rows):>9,} rows {seconds:>7.1f} s {len(rows) / seconds:>9,.0f}/s", flush=True)
        return len(rows) / seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--source", choices=("mysql", "mariadb"), default="mysql")
    arguments = parser.parse_args()
    bench = Bench(arguments.source, arguments.rows)
    print(f"{arguments.source} {ENV[arguments.source.upper() + '_VERSION']}, {arguments.rows:,} rows, {os.cpu_count()} cores", flush=True)
    bench.fill()
    for target in ("redis", "mongodb"):
        ours, plain = bench.syncline(target), bench.python(target)
        print(f"  => {target}: {ours.rate / plain.rate:.1f} times the rate, {ours.client_cpu / plain.client_cpu:.2f} of the client CPU\n", flush=True)
    generated, inserted = bench.generator()
    print(f"  => generator: {generated / inserted:.1f} times executemany", flush=True)


if __name__ == "__main__":
    main()
