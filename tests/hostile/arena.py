"""One round: a town, its writers, engines that are killed and frozen, a verifier that counts faults live, and the judgement."""
import fcntl
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pymongo
import pymysql
import redis
import town
import yaml

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/checker"))
from check import Check  # noqa: E402

FAULTS = ("missing", "extra", "stale", "corrupt", "future")
NUMBERS = count(1)


class Broken(Exception):
    """The round cannot go on; the text says why."""


class Engine:
    """One seat of an engine: killed, frozen and started again, as havoc wants it."""

    def __init__(self, arena, number, command, program, trial):
        self.arena, self.number, self.command, self.program, self.trial = arena, number, command, program, trial
        self.log = arena.folder / f"engine-{number}.log"
        self.process = None
        self.is_frozen = False

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([self.program, "-f", self.arena.file, *self.command], stdout=log, stderr=log,
                                            env=self.arena.environment(self.trial))
        self.is_frozen = False

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)
        self.is_frozen = False

    def has_ended(self):
        return self.process.poll() is not None


class Arena:
    def __init__(self, role, profile, seed, folder, break_rule=None):
        self.role, self.profile, self.seed, self.folder, self.break_rule = role, profile, seed, folder, break_rule
        self.dice = random.Random(seed)
        self.released = os.environ["SYNCLINE_BIN"]
        self.trial_program = str(Path(self.released).with_name("syncline_trial"))
        self.host, self.port = os.environ[f"{role.upper()}_HOST"], int(os.environ[f"{role.upper()}_PORT"])
        number = next(NUMBERS)
        self.name = f"h_{role[:2]}_{os.getpid()}_{number}"
        self.file = folder / "pipeline.yaml"
        slot = self.claim_redis()
        self.mongodb_uri = f"{os.environ['MONGODB_URI']}/{self.name}"
        self.redis_uri = f"{os.environ['REDIS_URI']}/{slot}"
        self.mongodb = pymongo.MongoClient(self.mongodb_uri)
        self.redis = redis.Redis.from_url(self.redis_uri)
        self.engines, self.threads, self.errors, self.findings = [], [], [], []
        self.seen, self.verifications, self.verdicts, self.havoc = Counter(), Counter(), Counter(), Counter()
        self.writer_counts = []
        self.writers, self.followers = [], []
        self.stop, self.is_red = threading.Event(), threading.Event()
        self.may_verify = threading.Lock()  # held while what a store forgot is loaded again

    def claim_redis(self):
        """The number of a Redis database that no other run at this time uses."""
        for slot in range(1, 16):
            self.claim = open(f"{tempfile.gettempdir()}/syncline-hostile-{os.environ['REDIS_PORT']}-{slot}", "w")
            try:
                fcntl.flock(self.claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return slot
            except OSError:
                self.claim.close()
        raise Broken("every Redis database is in use")

    # --- the parts ---

    def environment(self, trial):
        return os.environ | {"SYNCLINE_TRIAL": trial, "NO_COLOR": "1"}

    def trial(self, broken=None, calm=False, sleep=None):
        """The SYNCLINE_TRIAL of a process."""
        profile, words = self.profile, [f"seed={self.dice.randrange(1 << 20)}"]
        if not calm:
            words.append(sleep or f"sleep={profile.sleep},sleep_ms={profile.sleep_ms},long={profile.long},long_ms={profile.long_ms}")
        if profile.ignores_lock:
            words.append("break=one_streamer")
        if broken:
            words.append(f"break={broken}")
        return ",".join(words)

    def engine_break(self):
        return self.break_rule if self.break_rule != "target_after_view" else None

    def sql(self, *statements):
        with pymysql.connect(host=self.host, port=self.port, user="root", charset="utf8mb4", autocommit=True) as connection:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall()

    def run(self, *arguments, program=None, trial=""):
        return subprocess.run([program or self.released, "-f", self.file, *arguments], capture_output=True, text=True,
                              timeout=240, env=self.environment(trial))

    def must(self, *arguments, **options):
        done = self.run(*arguments, **options)
        if done.returncode:
            raise Broken(f"syncline {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
        return done

    def set_up(self):
        profile = self.profile
        self.redis.flushdb()
        self.sql(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", f"USE {self.name}",
                 *town.TABLES, *town.fill(town.Size(profile.customers), self.dice))
        targets = {"mongodb": {"uri": self.mongodb_uri}, "redis": {"uri": self.redis_uri}}
        self.file.write_text(yaml.safe_dump({
            "name": self.name, "source": {"uri": f"mysql://root@{self.host}:{self.port}/{self.name}"}, "documents": town.DOCUMENTS,
            "targets": {name: targets[name] for name in profile.targets}, "options": profile.options}, sort_keys=False))
        calm = self.trial(self.engine_break(), calm=True)
        self.must("capture", "install", program=self.trial_program, trial=calm)
        if not profile.is_first_load:
            self.must("snapshot")

    def start(self):
        profile = self.profile
        if profile.is_first_load:
            self.start_writers()
        program = self.trial_program if profile.ignores_lock or self.break_rule else self.released
        for number, command in enumerate(profile.engines, 1):
            engine = Engine(self, number, command.split(), program, self.trial(self.engine_break(), calm=number > profile.slow_engines))
            engine.start()
            self.engines.append(engine)
        if profile.is_first_load:
            self.await_load()
        else:
            self.start_writers()
        jobs = [self.watch_engines, self.make_havoc]
        jobs += [self.verify_live] * profile.verifiers
        jobs += [self.load_again] if profile.loads else []
        jobs += [self.repair] if profile.repairs else []
        jobs += [self.forget] if profile.forgets else []
        for job in jobs:
            thread = threading.Thread(target=self.guarded, args=(job,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def guarded(self, job):
        try:
            job()
        except Exception as error:  # a job that ends early proves nothing: the round fails
            self.errors.append(f"{job.__name__}: {type(error).__name__}: {error}")

    def start_writers(self):
        profile = self.profile
        for number in range(profile.writer_processes):
            process = subprocess.Popen([sys.executable, TREE / "tests/hostile/writers.py"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
            process.stdin.write(json.dumps({
                "host": self.host, "port": self.port, "database": self.name, "is_mariadb": self.role == "mariadb",
                "customers": profile.customers, "seed": self.seed * 10 + number, "threads": profile.writers,
                "hold_s": profile.hold_s, "pause_s": profile.pause_s, "burst_s": profile.burst_s}) + "\n")
            process.stdin.flush()
            counts = {}
            self.writers.append(process)
            self.writer_counts.append(counts)

            def follow(process=process, counts=counts):
                for line in process.stdout:
                    counts.update(json.loads(line))

            follower = threading.Thread(target=follow, daemon=True)
            follower.start()
            self.followers.append(follower)

    def written(self):
        total = Counter()
        for counts in self.writer_counts:
            total.update(counts)
        return total

    def stop_writers(self):
        for process in self.writers:
            process.stdin.close()
        for process in self.writers:
            process.wait(40)
        for follower in self.followers:
            follower.join(10)
        for text in self.written():
            if text not in ("committed", "rolled_back", "refused", "statements"):
                self.errors.append(f"an application's statement failed: {text}")

    # --- what happens meanwhile ---

    def pause(self, seconds):
        return self.stop.wait(seconds)

    def watch_engines(self):
        """None may end by itself."""
        while not self.pause(0.2):
            for engine in self.engines:
                if engine.has_ended() and engine.process.returncode != -signal.SIGKILL:
                    self.restart(engine)

    def restart(self, engine):
        """Starts one that ended; unless it was killed, that is an error."""
        if engine.process.returncode != -signal.SIGKILL:
            self.errors.append(f"engine {engine.number} ended by itself ({engine.process.returncode}): " + engine.log.read_text()[-1500:])
        engine.start()

    def make_havoc(self):
        profile, dice = self.profile, random.Random(self.seed + 1)
        if not profile.kill_every_s and not profile.freeze_every_s:
            return
        rates = {"kill": 1 / profile.kill_every_s if profile.kill_every_s else 0,
                 "freeze": 1 / profile.freeze_every_s if profile.freeze_every_s else 0}
        thaws = []
        while not self.pause(dice.expovariate(sum(rates.values()))):
            action = dice.choices(list(rates), list(rates.values()))[0]
            engine = dice.choice(self.engines)
            if action == "kill":
                engine.kill()
                self.havoc["kills"] += 1
                if self.pause(dice.uniform(0, profile.down_s)):
                    break
                engine.start()
            elif not engine.is_frozen:
                engine.freeze()
                self.havoc["freezes"] += 1
                timer = threading.Timer(dice.uniform(*profile.freeze_s), engine.thaw)
                timer.start()
                thaws.append(timer)
        for timer in thaws:
            timer.cancel()
        self.heal()

    def heal(self):
        """Every engine runs."""
        for engine in self.engines:
            if engine.has_ended():
                self.restart(engine)
            elif engine.is_frozen:
                engine.thaw()

    def verify_live(self):
        broken = self.break_rule if self.break_rule == "target_after_view" else None
        while not self.stop.is_set():
            with self.may_verify if self.profile.forgets else contextlib.nullcontext():
                self.verify(self.trial(broken, sleep=self.profile.verifier_sleep))
            self.pause(0.05)

    def verify(self, trial, *more):
        """One verification while traffic goes on; its faults are noted."""
        done = self.run("--json", "verify", "--within", f"{self.profile.within_s}s", *more, program=self.trial_program, trial=trial)
        self.verifications[done.returncode] += 1
        if done.returncode < 0:
            self.errors.append(f"verify died of signal {-done.returncode}: {done.stderr[-500:]}")
        if done.returncode not in (0, 3, 4):
            self.seen["verify failed: " + (done.stderr or done.stdout).strip()[-300:]] += 1
            return
        report = json.loads(done.stdout)
        report = report.get("found", report)
        for tally in report["documents"]:
            for verdict in (*FAULTS, "good", "lag", "owed", "not_loaded"):
                self.verdicts[verdict] += tally[verdict]
        faults = [f for f in report["findings"] if f["verdict"] in FAULTS]
        if faults:
            self.findings += self.with_evidence(faults)
            self.is_red.set()

    def repair(self):
        dice = random.Random(self.seed + 2)
        while not self.pause(dice.uniform(0, 2)):
            self.verify(self.trial(), "--repair")

    def load_again(self):
        dice = random.Random(self.seed + 3)
        while not self.pause(dice.uniform(0, 1)):
            names = dice.sample(list(town.DOCUMENTS), dice.randint(1, 3))
            process = subprocess.Popen([self.trial_program, "-f", self.file, "snapshot", "--again", *names], stderr=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, text=True, env=self.environment(self.trial(self.engine_break())))
            deadline = time.monotonic() + (dice.uniform(0.2, 8) if dice.random() < 0.4 else 60)
            while process.poll() is None and time.monotonic() < deadline and not self.stop.is_set():
                time.sleep(0.05)
            if process.poll() is None:
                process.kill()
                self.havoc["loads_killed"] += 1
            else:
                self.havoc["loads"] += 1
            error = process.communicate()[1]
            if process.returncode < 0 and process.returncode != -signal.SIGKILL:
                self.errors.append(f"snapshot died of signal {-process.returncode}: {error[-500:]}")
            elif process.returncode not in (0, 4, -signal.SIGKILL):
                self.seen[f"snapshot: {error.strip()[-300:]}"] += 1

    def forget(self):
        """Redis forgets everything, and is loaded again, while all engines but one are frozen with what they had read; nothing
        is judged until the load is finished."""
        dice = random.Random(self.seed + 4)
        while not self.pause(3):
            frozen = dice.sample(self.engines, len(self.engines) - 1)
            with self.may_verify:
                for engine in frozen:
                    engine.freeze()
                self.pause(4)  # what is removed meanwhile leaves tombstones, which are forgotten as well
                self.redis.flushdb()
                self.havoc["forgotten"] += 1
                is_loaded = self.await_load(redis_only=True)
            for engine in frozen:
                engine.thaw()
            if not is_loaded:
                return

    def await_load(self, redis_only=False, seconds=60):
        """Until every load is finished that began after now."""
        begun, state = time.monotonic(), f"syncline_{self.name}.loads"
        if redis_only:  # the engines notice
            before = self.sql(f"SELECT MAX(first) FROM {state} WHERE target = 'redis'")[0][0]
        wanted = len(town.DOCUMENTS) * (1 if redis_only else len(self.profile.targets))
        condition = f"target = 'redis' AND first > {before}" if redis_only else "TRUE"
        while time.monotonic() - begun < seconds:
            if self.stop.is_set():
                return False
            if self.sql(f"SELECT COUNT(*) FROM {state} WHERE phase = 'loaded' AND {condition}")[0][0] == wanted:
                return True
            time.sleep(0.1)
        raise Broken(f"not loaded within {seconds} s: {self.sql(f'SELECT * FROM {state}')}")

    # --- the judgement ---

    def calm_down(self):
        """Writers stop, every engine is healthy."""
        self.stop.set()
        for thread in self.threads:
            thread.join(150)
            if thread.is_alive():
                self.errors.append("a job did not end")
        self.stop_writers()
        self.heal()

    def judge(self):
        """What is wrong when everything has arrived: {where: [...]}"""
        wrong = {}
        waited = self.run("wait", "--timeout", "60s")
        if waited.returncode:
            wrong["wait"] = [f"exit code {waited.returncode}: {waited.stdout[-500:]} {waited.stderr[-500:]}"]
        done = self.run("--json", "verify", "--within", f"{self.profile.final_within_s}s")
        if done.returncode != 0:
            if done.returncode in (3, 4):
                found = json.loads(done.stdout)["findings"]
                wrong["verify"] = self.with_evidence(found)
            else:
                wrong["verify"] = [f"exit code {done.returncode}: {done.stderr[-1000:]}"]
        check = Check(self.file)
        check.run()
        if check.differences:
            wrong["checker"] = check.differences
        return wrong

    def with_evidence(self, findings):
        """Of the first three: it takes a while."""
        return [f | {"evidence": self.evidence(f) if i < 3 else None} for i, f in enumerate(findings)]

    def evidence(self, finding):
        """What each store has of the key, and what the log has."""
        done = self.run("--json", "show", finding["document"], finding["key"])
        schema = f"syncline_{self.name}"
        rows = {
            "clock": self.sql(f"SELECT rev, generation FROM {schema}.clock"),
            "loads": self.sql(f"SELECT * FROM {schema}.loads WHERE document = '{finding['document']}'"),
            "log": self.sql(f"SELECT l.id, c.name, l.k, l.links, l.cur, l.at FROM {schema}.change_log l"
                            f" LEFT JOIN {schema}.catalogue c ON c.number = l.tab ORDER BY l.id LIMIT 20"),
            "owed": self.sql(f"SELECT * FROM {schema}.owed LIMIT 5"),
        }
        if "mongodb" in self.profile.targets:
            key = finding["key"].split("|")[0]
            rows["tombstones in mongodb"] = [str(t) for t in self.mongodb.get_default_database().syncline_tombstones.find(
                {"d": finding["document"]}).limit(200) if "k" not in t["_id"] or key in str(t["_id"]["k"])][:10]
        if "redis" in self.profile.targets:
            name = f"{finding['document']}:{finding['key'].replace('|', ':')}"
            rows["keys in redis"] = {k.decode(errors="replace"): str(self.redis.get(k)) if self.redis.type(k) == b"string" else
                                     str(self.redis.hget(k, "_revision")) for k in self.redis.scan_iter(f"*{name}", count=1000)}
        return {"show": done.stdout or done.stderr} | {name: str(value)[:3000] for name, value in rows.items()}

    def close(self):
        self.stop.set()
        for process in self.writers:
            if process.poll() is None:
                process.kill()
        for engine in self.engines:
            if not engine.has_ended():
                engine.thaw()
                engine.kill()
        for name in (f"syncline_{self.name}", self.name):
            self.sql(f"DROP DATABASE IF EXISTS `{name}`")
        self.mongodb.drop_database(self.name)
        self.redis.flushdb()
        self.mongodb.close()
        self.claim.close()
