"""The pipeline file as the checker understands it: read with PyYAML, resolved against information_schema. Shares nothing with the program."""
import re
from dataclasses import dataclass, field

import yaml


@dataclass
class Column:
    name: str
    type: str  # DATA_TYPE: "int", "varchar", "json" ...
    declared: str  # COLUMN_TYPE: "int unsigned"
    scale: int  # fractional digits of temporal types


@dataclass
class Field:
    name: str
    column: Column | None = None
    expression: str | None = None


@dataclass
class Node:
    name: str
    kind: str  # root, one, many
    table: str
    key: list[str]
    fields: list[Field]
    where: str | None
    own: list[str] = field(default_factory=list)
    parent: list[str] = field(default_factory=list)
    order_by: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)


class Catalog:
    """What information_schema says of one database."""

    def __init__(self, cursor, database):
        self.columns, self.keys = {}, {}
        cursor.execute(
            "SELECT table_name, column_name, data_type, column_type, coalesce(datetime_precision, 0)"
            " FROM information_schema.columns WHERE table_schema = %s ORDER BY table_name, ordinal_position", (database,))
        for table, name, kind, declared, scale in cursor.fetchall():
            self.columns.setdefault(table, []).append(Column(name, kind, declared, scale))
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.key_column_usage"
            " WHERE table_schema = %s AND constraint_name = 'PRIMARY' ORDER BY table_name, ordinal_position", (database,))
        for table, name in cursor.fetchall():
            self.keys.setdefault(table, []).append(name)
        self._mark_json_of_mariadb(cursor, database)

    def _mark_json_of_mariadb(self, cursor, database):
        """MariaDB's JSON is LONGTEXT with a check of json_valid."""
        cursor.execute("SELECT version()")
        if "MariaDB" not in cursor.fetchone()[0]:
            return
        cursor.execute("SELECT table_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = %s",
                       (database,))
        for table, clause in cursor.fetchall():
            for column in self.columns.get(table, []):
                if clause == f"json_valid(`{column.name}`)":
                    column.type = "json"

    def column(self, table, name):
        return next(c for c in self.columns[table] if c.name.lower() == name.lower())


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def renamed(catalog, table, name, sql):
    """SQL that is one column between backticks is that column."""
    column = re.fullmatch(r"`((?:[^`]|``)+)`", sql)
    return Field(name, column=catalog.column(table, column[1].replace("``", "`"))) if column else None


def resolve(name, spec, catalog, parent=None):
    spec = spec or {}
    table = spec.get("table", name)
    fields = []
    for entry in spec.get("fields") or ["*"]:
        if entry == "*":
            fields += [Field(c.name, column=c) for c in catalog.columns[table]]
        elif isinstance(entry, str):
            fields.append(Field(entry, column=catalog.column(table, entry)))
        else:
            fields += [renamed(catalog, table, key, sql) or Field(key, expression=sql) for key, sql in entry.items()]
    node = Node(name, "root", table, catalog.keys[table], fields, spec.get("where"))
    if "key" in spec:
        node.kind, node.parent, node.own = "one", as_list(spec["key"]), as_list(spec.get("references")) or node.key
    elif "link" in spec:
        node.kind, node.own = "many", as_list(spec["link"])
        node.parent = as_list(spec.get("references")) or catalog.keys[parent]
    node.order_by = as_list(spec.get("order_by")) + node.key
    node.children = [resolve(child, sub, catalog, table) for child, sub in (spec.get("embed") or {}).items()]
    return node


def plain(value):
    """Values as they are meant: "$${" stands for "${" (variables are the program's business)."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.replace("$${", "${") if isinstance(value, str) else value


def load(path, catalog):
    """The document types of a pipeline file, and the file itself."""
    with open(path) as file:
        pipeline = yaml.safe_load(file)
    return [resolve(name, spec, catalog) for name, spec in plain(pipeline["documents"]).items()], pipeline
