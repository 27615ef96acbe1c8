"""Ways to be hostile, and the switches, each with the profile under which it bites."""
from dataclasses import dataclass, field, replace

OPTIONS = {"snapshot.chunk_documents": 50, "verify.interval": "1s", "verify.documents_per_second": 300}


@dataclass(frozen=True)
class Profile:
    customers: int = 20  # keys; orders are twice as many
    writer_processes: int = 2
    writers: int = 6  # threads in each
    hold_s: float = 0.8  # a long transaction, at most
    pause_s: float = 0.04  # between two transactions, on average
    burst_s: tuple = (1, 1)  # so long they write, of so long
    engines: tuple = ("stream",) * 4
    slow_engines: int = 99  # so many of them sleep between their steps, the others hurry
    ignores_lock: bool = True
    sleep: int = 50  # percent of the steps, up to sleep_ms
    sleep_ms: int = 30
    long: int = 0  # percent of the steps, up to long_ms
    long_ms: int = 2000
    kill_every_s: float = 2
    down_s: float = 0.5
    freeze_every_s: float = 4
    freeze_s: tuple = (0.1, 2)
    verifiers: int = 2
    verifier_sleep: str = "sleep=50,sleep_ms=30"
    loads: bool = False
    repairs: bool = False
    forgets: bool = False
    is_first_load: bool = False
    within_s: int = 4
    final_within_s: int = 60
    targets: tuple = ("mongodb", "redis")
    options: dict = field(default_factory=lambda: OPTIONS)


SMALL_STEPS = {"stream.batch_documents": 7, "stream.wide_documents": 3, "snapshot.chunk_documents": 5,
               "verify.batch_documents": 10, "verify.interval": "1s", "verify.documents_per_second": 300}

HOT = Profile(customers=12, hold_s=0.15, pause_s=0.01, burst_s=(0.7, 2.5), sleep=20, sleep_ms=4, long=15, long_ms=300, within_s=1,
              kill_every_s=0, freeze_every_s=0, verifier_sleep="sleep=30,sleep_ms=4")

PROFILES = {
    # Nothing heals: no load, no repair. Four engines stream at once; every key is hot.
    "few_keys": Profile(),
    # Bursts of changes to a few keys, then silence, in which what was left wrong is seen.
    "bursts": replace(HOT, kill_every_s=3, freeze_every_s=5, freeze_s=(0.1, 1)),
    # Loads and repairs all the time beside two whole engines.
    "many_keys": Profile(customers=500, hold_s=0.4, pause_s=0.01, engines=("run",) * 2, loads=True, repairs=True, verifiers=1,
                         options=OPTIONS | {"snapshot.chunk_documents": 400}),
    # The first load while the application writes, killed at random.
    "first_load": Profile(customers=200, pause_s=0.02, engines=("run",) * 3, is_first_load=True, kill_every_s=1.5),
    # Pages, pieces, hops and chunks of a few documents: every boundary is met.
    "small_steps": Profile(customers=40, engines=("run", "stream", "stream"), sleep_ms=8, loads=True, options=SMALL_STEPS),
    # As users run it: the released program, a second copy stands by.
    "succession": Profile(customers=100, engines=("run",) * 2, ignores_lock=False, kill_every_s=5, freeze_every_s=8,
                          freeze_s=(1, 14)),
}


@dataclass(frozen=True)
class Switch:
    """Breaks one rule. Red by one of `verdicts` within the time, or the test fails: a fault that verify reports live; "torn": an
    engine ended because rows of one view do not fit together; or "late": what was committed long ago is not in the stores at the end,
    although `wait` said so."""

    what: str
    profile: Profile
    verdicts: tuple = ("missing", "extra", "stale", "corrupt")
    seconds: int = 60
    is_judged_at_the_end: bool = False
    is_quick: bool = False  # red within seconds, on a busy machine too: these the suite runs


SLOW = replace(HOT, customers=30, burst_s=(1, 1), long=20, verifiers=4, verifier_sleep="sleep=30,sleep_ms=4,long=10,long_ms=300")
PROMPT = replace(HOT, customers=30, long=0, verifiers=4, verifier_sleep="sleep=30,sleep_ms=4,long=20,long_ms=1000")
BUSY = replace(HOT, customers=60, hold_s=0.2, burst_s=(1, 1), long=0)
# Engines freeze with what they read, beyond the life of a tombstone; then silence, in which what they brought back is seen.
FROZEN = replace(HOT, customers=40, hold_s=0.2, burst_s=(1.5, 8), long=40, long_ms=500, freeze_every_s=0.5, freeze_s=(3, 5), verifiers=3,
                 targets=("redis",), within_s=2, options=OPTIONS | {"age_fence": "1s", "redis.tombstone_ttl": "2s"})
FORGETFUL = replace(BUSY, customers=30, engines=("run",) * 3, sleep=50, sleep_ms=60, forgets=True, verifiers=1, targets=("redis",),
                    options=OPTIONS | {"snapshot.chunk_documents": 500})
# A write that is slower than a removal that overtakes it; then silence, in which the record stands below its tombstone. One of
# two engines is slow: a third one's removal would mend it, and two slow ones hardly overtake one another.
OVERTAKEN = replace(HOT, customers=20, burst_s=(1.5, 10), engines=("stream",) * 2, slow_engines=1, long=50, long_ms=1200, verifiers=2,
                    targets=("mongodb",), within_s=6, options=OPTIONS | {"age_fence": "4s"})
LATE = replace(BUSY, customers=200, engines=("stream",), sleep=0, hold_s=1, pause_s=0.005, verifiers=1,
               final_within_s=5)

SWITCHES = {
    "number_before_view": Switch("a view is numbered after it opened", HOT, seconds=180),
    "view_lock": Switch("number and view without the lock", HOT, seconds=180),
    "repeatable_read": Switch("the reader's session at READ COMMITTED", SLOW, ("missing", "extra", "stale", "corrupt", "torn"), 180),
    "settle_seen_only": Switch("log rows settled that the view did not contain", HOT, is_quick=True),
    "settle_after_write": Switch("log rows settled before the write", HOT, is_quick=True),
    "tombstone": Switch("no tombstone", HOT, ("extra",), is_quick=True),
    "revision_guard": Switch("no revision guard", HOT, ("corrupt", "stale"), is_quick=True),
    "old_row_logged": Switch("an update does not log the old key and links", HOT, ("extra", "corrupt"), is_quick=True),
    "cascade_triggers": Switch("no triggers for referential actions", HOT, ("extra", "corrupt"), is_quick=True),
    "target_after_view": Switch("verification reads the target before the view", PROMPT, seconds=180),
    "sweep": Switch("no sweep", LATE, ("late",), 15, is_judged_at_the_end=True, is_quick=True),
    "age_fence": Switch("no age fence; engines freeze for longer than a tombstone lives", FROZEN, ("extra",), 180),
    "floor": Switch("a load raises no floor; Redis forgets while engines are frozen", FORGETFUL, ("extra",), 180),
    "look_after_write": Switch("MongoDB: no look for tombstones after a write", OVERTAKEN, ("extra", "stale"), 420),
}
