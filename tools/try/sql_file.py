"""A dump or SQL script: what can be said of it before it runs, and its text as a server of today takes it."""
import codecs
import gzip
import re
from pathlib import Path

# What mysqldump and people write before the word.
COMMENTED = rb"^\s*(?:/\*M?!\d*\s*)?"
USE = re.compile(rb"(^|;)" + COMMENTED[1:] + rb"USE\s+(`(?:[^`]|``)+`|[^\s;]+)", re.IGNORECASE)
NAMES = re.compile(COMMENTED + rb"SET\s+(?:NAMES|CHARACTER\s+SET|CHARSET)\b", re.IGNORECASE)
SET_MODE = re.compile(COMMENTED + rb"SET\b.*\bsql_mode\b", re.IGNORECASE)
PART = rb"(`(?:[^`]|``)*`|'[^']*'|\"[^\"]*\"|[\w$%.-]+)"
DEFINER = re.compile(rb"\bDEFINER\s*=\s*" + PART + rb"\s*@\s*" + PART, re.IGNORECASE)
# Words that MySQL 8 took out of sql_mode; dumps of 5.7 still set the first with each routine and trigger.
GONE = {b"NO_AUTO_CREATE_USER", b"DB2", b"MAXDB", b"MSSQL", b"MYSQL323", b"MYSQL40", b"ORACLE", b"POSTGRESQL", b"NO_FIELD_OPTIONS",
        b"NO_KEY_OPTIONS", b"NO_TABLE_OPTIONS"}
QUOTED = re.compile(rb"'([\w, ]*)'")
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
CHUNK = 1 << 20


def unquote(name):
    name = name.decode("utf-8", "replace")
    if name[:1] in "`'\"" and len(name) > 1:
        return name[1:-1].replace(name[0] * 2, name[0])
    return name


def without_gone(match):
    return b"'" + b",".join(word for word in match[1].split(b",") if word.strip().upper() not in GONE) + b"'"


class Unreadable(Exception):
    """The file is no SQL: the message says why."""


class SqlFile:
    def __init__(self, path):
        self.path = Path(path)
        self.used = []  # databases of USE, in order; perhaps also words of a text that looks like it
        self.begins = set()  # those at the beginning of a line: it is none of a text
        self.definers = set()
        self.is_utf8, self.sets_names, self.has_zero_bytes = True, False, False
        self._look()

    def lines(self):
        """Its lines, decompressed, in an ASCII-compatible encoding, without a byte order mark. A very long line comes in parts."""
        with open(self.path, "rb") as file:
            is_gzip = file.read(2) == b"\x1f\x8b"
        try:
            with (gzip.open if is_gzip else open)(self.path, "rb") as file:
                start = file.read(3)
                encoding = UTF16.get(start[:2])
                if encoding:
                    file.seek(2)
                    yield from (line.encode() for line in codecs.getreader(encoding)(file))
                    return
                file.seek(3 if start == codecs.BOM_UTF8 else 0)
                while line := file.readline(CHUNK):
                    yield line
        except (EOFError, gzip.BadGzipFile) as error:
            raise Unreadable(f"{self.path}: not a whole gzip file: {error}") from error
        except UnicodeDecodeError as error:
            raise Unreadable(f"{self.path}: begins like UTF-16, and is not: {error}") from error

    def _look(self):
        decoder = codecs.getincrementaldecoder("utf-8")()
        for line in self.lines():
            for found in USE.finditer(line):
                self.used.append(unquote(found[2]))
                if not found[1]:
                    self.begins.add(self.used[-1].lower())
            self.sets_names |= NAMES.match(line) is not None
            self.has_zero_bytes |= b"\0" in line
            for user, host in DEFINER.findall(line):
                self.definers.add((unquote(user), unquote(host)))
            if self.is_utf8:
                try:
                    decoder.decode(line)
                except UnicodeDecodeError:
                    self.is_utf8 = False

    def charset(self):
        """What its bytes are, unless it says so itself."""
        return "utf8mb4" if self.is_utf8 or self.sets_names else "latin1"

    def text_for(self, server):
        """Its lines as this server takes them; as many as there are in the file, so that line numbers stay right."""
        for line in self.lines():
            if server == "mysql" and SET_MODE.match(line):
                line = QUOTED.sub(without_gone, line)
            yield line
