#!/usr/bin/env python3
"""Loads the package catalogue of this Debian machine into MySQL: packages, versions, maintainers, sections, dependencies.

    apt-cache dumpavail | examples/debian_packages/load.py --host 127.0.0.1 --port 3306 --user root --database debian [--limit 1000]

The database is made; one that has tables already is refused. Needs PyMySQL.
"""
import argparse
import json
import re
import sys
from pathlib import Path

import pymysql

KINDS = ("Pre-Depends", "Depends", "Recommends", "Suggests")
BATCH = 2000


def paragraphs(lines):
    """The stanzas of `apt-cache dumpavail` as dictionaries; continuation lines are joined."""
    fields, name = {}, None
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            if fields:
                yield fields
            fields, name = {}, None
        elif line[0] in " \t":
            fields[name] += "\n" + line.strip()
        else:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    if fields:
        yield fields


class Numbers:
    """Numbers for names, in the order in which they come."""

    def __init__(self):
        self.rows = {}

    def of(self, *key):
        return self.rows.setdefault(key, len(self.rows) + 1)


def rows_of(stanzas):
    tables = {"sections": [], "maintainers": [], "packages": [], "versions": [], "dependencies": []}
    sections, maintainers, seen = Numbers(), Numbers(), set()
    for package in stanzas:
        name = package["Package"]
        if name not in seen:
            seen.add(name)
            person, _, email = package["Maintainer"].partition(" <")
            tags = [t for t in re.split(r"[,\s]+", package.get("Tag", "")) if t]
            tables["packages"].append((name, sections.of(package["Section"]), maintainers.of(person.strip(), email.rstrip(">")),
                                       package["Priority"], package["Description"].split("\n")[0][:300],
                                       package.get("Homepage"), json.dumps(tags) if tags else None))
            for kind in KINDS:
                needs = [n.strip() for n in package.get(kind, "").replace("\n", " ").split(",") if n.strip()]
                tables["dependencies"] += [(name, kind, i, need[:1000]) for i, need in enumerate(needs)]
        sha256 = package.get("SHA256")
        tables["versions"].append((name, package["Version"], package["Architecture"], int(package.get("Size", 0)),
                                   package.get("Installed-Size"), bytes.fromhex(sha256) if sha256 else None))
    tables["sections"] = [(number, *key) for key, number in sections.rows.items()]
    tables["maintainers"] = [(number, *key) for key, number in maintainers.rows.items()]
    return tables


def load(connection, tables):
    cursor = connection.cursor()
    for statement in Path(__file__).with_name("schema.sql").read_text().split(";"):
        if statement.strip():
            cursor.execute(statement)
    for table, rows in tables.items():
        if rows:
            places = ", ".join(["%s"] * len(rows[0]))
            for begin in range(0, len(rows), BATCH):
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows[begin:begin + BATCH])
        print(f"{table:<14}{len(rows):>8} rows", file=sys.stderr)
    connection.commit()
    # `syncline init` judges by the statistics which arrays would be long; by itself the server makes them some seconds later.
    cursor.execute("ANALYZE TABLE " + ", ".join(tables))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--user", default="root")
    parser.add_argument("--password", default="")
    parser.add_argument("--database", default="debian")
    parser.add_argument("--limit", type=int, default=0, help="only the first N packages")
    arguments = parser.parse_args()
    connection = pymysql.connect(host=arguments.host, port=arguments.port, user=arguments.user, password=arguments.password,
                                 charset="utf8mb4")
    name = arguments.database.replace("`", "``")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
    connection.select_db(arguments.database)
    stanzas = paragraphs(sys.stdin)
    if arguments.limit:
        stanzas = (s for _, s in zip(range(arguments.limit), stanzas))
    load(connection, rows_of(stanzas))


if __name__ == "__main__":
    main()
