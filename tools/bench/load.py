"""The same data moved by Syncline and by a plain Python script; the generator beside executemany."""
import mysql.connector
import pymongo
import pymysql
import redis
import time
from bson.decimal128 import Decimal128

from measurement import ENV, Measurement, empty_stores, in_python, result_line, run_program, say


def load(source, rows):
    for target, python in (("redis", python_redis), ("mongodb", python_mongodb)):
        file = source.pipeline(f"bench_{target}", {target: None})
        roles = (source.role, target)
        run_program(file, "capture", "install")
        ours = Measurement(f"syncline snapshot > {target}", rows, roles, lambda: run_program(file, "snapshot"))
        run_program(file, "capture", "remove")
        plain = Measurement(f"python > {target}", rows, roles, lambda: in_python(lambda: python(batches(source))))
        say(f"  => {target}: {ours.rate / plain.rate:.1f} times the rate, {ours.client_cpu / plain.client_cpu:.2f} of the client CPU\n")
        empty_stores()
    generated, inserted = generator(source, max(1000, rows // 30))
    say(f"  => generator: {generated / inserted:.1f} times executemany\n")


def batches(source):
    connection = source.connect(cursorclass=pymysql.cursors.SSDictCursor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM flat ORDER BY id")
        while batch := cursor.fetchmany(1000):
            yield batch
    connection.close()


def python_redis(all_batches):
    client = redis.Redis.from_url(ENV["REDIS_URI"] + "/1")
    for batch in all_batches:
        pipe = client.pipeline(transaction=False)
        for row in batch:
            pipe.hset(f"flat:{row['id']}", mapping={k: str(v) for k, v in row.items() if v is not None})
        pipe.execute()
    client.flushdb()


def python_mongodb(all_batches):
    client = pymongo.MongoClient(ENV["MONGODB_URI"])
    collection = client.bench_python.flat
    for batch in all_batches:
        writes = [pymongo.ReplaceOne({"_id": row["id"]}, row | {"amount": Decimal128(row["amount"])}, upsert=True) for row in batch]
        collection.bulk_write(writes, ordered=False)
    client.drop_database("bench_python")


def generator(source, customers):
    file = source.pipeline("shop", {"redis": None}, "  customers:\n", "bench_shop")
    run_program(file, "generate", "--customers", "10", "--replace")
    begun = time.monotonic()
    run_program(file, "generate", "--customers", str(customers), "--replace")
    seconds = time.monotonic() - begun
    connection = mysql.connector.connect(**source.address, database="bench_shop")
    cursor = connection.cursor()
    rows = 0
    for table in ("customers", "addresses", "countries", "products", "categories", "orders", "order_items", "payments"):
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        rows += cursor.fetchone()[0]
    say(result_line("syncline generate", rows, seconds))
    return rows / seconds, executemany(connection)


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
    say(result_line("mysql-connector executemany", len(rows), seconds))
    return len(rows) / seconds
