#!/usr/bin/env python3
"""Ingest a folder of collected reports and compare with its manifests.

    reports-corpus.py ROLLOUT_BINARY REPORTS_DIR

(or both in the environment).  The folder has MANIFEST.tsv about files/ and
bulk/POPULATION.tsv about bulk/population.tar.xz.  Mailboxes (mbox) are left
out: their messages are there one by one.  Nothing is kept.
"""

import csv
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

NOW = "2026-11-21T06:00:00Z"
READ = {"xml", "gz/xml", "zip/xml", "gz/gz/xml", "eml/xml",
        "eml/gz/xml", "eml/zip/xml"}
# Where no org_name is given, the domain of the e-mail stands in.
ORG_OF_EMAIL = {"example.com:1711897200": "accurateplastics.com"}
# Columns of the manifests and where reports --json has them.
NUMBERS = (("records", "rows"), ("messages", "messages"),
           ("dmarc_pass", "dmarc_pass"), ("eval_unknown", "unknown"))
DISPOSITIONS = ("none", "pass", "quarantine", "reject", "other")


def table(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def key(row):
    """Reporter, id, domain and range of a manifest's row."""
    org = row["org_name"] or ORG_OF_EMAIL[row["report_id"]]
    return (org, row["report_id"], row["domain"],
            int(float(row["begin"])), int(float(row["end"])))


def wanted(row):
    return ({ours: int(row[theirs]) for theirs, ours in NUMBERS},
            {d: int(row["d_" + d]) for d in DISPOSITIONS},
            row["generation"])


def got(report):
    return ({ours: report[ours] for _, ours in NUMBERS},
            report["disposition"], report["generation"])


class Corpus(unittest.TestCase):
    """One database, filled twice from the same files."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        source = pathlib.Path(REPORTS)
        with tarfile.open(source / "bulk/population.tar.xz") as tar:
            tar.extractall(cls.dir, filter="data")
        cls.rows = []
        for manifest, top in ((source / "MANIFEST.tsv", source),
                              (source / "bulk/POPULATION.tsv", cls.dir)):
            for row in table(manifest):
                row["file"] = str(top / row["path"])
                cls.rows.append(row)
        cls.write_config()
        paths = (str(source / "files"), str(cls.dir / "population"))
        cls.first = cls.rollout("ingest", *paths)
        cls.reports = cls.rollout("reports")["reports"]
        cls.second = cls.rollout("ingest", *paths)
        cls.again = cls.rollout("reports")["reports"]

    @classmethod
    def write_config(cls):
        domains = sorted({r["domain"] for r in cls.rows if r["domain"]})
        (cls.dir / "zones").mkdir()
        (cls.dir / "rollout.yaml").write_text(json.dumps({
            "version": 1,
            "clock": "virtual",
            "state": {"database": "rollout.db"},
            "accounts": {"zf": {"provider": "zonefile", "path": "zones/"}},
            "defaults": {"policy": "standard", "account": "zf",
                         "rua": "mailto:rua@msp.example"},
            "clients": {"all": {"domains": {d: {} for d in domains}}},
        }))

    @classmethod
    def rollout(cls, verb, *words):
        run = subprocess.run(
            [ROLLOUT, verb, *words, "--json", "--now", NOW, "--config",
             str(cls.dir / "rollout.yaml")],
            stdout=subprocess.PIPE, check=True)
        return json.loads(run.stdout)

    def valid(self):
        return [r for r in self.rows
                if r["expected"] == "valid" and r["format"] in READ]

    def test_every_valid_report_is_listed_with_its_numbers(self):
        listed = {}
        for r in self.reports:
            place = (r["org"], r["report_id"], r["domain"], r["begin"],
                     r["end"])
            self.assertNotIn(place, listed)
            listed[place] = got(r)
        wants = {}
        for row in self.valid():
            if wanted(row) not in wants.setdefault(key(row), []):
                wants[key(row)].append(wanted(row))
        for place, numbers in wants.items():
            with self.subTest(place):
                self.assertIn(listed.get(place), numbers)
        self.assertEqual(set(listed), set(wants))
        # One pair in the bulk contradicts itself; the first stays.
        self.assertEqual(sum(len(n) - 1 for n in wants.values()), 1)

    def test_every_malformed_input_is_refused_by_name(self):
        refused = {r["path"] for r in self.first["refused"] if r["code"]}
        for row in self.rows:
            if (row["expected"] == "malformed" and
                    not row["format"].startswith("mbox/")):
                with self.subTest(row["path"]):
                    self.assertIn(row["file"], refused)

    def test_nothing_valid_is_refused(self):
        refused = {(r["path"], r["member"]) for r in self.first["refused"]}
        for row in self.valid():
            if row["format"] != "zip/xml":
                with self.subTest(row["path"]):
                    self.assertNotIn((row["file"], None), refused)

    def test_deviant_reports_and_no_others_have_warnings(self):
        # About time nearly every one has; conflicts are between two.
        other = {"outside-window", "conflict"}
        odd = {w["path"] for w in self.first["warnings"]
               if w["code"] not in other}
        stored = {r["source_path"] for r in self.reports}
        stored |= {p[:p.rindex("!")] for p in stored if ".zip!" in p}
        for row in self.valid():
            with self.subTest(row["path"]):
                if row["class"] == "clean":
                    self.assertNotIn(row["file"], odd)
                elif row["file"] in stored:
                    self.assertIn(row["file"], odd)

    def test_old_reports_are_stored_and_do_not_count(self):
        now = datetime.datetime.fromisoformat(NOW.replace("Z", "+00:00"))
        oldest = now.timestamp() - 400 * 86400
        for r in self.reports:
            self.assertEqual("outside-window" in r["warnings"],
                             r["begin"] < oldest, r["source_path"])
            if r["begin"] < oldest:
                self.assertFalse(r["counts"], r["source_path"])

    def test_a_second_run_adds_nothing(self):
        self.assertEqual(self.second["reports"]["new"], 0)
        self.assertEqual(self.second["rows"], 0)
        self.assertEqual(self.second["messages"], 0)
        self.assertEqual(self.second["reports"]["refused"],
                         self.first["reports"]["refused"])
        self.assertEqual(self.reports, self.again)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        ROLLOUT, REPORTS = sys.argv[1:]
    elif len(sys.argv) == 1 and "ROLLOUT_BINARY" in os.environ:
        ROLLOUT = os.environ["ROLLOUT_BINARY"]
        REPORTS = os.environ["REPORTS_DIR"]
    else:
        sys.exit(__doc__)
    unittest.main(argv=sys.argv[:1], verbosity=2)
