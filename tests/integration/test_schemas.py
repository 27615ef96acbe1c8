"""Real applications' schemas, as Debian ships them: init, run, random changes, and both judges. The pipeline file is as init wrote it."""
import subprocess

import pytest
from conftest import TREE


@pytest.mark.parametrize("schema", ["roundcube", "powerdns"])
def test_an_applications_schema_under_random_changes(world, schema):
    fetched = subprocess.run([TREE / "tests/schemas/fetch.sh", schema], capture_output=True, text=True, timeout=120)
    assert fetched.returncode == 0, fetched.stderr
    with open(fetched.stdout.strip()) as sql:
        subprocess.run(["mysql", "--host", world.host, "--port", str(world.port), "--user", "root", world.database], stdin=sql, check=True,
                       timeout=60)
    world.syncline("init", f"mysql://root@{world.host}:{world.port}/{world.database}", "--name", world.name,
                   "--mongodb", world.mongodb_uri, "--redis", world.redis_uri)
    filled = world.json("generate", "--churn", "--fill", "12", "--for", "0s")
    assert min(table["rows"] for table in filled["tables"]) >= 12
    engine = world.follow()
    churned = world.json("generate", "--churn", "--rate", "100/s", "--for", "3s")
    assert churned["transactions"] > 50
    assert sum(table["deleted"] for table in churned["tables"]) > 0
    world.assert_right()
    assert engine.is_running()
