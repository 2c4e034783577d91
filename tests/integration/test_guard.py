"""The way down does not wait for name servers that lag or are gone.

Knot serves the zone file that the account edits; a second Knot, with a file
of its own, plays the secondary that is late.
"""

import unittest

import servers
import world

DOMAIN = "klant.example"
NAME = f"_dmarc.{DOMAIN}"
RUA = "mailto:rua@msp.example"
OWN = f"own ip=192.0.2.10 n=90 pass dkim={DOMAIN}/s1 spf={DOMAIN}"
VENDOR = "vendor ip=198.51.100.7 n=30 spf=bounce.vendor.example dkim="
HEALTHY = [OWN, f"{VENDOR}{DOMAIN}/v1 pass"]
BROKEN = [OWN, f"{VENDOR}{DOMAIN}/v1:fail fail"]


class Guard(unittest.TestCase):

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        ports = servers.free_ports(2)
        self.first, self.late = (
            servers.Knot(self.world.folder / f"knot{i}", port, [DOMAIN])
            for i, port in enumerate(ports))
        self.addCleanup(self.first.stop)
        self.addCleanup(self.late.stop)
        self.world.configure(
            {"provider": "zonefile", "path": str(self.first.zone_folder),
             "reload": {"command": ["knotc", "-b", "-s",
                                    str(self.first.socket), "zone-reload"]}},
            {DOMAIN: (ports, {})})
        text = self.world.config.read_text()
        self.world.config.write_text(text.replace('"10s"', '"1s"'))

    def publish(self, knot, record):
        knot.write_zone(DOMAIN, [f'_dmarc IN TXT "{record}"'])
        knot.stop()
        knot.run()

    def live(self, day, record, mails, days):
        """Days with these reports, then one advance; its exit status."""
        self.world.report(DOMAIN, day, record, mails, days)
        now = world.morning(day + days)
        self.world.ingest(now)
        return self.world.run("advance", now=now, check=False).returncode

    def step(self, day):
        return self.world.domain(DOMAIN, world.morning(day))["step"]

    def events(self):
        answer = self.world.json("history", DOMAIN)
        return [(e["event"], e["to"]) for e in answer["events"]]

    def test_a_dead_secondary_does_not_keep_the_rung_that_hurts(self):
        enforcing = f"v=DMARC1; p=quarantine; rua={RUA}"
        for knot in (self.first, self.late):
            self.publish(knot, enforcing)
        self.world.run("advance", now=world.morning(0))
        self.assertEqual(self.live(0, enforcing, HEALTHY, 10), 0)
        self.late.stop()
        self.assertEqual(self.live(10, enforcing, BROKEN, 3), 3)
        weak = f"v=DMARC1; p=none; rua={RUA}"
        self.assertEqual(servers.txt(self.first.port, NAME), [weak])
        self.assertEqual(self.step(13), "verifying")
        # It comes back with the old record, and only then catches up.
        self.late.run()
        self.assertEqual(self.live(13, weak, HEALTHY, 1), 3)
        self.publish(self.late, weak)
        self.assertEqual(self.live(14, weak, HEALTHY, 1), 0)
        self.assertEqual(self.step(15), "cooldown")
        self.assertEqual(self.events().count(("verified", "none")), 1)

    def test_a_publish_in_flight_gives_way_to_the_step_back(self):
        found = f"v=DMARC1; p=none; rua={RUA}"
        for knot in (self.first, self.late):
            self.publish(knot, found)
        self.world.run("advance", now=world.morning(0))
        self.assertEqual(self.live(0, found, HEALTHY, 43), 3)
        [up] = servers.txt(self.first.port, NAME)
        self.assertIn("pct=10", up)
        self.assertEqual(self.step(43), "verifying")
        # A rollback that is refused leaves the publish as it is.
        done = self.world.run("rollback", DOMAIN, "--to", "quarantine-10",
                              "--reason", "no", now=world.morning(43, 7),
                              check=False)
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertEqual(self.step(43), "verifying")
        self.assertEqual(self.live(43, up, BROKEN, 2), 0)
        self.assertEqual(servers.txt(self.first.port, NAME), [found])
        self.assertEqual(self.step(45), "cooldown")
        self.assertIn(("abandoned", "quarantine-10"), self.events())


if __name__ == "__main__":
    unittest.main()
