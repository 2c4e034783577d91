"""Two runs of advance at once, two hundred times: one works, the other says
who has the lock; nothing is done twice, in the history or in DNS.

The run that has the lock publishes one record, and its reload command waits
until the other run has gone: they always meet.
"""

import collections
import json
import os
import subprocess
import unittest

import servers
import world

# Four hundred starts: the build without sanitizers is quicker.
PROGRAM = os.environ.get("ROLLOUT_RELEASE", world.ROLLOUT)
ROUNDS = 200
PER_CLIENT = 10
NOW = world.morning(0)
RUA = "mailto:rua@msp.example"

# The reload command of the account: wait for the test's word, then reload.
RELOAD = """#!/bin/sh
i=0
while [ ! -e go ] && [ $i -lt 2000 ]; do sleep 0.01; i=$((i + 1)); done
exec knotc -b -s knot.sock zone-reload "$1"
"""


def name(i):
    return f"d{i}.example"


class Parallel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        [port] = servers.free_ports(1)
        cls.port = port
        cls.names = [name(i) for i in range(ROUNDS)]
        cls.knot = servers.Knot(cls.world.folder / "knot", port, cls.names)
        for zone in cls.names:
            cls.knot.write_zone(zone)
        cls.knot.run()
        cls.addClassCleanup(cls.knot.stop)
        (cls.world.folder / "knot.sock").symlink_to(cls.knot.socket)
        reload = cls.world.folder / "reload"
        reload.write_text(RELOAD)
        reload.chmod(0o755)
        cls.world.config.write_text(json.dumps({
            "version": 1,
            "state": {"database": str(cls.world.database)},
            "clock": "virtual",
            "dns": {"servers": {zone: [f"{servers.HOST}@{port}"]
                                for zone in cls.names},
                    "verify_wait": "10s"},
            "accounts": {"main": {
                "provider": "zonefile", "path": str(cls.knot.zone_folder),
                "reload": {"command": [str(reload), "{zone}"]}}},
            # One record a run: the rest waits for the next round.
            "limits": {"max_changes": 1},
            "defaults": {"policy": "standard", "account": "main", "rua": RUA},
            "clients": {
                f"c{c}": {"domains": {
                    zone: {} for zone in
                    cls.names[c * PER_CLIENT:(c + 1) * PER_CLIENT]}}
                for c in range(ROUNDS // PER_CLIENT)},
        }))

    def both(self, client):
        """Start two at once; their (status, stdout, stderr), loser first."""
        go = self.world.folder / "go"
        go.unlink(missing_ok=True)
        command = [str(PROGRAM), "advance", "--client", client, "--now",
                   NOW, "--config", str(self.world.config)]
        runs = [subprocess.Popen(command, cwd=self.world.folder,
                                 stdin=subprocess.DEVNULL, text=True,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(2)]
        try:
            servers.wait_until(lambda: any(r.poll() is not None for r in runs),
                               "neither of two runs gave way")
        finally:
            go.touch()
        runs.sort(key=lambda r: r.poll() is None)
        return [(r.returncode, *said) for r in runs
                for said in [r.communicate(timeout=60)]]

    def test_one_works_the_other_gives_way(self):
        for i in range(ROUNDS):
            loser, winner = self.both(f"c{i // PER_CLIENT}")
            with self.subTest(round=i):
                self.assertEqual(loser[0], 75, loser)
                self.assertIn("another run holds the lock", loser[2])
                self.assertEqual(loser[1], "")
                self.assertEqual(winner[0], 0, winner)
                self.assertIn("1 changed, 0 verifying, 0 failed", winner[1])
        self.check_history()
        self.check_dns()

    def check_history(self):
        """Each domain got its record once, and nothing else happened."""
        events = collections.defaultdict(list)
        for event in self.world.json("history", now=NOW)["events"]:
            events[event["domain"]].append(event["event"])
        self.assertEqual(sorted(events), sorted(self.names))
        for domain, kinds in events.items():
            self.assertEqual(
                kinds, ["adopted", "intent", "sent", "verified"], domain)

    def check_dns(self):
        served = servers.txts(self.port,
                              [f"_dmarc.{zone}" for zone in self.names])
        for owner, values in served.items():
            self.assertEqual(values, [f"v=DMARC1; p=none; rua={RUA}"], owner)


if __name__ == "__main__":
    unittest.main()
