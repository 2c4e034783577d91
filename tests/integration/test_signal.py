"""A program that hears of lost mail is asked once in each run, wakes whom it
is about, and does not get past the breaker; and a subdomain that is listed is
a domain like any other."""

import json
import unittest

import servers
import world

DOMAINS = [f"klant{i}.example" for i in range(1, 6)]
RUA = "mailto:rua@msp.example"
ENFORCING = f"v=DMARC1; p=quarantine; rua={RUA}"
WEAK = f"v=DMARC1; p=none; rua={RUA}"


class Served(unittest.TestCase):
    """Domains in zone files that Knot serves."""

    def serve(self, records, apart):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", port,
                                 list(records))
        self.addCleanup(self.knot.stop)
        for domain, record in records.items():
            self.knot.write_zone(domain, [f'_dmarc IN TXT "{record}"'])
        self.knot.run()
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-b", "-s",
                                    str(self.knot.socket), "zone-reload"]}},
            {domain: ([port], {}) for domain in records}, apart=apart)

    def record(self, domain):
        return servers.txt(self.knot.port, f"_dmarc.{domain}")


class Signal(Served):

    def setUp(self):
        self.serve(dict.fromkeys(DOMAINS, ENFORCING), True)
        self.says = self.world.folder / "says.json"
        self.ran = self.world.folder / "ran"
        program = self.world.folder / "says"
        program.write_text(
            f"#!/bin/sh\necho >>{self.ran}\ncat {self.says}\n")
        program.chmod(0o700)
        config = json.loads(self.world.config.read_text())
        config["defaults"]["signal"] = {"command": [str(program)],
                                        "max_age": "2d"}
        self.world.config.write_text(json.dumps(config))

    def say(self, day, **words):
        """What it says on the morning of a day, of all unless named."""
        at = world.morning(day)
        self.says.write_text(json.dumps({
            "schema": "rollout.signal/1", "at": at, "domains": {
                name.replace("_", ".").replace("all", "*"):
                {"signal": word, "reason": "calls", "at": at}
                for name, word in words.items()}}))

    def runs(self):
        """How often it was asked since this was asked."""
        if not self.ran.exists():
            return 0
        count = len(self.ran.read_text())
        self.ran.unlink()
        return count

    def live(self, day, days):
        for domain in DOMAINS:
            self.world.report(
                domain, day, ENFORCING,
                [f"own ip=192.0.2.10 n=90 pass dkim={domain}/s1 "
                 f"spf={domain}"], days)
        self.world.ingest(world.morning(day + days))

    def plan(self, day, hour=6):
        return self.world.json("plan", now=world.morning(day, hour))

    def test_asked_once_and_what_it_says_wakes(self):
        self.say(0, all="go")
        self.world.run("advance", now=world.morning(0))
        self.assertEqual(self.runs(), 1)
        self.say(3, all="go")
        self.live(0, 3)
        self.world.run("advance", now=world.morning(3))
        self.runs()
        # Everybody rests; a word about one of them is about that one.
        plan = self.plan(3)
        self.assertEqual((plan["changes"], plan["unchanged"]), ([], 5))
        self.assertEqual(self.runs(), 1)
        self.say(3, all="go", klant2_example="back")
        plan = self.plan(3)
        self.assertEqual([(c["domain"], c["op"], c["to"])
                          for c in plan["changes"]],
                         [("klant2.example", "setback", "none")])
        self.assertEqual(plan["unchanged"], 4)
        # Written anew, the same said: nobody wakes, nothing changes.
        self.say(3, all="go")
        self.assertEqual(self.plan(3)["changes"], [])
        # Nothing is said any more: nobody goes up, and nobody steps back.
        self.says.unlink()
        self.assertEqual(self.plan(3)["changes"], [])
        told = self.world.domain(DOMAINS[0], world.morning(3))
        self.assertIn("signal", [r["gate"] for r in told["reasons"]])

    def test_back_for_all_waits_at_the_breaker(self):
        self.say(0, all="go")
        self.world.run("advance", now=world.morning(0))
        self.live(0, 3)
        self.say(3, all="back")
        plan = self.plan(3)
        self.assertEqual({c["domain"]: c.get("held_by")
                          for c in plan["changes"]},
                         dict(zip(DOMAINS, [None] * 3 + ["breaker"] * 2)))
        self.world.run("advance", now=world.morning(3))
        self.assertEqual([d for d in DOMAINS if self.record(d) == [WEAK]],
                         DOMAINS[:3])

    def test_a_person_ends_it(self):
        self.say(0, klant1_example="go")
        self.world.run("advance", now=world.morning(0))
        self.live(0, 3)
        self.say(3, klant1_example="back")
        self.world.run("advance", now=world.morning(3))
        self.assertEqual(self.record(DOMAINS[0]), [WEAK])
        first = self.says.read_text()
        self.live(3, 4)
        self.world.run("approve", DOMAINS[0], "--reason", "found it",
                       now=world.morning(7))
        # The word of day 3 is still there: it was answered.
        self.says.write_text(first.replace(
            '"rollout.signal/1", "at": "' + world.morning(3),
            '"rollout.signal/1", "at": "' + world.morning(7)))
        self.world.run("advance", now=world.morning(7, 7))
        self.assertEqual(self.record(DOMAINS[0]), [ENFORCING])
        # A new one is not.
        self.say(8, klant1_example="back")
        self.world.run("advance", now=world.morning(8))
        self.assertEqual(self.record(DOMAINS[0]), [WEAK])


class Subdomain(Served):

    def test_a_listed_subdomain_has_its_own_ladder_and_evidence(self):
        parent, below = "klant.example", "news.klant.example"
        self.serve({parent: WEAK, below: WEAK}, False)
        self.world.run("advance", now=world.morning(0))
        for domain, result in ((parent, "pass"), (below, "fail")):
            self.world.report(
                domain, 0, WEAK,
                [f"own ip=192.0.2.10 n=200 pass dkim={domain}/s1 "
                 f"spf={domain}", f"brief ip=198.51.100.9 n=100 {result} "
                 + (f"dkim={domain}/b spf=brief.example" if result == "pass"
                    else "spf=brief.example")], 43)
        now = world.morning(43)
        self.world.ingest(now)
        self.world.run("advance", now=now)
        self.assertEqual(self.record(parent), [
            f"v=DMARC1; p=quarantine; rua={RUA}; pct=10; t=y"])
        self.assertEqual(self.record(below), [WEAK])
        held = self.world.domain(below, now)
        self.assertIn("undecided", [r["gate"] for r in held["reasons"]])
        told = self.world.json("explain", parent, now=now)
        self.assertEqual(told["tally"]["messages"], 43 * 300)
        self.assertEqual(told["ignored_evidence"], [])
        self.assertEqual(self.world.json("status", now=now)["shadows"], [])


if __name__ == "__main__":
    unittest.main()
