"""Plans that people review, and the agenda, against a real name server.

    first.example     clean mail from two sources, weekdays and weekends apart
    second.example    the same, but its next rung needs a person
    third.example     a vendor is broken
"""

import json
import subprocess
import unittest

import servers
import world

FIRST, SECOND, THIRD = "first.example", "second.example", "third.example"
START = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
BREAK_DAY = 36
AGENDA_DAY = 44
LAST_DAY = 110


def mails(domain, day):
    """The rhythm of a week; from BREAK_DAY on the third's vendor fails."""
    weekend = (world.DAY_0.weekday() + day) % 7 >= 5
    own = (f"own ip=192.0.2.10 n={20 if weekend else 200} pass "
           f"dkim={domain}/s1 spf={domain}")
    vendor = "vendor ip=198.51.100.7 n=40 spf=bounce.vendor.example dkim="
    if domain == THIRD:
        broken = day >= BREAK_DAY
        return [own, vendor + (f"{domain}/v1:fail fail" if broken
                               else f"{domain}/v1 pass")]
    return [own] if weekend else [own, vendor + f"{domain}/v1 pass"]


class Life(unittest.TestCase):
    """One world, its days lived through by every test of its own."""

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [self.port] = servers.free_ports(1)
        self.domains = [FIRST, SECOND, THIRD]
        self.knot = servers.Knot(self.world.folder / "knot", self.port,
                                 self.domains)
        self.addCleanup(self.knot.stop)
        for domain in self.domains:
            self.knot.write_zone(domain, [f'_dmarc IN TXT "{START}"'])
        self.knot.run()
        self.settings = {
            FIRST: {}, SECOND: {"approval": {"before": ["quarantine-25"]}},
            THIRD: {}}
        self.configure()

    def configure(self):
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-s", str(self.knot.socket),
                                    "zone-reload"]}},
            {d: ([self.port], s) for d, s in self.settings.items()})

    def served(self, domain):
        return servers.txt(self.port, f"_dmarc.{domain}")

    def report(self, day):
        """The reports of a day, judged under what was served on it."""
        for domain in self.domains:
            [record] = self.served(domain)
            self.world.report(domain, day, record, mails(domain, day))

    def advance(self, day, *words, check=True):
        return self.world.run("advance", *words, now=world.morning(day),
                              check=check)

    def live(self, first, last):
        """Days as the timer has them; [(day, domain, op, from, to)]."""
        moves = []
        for day in range(first, last):
            if day > 0:
                self.report(day - 1)
                self.world.ingest(world.morning(day))
            for line in self.advance(day, "--json").stdout.splitlines():
                event = json.loads(line)
                if event["event"] == "operation.verified":
                    moves.append((day, event["domain"], event["from"],
                                  event["to"]))
        return moves

    def wait(self, last):
        """First sight on day 0, then nothing can move until day 42."""
        self.live(0, 1)
        for day in range(41):
            self.report(day)
        self.world.ingest(world.morning(41))
        self.live(42, last)

    def agenda(self, day, until):
        stored = self.world.stored()
        answer = self.world.json("plan", "--until", world.morning(until),
                                 now=world.morning(day))
        self.assertEqual(self.world.stored(), stored)
        return answer

    def projected(self, answer):
        days = {world.morning(d): d for d in range(LAST_DAY + 1)}
        return [(days[c["at"]], c["domain"], c["from"], c["to"])
                for c in answer["changes"]]

    def test_agenda_is_what_then_happens(self):
        """Sixty-six days, change by change, questions included."""
        self.wait(AGENDA_DAY)
        self.report(AGENDA_DAY - 1)
        self.world.ingest(world.morning(AGENDA_DAY))
        answer = self.agenda(AGENDA_DAY, LAST_DAY)
        expected = self.projected(answer)
        self.assertEqual(
            [(d, f, t) for d, n, f, t in expected if n == FIRST],
            [(47, "quarantine-10", "quarantine-25"),
             (52, "quarantine-25", "quarantine-50"),
             (57, "quarantine-50", "quarantine-100"),
             (62, "quarantine-100", "quarantine"),
             (93, "quarantine", "reject-100"),
             (98, "reject-100", "reject")])
        self.assertEqual(
            [(d, f, t) for d, n, f, t in expected if n == SECOND],
            [])
        self.assertEqual(
            [(q["domain"], q["code"], q["since"])
             for q in answer["questions"]],
            [(SECOND, "awaiting_approval", world.morning(47)),
             (THIRD, "sources", world.morning(AGENDA_DAY))])
        for path in self.world.incoming.iterdir():
            path.unlink()
        moves = []
        for day in range(AGENDA_DAY, LAST_DAY + 1):
            moves += self.live(day, day + 1)
        self.assertEqual(sorted(moves), sorted(expected))

    def test_a_reviewed_plan_next_to_a_busy_world(self):
        """Planned on one day, taken the next: more reports came in, one
        record was edited, one setting changed; the rest goes."""
        self.wait(42)
        self.report(41)
        self.world.ingest(world.morning(42))
        plan = self.world.folder / "plan.json"
        self.world.run("plan", "--out", str(plan), now=world.morning(42))
        planned = json.loads(plan.read_text())
        self.assertEqual([c["domain"] for c in planned["changes"]],
                         [FIRST, SECOND])
        self.report(42)
        self.world.ingest(world.morning(43))
        again = self.world.json("plan", now=world.morning(43))
        self.assertEqual([c["digest"] for c in again["changes"]],
                         [c["digest"] for c in planned["changes"]])
        self.assertNotEqual([c["reason"] for c in again["changes"]],
                            [c["reason"] for c in planned["changes"]])
        self.knot.write_zone(FIRST, [
            '_dmarc IN TXT "v=DMARC1; p=none; rua=mailto:rua@msp.example;'
            ' fo=1"'], 2)
        subprocess.run(["knotc", "-b", "-s", str(self.knot.socket),
                        "zone-reload", FIRST], check=True, timeout=30,
                       stdout=subprocess.DEVNULL)
        done = self.advance(43, "--plan", str(plan), "--json", check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        [stale] = [e for e in events if e["event"] == "plan.stale"]
        self.assertEqual(stale["domain"], FIRST)
        self.assertTrue(stale["text"].startswith("record: "), stale)
        self.assertEqual(self.served(FIRST), [
            "v=DMARC1; p=none; rua=mailto:rua@msp.example; fo=1"])
        self.assertEqual(self.served(SECOND), [
            "v=DMARC1; p=quarantine; rua=mailto:rua@msp.example; pct=10;"
            " t=y"])
        self.edited_plan_publishes_nothing(planned)

    def edited_plan_publishes_nothing(self, planned):
        plan = self.world.folder / "edited.json"
        served = {d: self.served(d) for d in self.domains}
        planned["changes"][0]["after"]["values"] = ["v=DMARC1; p=reject"]
        plan.write_text(json.dumps(planned))
        done = self.advance(43, "--plan", str(plan), check=False)
        self.assertEqual(done.returncode, 65)
        self.assertIn("edited: change 1 (first.example)", done.stderr)
        self.assertEqual({d: self.served(d) for d in self.domains}, served)


if __name__ == "__main__":
    unittest.main()
