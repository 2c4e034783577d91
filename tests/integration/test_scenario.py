"""Plays tests/scenario/*.txt: reports arrive, days pass, the program runs,
the world is as the script says.  One domain in a zone file served by Knot.
The words of a script are explained in tests/scenario/README.md.
"""

import json
import shlex
import subprocess
import unittest

import servers
import world

DOMAIN = "klant.example"
NAME = f"_dmarc.{DOMAIN}"
RUA = "mailto:rua@msp.example"

# Somebody else than who runs the tests: the kernel's note of who logged in.
SOMEBODY = ("sh", "-c", 'echo "$0" >/proc/self/loginuid && exec "$@"')


class Play:
    """One script being played."""

    def __init__(self, path, cleanup):
        self.path = path
        self.line = 0
        self.day = 0
        self.hour = "06:00"
        self.settings = {}
        self.started = False
        self.mails = {}
        self.lines = []
        self.world = world.World()
        cleanup(self.world.close)
        [self.port] = servers.free_ports(1)
        self.knot = servers.Knot(self.world.folder / "knot", self.port,
                                 [DOMAIN])
        cleanup(self.knot.stop)

    def play(self):
        for self.line, text in enumerate(
                self.path.read_text().splitlines(), 1):
            words = text.split(None, 1)
            if not words or words[0].startswith("#"):
                continue
            rest = words[1].strip() if len(words) > 1 else ""
            rest = rest.replace("{domain}", DOMAIN).replace("{rua}", RUA)
            getattr(self, f"do_{words[0]}")(rest)

    def now(self):
        return f"{world.date(self.day)}T{self.hour}:00Z"

    def equal(self, got, wanted, *more):
        if got != wanted:
            raise AssertionError(
                f"{self.path.name}:{self.line}: day {self.day}: "
                f"wanted {wanted!r}, got {got!r} {' '.join(more)}")

    def do_set(self, rest):
        name, value = rest.split(None, 1)
        self.settings[name] = (json.loads(value) if value[0] in "[{"
                               else value)
        if self.started:
            self.configure()

    def do_zone(self, line):
        self.lines.append(line)

    def do_start(self, record):
        """What is published on day 0; the first run adopts it."""
        self.knot.write_zone(DOMAIN, self.lines + (
            [f'_dmarc IN TXT "{record}"'] if record else []))
        self.knot.run()
        self.started = True
        self.configure()
        self.advance()

    def configure(self):
        self.world.configure(
            {"provider": "zonefile", "path": str(self.knot.zone_folder),
             "reload": {"command": ["knotc", "-s", str(self.knot.socket),
                                    "zone-reload"]}},
            {DOMAIN: ([self.port], self.settings)})

    def do_mail(self, rest):
        self.mails[rest.split()[0]] = rest

    def do_nomail(self, name):
        del self.mails[name]

    def advance(self):
        self.world.run("advance", "--json", now=self.now())

    def do_days(self, count):
        """Days pass; their reports come and one run looks at them."""
        records = servers.txt(self.port, NAME)
        # Nobody sends reports about a domain without a record.
        if self.mails and records:
            self.world.report(DOMAIN, self.day, records[0],
                              self.mails.values(), int(count))
        self.day += int(count)
        self.world.ingest(self.now())
        self.advance()

    def do_run(self, rest):
        status, *words = shlex.split(rest)
        done = self.world.run(*words, now=self.now(), check=False)
        self.equal(done.returncode, int(status), done.stdout, done.stderr)

    def do_as(self, rest):
        """The same by somebody else."""
        uid, status, *words = shlex.split(rest)
        if subprocess.run([*SOMEBODY, uid, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            raise unittest.SkipTest("this user cannot be somebody else")
        done = self.world.run(*words, now=self.now(), check=False,
                              wrap=(*SOMEBODY, uid))
        self.equal(done.returncode, int(status), done.stdout, done.stderr)

    def do_at(self, hour):
        """From now on it is this time of the day (UTC)."""
        self.hour = hour

    def do_date(self, text):
        """Check that the script and the calendar agree."""
        self.equal(world.date(self.day), text)

    def do_edit(self, record):
        """Somebody else changes the record; nothing: deletes it."""
        self.knot.write_zone(DOMAIN, self.lines + (
            [f'_dmarc IN TXT "{record}"'] if record else []),
            number=1000 + self.line)
        subprocess.run(["knotc", "-b", "-s", str(self.knot.socket),
                        "zone-reload"], check=True, timeout=30,
                       stdout=subprocess.DEVNULL)
        servers.wait_until(
            lambda: servers.txt(self.port, NAME) == [record] * bool(record),
            "the edited record")

    def do_record(self, text):
        self.equal(servers.txt(self.port, NAME), [text])

    def do_apex(self, rest):
        """What Knot serves at the domain itself, sorted."""
        rtype, *values = rest.split(" | ")
        got = sorted(line.split(None, 4)[4]
                     for line in servers.dig(self.port, DOMAIN, rtype))
        self.equal(got, values)

    def status(self):
        return self.world.domain(DOMAIN, self.now())

    def do_rung(self, name):
        self.equal(self.status()["stage"]["name"], name)

    def do_step(self, name):
        self.equal(self.status()["step"], name)

    def do_overlays(self, names):
        self.equal(sorted(self.status()["overlays"]), sorted(names.split()))

    def do_holds(self, gate):
        """This gate is among the reasons to wait."""
        gates = [r["gate"] for r in self.status()["reasons"]]
        self.equal(gate in gates, True, str(gates))


class Scenario(unittest.TestCase):
    """One test for each script, added below."""


def add(path):
    def test(self):
        Play(path, self.addCleanup).play()
    setattr(Scenario, "test_" + path.stem.replace("-", "_"), test)


for script in sorted((world.TOP / "tests/scenario").glob("*.txt")):
    add(script)

if __name__ == "__main__":
    unittest.main()
