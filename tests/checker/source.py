"""Documents rebuilt from plain SQL, one node after the other, in one consistent snapshot."""
from dataclasses import dataclass


@dataclass
class Cell:
    """A scalar: the kind that decides its form in a store, and its text as MySQL prints it (bytes for binary kinds)."""

    kind: str
    text: object
    scale: int = 0
    declared: str = ""


BINARY = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"}
INTEGER = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}


def quote(name):
    return "`" + name.replace("`", "``") + "`"


def select_term(alias, column):
    term = f"{alias}.{quote(column.name)}"
    if column.type in BINARY:
        return f"HEX({term})" if column.type != "bit" else f"LPAD(HEX({term} + 0), {(bits(column) + 7) // 8 * 2}, '0')"
    if column.type in ("float", "double"):
        return f"{term} + 0E0"
    if "zerofill" in column.declared:  # the zeros are how it is displayed, not the value
        return f"CAST({term} + 0 AS CHAR)"
    return f"CAST({term} AS CHAR)"


def bits(column):
    return int(column.declared.split("(")[1].rstrip(")")) if "(" in column.declared else 1


def cell(column, value):
    if value is not None and column.type in BINARY:
        value = bytes.fromhex(value)
    if isinstance(value, str) and column.type in ("date", "datetime", "timestamp") and value.startswith("0000-00-00"):
        value = None
    return Cell(column.type, value, column.scale, column.declared)


def computed(value):
    """A field that SQL made: its kind follows from what the driver returned."""
    if value is None:
        return Cell("varchar", None)
    kind = {int: "bigint", str: "varchar", float: "double", bytes: "blob"}.get(type(value), "decimal")
    return Cell(kind, str(value) if kind in ("bigint", "decimal") else value)


def link_term(name):
    """What a row is found by: a collation that ignores case takes 'A' for 'a'. (Of accents and spaces this knows nothing.)"""
    term = f"t.{quote(name)}"
    return f"IF(COLLATION({term}) LIKE '%\\_ci', LOWER({term}), {term})"


def read_rows(cursor, node):
    """[(key, links, document)]: for each row its key, the values that its parent or its children are found by, and its document."""
    names = list(dict.fromkeys(node.own + [p for child in node.children for p in child.parent]))
    terms = [f"t.{quote(name)}" for name in node.key] + [link_term(name) for name in names]
    terms += [f"({f.expression})" if f.expression else select_term("t", f.column) for f in node.fields]
    order = ", ".join(order_term(term) for term in node.order_by)
    where = f" WHERE {node.where}" if node.where else ""
    cursor.execute(f"SELECT {', '.join(terms)} FROM {quote(node.table)} t{where} ORDER BY {order}")
    rows, keys = [], len(node.key)
    for row in cursor.fetchall():
        document = {}
        for field, value in zip(node.fields, row[keys + len(names):]):
            document[field.name] = cell(field.column, value) if field.column else computed(value)
        rows.append((tuple(row[:keys]), dict(zip(names, row[keys:])), document))
    return rows


def order_term(term):
    name, _, direction = term.partition(" ")
    return f"t.{quote(name)} {direction}"


def build(cursor, node):
    """The rows of a node with its children put in, in the node's order."""
    rows = read_rows(cursor, node)
    for child in node.children:
        groups = {}
        for _, links, document in build(cursor, child):
            groups.setdefault(tuple(links[n] for n in child.own), []).append(document)
        for _, links, document in rows:
            link = tuple(links[n] for n in child.parent)
            found = [] if None in link else groups.get(link, [])
            document[child.name] = found if child.kind == "many" else (found[0] if found else None)
    return rows


def documents(cursor, node, catalog):
    """{key: document} of a document type; the key is a tuple of cells' (kind, text), so that it can be a dictionary's."""
    columns = [catalog.column(node.table, name) for name in node.key]
    cursor.execute(f"SELECT {', '.join('t.' + quote(c.name) for c in columns)}, {', '.join(select_term('t', c) for c in columns)}"
                   f" FROM {quote(node.table)} t")
    texts = {row[:len(columns)]: tuple(row[len(columns):]) for row in cursor.fetchall()}
    rows = build(cursor, node)
    result = {}
    for key, _, document in rows:
        cells = tuple(cell(c, text) for c, text in zip(columns, texts[key]))
        result[tuple((c.kind, c.text, c.scale, c.declared) for c in cells)] = document
    return result
