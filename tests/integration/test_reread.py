"""Originals are read again: what is stored is proved, or put right."""

import gzip
import hashlib
import io
import json
import shutil
import socket
import sqlite3
import subprocess
import unittest
import zipfile

import mailservers
import servers
import world

DOMAIN = "klant.example"
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
MAILS = [f"own ip=192.0.2.10 n=90 pass dkim={DOMAIN}/s1 spf={DOMAIN}",
         "crm ip=198.51.100.7 n=40 fail"]
DAYS = 3
NOW = world.morning(DAYS)
FORGED = world.TOP / "tests/data/mail/forged"
PUBLIC = next(line.split("\t")[1] for line in
              (FORGED / "keys.tsv").read_text().splitlines()
              if line.startswith("a._domainkey.google.com\t"))

# What somebody does to the row of a report, and what a reading finds.
FALSIFIED = (
    ("messages = 7", {"messages"}),
    ("dmarc_pass = dmarc_pass + 1", {"dmarc_pass"}),
    ("row_count = 9", {"rows"}),
    ("dkim_aligned = 0, spf_aligned = 0", {"dkim_aligned", "spf_aligned"}),
    ("unknown = 3", {"unknown"}),
    ("disp_none = 0, disp_reject = 5",
     {"disposition.none", "disposition.reject"}),
    ("p = 'reject', pct = '10'", {"p", "pct"}),
    ("sp = 'x', np = 'x', t = 'x'", {"sp", "np", "t"}),
    ("org = 'Evil'", {"org"}), ("email = NULL", {"email"}),
    ("report_id = 'x'", {"report_id"}),
    ("begin_at = begin_at + 3600", {"begin"}),
    ("end_at = end_at - 3600", {"end"}),
    ("trust = 0", {"trust"}), ("generation = 1 - generation",
                               {"generation"}),
    ("uncounted = 'range-empty'", {"counts"}),
    ("warnings = 'bom' || char(10)", {"warnings"}),
    ("cells = x'01010000093139322e302e322e31'", {"lines"}),
    ("cells = x'ff'", {"lines"}), ("content = zeroblob(32)", {"content"}),
    ("reporter = (SELECT max(id) FROM reporter)", {"reporter"}),
)


class Reread(unittest.TestCase):

    def setUp(self):
        self.maxDiff = None
        self.world = world.World()
        self.addCleanup(self.world.close)
        self.configure()

    def configure(self, **more):
        self.world.configure({"provider": "zonefile", "path": "zones/"},
                             {DOMAIN: ([9], {})})
        config = json.loads(self.world.config.read_text())
        config |= more
        self.world.config.write_text(json.dumps(config))

    def fill(self):
        self.world.report(DOMAIN, 0, RECORD, MAILS, DAYS)
        self.world.json("ingest", now=NOW)

    def sql(self, *statements, path=None):
        with sqlite3.connect(path or self.world.database) as db:
            for statement in statements:
                db.execute(statement)
        db.close()

    def archive(self, *statements):
        self.sql(*statements,
                 path=self.world.database.with_name("rollout.db-archive"))

    def reread(self, *words, now=NOW):
        return self.world.json("db", "reread", *words, now=now)

    def reports(self, now=NOW):
        return self.world.json("reports", now=now)["reports"]

    def seen(self, now=NOW):
        """All that reports lead to."""
        return (self.reports(now), self.world.json("explain", DOMAIN, now=now))

    def test_what_is_true_stays(self):
        self.fill()
        before = self.seen()
        answer = self.reread()
        self.assertEqual((answer["originals"], answer["same"]),
                         (2 * DAYS, 2 * DAYS))
        self.assertEqual((answer["changed"], answer["lost"]), ([], []))
        self.assertEqual(self.seen(), before)

    def test_what_is_falsified_is_shown_and_put_right(self):
        self.fill()
        self.sql("INSERT INTO reporter (name) VALUES ('other.example')")
        before = self.seen()
        for change, fields in FALSIFIED:
            with self.subTest(change):
                self.sql(f"UPDATE report SET {change} WHERE id = "
                         "(SELECT min(id) FROM report)")
                falsified = self.world.stored()
                dry = self.reread("--dry-run")
                self.assertEqual(self.world.stored(), falsified)
                [changed] = dry["changed"]
                self.assertEqual({f["field"] for f in changed["fields"]},
                                 fields)
                self.assertEqual(dry["same"], 2 * DAYS - 1)
                wet = self.reread(DOMAIN)
                self.assertEqual({**wet, "dry_run": True}, dry)
                self.assertEqual(self.seen(), before)
                self.assertEqual(self.reread()["changed"], [])

    def test_the_text_says_old_and_new(self):
        self.fill()
        self.sql("UPDATE report SET messages = 7, trust = 2, cells = x'ff'"
                 " WHERE id = 1")
        [first] = [r for r in self.reports() if r["messages"] == 7]
        run = self.world.run("db", "reread", "--dry-run", now=NOW)
        self.assertEqual(run.stdout.splitlines(), [
            f"{DOMAIN} {world.date(0)}T00:00:00Z {first['org']} "
            f"{first['report_id']}: trust known -> trusted, messages 7 -> 65, "
            "lines",
            "6 originals read: 5 reports are what they were, 1 would change, "
            "0 without their original."])

    def test_an_archive_of_several_reports(self):
        """Their rows are found by their keys, and if those are falsified by
        their order."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            for name in ("a", "b", "c", "d"):
                z.writestr(f"{name}.xml", mailservers.report(name))
        (self.world.incoming / "four.zip").write_bytes(out.getvalue())
        self.world.json("ingest", now=NOW)
        before = {r["report_id"]: r for r in self.reports()}
        self.assertEqual({r["original"] for r in before.values()},
                         {hashlib.sha256(out.getvalue()).hexdigest()})
        self.sql("UPDATE report SET report_id = 'x' WHERE report_id = 'b'",
                 "UPDATE report SET report_id = 'y' WHERE report_id = 'd'",
                 "UPDATE report SET messages = 9 WHERE report_id = 'a'")
        answer = self.reread()
        self.assertEqual((answer["originals"], answer["same"]), (1, 1))
        self.assertEqual(len(answer["changed"]), 3)
        self.assertEqual({r["report_id"]: r for r in self.reports()}, before)

    def test_originals_that_are_not_there(self):
        self.fill()
        before = self.reports()
        self.sql("UPDATE report SET messages = 7")
        self.archive("DELETE FROM original WHERE id = 1",
                     "UPDATE original SET octets = x'00' WHERE id = 2")
        answer = self.reread()
        self.assertEqual(sorted(x["code"] for x in answer["lost"]),
                         ["damaged", "missing"])
        self.assertEqual((len(answer["changed"]), answer["expired"]), (4, 0))
        # Nothing of them is lost.
        after = self.reports()
        self.assertEqual([r["report_id"] for r in after],
                         [r["report_id"] for r in before])
        self.assertEqual(sum(r["messages"] == 7 for r in after), 2)
        # What retention has removed is missed by nobody.
        answer = self.reread(now="2026-03-20T06:00:00Z")
        self.assertEqual(([x["code"] for x in answer["lost"]],
                          answer["expired"], answer["same"]),
                         (["damaged"], 1, 4))

    def test_what_is_cut_stays_cut(self):
        self.configure(retention={"archive": "forever"})
        self.fill()
        late = "2026-06-01T06:00:00Z"
        self.world.run("db", "prune", now=late)
        before = self.seen(late)
        self.assertEqual(self.reread(now=late)["changed"], [])
        self.sql("UPDATE report SET messages = 7",
                 "UPDATE report SET cells = x'ff' WHERE id < 3")
        self.assertEqual(len(self.reread(now=late)["changed"]), 2 * DAYS)
        self.assertEqual(self.seen(late), before)
        octets = self.world.database.read_bytes()
        self.assertIn(b"198.51.100.0/24", octets)
        self.assertNotIn(b"198.51.100.7", octets)

    def test_reports_that_contradict_each_other(self):
        for n, messages in enumerate((3, 4)):
            (self.world.incoming / f"{n}.gz").write_bytes(gzip.compress(
                mailservers.report("r", messages=messages)))
        self.world.json("ingest", now=NOW)
        before = self.reports()
        self.assertEqual([r["counts"] for r in before], [False])
        self.assertEqual(self.reread()["changed"], [])
        self.sql("UPDATE report SET messages = 7")
        self.assertEqual(len(self.reread()["changed"]), 1)
        self.assertEqual(self.reports(), before)

    def test_another_configuration(self):
        shutil.copy(FORGED / "valid-rsa.eml", self.world.incoming)
        self.world.report(DOMAIN, 0, RECORD, MAILS)
        now = "2026-11-21T06:00:00Z"
        config = json.loads(self.world.config.read_text())
        config["dns"]["resolvers"] = [f"{servers.HOST}@{self.keys()}"]
        config["reports"][0]["trust"] = "known"
        self.world.config.write_text(json.dumps(config))
        self.world.json("ingest", now=now)
        self.assertEqual(sorted(r["trust"] for r in self.reports(now)),
                         ["known", "known", "trusted"])
        config["reports"][0]["trust"] = "unauthenticated"
        self.world.config.write_text(json.dumps(config))
        self.assertEqual(
            [f for c in self.reread(now=now)["changed"] for f in c["fields"]],
            2 * [{"field": "trust", "was": "known",
                  "is": "unauthenticated"}])
        config["reporters"] = {"ignore": ["google.com"]}
        self.world.config.write_text(json.dumps(config))
        changed = self.reread(now=now)["changed"]
        self.assertEqual(sorted({f["field"] for c in changed
                                 for f in c["fields"]}),
                         ["trust", "warnings"])
        self.assertEqual({r["trust"] for r in self.reports(now)},
                         {"unauthenticated"})
        # A domain that is ours no more is left as it is.
        config["clients"]["c1"]["domains"] = {"other.example": {}}
        self.world.config.write_text(json.dumps(config))
        answer = self.reread(now=now)
        self.assertEqual((answer["left"], answer["changed"]), (3, []))

    def keys(self):
        """The port of a name server with the key of google.com."""
        knot = servers.Knot(self.world.folder / "knot",
                            servers.free_ports(1)[0], ["google.com"])
        self.addCleanup(knot.stop)
        knot.write_zone("google.com", [
            "a._domainkey IN TXT " + " ".join(
                f'"{PUBLIC[i:i + 200]}"' for i in range(0, len(PUBLIC), 200))])
        knot.run()
        return knot.port

    def test_a_mail_whose_key_dns_did_not_give_twice(self):
        """A mailbox gives it twice; after that the archive has it."""
        self.world.folder.chmod(0o755)
        authority = mailservers.Authority(self.world.folder / "ca")
        dovecot = mailservers.Dovecot(
            self.world.folder / "dovecot", authority).run()
        self.addCleanup(dovecot.stop)
        dovecot.put((FORGED / "valid-rsa.eml").read_bytes())
        config = json.loads(self.world.config.read_text())
        config["reports"] = [{"name": "rua", "imap": {
            "host": servers.HOST, "port": dovecot.port,
            "user": mailservers.USER, "ca_file": str(authority.ca),
            "password": {"file": self.world.secret(
                "password", mailservers.PASSWORD)}}}]
        seen = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind((servers.HOST, 0))
            for hour in range(4):
                port = (silent.getsockname()[1] if hour < 3 else self.keys())
                config["dns"] |= {"resolvers": [f"{servers.HOST}@{port}"],
                                  "timeout": "200ms", "tries": 1}
                self.world.config.write_text(json.dumps(config))
                now = f"2026-11-21T{6 + hour:02}:00:00Z"
                answer = self.world.json("ingest", now=now)
                [report] = self.reports(now)
                seen.append((answer["files"], answer["judged_anew"],
                             report["auth"], report["trust"]))
        self.assertEqual(seen, [
            (1, 0, "unverifiable", "unauthenticated"),
            (1, 0, "unverifiable", "unauthenticated"),
            (0, 0, "unverifiable", "unauthenticated"),
            (0, 1, "dkim-aligned", "trusted")])
        self.assertEqual(report["signer"], "google.com")
        self.assertEqual(self.reread(now=now)["changed"], [])
        # It is not judged a third time.
        self.assertEqual(self.world.json(
            "ingest", now="2026-11-21T12:00:00Z")["judged_anew"], 0)

    def test_the_octets_of_a_number(self):
        self.fill()
        for report in self.reports():
            path = report["source_path"]
            with open(path, "rb") as f:
                octets = f.read()
            done = subprocess.run(
                [world.ROLLOUT, "db", "original", report["original"],
                 "--config", str(self.world.config)],
                capture_output=True, check=True, timeout=60)
            self.assertEqual(done.stdout, octets)


if __name__ == "__main__":
    unittest.main()
