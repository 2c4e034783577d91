"""The acceptance world: five domains, a PowerDNS primary, Knot and BIND as
its secondaries, 101 days with one ingest, plan and advance each.

    climber.example   clean mail: climbs the whole dual ladder
    spoofed.example   the same, with ten times as much forged mail
    breaks.example    a legitimate vendor breaks at quarantine
    edited.example    somebody changes its policy by hand
    found.example     found with a bare pct=10, which is no rung
"""

import contextlib
import json
import sqlite3
import unittest

import servers
import world

DAYS = 101
CLIMBERS = ("climber.example", "spoofed.example")
BREAKS, EDITED, FOUND = "breaks.example", "edited.example", "found.example"
BREAK_DAY = 66
EDIT_DAY = 20
BY_HAND = "v=DMARC1; p=quarantine; rua=mailto:rua@msp.example"
FOUND_AS = "v=DMARC1; p=quarantine; pct=10; rua=mailto:rua@msp.example"
START = {
    "climber.example": "v=DMARC1; p=none; rua=mailto:dmarc@climber.example;"
                       " fo=1",
    "spoofed.example": "v=DMARC1; p=none; rua=mailto:dmarc@spoofed.example;"
                       " fo=1",
    BREAKS: "v=DMARC1; p=none; rua=mailto:rua@msp.example",
    EDITED: "v=DMARC1; p=none; rua=mailto:rua@msp.example",
    FOUND: FOUND_AS,
}


def climb():
    """[(day, rung, record)] of the table written by hand."""
    rows = []
    table = (world.TOP / "tests/data/ladder-climb.tsv").read_text()
    for line in table.splitlines():
        if not line.startswith("#"):
            day, rung, record = line.split("\t")
            rows.append((int(day), rung, record))
    return rows


def mails(domain, day):
    own = (f"own ip=192.0.2.10 n=200 pass dkim={domain}/s1 spf={domain}")
    vendor = "vendor ip=198.51.100.7 n=40 spf=bounce.vendor.example dkim="
    if domain == BREAKS:
        broken = day >= BREAK_DAY
        return [own, vendor + (f"{domain}/v1:fail fail" if broken
                               else f"{domain}/v1 pass")]
    if domain == "spoofed.example":
        return [own, "spoof strangers=4 n=2000 fail"]
    return [own]


class Ladder(unittest.TestCase):
    """setUpClass lives through the days once; the tests look at them."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        ports = servers.free_ports(4)
        cls.ports = ports[:3]
        cls.pdns = servers.PowerDNS(
            cls.world.folder / "pdns", ports[0], ports[3], ports[1:3])
        cls.start(cls.pdns)
        for domain, record in START.items():
            cls.pdns.add_zone(domain, [
                (f"_dmarc.{domain}", "TXT", 3600, [f'"{record}"']),
                (domain, "TXT", 3600, ['"v=spf1 mx -all"', '"other=1"']),
                (domain, "MX", 3600, [f"10 mx.{domain}."])])
        cls.start(servers.Knot(cls.world.folder / "knot", ports[1],
                               list(START), ports[0]))
        cls.start(servers.Bind(cls.world.folder / "bind", ports[2],
                               list(START), ports[0]))
        cls.proxy = servers.Proxy(ports[3])
        cls.addClassCleanup(cls.proxy.stop)
        cls.world.configure(
            {"provider": "powerdns",
             "endpoint": f"http://{servers.HOST}:{cls.proxy.port}",
             "key": {"file": cls.world.secret("key", servers.API_KEY)}},
            {domain: (cls.ports, {}) for domain in START})
        cls.live()

    @classmethod
    def start(cls, server):
        cls.addClassCleanup(server.stop)
        server.run()

    @classmethod
    def live(cls):
        cls.served = []  # by day: {domain: {port: [TXT]}}
        cls.plans = []  # by day: rollout.plan/1
        cls.plan_wrote = []  # days on which plan wrote or asked for a write
        cls.rested = 0  # domains of all days that plan passed over
        cls.differ = []  # days on which that made a difference
        cls.compared = 0  # transfers before and after a change
        cls.foreign_changes = []  # what they showed beside our RRset
        cls.explained = {}
        cls.statuses = {}
        zones = {(d, p): servers.transfer(p, d)
                 for d in START for p in cls.ports}
        for day in range(DAYS):
            cls.report_yesterday(day)
            if day == EDIT_DAY:
                cls.edit_by_hand(zones)
            cls.plan(day)
            before = len(cls.proxy.mutations())
            cls.world.run("advance", "--json", now=world.morning(day))
            cls.look(day, zones, cls.proxy.mutations()[before:])

    @classmethod
    def report_yesterday(cls, day):
        if day == 0:
            return
        for domain in START:
            [record] = cls.served[day - 1][domain][cls.ports[0]]
            cls.world.report(domain, day - 1, record, mails(domain, day - 1))
        cls.world.ingest(world.morning(day))

    @classmethod
    def edit_by_hand(cls, zones):
        name = f"_dmarc.{EDITED}"
        cls.pdns.put(EDITED, name, "TXT", 3600, [f'"{BY_HAND}"'])
        for port in cls.ports:
            servers.wait_until(
                lambda p=port: servers.txt(p, name) == [BY_HAND], name)
            zones[EDITED, port] = servers.transfer(port, EDITED)

    @classmethod
    def plan(cls, day):
        stored = cls.world.stored()
        asked = len(cls.proxy.mutations())
        cls.plans.append(cls.world.json("plan", now=world.morning(day)))
        if cls.world.stored() != stored or len(cls.proxy.mutations()) != asked:
            cls.plan_wrote.append(day)
        cls.rested += cls.plan_anew(day)

    @classmethod
    def plan_anew(cls, day):
        """The same plan with nothing worked out before; how many rested."""
        if not cls.world.database.exists():
            return 0
        database = cls.world.folder / "anew.db"
        database.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(cls.world.database)) as db, \
                contextlib.closing(sqlite3.connect(database)) as copy:
            db.backup(copy)
            [[rested]] = copy.execute("SELECT count(*) FROM rest WHERE calm")
            copy.executescript("DELETE FROM rest; DELETE FROM rollup;")
        config = json.loads(cls.world.config.read_text())
        config["state"]["database"] = str(database)
        other = cls.world.folder / "anew.yaml"
        other.write_text(json.dumps(config))
        answer = cls.world.json("plan", now=world.morning(day), config=other)
        parts = "changes", "attention", "unchanged"
        if any(answer[part] != cls.plans[-1][part] for part in parts):
            cls.differ.append(day)
        return rested

    @classmethod
    def look(cls, day, zones, mutations):
        now = world.morning(day, 7)
        asked = {p: servers.txts(p, [f"_dmarc.{d}" for d in START])
                 for p in cls.ports}
        cls.served.append({d: {p: asked[p][f"_dmarc.{d}"] for p in cls.ports}
                           for d in START})
        for domain in START:
            if not any(f"/zones/{domain}" in path for _, path in mutations):
                continue
            for port in cls.ports:
                after = servers.transfer(port, domain)
                changed = set(after) ^ set(zones[domain, port])
                cls.compared += bool(changed)
                zones[domain, port] = after
                cls.foreign_changes += [
                    (day, port, line) for line in changed
                    if not line.startswith(f"_dmarc.{domain}. 3600 IN TXT ")]
        if day in (0, EDIT_DAY + 1, DAYS - 1):
            answer = cls.world.json("status", now=now)
            cls.statuses[day] = {d["domain"]: d for d in answer["domains"]}
        if day == DAYS - 1:
            cls.explained = {d: cls.world.json("explain", d, now=now)
                             for d in START}

    def records(self, domain):
        """[(day, text)] of every change, after checking that all servers
        served the same single record every evening."""
        changes, last = [], START[domain]
        for day, served in enumerate(self.served):
            texts = set(map(tuple, served[domain].values()))
            self.assertEqual(len(texts), 1, f"{domain}, day {day}: {texts}")
            [text] = texts
            self.assertEqual(len(text), 1, f"{domain}, day {day}: {text}")
            if text[0] != last:
                last = text[0]
                changes.append((day, last))
        return changes

    def check_climb(self, domain):
        expected = [(day, record.replace("{domain}", domain))
                    for day, _, record in climb()]
        self.assertEqual(self.records(domain), expected)
        status = self.statuses[DAYS - 1][domain]
        self.assertEqual(status["stage"]["name"], "reject")
        self.assertFalse(status["stage"]["off_ladder"])

    def test_clean_domain_climbs_the_whole_ladder(self):
        self.check_climb("climber.example")

    def test_spoofing_does_not_slow_the_climb(self):
        self.check_climb("spoofed.example")

    def test_plan_names_the_step_of_its_day(self):
        steps = {(domain, day): rung for domain in CLIMBERS
                 for day, rung, _ in climb()[1:]}
        planned = {(c["domain"], day): c["to"]
                   for day, plan in enumerate(self.plans)
                   for c in plan["changes"]
                   if c["domain"] in CLIMBERS and day > 0}
        self.assertEqual(planned, steps)

    def test_what_is_passed_over_changes_no_plan(self):
        self.assertEqual(self.differ, [])
        self.assertGreater(self.rested, 2 * DAYS)

    def test_plan_writes_nothing(self):
        self.assertGreater(len(self.proxy.mutations()), 0)
        self.assertEqual(self.plan_wrote, [])

    def test_changes_touch_nothing_else(self):
        changes = sum(len(self.records(d)) for d in START)
        by_hand = 1
        self.assertEqual(self.compared,
                         (changes - by_hand) * len(self.ports))
        self.assertEqual(self.foreign_changes, [])

    def test_broken_vendor_brings_the_domain_back_to_none(self):
        changes = self.records(BREAKS)
        down = [(day, text) for day, text in changes if "p=none" in text]
        self.assertEqual([text for _, text in down],
                         ["v=DMARC1; p=none; rua=mailto:rua@msp.example"])
        day = down[0][0]
        self.assertEqual(changes[-1][0], day, "moved after the step back")
        # The first failing reports come the day after; two report days do.
        self.assertIn(day - BREAK_DAY, (1, 2, 3))
        status = self.statuses[DAYS - 1][BREAKS]
        self.assertEqual(status["stage"]["name"], "none")
        self.assertEqual(status["step"], "cooldown")

    def test_explain_names_the_broken_vendor(self):
        answer = self.explained[BREAKS]
        self.assertIn("vendor.example", json.dumps(answer["reasons"]))

    def test_edit_by_hand_is_respected(self):
        self.assertEqual(self.records(EDITED), [(EDIT_DAY, BY_HAND)])
        for day in (EDIT_DAY + 1, DAYS - 1):
            self.assertIn("drifted", self.statuses[day][EDITED]["overlays"])

    def test_record_off_the_ladder_is_never_weakened(self):
        first = self.statuses[0][FOUND]["stage"]
        self.assertEqual((first["name"], first["off_ladder"]),
                         ("quarantine-10", True))
        changes = self.records(FOUND)
        self.assertEqual(
            [text for _, text in changes],
            ["v=DMARC1; p=quarantine; rua=mailto:rua@msp.example",
             "v=DMARC1; p=reject; rua=mailto:rua@msp.example; t=y",
             "v=DMARC1; p=reject; rua=mailto:rua@msp.example"])


if __name__ == "__main__":
    unittest.main()
