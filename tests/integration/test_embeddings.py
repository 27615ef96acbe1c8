"""Every way in which rows come together in a document, and every way in which they change."""
import random
import threading
import time

import pymysql
import pytest

SCHOOL = (
    "CREATE TABLE regions (id INT PRIMARY KEY, name VARCHAR(40))",
    "CREATE TABLE countries (code CHAR(2) PRIMARY KEY, name VARCHAR(40), region INT, INDEX (region))",
    "CREATE TABLE employees (id INT PRIMARY KEY, name VARCHAR(40), boss INT, born_in CHAR(2), lives_in CHAR(2),"
    " INDEX (boss), INDEX (born_in), INDEX (lives_in))",
    "CREATE TABLE courses (id INT PRIMARY KEY, title VARCHAR(40), teacher INT, INDEX (teacher))",
    "CREATE TABLE attendance (employee INT, course INT, mark INT, PRIMARY KEY (employee, course), INDEX (course))",
    "INSERT INTO regions VALUES (1, 'Europe'), (2, 'Asia')",
    "INSERT INTO countries VALUES ('DE', 'Germany', 1), ('NO', 'Norway', 1), ('JP', 'Japan', 2), ('XX', 'Nowhere', NULL)",
    "INSERT INTO employees VALUES (1, 'Ada', NULL, 'DE', 'NO'), (2, 'Bo', 1, 'DE', 'DE'), (3, 'Cy', 1, 'JP', NULL),"
    " (4, 'Di', 2, NULL, 'JP'), (5, 'Ed', 5, 'XX', 'YY')",
    "INSERT INTO courses VALUES (1, 'SQL', 1), (2, 'Chess', 4), (3, 'Tea', NULL)",
    "INSERT INTO attendance VALUES (2, 1, 9), (3, 1, 7), (2, 2, 5), (4, 3, 6)",
)
COUNTRY = {"embed": {"part_of": {"table": "regions", "key": "region"}}}
DOCUMENTS = {
    "employees": {"embed": {
        "boss_row": {"table": "employees", "key": "boss", "fields": ["id", "name"],
                     "embed": {"boss_row": {"table": "employees", "key": "boss", "fields": ["name"]}}},  # of the boss
        "reports": {"table": "employees", "link": "boss", "fields": ["name"], "order_by": "name desc"},
        "birthplace": {"table": "countries", "key": "born_in", **COUNTRY},  # the same table twice
        "residence": {"table": "countries", "key": "lives_in", **COUNTRY},  # to-one of to-one
        "courses": {"table": "attendance", "link": "employee", "fields": ["mark"],  # many-to-many, from here
                    "embed": {"course": {"table": "courses", "key": "course"}}},
    }},
    "courses": {"embed": {"attendance": {"table": "attendance", "link": "course",  # and from there
                                         "embed": {"who": {"table": "employees", "key": "employee", "fields": ["name"]}}}}},
    "countries": {"embed": {"natives": {"table": "employees", "link": "born_in", "fields": ["name"]},
                            "inhabitants": {"table": "employees", "link": "lives_in", "fields": ["name"]}}},
}


def assert_right_after_each(world, *statements):
    for statement in statements:
        world.sql(statement)
        world.syncline("wait")
        assert world.check() == [], statement
    world.syncline("verify")


def test_every_change_reaches_every_document_that_shows_it(world):
    world.sql(*SCHOOL)
    world.pipeline(DOCUMENTS)
    world.follow()
    assert world.check() == []
    assert_right_after_each(
        world,
        "UPDATE regions SET name = 'Old World' WHERE id = 1",  # three hops up
        "UPDATE countries SET region = 2 WHERE code = 'NO'",
        "UPDATE countries SET code = 'YY' WHERE code = 'XX'",  # one reference breaks, another is found
        "UPDATE employees SET name = 'Adele' WHERE id = 1",  # the boss of two, the boss's boss of one, a teacher
        "UPDATE employees SET boss = 3 WHERE id = 2",
        "UPDATE employees SET born_in = lives_in, lives_in = born_in WHERE id = 1",  # swapped
        "UPDATE employees SET boss = 1 WHERE id = 1",  # oneself
        "INSERT INTO attendance VALUES (1, 2, 1), (1, 1, 2)",
        "UPDATE attendance SET course = 3 WHERE employee = 2 AND course = 1",
        "UPDATE courses SET title = 'More tea' WHERE id = 3",
        "UPDATE courses SET id = 30 WHERE id = 3",
        "DELETE FROM courses WHERE id = 2",
        "UPDATE employees SET id = 50 WHERE id = 5",  # its own boss no longer
        "DELETE FROM employees WHERE id = 1",
        "DELETE FROM regions")


def test_random_changes_by_several_connections_and_kills_in_between(world):
    world.sql(*SCHOOL)
    world.pipeline(DOCUMENTS, options={"stream.wide_documents": 3, "stream.batch_documents": 7})
    engine = world.follow()
    seed = random.randrange(1 << 32)
    print("seed", seed)
    end = time.monotonic() + 10
    statements = (
        "INSERT INTO employees VALUES ({e}, 'e{n}', {b}, {c}, {d}) ON DUPLICATE KEY UPDATE boss = {b}, born_in = {c}",
        "UPDATE employees SET name = 'e{n}', lives_in = {c} WHERE id = {e}",
        "UPDATE IGNORE employees SET id = {b} WHERE id = {e}",
        "DELETE FROM employees WHERE id = {e}",
        "REPLACE INTO attendance VALUES ({e}, {b}, {n})",
        "UPDATE IGNORE attendance SET employee = {b} WHERE employee = {e}",
        "DELETE FROM attendance WHERE course = {e}",
        "REPLACE INTO countries VALUES ({c0}, 'c{n}', {b})",
        "UPDATE IGNORE countries SET code = {d0} WHERE code = {c0}",
        "DELETE FROM countries WHERE code = {c0}",
        "REPLACE INTO regions VALUES ({b}, 'r{n}')",
        "REPLACE INTO courses VALUES ({e}, 't{n}', {b})",
    )
    refused = []

    def change(number):
        dice = random.Random(seed + number)
        connection = world.connect()
        connection.autocommit(False)
        with connection.cursor() as cursor:
            while time.monotonic() < end:
                try:
                    for _ in range(dice.randrange(1, 4)):
                        place = [f"'{x}'" for x in ("DE", "NO", "JP", "XX", "YY")]
                        cursor.execute(dice.choice(statements).format(
                            e=dice.randrange(1, 12), b=dice.randrange(1, 12), n=dice.randrange(1000), c0=dice.choice(place),
                            d0=dice.choice(place), c=dice.choice(place + ["NULL"]), d=dice.choice(place + ["NULL"])))
                        time.sleep(dice.random() * 0.01)
                    connection.commit() if dice.random() < 0.9 else connection.rollback()
                except pymysql.err.OperationalError as error:
                    connection.rollback()
                    if error.args[0] not in (1213, 1205):  # a deadlock of the writers among themselves
                        refused.append(error)
        connection.close()

    writers = [threading.Thread(target=change, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(4):
        time.sleep(2)
        engine.kill()
        engine = world.engine()
    for writer in writers:
        writer.join()
    assert refused == []
    world.assert_right()


def test_a_wide_change_is_worked_off_in_steps_and_lets_others_pass(world):
    world.sql(*SCHOOL)
    world.sql("INSERT INTO employees (id, name, boss, born_in, lives_in) VALUES " +
              ", ".join(f"({i}, 'e{i}', 1, 'DE', 'NO')" for i in range(100, 2100)))
    world.pipeline(DOCUMENTS, options={"stream.wide_documents": 20})
    engine = world.follow()
    world.sql("UPDATE countries SET name = 'Deutschland' WHERE code = 'DE'", "UPDATE regions SET name = 'Europa' WHERE id = 1",
              "UPDATE employees SET name = 'Boss' WHERE id = 1", "UPDATE employees SET name = 'Fritz' WHERE id = 4")
    time.sleep(0.3)
    engine.kill()  # in the middle of the steps
    world.engine()
    world.sql("UPDATE regions SET name = 'Europe again' WHERE id = 1")
    world.assert_right(timeout="2m")


CASCADES = (
    "CREATE TABLE teams (id INT PRIMARY KEY, name VARCHAR(40))",
    "CREATE TABLE members (id INT PRIMARY KEY, team INT NOT NULL, name VARCHAR(40),"
    " FOREIGN KEY (team) REFERENCES teams (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "CREATE TABLE badges (member INT NOT NULL, badge INT NOT NULL, issuer INT, PRIMARY KEY (member, badge),"
    " FOREIGN KEY (member) REFERENCES members (id) ON DELETE CASCADE ON UPDATE CASCADE,"
    " FOREIGN KEY (issuer) REFERENCES teams (id) ON DELETE SET NULL ON UPDATE CASCADE)",
    "INSERT INTO teams VALUES (1, 'red'), (2, 'blue'), (3, 'green'), (4, 'grey')",
    "INSERT INTO members VALUES (1, 1, 'Ada'), (2, 1, 'Bo'), (3, 2, 'Cy'), (4, 3, 'Di'), (5, 4, 'Ed')",
    "INSERT INTO badges VALUES (1, 1, 2), (1, 2, NULL), (2, 1, 1), (3, 1, 1), (3, 2, 3), (4, 1, 2), (5, 9, 4)",
)


def test_referential_actions_that_fire_no_triggers_reach_the_documents(world):
    world.sql(*CASCADES)
    world.pipeline({
        "teams": {"embed": {"members": {"table": "members", "link": "team", "embed": {"badges": {"table": "badges", "link": "member"}}},
                            "issued": {"table": "badges", "link": "issuer"}}},
        "members": {"embed": {"team_row": {"table": "teams", "key": "team"}, "badges": {"table": "badges", "link": "member"}}},
        "badges": {"embed": {"issuer_row": {"table": "teams", "key": "issuer"}}},
    })
    world.follow()
    assert_right_after_each(
        world,
        "UPDATE members SET id = 20 WHERE id = 2",  # ON UPDATE CASCADE into a primary key
        "UPDATE teams SET id = 30 WHERE id = 3",  # two tables at once
        "DELETE FROM members WHERE id = 1",  # ON DELETE CASCADE
        "DELETE FROM teams WHERE id = 2",  # CASCADE over two levels, and SET NULL
        "DELETE FROM teams")
    for document in ("teams", "members", "badges"):
        assert world.mongo(document).count_documents({}) == 0


@pytest.mark.parametrize("action", ["DELETE FROM teams WHERE id = 1", "UPDATE teams SET id = 100 WHERE id = 1"])
def test_referential_actions_while_children_come_and_go(world, action):
    world.sql(*CASCADES)
    world.pipeline({"members": {"embed": {"badges": {"table": "badges", "link": "member"}}}, "badges": None})
    world.follow()
    end = time.monotonic() + 4

    def children(number):
        connection = world.connect()
        with connection.cursor() as cursor:
            while time.monotonic() < end:
                number += 1
                try:
                    cursor.execute(f"INSERT INTO members VALUES ({number}, 1, 'm')")
                    cursor.execute(f"INSERT INTO badges VALUES ({number}, 1, 1)")
                except (pymysql.err.IntegrityError, pymysql.err.OperationalError) as error:
                    assert error.args[0] in (1452, 1213, 1205), error  # no parent at the moment
        connection.close()

    writers = [threading.Thread(target=children, args=(begin,)) for begin in (1000, 1000000)]
    for writer in writers:
        writer.start()
    while time.monotonic() < end:
        world.sql("INSERT IGNORE INTO teams VALUES (1, 'red')", "DELETE FROM teams WHERE id = 100")
        time.sleep(0.1)
        try:
            world.sql(action)
        except pymysql.err.OperationalError as error:
            assert error.args[0] in (1213, 1205), error
    for writer in writers:
        writer.join()
    world.assert_right()
