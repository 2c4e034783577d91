"""The parts of the benchmark; see docs/performance.md.

Each part runs ours and the floor in turn and prints the medians, their ratio
and what it is meant to be.  What the runs produced is checked as well.
"""

import contextlib
import email.message
import gzip
import json
import os
import pathlib
import pty
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/integration"))

# pylint: disable=wrong-import-position
import servers  # noqa: E402

RUNS = 7
NOW = "2026-03-02T06:00:00Z"
OLD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
NEW = "v=DMARC1; p=quarantine; rua=mailto:rua@msp.example; pct=10; t=y"


def usage(command):
    """One run: seconds of the clock, and what it and its children used."""
    start = time.monotonic()
    # pylint: disable=consider-using-with
    child = subprocess.Popen([str(word) for word in command],
                             stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        raise RuntimeError(f"{command[0]}: status {status}")
    return time.monotonic() - start, used


def largest(command):
    """MiB of the largest process of a run.  A process begins with the peak of
    the one that started it: so that is a small one, started for this."""
    launcher = ("import resource, subprocess, sys\n"
                "subprocess.run(sys.argv[1:], check=True,"
                " stdout=subprocess.DEVNULL)\n"
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    ran = subprocess.run(
        [sys.executable, "-S", "-c", launcher,
         *(str(word) for word in command)],
        check=True, stdout=subprocess.PIPE)
    return int(ran.stdout) / 1024


def used_by(pid):
    """Seconds of the processor of a process and its children, by now."""
    ticks = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, words = path.read_text().rsplit(")", 1)
            words = words.split()
            if pid in (int(name.split()[0]), int(words[1])):
                ticks += int(words[11]) + int(words[12])
            if pid == int(name.split()[0]):
                ticks += int(words[13]) + int(words[14])  # those that ended
    return ticks / os.sysconf("SC_CLK_TCK")


def tenths(command):
    """What each tenth of an ingest costs, by the line that it shows."""
    main, side = pty.openpty()
    spent = []
    with subprocess.Popen([str(word) for word in command], stderr=side,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          env={**os.environ, "TERM": "xterm"}) as run:
        os.close(side)
        while True:
            try:
                shown = os.read(main, 4096).decode()
            except OSError:
                break
            for done, total in re.findall(r"(\d+)/(\d+)", shown):
                while (int(done) >= (len(spent) + 1) * int(total) // 10
                       and len(spent) < 9):
                    spent.append(used_by(run.pid))
            if spent and shown.endswith("\r\x1b[K"):
                spent[9:] = [used_by(run.pid)]
    os.close(main)
    if run.returncode != 0 or len(spent) != 10:
        raise RuntimeError(f"{command[0]}: status {run.returncode}")
    return [b - a for a, b in zip([0, *spent], spent)]


def cost(command, cpu):
    """Seconds of one run: of the processor or of the clock."""
    wall, used = usage(command)
    return used.ru_utime + used.ru_stime if cpu else wall


def told(command):
    """Seconds that a program says it took."""
    ran = subprocess.run([str(word) for word in command], check=True,
                         stdout=subprocess.PIPE)
    return float(ran.stdout)


def median(values):
    return sorted(values)[len(values) // 2]


def in_turn(ours, floor, runs=RUNS):
    """Medians of runs that take turns, so that a slow minute hits both."""
    pairs = [(floor(), ours()) for _ in range(runs)]
    return median([o for _, o in pairs]), median([f for f, _ in pairs])


def show(what, ours, floor, target):
    ratio = ours / floor
    print(f"{what:44} {ours * 1000:9.1f} {floor * 1000:9.1f} {ratio:6.2f}"
          f"   <= {target:.2f}{'' if ratio <= target else '   MISSED'}")


def show_time(what, ours, target=None):
    limit = "" if target is None else (
        f"   <= {target * 1000:.0f} ms"
        f"{'' if ours <= target else '   MISSED'}")
    print(f"{what:44} {ours * 1000:9.1f} {'':9} {'':6}{limit}")


def show_more(what, ratio, target):
    print(f"{what:44} {'':9} {'':9} {ratio:6.2f}"
          f"   >= {target:.2f}{'' if ratio >= target else '   MISSED'}")


def write_config(path, database, domains, **more):
    """A config of clients with 100 domains each."""
    key = path.with_name("key")
    key.touch(mode=0o600)
    key.write_text("bench\n")
    path.write_text(json.dumps({
        "version": 1, "clock": "virtual", **more,
        "state": {"database": str(database)},
        "accounts": {"main": {
            "provider": "powerdns", "endpoint": "http://127.0.0.1:1",
            "key": {"file": str(key)}}},
        "defaults": {"policy": "standard", "account": "main",
                     "rua": "mailto:rua@msp.example"},
        "clients": {f"c{i}": {"domains": {
            d: {} for d in domains[i:i + 100]}}
            for i in range(0, len(domains), 100)},
    }, indent=1) + "\n")
    return path


def forget(database):
    for path in database.parent.glob(database.name + "*"):
        path.unlink()


class Bench:
    """What the parts share: the build and a directory of their own."""

    def __init__(self, build, folder):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder)
        self.rollout = self.build / "orchestrator/rollout"

    def tool(self, name):
        return self.build / "tests/bench" / name

    # ---- ingest

    def made(self, name, reports, rows):
        """Made reports, the domains they are about, and what is in them."""
        folder = self.folder / name
        folder.mkdir()
        subprocess.run([self.tool("make_reports"), folder, str(reports),
                        str(rows), "1"], check=True)
        truth = [line.split("\t") for line in
                 pathlib.Path(f"{folder}.truth").read_text().splitlines()]
        return (folder, pathlib.Path(f"{folder}.domains").read_text().split(),
                truth)

    def reading(self, config, *paths):
        return [self.rollout, "ingest", "--config", config, "--now",
                "2026-01-20T06:00:00Z", "--trust", "trusted", *paths]

    def ingest(self):
        reports, domains, truth = self.made("reports", 2000, 200000)
        ours, floor = self.folder / "ours.db", self.folder / "floor.db"
        config = write_config(self.folder / "ingest.yaml", ours, domains)

        def run_ours():
            forget(ours)
            return cost(self.reading(config, reports), True)

        def run_floor():
            forget(floor)
            return cost([self.tool("floor_ingest"), floor, reports], True)

        first, least = in_turn(run_ours, run_floor)
        show("ingest, 2 000 reports, 200 000 rows (cpu)", first, least, 1.15)
        again = median([cost(self.reading(config, reports), True)
                        for _ in range(3)])
        show("the same once more, beside the first (cpu)", again, first, 0.4)
        self.check_ingest(ours, floor, truth)
        forget(ours)
        subprocess.run(self.reading(config, reports, self.dirt(reports)),
                       check=True, stdout=subprocess.DEVNULL)
        self.check_ingest(ours, floor, truth)

    def workers(self):
        """Two beside one, and what two processors can do at most."""
        reports, domains, truth = self.made("many", 10000, 1000000)
        ours = self.folder / "many.db"
        floors = [self.folder / f"many-floor{i}.db" for i in range(2)]
        configs = [write_config(self.folder / f"many{n}.yaml", ours, domains,
                                workers=n) for n in (1, 2)]

        def run_floors(databases):
            for database in databases:
                forget(database)
            since = time.monotonic()
            runs = [subprocess.Popen([self.tool("floor_ingest"), database,
                                      reports], stdout=subprocess.DEVNULL)
                    for database in databases]
            if any([run.wait() for run in runs]):
                raise RuntimeError("floor_ingest failed")
            return time.monotonic() - since

        def run_ours(config):
            forget(ours)
            spent = cost(self.reading(config, reports), False)
            self.check_ingest(ours, None, truth)
            return spent

        # Of neighbours in time: a processor is not as fast all the time.
        pairs = [(2 * run_floors(floors[:1]) / run_floors(floors),
                  run_ours(configs[0]) / run_ours(configs[1]))
                 for _ in range(RUNS)]
        most, ratio = (median(ratios) for ratios in zip(*pairs))
        print(f"{'two floors that share nothing beside one':44} {'':9} {'':9} "
              f"{most:6.2f}   (wall)")
        show_more("two workers beside one (wall)", ratio, 1.6)

    def dirt(self, reports):
        """What must change no total: copies, halves and noise."""
        folder = self.folder / "dirt"
        folder.mkdir()
        noise = random.Random(1)
        for i, path in enumerate(sorted(reports.iterdir())):
            octets = path.read_bytes()
            if i % 5 == 0:
                (folder / f"{i}.copy").write_bytes(octets)
            if i % 7 == 0:
                (folder / f"{i}.xml").write_bytes(gzip.decompress(octets))
            if i % 11 == 0:
                (folder / f"{i}.gz").write_bytes(octets[:len(octets) // 2])
            if i % 13 == 0:
                (folder / f"{i}.zip").write_bytes(noise.randbytes(3000))
        return folder

    def mail(self):
        """The same reports as files, and each in a mail of its own."""
        reports, domains, truth = self.made("posted", 2000, 200000)
        database = self.folder / "posted.db"
        for name in ("cur", "new", "tmp"):
            (self.folder / "maildir" / name).mkdir(parents=True)
        with open(self.folder / "mbox", "wb") as mbox:
            for i, path in enumerate(sorted(reports.iterdir())):
                mail = email.message.EmailMessage()
                mail["From"] = "reports@receiver.example"
                mail["Subject"] = "Report"
                mail.set_content("A report is attached.")
                mail.add_attachment(path.read_bytes(), "application", "gzip",
                                    filename=f"{i}.xml.gz")
                octets = mail.as_bytes()
                (self.folder / f"maildir/new/{i:06}.host").write_bytes(octets)
                mbox.write(b"From reports Mon Jan  5 06:00:00 2026\n" +
                           octets + b"\n")

        def run(kind, path):
            config = write_config(
                self.folder / f"{kind}.yaml", database, domains, reports=[{
                    "name": "r", "trust": "trusted",
                    kind: {"path": str(path)}}])
            forget(database)
            spent = cost([self.rollout, "ingest", "--config", config, "--now",
                          "2026-01-20T06:00:00Z"], True)
            self.check_ingest(database, None, truth)
            return spent

        for kind in ("maildir", "mbox"):
            show(f"ingest from {kind} beside files (cpu)", *in_turn(
                lambda k=kind: run(k, self.folder / k),
                lambda: run("directory", reports)), 1.25)

    def memory(self):
        """The largest process of a run, whatever it reads."""
        for count, rows in ((2000, 200000), (100000, 200000)):
            reports, domains, _ = self.made(f"m{count}", count, rows)
            database = self.folder / "memory.db"
            forget(database)
            mib = largest(self.reading(write_config(
                self.folder / "memory.yaml", database, domains), reports))
            print(f"{f'largest process, {count} reports':44} {mib:9.1f} MiB"
                  f"{'':13}   <= 32{'' if mib <= 32 else '   MISSED'}")

    def growth(self):
        """5 000 000 rows in one run: what each tenth of it costs."""
        reports, domains, truth = self.made("grown", 50000, 5000000)
        database = self.folder / "grown.db"
        config = write_config(self.folder / "grown.yaml", database, domains)
        spent = tenths(self.reading(config, reports))
        for tenth, seconds in enumerate(spent):
            show(f"100 000 rows beside {tenth * 500000} (cpu)", seconds / 5,
                 spent[0] / 5, 1.15)
        self.check_ingest(database, None, truth)

    @staticmethod
    def check_ingest(ours, floor, truth):
        """Every total of every domain and day, in both databases."""
        wanted = {(d, int(day)): (int(rows), int(good), int(bad))
                  for d, day, _, rows, good, bad in truth}
        with contextlib.closing(sqlite3.connect(ours)) as db:
            found = {(d, day): tuple(rest) for d, day, *rest in db.execute(
                "SELECT domain, day, sum(row_count), sum(dmarc_pass),"
                " sum(messages) - sum(dmarc_pass) - sum(unknown)"
                " FROM report GROUP BY domain, day")}
        if found != wanted:
            raise RuntimeError("ingest: totals differ from the truth")
        if floor is None:
            return
        with contextlib.closing(sqlite3.connect(floor)) as db:
            found = {(d, day): tuple(rest) for d, day, *rest in db.execute(
                "SELECT domain, day, rows, pass, fail FROM daily")}
        if found != wanted:
            raise RuntimeError("floor: totals differ from the truth")

    # ---- plan and status

    def plan(self):
        self.plan_of("plan", 300, 56, None)
        self.plan_of("plan", 10000, 56, 0.1)

    def year(self):
        """The same, with a report a day for a year about every domain."""
        self.plan_of("plan with a year", 10000, 365, 0.1)

    def plan_of(self, what, count, days, target):
        nothing = self.folder / "nothing"
        nothing.mkdir(exist_ok=True)
        database = self.folder / "plan.db"
        config = write_config(self.folder / "plan.yaml", database,
                              [f"d{i:05}.example" for i in range(count)])
        subprocess.run([self.tool("fill_store"), config, str(days), NOW],
                       check=True)
        words = ["--config", config, "--now", NOW]
        leave = cost([self.rollout, "ingest", *words, nothing], False)
        plans, anew, states = [], [], []
        for _ in range(5):
            plans.append(cost([self.tool("plan_store"), config, NOW], False))
            anew.append(cost(
                [self.tool("plan_store"), config, NOW, "all"], False))
            states.append(cost([self.rollout, "status", *words], False))
        show_time(f"{what}, without DNS, {count} domains", median(plans),
                  target)
        show_time("the same, the best of them", min(plans), target)
        show_time(f"the same, every domain decided, {count}", median(anew))
        show_time(f"status, {count} domains", median(states))
        show_time(f"ingest of nothing that leaves this, {count}", leave)
        forget(database)

    # ---- luck

    def luck(self):
        """Domains whose true failure rate is the limit, looked at daily;
        docs/gates.md quotes these shares."""
        docs = pathlib.Path(__file__).resolve().parents[2] / "docs"
        quoted = (docs / "gates.md").read_text()
        for clumps in ("none", "day", "rare"):
            out = subprocess.run(
                [self.rollout, "simulate", "made", "domains=10000",
                 "messages=50", "days=90", "fail=1%", f"clumps={clumps}",
                 "--answers", "never", "--json"], check=True,
                capture_output=True).stdout
            [total] = json.loads(out)["totals"]
            shares = [f"{total[key] / 100:.2f}".replace(".00", "") + " %"
                      for key in ("bound_passed", "moved")]
            print(f"10 000 domains at the limit, clumps={clumps}: the bound "
                  f"ever passed for {shares[0]}, {shares[1]} ever left p=none")
            if clumps == "none" and total["bound_passed"] > 500:
                raise RuntimeError("luck: more than alpha pass the bound")
            if f"`clumps={clumps}` | {' | '.join(shares)} |" not in quoted:
                raise RuntimeError("luck: docs/gates.md has other shares")

    # ---- DNS

    def dns(self):
        domains = [f"d{i:04}.example" for i in range(1000)]
        names = self.folder / "names"
        names.write_text("".join(f"_dmarc.{d}\n" for d in domains))
        listed = self.folder / "domains"
        listed.write_text("".join(f"{d}\n" for d in domains))
        [port] = servers.free_ports(1)
        knot = servers.Knot(self.folder / "knot", port, ["example"])
        knot.write_zone("example", [
            f'_dmarc.{d}. IN TXT "{OLD}"' for d in domains])
        with knot:
            knot.run()
            show("DNS read of 1 000 domains (wall)", *in_turn(
                lambda: told([self.tool("read_dns"), port, listed]),
                lambda: told([self.tool("floor_dns"), port, names, 64])), 2)

    # ---- PowerDNS

    def patch(self):
        domains = [f"z{i:04}.example" for i in range(1000)]
        zones = self.folder / "zones"
        zones.write_text("".join(f"{d}\n" for d in domains))
        dns, api = servers.free_ports(2)
        with servers.PowerDNS(self.folder / "pdns", dns, api) as pdns:
            pdns.run()
            for domain in domains:
                pdns.add_zone(domain, [
                    (f"_dmarc.{domain}", "TXT", 3600, [f'"{OLD}"'])])
            endpoint = f"http://{servers.HOST}:{api}"

            def floor():
                return cost([self.tool("floor_patch"), endpoint,
                             servers.API_KEY, zones, OLD], False)

            def ours(*how):
                return cost([self.tool("apply_zones"), endpoint,
                             servers.API_KEY, zones, OLD, NEW, *how], False)

            show("apply to 1 000 zones of PowerDNS (wall)",
                 *in_turn(lambda: ours("alone"), floor, 3), 2.2)
            show("the same after the first read (wall)",
                 *in_turn(ours, floor, 3), 2.2)
            changed = servers.txts(dns, [f"_dmarc.{d}" for d in domains[:50]])
            if any(texts != [NEW] for texts in changed.values()):
                raise RuntimeError("apply: records are not as wanted")


def main():
    build, *parts = sys.argv[1:]
    print(f"{'':44} {'ours ms':>9} {'floor ms':>9} {'ratio':>6}   target")
    with tempfile.TemporaryDirectory(prefix="dro-bench-") as folder:
        bench = Bench(build, folder)
        for part in parts or ("ingest", "workers", "mail", "memory", "growth",
                              "plan", "year", "dns", "patch", "luck"):
            getattr(bench, part)()


if __name__ == "__main__":
    main()
