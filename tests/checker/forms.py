"""What a cell and a document must look like in each store, written down a second time from docs/targets.md."""
import base64
import json
import re
import struct
from datetime import datetime
from decimal import Decimal

from bson.decimal128 import Decimal128
from bson.int64 import Int64
from source import BINARY, INTEGER, Cell

INT32 = re.compile(r"(tinyint|smallint|mediumint|year)|int(\(\d+\))?$")


def bson(cell):
    """The value as pymongo gives it back: int for int32, Int64 for int64, naive datetime for a Date."""
    kind, text = cell.kind, cell.text
    if text is None:
        return None
    if kind in INTEGER:
        number = int(text)
        if INT32.match(cell.declared):
            return number
        return Int64(number) if number < 2**63 else Decimal128(str(number))
    if kind == "decimal":
        return Decimal128(text) if decimal_digits(cell) <= 34 else text
    if kind == "float":
        return struct.unpack("f", struct.pack("f", float(text)))[0]
    if kind == "double":
        return float(text)
    if kind in BINARY:
        return bytes(text)
    if kind == "set":
        return text.split(",") if text else []
    if kind == "date":
        return datetime.strptime(text, "%Y-%m-%d")
    if kind in ("datetime", "timestamp"):
        return text if cell.scale > 3 else datetime.fromisoformat(text)
    if kind == "json":
        return json_bson(json.loads(text, parse_float=float))
    return text


def decimal_digits(cell):
    """The column's precision; of a computed field, which has no declaration, the digits it shows."""
    declared = re.match(r"decimal\((\d+)", cell.declared)
    return int(declared[1]) if declared else len(cell.text.replace("-", "").replace(".", ""))


def json_bson(value):
    if isinstance(value, dict):
        return {k: json_bson(v) for k, v in value.items()}
    if isinstance(value, list):
        return [json_bson(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Int64(value) if -(2**63) <= value < 2**63 else Decimal128(str(value)) if value < 2**64 else float(value)
    return value


def bson_document(document):
    return {name: [bson_document(d) for d in v] if isinstance(v, list) else bson_document(v) if isinstance(v, dict)
            else bson(v) if isinstance(v, Cell) else v for name, v in document.items()}


class Single(float):
    """A FLOAT. Its text has the digits that 32 bits need, and so is another number as a double."""

    def is_written_as(self, number):
        return struct.unpack("f", struct.pack("f", float(number)))[0] == self


def plain_json(cell):
    """The value as json.loads(parse_float=Decimal) gives it back. Approximate numbers are compared as numbers, so they are floats."""
    kind, text = cell.kind, cell.text
    if text is None:
        return None
    if kind in INTEGER:
        return int(text)
    if kind == "decimal":
        return Decimal(text)
    if kind == "float":
        return Single(bson(cell))
    if kind == "double":
        return float(text)
    if kind in BINARY:
        return base64.b64encode(text).decode()
    if kind == "set":
        return text.split(",") if text else []
    if kind == "json":
        return json.loads(text, parse_float=Decimal)
    return text


def json_document(document):
    return {name: [json_document(d) for d in v] if isinstance(v, list) else json_document(v) if isinstance(v, dict)
            else plain_json(v) if isinstance(v, Cell) else v for name, v in document.items()}


def redis_hash(document):
    """{field: bytes for a scalar, or parsed JSON for embedded rows}; NULL and a to-one without row are no field."""
    fields = {}
    for name, value in document.items():
        if value is None:
            continue
        if not isinstance(value, Cell):
            fields[name] = json_document({name: value})[name]
        elif value.text is not None:
            fields[name] = value.text if isinstance(value.text, bytes) else str(value.text).encode()
    return fields


def mongo_id(key, names):
    values = [Cell(*part).text if part[0] == "set" else bson(Cell(*part)) for part in key]
    return values[0] if len(values) == 1 else dict(zip(names, values))


def redis_key(key, template, document):
    parts = [redis_key_part(*part) for part in key]
    return template.replace("{document}", document).replace("{key}", ":".join(parts)).encode()


def redis_key_part(kind, text, _scale, _declared):
    if kind in BINARY:
        return text.hex().upper()
    if kind == "timestamp":
        text = "%d" % (datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds()
    return "".join("%%%02X" % ord(c) if c in "%:{}*?[]\\" or ord(c) < 32 or ord(c) == 127 else c for c in text)
