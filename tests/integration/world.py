"""A made-up world on a virtual clock: a config, a database, made reports and
real servers, driven through the program as a person would."""

import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import servers

TOP = pathlib.Path(__file__).resolve().parents[2]
ROLLOUT = os.environ.get("ROLLOUT", TOP / "build/asan/orchestrator/rollout")
DRO_GEN = os.environ.get("DRO_GEN", TOP / "build/asan/tests/dro-gen")
DAY_0 = datetime.date(2026, 1, 5)
REPORTERS = ("--reporter", "google.com", "--rfc9990", "yahoo.com")


def date(day):
    return (DAY_0 + datetime.timedelta(days=day)).isoformat()


def morning(day, hour=6):
    """The time of the daily run of ${day}."""
    return f"{date(day)}T{hour:02}:00:00Z"


def digest(path):
    """SHA-256 of a file; None if there is none."""
    if not path.exists():
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()


class World:
    """One directory with rollout.yaml, rollout.db and incoming/."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dro-world-"))
        self.incoming = self.folder / "incoming"
        self.incoming.mkdir()
        self.database = self.folder / "rollout.db"
        self.config = self.folder / "rollout.yaml"

    def close(self):
        shutil.rmtree(self.folder)

    def configure(self, account, domains, apart=False, zones=None):
        """account: the options of account "main", as JSON has them (which
        YAML reads too); domains: name -> (ports, settings), all of one
        client, or each of another; zones: name -> ports, of other names
        that are asked about."""
        of = {name: f"c{i if apart else 1}"
              for i, name in enumerate(domains, 1)}
        self.config.write_text(json.dumps({
            "version": 1,
            "state": {"database": str(self.database)},
            "clock": "virtual",
            "dns": {
                "servers": {
                    name: [f"{servers.HOST}@{port}" for port in ports]
                    for name, ports in (
                        *((name, ports) for name, (ports, _)
                          in domains.items()), *(zones or {}).items())},
                "verify_wait": "10s",
            },
            "reports": [{"name": "drop", "trust": "trusted",
                         "directory": {"path": str(self.incoming)}}],
            "accounts": {"main": account},
            "defaults": {"policy": "standard", "account": "main",
                         "rua": "mailto:rua@msp.example"},
            "clients": {client: {"domains": {
                name: settings for name, (_, settings) in domains.items()
                if of[name] == client}} for client in of.values()},
        }, indent=1) + "\n")

    def secret(self, name, value):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(value + "\n")
        return str(path)

    def run(self, *words, now=None, program=ROLLOUT, wrap=(), check=True,
            config=None):
        """Run a verb; with check, any exit status but 0 is a failure."""
        command = [*wrap, str(program), *words,
                   "--config", str(config or self.config)]
        if now is not None:
            command += ["--now", now]
        done = subprocess.run(command, cwd=self.folder, capture_output=True,
                              text=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(
                f"{' '.join(command)}: exit {done.returncode}\n"
                f"{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done

    def json(self, *words, now=None, config=None):
        return json.loads(
            self.run(*words, "--json", now=now, config=config).stdout)

    def domain(self, name, now):
        """What status says about one domain."""
        answer = self.json("status", now=now)
        return next(d for d in answer["domains"] if d["domain"] == name)

    def report(self, domain, day, record, mails, days=1):
        """Reports of days as two reporters send them, into incoming/."""
        words = [word for mail in mails for word in ("--mail", mail)]
        subprocess.run(
            [DRO_GEN, "day", "--out", self.incoming, "--domain", domain,
             "--date", date(day), "--days", str(days), "--record", record,
             *REPORTERS, *words], check=True, timeout=60)

    def ingest(self, now):
        """Read incoming/ and empty it: a day's reports come once."""
        answer = self.json("ingest", now=now)
        for path in self.incoming.iterdir():
            path.unlink()
        return answer

    def stored(self):
        """What a dry run must leave as it is."""
        return (digest(self.database),
                digest(self.database.with_name("rollout.db-wal")),
                sorted(p.name for p in self.folder.iterdir()
                       if not p.name.endswith("-shm")))
