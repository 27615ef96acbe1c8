"""From a commit that was acknowledged to the record that shows it, while 200 changes a second come in."""
import queue
import random
import subprocess
import threading
import time

import pymongo
import redis

from measurement import ENV, FOLDER, PROGRAM, empty_stores, run_program, say

RATE, SECONDS = 200, 30
LOOK = 0.0005  # pause between two looks at the store: what is measured is late by half of it and a round trip


class Look:
    """Which of these changes the store shows: {id: note}."""

    def __init__(self, target):
        self.is_redis = target == "redis"
        self.store = redis.Redis.from_url(ENV["REDIS_URI"] + "/0", decode_responses=True) if self.is_redis else \
            pymongo.MongoClient(ENV["MONGODB_URI"]).bench.flat

    def notes(self, ids):
        if not self.is_redis:
            return {found["_id"]: found["note"] for found in self.store.find({"_id": {"$in": ids}}, {"note": 1})}
        pipe = self.store.pipeline(transaction=False)
        for one in ids:
            pipe.hget(f"flat:{one}", "note")
        return dict(zip(ids, pipe.execute()))


def latency(source, rows):
    for target in ("redis", "mongodb"):
        file = source.pipeline(f"latency_{target}", {target: None})
        run_program(file, "snapshot")
        with open(FOLDER / "engine.log", "w") as log:
            engine = subprocess.Popen([PROGRAM, "-f", file, "run"], stdout=log, stderr=log)
        try:
            run_program(file, "wait", "--timeout", "60s")
            times = sorted(measure(source, target, rows))
        finally:
            engine.terminate()
            engine.wait()
        p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
        say(f"commit to visible > {target:<10} {len(times):,} changes at {RATE}/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
            f"slowest {times[-1] * 1000:.0f} ms")
        run_program(file, "capture", "remove")
        empty_stores()
    say("")


def measure(source, target, rows):
    committed, times = queue.SimpleQueue(), []
    writer = threading.Thread(target=write, args=(source, rows, committed))
    writer.start()
    look, pending, is_open = Look(target), {}, True
    while is_open or pending:
        while not committed.empty():
            change = committed.get()
            if change is None:
                is_open = False
            else:
                pending[change[0]] = change[1:]
        if pending:
            notes = look.notes(list(pending))
            now = time.monotonic()
            for one, (note, at) in list(pending.items()):
                if notes.get(one) == note:
                    times.append(now - at)
                    del pending[one]
            assert all(now - at < 30 for _, at in pending.values()), "a change did not arrive within 30 s"
        time.sleep(LOOK)
    writer.join()
    return times


def write(source, rows, committed):
    """One autocommit update after the other, each of another row."""
    cursor = source.connect().cursor()
    ids = random.Random(1).sample(range(rows), min(rows, RATE * SECONDS))
    begun = time.monotonic()
    for n, one in enumerate(ids):
        time.sleep(max(0, begun + n / RATE - time.monotonic()))
        cursor.execute("UPDATE flat SET note = %s WHERE id = %s", (f"{begun} {n}", one))
        committed.put((one, f"{begun} {n}", time.monotonic()))
    committed.put(None)
