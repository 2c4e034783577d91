"""Attacks on the reader of reports: every one alone, then all together.

tests/gen/hostile.py makes the files, tests/data/hostile.tsv says by hand what
the program has to make of each.  test_hostile_mail.py sends them as mails.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import threading
import unittest

import hostileworld
import world
from hostileworld import NOW, codes, raw

RELEASE = os.environ.get(
    "ROLLOUT_RELEASE", world.TOP / "build/release/orchestrator/rollout")
# What one file may cost, many times what the worst of them takes.
CPU_MAX_S = 10
WALL_MAX_S = 120
RSS_MAX_KIB = 256 << 10


class Hostile(hostileworld.Corpus):

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

    def test_all_together(self):
        # Good reports lie among everything that counts for nothing, in a
        # trusted folder; what could count comes from strangers.
        self.serve()
        self.observed(self.world)
        places = {name: self.world.incoming if row["counted"] == "0" else
                  self.world.folder / "strangers"
                  for name, row in self.expected.items()}
        with self.lent(places):
            answer = self.world.run("ingest", "--json", now=NOW)
            again = self.world.run("ingest", now=NOW)
        self.assertEqual(raw(answer.stdout + again.stdout + again.stderr),
                         set())
        answer = json.loads(answer.stdout)
        self.assertEqual(answer["reports"]["new"],
                         hostileworld.GOOD_REPORTS + self.total("stored"))
        ignored = self.compare(self.world, self.quiet())
        self.assertEqual(ignored["unauthenticated"],
                         self.total("counted") + self.of_nobody())


if __name__ == "__main__":
    unittest.main()
