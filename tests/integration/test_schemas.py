"""Real applications' schemas, as Debian ships them: every table a document, under random changes, and both judges."""
import subprocess

import pytest
from conftest import TREE


TABLES_WITH_A_KEY = "SELECT TABLE_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_TYPE = 'PRIMARY KEY'"


@pytest.mark.parametrize("schema", ["roundcube", "powerdns"])
def test_an_applications_schema_under_random_changes(world, schema):
    fetched = subprocess.run([TREE / "tests/schemas/fetch.sh", schema], capture_output=True, text=True, timeout=120)
    assert fetched.returncode == 0, fetched.stderr
    with open(fetched.stdout.strip()) as sql:
        subprocess.run(["mysql", "--host", world.host, "--port", str(world.port), "--user", "root", world.database], stdin=sql, check=True,
                       timeout=60)
    world.pipeline({table: None for table, in world.sql(TABLES_WITH_A_KEY)})
    filled = world.json("generate", "--churn", "--fill", "12", "--for", "0s")
    assert min(table["rows"] for table in filled["tables"]) >= 12
    engine = world.follow()
    churned = world.json("generate", "--churn", "--rate", "100/s", "--for", "4s")
    assert churned["transactions"] > 50
    assert sum(table["deleted"] for table in churned["tables"]) > 0
    world.assert_right()
    assert engine.is_running()
