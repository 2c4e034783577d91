"""Kill ingest at random system calls, run it again, and count.

A mailbox holds reports, some of them twice, mails about domains of others,
and mails that are none of these.  Each case starts from it with an empty
database, is killed on entry to one call out of all that a whole run makes,
and is run again without faults.  Then everything is as if nothing had
happened: each report counts once, each mail is in one place.
"""

import collections
import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

import mailservers
import servers
import world

NOW = "2026-01-20T06:00:00Z"
POINTS = 50
SEED = 20261121
# LeakSanitizer does not work in a traced process.
PROGRAM = os.environ.get("ROLLOUT_RELEASE", world.ROLLOUT)
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def mails():
    """The mailbox; the subject says what becomes of each."""
    out = []
    for n in range(150):
        ours = mailservers.report_mail(f"r{n}", messages=n + 1)
        out.append(ours)
        if n % 10 == 3:
            out.append(ours.replace(b"Subject: ", b"Subject: again "))
        if n % 10 == 5:
            out.append(mailservers.mail(
                gzip.compress(mailservers.report(
                    f"x{n}", domain="other.example")), subject="left alone"))
        if n % 10 == 7:
            out.append(b"Subject: left alone\r\n\r\nNo report.\r\n" + b"-" * n)
        if n % 10 == 9:
            out.append(mailservers.mail(
                gzip.compress(b"<feedback>" * n), subject="refused"))
    return out


def kind_of(octets):
    """What becomes of a mail."""
    for kind in ("left alone", "refused"):
        if f"Subject: {kind}\r\n".encode() in octets:
            return kind
    return "stored"


class Killed:
    """What both sources go through; the mixin of the tests."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="dro-kill-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.top.chmod(0o755)
        cls.mails = mails()
        cls.config = cls.top / "rollout.yaml"
        cls.config.write_text(json.dumps({
            "version": 1,
            "state": {"database": str(cls.top / "rollout.db")},
            "clock": "virtual",
            "dns": {"resolvers": ["127.0.0.1@9"], "timeout": "100ms",
                    "tries": 1},
            "reports": [{"name": "box", "trust": "trusted", **cls.source()}],
            "accounts": {"main": {"provider": "zonefile", "path": "zones/"}},
            "defaults": {"policy": "standard", "account": "main",
                         "rua": "mailto:rua@msp.example"},
            "clients": {"c1": {"domains": {"klant.example": {}}}},
        }))

    def reset(self):
        for path in self.top.glob("rollout.db*"):
            path.unlink()
        self.fill()

    def run_program(self, verb, wrap=()):
        return subprocess.run(
            [*wrap, str(PROGRAM), verb, "--json", "--config",
             str(self.config), "--now", NOW],
            env=ENVIRONMENT, timeout=120, stdin=subprocess.DEVNULL,
            capture_output=True, check=False)

    def strace(self, *options):
        """One traced run; workers are not followed."""
        return self.run_program("ingest", ("strace", "-qq", *options))

    def places(self):
        """Every system call of a whole run, as (name, how manieth)."""
        trace = self.top / "trace"
        self.reset()
        run = self.strace("-o", str(trace))
        self.assertEqual(run.returncode, 0, run.stderr)
        seen = collections.Counter()
        places = []
        for line in trace.read_text().splitlines():
            name = line.split("(", 1)[0]
            # An interrupted call goes on under its own name.
            if name.isidentifier():
                seen[name] += 1
                places.append((name, seen[name]))
        return places

    def totals(self):
        """What is known of each report, and where every mail is."""
        run = self.run_program("reports")
        self.assertEqual(run.returncode, 0, run.stderr)
        reports = json.loads(run.stdout)["reports"]
        for report in reports:
            del report["source_path"]
        return (sorted(reports, key=lambda r: r["report_id"]), self.where())

    def test_killed_anywhere(self):
        places = self.places()
        expected = self.totals()
        self.assertEqual(len(expected[0]), 150)
        self.assertEqual(sum(r["messages"] for r in expected[0]),
                         150 * 151 // 2)
        self.assertEqual(expected[1], self.wanted())
        killed = 0
        for name, number in random.Random(SEED).sample(places, POINTS):
            with self.subTest(call=name, number=number):
                self.reset()
                run = self.strace(
                    "-o", "/dev/null", "-e", f"trace={name}", "-e",
                    f"inject={name}:signal=KILL:when={number}")
                killed += run.returncode != 0
                # A database that is not there yet is no harm.
                again = self.run_program("ingest")
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.totals(), expected)
        # Not every run makes as many calls as the first one.
        self.assertGreaterEqual(killed, POINTS - 10)


class Maildir(Killed, unittest.TestCase):
    @classmethod
    def source(cls):
        return {"maildir": {"path": str(cls.top / "box"), "after": {
            "stored": "move", "folder": "Done",
            "refused": "seen"}}}

    def fill(self):
        box = self.top / "box"
        shutil.rmtree(box, ignore_errors=True)
        for name in ("cur", "new", "tmp"):
            (box / name).mkdir(parents=True)
        for n, octets in enumerate(self.mails):
            (box / f"new/{n:04}.host").write_bytes(octets)

    def where(self):
        """{octets of a mail: how often in which folder}"""
        box = self.top / "box"
        return collections.Counter(
            (path.read_bytes(), str(path.parent.relative_to(box)))
            for path in box.rglob("*") if path.is_file())

    def wanted(self):
        folders = {"stored": ".Done/cur", "refused": "cur",
                   "left alone": "new"}
        return collections.Counter(
            (octets, folders[kind_of(octets)]) for octets in self.mails)


class Dovecot(Killed, unittest.TestCase):
    @classmethod
    def source(cls):
        authority = mailservers.Authority(cls.top / "ca")
        cls.server = mailservers.Dovecot(cls.top / "dovecot", authority).run()
        cls.addClassCleanup(cls.server.stop)
        password = cls.top / "password"
        password.touch(mode=0o600)
        password.write_text(mailservers.PASSWORD)
        return {"imap": {
            "host": servers.HOST, "port": cls.server.port,
            "user": mailservers.USER, "password": {"file": str(password)},
            "ca_file": str(authority.ca), "after": {
                "stored": "move", "folder": "Done", "refused": "seen"}}}

    def fill(self):
        self.server.empty()
        self.server.deliver(self.mails)

    def where(self):
        """How many mails are where, and which flags they have."""
        return {name: sorted(map(sorted, self.server.list(name).values()))
                for name in ("INBOX", "Done")}

    def wanted(self):
        kinds = collections.Counter(map(kind_of, self.mails))
        return {"INBOX": [[]] * kinds["left alone"] +
                [["\\Seen"]] * kinds["refused"],
                "Done": [[]] * kinds["stored"]}


if __name__ == "__main__":
    unittest.main()
