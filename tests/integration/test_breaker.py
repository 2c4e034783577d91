"""Five clients break on the same day: the fault is more likely in what is
seen than in the mail of all of them, so a person looks before the fourth."""

import json
import unittest

import servers
import world

DOMAINS = [f"klant{i}.example" for i in range(1, 6)]
RUA = "mailto:rua@msp.example"
ENFORCING = f"v=DMARC1; p=quarantine; rua={RUA}"
WEAK = f"v=DMARC1; p=none; rua={RUA}"


def mails(domain, broken):
    vendor = "vendor ip=198.51.100.7 n=30 spf=bounce.vendor.example dkim="
    return [f"own ip=192.0.2.10 n=90 pass dkim={domain}/s1 spf={domain}",
            vendor + (f"{domain}/v1:fail fail" if broken
                      else f"{domain}/v1 pass")]


class Breaker(unittest.TestCase):

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", port, DOMAINS)
        self.addCleanup(self.knot.stop)
        for domain in DOMAINS:
            self.knot.write_zone(domain, [f'_dmarc IN TXT "{ENFORCING}"'])
        self.knot.run()
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-b", "-s",
                                    str(self.knot.socket), "zone-reload"]}},
            {domain: ([port], {}) for domain in DOMAINS})
        config = json.loads(self.world.config.read_text())
        config["clients"] = {
            f"c{i}": {"domains": {domain: {}}}
            for i, domain in enumerate(DOMAINS, 1)}
        self.world.config.write_text(json.dumps(config))

    def live(self, day, days, broken):
        for domain in DOMAINS:
            self.world.report(domain, day, ENFORCING, mails(domain, broken),
                              days)
        self.world.ingest(world.morning(day + days))

    def weak(self):
        """The domains that are at none now."""
        return [domain for domain in DOMAINS if
                servers.txt(self.knot.port, f"_dmarc.{domain}") == [WEAK]]

    def test_the_fourth_client_waits_for_a_person_or_a_day(self):
        self.world.run("advance", now=world.morning(0))
        self.live(0, 10, False)
        self.world.run("advance", now=world.morning(10))
        self.live(10, 3, True)
        now = world.morning(13)
        plan = self.world.json("plan", now=now)
        self.assertEqual({c["domain"]: c.get("held_by")
                          for c in plan["changes"]},
                         dict(zip(DOMAINS, [None] * 3 + ["breaker"] * 2)))
        self.world.run("advance", now=now)
        self.assertEqual(self.weak(), DOMAINS[:3])
        # A second run on the same day counts what the first one did.
        self.world.run("advance", now=world.morning(13, 7))
        self.assertEqual(self.weak(), DOMAINS[:3])
        fourth = self.world.domain(DOMAINS[3], world.morning(13, 7))
        self.assertIn("breaker", fourth["overlays"])
        self.assertEqual(fourth["reasons"][0]["gate"], "breaker")
        told = self.world.json("explain", DOMAINS[3],
                               now=world.morning(13, 7))
        self.assertEqual(told["overlays"], fourth["overlays"])
        self.assertEqual(told["reasons"], fourth["reasons"])
        self.world.run("rollback", DOMAINS[3], "--to", "none", "--reason",
                       "their mail is broken", now=world.morning(13, 8))
        self.assertEqual(self.weak(), DOMAINS[:4])
        # The day is over: what is left goes by itself.
        self.world.run("advance", now=world.morning(14))
        self.assertEqual(self.weak(), DOMAINS)


if __name__ == "__main__":
    unittest.main()
