"""What `simulate` and the forecast say of one made world, against what this
program works out by itself: from the list of mails below, a calendar of rungs
made by hand, and textbook statistics."""

import math
import unittest

import servers
import world

DOMAIN = "klant.example"
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
DAYS = 135

# Per cent of failing mail (quarantined, rejected) at receivers of RFC 7489 and
# of RFC 9989: the table of docs/policies.md, copied by hand.
EFFECTS = {
    "none": ((0, 0), (0, 0)),
    "quarantine-10": ((10, 0), (0, 0)),
    "quarantine-25": ((25, 0), (0, 0)),
    "quarantine-50": ((50, 0), (0, 0)),
    "quarantine-100": ((100, 0), (0, 0)),
    "quarantine": ((100, 0), (100, 0)),
    "reject-100": ((0, 100), (100, 0)),
    "reject": ((0, 100), (0, 100)),
}
POPULATIONS = ("rfc7489", "rfc9989")

# The vendor's key is gone on these days.  Both reporters tell of the first on
# the morning after, when the record goes to none; clean report days are 84 to
# 86, asked about on 87, and back the day after.  A step a day later than its
# days, for the old TTL.  Before reject a person accepts what forwarding loses.
BROKEN = range(80, 84)
CALENDARS = {
    "standard": [(0, "none"), (42, "quarantine-10"), (47, "quarantine-25"),
                 (52, "quarantine-50"), (57, "quarantine-100"),
                 (62, "quarantine"), (81, "none"), (88, "quarantine"),
                 (120, "reject-100"), (125, "reject")],
    "fast": [(0, "none"), (28, "quarantine-10"), (33, "quarantine-25"),
             (38, "quarantine-50"), (43, "quarantine-100"),
             (48, "quarantine"), (64, "reject-100"), (69, "reject"),
             (81, "none"), (88, "reject")],
}


def vendor_fails(day):
    """Messages of the vendor that fail on ${day}; the others pass."""
    if day in BROKEN:
        return 40
    return 2 if day % 10 == 5 and not 76 <= day <= 94 else 0


def strangers(day):
    """Spoofed messages; one week is worse."""
    return 90 if 42 <= day < 49 else 30


def mails(day):
    vendor = "ip=192.0.2.20 spf=bounce.vendor.example dkim=klant.example/v1"
    fails = vendor_fails(day)
    lines = [
        "own ip=192.0.2.10 n=200 pass dkim=klant.example/s1 spf=klant.example",
        "list ip=198.51.100.9 n=4 fail dkim=klant.example/s1:fail "
        "spf=lists.example",
        f"spoof strangers=3 n={strangers(day)} fail"]
    if fails < 40:
        lines.append(f"vendor n=40 pass {vendor}")
    if fails > 0:
        lines.append(f"broken n={fails} fail {vendor}:fail")
    return lines


def rung(calendar, day):
    """What was live at noon of ${day}."""
    return [name for since, name in calendar if since <= day][-1]


def harm(calendar, failing):
    """Messages quarantined and rejected, if all receivers were of one kind."""
    hit = {}
    for i, population in enumerate(POPULATIONS):
        hundredths = [
            sum(failing(day) * EFFECTS[rung(calendar, day)][i][k]
                for day in range(DAYS)) for k in range(2)]
        hit[population] = dict(zip(
            ("quarantined", "rejected"),
            (math.ceil(n / 100) for n in hundredths), strict=True))
    return hit


def upper(fails, messages):
    """Clopper-Pearson's 95 % upper limit of a rate, by bisection."""
    def at_most(p):
        return sum(math.comb(messages, k) * p ** k * (1 - p) ** (messages - k)
                   for k in range(fails + 1))
    low, high = fails / messages, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(middle) > 0.05 else (low, middle)
    return high


class Simulate(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        [port] = servers.free_ports(1)
        knot = servers.Knot(cls.world.folder / "knot", port, [DOMAIN])
        cls.addClassCleanup(knot.stop)
        knot.write_zone(DOMAIN, [f'_dmarc IN TXT "{RECORD}"'])
        knot.run()
        cls.world.configure(
            {"provider": "zonefile", "path": str(knot.zone_folder),
             "reload": {"command": ["true"]}},
            {DOMAIN: ([port], {})})
        cls.world.run("advance", now=world.morning(0))
        cls.plans = {}
        begin = 0
        for end in (42, 49, DAYS):
            for day in range(begin, end):
                cls.world.report(DOMAIN, day, RECORD, mails(day))
            cls.world.ingest(world.morning(end))
            begin = end
            if end < DAYS:
                [cls.plans[end]] = cls.world.json(
                    "plan", now=world.morning(end))["changes"]
                cls.plans[end]["text"] = cls.world.run(
                    "plan", now=world.morning(end)).stdout
        cls.answer = cls.world.json(
            "simulate", "--policy", "standard", "--policy", "fast",
            now=world.morning(DAYS))

    def test_harm_is_what_the_calendar_does(self):
        parties = {"legit": vendor_fails, "linked": lambda day: 0,
                   "forwarded": lambda day: 4, "undecided": lambda day: 0,
                   "threat": strangers,
                   "others": lambda day: 4 + strangers(day)}
        self.assertEqual([r["policy"] for r in self.answer["runs"]],
                         ["standard", "fast"])
        for run in self.answer["runs"]:
            calendar = CALENDARS[run["policy"]]
            self.assertEqual([(s["day"], s["to"]) for s in run["steps"]],
                             calendar[1:])
            for party, failing in parties.items():
                with self.subTest(policy=run["policy"], party=party):
                    self.assertEqual(run["mail"]["failing"][party],
                                     sum(map(failing, range(DAYS))))
                    wanted = harm(calendar, failing)
                    self.assertEqual(
                        {p: run["mail"]["hit"][p][party]
                         for p in POPULATIONS}, wanted)
            self.assertEqual(run["mail"]["passing"], DAYS * 200 + sum(
                40 for day in range(DAYS) if day not in BROKEN))
            self.assertEqual(run["sources"], [{
                "source": "mail_from:bounce.vendor.example",
                "failing": sum(map(vendor_fails, range(DAYS))),
                "hit": harm(calendar, vendor_fails)}])

    def test_who_was_asked_what(self):
        for run in self.answer["runs"]:
            self.assertEqual(run["asked"],
                             {"acknowledgement": 1, "forwarded": 1})
            self.assertEqual(run["questions"], 2)
            self.assertEqual(run["setbacks"], 1)
        for total, run in zip(self.answer["totals"], self.answer["runs"],
                              strict=True):
            self.assertEqual(total["mail"], run["mail"])
            first = {}
            for day, name in CALENDARS[run["policy"]]:
                first.setdefault(name, day)
            self.assertEqual({r["rung"]: r["median_day"]
                              for r in total["rungs"]}, first)

    # ---- the forecast of the first rung

    def flow(self, end, days):
        """Failing legitimate messages of a week, expected and at most, from
        the ${days} days before ${end}."""
        window = range(end - days, end)
        fails = sum(map(vendor_fails, window))
        sources = [(0, 200 * days), (fails, 40 * days + fails)]
        return (fails * 7 / days,
                sum(n * 7 / days * upper(x, n) for x, n in sources))

    def near(self, milli, messages):
        """As far off as counting in thousandths and ppm can be."""
        self.assertAlmostEqual(milli / 1000, messages, delta=0.01)

    def test_the_forecast_is_of_four_weeks(self):
        for end, plan in self.plans.items():
            forecast = plan["forecast"]
            self.assertEqual(forecast["from"], world.date(end - 28))
            self.assertEqual(forecast["days"], 28)
            self.assertEqual(forecast["share_ppm"],
                             {"rfc7489": 500000, "rfc9989": 500000})
            expected, most = self.flow(end, 28)
            legit = forecast["failing"]["legit"]
            self.near(legit["expected_milli"], expected)
            self.near(legit["upper_milli"], most)
            for of, came in (("forwarded", lambda day: 4),
                             ("threat", strangers)):
                week = [sum(map(came, range(k, k + 7)))
                        for k in range(end - 28, end - 6)]
                self.near(forecast["failing"][of]["expected_milli"],
                          sum(map(came, range(end - 28, end))) / 4)
                self.near(forecast["failing"][of]["upper_milli"], max(week))
            self.assertEqual(forecast["sources"][0]["source"],
                             "mail_from:bounce.vendor.example")
            self.assertEqual(
                forecast["sources"][0]["failing"],
                sum(map(vendor_fails, range(end - 28, end))))
            [first] = forecast["rungs"]
            self.assertEqual(first["rung"], "quarantine-10")
            # A tenth of what goes to half of all receivers.
            hit = first["rfc7489"]["legit"]["quarantined"]
            self.near(hit["expected_milli"], expected / 20)
            self.near(hit["upper_milli"], most / 20)
            self.assertEqual(
                first["rfc9989"]["threat"]["quarantined"]["upper_milli"], 0)

    def test_last_weeks_forecast_is_beside_what_came(self):
        for end, held in ((42, True), (49, False)):
            test = self.plans[end]["forecast"]["backtest"]
            self.assertEqual(test["from"], world.date(end - 7))
            expected, most = self.flow(end - 7, 28)
            self.near(test["legit"]["expected_milli"], expected)
            self.near(test["legit"]["upper_milli"], most)
            self.assertEqual(
                test["legit"]["came"],
                sum(map(vendor_fails, range(end - 7, end))))
            self.assertTrue(test["legit"]["held"])
            self.near(test["others"]["upper_milli"], 7 * 34)
            self.assertEqual(
                test["others"]["came"],
                sum(4 + strangers(d) for d in range(end - 7, end)))
            self.assertEqual(test["others"]["held"], held)
        self.assertIn("; the week before came as forecast",
                      self.plans[42]["text"])
        self.assertIn("; the week before brought 658 failing other messages, "
                      "forecast 238.0 (at most 238.0)",
                      self.plans[49]["text"])


class Addresses(unittest.TestCase):
    """What DNS told about addresses proves whose mail is in a replay too."""

    RELAY = "198.51.100.44"
    PRINTER = "192.0.2.30"
    REVERSE = "100.51.198.in-addr.arpa"

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [port] = servers.free_ports(1)
        knot = servers.Knot(self.world.folder / "knot", port,
                            [DOMAIN, self.REVERSE])
        self.addCleanup(knot.stop)
        knot.write_zone(self.REVERSE, [f"44 IN PTR relay.{DOMAIN}."])
        knot.write_zone(DOMAIN, [
            f'_dmarc IN TXT "{RECORD}"',
            f'@ IN TXT "v=spf1 ip4:192.0.2.10 ip4:{self.PRINTER} -all"',
            f"relay IN A {self.RELAY}"])
        knot.run()
        self.world.configure(
            {"provider": "zonefile", "path": str(knot.zone_folder),
             "reload": {"command": ["true"]}},
            {DOMAIN: ([port], {"sources": {
                "relay": {"ptr": [f"relay.{DOMAIN}"]}}})},
            zones={self.REVERSE: [port]})

    def test_they_are_ours_as_explain_says(self):
        days, now = 10, world.morning(10)
        self.world.run("advance", now=world.morning(0))
        self.world.report(DOMAIN, 0, RECORD, [
            f"own ip=192.0.2.10 n=20 pass dkim={DOMAIN}/s1 spf={DOMAIN}",
            f"relay ip={self.RELAY} n=4 fail",
            f"printer ip={self.PRINTER} n=3 fail",
            "spoof strangers=3 n=30 fail"], days)
        self.world.ingest(now)
        self.world.run("advance", now=now)
        sources = self.world.json("explain", DOMAIN, now=now)["sources"]
        self.assertEqual(
            {s["source"]: (s["class"], s["fail"]) for s in sources
             if s["class"].startswith("legit")},
            {f"dkim:{DOMAIN}": ("legit", 0),
             "declared:relay": ("legit_broken", 4 * days),
             f"spf:ip4:{self.PRINTER}": ("legit_broken", 3 * days)})
        [run] = self.world.json("simulate", now=now)["runs"]
        failing = run["mail"]["failing"]
        self.assertEqual(failing["legit"], (4 + 3) * days)
        self.assertEqual(failing["threat"], 30 * days)
        self.assertEqual(failing["undecided"], 0)


if __name__ == "__main__":
    unittest.main()
