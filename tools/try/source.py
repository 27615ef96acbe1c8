"""The private MySQL or MariaDB server: the files are loaded into it, and its tables counted."""
import re
import subprocess
import sys
import time

import pymysql
from processes import IS_LIVE, Failure, environment, say
from sql_file import Unreadable

SYSTEM = {"information_schema", "mysql", "performance_schema", "sys"}
# A private server that takes what a script wants: its events must not change rows behind the verification's back.
SETTINGS = ["max_allowed_packet = 1073741824", "log_bin_trust_function_creators = 1", "local_infile = 1", "event_scheduler = OFF"]


def quote(name):
    return "`" + name.replace("`", "``") + "`"


class Source:
    def __init__(self, role, address):
        self.role, self.socket = role, address[f"{role.upper()}_SOCKET"]
        self.uri, self.port = address[f"{role.upper()}_URI"], int(address[f"{role.upper()}_PORT"])
        for setting in SETTINGS:
            self.sql("SET GLOBAL " + setting)

    def sql(self, statement, values=None, database=None):
        with pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=database, charset="utf8mb4",
                             autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def make_definers(self, definers):
        """Their triggers and views could not run without them. Names that cannot be an account's are left to the script."""
        for user, host in sorted(definers):
            if user in ("mysql.sys", "mariadb.sys"):
                continue
            password = "" if user == "root" else "try"  # root@127.0.0.1 would be ourselves
            try:
                self.sql("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", (user, host, password))
                self.sql("GRANT ALL PRIVILEGES ON *.* TO %s@%s", (user, host))
            except pymysql.err.Error as error:
                say(f"note: no account {user}@{host} for its triggers and views: {error.args[1]}")

    def load(self, script, database):
        """Feeds one file to the client; returns the database that the next file goes on in."""
        self.make_definers(script.definers)
        self.sql(f"CREATE DATABASE IF NOT EXISTS {quote(database)} CHARACTER SET utf8mb4")
        if script.charset() == "latin1":
            say(f"note: {script.path} is not UTF-8 and does not say what it is: taken as latin1")
        # The modes of today refuse zero dates and unknown engines, which old dumps have; and MySQL 8.4 foreign keys to columns
        # that are not unique.
        first = "SET SESSION sql_mode = ''"
        if self.role == "mysql":
            first += ", SESSION restrict_fk_on_non_standard_key = OFF"
        command = ["mariadb", "--no-defaults", "-hlocalhost", "-uroot", f"-S{self.socket}", f"--default-character-set={script.charset()}",
                   "--local-infile=1", "--max-allowed-packet=1G", f"--init-command={first}", database]
        if script.has_zero_bytes:
            command.insert(2, "--binary-mode")
        code, words = self._feed(command, script)
        if code != 0:
            raise Failure(self._explain(script, words))
        known = {name for name, in self.sql("SHOW DATABASES")}
        return next((name for name in reversed(script.used) if name in known), database)

    def _feed(self, command, script):
        # `source other.sql` means a file beside the script.
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  cwd=script.path.resolve().parent, env=environment(), start_new_session=True)
        sent, shown = 0, time.monotonic()
        try:
            for line in script.text_for(self.role):
                client.stdin.write(line)
                sent += len(line)
                if IS_LIVE and time.monotonic() - shown > 0.2:
                    shown = time.monotonic()
                    print(f"\r\033[K{script.path}  {sent >> 20} MiB", end="", file=sys.stderr, flush=True)
            client.stdin.close()
        except BrokenPipeError:
            pass  # the client ended at an error, and says which
        except Unreadable as error:
            client.kill()
            raise Failure(str(error), 2) from error
        except BaseException:
            client.kill()
            raise
        finally:
            if IS_LIVE:
                print("\r\033[K", end="", file=sys.stderr)
        words = client.stderr.read().decode(errors="replace").strip()
        return client.wait(), words

    def _explain(self, script, words):
        found = re.search(r"ERROR (\d+) \(\w+\) at line (\d+)(?: in file: '([^']*)')?: (.*)", words, re.DOTALL)
        if not found:
            return f"{script.path}: {words}"
        code, line, other, text = found.groups()
        where = f"{script.path}, line {line}" if not other else f"{script.path.resolve().parent / other} line {line}, in {script.path}"
        cure = ""
        if self.role == "mariadb" and code in ("1273", "1115"):
            cure = "; it is of MySQL 8 or later: try --server mysql"
        elif self.role == "mysql" and code in ("1273", "1115", "1064") and re.search(r"uca1400|UUID|INET|SEQUENCE|SYSTEM VERSIONING", text):
            cure = "; it is of MariaDB: try --server mariadb"
        return f"{where}: {text} ({code}){cure}"

    def databases(self):
        """Those with a table, in the order of their names."""
        rows = self.sql("SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_type LIKE '%TABLE%' ORDER BY 1")
        return [name for name, in rows if name.lower() not in SYSTEM and not name.startswith("syncline_")]

    def tables(self, database):
        """[(name, whether it is a view)]"""
        rows = self.sql("SELECT table_name, table_type = 'VIEW' FROM information_schema.tables WHERE table_schema = %s ORDER BY 1", (database,))
        return [(name, bool(is_view)) for name, is_view in rows]

    def analyze(self, database):
        """Statistics of today: `init` judges by them which arrays would be long."""
        for table, is_view in self.tables(database):
            if not is_view:
                self.sql(f"ANALYZE TABLE {quote(table)}", database=database)

    def count(self, database, table):
        return self.sql(f"SELECT COUNT(*) FROM {quote(table)}", database=database)[0][0]
