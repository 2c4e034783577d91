#!/usr/bin/env python3
"""Ingest a folder of collected reports and compare with its manifests.

    reports-corpus.py ROLLOUT_BINARY REPORTS_DIR

(or both in the environment).  The folder has MANIFEST.tsv about files/ and
bulk/POPULATION.tsv about bulk/population.tar.xz.  They are read as files, and
again as mails (those that are none as attachments of made ones) from a
maildir, an mbox file, and Dovecot over TLS.  Nothing is kept.
"""

import csv
import datetime
import email.message
import json
import mailbox
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(
    0, str(pathlib.Path(__file__).resolve().parent / "integration"))
import mailservers  # pylint: disable=wrong-import-position

NOW = "2026-11-21T06:00:00Z"
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


class Corpus:
    """One database, filled twice from the same source."""

    @classmethod
    def unpack(cls):
        """The rows of both manifests, each with its file."""
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

    @classmethod
    def read_twice(cls, *paths):
        cls.first = cls.rollout("ingest", *paths)
        cls.reports = cls.rollout("reports")["reports"]
        cls.second = cls.rollout("ingest", *paths)
        cls.again = cls.rollout("reports")["reports"]

    @classmethod
    def write_config(cls, *sources):
        domains = sorted({r["domain"] for r in cls.rows if r["domain"]})
        (cls.dir / "zones").mkdir()
        (cls.dir / "rollout.yaml").write_text(json.dumps({
            "version": 1,
            "clock": "virtual",
            "state": {"database": "rollout.db"},
            # Nobody is asked for the keys of signatures.
            "dns": {"resolvers": ["127.0.0.1@9"], "timeout": "100ms",
                    "tries": 1},
            "reports": sources,
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
        return [r for r in self.rows if r["expected"] == "valid"]

    def test_the_originals_say_the_same(self):
        answer = json.loads(subprocess.run(
            [ROLLOUT, "db", "reread", "--dry-run", "--json", "--now", NOW,
             "--config", str(self.dir / "rollout.yaml")],
            stdout=subprocess.PIPE, check=True).stdout)
        self.assertEqual((answer["changed"], answer["lost"]), ([], []))
        self.assertEqual(answer["same"], len(self.reports))

    def compare(self):
        """What is listed is what the manifests have, and nothing else."""
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


class Files(Corpus, unittest.TestCase):
    """The files as they are, below two folders."""

    @classmethod
    def setUpClass(cls):
        cls.unpack()
        cls.write_config()
        cls.read_twice(str(pathlib.Path(REPORTS) / "files"),
                       str(cls.dir / "population"))

    def test_every_valid_report_is_listed_with_its_numbers(self):
        self.compare()

    def test_every_malformed_input_is_refused_by_name(self):
        refused = {r["path"] for r in self.first["refused"] if r["code"]}
        for row in self.rows:
            place = row["file"]
            if row["format"].startswith("mbox/"):
                place += ":" + row["report"]
            if row["expected"] == "malformed":
                with self.subTest(place):
                    self.assertIn(place, refused)

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


class Mails:
    """Every mail of the corpus, and a made mail around what is none, from a
    mailbox; ${place}(n) is where the n-th of them comes from."""

    @classmethod
    def mails(cls):
        """(octets, whether something in it is to be refused) of each."""
        bad = {(r["file"], r["report"]) for r in cls.rows
               if r["expected"] == "malformed"}
        for path in sorted({r["file"] for r in cls.rows}):
            if path.endswith(".mbox"):
                box = mailbox.mbox(path, create=False)
                for n, one in enumerate(box.keys(), 1):
                    yield box.get_bytes(one), (path, str(n)) in bad
                box.close()
                continue
            octets = pathlib.Path(path).read_bytes()
            if not path.endswith(".eml"):
                out = email.message.EmailMessage()
                out["From"] = "reports@receiver.example"
                out["Subject"] = "Report"
                out.add_attachment(
                    octets, maintype="application", subtype="octet-stream",
                    filename=pathlib.Path(path).name)
                octets = out.as_bytes()
            yield octets, any((path, str(n)) in bad for n in range(1, 100))

    @classmethod
    def setUpClass(cls):
        cls.unpack()
        cls.write_config(cls.fill([m for m, _ in cls.mails()]))
        cls.bad = [n for n, (_, bad) in enumerate(cls.mails(), 1) if bad]
        cls.read_twice()

    def test_every_valid_report_is_listed_with_its_numbers(self):
        self.compare()

    def test_every_malformed_mail_is_refused_and_no_other(self):
        refused = {r["path"] for r in self.first["refused"]}
        self.assertEqual(refused, {self.place(n) for n in self.bad})

    def test_a_second_run_adds_nothing(self):
        self.assertEqual(self.second["reports"]["new"], 0)
        self.assertEqual(self.second["messages"], 0)
        self.assertEqual(self.reports, self.again)


class Maildir(Mails, Corpus, unittest.TestCase):
    @classmethod
    def fill(cls, mails):
        for name in ("cur", "new", "tmp"):
            (cls.dir / "box" / name).mkdir(parents=True)
        for n, octets in enumerate(mails, 1):
            (cls.dir / f"box/new/{n:06}.host").write_bytes(octets)
        return {"name": "m", "trust": "trusted",
                "maildir": {"path": "box"}}

    def place(self, n):
        return f"{self.dir}/box/new/{n:06}.host"


class Mbox(Mails, Corpus, unittest.TestCase):
    @classmethod
    def fill(cls, mails):
        box = mailbox.mbox(cls.dir / "box")
        for octets in mails:
            box.add(octets)
        box.close()
        return {"name": "m", "trust": "trusted", "mbox": {"path": "box"}}

    def place(self, n):
        return f"{self.dir}/box:{n}"


class Dovecot(Mails, Corpus, unittest.TestCase):
    @classmethod
    def fill(cls, mails):
        cls.dir.chmod(0o755)
        authority = mailservers.Authority(cls.dir / "ca")
        server = mailservers.Dovecot(cls.dir / "dovecot", authority).run()
        cls.addClassCleanup(server.stop)
        server.deliver(mails)
        (cls.dir / "password").touch(mode=0o600)
        (cls.dir / "password").write_text(mailservers.PASSWORD)
        cls.port = server.port
        return {"name": "m", "trust": "trusted", "imap": {
            "host": "127.0.0.1", "port": server.port,
            "user": mailservers.USER, "password": {"file": "password"},
            "ca_file": "ca/ca.pem"}}

    def test_a_second_run_adds_nothing(self):
        # Nor does it fetch anything.
        self.assertEqual(self.second["files"], 0)
        self.assertEqual(self.reports, self.again)

    def test_every_malformed_mail_is_refused_and_no_other(self):
        refused = {r["path"].split(";UID=")[1]
                   for r in self.first["refused"]}
        self.assertEqual(refused, {str(n) for n in self.bad})


if __name__ == "__main__":
    if len(sys.argv) == 3:
        ROLLOUT, REPORTS = sys.argv[1:]
    elif len(sys.argv) == 1 and "ROLLOUT_BINARY" in os.environ:
        ROLLOUT = os.environ["ROLLOUT_BINARY"]
        REPORTS = os.environ["REPORTS_DIR"]
    else:
        sys.exit(__doc__)
    unittest.main(argv=sys.argv[:1], verbosity=2)
