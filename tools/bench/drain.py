"""A backlog of changes followed to its end, beside the raw limits: reading the rows into nothing, and the store swallowing the very
same guarded writes, sent again ready-made."""
import os
import subprocess
from typing import NamedTuple

import pymongo
import redis

from measurement import ENV, FOLDER, PROGRAM, Measurement, empty_stores, result_line, run_program, say
from recording import Recorder, replay

# Long enough for writes to be sent once more.
PATIENT = "options:\n  age_fence: 1h\n  redis.tombstone_ttl: 2h\n"
NESTED = """  customers:
    embed:
      country: { table: countries, key: country_code }
      orders: { table: orders, link: customer_id, order_by: placed_at, embed: { items: { table: order_items, link: order_id } } }
"""
NESTED_TABLES = ("customers", "countries", "orders", "order_items")


class Case(NamedTuple):
    """Documents of one type, with the change that makes all of them dirty."""

    name: str
    database: str
    definition: str
    table: str
    change: str
    tables: tuple


def cases(changed):
    return (Case("flat", "bench", "  flat:\n", "flat", f"UPDATE flat SET active = 1 - active WHERE id < {changed}",
                 (f"flat WHERE id < {changed}",)),
            Case("nested", "bench_shop", NESTED, "customers", "UPDATE customers SET level = 1 + level % 3", NESTED_TABLES))


def drain(source, rows):
    customers, changed = max(1000, rows // 25), min(rows, 200000)
    shop = source.pipeline("shop", {"redis": None}, "  customers:\n", "bench_shop")
    run_program(shop, "generate", "--customers", str(customers), "--replace")
    for case in cases(changed):
        count, seconds = change(source, case), raw_read(source, case)
        read = count / seconds
        say(result_line(f"raw: read the {case.name} rows into nothing", count, seconds, "docs"))
        for targets in (("redis",), ("mongodb",), ("redis", "mongodb")):
            drain_into(source, case, targets, count, read)


def raw_read(source, case):
    """Seconds of the faster protocol, all tables one after the other."""
    raw_reader = os.path.join(os.path.dirname(PROGRAM), "raw_read")
    selects = [f"SELECT * FROM {table}" for table in case.tables]
    times = []
    for protocol in ("text", "binary"):
        done = subprocess.run([raw_reader, protocol, str(source.address["port"]), case.database, *selects], check=True,
                              capture_output=True, text=True)
        times.append(float(done.stdout.split()[1]))
    return min(times)


def drain_into(source, case, targets, count, read_rate):
    name = f"drain_{case.name}_{'_'.join(targets)}"
    file = source.pipeline(name, dict.fromkeys(targets), case.definition, case.database, PATIENT)
    run_program(file, "snapshot")
    change(source, case)
    roles = (source.role, *targets)
    ours = Measurement(f"syncline stream, {case.name} > {' + '.join(targets)}", count, roles, lambda: run_program(file, "snapshot"), "docs")
    if len(targets) == 1:
        seconds = record_and_replay(source, case, targets[0], name)
        slower = min(count / seconds, read_rate)
        say(f"{result_line(f'raw: {targets[0]} swallows the same writes', count, seconds, 'docs')}"
            f"   => {ours.rate / slower:.0%} of the slower raw limit")
    run_program(file, "capture", "remove")
    empty_stores()
    say("")


def change(source, case):
    """Makes all of them dirty; how many there are."""
    with source.connect(case.database).cursor() as cursor:
        return cursor.execute(case.change)


def record_and_replay(source, case, target, name):
    """Seconds that the store takes for what one more stream of the same changes sends."""
    port = int(ENV[f"{target.upper()}_PORT"])
    recorder = Recorder(port, FOLDER)
    change(source, case)
    run_program(source.pipeline(name, {target: recorder.port}, case.definition, case.database, PATIENT), "snapshot")
    files = recorder.close()
    age_records(target, case)
    return replay(port, files, target == "redis")


def age_records(target, case):
    """Lowers every record's revision, so that the same writes have the same work to do again."""
    if target == "mongodb":
        pymongo.MongoClient(ENV["MONGODB_URI"]).bench[case.table].update_many({}, {"$set": {"_revision": 1}})
        return
    client = redis.Redis.from_url(ENV["REDIS_URI"] + "/0")
    pipe = client.pipeline(transaction=False)
    for n, key in enumerate(client.scan_iter(match=f"{case.table}:*", count=10000)):
        pipe.hset(key, "_revision", 1)
        if n % 10000 == 9999:
            pipe.execute()
    pipe.execute()
