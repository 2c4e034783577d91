"""Parking, end to end: a domain on PowerDNS, one on BIND, one on Knot and one
in a zone file, from a record of its owner to parked, and back.

The order is what the servers themselves say: requests at the API, the update
log of BIND, serials and reloads of Knot.
"""

import json
import re
import sqlite3
import unittest

import servers
import world

RUA = "mailto:rua@msp.example"
OWNER = "v=DMARC1; p=none; rua=mailto:d@owner.example; fo=1"
FOUND = f"v=DMARC1; p=none; rua=mailto:d@owner.example,{RUA}; fo=1"
PARKED = (f"v=DMARC1; p=reject; rua=mailto:d@owner.example,{RUA}; fo=1; "
          "sp=reject; np=reject; adkim=s; aspf=s")
# As the owner has them: in two strings, with a quote, beside a soft SPF.
FOREIGN = ['"site-verification=" "abc 123"', r'"say \"yes\""']
SOFT = "v=spf1 ~all"
DENY = "v=spf1 -all"
DOMAINS = ("pdns.example", "bind.example", "knot.example", "file.example")
PARTS = (("_dmarc", "TXT"), ("", "TXT"), ("", "MX"))
QUIET = 30


def owner(domain, part):
    """The owner name of a part, as a transfer has it."""
    label = PARTS[part][0]
    return f"{label}.{domain}." if label else f"{domain}."


def update_account(made, port):
    return {"provider": "rfc2136", "server": f"{servers.HOST}@{port}",
            "key": {"name": servers.TSIG_NAME, "secret": {
                "file": made.secret("tsig", servers.TSIG_SECRET)}}}


def file_account(knot):
    return {"provider": "zonefile", "path": str(knot.zone_folder),
            "reload": {"command": ["knotc", "-s", str(knot.socket),
                                   "zone-reload"]}}


def zone_lines():
    return [f'_dmarc 1800 IN TXT "{OWNER}"', f'@ 900 IN TXT "{SOFT}"',
            *(f"@ 900 IN TXT {text}" for text in FOREIGN),
            "@ 600 IN MX 10 .", f"www IN A {servers.HOST}"]


class Parked(unittest.TestCase):
    """setUpClass lives through it once; the tests look at what it kept."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        cls.ports = dict(zip(DOMAINS, servers.free_ports(4)))
        [api] = servers.free_ports(1)
        folder = cls.world.folder
        cls.pdns = servers.PowerDNS(
            folder / "pdns", cls.ports["pdns.example"], api)
        cls.bind = servers.Bind(
            folder / "bind", cls.ports["bind.example"], ["bind.example"])
        cls.knot = servers.Knot(
            folder / "knot", cls.ports["knot.example"], ["knot.example"])
        cls.file = servers.Knot(
            folder / "file", cls.ports["file.example"], ["file.example"])
        cls.bind.write_zone("bind.example", zone_lines())
        cls.knot.write_zone("knot.example", zone_lines())
        cls.file.write_zone("file.example", zone_lines())
        for server in (cls.pdns, cls.bind, cls.knot, cls.file):
            cls.addClassCleanup(server.stop)
            server.run()
        cls.pdns.add_zone("pdns.example", [
            ("_dmarc.pdns.example", "TXT", 1800, [f'"{OWNER}"']),
            ("pdns.example", "TXT", 900, [f'"{SOFT}"', *FOREIGN]),
            ("pdns.example", "MX", 600, ["10 ."])])
        cls.proxy = servers.Proxy(api)
        cls.addClassCleanup(cls.proxy.stop)
        cls.configure()
        cls.live()

    @classmethod
    def configure(cls):
        cls.world.configure(
            {"provider": "powerdns",
             "endpoint": f"http://{servers.HOST}:{cls.proxy.port}",
             "key": {"file": cls.world.secret("key", servers.API_KEY)}},
            {domain: ([cls.ports[domain]], {
                "policy": "parked", "account": domain.split(".")[0]})
             for domain in DOMAINS})
        config = json.loads(cls.world.config.read_text())
        config["accounts"] = {
            "pdns": config["accounts"]["main"],
            "bind": update_account(cls.world, cls.ports["bind.example"]),
            "knot": update_account(cls.world, cls.ports["knot.example"]),
            "file": file_account(cls.file)}
        config["defaults"]["account"] = "pdns"
        cls.world.config.write_text(json.dumps(config))

    @classmethod
    def look(cls):
        return {d: servers.transfer(p, d) for d, p in cls.ports.items()}

    @classmethod
    def advance(cls, day, *words):
        """One run: its events, and what it changed, by domain."""
        before = cls.look()
        done = cls.world.run("advance", "--json", *words,
                             now=world.morning(day))
        after = cls.look()
        cls.events[day] = [json.loads(line)
                           for line in done.stdout.splitlines()]
        cls.changed[day] = {
            d: sorted({tuple(line.split()[i] for i in (0, 3))
                       for line in set(before[d]) ^ set(after[d])})
            for d in DOMAINS}

    @classmethod
    def serials(cls):
        return {d: servers.serial(p, d) for d, p in cls.ports.items()}

    @classmethod
    def live(cls):
        cls.events, cls.changed, cls.statuses = {}, {}, {}
        cls.advance(0)
        cls.before = cls.look()
        for day in (1, QUIET - 1):
            cls.advance(day)
        file = cls.world.folder / "plan.json"
        cls.plan = cls.world.json("plan", "--out", str(file),
                                  now=world.morning(QUIET))
        cls.bodies_before = len(cls.proxy.bodies)
        for day in range(QUIET, QUIET + 4):
            cls.advance(day, "--plan", str(file))
            cls.statuses[day] = {
                d["domain"]: d for d in cls.world.json(
                    "status", now=world.morning(day, 7))["domains"]}
        cls.parked = cls.look()
        cls.bodies = cls.proxy.bodies[cls.bodies_before:]
        cls.explained = cls.world.run(
            "explain", "knot.example", now=world.morning(QUIET + 3)).stdout
        cls.drift()
        cls.alarm()
        cls.take_back()

    @classmethod
    def drift(cls):
        """Somebody puts an MX there: left alone until a person says so."""
        cls.pdns.put("pdns.example", "pdns.example", "MX", 600,
                     ["5 New.pdns.example."])
        cls.advance(QUIET + 4)
        cls.drifted = cls.world.domain(
            "pdns.example", world.morning(QUIET + 4, 7))
        cls.reconciled = [
            cls.world.run("reconcile", "pdns.example", how, "--reason",
                          "by mistake", now=world.morning(QUIET + 4, 8),
                          check=False).returncode
            for how in ("--adopt", "--restore")]
        cls.reparked = cls.look()

    @classmethod
    def alarm(cls):
        """Mail passes after all: reported, and nothing is changed."""
        cls.world.report("knot.example", QUIET + 4, PARKED, [
            "own ip=192.0.2.10 n=3 pass dkim=knot.example/s1 "
            "spf=knot.example"])
        cls.world.ingest(world.morning(QUIET + 5))
        cls.advance(QUIET + 5)
        cls.alarmed = cls.world.domain(
            "knot.example", world.morning(QUIET + 5, 7))

    @classmethod
    def take_back(cls):
        cls.serials_before = cls.serials()
        bodies = len(cls.proxy.bodies)
        now = world.morning(QUIET + 6)
        for domain in DOMAINS:
            cls.world.run("park", domain, "--undo", "--reason",
                          "the owner wants it back", now=now)
        cls.undone = cls.look()
        cls.undo_bodies = cls.proxy.bodies[bodies:]
        cls.serials_after = cls.serials()
        cls.advance(QUIET + 7)
        cls.after_undo = cls.world.domain(
            "pdns.example", world.morning(QUIET + 7, 7))
        cls.history = cls.world.json("history", "pdns.example")["events"]

    def test_reports_are_asked_for_first(self):
        for domain in DOMAINS:
            self.assertEqual(self.changed[0][domain],
                             [(f"_dmarc.{domain}.", "TXT")])
            [record] = [line for line in self.before[domain]
                        if line.startswith("_dmarc.")]
            self.assertIn(FOUND, record)

    def test_nothing_for_thirty_quiet_days(self):
        for day in (1, QUIET - 1):
            self.assertEqual(self.changed[day], {d: [] for d in DOMAINS})

    def test_one_part_a_run_in_order(self):
        for part in range(3):
            self.assertEqual(
                self.changed[QUIET + part],
                {d: [(owner(d, part), PARTS[part][1])] for d in DOMAINS})
        self.assertEqual(self.changed[QUIET + 3], {d: [] for d in DOMAINS})

    def test_each_is_verified_before_the_next(self):
        for day in range(QUIET, QUIET + 3):
            for domain in DOMAINS:
                events = [e["event"] for e in self.events[day]
                          if e.get("domain") == domain
                          and e["event"].startswith("operation.")]
                self.assertEqual(events, [
                    "operation.intent", "operation.sent",
                    "operation.verified"])

    def test_what_is_served_in_the_end(self):
        for domain in DOMAINS:
            got = [line for line in self.parked[domain]
                   if line not in self.before[domain]]
            self.assertEqual(got, sorted([
                f"{domain}. 600 IN MX 0 .",
                f'{domain}. 900 IN TXT "{DENY}"',
                f'_dmarc.{domain}. 1800 IN TXT "{PARKED}"']), domain)

    def test_status_of_a_parked_domain(self):
        for domain in DOMAINS:
            status = self.statuses[QUIET + 3][domain]
            self.assertEqual(
                (status["step"], status["overlays"], status["verdict"],
                 status["stage"]["name"], status["next"]),
                ("parked", [], "pass", "reject", None))

    def test_explain_shows_all_three(self):
        for text in (f"Live: {PARKED}\n", f"      TXT {DENY}\n",
                     "      MX 0 .\n", "Why:  parked; watched\n"):
            self.assertIn(text, self.explained)

    def test_plan_shows_all_three_in_order(self):
        for domain in DOMAINS:
            mine = [c for c in self.plan["changes"] if c["domain"] == domain]
            self.assertEqual(
                [(c["op"], c["rrset"]["name"] + ".", c["rrset"]["type"])
                 for c in mine],
                [("park", owner(domain, i), PARTS[i][1]) for i in range(3)])
            first = mine[0]["seq"]
            self.assertEqual([c["seq"] for c in mine],
                             [first, first + 1, first + 2])
            self.assertEqual([c["depends_on"] for c in mine],
                             [[], [first], [first + 1]])

    def test_one_plan_file_serves_all_three_runs(self):
        events = [(day - QUIET, e["event"]) for day in self.events
                  for e in self.events[day]
                  if e["event"].startswith("plan.")]
        self.assertEqual(sorted(events), [
            (run, "plan.done") for run in (1, 2, 3)
            for _ in range(run * len(DOMAINS))])

    def test_order_at_the_api(self):
        sent = [[(r["name"], r["type"]) for r in body["rrsets"]]
                for body in self.bodies]
        self.assertEqual(sent, [
            [(owner("pdns.example", i), PARTS[i][1])] for i in range(3)])

    def test_order_in_the_log_of_bind(self):
        log = (self.bind.folder / "log.txt").read_text()
        deleted = re.findall(r"deleting rrset at '([^']+)' (TXT|MX)", log)
        # The report address first, what the undo put back last.
        self.assertEqual([(f"{n}.", t) for n, t in deleted], [
            (owner("bind.example", i), PARTS[i][1])
            for i in (0, 0, 1, 2, 2, 1, 0)])

    def test_serials_of_knot(self):
        log = (self.knot.folder / "log.txt").read_text()
        updates = re.findall(
            r"DDNS, finished, serial (\d+) -> (\d+)", log)
        # The address, three parts, and one for all that was undone.
        self.assertEqual(len(updates), 5, log)

    def test_drift_is_respected_and_put_back_on_demand(self):
        self.assertEqual(self.changed[QUIET + 4], {d: [] for d in DOMAINS})
        self.assertEqual(self.drifted["overlays"], ["drifted"])
        self.assertEqual(self.reconciled, [64, 0])
        self.assertEqual(self.reparked, self.parked)

    def test_alarm_names_the_source_and_changes_nothing(self):
        self.assertEqual(self.changed[QUIET + 5], {d: [] for d in DOMAINS})
        self.assertEqual(self.alarmed["verdict"], "fail")
        self.assertEqual(self.alarmed["overlays"], ["blocked"])
        [reason] = self.alarmed["reasons"]
        self.assertEqual(reason["gate"], "parked_mail_seen")
        self.assertIn("knot.example", reason["text"])

    def test_undo_restores_every_octet(self):
        self.assertEqual(self.undone, self.before)

    def test_undo_is_one_call_where_that_can_be(self):
        self.assertEqual(
            [[(r["name"], r["type"]) for r in body["rrsets"]]
             for body in self.undo_bodies],
            [[(owner("pdns.example", i), PARTS[i][1]) for i in (2, 1, 0)]])
        steps = {d: self.serials_after[d] - self.serials_before[d]
                 for d in DOMAINS}
        self.assertEqual(
            (steps["bind.example"], steps["knot.example"],
             steps["file.example"]), (1, 1, 3))

    def test_undone_stays_undone(self):
        self.assertEqual(self.changed[QUIET + 7], {d: [] for d in DOMAINS})
        [reason] = self.after_undo["reasons"]
        self.assertEqual(reason["gate"], "undone")

    def test_history_tells_all_of_it(self):
        kinds = [(e["event"], e["to"]) for e in self.history
                 if e["event"] in ("verified", "undone")]
        self.assertEqual(kinds, [
            ("verified", "none"), *[("verified", "parked")] * 4,
            ("undone", None), *[("verified", "unparked")] * 3])

    def test_no_operation_is_left_open(self):
        with sqlite3.connect(self.world.database) as db:
            [[n]] = db.execute("SELECT count(*) FROM op WHERE state < 4")
        db.close()
        self.assertEqual(n, 0)


REFUSED = {
    "mxuse.example": ("mx_in_use", ["@ IN MX 10 mx"]),
    "senders.example": ("spf_senders", ['@ IN TXT "v=spf1 mx -all"']),
    "mail.example": ("mail_seen", []),
    "alias.cname.example": ("cname_apex", ["alias IN CNAME www"]),
    "hosted.example": ("cname_delegated", [
        "_dmarc IN CNAME hosted.vendor.example."]),
    "twice.example": ("multiple_spf", [
        '@ IN TXT "v=spf1 -all"', '@ IN TXT "v=spf1 ~all"']),
    "rua.example": ("needed", []),
}


class Refused(unittest.TestCase):
    """What forbids parking, on real servers; then an MX that may go."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        [cls.port] = servers.free_ports(1)
        cls.zones = {d.removeprefix("alias."): d for d in REFUSED}
        cls.knot = servers.Knot(
            cls.world.folder / "knot", cls.port, list(cls.zones))
        for zone, domain in cls.zones.items():
            lines = list(REFUSED[domain][1])
            if not any("_dmarc" in line for line in lines):
                label = "_dmarc.alias" if zone != domain else "_dmarc"
                lines.append(f'{label} IN TXT "v=DMARC1; p=none; rua={RUA}"')
            cls.knot.write_zone(zone, [*lines, f"www IN A {servers.HOST}"])
        cls.addClassCleanup(cls.knot.stop)
        cls.knot.run()
        cls.world.configure(file_account(cls.knot), {
            domain: ([cls.port], {
                "policy": "parked",
                "parked": {"confirmed": "says the owner"}})
            for domain in REFUSED})
        config = json.loads(cls.world.config.read_text())
        domains = config["clients"]["c1"]["domains"]
        domains["hosted.example"]["rua"] = "mailto:d@rua.example"
        cls.world.config.write_text(json.dumps(config))
        cls.live()

    @classmethod
    def look(cls):
        return {z: servers.transfer(cls.port, z) for z in cls.zones}

    @classmethod
    def live(cls):
        cls.world.report(
            "mail.example", 0, f"v=DMARC1; p=none; rua={RUA}",
            ["own ip=192.0.2.10 n=9 pass dkim=mail.example/s1 "
             "spf=mail.example"])
        cls.world.ingest(world.morning(1))
        cls.before = cls.look()
        cls.world.run("advance", now=world.morning(1), check=False)
        cls.after = cls.look()
        answer = cls.world.json("status", now=world.morning(1, 7))
        cls.statuses = {d["domain"]: d for d in answer["domains"]}
        cls.replace_mx()

    @classmethod
    def replace_mx(cls):
        """MX gone by a person's word and 30 report days, and back."""
        cls.world.run("park", "mxuse.example", "--replace-mx", "--reason",
                      "nobody reads it", now=world.morning(1, 8))
        cls.records = {}
        cls.world.report(
            "mxuse.example", 1, f"v=DMARC1; p=none; rua={RUA}",
            ["spoof strangers=2 n=20 fail"], 29)
        cls.world.ingest(world.morning(30))
        cls.run_day(30)
        cls.world.report(
            "mxuse.example", 30, f"v=DMARC1; p=none; rua={RUA}",
            ["spoof strangers=2 n=20 fail"])
        cls.world.ingest(world.morning(31))
        for day in (31, 32, 33):
            cls.run_day(day)
        cls.world.run("park", "mxuse.example", "--undo", "--reason",
                      "somebody does", now=world.morning(34))
        cls.restored = cls.look()["mxuse.example"]

    @classmethod
    def run_day(cls, day):
        cls.world.run("advance", now=world.morning(day), check=False)
        cls.records[day] = [
            " ".join(line.split()[4:])
            for line in servers.dig(cls.port, "mxuse.example", "MX")]

    def test_each_is_refused_with_its_code(self):
        got = {d: (s["reasons"][0]["gate"], s["overlays"])
               for d, s in self.statuses.items()}
        self.assertEqual(got, {
            d: (code, ["blocked"]) for d, (code, _) in REFUSED.items()})

    def test_nothing_was_changed(self):
        self.assertEqual(self.after, self.before)

    def test_mx_goes_last_and_only_after_thirty_report_days(self):
        self.assertEqual(self.records, {
            30: ["10 mx.mxuse.example."], 31: ["10 mx.mxuse.example."],
            32: ["10 mx.mxuse.example."], 33: ["0 ."]})

    def test_mx_comes_back(self):
        self.assertEqual(self.restored, self.before["mxuse.example"])


if __name__ == "__main__":
    unittest.main()
