"""Ways to be hostile, and the switches, each with the profile under which it bites."""
from dataclasses import dataclass, field

OPTIONS = {"snapshot.chunk_documents": 50, "verify.interval": "1s", "verify.documents_per_second": 300}


@dataclass(frozen=True)
class Profile:
    customers: int = 20  # keys; orders are twice as many
    writer_processes: int = 2
    writers: int = 6  # threads in each
    hold_s: float = 0.8  # a long transaction, at most
    pause_s: float = 0.04  # between two transactions, on average
    engines: tuple = ("stream",) * 4
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

PROFILES = {
    # Nothing heals: no load, no repair. Four engines stream at once; every key is hot.
    "few_keys": Profile(),
    # Loads and repairs all the time beside two whole engines.
    "many_keys": Profile(customers=500, hold_s=0.4, pause_s=0.01, engines=("run",) * 2, loads=True, repairs=True, verifiers=1, within_s=4,
                         options=OPTIONS | {"snapshot.chunk_documents": 400}),
    # The first load while the application writes, killed at random.
    "first_load": Profile(customers=200, pause_s=0.02, engines=("run",) * 3, is_first_load=True, kill_every_s=1.5, within_s=4),
    # Pages, pieces, hops and chunks of a few documents: every boundary is met.
    "small_steps": Profile(customers=40, engines=("run", "stream", "stream"), sleep_ms=8, loads=True, options=SMALL_STEPS),
    # As users run it: the released program, a second copy stands by.
    "succession": Profile(customers=100, engines=("run",) * 2, ignores_lock=False, kill_every_s=5, freeze_every_s=8,
                          freeze_s=(1, 14), within_s=4),
}
