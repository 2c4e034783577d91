"""Dynamic update of real name servers: BIND with two secondaries, Knot with
one.  A domain on each climbs the whole ladder; then faults between the
program and the server, each with the state the journal must have after it,
and a next run that settles it with one effective change in all.
"""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import threading
import unittest

import servers
import world
from test_ladder import climb

DAYS = 101
START = "v=DMARC1; p=none; rua=mailto:dmarc@{domain}; fo=1"
CLIMBERS = ("bind.example", "knot.example")

# A day on which one change is to be published.
DOMAIN = "klant.example"
NAME = f"_dmarc.{DOMAIN}"
RUA = "rua=mailto:rua@msp.example"
OLD = f"v=DMARC1; p=none; {RUA}"
NEW = f"v=DMARC1; p=quarantine; {RUA}; pct=10; t=y"
BY_HAND = f"v=DMARC1; p=quarantine; {RUA}; by=hand"
DAY = 43
SENDING = (2,)  # an operation whose outcome is unknown, in the database
OTHER_SECRET = "YW5vdGhlciB0ZXN0IGtleSwgMzIgb2N0ZXRzIGxvbmc="

# A library put before libc does not go with the sanitizer.
PROGRAM = os.environ.get("ROLLOUT_RELEASE", world.ROLLOUT)


def own_mail(domain):
    return [f"own ip=192.0.2.10 n=200 pass dkim={domain}/s1 spf={domain}"]


def account(made, server, name=servers.TSIG_NAME):
    """Options of an account; its secret is a file that tests rewrite."""
    return {"provider": "rfc2136", "server": server,
            "key": {"name": name, "secret": {
                "file": made.secret("tsig", servers.TSIG_SECRET)}}}


class Climb(unittest.TestCase):
    """setUpClass lives through the days once; the tests look at them."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        ports = servers.free_ports(5)
        cls.ports = {"bind.example": ports[:3], "knot.example": ports[3:]}
        folder = cls.world.folder
        bind, knot = [["bind.example"], ["knot.example"]]
        primaries = [
            servers.Bind(folder / "b1", ports[0], bind,
                         secondaries=ports[1:3]),
            servers.Knot(folder / "k1", ports[3], knot,
                         secondaries=ports[4:])]
        for server, domain in zip(primaries, CLIMBERS):
            server.write_zone(domain, [
                f'_dmarc IN TXT "{START.format(domain=domain)}"',
                '@ IN TXT "v=spf1 mx -all"', '@ IN TXT "other=1"',
                "@ IN MX 10 mx", f"mx IN A {servers.HOST}"])
        for server in (
                *primaries,
                servers.Bind(folder / "b2", ports[1], bind, ports[0]),
                servers.Knot(folder / "k2", ports[2], bind, ports[0]),
                servers.Bind(folder / "b3", ports[4], knot, ports[3])):
            cls.addClassCleanup(server.stop)
            server.run()
        cls.world.configure(
            account(cls.world, f"{servers.HOST}@{ports[0]}"),
            {"bind.example": (cls.ports["bind.example"], {}),
             "knot.example": (cls.ports["knot.example"],
                              {"account": "knot"})})
        config = json.loads(cls.world.config.read_text())
        config["accounts"]["knot"] = account(
            cls.world, f"localhost@{ports[3]}")
        cls.world.config.write_text(json.dumps(config))
        cls.live()

    @classmethod
    def live(cls):
        cls.served = []  # by day: {domain: {port: [TXT]}}
        cls.changed = []  # (day, port, record) beside the record of ours
        cls.serials = {d: [servers.serial(cls.ports[d][0], d)]
                       for d in CLIMBERS}
        zones = {(d, p): servers.transfer(p, d)
                 for d in CLIMBERS for p in cls.ports[d]}
        for day in range(DAYS):
            if day > 0:
                for domain in CLIMBERS:
                    port = cls.ports[domain][0]
                    [record] = cls.served[day - 1][domain][port]
                    cls.world.report(domain, day - 1, record,
                                     own_mail(domain))
                cls.world.ingest(world.morning(day, 5))
            cls.world.run("advance", "--json", now=world.morning(day))
            cls.look(day, zones)

    @classmethod
    def look(cls, day, zones):
        cls.served.append({
            d: {p: servers.txt(p, f"_dmarc.{d}") for p in cls.ports[d]}
            for d in CLIMBERS})
        for domain in CLIMBERS:
            serial = servers.serial(cls.ports[domain][0], domain)
            if serial == cls.serials[domain][-1]:
                continue
            cls.serials[domain].append(serial)
            for port in cls.ports[domain]:
                after = servers.transfer(port, domain)
                cls.changed += [
                    (day, port, line)
                    for line in set(after) ^ set(zones[domain, port])
                    if not line.startswith(f"_dmarc.{domain}. 3600 IN TXT ")]
                zones[domain, port] = after

    def check(self, domain):
        changes, last = [], START.format(domain=domain)
        for day, served in enumerate(self.served):
            texts = {text for found in served[domain].values()
                     for text in found}
            self.assertEqual(len(texts), 1, f"day {day}: {texts}")
            [text] = texts
            if text != last:
                changes.append((day, text))
                last = text
        expected = [(day, record.replace("{domain}", domain))
                    for day, _, record in climb()]
        self.assertEqual(changes, expected)
        # One effective write a change, and no other.
        first = self.serials[domain][0]
        self.assertEqual(self.serials[domain],
                         list(range(first, first + len(expected) + 1)))

    def test_bind_and_two_secondaries(self):
        self.check("bind.example")

    def test_knot_and_a_secondary(self):
        self.check("knot.example")

    def test_transfers_differ_in_nothing_else(self):
        self.assertEqual(self.changed, [])


class DnsProxy:
    """Stands before a name server, by UDP and TCP.  ${on_update} is called
    for each update, and says what to do: None (pass it on), "before" (the
    server never gets it) or "after" (it does, but its answer is lost)."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.updates = 0
        self.on_update = lambda: None
        self.stopped = threading.Event()
        [self.port] = servers.free_ports(1)
        self.tcp = socket.create_server((servers.HOST, self.port))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((servers.HOST, self.port))
        self.threads = []
        for listener, serve in ((self.tcp, self.by_tcp),
                                (self.udp, self.by_udp)):
            listener.settimeout(0.1)
            self.threads.append(threading.Thread(target=serve))
            self.threads[-1].start()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.tcp.close()
        self.udp.close()

    def by_udp(self):
        while not self.stopped.is_set():
            with contextlib.suppress(TimeoutError):
                message, peer = self.udp.recvfrom(65535)
                with socket.socket(socket.AF_INET,
                                   socket.SOCK_DGRAM) as up:
                    up.settimeout(5)
                    up.sendto(message, (servers.HOST, self.upstream))
                    self.udp.sendto(up.recv(65535), peer)

    def by_tcp(self):
        while not self.stopped.is_set():
            with contextlib.suppress(TimeoutError):
                link, _ = self.tcp.accept()
                with link:
                    link.settimeout(10)
                    self.pass_on(link)

    @staticmethod
    def read(link, size):
        data = b""
        while len(data) < size and (more := link.recv(size - len(data))):
            data += more
        return data

    def pass_on(self, link):
        length = self.read(link, 2)
        message = self.read(link, int.from_bytes(length, "big"))
        fate = None
        if len(message) > 2 and message[2] >> 3 & 15 == 5:
            self.updates += 1
            fate = self.on_update()
        if fate == "before":
            return
        with socket.create_connection((servers.HOST, self.upstream)) as up:
            up.settimeout(10)
            up.sendall(length + message)
            length = self.read(up, 2)
            answer = self.read(up, int.from_bytes(length, "big"))
        if fate != "after":
            link.sendall(length + answer)


class Faults:
    """What both servers go through; the mixin of the two tests."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        [cls.port] = servers.free_ports(1)
        cls.start_server()
        cls.proxy = DnsProxy(cls.port)
        cls.addClassCleanup(cls.proxy.stop)
        cls.point_to(cls.proxy.port)
        cls.advance(0)
        cls.world.report(DOMAIN, 0, OLD, own_mail(DOMAIN), days=DAY)
        cls.world.ingest(world.morning(DAY, 5))
        cls.saved = cls.world.folder / "saved"
        cls.saved.mkdir()
        for path in cls.world.folder.glob("rollout.db*"):
            shutil.copy2(path, cls.saved)

    @classmethod
    def start_server(cls):
        server = cls.server_class(cls.world.folder / "primary", cls.port,
                                  [DOMAIN])
        server.write_zone(DOMAIN, [f'_dmarc IN TXT "{OLD}"'])
        cls.addClassCleanup(server.stop)
        server.run()

    @classmethod
    def point_to(cls, port, name=servers.TSIG_NAME):
        cls.world.configure(
            account(cls.world, f"{servers.HOST}@{port}", name),
            {DOMAIN: ([cls.port], {})})

    @classmethod
    def advance(cls, day, hour=6, **how):
        return cls.world.run("advance", "--json",
                             now=world.morning(day, hour), **how)

    def setUp(self):
        for path in self.world.folder.glob("rollout.db*"):
            path.unlink()
        for path in self.saved.iterdir():
            shutil.copy2(path, self.world.folder)
        self.put(OLD)
        self.point_to(self.proxy.port)
        self.proxy.on_update = lambda: None
        self.proxy.updates = 0
        self.serial = servers.serial(self.port, DOMAIN)

    def put(self, text):
        """As a person would, behind the program's back."""
        servers.nsupdate(self.port, f"zone {DOMAIN}",
                         f"update delete {NAME} TXT",
                         f'update add {NAME} 3600 TXT "{text}"')
        self.assertEqual(self.served(), [text])

    def served(self):
        return servers.txt(self.port, NAME)

    def writes(self):
        """Effective changes of the zone since the test began."""
        return servers.serial(self.port, DOMAIN) - self.serial

    def journal(self):
        """What history says of this change, oldest first."""
        answer = self.world.json("history", DOMAIN,
                                 now=world.morning(DAY, 9))
        return [event["event"] for event in answer["events"]
                if event["to"] == "quarantine-10"]

    def operation(self):
        """States of the operations of this change."""
        with contextlib.closing(sqlite3.connect(self.world.database)) as db:
            return db.execute(
                "SELECT state FROM op WHERE to_rung = 'quarantine-10' "
                "ORDER BY id").fetchall()

    def fails(self, *words, **how):
        """A run that cannot serve the domain, and says why in ${words}."""
        done = self.advance(DAY, 6, check=False, **how)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 3, said)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn(servers.TSIG_SECRET, said)
        self.assertNotIn(OTHER_SECRET, said)
        return said

    def settles(self):
        """The fault is gone: one more run, and all is as without it."""
        self.advance(DAY, 7)
        self.assertEqual(self.served(), [NEW])
        self.assertEqual(self.writes(), 1)
        self.assertEqual(self.journal()[-1], "verified")
        self.assertEqual(self.journal().count("verified"), 1)

    def test_no_fault(self):
        self.advance(DAY)
        self.assertEqual(self.served(), [NEW])
        self.assertEqual((self.proxy.updates, self.writes()), (1, 1))
        self.assertEqual(self.journal(),
                         ["intent", "sent", "verified"])

    def test_change_between_read_and_write_is_a_conflict(self):
        self.proxy.on_update = lambda: self.put(BY_HAND)
        self.fails("by=hand", "nothing was written")
        self.assertEqual(self.served(), [BY_HAND])
        # The update came, and the server's prerequisite refused it.
        self.assertEqual((self.proxy.updates, self.writes()), (1, 1))
        self.assertEqual(self.journal(), ["intent", "conflict"])
        self.proxy.on_update = lambda: None
        self.advance(DAY, 7)
        self.assertEqual(self.served(), [BY_HAND])
        self.assertEqual((self.proxy.updates, self.writes()), (1, 1))
        self.assertIn("drifted", self.world.domain(
            DOMAIN, world.morning(DAY, 8))["overlays"])

    def test_alias_that_comes_in_between_is_a_conflict(self):
        def alias():
            servers.nsupdate(self.port, f"zone {DOMAIN}",
                             f"update delete {NAME} TXT",
                             f"update add {NAME} 300 CNAME x.vendor.example.")
        self.proxy.on_update = alias
        self.addCleanup(servers.nsupdate, self.port, f"zone {DOMAIN}",
                        f"update delete {NAME} CNAME")
        said = self.fails("CNAME to x.vendor.example")
        # A prerequisite too, not only found out afterwards.
        self.assertNotIn("accepted", said)
        self.assertEqual((self.proxy.updates, self.writes()), (1, 1))
        self.assertEqual(self.journal(), ["intent", "conflict"])

    def test_wrong_secret(self):
        self.world.secret("tsig", OTHER_SECRET)
        self.fails("BADSIG", "key.secret")
        self.check_nothing_sent()
        self.world.secret("tsig", servers.TSIG_SECRET)
        self.settles()

    def test_unknown_key(self):
        self.point_to(self.proxy.port, "nobody.tests")
        self.fails("BADKEY", "nobody.tests")
        self.check_nothing_sent()
        self.point_to(self.proxy.port)
        self.settles()

    def test_expired_signature(self):
        self.fails("BADTIME", "here it is", "NTP", program=PROGRAM,
                   wrap=("faketime", "-f", "-1h"))
        self.check_nothing_sent()
        self.settles()

    def test_unreachable_server(self):
        [closed] = servers.free_ports(1)
        self.point_to(closed)
        self.fails("cannot be reached", str(closed))
        self.check_nothing_sent()
        self.point_to(self.proxy.port)
        self.settles()

    def check_nothing_sent(self):
        self.assertEqual((self.proxy.updates, self.writes()), (0, 0))
        self.assertEqual(self.served(), [OLD])
        self.assertEqual(self.journal(), [])

    def test_answer_lost_after_it_was_done(self):
        self.proxy.on_update = lambda: "after"
        self.fails("outcome unknown")
        self.assertEqual((self.proxy.updates, self.writes()), (1, 1))
        self.assertEqual(self.served(), [NEW])
        self.assertEqual(self.journal(), ["intent"])
        self.assertEqual(self.operation(), [SENDING])
        self.settles()
        self.assertEqual(self.proxy.updates, 1)

    def test_update_lost_before_it_was_done(self):
        self.proxy.on_update = lambda: "before"
        self.fails("outcome unknown")
        self.assertEqual((self.proxy.updates, self.writes()), (1, 0))
        self.assertEqual(self.journal(), ["intent"])
        self.assertEqual(self.operation(), [SENDING])
        self.proxy.on_update = lambda: None
        self.settles()
        self.assertEqual(self.proxy.updates, 2)


class BindFaults(Faults, unittest.TestCase):
    server_class = servers.Bind


class KnotFaults(Faults, unittest.TestCase):
    server_class = servers.Knot


if __name__ == "__main__":
    unittest.main()
