"""One database on trial: init, run, churn, wait, verify, the independent checker, and the counts."""
import json
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote as percent

import pymongo
import redis
import yaml
from processes import TREE, Engine, Failure, environment, say

OWED_PATIENCE = 30  # seconds with nothing but owed keys in the way
CLEAN, FAULTS, INCOMPLETE = 0, 3, 4


@dataclass
class Row:
    """What became of one table."""

    table: str
    rows: int | None
    document: str = ""
    mongodb: int | None = None
    redis: int | None = None
    verdict: str = ""
    code: int = CLEAN


class Trial:
    def __init__(self, program, folder, source, database, number, address):
        self.program, self.source, self.database = program, source, database
        self.name = re.sub(r"[^a-z0-9]+", "_", database.lower())[:24].strip("_") or "db"
        if number > 0:
            self.name += f"_{number}"
        self.pipeline = folder / f"{self.name}.yaml"
        self.mongodb_uri = f"{address['MONGODB_URI']}/{self.name}"
        self.redis_uri = f"{address['REDIS_URI']}/{number}"
        self.suggestion, self.engine, self.code = {}, None, CLEAN
        self.rows = []

    def syncline(self, *arguments):
        """Runs the program: its exit code and what it printed."""
        done = subprocess.run([self.program, "-f", self.pipeline, *arguments], capture_output=True, text=True, env=environment())
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def json(self, *arguments):
        code, out, words = self.syncline("--json", *arguments)
        try:
            return code, json.loads(out)
        except ValueError:
            raise Failure(f"syncline {arguments[0]} ended with exit code {code}: {words or out}") from None

    def init(self):
        code, said = self.json("init", f"{self.source.uri}/{percent(self.database, safe='')}", "--name", self.name,
                               "--mongodb", self.mongodb_uri, "--redis", self.redis_uri)
        if code != 0:
            hint = f"; {said['hint']}" if said.get("hint") else ""
            raise Failure(f"syncline init of {self.database}: {said.get('error')}{hint}", code)
        self.suggestion = said
        embedded = sum(len(d["embedded"]) for d in said["documents"])
        say(f"{self.pipeline}: {len(said['documents'])} documents, {embedded} embeddings, {len(said['left_out'])} tables left out")

    def fill(self, rows, seed):
        self._churn("--fill", str(rows), "--for", "0s", "--seed", str(seed))

    def start(self):
        """Returns once it follows changes, so that --churn has something to be under."""
        self.engine = Engine(self.program, self.pipeline)
        while self.syncline("status")[0] != CLEAN:
            self.engine.assert_running()
            time.sleep(0.1)

    def churn(self, seconds, seed):
        self._churn("--for", f"{seconds}s", "--seed", str(seed))
        self.engine.assert_running()

    def _churn(self, *arguments):
        code, out, words = self.syncline("generate", "--churn", *arguments)
        if code != 0:
            raise Failure(f"syncline generate --churn ended with exit code {code}: {words or out}", code)
        say(out)

    def wait(self, seconds):
        """Until everything is there; false when it is not in time, or when only owed keys are left for a while."""
        begun = only_owed_since = time.monotonic()
        said = {"obstacles": ["the engine has not begun"]}
        while time.monotonic() - begun < seconds:
            self.engine.assert_running()
            code, out, _ = self.syncline("--json", "wait", "--timeout", "5s")
            if code == 0:
                say(f"everything is there after {time.monotonic() - begun:.1f} s")
                return True
            if code != INCOMPLETE:  # capture is not installed yet
                time.sleep(0.2)
                only_owed_since = time.monotonic()
                continue
            said = json.loads(out)
            if not all(" is owed " in obstacle for obstacle in said["obstacles"]):
                only_owed_since = time.monotonic()
            elif time.monotonic() - only_owed_since > OWED_PATIENCE:
                break
        say("not everything is there:")
        for obstacle in said["obstacles"]:
            say(f"  {obstacle}")
        return False

    def judge(self, has_arrived):
        """Fills the rows and the code."""
        documents = {d["name"]: d for d in self.suggestion["documents"]}
        code, report = self.json("verify")
        if code not in (CLEAN, FAULTS, INCOMPLETE):
            raise Failure(f"syncline verify: {report.get('error', report)}", code)
        for finding in report["findings"][:20]:
            say(f"  verify: {finding}")
        verdicts = {}
        for entry in report["documents"]:
            if entry["verdict"] != "verified":
                verdicts.setdefault(entry["document"], []).append(f"{entry['verdict']} in {entry['target']}")
        differences = self._check()
        counts = self._count_records(documents)
        for name, document in documents.items():
            self.rows.append(self._row(name, document, counts, verdicts.get(name, []), differences.get(name, [])))
        self._add_left_out({d["table"] for d in documents.values()})
        self.code = worst([code, CLEAN if has_arrived else INCOMPLETE] + [row.code for row in self.rows])

    def _row(self, name, document, counts, faults, differences):
        row = Row(document["table"], self.source.count(self.database, document["table"]), name, counts["mongodb"][name],
                  counts["redis"][name], "verified")
        if faults:
            row.verdict, row.code = ", ".join(faults), FAULTS if "fault" in " ".join(faults) else INCOMPLETE
        elif differences:
            row.verdict, row.code = f"checker: {len(differences)} differences", FAULTS
        elif not row.rows == row.mongodb == row.redis:
            row.verdict, row.code = "the counts differ", FAULTS
        return row

    def _add_left_out(self, taken):
        reasons = {entry["table"]: entry["reason"] for entry in self.suggestion["left_out"]}
        for table, is_view in self.source.tables(self.database):
            if table in taken:
                continue
            row = Row(table, None if is_view else self.source.count(self.database, table))
            if table in reasons:
                row.verdict = f"left out: {reasons[table]}"
            elif is_view:
                row.verdict = "left out: a view"
            else:
                row.verdict, row.code = "MISSING: init gives no reason", INCOMPLETE
            self.rows.append(row)

    def _check(self):
        """The independent checker's differences, by document."""
        done = subprocess.run([sys.executable, TREE / "tests/checker/check.py", self.pipeline, "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=environment())
        try:
            differences = json.loads(done.stdout)["differences"]
        except ValueError:
            raise Failure(f"the independent checker failed: {done.stderr.strip()[-2000:]}") from None
        for entry in differences[:20]:
            say("  checker: {store} {document} {key}: {difference}".format(**entry))
        by_document = {}
        for entry in differences:
            by_document.setdefault(entry["document"], []).append(entry)
        return by_document

    def _count_records(self, documents):
        with pymongo.MongoClient(self.mongodb_uri) as client:
            collections = client.get_default_database()
            in_mongodb = {name: collections[name].count_documents({}) for name in documents}
        with redis.Redis.from_url(self.redis_uri) as client:
            in_redis = Counter(key.split(b":", 1)[0].decode(errors="replace") for key in client.scan_iter(count=1000))
        return {"mongodb": in_mongodb, "redis": in_redis}

    def summary(self):
        """The table of what became of each table."""
        header = ["TABLE", "ROWS", "DOCUMENT", "MONGODB", "REDIS", "VERDICT"]
        lines = [header] + [[r.table, number(r.rows), r.document, number(r.mongodb), number(r.redis), r.verdict] for r in self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(header) - 1)] + [0]
        pad = [str.ljust, str.rjust, str.ljust, str.rjust, str.rjust, str.ljust]
        return "\n".join("  ".join(pad[i](cell, widths[i]) for i, cell in enumerate(line)).rstrip() for line in lines)


def number(value):
    return "" if value is None else f"{value:,}"


def worst(codes):
    """Faults are worse than what could not be verified."""
    return next((code for code in (FAULTS, INCOMPLETE) if code in codes), CLEAN)
