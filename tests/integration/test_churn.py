"""Random changes to tables of every shape, under `run`: both stores hold what MySQL holds."""

SCHEMA = """
CREATE TABLE `every type` (id INT AUTO_INCREMENT PRIMARY KEY, a TINYINT NOT NULL, b BIGINT UNSIGNED, c MEDIUMINT, d SMALLINT UNSIGNED,
    e DECIMAL(65,30), f DECIMAL(5,2) UNSIGNED NOT NULL, g FLOAT, h DOUBLE NOT NULL, i FLOAT(7,3), j VARCHAR(255), `from` INT DEFAULT 7,
    k CHAR(10) CHARACTER SET latin1, l TEXT, m VARBINARY(30), n BINARY(16), o BLOB, p BIT(1), q BIT(64), r DATE, s DATETIME(6) NOT NULL,
    t TIMESTAMP(3) NULL, u TIME(6), v YEAR, w ENUM('a','it''s','b,c'), x SET('p','q''r','s'), y JSON,
    z VARCHAR(20) CHARACTER SET ascii NOT NULL, zz TINYTEXT CHARACTER SET utf8mb3);
CREATE TABLE tree (id INT PRIMARY KEY, parent INT, name VARCHAR(20), FOREIGN KEY (parent) REFERENCES tree (id));
CREATE TABLE grand (code VARCHAR(10) COLLATE utf8mb4_bin PRIMARY KEY, label VARCHAR(50));
CREATE TABLE `mid``dle` (a VARCHAR(10) COLLATE utf8mb4_bin, b INT, u BIGINT, note TEXT, PRIMARY KEY (a, b), UNIQUE (u),
    FOREIGN KEY (a) REFERENCES grand (code) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE leaf (id BIGINT UNSIGNED PRIMARY KEY, a VARCHAR(10) COLLATE utf8mb4_bin, b INT, extra DOUBLE,
    FOREIGN KEY (a, b) REFERENCES `mid``dle` (a, b) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE link (l BIGINT UNSIGNED, e INT, PRIMARY KEY (l, e), FOREIGN KEY (l) REFERENCES leaf (id) ON DELETE CASCADE,
    FOREIGN KEY (e) REFERENCES `every type` (id));
CREATE TABLE one_to_one (id INT PRIMARY KEY, v INT, FOREIGN KEY (id) REFERENCES `every type` (id) ON DELETE CASCADE);
CREATE TABLE single (x INT PRIMARY KEY);
CREATE TABLE checked (id INT AUTO_INCREMENT PRIMARY KEY, lo INT NOT NULL, hi INT NOT NULL, g INT GENERATED ALWAYS AS (lo + hi) STORED,
    CHECK (lo <= hi), CHECK (lo >= 0));
CREATE TABLE binary_key (k VARBINARY(20), d DATETIME(3), v INT, PRIMARY KEY (k, d));
CREATE TABLE keyless (x INT);
CREATE TABLE without_transactions (x INT PRIMARY KEY) ENGINE = MyISAM;
CREATE VIEW seen AS SELECT * FROM tree
"""

DOCUMENTS = {
    "every": {"table": "every type", "embed": {"more": {"table": "one_to_one", "key": "id"}, "links": {"table": "link", "link": "e"}}},
    "tree": {"embed": {"children": {"table": "tree", "link": "parent"}}},
    "grand": {"embed": {"middles": {"table": "mid`dle", "link": "a", "embed": {"leaves": {"table": "leaf", "link": ["a", "b"]}}}}},
    "middle": {"table": "mid`dle", "embed": {"of": {"table": "grand", "key": "a"}}},
    "leaf": {"embed": {"links": {"table": "link", "link": "l"}}},
    "one_to_one": None, "single": None, "checked": None, "binary_key": None,
}


def test_random_changes_under_run(world):
    world.sql(*SCHEMA.split(";\n"))
    world.pipeline(DOCUMENTS)
    filled = world.json("generate", "--churn", "--fill", "40", "--for", "0s")
    assert all(table["rows"] >= 40 for table in filled["tables"])
    engine = world.follow()
    report = world.json("generate", "--churn", "--rate", "150/s", "--for", "12s", "--connections", "6")
    tables = {table["table"]: table for table in report["tables"]}
    for name in set(tables) - {"single", "link"}:  # which have nothing but keys
        assert min(tables[name][count] for count in ("inserted", "updated", "deleted")) > 0, tables[name]
    assert report["rollbacks"] > 20 and tables["checked"]["refused"]["check"] > 0
    assert {one["table"] for one in report["left_out"]} == {"without_transactions", "seen"}
    world.assert_right()
    assert engine.is_running()


def test_tables_keep_their_size_and_those_not_named_are_left_alone(world):
    world.sql("CREATE TABLE changed (id INT PRIMARY KEY, v INT)", "CREATE TABLE other (id INT PRIMARY KEY, v INT)",
              "CREATE TABLE few (id INT PRIMARY KEY, v INT)", "INSERT INTO few VALUES (1, 1)",
              "INSERT INTO changed SELECT seq, 0 FROM (WITH RECURSIVE s (seq) AS (SELECT 1 UNION SELECT seq + 1 FROM s WHERE seq < 200) "
              "SELECT seq FROM s) numbers",
              "INSERT INTO other SELECT id, v FROM changed")
    world.pipeline({"changed": None})
    report = world.json("generate", "--churn", "--rate", "0", "--for", "4s", "--tables", "changed,few")
    assert [table["table"] for table in report["tables"]] == ["changed", "few"]
    assert report["tables"][0]["deleted"] > 60
    assert 150 <= world.sql("SELECT COUNT(*) FROM changed")[0][0] <= 250
    assert 1 <= world.sql("SELECT COUNT(*) FROM few")[0][0] <= 8
    assert world.sql("SELECT COUNT(*), SUM(v) FROM other")[0] == (200, 0)


def test_a_table_that_is_not_there(world):
    world.sql("CREATE TABLE orders (id INT PRIMARY KEY)")
    world.pipeline({"orders": None})
    done = world.syncline("generate", "--churn", "--tables", "order", code=1)
    assert "no table 'order'" in done.stderr and "orders" in done.stderr
