"""Workers seen from outside, kernels that lack a part, and doctor."""

import ctypes
import errno
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

import jsonschema

import servers
import world

DOMAIN = "klant.example"
RECORD = "v=DMARC1; p=none; rua=mailto:rua@msp.example"
MAILS = ["own ip=192.0.2.10 n=90 pass dkim=klant.example/s1 "
         "spf=klant.example"]
NOW = world.morning(2)
SCHEMA = json.loads((world.TOP / "docs/schemas/doctor-1.json").read_text())
ALLOW = 0x7FFF0000


def without(*calls):
    """For preexec_fn: these system calls fail, as on an older kernel."""
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
        ctypes.c_void_p]
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    rules = [(lib.seccomp_syscall_resolve_name(name.encode()), code)
             for name, code in calls]

    def load():
        ctx = lib.seccomp_init(ALLOW)
        for number, code in rules:
            if lib.seccomp_rule_add_array(
                    ctx, 0x00050000 | code, number, 0, None) != 0:
                os._exit(99)
        if lib.seccomp_load(ctx) != 0:
            os._exit(98)
    return load


NO_LANDLOCK = without(("landlock_create_ruleset", errno.ENOSYS))
# Whoever installs this filter needs seccomp itself, so only later calls fail.
NO_SECCOMP = without(("seccomp", errno.EINVAL))


def children(pid):
    """The workers of a run, once they are closed in."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            status = dict(line.split(":\t", 1) for line in
                          path.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if int(status["PPid"]) == pid and status["Seccomp"] == "2":
            found.append((path.parent, status))
    return found


class Base(unittest.TestCase):
    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)
        self.zones = self.world.folder / "zones"
        self.zones.mkdir()
        [self.port] = servers.free_ports(1)
        self.configure()

    def configure(self, **more):
        self.world.configure(
            {"provider": "zonefile", "path": str(self.zones)},
            {DOMAIN: ([self.port], {})})
        config = json.loads(self.world.config.read_text())
        config["dns"].update(resolvers=[f"{servers.HOST}@{self.port}"],
                             timeout="200ms", tries=1)
        config.update(more)
        self.world.config.write_text(json.dumps(config))

    def start(self, *words, preexec_fn=None):
        return subprocess.Popen(
            [world.ROLLOUT, *words, "--json", "--now", NOW, "--config",
             self.world.config], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=self.world.folder, preexec_fn=preexec_fn)

    def run_in(self, preexec_fn, *words):
        with self.start(*words, preexec_fn=preexec_fn) as run:
            out, err = run.communicate(timeout=120)
        return run.returncode, out.decode(), err.decode()

    def report(self):
        self.world.report(DOMAIN, 0, RECORD, MAILS)

    def mail(self):
        """A report as octets, for standard input."""
        self.report()
        path = sorted(self.world.incoming.iterdir())[0]
        return path.read_bytes()


class Workers(Base):
    """A run that waits for its standard input has two idle workers."""

    def setUp(self):
        super().setUp()
        self.octets = self.mail()
        self.run_ = self.start("ingest", "-", "--trust", "trusted")
        self.addCleanup(self.stop)
        servers.wait_until(lambda: len(children(self.run_.pid)) == 2,
                           "two workers")

    def stop(self):
        if self.run_.poll() is None:
            self.run_.kill()
        self.run_.communicate()

    def finish(self):
        out, err = self.run_.communicate(self.octets, timeout=60)
        self.assertEqual(self.run_.returncode, 0, err)
        self.assertEqual(json.loads(out)["reports"]["new"], 1)
        self.assertEqual(json.loads(out)["refused"], [])

    def test_what_a_worker_has(self):
        for proc, status in children(self.run_.pid):
            self.assertEqual(status["NoNewPrivs"], "1")
            self.assertEqual((proc / "environ").read_bytes(), b"")
            fds = [os.readlink(fd) for fd in (proc / "fd").iterdir()]
            self.assertEqual(len(fds), 1)
            self.assertRegex(fds[0], r"^socket:\[\d+\]$")
            limits = (proc / "limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0")
            self.assertRegex(limits, r"Max file size +0 +0")
            self.assertRegex(limits, r"Max open files +1 +1")
        self.finish()

    def test_workers_that_are_killed_cost_nothing(self):
        for proc, _ in children(self.run_.pid):
            os.kill(int(proc.name), signal.SIGKILL)
        self.finish()

    def test_workers_end_with_their_run(self):
        pids = [int(proc.name) for proc, _ in children(self.run_.pid)]
        self.run_.kill()
        self.run_.wait()
        servers.wait_until(
            lambda: not any(pathlib.Path(f"/proc/{pid}").exists()
                            for pid in pids), "both to be gone")

    def test_an_interrupt_is_for_the_run(self):
        for proc, _ in children(self.run_.pid):
            os.kill(int(proc.name), signal.SIGINT)
            os.kill(int(proc.name), signal.SIGTERM)
        time.sleep(0.2)
        self.assertEqual(len(children(self.run_.pid)), 2)
        self.finish()


class Kernels(Base):
    """Kernels that lack a part of the sandbox."""

    PARTS = ((NO_LANDLOCK, "Landlock (Function not implemented)"),
             (NO_SECCOMP, "seccomp (Invalid argument)"))

    def test_required(self):
        self.report()
        for kernel, missing in self.PARTS:
            with self.subTest(missing):
                code, out, err = self.run_in(kernel, "ingest")
                self.assertEqual((code, out), (69, ""))
                self.assertIn(missing, err)
                self.assertIn("sandbox: optional", err)
                code, out, _ = self.run_in(kernel, "doctor")
                self.assertEqual(code, 3)
                self.assertIn(("fail", f"missing: {missing}"), [
                    (c["health"], c["text"])
                    for c in json.loads(out)["checks"]])

    def test_optional(self):
        self.configure(sandbox="optional")
        self.report()
        new = 2
        for kernel, missing in self.PARTS:
            with self.subTest(missing):
                code, out, err = self.run_in(kernel, "ingest")
                self.assertEqual(code, 0, err)
                self.assertIn(f"reports are read without {missing}", err)
                self.assertEqual(json.loads(out)["reports"]["new"], new)
                new = 0
                _, out, _ = self.run_in(kernel, "doctor")
                self.assertIn(("warn", f"missing: {missing}"), [
                    (c["health"], c["text"])
                    for c in json.loads(out)["checks"]])


class Doctor(Base):
    def setUp(self):
        super().setUp()
        self.knot = servers.Knot(self.world.folder / "knot", self.port,
                                 [DOMAIN])
        self.knot.write_zone(DOMAIN, [f'_dmarc 3600 IN TXT "{RECORD}"'])
        self.addCleanup(self.knot.stop)
        self.knot.run()

    def doctor(self, status):
        done = self.world.run("doctor", "--json", now=NOW, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, SCHEMA)
        for check in answer["checks"]:
            if check["health"] == "fail":
                self.assertTrue(check["remedy"], check)
        return {(c["part"], c["health"], c["text"])
                for c in answer["checks"]}

    def has(self, found, part, health, text):
        self.assertTrue(any(p == part and h == health and text in t
                            for p, h, t in found), (part, text, found))

    def test_all_is_well(self):
        self.report()
        self.world.json("ingest", now=NOW)
        found = self.doctor(0)
        self.has(found, "sandbox", "ok", "Landlock: active")
        self.has(found, "sandbox", "ok", "seccomp: active")
        self.has(found, "sandbox", "ok", "resource limits: active")
        self.has(found, "database", "ok", "it is whole")
        self.has(found, "database", "ok", "mode 600")
        self.has(found, "database", "ok", "the last ingest")
        self.has(found, "resolvers", "ok", "answers")
        self.has(found, "servers", "ok", "1 of 1 addresses")
        self.has(found, "accounts", "ok", "main (zonefile)")
        self.has(found, "sources", "ok", "drop: can be read")
        text = self.world.run("doctor", now=NOW).stdout
        self.assertIn("0 that must be put right.", text)

    def test_it_changes_nothing(self):
        before = sorted(p.name for p in self.world.folder.iterdir())
        found = self.doctor(0)
        self.has(found, "database", "ok", "none yet")
        self.assertEqual(
            sorted(p.name for p in self.world.folder.iterdir()), before)

    def test_what_is_wrong_is_told(self):
        self.report()
        self.world.json("ingest", now=NOW)
        for path in self.world.incoming.iterdir():
            path.unlink()
        self.world.incoming.rmdir()
        self.world.database.chmod(0o640)
        self.knot.stop()
        found = self.doctor(3)
        self.has(found, "database", "warn", "mode 640")
        self.has(found, "resolvers", "fail", f"127.0.0.1@{self.port}: ")
        self.has(found, "servers", "warn", DOMAIN)
        self.has(found, "sources", "fail", "drop: ")

    def test_a_damaged_database(self):
        self.report()
        self.world.json("ingest", now=NOW)
        octets = bytearray(self.world.database.read_bytes())
        octets[4096:len(octets):512] = b"\xff" * len(octets[4096::512])
        self.world.database.write_bytes(octets)
        for name in "-wal", "-shm":
            path = self.world.folder / f"rollout.db{name}"
            path.unlink(missing_ok=True)
        self.has(self.doctor(3), "database", "fail", "rollout.db")

    def test_a_run_in_the_future(self):
        self.report()
        self.world.json("ingest", now=world.morning(5))
        self.has(self.doctor(3), "clock", "fail", "which is to come")

    def test_a_secret_that_others_can_read(self):
        key = self.world.secret("key", "abc")
        os.chmod(key, 0o644)
        self.configure(accounts={"main": {
            "provider": "powerdns", "endpoint": "http://127.0.0.1:1",
            "key": {"file": key}}})
        self.has(self.doctor(3), "accounts", "fail", "key")

    def test_an_account_that_does_not_answer(self):
        self.configure(accounts={"main": {
            "provider": "powerdns", "endpoint": "http://127.0.0.1:1",
            "key": {"file": self.world.secret("key", "abc")}}})
        self.has(self.doctor(3), "accounts", "fail", "account main")


if __name__ == "__main__":
    unittest.main()
