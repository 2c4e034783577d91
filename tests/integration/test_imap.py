"""Reports from a mailbox: Dovecot over TLS, and a proxy that makes trouble."""

import gzip
import json
import pathlib
import shutil
import socket
import tempfile
import unittest

import mailservers
import servers
import world

NOW = "2026-01-20T06:00:00Z"
SEEN = "\\Seen"


class Imap(unittest.TestCase):
    """One Dovecot for all tests, emptied before each."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="dro-imap-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.top.chmod(0o755)
        cls.authority = mailservers.Authority(cls.top / "ca")
        cls.tokens = mailservers.Tokens()
        cls.addClassCleanup(cls.tokens.stop)
        cls.dovecot = mailservers.Dovecot(
            cls.top / "dovecot", cls.authority, cls.tokens).run()
        cls.addClassCleanup(cls.dovecot.stop)

    def setUp(self):
        self.dovecot.empty()
        self.world = world.World()
        self.addCleanup(self.world.close)
        self.password = self.world.secret("password", mailservers.PASSWORD)
        self.configure()

    def configure(self, after=None, **imap):
        """rollout.yaml with one mailbox; keys with the value None are left
        out."""
        imap = {"host": servers.HOST, "port": self.dovecot.port,
                "user": mailservers.USER,
                "password": {"file": self.password},
                "ca_file": str(self.authority.ca), "after": after, **imap}
        self.port = imap["port"]
        self.world.config.write_text(json.dumps({
            "version": 1,
            "state": {"database": str(self.world.database)},
            "clock": "virtual",
            "reports": [{"name": "rua", "trust": "trusted",
                         "imap": {k: v for k, v in imap.items()
                                  if v is not None}}],
            "accounts": {"main": {"provider": "zonefile", "path": "zones/"}},
            "defaults": {"policy": "standard", "account": "main",
                         "rua": "mailto:rua@msp.example"},
            "clients": {"c1": {"domains": {"klant.example": {}}}},
        }))

    def proxy(self, **imap):
        proxy = mailservers.Proxy(self.dovecot)
        self.addCleanup(proxy.stop)
        self.configure(port=proxy.port, **imap)
        return proxy

    def url(self, mailbox="INBOX"):
        return f"imaps://{servers.HOST}:{self.port}/{mailbox}"

    def ingest(self):
        """[inputs, new, duplicate, refused] of a run that succeeds."""
        answer = self.world.json("ingest", now=NOW)
        reports = answer["reports"]
        return [answer["files"], reports["new"], reports["duplicate"],
                reports["refused"]]

    def fails(self, *messages, status=3):
        """A run that fails with these words on stderr; all of stderr."""
        run = self.world.run("ingest", now=NOW, check=False)
        self.assertEqual(run.returncode, status, run.stderr)
        for message in messages:
            self.assertIn(message, run.stderr)
        self.assertNotIn(mailservers.PASSWORD, run.stdout + run.stderr)
        return run.stderr

    def warns(self, *messages):
        """A run that succeeds with these words on stderr."""
        run = self.world.run("ingest", now=NOW)
        for message in messages:
            self.assertIn(message, run.stderr)

    def stored(self):
        """{report id: messages}"""
        answer = self.world.json("reports", now=NOW)
        return {r["report_id"]: r["messages"] for r in answer["reports"]}

    # ---- what is read

    def test_mails_are_read_once_and_stay_as_they_are(self):
        self.dovecot.put(*(mailservers.report_mail(f"r{i}", messages=i + 1)
                           for i in range(5)))
        self.dovecot.put(mailservers.report_mail("old"), flags="(\\Seen)")
        self.dovecot.put(b"Subject: hello\r\n\r\nNo report.\r\n")
        before = self.dovecot.list()
        proxy = self.proxy()
        self.assertEqual(self.ingest(), [7, 6, 0, 1])
        # Not for a moment were they anything else.
        self.assertFalse([c for c in proxy.commands if "STORE" in c])
        self.assertEqual(self.stored(), {
            "r0": 1, "r1": 2, "r2": 3, "r3": 4, "r4": 5, "old": 3})
        self.assertEqual(self.dovecot.list(), before)
        [path] = {r["source_path"].split(";UID=")[0] for r in
                  self.world.json("reports", now=NOW)["reports"]}
        self.assertRegex(path, f"^{self.url()};UIDVALIDITY=[0-9]+$")
        # Nothing is fetched a second time.
        self.assertEqual(self.ingest(), [0, 0, 0, 0])
        self.dovecot.put(mailservers.report_mail("new"),
                         mailservers.report_mail("r1", messages=2))
        self.assertEqual(self.ingest(), [2, 1, 1, 0])
        self.assertEqual(self.dovecot.list(), before | {8: set(), 9: set()})

    def test_an_empty_mailbox(self):
        self.assertEqual(self.ingest(), [0, 0, 0, 0])

    def test_another_mailbox_with_an_odd_name(self):
        name = "Entw\u00fcrfe & 50% \"x\""
        self.configure(mailbox=name)
        with self.dovecot.client(None) as link:
            self.assertEqual(link.create(
                '"Entw&APw-rfe &- 50% \\"x\\""')[0], "OK")
        self.dovecot.put(mailservers.report_mail("r"),
                         mailbox='"Entw&APw-rfe &- 50% \\"x\\""')
        self.assertEqual(self.ingest(), [1, 1, 0, 0])
        self.assertEqual(self.ingest(), [0, 0, 0, 0])

    def test_gaps_between_uids(self):
        self.dovecot.put(*(mailservers.report_mail(f"r{i}")
                           for i in range(300)))
        with self.dovecot.client() as link:
            link.uid("STORE", "2:297", "+FLAGS", "(\\Deleted)")
            link.expunge()
        self.assertEqual(self.ingest(), [4, 4, 0, 0])
        self.assertEqual(sorted(self.stored()), ["r0", "r297", "r298", "r299"])

    def test_a_mail_that_forges_the_answers_of_the_server(self):
        hostile = mailservers.forging_mail(
            gzip.compress(mailservers.report("forged")))
        self.dovecot.put(mailservers.report_mail("a"), hostile,
                         mailservers.report_mail("b"), hostile,
                         mailservers.report_mail("c"))
        self.configure({"stored": "move", "folder": "Done"})
        self.assertEqual(self.ingest(), [5, 4, 1, 0])
        self.assertEqual(sorted(self.stored()), ["a", "b", "c", "forged"])
        self.assertEqual(self.dovecot.list(), {})
        self.assertEqual(len(self.dovecot.list("Done")), 5)
        self.dovecot.put(mailservers.report_mail("d"))
        self.assertEqual(self.ingest(), [1, 1, 0, 0])

    def test_a_mail_too_large_is_refused_unread(self):
        self.dovecot.put(mailservers.report_mail("a"),
                         b"Subject: x\r\n\r\n" + b"x" * 70 * 500000,
                         mailservers.report_mail("b"))
        proxy = self.proxy()
        answer = self.world.json("ingest", now=NOW)
        self.assertEqual(answer["reports"]["new"], 2)
        [refused] = answer["refused"]
        self.assertEqual(refused["code"], "input-size")
        self.assertEqual(refused["detail"], "the mail has 35000014 octets as "
                         "listed; at most 33554432 are read")
        self.assertRegex(refused["path"], f"^{self.url()};UIDVALIDITY="
                         "[0-9]+;UID=2$")
        fetched = [c for c in proxy.commands if "BODY" in c]
        self.assertEqual([c.split()[2] for c in fetched], ["1", "3"])
        self.assertEqual(self.ingest(), [0, 0, 0, 0])

    def test_a_server_that_lies_about_a_size(self):
        self.dovecot.put(b"Subject: x\r\n\r\n" + b"x" * 70 * 500000,
                         mailservers.report_mail("b"))
        proxy = self.proxy()
        proxy.on_answer = lambda line: line.replace(
            b"RFC822.SIZE 35000014", b"RFC822.SIZE 5")
        answer = self.world.json("ingest", now=NOW)
        self.assertEqual(answer["reports"]["new"], 1)
        self.assertEqual([r["code"] for r in answer["refused"]],
                         ["input-size"])

    # ---- what becomes of mails

    def test_stored_mails_are_flagged(self):
        self.configure({"stored": "seen"})
        self.dovecot.put(*(mailservers.report_mail(f"r{i}")
                           for i in range(3)),
                         mailservers.report_mail("x", domain="other.example"),
                         b"Subject: hello\r\n\r\nNo report.\r\n")
        self.ingest()
        self.assertEqual(self.dovecot.list(), {
            1: {SEEN}, 2: {SEEN}, 3: {SEEN}, 4: set(), 5: set()})

    def test_stored_and_refused_mails_are_moved(self):
        self.configure({"stored": "move", "folder": "Done & \"gone\"",
                        "refused": "move", "refused_folder": "Bad"})
        proxy = self.proxy(after={
            "stored": "move", "folder": "Done & \"gone\"",
            "refused": "move", "refused_folder": "Bad"})
        self.dovecot.put(*(mailservers.report_mail(f"r{i}")
                           for i in range(150)),
                         mailservers.mail(gzip.compress(b"<feedback><a>")),
                         mailservers.report_mail("x", domain="other.example"))
        self.assertEqual(self.ingest(), [152, 150, 0, 1])
        self.assertEqual(self.dovecot.list(), {152: set()})
        self.assertEqual(
            len(self.dovecot.list("Done &- \\\"gone\\\"")), 150)
        self.assertEqual(len(self.dovecot.list("Bad")), 1)
        # Some at a time, and each folder is made once.
        moves = [c for c in proxy.commands if c.startswith("UID MOVE")]
        self.assertLess(len(moves), 10)
        self.assertEqual(
            [c for c in proxy.commands if c.startswith("CREATE")],
            ['CREATE "Done &- \\"gone\\""', 'CREATE "Bad"'])

    def test_a_server_without_move(self):
        after = {"stored": "move", "folder": "Done"}
        proxy = self.proxy(after=after)
        proxy.on_answer = lambda line: line.replace(b" MOVE", b"")
        self.dovecot.put(mailservers.report_mail("a"),
                         mailservers.report_mail("b"))
        self.dovecot.put(b"Subject: x\r\n\r\n", flags="(\\Deleted)")
        self.assertEqual(self.ingest(), [3, 2, 0, 1])
        # What somebody else has marked as deleted is not expunged with them.
        self.assertEqual(self.dovecot.list(), {3: {"\\Deleted"}})
        self.assertEqual(len(self.dovecot.list("Done")), 2)
        self.assertFalse([c for c in proxy.commands if "MOVE" in c])

    def test_a_server_that_can_move_nothing(self):
        proxy = self.proxy(after={"stored": "move", "folder": "Done"})
        proxy.on_answer = lambda line: line.replace(b" MOVE", b"").replace(
            b" UIDPLUS", b"")
        self.dovecot.put(mailservers.report_mail("a"))
        self.warns(
            f"warning: {self.url()}: mails stay where they are: the server "
            "can neither MOVE nor expunge single mails (UIDPLUS); use stored: "
            "seen")
        self.assertEqual(self.stored(), {"a": 3})
        self.assertEqual(self.dovecot.list(), {1: set()})
        self.assertEqual(self.ingest(), [0, 0, 0, 0])

    def test_a_mail_taken_away_meanwhile(self):
        proxy = self.proxy()
        self.dovecot.put(*(mailservers.report_mail(f"r{i}")
                           for i in range(3)))

        def take(line):
            if "UID FETCH 2 BODY" in line:
                with self.dovecot.client() as link:
                    link.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
                    link.expunge()
        proxy.on_command = take
        self.assertEqual(self.ingest(), [2, 2, 0, 0])

    # ---- trouble

    def test_no_such_mailbox(self):
        self.configure(mailbox="Nowhere")
        self.fails(f"error: reports: rua: {self.url('Nowhere')}: refused: "
                   "Mailbox doesn't exist: Nowhere")

    def test_a_wrong_password(self):
        self.configure(password={"file": self.world.secret("w", "wrong")})
        message = self.fails(
            f"error: reports: rua: {self.url()}: the server does not let "
            f"{mailservers.USER} in: [AUTHENTICATIONFAILED] Authentication "
            "failed.; check the user and the password\n")
        self.assertNotIn("wrong", message)

    def test_no_secret(self):
        self.configure(password={"file": str(self.world.folder / "none")})
        self.fails("error: reports: rua: password: {file: "
                   f"{self.world.folder}/none}}: No such file or directory\n")

    def test_an_unknown_authority(self):
        self.configure(ca_file=None)
        self.fails(f"error: reports: rua: {self.url()}: TLS: SSL certificate "
                   "problem: unable to get local issuer certificate\n")

    def test_an_expired_authority(self):
        old = mailservers.Authority(self.world.folder / "old",
                                    wrap=("faketime", "2020-01-01"))
        with mailservers.Dovecot(self.top / "old", old) as server:
            # A client that looks at the dates does not get in.
            server.answers = lambda: server_is_up(server.port)
            server.run()
            self.configure(port=server.port, ca_file=str(old.ca))
            self.fails(f"{self.url()}: TLS: SSL certificate problem: "
                       "certificate has expired\n")

    def test_a_certificate_for_another_name(self):
        # Every address of 127/8 is this machine.
        proxy = mailservers.Proxy(self.dovecot, host="127.0.0.2")
        self.addCleanup(proxy.stop)
        self.configure(host="127.0.0.2", port=proxy.port)
        self.fails(f"error: reports: rua: imaps://127.0.0.2:{proxy.port}"
                   "/INBOX: TLS: SSL: no alternative certificate subject name "
                   "matches target host name '127.0.0.2'\n")

    def test_nobody_listens(self):
        [port] = servers.free_ports(1)
        self.configure(port=port)
        self.fails(f"{self.url()}: Failed to connect to {servers.HOST} port "
                   f"{port} after 0 ms: Couldn't connect to server")

    def test_a_dropped_connection_is_made_again(self):
        proxy = self.proxy(after={"stored": "move", "folder": "Done"})
        self.dovecot.put(*(mailservers.report_mail(f"r{i}")
                           for i in range(10)))
        drops = {"UID FETCH 3 BODY": "drop", "UID FETCH 5 BODY": "drop-after",
                 "UID STORE 5 ": "drop-after", "EXAMINE": "drop",
                 "UID FETCH 7 BODY": "drop", "UID MOVE": "drop-after"}

        def drop(line):
            for what in drops:
                if what in line:
                    return drops.pop(what)
            return None
        proxy.on_command = drop
        self.assertEqual(self.ingest(), [10, 10, 0, 0])
        self.assertEqual(drops, {})
        self.assertEqual(self.dovecot.list(), {})
        self.assertEqual(len(self.dovecot.list("Done")), 10)

    def test_a_copy_is_never_repeated(self):
        proxy = self.proxy(after={"stored": "move", "folder": "Done"})
        proxy.on_answer = lambda line: line.replace(b" MOVE", b"")
        with self.dovecot.client(None) as link:
            link.create("Done")
        self.dovecot.put(mailservers.report_mail("a"))
        proxy.on_command = lambda line: \
            "drop-after" if "UID COPY" in line else None
        self.fails(f"error: reports: rua: {self.url()}: ")
        self.assertEqual(len(self.dovecot.list("Done")), 1)
        self.assertEqual(len([c for c in proxy.commands if "COPY" in c]), 1)

    def test_a_server_that_keeps_dropping(self):
        proxy = self.proxy()
        self.dovecot.put(mailservers.report_mail("a"),
                         mailservers.report_mail("b"))
        proxy.on_command = lambda line: \
            "drop" if "UID FETCH 2 BODY" in line else None
        self.fails(f"error: reports: rua: {self.url()}: ")
        self.assertEqual(len([c for c in proxy.commands
                              if "UID FETCH 2 BODY" in c]), 4)
        # What came before it is kept, and what comes after is not lost.
        self.assertEqual(self.stored(), {"a": 3})
        proxy.on_command = lambda line: None
        self.assertEqual(self.ingest(), [2, 1, 1, 0])
        self.assertEqual(self.ingest(), [0, 0, 0, 0])

    def test_a_server_that_asks_for_patience(self):
        proxy = self.proxy()
        self.dovecot.put(mailservers.report_mail("a"))
        answers = ["TAG NO [THROTTLED] slow down",
                   "TAG BAD Request is throttled. Suggested Backoff Time: "
                   "1200 milliseconds"]
        proxy.on_command = lambda line: \
            answers.pop(0) if answers and "STATUS" in line else None
        self.assertEqual(self.ingest(), [1, 1, 0, 0])
        self.assertEqual(answers, [])

    def test_the_mailbox_was_made_anew(self):
        self.dovecot.put(mailservers.report_mail("a"),
                         mailservers.report_mail("b"))
        self.assertEqual(self.ingest(), [2, 2, 0, 0])
        self.dovecot.empty()
        self.dovecot.doveadm("mailbox", "update", "--uid-validity", "77",
                             "INBOX")
        self.dovecot.put(mailservers.report_mail("b"),
                         mailservers.report_mail("c"))
        run = self.world.run("ingest", now=NOW)
        self.assertRegex(run.stderr, f"^warning: {self.url()}: the mailbox was "
                         "made anew \\(UIDVALIDITY 77, was [0-9]+\\); it is "
                         "read from its start, and no report counts twice\n$")
        self.assertEqual(self.stored(), {"a": 3, "b": 3, "c": 3})

    def test_the_mailbox_is_made_anew_during_a_run(self):
        proxy = self.proxy()
        self.dovecot.doveadm("mailbox", "update", "--uid-validity", "5",
                             "INBOX")
        self.dovecot.put(mailservers.report_mail("a"),
                         mailservers.report_mail("b"))
        anew = []

        def answer(line):
            if anew:
                line = line.replace(b"[UIDVALIDITY ", b"[UIDVALIDITY 9")
                line = line.replace(b"(UIDVALIDITY ", b"(UIDVALIDITY 9")
                line = line.replace(b" UIDVALIDITY ", b" UIDVALIDITY 9")
            return line

        def command(line):
            if "UID FETCH 2 BODY" in line and not anew:
                anew.append(True)
                return "drop"
            return None
        proxy.on_answer, proxy.on_command = answer, command
        self.fails(f"{self.url()}: the mailbox was made anew during the run "
                   "(UIDVALIDITY 95, was 5); run again\n")
        self.assertEqual(self.stored(), {"a": 3})

    def test_a_server_that_talks_nonsense(self):
        proxy = self.proxy()
        proxy.on_command = lambda line: \
            "* STATUS INBOX (UIDNEXT x)\r\nTAG OK" if "STATUS" in line \
            else None
        self.fails(f"{self.url()}: the server's answer to STATUS is not "
                   "understood\n")

    # ---- OAuth 2

    def test_a_token(self):
        self.configure(password=None, token={
            "command": ["printf", mailservers.TOKEN]})
        self.dovecot.put(mailservers.report_mail("a"))
        self.assertEqual(self.ingest(), [1, 1, 0, 0])

    def test_a_token_that_expires_is_asked_for_again(self):
        folder = self.world.folder
        (folder / "get").write_text(
            "#!/bin/sh\necho x >>calls\n"
            f"[ $(wc -l <calls) = 1 ] && echo stale || "
            f"echo {mailservers.TOKEN}\n")
        (folder / "get").chmod(0o700)
        self.configure(password=None, token={"command": ["./get"]})
        self.dovecot.put(mailservers.report_mail("a"))
        self.assertEqual(self.ingest(), [1, 1, 0, 0])
        self.assertEqual((folder / "calls").read_text(), "x\nx\n")

    def test_a_wrong_token(self):
        folder = self.world.folder
        self.configure(password=None, token={
            "command": ["sh", "-c",
                        f"echo x >>{folder}/calls; echo wrong-token"]})
        message = self.fails(
            f"{self.url()}: the server does not let {mailservers.USER} in: ",
            "; check the user and the token\n")
        self.assertNotIn("wrong-token", message)
        self.assertEqual((folder / "calls").read_text(), "x\nx\n")


def server_is_up(port):
    try:
        socket.create_connection((servers.HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    unittest.main()
