"""The manual provider: a change goes out as a ticket, a person makes it, the
name servers show it.  The person of these tests does what the JSON ticket
says, something else, or nothing.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

import jsonschema

import servers
import world

DOMAIN = "klant.example"
NAME = f"_dmarc.{DOMAIN}"
RUA = "rua=mailto:rua@msp.example"
OWN = f"own ip=192.0.2.10 n=200 pass dkim={DOMAIN}/s1 spf={DOMAIN}"
VENDOR = "vendor ip=198.51.100.7 n=40 spf=bounce.vendor.example dkim="
PROGRAM = os.environ.get("ROLLOUT_RELEASE", world.ROLLOUT)
SCHEMA = json.loads((world.TOP / "docs/schemas/ticket-1.json").read_text())

# Calls of a run that change something, and how many of each are tried.
CALLS = {"pwrite64": 12, "write": 6, "fsync": 8, "fdatasync": 8, "rename": 4,
         "openat": 6, "sendto": 3}


class Base:
    """A world of one domain on two name servers, ready for a change."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        cls.tickets = cls.world.folder / "tickets"
        cls.tickets.mkdir()
        cls.ports = servers.free_ports(2)
        cls.knots = []
        for port in cls.ports:
            knot = servers.Knot(cls.world.folder / f"knot{port}", port,
                                [DOMAIN])
            knot.write_zone(DOMAIN, [f'_dmarc 3600 IN TXT "{cls.OLD}"']
                            if cls.OLD else [])
            cls.addClassCleanup(knot.stop)
            knot.run()
            cls.knots.append(knot)
        cls.configure()
        if cls.DAY > 0:
            cls.run_on(0)
            cls.world.report(DOMAIN, 0, cls.OLD, cls.MAILS, days=cls.DAY)
            cls.world.ingest(world.morning(cls.DAY, 5))
        cls.saved = cls.world.folder / "saved"
        cls.saved.mkdir()
        for path in cls.databases():
            shutil.copy2(path, cls.saved)

    def setUp(self):
        self.day = self.DAY
        for path in (*self.databases(), *self.tickets.glob("*"),
                     *self.tickets.glob(".*")):
            path.unlink()
        for path in self.saved.iterdir():
            shutil.copy2(path, self.world.folder)
        self.configure()
        old = [self.OLD] if self.OLD else []
        if self.served() != [old] * 2:
            self.put(old)

    @classmethod
    def databases(cls):
        return cls.world.folder.glob("rollout.db*")

    @classmethod
    def configure(cls, account=None, **settings):
        cls.world.configure(
            account or {"provider": "manual", "tickets": str(cls.tickets),
                        "remind": "2d", "expire": "5d"},
            {DOMAIN: (cls.ports, settings)})

    @classmethod
    def run_on(cls, day, hour=6, check=True):
        """One advance: its events."""
        done = cls.world.run("advance", "--json", check=check,
                             now=world.morning(day, hour))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def names(self, day, hour=6, check=True):
        return [e["event"] for e in self.run_on(day, hour, check)]

    def pass_day(self, mails=None):
        """A day of mail, whose reports are in the next morning."""
        self.world.report(DOMAIN, self.day, self.OLD, mails or self.MAILS)
        self.day += 1
        self.world.ingest(world.morning(self.day, 5))

    def served(self):
        return [servers.txt(port, NAME) for port in self.ports]

    def put(self, values, ports=None, ttl=3600):
        """What the name servers show from now on."""
        for port in ports or self.ports:
            servers.nsupdate(
                port, f"zone {DOMAIN}", f"del {NAME} TXT",
                *(f'add {NAME} {ttl} TXT "{v}"' for v in values))
            servers.wait_until(
                lambda p=port: servers.txt(p, NAME) == sorted(values), NAME)

    def do(self, ticket, ports=None):
        """What a person does with a ticket."""
        self.assertEqual(ticket["status"], "open")
        self.assertEqual(ticket["rrset"], {"name": NAME, "type": "TXT"})
        before = ticket["before"]
        self.assertEqual(servers.txt(self.ports[0], NAME),
                         before["values"] if before else [])
        self.put(ticket["after"]["values"], ports, ticket["after"]["ttl"])

    def ticket(self, op):
        """Both files of a ticket, which say the same."""
        path = self.tickets / f"{DOMAIN}-{op}.json"
        ticket = json.loads(path.read_text())
        jsonschema.Draft7Validator(SCHEMA).validate(ticket)
        self.assertEqual(ticket["op"], op)
        first = path.with_suffix(".txt").read_text().split()[0]
        self.assertEqual(first, {"open": "Change", "withdrawn": "WITHDRAWN",
                                 "done": "DONE"}[ticket["status"]])
        return ticket

    def all_tickets(self):
        """{operation: status}, by all files that are there."""
        names = sorted(p.name for p in self.tickets.iterdir())
        ops = sorted({int(n.rsplit("-", 1)[1].split(".")[0]) for n in names})
        self.assertEqual(names, sorted(
            f"{DOMAIN}-{op}.{kind}" for op in ops for kind in ("json", "txt")))
        return {op: self.ticket(op)["status"] for op in ops}

    def status(self, hour=7):
        return self.world.domain(DOMAIN, world.morning(self.day, hour))

    def history(self, *events):
        answer = self.world.json("history", DOMAIN,
                                 now=world.morning(self.day, 9))
        return [e for e in answer["events"] if e["event"] in events]


class Upwards(Base, unittest.TestCase):
    """none -> quarantine-10, by hand."""

    OLD = f"v=DMARC1; p=none; {RUA}"
    NEW = f"v=DMARC1; p=quarantine; {RUA}; pct=10; t=y"
    MAILS = [OWN]
    DAY = 43

    def hand_out(self):
        """Day one: the ticket is out."""
        events = self.run_on(self.day)
        self.assertEqual([e["event"] for e in events],
                         ["operation.intent", "ticket.out", "operation.sent",
                          "run.end"])
        self.assertEqual((events[-1]["waiting"], events[-1]["exit"]), (1, 0))
        [(op, status)] = self.all_tickets().items()
        self.assertEqual(status, "open")
        return op

    def test_a_person_makes_the_change(self):
        plan = self.world.json("plan", now=world.morning(self.day))
        self.assertEqual([c["to"] for c in plan["changes"]],
                         ["quarantine-10"])
        self.assertEqual(self.all_tickets(), {}, "plan wrote a ticket")
        op = self.hand_out()
        ticket = self.ticket(op)
        self.assertEqual(ticket["before"]["values"], [self.OLD])
        self.assertEqual(ticket["after"], {
            "ttl": 3600, "values": [self.NEW],
            "presentation": [f'"{self.NEW}"']})
        self.assertEqual(
            [ticket[k] for k in ("from", "to", "decided_at", "wanted_until")],
            ["none", "quarantine-10", world.morning(43), world.morning(48)])
        self.assertEqual(self.served(), [[self.OLD]] * 2)

        self.pass_day()
        self.assertEqual(self.names(self.day), ["domain.waits", "run.end"])
        status = self.status()
        self.assertEqual((status["step"], status["stage"]["name"]),
                         ("verifying", "none"))
        path = self.tickets / f"{DOMAIN}-{op}.txt"
        self.assertEqual(
            status["reasons"][0]["text"],
            f"waits for a person since 1 day (ticket {path})")
        stored = self.world.stored()
        plan = self.world.json("plan", now=world.morning(self.day))
        self.assertEqual(plan["changes"], [])
        self.assertEqual(self.world.stored(), stored)

        self.do(self.ticket(op))
        self.assertEqual(self.names(self.day, 8),
                         ["operation.verified", "run.end"])
        self.assertEqual(self.all_tickets(), {op: "done"})
        status = self.status(8)
        self.assertEqual((status["step"], status["stage"]["name"]),
                         ("settling", "quarantine-10"))
        [verified] = self.history("verified")
        self.assertEqual((verified["op"], verified["after"]), (op, self.NEW))
        self.assertEqual([e["op"] for e in self.history("ticket")], [op])

    def test_one_server_is_not_enough(self):
        op = self.hand_out()
        self.do(self.ticket(op), self.ports[:1])
        events = self.run_on(self.day, 7, check=False)
        self.assertEqual((events[-1]["verifying"], events[-1]["exit"]), (1, 3))
        self.assertEqual(self.all_tickets(), {op: "open"})
        self.put([self.NEW], self.ports[1:])
        self.assertEqual(self.names(self.day, 8),
                         ["operation.verified", "run.end"])

    def test_reminds_once_per_interval_and_expires(self):
        op = self.hand_out()
        reminded = []
        for _ in range(4):
            self.pass_day()
            for hour in (6, 7):
                reminded += [(e["event"], self.day, hour)
                             for e in self.run_on(self.day, hour)
                             if e["event"].startswith("ticket.")]
        self.assertEqual(reminded, [("ticket.reminder", 45, 6),
                                    ("ticket.reminder", 47, 6)])
        self.assertEqual(
            [e["t"] for e in self.history("reminder")],
            [world.morning(45), world.morning(47)])
        self.assertEqual(self.all_tickets(), {op: "open"})

        self.pass_day()
        events = self.run_on(self.day)
        self.assertEqual([e["event"] for e in events],
                         ["operation.abandoned", "domain.waits", "run.end"])
        self.assertEqual(events[0]["text"], "ticket expired: nobody made the "
                                            "change in 5 days")
        self.assertEqual(self.all_tickets(), {op: "withdrawn"})
        self.assertEqual(self.ticket(op)["note"], events[0]["text"])
        self.assertEqual(self.names(self.day, 7)[1], "ticket.out")
        self.assertEqual(self.all_tickets(), {op: "withdrawn", op + 1: "open"})

    def test_a_pause_withdraws(self):
        op = self.hand_out()
        self.world.run("pause", DOMAIN, "--reason", "no changes in May",
                       now=world.morning(self.day, 7))
        self.assertEqual(self.names(self.day, 8),
                         ["operation.abandoned", "domain.waits", "run.end"])
        self.assertEqual(self.all_tickets(), {op: "withdrawn"})
        self.assertIn("no changes in May", self.ticket(op)["note"])
        self.assertIn("paused", self.status(9)["overlays"])
        self.world.run("resume", DOMAIN, "--reason", "go on",
                       now=world.morning(self.day, 9))
        self.run_on(self.day, 10)
        self.assertEqual(self.all_tickets(), {op: "withdrawn", op + 1: "open"})

    def test_a_freeze_leaves_the_ticket(self):
        op = self.hand_out()
        self.configure(freeze=[{"from": world.date(self.day),
                                "to": world.date(self.day + 3),
                                "why": "holidays"}])
        self.pass_day()
        self.assertEqual(self.names(self.day), ["domain.waits", "run.end"])
        self.assertEqual(self.all_tickets(), {op: "open"})

    def test_evidence_that_goes_withdraws(self):
        op = self.hand_out()
        self.assertEqual(self.names(self.day + 4),
                         ["operation.abandoned", "domain.waits", "run.end"])
        self.assertEqual(self.all_tickets(), {op: "withdrawn"})

    def test_another_edit_is_a_conflict(self):
        op = self.hand_out()
        wrong = f"v=DMARC1; p=reject; {RUA}"
        self.put([wrong])
        self.assertEqual(
            self.names(self.day, 7),
            ["operation.conflict", "domain.drifted", "domain.waits",
             "run.end"])
        self.assertEqual(self.all_tickets(), {op: "withdrawn"})
        self.assertIn("neither", self.ticket(op)["note"])
        self.assertEqual(self.served(), [[wrong]] * 2)
        self.assertIn("drifted", self.status(8)["overlays"])

    def test_another_account_withdraws(self):
        op = self.hand_out()
        zones = self.world.folder / "zones"
        zones.mkdir(exist_ok=True)
        config = json.loads(self.world.config.read_text())
        config["accounts"]["files"] = {"provider": "zonefile",
                                       "path": str(zones)}
        config["defaults"]["account"] = "files"
        self.world.config.write_text(json.dumps(config))
        self.assertIn("operation.abandoned",
                      self.names(self.day, 7, check=False))
        self.assertEqual(self.all_tickets(), {op: "withdrawn"})

    def test_without_a_folder(self):
        self.tickets.rmdir()
        try:
            events = self.run_on(self.day, check=False)
        finally:
            self.tickets.mkdir()
        self.assertEqual([e["event"] for e in events],
                         ["operation.intent", "operation.failed", "run.end"])
        self.assertEqual(events[-1]["exit"], 3)
        self.assertIn(str(self.tickets), events[1]["text"])
        self.names(self.day, 7)
        self.assertEqual(list(self.all_tickets().values()), ["open"])

    def strace(self, *options):
        return subprocess.run(
            ["strace", "-f", "-qq", *options, str(PROGRAM), "advance",
             "--config", str(self.world.config),
             "--now", world.morning(self.day)],
            cwd=self.world.folder, timeout=120, check=False,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode

    def test_killed_anywhere_it_hands_out_one_ticket(self):
        trace = self.world.folder / "trace"
        self.assertEqual(self.strace(
            "-o", str(trace), "-e", "trace=" + ",".join(CALLS)), 0)
        counts = dict.fromkeys(CALLS, 0)
        for line in trace.read_text(errors="replace").splitlines():
            call = line.split(None, 1)[1].split("(", 1)[0]
            counts[call] = counts.get(call, 0) + 1
        killed = between = 0
        for call, most in CALLS.items():
            tries = min(counts[call], most)
            for i in range(tries):
                # From the end: the last calls are about the ticket.
                nth = counts[call] - i * counts[call] // tries
                case = f"{call} {nth} of {counts[call]}"
                self.setUp()
                killed += self.strace(
                    "-o", "/dev/null", "-e", f"trace={call}", "-e",
                    f"inject={call}:signal=SIGKILL:when={nth}") in (-9, 137)
                between += len(list(self.tickets.glob("*"))) == 1
                self.names(self.day, 7)
                with self.subTest(case):
                    self.check_one_ticket(case)
        print(f"{killed} killed, {between} between the two files ", end="")
        self.assertGreater(killed, 15)
        self.assertGreater(between, 0)

    def check_one_ticket(self, case):
        for path in self.tickets.glob(".*"):
            path.unlink()  # a temporary file of the killed run
        self.assertEqual(
            [s for s in self.all_tickets().values() if s != "withdrawn"],
            ["open"], case)
        with contextlib.closing(sqlite3.connect(self.world.database)) as db:
            rows = db.execute("SELECT id, state FROM op WHERE state < 4")
            [(op, state)] = rows.fetchall()
        self.assertEqual((self.ticket(op)["status"], state), ("open", 3), case)
        self.do(self.ticket(op))
        self.assertIn("operation.verified", self.names(self.day, 8), case)
        self.assertEqual(self.ticket(op)["status"], "done", case)


class Downwards(Base, unittest.TestCase):
    """A ticket towards reject is out when mail begins to fail."""

    OLD = f"v=DMARC1; p=quarantine; {RUA}"
    MAILS = [OWN, VENDOR + f"{DOMAIN}/v1 pass"]
    BROKEN = [OWN, VENDOR + f"{DOMAIN}/v1:fail fail"]
    DAY = 60

    def hand_out(self):
        self.assertIn("ticket.out", self.names(self.day))
        [(op, status)] = self.all_tickets().items()
        self.assertEqual(status, "open")
        self.assertIn("p=reject", self.ticket(op)["after"]["values"][0])
        return op

    def check_down(self, op):
        """The first ticket is withdrawn, the second asks for none."""
        self.assertEqual(self.all_tickets(), {op: "withdrawn", op + 1: "open"})
        down = self.ticket(op + 1)
        self.assertEqual((down["from"], down["to"]), ("quarantine", "none"))
        self.do(down)
        self.assertIn("operation.verified", self.names(self.day, 10))
        self.assertEqual(self.all_tickets(), {op: "withdrawn", op + 1: "done"})
        self.assertEqual(self.served(), [[f"v=DMARC1; p=none; {RUA}"]] * 2)
        self.assertEqual(self.status(11)["step"], "cooldown")

    def test_a_step_back_withdraws_and_asks_for_its_own(self):
        op = self.hand_out()
        for _ in range(4):
            self.pass_day(self.BROKEN)
            if "ticket.out" in self.names(self.day):
                break
        self.assertIn("vendor.example", self.ticket(op)["note"])
        self.assertIn("vendor.example", self.ticket(op + 1)["reason"])
        self.check_down(op)

    def test_a_rollback_withdraws_and_asks_for_its_own(self):
        op = self.hand_out()
        self.world.run("rollback", DOMAIN, "--reason", "they asked",
                       now=world.morning(self.day, 7))
        self.assertEqual(self.ticket(op)["note"], "superseded by a rollback")
        # A person decided it: no decision of ours takes it back.
        self.pass_day()
        self.assertEqual(self.names(self.day), ["domain.waits", "run.end"])
        self.check_down(op)


class Fresh(Base, unittest.TestCase):
    """No record yet: the first ticket asks for one."""

    OLD = ""
    MAILS = []
    DAY = 0

    def test_a_record_is_created(self):
        self.assertIn("ticket.out", self.names(self.day))
        [(op, status)] = self.all_tickets().items()
        ticket = self.ticket(op)
        self.assertEqual((status, ticket["from"], ticket["before"]),
                         ("open", None, None))
        self.assertIn("Now there is none.",
                      (self.tickets / f"{DOMAIN}-{op}.txt").read_text())
        self.assertEqual(self.names(self.day + 1),
                         ["domain.waits", "run.end"])
        self.do(ticket)
        self.assertEqual(self.names(self.day + 1, 7),
                         ["operation.verified", "run.end"])
        self.assertEqual(self.all_tickets(), {op: "done"})
        self.assertEqual(self.served(), [[f"v=DMARC1; p=none; {RUA}"]] * 2)


class Parked(Base, unittest.TestCase):
    """Three tickets, each wanted when the one before it is seen."""

    OLD = ""
    MAILS = []
    DAY = 0

    def do(self, ticket, ports=None):
        name, rtype = (ticket["rrset"][k] for k in ("name", "type"))
        after = ticket["after"]
        for port in self.ports:
            servers.nsupdate(
                port, f"zone {DOMAIN}", f"del {name} {rtype}",
                *(f"add {name} {after['ttl']} {rtype} {text}"
                  for text in after["presentation"]))

    def test_parts_go_one_by_one(self):
        self.configure(policy="parked",
                       parked={"confirmed": "sends nothing"})
        asked = []
        for hour in range(8):
            self.run_on(self.day, hour)
            for op, status in self.all_tickets().items():
                if status == "open":
                    ticket = self.ticket(op)
                    asked.append((ticket["rrset"]["name"],
                                  ticket["after"]["values"]))
                    self.assertEqual(
                        self.names(self.day, hour), ["domain.waits",
                                                     "run.end"])
                    self.do(ticket)
        self.assertEqual(asked, [
            (NAME, ["v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; "
                    f"aspf=s; {RUA}"]),
            (DOMAIN, ["v=spf1 -all"]),
            (DOMAIN, ["0 ."])])
        self.assertEqual(list(self.all_tickets().values()), ["done"] * 3)
        self.assertEqual(self.status(9)["step"], "parked")

    def test_a_pause_withdraws(self):
        self.configure(policy="parked",
                       parked={"confirmed": "sends nothing"})
        self.run_on(self.day)
        self.world.run("pause", DOMAIN, "--reason", "not yet",
                       now=world.morning(self.day, 7))
        self.run_on(self.day, 8)
        self.assertEqual(list(self.all_tickets().values()), ["withdrawn"])


if __name__ == "__main__":
    unittest.main()
