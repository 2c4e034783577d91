"""Hundreds of forged report mails move no domain, up or down.

    ready.example   clean for six weeks: climbs, whatever strangers claim
    held.example    a vendor fails: stays, whatever strangers claim
    high.example    stands at quarantine, its target, clean: steps back for nobody
"""

import calendar
import json
import shutil
import subprocess
import unittest

import servers
import world

PYTHON = "/usr/bin/python3"  # has dkimpy
GENERATOR = world.TOP / "tests/gen/forged.py"
READY, HELD, HIGH = "ready.example", "held.example", "high.example"
RUA = "rua=mailto:rua@msp.example"
START = {READY: f"v=DMARC1; p=none; {RUA}",
         HELD: f"v=DMARC1; p=none; {RUA}",
         HIGH: f"v=DMARC1; p=quarantine; {RUA}"}
DAYS = 43  # then the first hop is due
FLOOD_FROM = 33


def mails(domain):
    failing = "v1:fail fail" if domain == HELD else "v1 pass"
    return [f"own ip=192.0.2.10 n=90 pass dkim={domain}/s1 spf={domain}",
            "vendor ip=198.51.100.7 n=30 spf=bounce.vendor.example "
            f"dkim={domain}/{failing}"]


def begin_of(day):
    year, month, dom = map(int, world.date(day).split("-"))
    return calendar.timegm((year, month, dom, 0, 0, 0))


class Flood(unittest.TestCase):

    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        [port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", port, list(START))
        self.addCleanup(self.knot.stop)
        for domain, record in START.items():
            self.knot.write_zone(domain, [f'_dmarc IN TXT "{record}"'])
        self.knot.run()
        self.mails = self.world.folder / "mails"
        self.mails.mkdir()
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-b", "-s",
                                    str(self.knot.socket), "zone-reload"]}},
            {domain: ([port], {"target": "quarantine"} if domain == HIGH
                      else {}) for domain in START})
        config = json.loads(self.world.config.read_text())
        config["dns"]["resolvers"] = [f"{servers.HOST}@{port}"]
        config["reports"].append({
            "name": "rua", "directory": {"path": str(self.mails)},
            "authserv_id": ["mx.example.net"]})
        self.world.config.write_text(json.dumps(config))

    def flood(self, day, days):
        for domain in START:
            subprocess.run(
                [PYTHON, "-B", str(GENERATOR), str(self.mails), domain,
                 str(begin_of(day)), str(days)], check=True, timeout=120)

    def live(self, domain):
        return servers.txt(self.knot.port, f"_dmarc.{domain}")

    def answer(self, now, **where):
        """What is to happen, and how every domain stands."""
        return (self.world.json("plan", now=now, **where)["changes"],
                {d["domain"]: (d["stage"]["name"], d["step"], d["verdict"])
                 for d in self.world.json(
                     "status", now=now, **where)["domains"]})

    def test_a_forged_flood_moves_nothing(self):
        self.world.run("advance", now=world.morning(0))
        for domain, record in START.items():
            self.world.report(domain, 0, record, mails(domain), DAYS)
        now = world.morning(DAYS)
        self.world.ingest(now)
        before = self.answer(now)
        self.assertEqual([c["domain"] for c in before[0]], [READY])

        self.flood(FLOOD_FROM, DAYS - FLOOD_FROM)
        spare = self.world.folder / "spare.db"
        shutil.copy(self.world.database, spare)
        answer = self.world.json("ingest", now=now)
        # 270 mails say they are Google's, and 200 a day may; 90 are signed.
        self.assertEqual(answer["reports"], {
            "new": 290, "duplicate": 0, "conflict": 0, "foreign": 0,
            "refused": 70})
        self.assertEqual({r["code"] for r in answer["refused"]},
                         {"sender-limit"})
        self.assertEqual(self.answer(now), before)

        # Were these believed, it would not be the same.
        config = json.loads(self.world.config.read_text())
        config["state"]["database"] = str(spare)
        config["reports"][1]["trust"] = "trusted"
        believed = self.world.folder / "believed.yaml"
        believed.write_text(json.dumps(config))
        self.world.json("ingest", now=now, config=believed)
        self.assertNotEqual(self.answer(now, config=believed), before)

        # What was said is done, and the days after are no other.
        self.world.run("advance", now=now)
        self.assertEqual(self.live(READY), [
            f"v=DMARC1; p=quarantine; {RUA}; pct=10; t=y"])
        for day in range(DAYS, DAYS + 4):
            for domain in START:
                self.world.report(
                    domain, day, self.live(domain)[0], mails(domain))
            self.flood(day, 1)
            now = world.morning(day + 1)
            self.world.ingest(now)
            self.world.run("advance", now=now)
            for domain in (HELD, HIGH):
                self.assertEqual(self.live(domain), [START[domain]])
            self.assertIn("p=quarantine", self.live(READY)[0])


if __name__ == "__main__":
    unittest.main()
