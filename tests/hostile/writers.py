"""One process of writers: threads that run random transactions until stdin closes. Started by arena.py with one JSON line:
{"host", "port", "database", "is_mariadb", "customers", "seed", "threads", "hold_s", "pause_s", "burst_s"}; prints counts as JSON, a line a second.
"""
import json
import random
import sys
import threading
import time
from collections import Counter

import pymysql
import town

# Duplicate keys, foreign keys, deadlocks, lock waits, MariaDB's "record has changed", savepoints that a deadlock took along.
EXPECTED = {1020, 1062, 1205, 1213, 1216, 1217, 1451, 1452, 1761, 1305}


class Writer(threading.Thread):
    def __init__(self, order, number, counts, stop):
        super().__init__(daemon=True)
        self.order, self.counts, self.stop = order, counts, stop
        self.dice = random.Random(order["seed"] * 1000 + number)
        self.size = town.Size(order["customers"])
        self.is_repeatable_read = number % 2 == 0
        self.mix = town.statements(self.is_repeatable_read, order["is_mariadb"])

    def run(self):
        try:
            self.work()
        except Exception as error:
            self.counts[f"writer ended: {error}"] += 1

    def work(self):
        order = self.order
        connection = pymysql.connect(host=order["host"], port=order["port"], user="root", database=order["database"],
                                     charset="utf8mb4", autocommit=False)
        level = "REPEATABLE READ" if self.is_repeatable_read else "READ COMMITTED"
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 5, lock_wait_timeout = 20")
            cursor.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
            while not self.stop.is_set():
                self.transaction(connection, cursor)
                self.rest()
                self.stop.wait(self.dice.uniform(0, 2 * order["pause_s"]))

    def rest(self):
        """All writers rest at once, so that what a burst of changes left wrong stays to be seen."""
        busy, period = self.order["burst_s"]
        now = time.time() % period
        if now > busy:
            self.stop.wait(period - now)

    def transaction(self, connection, cursor):
        dice, hold = self.dice, self.order["hold_s"]
        is_long = dice.random() < 0.25
        templates = dice.choices([t for _, t in self.mix], [w for w, _ in self.mix], k=dice.choice((1, 1, 1, 2, 3, 5)))
        try:
            for i, template in enumerate(templates):
                has_savepoint = dice.random() < 0.05
                if has_savepoint:
                    cursor.execute("SAVEPOINT s")
                cursor.execute(town.fill_in(template, self.size, dice))
                if has_savepoint:
                    cursor.execute("ROLLBACK TO SAVEPOINT s")
                if is_long and i + 1 < len(templates):
                    time.sleep(dice.uniform(0, hold / 4))
            if is_long:
                time.sleep(dice.uniform(0, hold))
            if dice.random() < 0.12:
                connection.rollback()
                self.counts["rolled_back"] += 1
            else:
                connection.commit()
                self.counts["committed"] += 1
            self.counts["statements"] += len(templates)
        except pymysql.err.MySQLError as error:
            connection.rollback()
            code = error.args[0]
            self.counts["refused" if code in EXPECTED else f"error {error} of {template}"] += 1


def main():
    order = json.loads(sys.stdin.readline())
    counts, stop = Counter(), threading.Event()
    writers = [Writer(order, number, counts, stop) for number in range(order["threads"])]
    for writer in writers:
        writer.start()

    def wait_for_the_end():
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    while not stop.wait(1):
        print(json.dumps(dict(counts)), flush=True)
    for writer in writers:
        writer.join(15)
    print(json.dumps(dict(counts)), flush=True)


if __name__ == "__main__":
    main()
