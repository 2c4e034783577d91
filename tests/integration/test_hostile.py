"""Attacks on the reader of reports: every one alone, then all together.

tests/gen/hostile.py makes the files, tests/data/hostile.tsv says by hand what
the program has to make of each.
"""

import contextlib
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unicodedata
import unittest

import servers
import world

sys.path.insert(0, str(world.TOP / "tests/gen"))
import hostile  # noqa: E402  (beside the other generators)

RELEASE = os.environ.get(
    "ROLLOUT_RELEASE", world.TOP / "build/release/orchestrator/rollout")
TABLE = world.TOP / "tests/data/hostile.tsv"
# What one file may cost, many times what the worst of them takes.
CPU_MAX_S = 10
WALL_MAX_S = 120
RSS_MAX_KIB = 256 << 10
DAYS = 30
NOW = world.morning(DAYS)
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
MAILS = [f"own ip=192.0.2.10 n=90 pass dkim={hostile.DOMAIN}/s1 "
         f"spf={hostile.DOMAIN}",
         "vendor ip=198.51.100.7 n=30 spf=bounce.vendor.example "
         f"dkim={hostile.DOMAIN}/v1 pass"]
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


class Hostile(unittest.TestCase):

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
                       {hostile.DOMAIN: (self.ports, {})})
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

    def test_the_table_is_about_these_files(self):
        self.assertEqual(sorted(self.expected), self.names)
        refused = {code for row in self.expected.values()
                   for code in row["refused"].split(",")}
        self.assertGreaterEqual(len(self.names), 60)
        self.assertGreaterEqual(len(refused - {"-", "foreign"}), 20)

    def measured(self, *words):
        """Run the release build; its answer, CPU seconds and KiB, those of
        its children with them."""
        out = self.world.folder / "answer"
        with open(out, "wb") as f:
            process = subprocess.Popen(
                [str(RELEASE), *words, "--json", "--now", NOW,
                 "--config", str(self.world.config)],
                stdout=f, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            watch = threading.Timer(WALL_MAX_S, process.kill)
            watch.start()
            try:
                _, status, usage = os.wait4(process.pid, 0)
            finally:
                watch.cancel()
                process.returncode = 0  # reaped by wait4
        text = out.read_text(encoding="utf-8")
        self.assertEqual(status, 0, text)
        self.assertEqual(raw(text), set())
        return (json.loads(text), usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss)

    @contextlib.contextmanager
    def lent(self, places):
        """Files in other folders for a while: name -> folder."""
        here = os.fsencode(self.files)
        for name, place in places.items():
            os.rename(os.path.join(here, name),
                      os.path.join(os.fsencode(place), name))
        try:
            yield
        finally:
            for name, place in places.items():
                os.rename(os.path.join(os.fsencode(place), name),
                          os.path.join(here, name))

    def alone(self, name):
        """What one file came to, even if it were trusted."""
        for path in self.world.folder.glob("rollout.db*"):
            path.unlink()
        with self.lent({name: self.world.incoming}):
            answer, cpu_s, rss = self.measured("ingest")
            reports = (self.measured("reports")[0]["reports"]
                       if answer["reports"]["new"] > 0 else [])
        self.assertLess(cpu_s, CPU_MAX_S)
        self.assertLess(rss, RSS_MAX_KIB)
        self.assertEqual(answer["reports"]["new"], len(reports))
        refused = codes(answer["refused"])
        if answer["reports"]["foreign"] > 0:
            refused = "foreign" if refused == "-" else f"foreign,{refused}"
        return {
            "file": self.expected[name]["file"],
            "refused": refused,
            "stored": str(len(reports)),
            "counted": str(sum(
                r["messages"] for r in reports if r["counts"] and
                not r["shadow"] and r["trust"] == "trusted")),
            "warnings": codes(answer["warnings"])}

    def test_each_alone(self):
        for name in self.names:
            with self.subTest(file=name):
                self.assertEqual(self.alone(name), self.expected[name])
        self.assertFalse(pathlib.Path("/tmp/owned.xml").exists())

    def answers(self, made):
        """What people read, as text and as JSON; nothing raw in any."""
        for words in (("reports",), ("reports", hostile.DOMAIN), ("status",),
                      ("explain", hostile.DOMAIN), ("history",), ("plan",)):
            for form in ((), ("--json",)):
                done = made.run(*words, *form, now=NOW, check=False)
                with self.subTest(words=words, form=form):
                    self.assertIn(done.returncode, (0, 3), done.stderr)
                    self.assertEqual(raw(done.stdout + done.stderr), set())
                    if form:
                        json.loads(done.stdout)
        return {verb: made.json(*verb.split(), now=NOW)
                for verb in ("reports", f"explain {hostile.DOMAIN}")}

    def test_all_together(self):
        # Good reports lie among everything that counts for nothing, in a
        # trusted folder; what could count comes from strangers.
        knot = servers.Knot(self.world.folder / "knot", self.ports[0],
                            [hostile.DOMAIN])
        self.addCleanup(knot.stop)
        knot.write_zone(hostile.DOMAIN, [f'_dmarc IN TXT "{RECORD}"'])
        knot.run()
        quiet = self.made()
        for made in (quiet, self.world):
            made.run("advance", now=world.morning(0))
            made.report(hostile.DOMAIN, 0, RECORD, MAILS, DAYS)
        places = {name: self.world.incoming if row["counted"] == "0" else
                  self.world.folder / "strangers"
                  for name, row in self.expected.items()}
        with self.lent(places):
            answer = self.world.run("ingest", "--json", now=NOW)
            again = self.world.run("ingest", now=NOW)
        good = quiet.json("ingest", now=NOW)
        self.assertEqual(raw(answer.stdout + again.stdout + again.stderr),
                         set())
        answer = json.loads(answer.stdout)
        self.assertEqual((good["reports"]["new"], good["messages"]),
                         (GOOD_REPORTS, GOOD_MESSAGES))
        stored = sum(int(row["stored"]) for row in self.expected.values())
        self.assertEqual(answer["reports"]["new"], GOOD_REPORTS + stored)
        self.compare(self.answers(self.world), self.answers(quiet))

    def compare(self, noisy, quiet):
        """The good ones are all there, and nothing else steers."""
        good = {r["report_id"]: r for r in quiet["reports"]["reports"]}
        kept = {r["report_id"]: r for r in noisy["reports"]["reports"]
                if r["report_id"] in good}
        for r in (*good.values(), *kept.values()):
            r["source_path"] = os.path.basename(r["source_path"])
        self.assertEqual(kept, good)
        verb = f"explain {hostile.DOMAIN}"
        ignored = {i["reason"]: i["messages"]
                   for i in noisy[verb].pop("ignored_evidence")}
        # The reports of mails that are of nobody have 12 messages each.
        self.assertEqual(ignored["unauthenticated"], sum(
            int(row["counted"]) for row in self.expected.values()) + sum(
            12 * int(row["stored"]) for row in self.expected.values()
            if row["file"].startswith("mail-") and row["counted"] == "0"))
        self.assertEqual(quiet[verb].pop("ignored_evidence"), [])
        self.assertEqual(noisy[verb], quiet[verb])


if __name__ == "__main__":
    unittest.main()
