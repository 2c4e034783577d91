"""300 domains of 12 clients, half on a PowerDNS and half on a BIND: when all
of them are due, one tick moves the 40 that the limits allow, the next one 40
others; every server shows the right record of all 300 after each.  Prints
what it took, which decides nothing.
"""

import collections
import json
import os
import time
import unittest

import servers
import world

COUNT = 300
REPORT_DAYS = 21
CLIENTS = 12
MOVES = 40
LAST = 29  # a morning on which 28 days and 20 report days are behind
RUA = "rua=mailto:rua@msp.example"
OLD = f"v=DMARC1; p=none; {RUA}"
NEW = f"v=DMARC1; p=quarantine; {RUA}; pct=10; t=y"

# Seconds of a program under sanitizers say nothing.
PROGRAM = os.environ.get("ROLLOUT_RELEASE", world.ROLLOUT)

DOMAINS = [f"klant{i:03}.example" for i in range(COUNT)]


class Scale(unittest.TestCase):
    """setUpClass lives through the days; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        cls.figures = []
        cls.start_servers()
        cls.configure()
        cls.advance(0)
        cls.measure("made reports", cls.make_reports)
        cls.answer = cls.measure(
            "ingest", lambda: json.loads(cls.world.run(
                "ingest", "--json", now=world.morning(LAST, 5),
                program=PROGRAM).stdout))
        cls.proxy.requests.clear()
        cls.measure("plan", lambda: cls.world.run(
            "plan", "--json", now=world.morning(LAST), program=PROGRAM))
        cls.planned = len(cls.proxy.requests)
        cls.before = cls.look()
        cls.ticks = []  # [(requests, served after)] by tick
        for hour in (6, 7):
            cls.proxy.requests.clear()
            cls.measure("advance", lambda hour=hour: cls.advance(LAST, hour))
            cls.ticks.append((list(cls.proxy.requests), cls.look()))

    @classmethod
    def tearDownClass(cls):
        for what, seconds in cls.figures:
            print(f"{what}: {seconds:.1f} s")
        for requests, _ in cls.ticks:
            print("advance asked PowerDNS:",
                  dict(collections.Counter(r[0] for r in requests)))
        print("at once, at the most:", cls.proxy.most)

    @classmethod
    def measure(cls, what, work):
        start = time.monotonic()
        result = work()
        cls.figures.append((what, time.monotonic() - start))
        return result

    @classmethod
    def start_servers(cls):
        dns, api, cls.bind_port = servers.free_ports(3)
        cls.half = DOMAINS[:COUNT // 2], DOMAINS[COUNT // 2:]
        cls.powerdns = servers.PowerDNS(
            cls.world.folder / "pdns", dns, api)
        bind = servers.Bind(
            cls.world.folder / "bind", cls.bind_port, cls.half[1])
        for domain in cls.half[1]:
            bind.write_zone(domain, [f'_dmarc IN TXT "{OLD}"',
                                     '@ IN TXT "other=1"'])
        for server in cls.powerdns, bind:
            cls.addClassCleanup(server.stop)
            server.run()
        for domain in cls.half[0]:
            cls.powerdns.add_zone(domain, [
                (f"_dmarc.{domain}", "TXT", 3600, [f'"{OLD}"'])])
        cls.proxy = servers.Proxy(api)
        cls.addClassCleanup(cls.proxy.stop)

    @classmethod
    def configure(cls):
        ports = {d: cls.powerdns.port for d in cls.half[0]}
        ports.update({d: cls.bind_port for d in cls.half[1]})
        cls.world.configure(
            {"provider": "powerdns",
             "endpoint": f"http://{servers.HOST}:{cls.proxy.port}",
             "key": {"file": cls.world.secret("key", servers.API_KEY)}},
            {d: ([ports[d]], {}) for d in DOMAINS})
        config = json.loads(cls.world.config.read_text())
        config["accounts"]["bind"] = {
            "provider": "rfc2136",
            "server": f"{servers.HOST}@{cls.bind_port}",
            "key": {"name": servers.TSIG_NAME, "secret": {
                "file": cls.world.secret("tsig", servers.TSIG_SECRET)}}}
        config["defaults"].update(
            policy="fast", why="four weeks are enough for a test")
        config["limits"] = {"max_changes": MOVES, "max_changes_share": "100%",
                            "per_client": MOVES, "per_account": MOVES // 2}
        config["clients"] = {
            f"c{c:02}": {"domains": {
                d: {"account": "bind" if d in cls.half[1] else "main"}
                for d in DOMAINS[c::CLIENTS]}}
            for c in range(CLIENTS)}
        cls.world.config.write_text(json.dumps(config))

    @classmethod
    def make_reports(cls):
        """Two reporters, a report a day about each domain."""
        for domain in DOMAINS:
            cls.world.report(domain, LAST - REPORT_DAYS, OLD, [
                f"own ip=192.0.2.10 n=400 pass dkim={domain}/s1"
                f" spf={domain}"], days=REPORT_DAYS)

    @classmethod
    def advance(cls, day, hour=6):
        return cls.world.run(
            "advance", "--json", now=world.morning(day, hour),
            program=PROGRAM, check=day == 0)

    @classmethod
    def look(cls):
        served = {}
        for port, domains in zip(
                (cls.powerdns.port, cls.bind_port), cls.half):
            served.update(servers.txts(
                port, [f"_dmarc.{domain}" for domain in domains]))
        return served

    def test_before(self):
        self.assertEqual(self.before,
                         {f"_dmarc.{d}": [OLD] for d in DOMAINS})
        self.assertEqual(self.answer["reports"]["refused"], 0)
        self.assertEqual(self.answer["reports"]["new"],
                         2 * COUNT * REPORT_DAYS)

    def test_ticks(self):
        for tick, (_, served) in enumerate(self.ticks, 1):
            self.assertEqual(len(served), COUNT)
            changed = [n for n, texts in served.items() if texts == [NEW]]
            same = [n for n, texts in served.items() if texts == [OLD]]
            self.assertEqual(len(changed), tick * MOVES)
            self.assertEqual(len(same), COUNT - tick * MOVES)
            on_bind = {f"_dmarc.{d}" for d in self.half[1]}
            self.assertEqual(len(on_bind & set(changed)), tick * MOVES // 2)

    def test_history(self):
        """Each change from its intent to its proof, and no other."""
        lines = collections.defaultdict(list)
        for line in self.history():
            lines[line["domain"]].append(line["event"])
        moved = {n.removeprefix("_dmarc.")
                 for n, texts in self.ticks[-1][1].items() if texts == [NEW]}
        for domain in DOMAINS:
            self.assertEqual(
                lines[domain], ["adopted", "intent", "sent", "verified"]
                if domain in moved else ["adopted"], domain)

    def history(self):
        answer = self.world.json("history", now=world.morning(LAST, 8))
        return answer["events"]

    def test_overlap(self):
        """Calls about different zones do not wait for each other, but
        PowerDNS takes one change at a time."""
        self.assertGreater(self.proxy.most, 1)
        self.assertLessEqual(self.proxy.most, 4)
        self.assertEqual(self.proxy.most_mutations, 1)

    def test_writes(self):
        for requests, _ in self.ticks:
            writes = [r for r in requests if r[0] not in ("GET", "HEAD")]
            self.assertEqual(len(writes), MOVES // 2)
            self.assertEqual(len(set(writes)), len(writes))


if __name__ == "__main__":
    unittest.main()
