"""What the program prints with --json is what docs/schemas says.

Every answer is printed in the demo's world and validated; a field that no
schema names is an error here, although readers must accept more; and the
fields that the output promises to have are listed below, by hand.
"""

import copy
import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

import jsonschema

import servers
import world

SCHEMAS = world.TOP / "docs/schemas"
NOW = "2026-02-17T06:00:00Z"

# Name -> type: int, bool, str, list, dict; a tuple for more than one.
# [..] is a list of such, NULL also None.
NULL = type(None)
STAGE = {"name": (str, NULL), "off_ladder": bool, "since": (str, NULL),
         "effect": {"rfc7489": dict, "rfc9989": dict}}
STATUS = {"client": str, "domain": str, "domain_unicode": str, "stage": STAGE,
          "step": str, "overlays": list, "next": (dict, NULL), "verdict": str,
          "reasons": [{"gate": str}]}
GATES = [{"gate": str, "verdict": str, "value": int, "limit": int, "unit": str,
          "shortfall": int, "expected_at": (str, NULL)}]
PROMISED = {
    "ingest": {
        "files": int, "reports": {"new": int, "duplicate": int,
                                  "conflict": int, "foreign": int,
                                  "refused": int},
        "rows": int, "messages": int,
        "refused": [{"path": str, "member": (str, NULL), "code": str,
                     "detail": str}],
        "warnings": list},
    "reports": {"reports": [{
        "org": str, "report_id": str, "domain": str, "begin": int, "end": int,
        "generation": str, "trust": str, "counts": bool, "shadow": bool,
        "rows": int, "messages": int, "dmarc_pass": int, "dkim_aligned": int,
        "spf_aligned": int, "unknown": int,
        "disposition": {"none": int, "quarantine": int, "reject": int,
                        "pass": int, "other": int},
        "source_path": (str, NULL), "warnings": list}]},
    "status": {"domains": [STATUS], "summary": dict},
    "explain": {**STATUS, "gates": GATES, "sources": list,
                "forecast": (dict, NULL), "capability": (dict, list, NULL),
                "ignored_evidence": list},
    "plan": {
        "changes": [{
            "op": str, "domain": str, "account": (str, NULL), "from": (str, NULL),
            "to": str, "seq": int, "depends_on": list,
            "rrset": {"name": str, "type": str, "ttl": int},
            "before": (dict, NULL), "after": (dict, NULL), "digest": str,
            "reason": str, "gates": GATES, "forecast": (dict, NULL),
            "undo": str}],
        "attention": list, "unchanged": int},
    "config-show": {
        "domain": str,
        "values": [{"key": str, "value": (int, str, list, dict, NULL),
                    "origin": {"kind": str, "file": (str, NULL),
                               "line": (int, NULL), "column": (int, NULL)}}]},
    "agenda": {
        "as_of": str, "until": str, "assumes": str,
        "changes": [{"at": str, "client": str, "domain": str, "op": str,
                     "from": (str, NULL), "to": str, "reason": (str, NULL)}],
        "questions": [{"client": str, "domain": str, "since": str,
                       "code": str, "text": (str, NULL), "answer": str}],
        "quiet": int},
}


def closed(schema):
    """The schema, refusing what it does not name."""
    schema = copy.deepcopy(schema)

    def close(node):
        if isinstance(node, dict):
            if "properties" in node:
                node["additionalProperties"] = False
            for child in node.values():
                close(child)
        elif isinstance(node, list):
            for child in node:
                close(child)
    close(schema)
    return schema


def load(name):
    return json.loads((SCHEMAS / f"{name}-1.json").read_text())


class Demo:
    """The demo's world, served again."""

    def __init__(self, cleanup):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dro-schemas-"))
        cleanup(shutil.rmtree, self.folder)
        self.demo = self.folder / "demo"
        subprocess.run([world.ROLLOUT, "demo", "--dir", self.demo],
                       check=True, timeout=120, stdout=subprocess.DEVNULL)
        port = int((self.demo / "knot.conf").read_text()
                   .split("listen: 127.0.0.1@")[1].split()[0])
        self.knot = servers.Server(self.demo, port)
        cleanup(self.knot.stop)
        self.knot.start(["knotd", "-c", str(self.demo / "knot.conf")],
                        lambda: self.knot.serves("gemeente.example"))

    def run(self, *words, status=0, now=NOW):
        done = subprocess.run(
            [world.ROLLOUT, *words, "--json", "--now", now], cwd=self.demo,
            capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != status:
            raise AssertionError(f"{words}: {done.returncode} {done.stderr}")
        return done.stdout

    def edit(self, name, old, new):
        path = self.demo / name
        text = path.read_text()
        if old not in text:
            raise AssertionError(f"{name}: no {old}")
        path.write_text(text.replace(old, new))


class Schemas(unittest.TestCase):
    """One world, every verb."""

    @classmethod
    def setUpClass(cls):
        cls.demo = Demo(cls.addClassCleanup)

    def valid(self, name, answer):
        """The answer is what the schema says, no more and no less."""
        jsonschema.Draft7Validator(
            closed(load(name)), format_checker=None).validate(answer)
        if name in PROMISED:
            self.promised(answer, PROMISED[name], name)
        return answer

    def promised(self, value, wanted, path):
        if isinstance(wanted, dict):
            self.assertIsInstance(value, dict, path)
            for key, kind in wanted.items():
                self.assertIn(key, value, path)
                self.promised(value[key], kind, f"{path}.{key}")
        elif isinstance(wanted, list):
            self.assertIsInstance(value, list, path)
            for i, item in enumerate(value):
                self.promised(item, wanted[0], f"{path}[{i}]")
        else:
            self.assertIsInstance(value, wanted, path)
            if wanted is int:
                self.assertNotIsInstance(value, bool, path)

    def say(self, name, *words, **more):
        return self.valid(name, json.loads(self.demo.run(*words, **more)))

    def events(self, *words, **more):
        lines = self.demo.run(*words, **more).splitlines()
        return [self.valid("event", json.loads(line)) for line in lines]

    def test_schemas_are_schemas(self):
        # With a dot in its name: the form of a file, not of an answer.
        paths = sorted(p for p in SCHEMAS.glob("*.json") if "." not in p.stem)
        self.assertEqual([p.name for p in paths], [
            f"{name}-1.json" for name in (
                "agenda", "config", "config-show", "db-backup", "db-prune",
                "db-reread",
                "doctor",
                "event", "explain",
                "history", "ingest", "plan", "reports", "simulate", "sources",
                "status",
                "ticket")])
        shared = {}
        for path in paths:
            schema = json.loads(path.read_text())
            jsonschema.Draft7Validator.check_schema(schema)
            self.assertEqual(schema["title"],
                             f"rollout.{'/'.join(path.stem.rsplit('-', 1))}")
            for key, body in schema.get("definitions", {}).items():
                if key in ("effect", "reason", "stage", "gate"):
                    self.assertEqual(shared.setdefault(key, body), body, key)

    def test_a_wrong_answer_is_found(self):
        answer = json.loads(self.demo.run("status"))
        for spoil in (lambda a: a["domains"][0].pop("step"),
                      lambda a: a["domains"][0].update(verdict="maybe"),
                      lambda a: a["domains"][0].update(more=1),
                      lambda a: a.update(generated_at=1)):
            bad = copy.deepcopy(answer)
            spoil(bad)
            with self.assertRaises(jsonschema.ValidationError):
                self.valid("status", bad)

    def test_ingest(self):
        incoming = self.demo.demo / "incoming"
        (incoming / "junk.xml").write_text("no report\n")
        odd = world.TOP / "tests/data/reports/odd/range-long.xml"
        shutil.copy(odd, incoming)
        text = (incoming / odd.name).read_text()
        domain = text.split("<domain>")[1].split("<")[0]
        (incoming / odd.name).write_text(
            text.replace(domain, "museum.example"))
        answer = self.say("ingest", "ingest")
        self.assertEqual(answer["reports"], {
            "new": 1, "duplicate": 516, "conflict": 0, "foreign": 0,
            "refused": 1})
        self.assertEqual(len(answer["refused"]), 1)
        self.assertTrue(answer["warnings"])
        for path in (odd.name, "junk.xml"):
            (incoming / path).unlink()

    def test_reports(self):
        self.assertGreaterEqual(
            len(self.say("reports", "reports")["reports"]), 516)
        self.assertEqual(
            len(self.say("reports", "reports", "zorg.example")["reports"]), 86)

    def test_status(self):
        answer = self.say("status", "status")
        self.assertEqual(len(answer["domains"]), 6)
        self.say("status", "status", "--client", "zorg")

    def test_explain(self):
        for domain in ("gemeente", "museum", "school", "zorg", "apotheek",
                       "huisarts"):
            self.say("explain", "explain", f"{domain}.example")

    def test_sources(self):
        for domain in ("gemeente", "museum", "school", "zorg", "apotheek",
                       "huisarts"):
            self.say("sources", "sources", f"{domain}.example")

    def test_history(self):
        self.assertGreaterEqual(
            len(self.say("history", "history")["events"]), 12)

    def test_config(self):
        self.say("config", "config", "check")
        self.demo.edit("rollout.yaml", "version: 1", "version: 1\nvarsion: 1")
        self.assertEqual(len(self.say("config", "config", "check", status=78)
                             ["findings"]), 1)
        self.demo.edit("rollout.yaml", "version: 1\nvarsion: 1", "version: 1")

    def test_config_show(self):
        self.say("config-show", "config", "show", "gemeente.example")

    def test_db(self):
        copy_at = str(self.demo.folder / "copy.db")
        answer = self.say("db-backup", "db", "backup", copy_at)
        self.assertEqual(answer["octets"], pathlib.Path(copy_at).stat().st_size)
        self.assertEqual(
            self.say("db-prune", "db", "prune"),
            {"schema": "rollout.db-prune/1", "addresses": 0, "originals": 0,
             "reports": 0, "freed": {"database": 0, "archive": 0},
             "complete": True})

    def test_db_reread(self):
        listed = self.say("reports", "reports")["reports"]
        answer = self.say("db-reread", "db", "reread", "--dry-run")
        self.assertEqual(answer["same"], len(listed))
        with sqlite3.connect(self.demo.demo / "rollout.db") as db:
            db.execute("UPDATE report SET messages = 7 WHERE id = 1")
            db.execute("UPDATE origin SET original = zeroblob(32)"
                       " WHERE report = 2")
        db.close()
        answer = self.say("db-reread", "db", "reread")
        self.assertEqual([len(c["fields"]) for c in answer["changed"]], [1])
        self.assertEqual([x["code"] for x in answer["lost"]], ["missing"])

    def test_agenda(self):
        answer = self.say("agenda", "plan", "--until", "2026-04-30")
        self.assertEqual(len(answer["changes"]), 7)
        self.assertEqual(len(answer["questions"]), 2)

    def test_simulate(self):
        answer = self.say("simulate", "simulate", "--all-presets")
        self.assertEqual(len(answer["runs"]), 24)
        self.assertEqual([t["policy"] for t in answer["totals"]],
                         ["fast", "standard", "government", "careful"])
        answer = self.say("simulate", "simulate", "made", "fail=5%",
                          "clumps=day", "spoof=10%", "days=120", "domains=3")
        self.assertEqual(answer["world"]["fail_ppm"], 50000)
        self.assertEqual(answer["totals"][0]["domains"], 3)

    def test_z_steering(self):
        """Last by name: changes, their events, and servers that fall silent."""
        self.say("plan", "plan")
        self.demo.edit(
            "rollout.yaml", "{policy: careful}",
            "{hops: {none: {days: 7, report_days: 5}}, until: 2027-01-01, "
            "why: a test}")
        plan = self.say("plan", "plan", "--detailed-exitcode", status=2)
        self.assertEqual([c["domain"] for c in plan["changes"]],
                         ["apotheek.example"])
        saved = self.demo.folder / "plan.json"
        saved.write_text(json.dumps({**plan, "changes": []}))
        self.demo.run("advance", "--plan", str(saved), status=65)
        saved.write_text(json.dumps(plan))
        self.demo.edit("rollout.yaml", "days: 7", "days: 6")
        events = self.events("advance", "--plan", str(saved), status=3)
        self.assertIn("plan.stale", {e["event"] for e in events})
        events = self.events("advance")
        self.assertEqual({e["event"] for e in events} & {
            "operation.intent", "operation.sent", "operation.verified",
            "run.end"}, {"operation.intent", "operation.sent",
                         "operation.verified", "run.end"})
        self.events("rollback", "huisarts.example", "--reason", "a test")
        self.say("history", "history", "huisarts.example")
        self.say("explain", "explain", "huisarts.example")
        self.knot_stops()

    def knot_stops(self):
        self.demo.knot.stop()
        self.say("plan", "plan", status=3)
        self.say("explain", "explain", "museum.example")
        events = self.events("advance", status=3)
        self.assertIn("domain.unknown", {e["event"] for e in events})
        self.say("status", "status")

    def test_an_empty_world(self):
        config = self.demo.folder / "empty.yaml"
        config.write_text("version: 1\nclients: {}\n")
        for verb in ("status", "history", "reports", "plan"):
            self.say(verb, verb, "--config", str(config))
        self.say("agenda", "plan", "--until", "2026-03-01", "--config",
                 str(config))

    def test_a_record_to_make(self):
        """Nothing before it: null."""
        config = self.demo.folder / "new.yaml"
        config.write_text(
            "version: 1\n"
            f"dns: {{servers: {{www.museum.example: "
            f"[127.0.0.1@{self.demo.knot.port}]}}}}\n"
            "accounts: {zf: {provider: zonefile, path: zones/}}\n"
            "clients: {c: {domains: {www.museum.example: "
            "{account: zf, rua: 'mailto:dmarc@msp.example'}}}}\n")
        [change] = self.say(
            "plan", "plan", "--config", str(config))["changes"]
        self.assertEqual(
            [change[k] for k in ("op", "account", "from", "before", "after")],
            ["create", "zf", None, None,
             {"ttl": 3600,
              "values": ["v=DMARC1; p=none; rua=mailto:dmarc@msp.example"]}])


if __name__ == "__main__":
    unittest.main()
