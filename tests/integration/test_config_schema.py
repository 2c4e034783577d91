"""The JSON Schema and the reader agree on what a configuration looks like.

Whatever the schema refuses, the reader refuses; and of the files below, which
differ in form alone, both refuse the same ones.  Editors give a schema typed
values, the reader takes every plain scalar as text: both ways must agree.
"""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

import world

DATA = world.TOP / "tests/data/config"
GOOD = """
version: 1
accounts: {zf: {provider: zonefile, path: zones/}}
clients: {c: {domains: {klant.example: }}}
"""
# What replaces or joins the top level of GOOD, and whether it is accepted.
FORMS = (
    ("", True),
    ("version: '1'", True),
    ("version: one", False),
    ("version: 2", False),
    ("versions: 1", False),
    ("clock: virtual", True),
    ("clock: sundial", False),
    ("state: {database: x.db}", True),
    ("state: ", True),
    ("state: x.db", False),
    ("state: [x.db]", False),
    ("state: {databse: x.db}", False),
    ("dns: {resolvers: [192.0.2.1], timeout: 2s, tries: 3}", True),
    ("dns: {resolvers: []}", False),
    ("dns: {resolvers: 192.0.2.1}", False),
    ("dns: {timeout: 2}", False),
    ("dns: {timeout: 02s}", False),
    ("dns: {tries: 11}", False),
    ("dns: {tries: 2.5}", False),
    ("dns: {tries: '2'}", True),
    ("dns: {servers: {a.example: [192.0.2.1]}}", True),
    ("dns: {servers: {a.example: 192.0.2.1}}", False),
    ("reports: [{name: a, directory: {path: in}}]", True),
    ("reports: [{name: a, directory: {path: in}, trust: known}]", True),
    ("reports: [{name: a, directory: {path: in}, trust: yes}]", False),
    ("reports: [{name: a}]", False),
    ("reports: [{directory: {path: in}}]", False),
    ("reports: [{name: a, directory: {}}]", False),
    ("reports: {name: a, directory: {path: in}}", False),
    ("reports: [{name: a, maildir: {path: in}}]", True),
    ("reports: [{name: a, mbox: {path: in}}]", True),
    ("reports: [{name: a, mbox: {path: in}, maildir: {path: in}}]", False),
    ("reports: [{name: a, mbox: {path: in, after: {stored: seen}}}]", False),
    ("reports: [{name: a, maildir: {path: in, after: {stored: seen}}}]", True),
    ("reports: [{name: a, maildir: {path: in, after: {stored: no}}}]", False),
    ("reports: [{name: a, maildir: {path: in, after: {stored: move,"
     " folder: Done, refused: seen}}}]", True),
    ("reports: [{name: a, maildir: {path: in, after: {folder: Done}}}]",
     False),
    ("reports: [{name: a, imap: {host: h, user: u, password: {env: P}}}]",
     True),
    ("reports: [{name: a, imap: {host: h, user: u, token: {command: [t]},"
     " port: 1993, mailbox: Reports/DMARC, ca_file: ca.pem}}]", True),
    ("reports: [{name: a, imap: {host: h, user: u}}]", False),
    ("reports: [{name: a, imap: {host: h, password: {env: P}}}]", False),
    ("reports: [{name: a, imap: {user: u, password: {env: P}}}]", False),
    ("reports: [{name: a, imap: {host: h, user: u, password: p}}]", False),
    ("reports: [{name: a, imap: {host: h, user: u, password: {env: P},"
     " token: {env: P}}}]", False),
    ("reports: [{name: a, imap: {host: h, user: u, token: {env: P},"
     " port: 70000}}]", False),
    ("accounts: {a: {provider: zonefile, path: z, reload: {command: [x]}}}",
     True),
    ("accounts: {a: {provider: zonefile}}", False),
    ("accounts: {a: {path: z}}", False),
    ("accounts: {a: {provider: nobody, path: z}}", False),
    ("accounts: {a: {provider: zonefile, path: z, pfad: z}}", False),
    ("accounts: {a: {provider: zonefile, path: z, reload: {command: x}}}",
     False),
    ("accounts: {a: {provider: zonefile, path: z, reload: {cmd: [x]}}}",
     False),
    ("accounts: {p: {provider: powerdns, endpoint: 'https://a.example',"
     " key: {env: K}}}", True),
    ("accounts: {p: {provider: powerdns, endpoint: 'ftp://a.example',"
     " key: {env: K}}}", False),
    ("accounts: {p: {provider: powerdns, endpoint: 'https://a.example',"
     " key: hunter2}}", False),
    ("accounts: {p: {provider: powerdns, endpoint: 'https://a.example',"
     " key: {env: K, file: k}}}", False),
    ("accounts: {p: {provider: powerdns, endpoint: 'https://a.example',"
     " key: {}}}", False),
    ("accounts: {p: {provider: powerdns, endpoint: 'https://a.example',"
     " key: {command: []}}}", False),
    ("policies: {p: {extends: careful, gates: {tau: '0.5%'}}}", True),
    ("policies: {p: {gates: {tau: 0.5}}}", False),
    ("policies: {p: {gates: {tau: '0.50001%'}}}", False),
    ("policies: {p: {rua: 'mailto:a@b.example'}}", False),
    ("policies: {p: {ladder: [none, quarantine, reject]}}", True),
    ("policies: {p: {ladder: dual}}", True),
    ("policies: {p: {ladder: tripple}}", False),
    ("policies: {p: {ladder: {none: 1}}}", False),
    ("policies: {p: {hops: {reject-100: {days: 4}}}}", True),
    ("policies: {p: {hops: {reject-100: {days: four}}}}", False),
    ("policies: {p: {hops: {reject-100: 4}}}", False),
    ("policies: {p: {approval: {before: [reject]}}}", True),
    ("policies: {p: {approval: {before: reject}}}", False),
    ("policies: {p: {approval: [reject]}}", False),
    ("defaults: {account: zf}\naccounts: {zf: {provider: zonefile, path: z}}",
     True),
    ("defaults: {rua: 'mailto:a@b.example', ttl: 3600}", True),
    ("defaults: {ttl: 1h}", True),
    ("defaults: {ttl: 10}", False),
    ("defaults: {rua: 'a@b.example'}", False),
    ("defaults: {rua: 'mailto:a@b.example,mailto:c@b.example'}", False),
    ("defaults: {rua: 'mailto:a@b.example!10m'}", False),
    ("defaults: {gates: {reporters: 3}}", True),
    ("defaults: {until: 2027-01-01}", False),
    ("defaults: {target: none}", False),
    ("defaults: {sp: none}", True),
    ("defaults: {freeze: [{from: 2026-12-18, to: 2027-01-03, why: x}]}", True),
    ("defaults: {freeze: [{from: 2026-12-18, to: 2027-01-03}]}", False),
    ("defaults: {freeze: {from: 2026-12-18}}", False),
    ("defaults: {windows: [{days: [mon], from: '08:00', to: '16:00'}]}", True),
    ("defaults: {windows: [{days: [mon], from: '08:00'}]}", False),
    ("defaults: {windows: [{days: [], from: '08:00', to: '16:00'}]}", False),
    ("clients: {c: }", True),
    ("clients: ", True),
    ("clients: [c]", False),
    ("clients: {c: {name: 2024, domains: {a.example: {pause: x}}}}", True),
    ("clients: {c: {naam: x}}", False),
    ("clients: {c: {domains: [a.example]}}", False),
    ("clients: {c: {domains: {a.example: none}}}", False),
    ("clients: {c: {domains: {a.example: {domains: {}}}}}", False),
    ("clients: {c: {gates: {tau: 2%}}}", False),
    ("clients: {c: {gates: {tau: 2%}, until: 2027-01-01, why: x}}", True),
    ("clients: {c: {gates: {tau: 2%}, until: soon, why: x}}", False),
    ("clients: {c: {sources: {s: {dkim: [a.example]}}}}", True),
    ("clients: {c: {sources: {s: {dkim: a.example}}}}", False),
    ("clients: {c: {sources: {s: {owner: Ann}}}}", False),
    ("clients: {c: {sources: {s: {address: [192.0.2.1], is: threat}}}}", True),
    ("clients: {c: {sources: {s: {dkim: [a.example], is: mine}}}}", False),
    ("clients: {c: {undecided: {answer_within: 14d, then: threat}}}", True),
    ("clients: {c: {undecided: {answer_within: forever}}}", True),
    ("clients: {c: {undecided: {then: legit}}}", False),
    ("clients: {c: {sources: {s: }}}", False),
    ("clients: {c: {import: {csv: a.csv}}}", True),
    ("clients: {c: {import: a.csv}}", False),
    ("clients: {c: {import: {}}}", False),
    ("clients: {c: {import: {xls: a.xls}}}", False),
    ("include: [more.yaml]", True),
    ("include: more.yaml", False),
    ("include: [{file: more.yaml}]", False),
)


def value(node, typed):
    """A node of YAML as JSON: all text, or typed as editors have it."""
    if isinstance(node, yaml.MappingNode):
        return {str(k.value): value(v, typed) for k, v in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value(v, typed) for v in node.value]
    if node.style is None and node.value in ("", "~", "null"):
        return None
    if typed and node.style is None:
        if re.fullmatch(r"0|[1-9][0-9]*", node.value):
            return int(node.value)
        if re.fullmatch(r"[0-9]+\.[0-9]+", node.value):
            return float(node.value)
    return node.value


class Schema(unittest.TestCase):
    """One schema, one folder."""

    @classmethod
    def setUpClass(cls):
        done = subprocess.run([world.ROLLOUT, "config", "schema"], check=True,
                              capture_output=True, timeout=60)
        schema = json.loads(done.stdout)
        jsonschema.Draft7Validator.check_schema(schema)
        cls.whole = jsonschema.Draft7Validator(schema)
        cls.included = jsonschema.Draft7Validator(
            {"$ref": "#/definitions/included-file",
             "definitions": schema["definitions"]})
        folder = tempfile.TemporaryDirectory(prefix="dro-schema-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "a.csv").write_text("domain\nsheet.example\n")
        (cls.folder / "more.yaml").write_text("clients: {d: {}}\n")

    def reader(self, path):
        """Whether the reader accepts the file; its first error if not."""
        done = subprocess.run(
            [world.ROLLOUT, "config", "check", "--json", "--config", path,
             "--now", "2026-11-21T06:00:00Z"],
            cwd=path.parent, capture_output=True, text=True, timeout=60,
            check=False)
        self.assertIn(done.returncode, (0, 78), done.stderr)
        findings = [f["text"] for f in json.loads(done.stdout)["findings"]
                    if f["severity"] == "error"]
        return (findings or [None])[0]

    def schema(self, text, validator=None):
        """The first error of the schema, or None."""
        node = yaml.compose(text)
        plain, typed = [
            jsonschema.exceptions.best_match(
                (validator or self.whole).iter_errors(value(node, typed)))
            for typed in (False, True)]
        # The range of a number is all that a text may hide.
        if plain or (typed and typed.validator not in ("minimum", "maximum")):
            self.assertTrue(plain and typed, f"{text}: {plain} {typed}")
        return typed.message if typed else None

    def test_forms(self):
        for form, accepted in FORMS:
            keys = {line.split(":")[0] for line in form.splitlines()}
            lines = [line for line in GOOD.strip().splitlines()
                     if line.split(":")[0] not in keys]
            text = "\n".join(lines + [form]) + "\n"
            path = self.folder / "rollout.yaml"
            path.write_text(text)
            with self.subTest(form):
                reader, schema = self.reader(path), self.schema(text)
                self.assertEqual(reader is None, accepted, reader)
                self.assertEqual(schema is None, accepted, schema)

    def test_what_the_schema_refuses_the_reader_refuses(self):
        checked = 0
        for path in sorted(DATA.glob("*.yaml")):
            try:
                text = path.read_text()
                if yaml.compose(text) is None:
                    continue
            except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
                continue
            checked += 1
            with self.subTest(path.name):
                try:
                    refused = self.schema(text)
                except RecursionError:
                    continue
                if refused:
                    self.assertIsNotNone(self.reader(path), refused)
        self.assertGreater(checked, 15)

    def test_portfolio(self):
        out = self.folder / "portfolio"
        subprocess.run([world.TOP / "examples/portfolio.py", "--out", out],
                       check=True, capture_output=True, timeout=60)
        self.assertIsNone(self.schema((out / "rollout.yaml").read_text()))
        parts = sorted((out / "conf.d").glob("*.yaml"))
        self.assertEqual(len(parts), 11)
        for part in parts:
            self.assertIsNone(self.schema(part.read_text(), self.included))
        self.assertIsNotNone(self.schema("accounts: {}", self.included))


if __name__ == "__main__":
    unittest.main()
