"""Plays tests/scenario/*.txt: reports arrive, days pass, the program runs,
the world is as the script says; and then flipped, when its one key fact is
another.  A domain in a zone file served by Knot.  The words of a script are
explained in tests/scenario/README.md.
"""

import concurrent.futures
import contextlib
import fnmatch
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import script
import servers
import world

DOMAIN = "klant.example"
RUA = "mailto:rua@msp.example"

# Somebody else than who runs the tests: the kernel's note of who logged in.
SOMEBODY = ("sh", "-c", 'echo "$0" >/proc/self/loginuid && exec "$@"')


class Play:
    """One script being played: do_* are the words that act, see_* those that
    look."""

    def __init__(self, lines, folder, cleanup):
        self.lines = lines
        self.day = 0
        self.hour = "06:00"
        self.ahead = 0
        self.settings = {}
        self.domains = [DOMAIN]
        self.started = False
        self.mails = {}
        self.zone = []
        self.reverses = {}
        self.edits = 0
        self.subs = {}
        self.signal = None
        self.explained = []
        self.known = None
        self.world = folder
        [self.port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", self.port, [])
        cleanup.callback(self.knot.stop)

    def play(self):
        """The texts of explain."""
        for number, text in self.lines:
            word, _, rest = text.partition(" ")
            try:
                if hasattr(self, f"see_{word}"):
                    getattr(self, f"see_{word}")(self.fill(rest.strip()))
                else:
                    self.known = None
                    getattr(self, f"do_{word}")(rest.strip())
            except AssertionError as wrong:
                raise AssertionError(
                    f"line {number}, day {self.day}: {text}\n{wrong}"
                ) from wrong
        return "\n".join(self.explained)

    @staticmethod
    def fill(text, domain=DOMAIN):
        return text.replace("{domain}", domain).replace("{rua}", RUA)

    def now(self):
        return f"{world.date(self.day + self.ahead)}T{self.hour}:00Z"

    @staticmethod
    def equal(got, wanted, *more):
        if got != wanted:
            raise AssertionError(
                f"wanted {wanted!r}, got {got!r} {' '.join(more)}")

    def do_set(self, rest):
        name, value = rest.split(None, 1)
        self.settings[name] = (json.loads(value) if value[0] in "[{"
                               else value)
        if self.started:
            self.configure()

    def do_zone(self, line):
        self.zone.append(line)
        if self.started:
            self.rezone()

    def do_unzone(self, begin):
        """Somebody else takes out the lines that begin so."""
        self.zone = [line for line in self.zone if not line.startswith(begin)]
        self.rezone()

    def rezone(self):
        """The zone without its _dmarc record has changed."""
        self.reload("".join(servers.txt(self.port, f"_dmarc.{DOMAIN}")))
        wanted = 1000 + self.edits
        servers.wait_until(
            lambda: servers.serial(self.port, DOMAIN) == wanted,
            "the edited zone")

    def do_reverse(self, rest):
        """The PTR record of an address, in the zone of its /24."""
        address, name = self.fill(rest).split()
        *network, host = address.split(".")
        zone = ".".join([*reversed(network), "in-addr.arpa"])
        self.reverses.setdefault(zone, []).append(f"{host} IN PTR {name}.")

    def do_others(self, count):
        """As many domains more, each of another client, in the same state."""
        self.domains = [f"andere{i}.example" for i in range(1, int(count) + 1)
                        ] + [DOMAIN]

    def write_zone(self, domain, record, number=1):
        self.knot.write_zone(
            domain, [self.fill(line, domain) for line in self.zone] + (
                [f'_dmarc IN TXT "{self.fill(record)}"'] if record else []),
            number)

    def do_start(self, record):
        """What is published on day 0; the first run adopts it."""
        for domain in self.domains:
            self.write_zone(domain, record)
        for zone, lines in self.reverses.items():
            self.knot.write_zone(zone, lines)
        self.knot.zones = [*self.domains, *self.reverses]
        self.knot.run()
        self.started = True
        self.configure()
        self.advance()

    def configure(self):
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-s", str(self.knot.socket),
                                    "zone-reload"]}},
            {domain: ([self.port], self.settings)
             for domain in self.domains}, apart=True,
            zones={zone: [self.port] for zone in self.reverses})

    def do_mail(self, rest):
        self.mails[rest.split()[0]] = rest

    def do_nomail(self, name):
        del self.mails[name]

    def do_signal(self, rest):
        """A helpdesk says this about the domain from now on."""
        word, _, reason = rest.partition(" ")
        self.signal = {"signal": word, "at": self.now()}
        if reason:
            self.signal["reason"] = self.fill(reason)
        self.write_signal()

    def do_nosignal(self, _):
        """It writes nothing any more; what it wrote stays."""
        self.signal = None

    def write_signal(self):
        if self.signal is not None:
            (self.world.folder / "helpdesk.json").write_text(json.dumps({
                "schema": "rollout.signal/1", "at": self.now(),
                "domains": {DOMAIN: self.signal}}))

    def do_sub(self, rest):
        """A name below the domain has a record, and mail of its own."""
        name, record = rest.split(None, 1)
        self.subs[name] = record
        self.do_zone(f'_dmarc.{name} IN TXT "{self.fill(record)}"')

    def advance(self):
        self.world.run("advance", "--json", now=self.now())

    def do_days(self, count):
        """Days pass; their reports come and one run looks at them."""
        records = servers.txts(
            self.port, [f"_dmarc.{domain}" for domain in self.domains])
        for domain in self.domains:
            # Nobody sends reports about a domain without a record.
            if self.mails and records[f"_dmarc.{domain}"]:
                self.world.report(
                    domain, self.day, records[f"_dmarc.{domain}"][0],
                    [self.fill(mail, domain) for mail in self.mails.values()],
                    int(count))
        for name, record in self.subs.items():
            self.world.report(
                f"{name}.{DOMAIN}", self.day, self.fill(record),
                ["sub ip=198.51.100.60 n=10 fail"], int(count))
        self.day += int(count)
        self.write_signal()
        self.world.ingest(self.now())
        self.advance()

    def do_run(self, rest, wrap=()):
        status, *words = shlex.split(self.fill(rest))
        done = self.world.run(*words, now=self.now(), check=False, wrap=wrap)
        self.equal(done.returncode, int(status), done.stdout, done.stderr)

    def do_as(self, rest):
        """The same by somebody else."""
        uid, rest = rest.split(None, 1)
        if subprocess.run([*SOMEBODY, uid, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            raise unittest.SkipTest("this user cannot be somebody else")
        self.do_run(rest, (*SOMEBODY, uid))

    def do_at(self, hour):
        """From now on it is this time of the day (UTC)."""
        self.hour = hour

    def do_clock(self, days):
        """The clock of the machine is so many days ahead."""
        self.ahead = int(days)

    def reload(self, record):
        """Knot reads the zone anew, which now has this record."""
        self.edits += 1
        self.write_zone(DOMAIN, record, 1000 + self.edits)
        subprocess.run(["knotc", "-b", "-s", str(self.knot.socket),
                        "zone-reload"], check=True, timeout=30,
                       stdout=subprocess.DEVNULL)

    def do_edit(self, record):
        """Somebody else changes the record; nothing: deletes it."""
        record = self.fill(record)
        self.reload(record)
        servers.wait_until(
            lambda: servers.txt(self.port, f"_dmarc.{DOMAIN}")
            == [record] * bool(record), "the edited record")

    def see_date(self, text):
        """Check that the script and the calendar agree."""
        self.equal(world.date(self.day), text)

    def see_record(self, text):
        self.equal(servers.txt(self.port, f"_dmarc.{DOMAIN}"), [text])

    def see_apex(self, rest):
        """What Knot serves at the domain itself, sorted."""
        rtype, *values = rest.split(" | ")
        got = sorted(line.split(None, 4)[4]
                     for line in servers.dig(self.port, DOMAIN, rtype))
        self.equal(got, values)

    def status(self):
        """What status says; asked once until something happens."""
        if self.known is None:
            self.known = self.world.domain(DOMAIN, self.now())
        return self.known

    def see_rung(self, name):
        self.equal(self.status()["stage"]["name"], name)

    def see_step(self, name):
        self.equal(self.status()["step"], name)

    def see_overlays(self, names):
        self.equal(sorted(self.status()["overlays"]), sorted(names.split()))

    def reasons(self):
        return [r["gate"] for r in self.status()["reasons"]]

    def see_holds(self, gate):
        """This gate is among the reasons to wait."""
        if gate not in self.reasons():
            raise AssertionError(f"holds: {' '.join(self.reasons())}")

    def see_passes(self, gate):
        """It is not."""
        if gate in self.reasons():
            raise AssertionError(f"holds: {' '.join(self.reasons())}")

    def see_shadows(self, names):
        """Exactly these names below it are told to have their own record."""
        told = self.world.json("status", now=self.now())["shadows"]
        self.equal(sorted(s["domain"] for s in told),
                   [f"{name}.{DOMAIN}" for name in sorted(names.split())])
        for verb in ["plan"], ["explain", DOMAIN]:
            self.equal(self.world.json(*verb, now=self.now())["shadows"], told)

    def see_explain(self, _):
        text = self.world.run("explain", DOMAIN, now=self.now()).stdout
        self.explained.append(f"# Day {self.day}, {self.now()}\n{text}")


CHECKS = {name[4:] for name in dir(Play) if name.startswith("see_")}


def play(lines):
    with contextlib.ExitStack() as stack:
        folder = world.World()
        stack.callback(folder.close)
        return Play(lines, folder, stack).play()


def play_both(path):
    """As it is and flipped, both said if both are wrong."""
    text = script.Script(path, CHECKS)
    wrong = []
    for lines, name in ((text.as_it_is(), "as it is"),
                        (text.flipped(), "flipped")):
        try:
            explained = play(lines)
            if name == "as it is":
                text.compare(explained)
        except AssertionError as what:
            wrong.append(f"{path.name}, {name}: {what}")
    if wrong:
        raise AssertionError("\n".join(wrong))


class Format(unittest.TestCase):
    """A script that proves nothing is refused before it is played."""

    def read(self, *lines):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("\n".join(lines))
            file.flush()
            return script.Script(pathlib.Path(file.name), CHECKS)

    def test_the_flipped_world_ends_with_the_last_verdict(self):
        text = self.read("# why", "mail a n=1", "flip mail a n=2", "days 3",
                         "rung none", "flip rung reject", "explain", "days 4")
        self.assertEqual(text.as_it_is(), [
            (2, "mail a n=1"), (4, "days 3"), (5, "rung none"),
            (7, "explain"), (8, "days 4")])
        self.assertEqual(text.flipped(), [
            (2, "mail a n=2"), (4, "days 3"), (5, "rung reject")])

    def test_every_script_has_its_place_in_the_table(self):
        folder = world.TOP / "tests/scenario"
        told = re.findall(r"`([a-z0-9*-]+)`", (folder / "README.md")
                          .read_text().partition("## What is told")[2])
        self.assertEqual([], [
            path.stem for path in SCRIPTS
            if not any(fnmatch.fnmatch(path.stem, name) for name in told)])
        self.assertEqual([], [name for name in told
                              if not list(folder.glob(f"{name}.txt"))])

    def test_every_word_is_explained(self):
        told = (world.TOP / "tests/scenario/README.md").read_text()
        for word in [name[3:] for name in dir(Play) if name.startswith("do_")
                     ] + sorted(CHECKS):
            with self.subTest(word):
                self.assertRegex(told, rf"`{word}[ `]")

    def test_refused(self):
        for why, lines in {
                "no flip": ["days 3", "rung none", "explain"],
                "no verdict": ["days 3", "flip days 2", "rung none",
                               "explain"],
                "no fact": ["rung none", "flip rung reject", "explain"],
                "two facts": ["days 3", "flip days 2", "days 4",
                              "flip days 5", "rung none",
                              "flip rung reject", "explain"],
                "the fact comes late": ["rung none", "flip rung reject",
                                        "days 3", "flip", "explain"],
                "nothing turns": ["days 3", "flip days 3", "explain"],
                "nothing above": ["flip days 3", "explain"],
                "a check left out": ["days 3", "flip", "rung none", "flip",
                                     "explain"],
                "no golden text": ["days 3", "flip", "rung none",
                                   "flip rung reject"]}.items():
            with self.subTest(why), self.assertRaises(AssertionError):
                self.read(*lines)


class Scenario(unittest.TestCase):
    """One test for each script, added below."""


# All are played at the same time, as far as the machine can: most of the
# time of one is waiting for programs to start.
POOL = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
PLAYS = {}


def load_tests(_loader, tests, _pattern):
    for path in SCRIPTS:
        PLAYS[path] = POOL.submit(play_both, path)
    return tests


def add(path):
    def test(_):
        (PLAYS.get(path) or POOL.submit(play_both, path)).result()
    setattr(Scenario, "test_" + path.stem.replace("-", "_"), test)


SCRIPTS = sorted((world.TOP / "tests/scenario").glob("*.txt"))
for script_path in SCRIPTS:
    add(script_path)

if __name__ == "__main__":
    unittest.main()
