"""./dev try: anyone's dump is loaded, followed, judged, and nothing of it is left behind."""
import gzip
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import redis
from conftest import TREE, environment, eventually
from test_demo import is_alive

sys.path.insert(0, str(TREE / "tools/try"))
from sql_file import SqlFile, Unreadable  # noqa: E402

# What dumps of old servers do: a mode that is gone, definers that do not exist, triggers before the rows, zero dates, a view, a NUL.
OLD_DUMP = r"""
/*!40101 SET NAMES utf8 */;
/*!40014 SET FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
CREATE DATABASE `Old Shop`; USE `Old Shop`;
CREATE TABLE `order` (id INT(11) UNSIGNED ZEROFILL NOT NULL PRIMARY KEY, kunde INT, at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00',
  KEY (kunde), FOREIGN KEY (kunde) REFERENCES `größe kunden` (nr) ON DELETE CASCADE) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE `größe kunden` (nr INT PRIMARY KEY, `näme` VARCHAR(30)) ENGINE=InnoDB;
CREATE TABLE log (message TEXT) ENGINE=InnoDB;
CREATE TABLE alt (id INT PRIMARY KEY) ENGINE=MyISAM;
/*!50003 SET sql_mode = 'NO_AUTO_CREATE_USER,STRICT_TRANS_TABLES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER noted BEFORE INSERT ON `order` FOR EACH ROW BEGIN
  INSERT INTO log VALUES (CONCAT('order ', NEW.id)); END */;;
CREATE DEFINER=gone@localhost FUNCTION dice() RETURNS DOUBLE RETURN RAND();;
DELIMITER ;
CREATE DEFINER=`web`@`10.0.0.%` VIEW orders AS SELECT * FROM `order`;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
"""
OLD_ROWS = "INSERT INTO `größe kunden` VALUES (1, 'Müller'), (2, NULL), (3, 'a\0b');\nINSERT INTO `order` VALUES (1, 1, '0000-00-00'), (2, 1, '2020-01-01'), (3, 2, 0);\n"


@pytest.fixture
def folder():
    """Short: a Unix socket's path may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="try-") as folder:
        yield Path(folder)
        while BEGUN:
            process = BEGUN.pop()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)
        for left in leftovers(Path(folder)):
            end(begin(Path(folder), "--stop", left), 0)


BEGUN = []


def begin(folder, *arguments, program=None):
    variables = {"TREE": str(TREE), "TMPDIR": str(folder), "SYNCLINE_BIN": str(program or environment("SYNCLINE_BIN"))}
    BEGUN.append(subprocess.Popen(["bash", TREE / "tools/try/try.sh", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True, env=os.environ | variables, cwd=folder, start_new_session=True))
    return BEGUN[-1]


def end(process, code):
    out, words = process.communicate(timeout=120)
    assert process.returncode == code, out + words
    return out, words


def leftovers(folder):
    return list(folder.glob("syncline-try-*"))


def test_old_dumps_pass_and_a_spoiled_store_does_not_side_by_side(folder):
    (folder / "schema.sql").write_text(OLD_DUMP)
    (folder / "rows.sql.gz").write_bytes(gzip.compress(OLD_ROWS.encode()))
    (folder / "spoiled.sql").write_text("CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(9));\nINSERT INTO things VALUES (1, 'one');\n")
    spoiler = folder / "spoiler"  # the program, but before it verifies somebody writes into the store
    spoiler.write_text(f"""#!/bin/bash
[[ " $* " != *" verify "* ]] || redis-cli -u "$(grep -o 'redis://[^ ]*' "$2")" hset things:1 name two >/dev/null
exec {environment("SYNCLINE_BIN")} "$@"
""")
    spoiler.chmod(0o755)
    good = begin(folder, "--keep", "schema.sql", "rows.sql.gz")
    spoiled = begin(folder, "--server", "mariadb", "spoiled.sql", program=spoiler)
    out, _ = end(spoiled, 3)
    assert re.search(r"^things +1 +things +1 +1 +1 fault\w* in redis$", out, re.MULTILINE), out
    out, words = end(good, 0)
    assert re.search(r"^order +3 +order +3 +3 +verified$", out, re.MULTILINE), out
    assert re.search(r"^größe kunden +3 +\S+ +3 +3 +verified$", out, re.MULTILINE), out
    assert re.search(r"^log +3 +left out: .*no primary key", out, re.MULTILINE), "the trigger ran\n" + out
    assert re.search(r"^alt +0 +left out: .*MyISAM", out, re.MULTILINE), out
    assert re.search(r"^orders +left out: .*view", out, re.MULTILINE), out

    kept = dict(shlex.split(line)[0].split("=", 1) for line in out.splitlines() if re.match(r"[A-Z_0-9]+=", line))
    assert leftovers(folder) == [Path(kept["DIR"])] and is_alive(kept["ENGINE_PID"])
    assert redis.Redis.from_url(kept["REDIS_URI"]).hget("order:2", "at") == b"2020-01-01 00:00:00"
    pids = [path.read_text().split()[0] for path in Path(kept["DIR"]).rglob("*.pid")]
    assert kept["STOP"] == f"{TREE}/dev try --stop {kept['DIR']}"
    end(begin(folder, "--stop", kept["DIR"]), 0)
    assert leftovers(folder) == [] and len(pids) >= 5 and not any(map(is_alive, pids))


def test_an_error_names_the_file_the_line_and_the_server_s_words_and_ctrl_c_leaves_nothing(folder):
    (folder / "wrong.sql").write_text("CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\nCREATE TABEL b (id INT);\n")
    (folder / "slow.sql").write_text("CREATE TABLE a (id INT PRIMARY KEY);\nDO SLEEP(60);\n")
    slow = begin(folder, "--server", "mariadb", "slow.sql")
    _, words = end(begin(folder, "--server", "mariadb", "wrong.sql"), 1)
    assert "wrong.sql, line 3: You have an error in your SQL syntax" in words and "TABEL" in words

    pids = eventually(lambda: [p.read_text().split()[0] for p in folder.rglob("*.pid")])
    os.killpg(slow.pid, signal.SIGINT)
    _, words = end(slow, 130)
    assert leftovers(folder) == [] and not any(map(is_alive, pids))


@pytest.mark.parametrize("content,said", [
    (None, "No such file"), (b"USE mysql;\nDROP TABLE user;\n", "server's own tables"), (gzip.compress(os.urandom(999))[:300], "not a whole gzip")])
def test_a_file_that_cannot_be_tried_is_refused_before_a_server_starts(folder, content, said):
    if content is not None:
        (folder / "x.sql").write_bytes(content)
    _, words = end(begin(folder, "x.sql"), 2)
    assert said in words and "Private servers" not in words and leftovers(folder) == []


def text_of(folder, content, server="mysql"):
    (folder / "x.sql").write_bytes(content)
    script = SqlFile(folder / "x.sql")
    return script, b"".join(script.text_for(server))


def test_modes_that_are_gone_are_taken_out_where_a_mode_is_set_and_nowhere_else(folder):
    line = b"/*!50003 SET sql_mode = 'NO_AUTO_CREATE_USER,STRICT_TRANS_TABLES,ORACLE' */;\n"
    data = b"INSERT INTO t VALUES ('SET sql_mode = NO_AUTO_CREATE_USER');\n"
    assert text_of(folder, line + data)[1] == b"/*!50003 SET sql_mode = 'STRICT_TRANS_TABLES' */;\n" + data
    assert text_of(folder, line, "mariadb")[1] == line


def test_what_a_script_is_written_in_is_seen(folder):
    assert text_of(folder, "SELECT 'Müller';".encode("latin1"))[0].charset() == "latin1"
    assert text_of(folder, "SET NAMES latin1;\nSELECT 'Müller';".encode("latin1"))[0].charset() == "utf8mb4"
    assert text_of(folder, b"\xef\xbb\xbfSELECT 1;")[1] == b"SELECT 1;"
    assert text_of(folder, "\ufeffSELECT 'ü';\n".encode("utf-16-le"))[1] == "SELECT 'ü';\n".encode()
    with pytest.raises(Unreadable):
        text_of(folder, b"\xff\xfe\x00\xd8A\x00")


def test_its_databases_and_definers_are_seen(folder):
    script, _ = text_of(folder, b"CREATE DATABASE a; USE `a``b`;\n/*!50017 DEFINER=`x y`@`10.%`*/ DEFINER = me@localhost\n")
    assert script.used == ["a`b"] and script.begins == set()
    assert script.definers == {("x y", "10.%"), ("me", "localhost")}
