"""A real IMAP server for tests: Dovecot over TLS on 127.0.0.1, with its own
certificate authority, and a proxy before it that writes down what passes and
breaks what a test asks it to break."""

import base64
import contextlib
import email.message
import gzip
import http.server
import imaplib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.parse

import servers

USER = "rua@msp.example"
PASSWORD = "correct horse, \"battery\" \\staple"
TOKEN = "token-of-the-tests"
# Who owns the mails where the tests run as root; Dovecot refuses to be root.
NOBODY = 65534


def report(ident, messages=3, domain="klant.example", org="receiver.example",
           day=1767571200):
    """An aggregate report of one row."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback><report_metadata><org_name>{org}</org_name>
<email>reports@{org}</email><report_id>{ident}</report_id>
<date_range><begin>{day}</begin><end>{day + 86399}</end></date_range>
</report_metadata><policy_published><domain>{domain}</domain><p>none</p>
</policy_published><record><row><source_ip>192.0.2.1</source_ip>
<count>{messages}</count><policy_evaluated><disposition>none</disposition>
<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers>
<header_from>{domain}</header_from></identifiers><auth_results><dkim>
<domain>{domain}</domain><result>pass</result></dkim></auth_results></record>
</feedback>
""".encode()


def mail(data, name="report.xml.gz", subject="Report Domain: klant.example"):
    """A mail with one attachment, as octets with CRLF."""
    out = email.message.EmailMessage()
    out["From"] = "reports@receiver.example"
    out["To"] = USER
    out["Subject"] = subject
    out["Message-ID"] = f"<{abs(hash(data)):x}@receiver.example>"
    out.set_content("An aggregate report.\n")
    out.add_attachment(data, maintype="application", subtype="gzip",
                       filename=name)
    return out.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def report_mail(ident, **how):
    return mail(gzip.compress(report(ident, **how), mtime=0))


def openssl(*words, cwd, wrap=()):
    subprocess.run([*wrap, "openssl", *words], cwd=cwd, check=True,
                   capture_output=True, timeout=60)


class Authority:
    """A certificate authority and one server certificate for 127.0.0.1."""

    def __init__(self, folder, wrap=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.ca, self.key, self.cert = (
            self.folder / n for n in ("ca.pem", "key.pem", "cert.pem"))
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes")
        openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem",
                "-days", "30", "-subj", "/CN=CA of the tests",
                cwd=folder, wrap=wrap)
        openssl("req", *new, "-keyout", "key.pem", "-out", "csr.pem",
                "-subj", "/CN=127.0.0.1", cwd=folder, wrap=wrap)
        (self.folder / "ext").write_text(
            "subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey",
                "ca.key", "-CAcreateserial", "-out", "cert.pem", "-days",
                "30", "-extfile", "ext", cwd=folder, wrap=wrap)

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context

    def client_context(self):
        return ssl.create_default_context(cafile=self.ca)


class Tokens:
    """What a provider of OAuth 2 says about tokens (RFC 7662)."""

    def __init__(self):
        valid = self.valid = {TOKEN}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.urlsplit(self.path).query
                token = urllib.parse.parse_qs(query).get("token", [""])[0]
                body = json.dumps({"active": token in valid,
                                   "username": USER}).encode()
                self.send_response(200 if token in valid else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            (servers.HOST, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Dovecot(servers.Server):
    """Dovecot with one user, whose mails are a maildir."""

    def __init__(self, folder, authority, tokens=None, settings=""):
        super().__init__(folder, servers.free_ports(1)[0])
        self.authority = authority
        self.tokens = tokens
        self.settings = settings
        self.home = self.folder / "home"

    def run(self):
        root = os.geteuid() == 0
        mine = f"default_internal_user = {os.environ.get('USER') or 'nobody'}"
        self.home.mkdir(exist_ok=True)
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        self.folder.chmod(0o755)
        if root:
            os.chown(self.home, NOBODY, NOBODY)
            mine = ""
        uid, gid = (NOBODY, NOBODY) if root else (os.getuid(), os.getgid())
        oauth = ""
        if self.tokens is not None:
            (self.folder / "oauth2.conf").write_text(
                "introspection_mode = get\n"
                f"introspection_url = http://{servers.HOST}:"
                f"{self.tokens.port}/?token=\n"
                "username_attribute = username\n"
                "active_attribute = active\nactive_value = true\n")
            oauth = f"""
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {self.folder}/oauth2.conf
}}
auth_mechanisms = plain login xoauth2 oauthbearer
"""
        (self.folder / "dovecot.conf").write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = /dev/stderr
protocols = imap
listen = {servers.HOST}
{mine}
{"" if root else f"default_login_user = {os.environ.get('USER')}"}
ssl = required
ssl_cert = <{self.authority.cert}
ssl_key = <{self.authority.key}
mail_location = maildir:{self.home}/Maildir
mail_fsync = never
first_valid_uid = 1
auth_failure_delay = 0
mail_max_userip_connections = 50
service imap-login {{
  {"" if root else "chroot ="}
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
service anvil {{
  {"" if root else "chroot ="}
  # Else whoever gave a wrong password waits the next time.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {self.folder}/users
}}
{oauth}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={self.home}
}}
{self.settings}
""")
        return self.start(
            ["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")],
            self.answers)

    def answers(self):
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            with self.client():
                return True
        return False

    @contextlib.contextmanager
    def client(self, mailbox="INBOX"):
        """Another client, which has nothing in common with the program."""
        link = imaplib.IMAP4_SSL(
            servers.HOST, self.port, timeout=20,
            ssl_context=self.authority.client_context())
        try:
            link.login(USER, PASSWORD)
            if mailbox is not None:
                link.select(mailbox)
            yield link
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                link.logout()

    def doveadm(self, verb, command, *words):
        subprocess.run(
            ["doveadm", "-c", str(self.folder / "dovecot.conf"), verb,
             command, "-u", USER, *words], check=True, timeout=60,
            stdout=subprocess.DEVNULL)

    def put(self, *mails, mailbox="INBOX", flags=None):
        with self.client(None) as link:
            for octets in mails:
                answer, _ = link.append(mailbox, flags, None, octets)
                assert answer == "OK", answer

    def deliver(self, mails):
        """Many mails at once, in this order, as a delivery agent would."""
        with self.client():  # which makes the folders
            pass
        new = self.home / "Maildir/new"
        for n, octets in enumerate(mails):
            path = new / f"{1700000000 + n}.M{n}P1.host"
            path.write_bytes(octets)
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)

    def list(self, mailbox="INBOX"):
        """{UID: set of flags}"""
        with self.client(None) as link:
            if link.select(f'"{mailbox}"', readonly=True)[0] != "OK":
                return None
            _, lines = link.uid("FETCH", "1:*", "(FLAGS)")
        found = {}
        for line in lines:
            if line is not None:
                uid = int(line.split(b"UID ")[1].split()[0].rstrip(b")"))
                flags = {f.decode() for f in imaplib.ParseFlags(line)}
                found[uid] = flags - {"\\Recent"}
        return found

    def empty(self):
        """Forget every mail and every folder."""
        for path in (self.home / "Maildir").glob("*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        for path in (self.home / "Maildir").glob(".*"):
            shutil.rmtree(path)


class Proxy:
    """Between the program and Dovecot, TLS on both sides.

    ${commands} are the lines of the client.  ${on_command}(line) says what
    happens to one: None (it passes), "drop" (both ends are closed instead),
    "drop-after" (closed when the server has answered), or a text that is the
    answer.  ${on_answer}(line) may change a line of the server that is shorter
    than a block.
    """

    def __init__(self, dovecot, host=servers.HOST):
        self.dovecot = dovecot
        self.commands = []
        self.connections = 0
        self.on_command = lambda line: None
        self.on_answer = lambda line: line
        self.listener = socket.create_server((host, 0))
        self.port = self.listener.getsockname()[1]
        self.threads = []
        self.spawn(self.accept)

    def spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        context = self.dovecot.authority.server_context()
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                link = context.wrap_socket(link, server_side=True)
                self.connections += 1
                upstream = self.dovecot.authority.client_context().wrap_socket(
                    socket.create_connection(
                        (servers.HOST, self.dovecot.port)),
                    server_hostname=servers.HOST)
                state = {"tag": None}
                self.spawn(self.up, link, upstream, state)
                self.spawn(self.down, link, upstream, state)

    @staticmethod
    def close(*links):
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def up(self, link, upstream, state):
        with contextlib.suppress(OSError, ValueError):
            for line in link.makefile("rb"):
                text = line.decode("latin-1").rstrip("\r\n")
                self.commands.append(text.split(" ", 1)[-1])
                what = self.on_command(text)
                if what == "drop":
                    break
                if what == "drop-after":
                    state["tag"] = text.split()[0].encode()
                elif what is not None:
                    tag = text.split()[0]
                    link.sendall(what.replace("TAG", tag).encode() + b"\r\n")
                    continue
                upstream.sendall(line)
        if state["tag"] is None:
            self.close(link, upstream)

    def down(self, link, upstream, state):
        with contextlib.suppress(OSError, ValueError):
            for line in upstream.makefile("rb"):
                if state["tag"] and line.startswith(state["tag"] + b" "):
                    break
                link.sendall(self.on_answer(line))
        self.close(link, upstream)

    def stop(self):
        # A thread that waits in accept() keeps the port otherwise.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def forging_mail(data):
    """A report whose mail answers the client's next commands, one after the
    other: it is what a client sees that reads literals as lines."""
    lines = [f"{tag}{number:03} OK done\r\n* SEARCH 666\r\n"
             f"* {number} FETCH (UID 666 RFC822.SIZE 3 FLAGS ())\r\n"
             f"* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 666)\r\n"
             f"* {number} EXPUNGE\r\n* BYE gone\r\n"
             for number in range(1, 60) for tag in ("A", "B", "C")]
    attachment = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return (b"From: reports@receiver.example\r\nSubject: x\r\n"
            b"MIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
            b"--b\r\nContent-Type: text/plain\r\n\r\n" +
            "".join(lines).encode() +
            b"--b\r\nContent-Type: application/gzip\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + attachment +
            b"--b--\r\n")
