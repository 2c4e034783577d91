"""The hostile corpus: the files that tests/gen/hostile.py makes, what
tests/data/hostile.tsv says by hand of each, and worlds in which they lie
beside good reports."""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unicodedata
import unittest

import servers
import world

sys.path.insert(0, str(world.TOP / "tests/gen"))
import hostile  # noqa: E402  (beside the other generators)
import hostile_mail  # noqa: E402,F401  (for who sends mails)

DOMAIN = hostile.DOMAIN
TABLE = world.TOP / "tests/data/hostile.tsv"
DAYS = 30
NOW = world.morning(DAYS)
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
MAILS = [f"own ip=192.0.2.10 n=90 pass dkim={DOMAIN}/s1 spf={DOMAIN}",
         "vendor ip=198.51.100.7 n=30 spf=bounce.vendor.example "
         f"dkim={DOMAIN}/v1 pass"]
GOOD_REPORTS, GOOD_MESSAGES = 2 * DAYS, 120 * DAYS


def table():
    """File name -> what is expected; escapes stand for octets."""
    with open(TABLE, newline="", encoding="ascii") as f:
        rows = csv.DictReader((line for line in f if line[0] != "#"),
                              delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"].encode().decode("unicode_escape")
                .encode("latin-1"): row for row in rows}


def codes(items):
    return ",".join(sorted({item["code"] for item in items})) or "-"


def raw(text):
    """Characters that a terminal, or a reader, would obey."""
    return {hex(ord(c)) for c in text if c != "\n" and
            unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


class Corpus(unittest.TestCase):
    """The files, made once; a world for each test."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        folder = tempfile.TemporaryDirectory(prefix="dro-hostile-")
        cls.addClassCleanup(folder.cleanup)
        cls.files = pathlib.Path(folder.name) / "files"
        cls.files.mkdir()
        # In a process of its own: the memory of this one would be counted
        # as that of the programs it starts.
        subprocess.run([sys.executable, "-B", hostile.__file__, cls.files],
                       check=True, timeout=120)
        cls.names = sorted(os.listdir(os.fsencode(cls.files)))
        cls.expected = table()

    def made(self):
        """A world whose second source, strangers/, nobody trusts."""
        made = world.World()
        self.addCleanup(made.close)
        made.configure({"provider": "zonefile", "path": str(made.folder)},
                       {DOMAIN: (self.ports, {})})
        strangers = made.folder / "strangers"
        strangers.mkdir()
        config = json.loads(made.config.read_text())
        config["reports"].append({"name": "strangers",
                                  "directory": {"path": str(strangers)}})
        made.config.write_text(json.dumps(config) + "\n")
        return made

    def setUp(self):
        self.ports = servers.free_ports(1)
        self.world = self.made()

    def serve(self):
        """The record of the domain, as DNS has it."""
        knot = servers.Knot(self.world.folder / "knot", self.ports[0],
                            [DOMAIN])
        self.addCleanup(knot.stop)
        knot.write_zone(DOMAIN, [f'_dmarc IN TXT "{RECORD}"'])
        knot.run()

    def observed(self, made):
        """Watched from day 0 on, with good reports of every day."""
        made.run("advance", now=world.morning(0))
        made.report(DOMAIN, 0, RECORD, MAILS, DAYS)

    def quiet(self):
        """A world that has the good reports alone."""
        quiet = self.made()
        self.observed(quiet)
        good = quiet.json("ingest", now=NOW)
        self.assertEqual((good["reports"]["new"], good["messages"]),
                         (GOOD_REPORTS, GOOD_MESSAGES))
        return quiet

    def total(self, column, rows=None):
        return sum(int(row[column]) for row in
                   (self.expected.values() if rows is None else rows))

    def answers(self, made):
        """What people read, as text and as JSON; nothing raw in any."""
        for words in (("reports",), ("reports", DOMAIN), ("status",),
                      ("explain", DOMAIN), ("history",), ("plan",)):
            for form in ((), ("--json",)):
                done = made.run(*words, *form, now=NOW, check=False)
                with self.subTest(words=words, form=form):
                    self.assertIn(done.returncode, (0, 3), done.stderr)
                    self.assertEqual(raw(done.stdout + done.stderr), set())
                    if form:
                        json.loads(done.stdout)
        return {verb: made.json(*verb.split(), now=NOW)
                for verb in ("reports", f"explain {DOMAIN}")}

    def compare(self, noisy, quiet):
        """The good ones are all there, and nothing else steers; how many
        messages count for nothing, by why."""
        noisy, quiet = self.answers(noisy), self.answers(quiet)
        good = {r["report_id"]: r for r in quiet["reports"]["reports"]}
        kept = {r["report_id"]: r for r in noisy["reports"]["reports"]
                if r["report_id"] in good}
        for r in (*good.values(), *kept.values()):
            r.pop("source_path")
        self.assertEqual(kept, good)
        verb = f"explain {DOMAIN}"
        ignored = noisy[verb].pop("ignored_evidence")
        self.assertEqual(quiet[verb].pop("ignored_evidence"), [])
        # domain-below.xml is about one: a finding, in no gate.
        self.assertEqual([s["domain"] for s in noisy[verb].pop("shadows")],
                         [f"mail.{DOMAIN}"])
        self.assertEqual(quiet[verb].pop("shadows"), [])
        self.assertEqual(noisy[verb], quiet[verb])
        return {i["reason"]: i["messages"] for i in ignored}

    def of_nobody(self):
        """Messages of the mails that are of nobody, or of two: 12 in each of
        their reports."""
        return 12 * self.total("stored", [
            row for row in self.expected.values()
            if row["file"].startswith("mail-") and row["counted"] == "0"])
