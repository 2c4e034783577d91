"""Report mails with every kind of proof and forgery, through the program.

The mails are those of tests/gen/forged.py; what is to be made of each is
tests/data/mail/expected.tsv.  Knot serves the keys and stands in for a
resolver.

Where each rule about identity is tested:

    a name in the XML is a label             test_every_mail (label-google)
    the verdict of each mail is stored       test_every_mail
    Authentication-Results: exact name,      expected.tsv (ar-...),
      topmost, one result                      unit/orchestrator/test_ingest_authres
    tiers, and what they move                test_every_mail, test_strangers_...,
                                               test_flood, policies/test_reporter
    two reporters that proved who they are   policies/test_gates (reporters)
    no dilution by large senders             policies/test_gates (source_bound),
                                               scenario/invoices-hidden.txt
    anomalies are questions                  policies/test_anomaly, scenario/
                                               anomaly*.txt
    a copy that differs: neither counts      test_a_forged_copy_..., unit/state/
                                               test_stored_reports
    so much a day from one sender            test_a_stranger_may_send_...
    domains of others are not kept           test_hostile (foreign)
    bound to the address it came to          test_a_report_is_bound_...
    keys: l=, short, SHA-1, unaligned        expected.tsv, test_ingest_sender
    DNS that does not answer                 test_name_servers_..., test_a_key_...,
                                               test_reread
    how much counts is shown                 test_hostile (ignored_evidence)
"""

import csv
import datetime
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import textwrap
import time
import unittest

import mailservers
import servers
import world

# dkimpy is a Debian package; python3 in PATH may be another Python.
PYTHON = "/usr/bin/python3"
GENERATOR = world.TOP / "tests/gen/forged.py"
DATA = world.TOP / "tests/data/mail"
NOW = "2026-11-21T06:00:00Z"
SILENT = "silent._domainkey.reporter.example"
ZONES = ("google.com", "reporter.example", "evil.example", "firm.co.uk",
         "other.co.uk", "yahoo.com")


def table(path, fields):
    with open(path, newline="", encoding="ascii") as f:
        rows = [r for r in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
                if not r[0].startswith("#")]
    assert all(len(r) == fields for r in rows)
    return rows


def strings(text):
    """TXT data: character-strings of at most 255 octets."""
    return " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))


class Keys(servers.Knot):
    """A name server with the keys of keys.tsv; fails for one of them."""

    def __init__(self, folder):
        [port] = servers.free_ports(1)
        super().__init__(folder, port, [*ZONES, SILENT])
        records = {zone: [] for zone in ZONES}
        for name, text in table(DATA / "forged/keys.tsv", 2):
            zone = next(z for z in ZONES if name.endswith("." + z))
            if text != "?":
                records[zone].append(f"{name}. IN TXT {strings(text)}")
        for zone in ZONES:
            self.write_zone(zone, records[zone])

    def serves(self, zone):
        # A zone without its file is what SERVFAIL is made of.
        return zone == SILENT or super().serves(zone)


class Forged(unittest.TestCase):
    """One name server for all tests, a world for each."""

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="dro-forged-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.keys = Keys(cls.top / "keys").run()
        cls.addClassCleanup(cls.keys.stop)

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        self.configure()

    def configure(self, source=None, **keys):
        source = {"directory": {"path": str(self.world.incoming)},
                  **(source or {})}
        self.world.config.write_text(json.dumps({
            "version": 1,
            "state": {"database": str(self.world.database)},
            "clock": "virtual",
            "dns": {"resolvers": [f"{servers.HOST}@{self.keys.port}"],
                    "timeout": "1s", "tries": 1},
            "reports": [{"name": "rua", "authserv_id": ["mx.example.net"],
                         **{k: v for k, v in source.items()
                            if v is not None}}],
            "accounts": {"main": {"provider": "zonefile", "path": "zones/"}},
            "defaults": {"policy": "standard", "account": "main",
                         "rua": "mailto:rua@msp.example"},
            "clients": {"c1": {"domains": {
                "klant.example": {}, "andere.example": {}}}},
            **keys,
        }))

    def put(self, *names):
        for name in names:
            shutil.copy(DATA / "forged" / f"{name}.eml", self.world.incoming)

    def reports(self, now=NOW):
        """{name of the mail: its report}"""
        return {pathlib.Path(r["source_path"].split("!")[0]).stem: r
                for r in self.world.json("reports", now=now)["reports"]}

    def test_corpus_is_what_the_generator_writes(self):
        made = self.top / "made"
        subprocess.run([PYTHON, "-B", str(GENERATOR), str(made)], check=True,
                       timeout=120)
        self.assertEqual(sorted(p.name for p in made.iterdir()),
                         sorted(p.name for p in (DATA / "forged").iterdir()))
        for path in made.iterdir():
            self.assertEqual(path.read_bytes(),
                             (DATA / "forged" / path.name).read_bytes(),
                             path.name)

    def test_every_mail(self):
        """Verdict, identity and tier as the table has them."""
        rows = table(DATA / "expected.tsv", 6)
        self.put(*(r[0] for r in rows))
        self.world.json("ingest", now=NOW)
        found = self.reports()
        self.assertGreater(len(found), 90)
        for name, auth, _, identity, tier, counts in rows:
            if name not in found:
                # Its content is broken too, or the mail has no body.
                self.assertIn(name, ("tampered-body", "expired-tampered",
                                     "line-blank"))
                continue
            r = found[name]
            with self.subTest(name):
                self.assertEqual(r["auth"], auth)
                self.assertEqual(r["trust"], tier)
                self.assertEqual(r["trust"] in ("known", "trusted"),
                                 counts == "yes")
                self.assertEqual(r["signer"] is not None, identity != "")
                if identity:
                    self.assertEqual(r["reporter"], identity)
        for r in found.values():
            self.assertTrue(r["auth_note"])
        # Signed by evil.example, it calls itself google.com; and one that
        # is what it says.
        self.assertEqual(found["label-google"]["org"], "google.com")
        self.assertIn("reporter-mismatch", found["label-google"]["warnings"])
        self.assertNotIn("reporter-mismatch", found["valid-rsa"]["warnings"])
        self.assertEqual(found["valid-rsa"]["selector"], "a")

    def test_nothing_is_proved_by_fields_where_no_server_is_trusted(self):
        self.configure({"authserv_id": ["mx.example.org"]})
        self.put("ar-dmarc", "ar-google", "ar-footer")
        self.world.json("ingest", now=NOW)
        self.assertEqual(
            {name: (r["auth"], r["trust"])
             for name, r in self.reports().items()},
            {"ar-dmarc": ("unauthenticated", "unauthenticated"),
             "ar-google": ("unauthenticated", "unauthenticated"),
             "ar-footer": ("invalid", "unauthenticated")})

    def test_lists_of_ones_own(self):
        self.configure(reporters={"trust": ["reporter.example"],
                                  "ignore": ["google.com", "evil.example"]})
        self.put("valid-rsa", "valid-ed25519", "label-google", "unsigned",
                 "tampered-from", "unaligned")
        self.world.json("ingest", now=NOW)
        found = self.reports()
        self.assertEqual(
            {name: r["trust"] for name, r in found.items()},
            {"valid-rsa": "unauthenticated", "valid-ed25519": "trusted",
             "label-google": "unauthenticated", "unsigned": "unauthenticated",
             "tampered-from": "unauthenticated",
             "unaligned": "unauthenticated"})
        self.assertEqual(
            {n for n, r in found.items() if "reporter-ignored" in r["warnings"]},
            {"valid-rsa", "label-google", "unaligned"})
        self.assertEqual(found["valid-rsa"]["auth"], "dkim-aligned")

    def test_a_source_vouches_but_not_for_lies(self):
        self.configure({"trust": "known"})
        self.put("unsigned", "key-missing", "valid-ed25519", "valid-rsa",
                 "tampered-from", "from-two-above")
        self.world.json("ingest", now=NOW)
        self.assertEqual(
            {name: r["trust"] for name, r in self.reports().items()},
            {"unsigned": "known", "key-missing": "known",
             "valid-ed25519": "known", "valid-rsa": "trusted",
             "tampered-from": "unauthenticated",
             "from-two-above": "unauthenticated"})

    def test_a_key_that_dns_did_not_give_is_asked_for_again(self):
        self.put("key-silent")
        self.world.json("ingest", now=NOW)
        self.assertEqual(self.reports()["key-silent"]["auth"], "unverifiable")
        public = next(text for name, text in
                      table(DATA / "forged/keys.tsv", 2)
                      if name == "a._domainkey.reporter.example")
        self.keys.write_zone(SILENT, [f"@ IN TXT {strings(public)}"])
        self.addCleanup(self.forget_silent)
        subprocess.run(["knotc", "-s", str(self.keys.socket), "zone-reload"],
                       check=True, timeout=30, stdout=subprocess.DEVNULL)
        servers.wait_until(lambda: servers.txt(self.keys.port, SILENT), SILENT)
        answer = self.world.json("ingest", now="2026-11-22T06:00:00Z")
        self.assertEqual(answer["reports"]["new"], 0)
        found = self.reports("2026-11-22T06:00:00Z")["key-silent"]
        self.assertEqual((found["auth"], found["trust"], found["reporter"]),
                         ("dkim-aligned", "new", "reporter.example"))

    def test_strangers_become_known(self):
        """Five reports about two domains, then two weeks."""
        self.make("first", """
            for i in range(5):
                domain = ("klant", "andere")[i % 2] + ".example"
                yield f"m{i}", sign(mail(content=report(
                    domain=domain)), "reporter.example")
            """)
        self.world.json("ingest", now=NOW)
        self.assertEqual({r["trust"] for r in self.reports().values()},
                         {"new"})
        for day, tier in ((13, "new"), (14, "known")):
            later = (datetime.datetime(2026, 11, 21, 6) +
                     datetime.timedelta(days=day)).isoformat() + "Z"
            self.make(f"day{day}", f"""
                yield "d{day}", sign(mail(content=report(
                    number=1000 + {day})), "reporter.example",
                    when=NOW + {day} * 86400)
                """)
            self.world.json("ingest", now=later)
            # Those from before it was known count as well.
            self.assertEqual(
                {r["trust"] for r in self.reports(later).values()}, {tier})

    def make(self, name, body):
        """Mails by a few lines for the generator, into incoming/."""
        code = ("import sys\nsys.path.insert(0, sys.argv[1])\n"
                "from forged import *\n"
                "def mails():\n" + textwrap.indent(textwrap.dedent(body), " ") +
                "\nwrite(sys.argv[2], mails())\n")
        out = self.world.incoming / name
        subprocess.run([PYTHON, "-B", "-c", code, str(GENERATOR.parent),
                        str(out)], check=True, timeout=120)
        return out

    def test_a_stranger_may_send_so_much_a_day(self):
        """Who only claims to be Google uses up nothing of Google's."""
        self.make("many", """
            for i in range(205):
                yield f"m{i}", mail(GOOGLE)
            for i in range(3):
                yield f"t{i}", sign(mail(GOOGLE), "google.com")
            """)
        answer = self.world.json("ingest", now=NOW)
        self.assertEqual(answer["reports"]["new"], 203)
        self.assertEqual([r["code"] for r in answer["refused"]],
                         ["sender-limit"] * 5)
        # Within the day nothing more, on the next the rest.
        later = "2026-11-21T23:59:00Z"
        answer = self.world.json("ingest", now=later)
        self.assertEqual(answer["reports"]["new"], 0)
        answer = self.world.json("ingest", now="2026-11-22T06:00:00Z")
        self.assertEqual(answer["reports"]["new"], 5)
        self.assertEqual(answer["refused"], [])
        self.assertEqual(len(list(self.world.incoming.glob("many/*"))), 208)

    def test_a_forged_copy_hides_no_report(self):
        """The same key with other numbers, before and after the true one."""
        forged = """
            yield "forged", mail(GOOGLE, report(
                "google.com", number=7, passed=9000))
            """
        true = """
            yield "true", sign(mail(GOOGLE, report(
                "google.com", number=7)), "google.com")
            """
        for order in ((forged, true), (true, forged)):
            with self.subTest(order[0]):
                self.world.database.unlink(missing_ok=True)
                for i, body in enumerate(order):
                    out = self.make(f"step{i}", body)
                    self.world.json("ingest", now=NOW)
                    shutil.rmtree(out)
                [counted] = [r for r in self.world.json(
                    "reports", now=NOW)["reports"]
                    if r["counts"] and r["trust"] == "trusted"]
                self.assertEqual(counted["messages"], 3)

    def forget_silent(self):
        (self.keys.zone_folder / f"{SILENT}.zone").unlink()
        subprocess.run(["knotc", "-s", str(self.keys.socket), "zone-purge",
                        "-f", SILENT],
                       check=False, timeout=30, stdout=subprocess.DEVNULL)

    def test_a_mail_whose_key_dns_did_not_give_stays_in_the_mailbox(self):
        """Stored at once, moved only once its key could be asked for."""
        authority = mailservers.Authority(self.world.folder / "ca")
        self.world.folder.chmod(0o755)
        dovecot = mailservers.Dovecot(
            self.world.folder / "dovecot", authority).run()
        self.addCleanup(dovecot.stop)
        dovecot.put((DATA / "forged/valid-rsa.eml").read_bytes())
        source = {"directory": None, "imap": {
            "host": servers.HOST, "port": dovecot.port,
            "user": mailservers.USER, "ca_file": str(authority.ca),
            "password": {"file": self.world.secret(
                "password", mailservers.PASSWORD)},
            "after": {"stored": "move", "folder": "Done"}}}
        [nobody] = servers.free_ports(1)
        seen = []
        for port in (nobody, self.keys.port):
            self.configure(source, dns={
                "resolvers": [f"{servers.HOST}@{port}"],
                "timeout": "200ms", "tries": 1})
            answer = self.world.json("ingest", now=NOW)["reports"]
            [report] = self.world.json("reports", now=NOW)["reports"]
            seen.append((answer["new"], answer["duplicate"], report["auth"],
                         report["trust"], len(dovecot.list()),
                         len(dovecot.list("Done") or ())))
        self.assertEqual(seen, [
            (1, 0, "unverifiable", "unauthenticated", 1, 0),
            (0, 1, "dkim-aligned", "trusted", 0, 1)])

    def test_a_report_is_bound_to_the_address_it_came_to(self):
        """Each client has an address of its own; ${recipient} names the field
        in which the server says where a mail came to."""
        fields = {"own": "Delivered-To: rua-klant@msp.example",
                  "case": "delivered-to: <RUA-Klant@msp.example>",
                  "other": "Delivered-To: rua-andere@msp.example",
                  "two": "Delivered-To: rua-andere@msp.example\n"
                         "Delivered-To: rua-klant@msp.example",
                  "none": "X-Nothing: x",
                  "to": "Envelope-To: rua-klant@msp.example",
                  "odd": "Delivered-To: rua-klant@msp.example, x@y.example"}
        self.make("bound", f"""
            for name, field in {fields!r}.items():
                signed = sign(mail(GOOGLE, report("google.com")), "google.com")
                yield name, field.replace("\\n", "\\r\\n").encode() + (
                    b"\\r\\n") + signed
            """)
        clients = {name: {"rua": f"mailto:rua-{name}@msp.example",
                          "domains": {f"{name}.example": {}}}
                   for name in ("klant", "andere")}
        bound = {"own", "case"}
        for source, counted in (({}, set(fields)),
                                ({"recipient": "Delivered-To"}, bound),
                                ({"recipient": "Delivered-To",
                                  "trust": "trusted"}, bound)):
            with self.subTest(source=source):
                self.world.database.unlink(missing_ok=True)
                self.configure(source, clients=clients)
                self.world.json("ingest", now=NOW)
                found = self.reports()
                self.assertEqual(
                    {n for n, r in found.items() if r["trust"] == "trusted"},
                    counted)
                self.assertEqual(
                    {n for n, r in found.items()
                     if "rua-other" in r["warnings"]}, set(fields) - counted)
                self.assertEqual(
                    {r["trust"] for n, r in found.items()
                     if n not in counted}, {"unauthenticated"} if
                    counted == bound else set())
                answer = self.world.json("db", "reread", now=NOW)
                self.assertEqual(answer["changed"], [])

    def test_name_servers_that_never_answer(self):
        """200 mails, each signed by a domain of its own: the run waits for
        20 s, not for each; what was not proved is proved later."""
        count = 200
        self.make("many", f"""
            for i in range({count}):
                d = f"r{{i}}.example"
                yield f"m{{i}}", sign(mail(f"dmarc@{{d}}", report(d)), d)
            for i in range(100):
                yield f"g{{i}}", sign(mail(GOOGLE), "google.com", f"s{{i}}")
            """)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind((servers.HOST, 0))
            self.configure(dns={
                "resolvers": [f"{servers.HOST}@{silent.getsockname()[1]}"],
                "timeout": "1s", "tries": 1})
            began = time.monotonic()
            self.world.json("ingest", now=NOW)
            took_s = time.monotonic() - began
        # 20 s for strangers, 20 s for those who claim to be Google.
        self.assertGreater(took_s, 39)
        self.assertLess(took_s, 60)
        found = self.reports()
        self.assertEqual(len(found), count + 100)
        self.assertEqual(
            {(r["auth"], r["trust"]) for r in found.values()},
            {("unverifiable", "unauthenticated")})
        self.assertTrue(all(r["auth_note"].endswith("DNS does not answer")
                            for r in found.values()))
        public = next(text for name, text in
                      table(DATA / "forged/keys.tsv", 2)
                      if name == "a._domainkey.reporter.example")
        knot = servers.Knot(self.world.folder / "later",
                            servers.free_ports(1)[0], ["example"])
        self.addCleanup(knot.stop)
        knot.write_zone("example", [
            f"a._domainkey.r{i} IN TXT {strings(public)}"
            for i in range(count)])
        knot.run()
        self.configure(dns={"resolvers": [f"{servers.HOST}@{knot.port}"],
                            "timeout": "1s", "tries": 1})
        later = "2026-11-22T06:00:00Z"
        self.world.json("ingest", now=later)
        self.assertEqual(
            {r["auth"] for name, r in self.reports(later).items()
             if name.startswith("m")}, {"dkim-aligned"})


if __name__ == "__main__":
    unittest.main()
