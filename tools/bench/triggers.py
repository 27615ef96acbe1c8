"""What capture costs the application's server: CPU of one statement that changes many rows, with triggers and without."""
from statistics import median

from measurement import run_program, say, server_cpu

ROUNDS, BATCH = 5, 20000
STATEMENTS = {
    "UPDATE": ("UPDATE flat SET active = 1 - active WHERE id >= {first} AND id < {end}", ""),
    "INSERT": ("INSERT INTO flat SELECT 100000000 + id, customer_id, status, amount, weight, name, email, city, placed_at, changed_at, active,"
               " note FROM flat WHERE id >= {first} AND id < {end}", "DELETE FROM flat WHERE id >= 100000000"),
}


def triggers(source, rows):
    file = source.pipeline("bench_triggers", {"redis": None})
    changed = min(rows, 200000)
    for kind, (statement, undo) in STATEMENTS.items():
        costs = {"without": [], "with": []}
        for _ in range(ROUNDS):
            for state, action in (("without", "remove"), ("with", "install")):
                run_program(file, "capture", action)
                costs[state].append(cost(source, statement, changed))
                run_program(file, "capture", "remove")
                if undo:
                    source.connect().cursor().execute(undo)
        plain, captured = median(costs["without"]), median(costs["with"])
        say(f"{kind} of {changed:,} rows: {plain:.2f} us of server CPU a row, {captured:.2f} with capture: {captured - plain:+.2f} us "
            f"(medians of {ROUNDS})")
    say("")


def cost(source, statement, changed):
    """Microseconds of the server's CPU a row."""
    cursor = source.connect().cursor()
    before = server_cpu([source.role])[source.role]
    for first in range(0, changed, BATCH):
        cursor.execute(statement.format(first=first, end=min(changed, first + BATCH)))
    return (server_cpu([source.role])[source.role] - before) / changed * 1e6
