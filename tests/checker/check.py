#!/usr/bin/env python3
"""An independent judge: rebuilds every document of a pipeline from plain SQL and compares it with MongoDB and Redis.

    tests/checker/check.py PIPELINE.yaml [--json]

Uses PyMySQL, PyMongo and redis-py, and shares no code with the program. Only for a quiet source: it waits for nothing.
Prints a line for each difference; exit code 0 when there is none, 3 otherwise.
"""
import argparse
import json
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
import definition  # noqa: E402
import forms  # noqa: E402
import pymongo  # noqa: E402
import pymysql  # noqa: E402
import redis  # noqa: E402
import source  # noqa: E402
import yaml  # noqa: E402


def same(expected, found):
    """Equality that also tells int32 from int64, and compares float to float."""
    if isinstance(expected, forms.Single) and isinstance(found, (float, Decimal, int)):
        return expected.is_written_as(found)
    if isinstance(expected, float) and isinstance(found, (float, Decimal, int)):
        return expected == float(found)
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict):
        return list(expected) == list(found) and all(same(expected[k], found[k]) for k in expected)
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    return expected == found


def difference(expected, found, path=""):
    """Where two documents differ first, in a few words."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if list(expected) != list(found):
            return f"{path or 'fields'}: expected {list(expected)}, found {list(found)}"
        return next(difference(expected[k], found[k], f"{path}.{k}".lstrip(".")) for k in expected if not same(expected[k], found[k]))
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return next(difference(e, f, f"{path}[{i}]") for i, (e, f) in enumerate(zip(expected, found)) if not same(e, f))
    return f"{path}: expected {expected!r}, found {found!r}"


class Check:
    def __init__(self, path):
        self.path, self.differences, self.compared = path, [], Counter()

    def run(self):
        uri = urlsplit(yaml.safe_load(Path(self.path).read_text())["source"]["uri"])
        database = unquote(uri.path.lstrip("/"))
        connection = pymysql.connect(host=uri.hostname, port=uri.port or 3306, user=unquote(uri.username),
                                     password=unquote(uri.password or ""), database=database, charset="utf8mb4", autocommit=True)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET time_zone = '+00:00'")
                catalog = definition.Catalog(cursor, database)
                nodes, pipeline = definition.load(self.path, catalog)
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
                for node in nodes:
                    self.check_document_type(node, source.documents(cursor, node, catalog), pipeline["targets"])
        finally:  # an open view would keep the test's database from being dropped
            connection.close()

    def check_document_type(self, node, documents, targets):
        if "mongodb" in targets:
            self.check_mongodb(node, documents, targets["mongodb"]["uri"])
        if "redis" in targets:
            self.check_redis(node, documents, targets["redis"])

    def note(self, store, name, key, what):
        key = key.decode(errors="backslashreplace") if isinstance(key, bytes) else key
        self.differences.append({"store": store, "document": name, "key": str(key), "difference": what})

    def check_mongodb(self, node, documents, uri):
        client = pymongo.MongoClient(uri)
        found = {}
        for record in client.get_default_database("test")[node.name].find():
            found[repr(record["_id"])] = record
        for key, document in documents.items():
            identity = forms.mongo_id(key, node.key)
            record = found.pop(repr(identity), None)
            self.compared["mongodb"] += 1
            if record is None:
                self.note("mongodb", node.name, identity, "missing")
                continue
            record.pop("_id")
            if not isinstance(record.pop("_revision", None), int):
                self.note("mongodb", node.name, identity, "no revision")
            expected = forms.bson_document({k: v for k, v in document.items() if k != "_id"})
            if not same(expected, record):
                self.note("mongodb", node.name, identity, difference(expected, record))
        for identity in found:
            self.note("mongodb", node.name, identity, "extra")
        client.close()

    def check_redis(self, node, documents, target):
        client = redis.Redis.from_url(target["uri"])
        template = target.get("key", "{document}:{key}")
        is_json = target.get("as", "hash") == "json"
        prefix = template.split("{key}")[0].replace("{document}", node.name)
        found = set(client.scan_iter(match=prefix + "*", count=1000))
        keys = {forms.redis_key(key, template, node.name): document for key, document in documents.items()}
        for missing in sorted(set(keys) - found):
            self.note("redis", node.name, missing, "missing")
        for extra in sorted(found - set(keys)):
            self.note("redis", node.name, extra, "extra")
        present = sorted(set(keys) & found)
        for begin in range(0, len(present), 1000):
            part = present[begin:begin + 1000]
            pipe = client.pipeline(transaction=False)
            for key in part:
                pipe.get(key) if is_json else pipe.hgetall(key)
            for key, record in zip(part, pipe.execute()):
                self.compared["redis"] += 1
                self.check_redis_record(node, key, keys[key], record, is_json)
        client.close()

    def check_redis_record(self, node, key, document, record, is_json):
        if is_json:
            found = json.loads(record, parse_float=Decimal)
            expected = forms.json_document(document)
            revision = found.pop("_revision", None)
        else:
            revision = record.pop(b"_revision", None)
            expected, found = forms.redis_hash(document), self.parse_hash(document, record)
            expected, found = dict(sorted(expected.items())), dict(sorted(found.items()))
        if revision is None or not str(int(revision)).isdigit():
            self.note("redis", node.name, key, "no revision")
        if not same(self.approximate(document, expected), self.approximate(document, found)):
            self.note("redis", node.name, key, difference(expected, found))

    @staticmethod
    def parse_hash(document, record):
        found = {}
        for name, value in record.items():
            name = name.decode()
            is_nested = not isinstance(document.get(name), source.Cell)
            found[name] = json.loads(value, parse_float=Decimal) if is_nested and name in document else value
        return found

    @classmethod
    def approximate(cls, document, fields):
        """FLOAT and DOUBLE have many texts; they are compared as numbers, in embedded rows too."""
        result = dict(fields)
        for name, value in document.items():
            found = result.get(name)
            if isinstance(value, dict) and isinstance(found, dict):
                result[name] = cls.approximate(value, found)
            elif isinstance(value, list) and isinstance(found, list) and len(value) == len(found):
                result[name] = [cls.approximate(v, f) if isinstance(f, dict) else f for v, f in zip(value, found)]
            elif isinstance(value, source.Cell) and value.kind in ("float", "double") and found is not None:
                result[name] = forms.bson(source.Cell(value.kind, float(found)))
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    check = Check(arguments.pipeline)
    check.run()
    if arguments.json:
        print(json.dumps({"compared": check.compared, "differences": check.differences}))
    else:
        for entry in check.differences[:50]:
            print("{store} {document} {key}: {difference}".format(**entry))
        print(f"compared: {dict(check.compared)}, differences: {len(check.differences)}")
    return 3 if check.differences else 0


if __name__ == "__main__":
    sys.exit(main())
