"""Everything at the same time: loads, streams, verifications and repairs under traffic never make a fault."""
import json
import threading
import time

from conftest import eventually

FAULTS = ("missing", "extra", "stale", "corrupt", "future")
TRAFFIC = ("generate", "--traffic", "--rate", "300/s", "--connections", "6", "--for")


def test_a_first_load_while_the_application_writes(world):
    world.example("examples/shop.yaml")
    world.syncline("generate", "--customers", "4000", "--seed", "3")
    traffic = world.engine(*TRAFFIC, "12s", "--seed", "3")
    eventually(lambda: "transactions" in traffic.text())
    engine = world.engine()
    eventually(lambda: "loading" in str(world.json("status", code=None)), seconds=20)
    assert traffic.is_running()
    engine.kill()  # a load under load, and killed
    world.engine()
    assert traffic.process.wait(60) == 0, traffic.text()
    world.assert_right(timeout="2m")


def test_two_engines_a_load_and_a_repair_at_once_make_no_fault(world):
    world.example("examples/shop.yaml")
    world.syncline("generate", "--customers", "1000", "--seed", "5")
    engines = [world.engine(), world.follow()]  # both install, one streams
    traffic = world.engine(*TRAFFIC, "20s", "--seed", "5")
    verified, loads = [], []

    def verify():
        while traffic.is_running():
            done = world.syncline("--json", "verify", "--repair", "--within", "20s", code=None)
            report = json.loads(done.stdout)
            verified.append((done.returncode, report.get("found", report)))

    def load():
        while traffic.is_running():
            loads.append(world.json("snapshot", "--again")["documents"])

    threads = [threading.Thread(target=verify), threading.Thread(target=load)]
    for thread in threads:
        thread.start()
    time.sleep(4)
    engines[0].freeze()
    time.sleep(8)
    engines[0].thaw()  # two of them believe that they stream
    assert traffic.process.wait(60) == 0, traffic.text()
    for thread in threads:
        thread.join()
    assert len(verified) >= 2 and len(loads) >= 2
    # Unverified (4) is what a load in progress makes of a key; a fault would be a lie.
    faults = [f for _, report in verified for f in report["findings"] if f["verdict"] in FAULTS]
    assert faults == [], "\n".join(map(str, faults))
    assert {code for code, _ in verified} <= {0, 4}
    world.assert_right(timeout="2m")
    assert all(engine.is_running() for engine in engines)
