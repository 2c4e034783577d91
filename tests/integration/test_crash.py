"""Kill the program at its system calls, run it once more, look at the world.

A day is prepared on which `advance` has one change to publish (none ->
quarantine-10).  Each case takes that day from its copy, runs `advance` under
strace, which kills it on entry to the n-th call of one kind, and runs it
again without faults; a second time if the first still verifies.  Then there
is one DMARC record, the right one, published and written down once.  The same
with eight domains whose changes are on their way together.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

import servers
import world

DOMAIN = "klant.example"
RUA = "rua=mailto:rua@msp.example"
OLD = f"v=DMARC1; p=none; {RUA}"
NEW = f"v=DMARC1; p=quarantine; {RUA}; pct=10; t=y"
DAY = 43

# Calls that change the world are tried one by one, up to the first number;
# the others only tell where we are, and some places are enough.
CALLS = {
    "pwrite64": 60, "write": 40, "fdatasync": 40, "fsync": 40, "sendto": 40,
    "rename": 40, "renameat": 40, "unlink": 40, "ftruncate": 40,
    "fchmod": 10, "connect": 20, "recvfrom": 12, "openat": 12, "read": 12,
    "poll": 8, "execve": 4, "vfork": 4, "clone3": 4,
}

# LeakSanitizer does not work in a traced process.
PROGRAM = os.environ.get("ROLLOUT_RELEASE", world.ROLLOUT)
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


class Sweep:
    """What both providers go through; the mixin of the tests."""

    domains = (DOMAIN,)
    calls = CALLS
    killed_min = 50
    open_min = 1

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        cls.saved = cls.world.folder / "saved"
        cls.start()
        cls.advance(0)
        for domain in cls.domains:
            cls.world.report(domain, 0, OLD, [
                f"own ip=192.0.2.10 n=200 pass dkim={domain}/s1"
                f" spf={domain}"], days=DAY)
        cls.world.ingest(world.morning(DAY, 5))
        cls.saved.mkdir()
        for path in cls.databases():
            shutil.copy2(path, cls.saved)

    @classmethod
    def databases(cls):
        return cls.world.folder.glob("rollout.db*")

    @classmethod
    def advance(cls, day, hour=6):
        return cls.world.run("advance", "--json",
                             now=world.morning(day, hour), program=PROGRAM)

    def reset(self):
        """The prepared day again: database, zone, and what is served."""
        for path in self.databases():
            path.unlink()
        for path in self.saved.iterdir():
            shutil.copy2(path, self.world.folder)
        self.put_old()
        servers.wait_until(
            lambda: self.served() == dict.fromkeys(self.domains, [OLD]),
            "old records")

    def served(self):
        found = servers.txts(self.port,
                             [f"_dmarc.{domain}" for domain in self.domains])
        return {name.removeprefix("_dmarc."): texts
                for name, texts in found.items()}

    def strace(self, *options):
        """One traced run; its exit status."""
        return subprocess.run(
            ["strace", "-f", "-qq", *options, str(PROGRAM), "advance",
             "--config", str(self.world.config),
             "--now", world.morning(DAY)],
            cwd=self.world.folder, env=ENVIRONMENT, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False).returncode

    def count(self):
        """How often a run without faults enters each call."""
        trace = self.world.folder / "trace"
        self.reset()
        status = self.strace("-o", str(trace), "-e",
                             "trace=" + ",".join(self.calls))
        self.assertEqual(status, 0)
        self.check("no fault")
        counts = dict.fromkeys(self.calls, 0)
        for line in trace.read_text(errors="replace").splitlines():
            call = line.split(None, 1)[1].split("(", 1)[0]
            if call in counts:
                counts[call] += 1
        trace.unlink()
        return counts

    def verified(self):
        """The domains whose change was verified, as often as it was."""
        answer = self.world.json("history", now=world.morning(DAY, 9))
        return sorted(event["domain"] for event in answer["events"]
                      if event["event"] == "verified" and
                      event["to"] == "quarantine-10")

    def open_operations(self, state=4):
        """How many below this state a run left; looking changes nothing."""
        with contextlib.closing(sqlite3.connect(
                f"file:{self.world.database}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM op WHERE state < ?",
                              (state,)).fetchone()[0]

    def check(self, case):
        self.assertEqual(self.served(), dict.fromkeys(self.domains, [NEW]),
                         case)
        self.assertEqual(self.verified(), sorted(self.domains), case)
        with contextlib.closing(sqlite3.connect(self.world.database)) as db:
            self.assertEqual(
                db.execute("PRAGMA integrity_check").fetchall(), [("ok",)],
                case)
            self.assertEqual(
                db.execute("PRAGMA foreign_key_check").fetchall(), [], case)

    def test_kill_at_every_call(self):
        counts = self.count()
        cases = killed = left = 0
        for call, most in self.calls.items():
            tries = min(counts[call], most)
            for i in range(tries):
                nth = 1 + i * counts[call] // tries
                case = f"{call} {nth} of {counts[call]}"
                self.reset()
                status = self.strace(
                    "-o", "/dev/null", "-e", f"trace={call}", "-e",
                    f"inject={call}:signal=SIGKILL:when={nth}")
                cases += 1
                killed += status in (-9, 137)
                left = max(left, self.open_operations())
                # Nothing in between: the old record or the new one.
                for texts in self.served().values():
                    self.assertIn(texts, ([OLD], [NEW]), case)
                self.advance(DAY, 7)
                if self.verified() != sorted(self.domains):
                    self.advance(DAY, 8)
                with self.subTest(case):
                    self.check(case)
        print(f"{cases} kill points, {killed} killed,"
              f" {left} operations left open ", end="")
        # Counts are per thread, so a case may come to nothing; not many.
        self.assertGreater(killed * 2, cases)
        self.assertGreater(killed, self.killed_min)
        self.assertGreaterEqual(left, self.open_min)


class PowerDNS(Sweep, unittest.TestCase):
    @classmethod
    def start(cls):
        cls.port, api_port = servers.free_ports(2)
        cls.pdns = servers.PowerDNS(cls.world.folder / "pdns", cls.port,
                                    api_port)
        cls.addClassCleanup(cls.pdns.stop)
        cls.pdns.run()
        for domain in cls.domains:
            cls.pdns.add_zone(domain)
        cls.put_old()
        cls.world.configure(
            {"provider": "powerdns",
             "endpoint": f"http://{servers.HOST}:{api_port}",
             "key": {"file": cls.world.secret("key", servers.API_KEY)}},
            {domain: ([cls.port], {}) for domain in cls.domains})

    @classmethod
    def put_old(cls):
        for domain in cls.domains:
            cls.pdns.put(domain, f"_dmarc.{domain}", "TXT", 3600,
                         [f'"{OLD}"'])


class Together(PowerDNS):
    """Several operations are open when the run is killed."""

    domains = tuple(f"klant{i}.example" for i in range(8))
    # Commits, and what leaves: the order of these two is what counts.
    calls = {"fdatasync": 30, "sendto": 12}
    killed_min = 25
    open_min = 3

    @classmethod
    def start(cls):
        super().start()
        config = json.loads(cls.world.config.read_text())
        config["limits"] = {"max_changes": len(cls.domains),
                            "max_changes_share": "100%"}
        cls.world.config.write_text(json.dumps(config))


    def test_told_to_stop(self):
        """SIGTERM at a commit: what was begun is sent and written down, and
        the rest is for the next run."""
        sent, commits = 3, self.count()["fdatasync"]
        begun = set()
        for nth in range(1, commits, max(commits // 12, 1)):
            case = f"commit {nth} of {commits}"
            self.reset()
            status = self.strace(
                "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                f"inject=fdatasync:signal=SIGTERM:when={nth}")
            self.assertIn(status, (-15, 143), case)
            self.assertEqual(self.open_operations(sent), 0, case)
            begun.add(sum(t == [NEW] for t in self.served().values()))
            self.advance(DAY, 7)
            if self.verified() != sorted(self.domains):
                self.advance(DAY, 8)
            with self.subTest(case):
                self.check(case)
        # Some of them came before the first change, others among them.
        self.assertIn(0, begun)
        self.assertGreater(len(begun), 2)


class Zonefile(Sweep, unittest.TestCase):
    serial = 0

    @classmethod
    def start(cls):
        [cls.port] = servers.free_ports(1)
        cls.knot = servers.Knot(cls.world.folder / "knot", cls.port, [DOMAIN])
        cls.write_zone()
        cls.addClassCleanup(cls.knot.stop)
        cls.knot.run()
        cls.world.configure(
            {"provider": "zonefile", "path": str(cls.knot.zone_folder),
             "reload": {"command": ["knotc", "-s", str(cls.knot.socket),
                                    "zone-reload"]}},
            {DOMAIN: ([cls.port], {})})

    @classmethod
    def write_zone(cls):
        # Above whatever the program made of the last one.
        cls.serial += 1000
        cls.knot.write_zone(DOMAIN, [f'_dmarc IN TXT "{OLD}"'], cls.serial)

    def put_old(self):
        for path in self.knot.zone_folder.iterdir():
            path.unlink()
        self.write_zone()
        subprocess.run(["knotc", "-s", str(self.knot.socket), "-b",
                        "zone-reload"], check=True, timeout=30,
                       stdout=subprocess.DEVNULL)

    def check(self, case):
        super().check(case)
        # The one temporary file of a killed run may lie there until the next
        # write: nothing that a server or a person would take for a zone.
        self.assertLessEqual(
            {path.name for path in self.knot.zone_folder.iterdir()},
            {f"{DOMAIN}.zone", f".{DOMAIN}.zone.rollout"}, case)


if __name__ == "__main__":
    unittest.main()
