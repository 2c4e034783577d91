"""The hostile corpus by mail: through a maildir, an mbox file and Dovecot over
TLS.  What is no mail is attached to one.  Each comes to what the table of the
files says of it; the few that a mail changes are named here.
"""

import json
import os
import unittest
import urllib.parse

import hostileworld
import mailservers
import servers
from hostileworld import NOW, codes, hostile_mail, raw

# A mail holds many things; a part that shows no sign of a report is passed
# over, and then there is none.
NONE = {row: "mail-no-report" for row in (
    "empty", "not-a-report", "xml-root")}
# What the table says of the file is not what the mail comes to.
DIFFERENT = {
    b"encoding-utf-32-le.xml": "mail-no-report",
    # By its begin a report could be in it.
    b"gzip-of-nothing.gz": "empty",
    # Larger than a mail, or than a part of one, may be.
    b"spaces-100-mib.xml": "input-size",
    b"xml-500001-rows.xml": "input-size",
    b"xml-long-comment.xml": "input-size",
}


def attached(name, octets):
    """A mail of a stranger with one attachment."""
    return "\r\n".join((
        hostile_mail.FROM, *hostile_mail.HEAD,
        "Content-Type: application/octet-stream",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename*=utf-8''" +
        urllib.parse.quote(name), "",
        hostile_mail.encoded(octets))).encode()


class Transport:
    """One run over two sources, one of them trusted, told apart by the names
    of their mailboxes; ${fill}(name, mails) makes one and says how it is
    configured, ${place}(name, n) where its n-th mail is."""

    def observed(self, made):
        super().observed(made)
        for path in list(made.incoming.iterdir()):
            octets = attached(path.name, path.read_bytes())
            path.write_bytes(octets)

    def mails(self):
        """name -> octets, of all that can be sent."""
        found = {}
        for name in self.names:
            path = os.path.join(os.fsencode(self.files), name)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            with open(path, "rb") as f:
                octets = f.read()
            if not name.endswith(b".eml"):
                octets = attached(name, octets)
            found[name] = octets
        return found

    def wanted(self, name):
        """refused, stored and warnings of a mail."""
        row = self.expected[name]
        refused = row["refused"]
        if not name.endswith(b".eml"):
            refused = DIFFERENT.get(name, NONE.get(refused, refused))
        return refused.replace("foreign", "-"), row["stored"], row["warnings"]

    def got(self, answer, listed, place):
        def here(path):
            return path == place or path.startswith(place + "!")

        return (codes([r for r in answer["refused"] if here(r["path"])]),
                str(sum(here(r["source_path"]) for r in listed)),
                codes([w for w in answer["warnings"] if here(w["path"])]))

    def configure(self, sources):
        """{name: mails} as the sources of reports."""
        config = json.loads(self.world.config.read_text())
        config["reports"] = [
            {"name": name, **self.fill(name, mails),
             **({"trust": "trusted"} if name == "ours" else {})}
            for name, mails in sources.items()]
        self.world.config.write_text(json.dumps(config) + "\n")

    def test_each_as_a_file_and_the_good_among_them(self):
        self.serve()
        self.observed(self.world)
        mails = self.mails()
        counts = [n for n in mails if self.expected[n]["counted"] != "0"]
        idle = [n for n in mails if self.expected[n]["counted"] == "0"]
        good = [p.read_bytes() for p in sorted(self.world.incoming.iterdir())]
        half = len(idle) // 2
        ours = ([mails[n] for n in idle[:half]] + good +
                [mails[n] for n in idle[half:]])
        self.configure({"ours": ours, "strangers": [mails[n] for n in counts]})
        run = self.world.run("ingest", "--json", now=NOW)
        self.assertEqual(raw(run.stdout + run.stderr), set())
        answer = json.loads(run.stdout)
        listed = self.world.json("reports", now=NOW)["reports"]
        places = {n: self.place("ours", i + 1 if i < half else
                                i + 1 + len(good))
                  for i, n in enumerate(idle)}
        places |= {n: self.place("strangers", i + 1)
                   for i, n in enumerate(counts)}
        for name, place in places.items():
            with self.subTest(file=name):
                self.assertEqual(self.got(answer, listed, place),
                                 self.wanted(name))
        self.assertEqual(answer["files"], len(mails) + len(good))
        sent = [self.expected[n] for n in mails]
        self.assertEqual(answer["reports"]["new"], hostileworld.GOOD_REPORTS +
                         self.total("stored", sent))
        ignored = self.compare(self.world, self.quiet())
        self.assertEqual(ignored["unauthenticated"],
                         self.total("counted", sent) + self.of_nobody())
        again = self.world.run("ingest", "--json", now=NOW)
        self.assertEqual(raw(again.stdout + again.stderr), set())
        self.assertEqual(json.loads(again.stdout)["reports"]["new"], 0)


class Maildir(Transport, hostileworld.Corpus):
    def fill(self, name, mails):
        for part in ("cur", "new", "tmp"):
            (self.world.folder / name / part).mkdir(parents=True)
        for n, octets in enumerate(mails, 1):
            (self.world.folder / f"{name}/new/{n:06}.host").write_bytes(octets)
        return {"maildir": {"path": name}}

    def place(self, name, n):
        return f"{self.world.folder}/{name}/new/{n:06}.host"


class Mbox(Transport, hostileworld.Corpus):
    def fill(self, name, mails):
        # By hand: Python's takes what is no ASCII for text.
        with open(self.world.folder / f"{name}.mbox", "wb") as f:
            for octets in mails:
                f.write(b"From stranger@stranger.example Tue Jan  6 00:10:00 "
                        b"2026\n")
                f.write(octets.replace(b"\nFrom ", b"\n>From ") + b"\n\n")
        return {"mbox": {"path": f"{name}.mbox"}}

    def place(self, name, n):
        return f"{self.world.folder}/{name}.mbox:{n}"


class Dovecot(Transport, hostileworld.Corpus):
    def fill(self, name, mails):
        folder = self.world.folder / f"imap-{name}"
        folder.mkdir()
        for part in (self.world.folder, folder):
            part.chmod(0o755)
        authority = mailservers.Authority(folder / "ca")
        server = mailservers.Dovecot(folder / "dovecot", authority).run()
        self.addCleanup(server.stop)
        server.deliver(mails)
        self.__dict__.setdefault("ports_of", {})[name] = server.port
        return {"imap": {
            "host": servers.HOST, "port": server.port,
            "user": mailservers.USER,
            "password": {"file": self.world.secret(
                f"password-{name}", mailservers.PASSWORD)},
            "ca_file": str(authority.ca)}}

    def got(self, answer, listed, place):
        # UIDVALIDITY is the server's.
        def plain(item, key):
            head, _, tail = item[key].partition(";UIDVALIDITY=")
            return {**item, key: head + ";" + tail.partition(";")[2]}

        return super().got(
            {k: [plain(i, "path") for i in answer[k]]
             for k in ("refused", "warnings")},
            [plain(r, "source_path") for r in listed], place)

    def place(self, name, n):
        return f"imaps://{servers.HOST}:{self.ports_of[name]}/INBOX;UID={n}"


if __name__ == "__main__":
    unittest.main()
