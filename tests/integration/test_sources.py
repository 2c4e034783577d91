"""What `rollout sources` says where it takes DNS: the SPF record of the domain
as its name servers have it, and the names of addresses that `advance` asked
for.
"""

import unittest

import servers
import world

DOMAIN = "klant.example"
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
REVERSE = "100.51.198.in-addr.arpa"
OWN = f"own ip=192.0.2.10 n=20 pass dkim={DOMAIN}/s1 spf={DOMAIN}"
MICROSOFT = ("ms ip=198.51.100.20 n=5 fail "
             "dkim=klant.onmicrosoft.com/selector1")


class Sources(unittest.TestCase):
    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [self.port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", self.port,
                                 [DOMAIN, REVERSE])
        self.addCleanup(self.knot.stop)
        self.knot.write_zone(REVERSE, [f"44 IN PTR relay.{DOMAIN}."])

    def start(self, spf, *mails, settings=None):
        """Ten days of reports about a domain with this SPF record."""
        self.knot.write_zone(DOMAIN, [
            f'_dmarc IN TXT "{RECORD}"', f'@ IN TXT "{spf}"',
            "relay IN A 198.51.100.44"])
        self.knot.run()
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-s", str(self.knot.socket),
                                    "zone-reload"]}},
            {DOMAIN: ([self.port], settings or {})},
            zones={REVERSE: [self.port]})
        self.world.run("advance", now=f"{world.date(0)}T06:00:00Z")
        self.world.report(DOMAIN, 0, RECORD, mails, 10)
        self.now = f"{world.date(10)}T06:00:00Z"
        self.world.ingest(self.now)

    def sources(self):
        answer = self.world.json("sources", DOMAIN, now=self.now)
        return answer, {s["source"]: s for s in answer["sources"]}

    def kinds(self, key):
        return [fix["kind"] for fix in self.sources()[1][key]["fixes"]]

    def test_the_include_is_missing(self):
        self.start("v=spf1 ip4:192.0.2.10 -all", OWN, MICROSOFT)
        answer, _ = self.sources()
        self.assertEqual(answer["spf"], {
            "record": "v=spf1 ip4:192.0.2.10 -all", "error": None})
        self.assertEqual(self.kinds("dkim:klant.onmicrosoft.com"), [
            "answer", "missing_include", "dkim_unaligned"])

    def test_the_include_is_there(self):
        self.start("v=spf1 ip4:192.0.2.10 include:spf.protection.outlook.com "
                   "-all", OWN, MICROSOFT)
        self.assertEqual(self.kinds("dkim:klant.onmicrosoft.com"), [
            "answer", "dkim_unaligned"])

    def test_a_record_that_nobody_can_use(self):
        self.start("v=spf1 ip4:192.0.2.300 -all", OWN, MICROSOFT)
        answer, _ = self.sources()
        self.assertIsNotNone(answer["spf"]["error"])
        self.assertEqual(self.kinds("dkim:klant.onmicrosoft.com"), [
            "answer", "dkim_unaligned"])

    def test_a_receiver_without_macros(self):
        self.start(f"v=spf1 exists:%{{i}}._spf.{DOMAIN} -all",
                   f"a ip=192.0.2.10 n=20 pass spf={DOMAIN} "
                   "reporter=google.com",
                   "b ip=192.0.2.10 n=20 fail reporter=yahoo.com")
        self.assertEqual(self.kinds(f"mail_from:{DOMAIN}"), ["spf_macros"])

    def test_the_name_of_an_address(self):
        self.start("v=spf1 ip4:192.0.2.10 -all", OWN,
                   "relay ip=198.51.100.44 n=4 fail",
                   settings={"sources": {"relay": {
                       "ptr": [f"relay.{DOMAIN}"], "owner": "Network"}}})
        # Reading asks nobody: the name is not known yet.
        self.assertIn("address:198.51.100.0/24", self.sources()[1])
        self.world.run("advance", now=self.now)
        relay = self.sources()[1]["declared:relay"]
        self.assertEqual(relay["addresses"], [{
            "address": "198.51.100.44", "name": f"relay.{DOMAIN}",
            "messages": 40}])
        self.assertEqual([relay["owner"], relay["class"],
                          [fix["kind"] for fix in relay["fixes"]]],
                         ["Network", "legit_broken", ["relay_unsigned"]])


if __name__ == "__main__":
    unittest.main()
