"""The watch over the DNS that legitimate mail stands on, with a real name
server: what breaks is told once, in done too; what mends, likewise."""

import subprocess
import unittest

import jsonschema

import servers
import test_schemas
import world

DOMAIN = "klant.example"
RUA = "mailto:rua@msp.example"
REJECT = f"v=DMARC1; p=reject; rua={RUA}"
KEY = ("v=DKIM1; k=ed25519; "
       "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
ZONE = {
    "s1": f's1._domainkey IN TXT "{KEY}"',
    "n1": "n1._domainkey IN CNAME n1.keys",
    "n1.keys": f'n1.keys IN TXT "{KEY}"',
    "spf": ('@ IN TXT "v=spf1 a:mx1.{domain} mx include:_spf.{domain} ~all"'
            ).replace("{domain}", DOMAIN),
    "_spf": '_spf IN TXT "v=spf1 ip4:198.51.100.0/24 -all"',
    "mx": "@ IN MX 10 mx2",
    "mx1": "mx1 IN A 192.0.2.10",
    "mx2": "mx2 IN AAAA 2001:db8::25",
}
MAILS = [
    f"own ip=192.0.2.10 n=200 pass dkim={DOMAIN}/s1 spf={DOMAIN}",
    f"news ip=203.0.113.80 n=40 pass dkim={DOMAIN}/n1 spf=news.example",
    f"invoices ip=198.51.100.7 n=40 pass spf={DOMAIN}",
    "scan ip=2001:db8::25 n=4 fail spf=scan.example:none",
]


class Watch(unittest.TestCase):
    """One domain at reject for a long time."""

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [self.port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", self.port,
                                 [DOMAIN])
        self.addCleanup(self.knot.stop)
        self.serial = 1
        self.day = 0
        self.zone = dict(ZONE)
        self.write()
        self.knot.run()
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["true"]}},
            {DOMAIN: ([self.port], {})})
        self.advance()
        self.days(40)

    def write(self):
        self.knot.write_zone(
            DOMAIN, [*self.zone.values(), f'_dmarc IN TXT "{REJECT}"'],
            self.serial)

    def change(self, **lines):
        """Somebody edits the zone; None: takes the line out."""
        self.zone.update(lines)
        self.zone = {k: v for k, v in self.zone.items() if v is not None}
        self.serial += 1
        self.write()
        subprocess.run(["knotc", "-b", "-s", str(self.knot.socket),
                        "zone-reload"], check=True, timeout=30,
                       stdout=subprocess.DEVNULL)
        servers.wait_until(
            lambda: servers.serial(self.port, DOMAIN) == self.serial,
            "the edited zone")

    def now(self):
        return world.morning(self.day)

    def advance(self):
        return self.world.run("advance", "--json", now=self.now()).stdout

    def days(self, count):
        self.world.report(DOMAIN, self.day, REJECT, MAILS, count)
        self.day += count
        self.world.ingest(self.now())
        return self.advance()

    def status(self):
        return self.world.domain(DOMAIN, self.now())

    def found(self):
        return [(f["kind"], f["name"], f["state"])
                for f in self.status()["findings"]]

    def events(self):
        history = self.world.json("history", DOMAIN, now=self.now())
        return [e["event"] for e in history["events"]
                if e["event"].startswith("watch")]

    def test_key(self):
        self.assertEqual(self.status()["step"], "done")
        self.assertEqual(self.found(), [])
        self.change(n1=None)
        told = self.days(1)
        self.assertIn("domain.broken", told)
        self.assertEqual(
            self.found(), [("key", f"n1._domainkey.{DOMAIN}", "gone")])
        for words in (["status"], ["explain", DOMAIN]):
            jsonschema.validate(
                self.world.json(*words, now=self.now()),
                test_schemas.closed(test_schemas.load(words[0])))
        # In done it is an alarm; nothing is stepped back for it.
        status = self.status()
        self.assertEqual((status["step"], status["stage"]["name"]),
                         ("done", "reject"))
        plan = self.world.json("plan", now=self.now())
        self.assertEqual([q["code"] for q in plan["attention"]], ["watch"])
        self.assertIn("CNAME", plan["attention"][0]["text"])
        text = self.world.run("explain", DOMAIN, now=self.now()).stdout
        self.assertIn(f"Missing: DKIM key n1._domainkey.{DOMAIN} is gone",
                      text)
        # Once is enough, and once it is back.
        self.assertNotIn("domain.broken", self.days(1))
        self.assertEqual(self.events(), ["watch_broken"])
        self.change(n1=ZONE["n1"])
        self.assertIn("domain.mended", self.days(1))
        self.assertEqual(self.found(), [])
        self.assertEqual(self.events(), ["watch_broken", "watch_mended"])

    def test_key_states(self):
        """What can become of a key, each from a good one; the CNAME ends
        where somebody else has it."""
        for text, state in (("v=DKIM1; p=", "revoked"),
                            ("v=DKIM1; p=!", "broken"),
                            ("v=DKIM1; k=dsa; p=AAAA", "broken"),
                            ("v=spf1 -all", "broken")):
            self.change(**{"n1.keys": f'n1.keys IN TXT "{text}"'})
            self.days(1)
            self.assertEqual(
                self.found(), [("key", f"n1._domainkey.{DOMAIN}", state)],
                text)
            self.change(**{"n1.keys": ZONE["n1.keys"]})
            self.days(1)
            self.assertEqual(self.found(), [], text)

    def test_accepted(self):
        self.change(n1=None)
        self.days(1)
        self.world.run("approve", DOMAIN, "--reason", "contract ended",
                       now=self.now())
        [finding] = self.status()["findings"]
        self.assertTrue(finding["accepted"])
        plan = self.world.json("plan", now=self.now())
        self.assertEqual(plan["attention"], [])

    def test_include(self):
        self.change(_spf='_spf IN TXT "an other text"')
        self.days(1)
        self.assertEqual(self.found(),
                         [("include", f"_spf.{DOMAIN}", "broken")])
        self.change(_spf=ZONE["_spf"], spf='@ IN TXT "v=spf1 mx ~all"')
        self.days(1)
        self.assertEqual(self.found(),
                         [("include", f"_spf.{DOMAIN}", "gone")])
        # Its addresses may be written out instead.
        self.change(
            spf='@ IN TXT "v=spf1 mx ip4:198.51.100.0/24 ~all"')
        self.days(1)
        self.assertEqual(self.found(), [])
        self.assertEqual(self.events(), ["watch_broken", "watch_mended"])

    def test_record(self):
        self.change(spf=None)
        self.days(1)
        self.assertEqual(self.found(), [("spf", DOMAIN, "gone")])
        self.change(spf='@ IN TXT "v=spf1 ipv4:192.0.2.1 ~all"')
        self.days(1)
        self.assertEqual(self.found(), [("spf", DOMAIN, "broken")])

    def test_silence(self):
        """Servers that do not answer say nothing about keys."""
        self.knot.stop()
        self.day += 1
        self.world.run("advance", now=self.now(), check=False)
        self.assertEqual(self.found(), [])
        self.assertEqual(self.events(), [])

    def test_own_spf(self):
        """A host of the MX is the domain's own, what it sends too."""
        answer = self.world.json("explain", DOMAIN, now=self.now())
        self.assertEqual(
            [(n["network"], n["term"], n["proves"])
             for n in answer["own_spf"]["networks"]],
            [("192.0.2.10/32", f"a:mx1.{DOMAIN}", True),
             ("2001:db8::25/128", "mx", True)])
        [scan] = [s for s in answer["sources"] if s["source"] == "spf:mx"]
        self.assertEqual(
            (scan["class"], scan["why"]),
            ("legit_broken", "address written as mx in the domain's own SPF"))

    def test_a_day_is_enough(self):
        """A second run on the same day does not ask again."""
        self.change(n1=None)
        self.advance()
        self.assertEqual(self.found(), [])


if __name__ == "__main__":
    unittest.main()
