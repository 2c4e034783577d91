"""The line that ingest shows on a terminal while it reads."""

import os
import pty
import re
import subprocess
import tempfile
import unittest

import servers
import world

DOMAIN = "klant.example"
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
MAILS = ["own ip=192.0.2.10 n=90 pass dkim=klant.example/s1 "
         "spf=klant.example"]
ERASE = "\r\x1b[K"
LINE = re.compile(
    r"drop(  [#.]{5,30})?  (\d+)/(\d+)  \d+/s(  ETA (\d+:)?\d?\d:\d\d)?")


class Progress(unittest.TestCase):
    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        (self.world.folder / "zones").mkdir()
        [port] = servers.free_ports(1)
        self.world.configure({"provider": "zonefile", "path": "zones/"},
                             {DOMAIN: ([port], {})})
        self.world.report(DOMAIN, 0, RECORD, MAILS, days=30)
        # Enough to be at it for some tenths of a second.
        for i in range(20000):
            (self.world.incoming / f"z{i:05}").write_bytes(b"no report")

    def ingest(self, *words, term="xterm", columns=80):
        """stdout, and what the terminal got."""
        main, side = pty.openpty()
        self.addCleanup(os.close, main)
        pid_env = {**os.environ, "TERM": term}
        subprocess.run(["stty", "cols", str(columns)], stdin=side, check=True)
        # A file: nobody reads a pipe while the terminal is read.
        with tempfile.TemporaryFile() as out, subprocess.Popen(
                [world.ROLLOUT, "ingest", *words, "--now", world.morning(31),
                 "--config", self.world.config], env=pid_env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=side) as run:
            os.close(side)
            shown = b""
            while True:
                try:
                    octets = os.read(main, 65536)
                except OSError:
                    break
                if not octets:
                    break
                shown += octets
            run.wait()
            out.seek(0)
            answer = out.read().decode()
        self.assertEqual(run.returncode, 0)
        return answer, shown.decode()

    def test_a_line_that_goes_away(self):
        answer, shown = self.ingest()
        self.assertIn("20060 files: 60 new reports", answer)
        self.assertTrue(shown.startswith(ERASE) and shown.endswith(ERASE))
        lines = shown.split(ERASE)[1:-1]
        self.assertTrue(lines)
        done = []
        for line in lines:
            found = LINE.fullmatch(line)
            self.assertTrue(found, line)
            self.assertLess(len(line), 80)
            self.assertEqual(found[3], "20060")
            done.append(int(found[2]))
        self.assertEqual(done, sorted(done))

    def test_a_narrow_terminal(self):
        _, shown = self.ingest(columns=24)
        for line in shown.split(ERASE):
            self.assertLess(len(line), 24)

    def test_where_it_does_not_belong(self):
        for words, term in ((("--json",), "xterm"), ((), "dumb")):
            with self.subTest(words=words, term=term):
                _, shown = self.ingest(*words, term=term)
                self.assertEqual(shown, "")


if __name__ == "__main__":
    unittest.main()
