"""Real DNS servers for tests: PowerDNS, Knot and BIND on 127.0.0.1.

Every server gets free high ports and its own directory below the one given,
runs in the foreground as a child of the test, and is stopped by its pid.
Whatever a server prints goes to log.txt in its directory.
"""

import contextlib
import http.client
import http.server
import json
import pathlib
import random
import re
import socket
import sqlite3
import subprocess
import threading
import time

HOST = "127.0.0.1"
API_KEY = "key-of-the-tests"
TSIG_NAME = "rollout.tests"
TSIG_SECRET = "cm9sbG91dCB0ZXN0IGtleSwgMzIgb2N0ZXRzIGxvbmc="
PDNS_SCHEMA = pathlib.Path(
    "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
START_S = 20


def free_ports(count):
    """Ports free for UDP and TCP, none given twice.

    They are below those that the system gives to whoever asks for any: dig
    shares its port with others (SO_REUSEPORT), so it has come to ask itself
    instead of a server there.
    """
    path = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
    above = int(path.read_text().split()[0])
    ports = []
    with contextlib.ExitStack() as stack:
        while len(ports) < count:
            port = random.randrange(above // 2, above)
            with contextlib.suppress(OSError):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    stack.enter_context(socket.socket(
                        socket.AF_INET, kind)).bind((HOST, port))
                ports.append(port)
    return ports


def wait_until(true, what, seconds=START_S):
    """Call true() until it holds; fail with the name of what did not come."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def dig(port, *queries, some=False):
    """The records in what one server answers, a line each.

    ${some}: it is a failure that there are none, told with what dig said.
    """
    run = subprocess.run(
        ["dig", "-r", f"@{HOST}", "-p", str(port), "+norecurse", "+noall",
         "+answer", "+comments", "+time=2", "+tries=3", *queries],
        capture_output=True, text=True, timeout=30, check=False)
    records = [line for line in run.stdout.splitlines()
               if line and not line.startswith(";")]
    if some and not records:
        raise RuntimeError(f"dig -p {port} {' '.join(queries)}: status "
                           f"{run.returncode}\n{run.stdout}{run.stderr}")
    return records


def txts(port, names):
    """{name: TXT values, each joined to one text, sorted} in one go."""
    values = {name: [] for name in names}
    queries = [word for name in names[1:] for word in (name, "TXT")]
    for line in dig(port, names[0], "TXT", *queries):
        owner, _, _, rtype, data = line.split(None, 4)
        if rtype == "TXT":
            parts = re.findall(r'"((?:[^"\\]|\\.)*)"', data)
            values[owner.rstrip(".")].append(
                "".join(re.sub(r"\\(.)", r"\1", p) for p in parts))
    return {name: sorted(found) for name, found in values.items()}


def txt(port, name):
    """TXT values at one name."""
    return txts(port, [name])[name]


def transfer(port, zone):
    """The whole zone as a sorted list of records, the SOA once and without
    its serial (second of its seven fields of text)."""
    records = set()
    for line in dig(port, zone, "AXFR"):
        name, ttl, klass, rtype, data = line.split(None, 4)
        if rtype == "SOA":
            data = " ".join(f for i, f in enumerate(data.split()) if i != 2)
        records.add(f"{name} {ttl} {klass} {rtype} {data}")
    return sorted(records)


def serial(port, zone):
    """The serial of the SOA that a server has."""
    [soa] = dig(port, zone, "SOA", some=True)
    return int(soa.split()[6])


def zone_text(zone, records=(), number=1):
    """A zone file with an SOA, an NS and the given lines."""
    return "\n".join([
        f"$ORIGIN {zone}.", "$TTL 3600",
        f"@ IN SOA ns1 hostmaster {number} 7200 900 1209600 300",
        "@ IN NS ns1", f"ns1 IN A {HOST}", *records, ""])


def nsupdate(port, *lines):
    """Change records as a person with the key would."""
    subprocess.run(
        ["nsupdate", "-y", f"hmac-sha256:{TSIG_NAME}:{TSIG_SECRET}"],
        input="\n".join([f"server {HOST} {port}", *lines, "send", ""]),
        text=True, check=True, timeout=30, stdout=subprocess.DEVNULL)


class Server:
    """A child process that answers DNS on self.port."""

    def __init__(self, folder, port):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port
        self.process = None
        self.log = None

    def start(self, command, ready):
        # pylint: disable=consider-using-with
        self.log = open(self.folder / "log.txt", "ab")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, cwd=self.folder)
        try:
            wait_until(lambda: self.alive() and ready(), command[0])
        except Exception:
            self.stop()
            print((self.folder / "log.txt").read_text()[-4000:])
            raise
        return self

    def alive(self):
        if self.process.poll() is not None:
            raise ChildProcessError(
                f"{self.process.args[0]} ended: {self.folder}/log.txt")
        return True

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def serves(self, zone):
        return bool(dig(self.port, zone, "SOA"))


class PowerDNS(Server):
    """Authoritative PowerDNS with the SQLite backend and its HTTP API.

    A primary tells ${secondaries} (ports) about every change within a second.
    """

    def __init__(self, folder, port, api_port, secondaries=()):
        super().__init__(folder, port)
        self.api_port = api_port
        self.secondaries = secondaries
        self.database = self.folder / "pdns.sqlite3"

    def run(self):
        if not self.database.exists():
            with contextlib.closing(sqlite3.connect(self.database)) as db:
                db.executescript(PDNS_SCHEMA.read_text())
        conf = {
            "launch": "gsqlite3",
            "gsqlite3-database": self.database,
            "gsqlite3-pragma-synchronous": "0",
            "local-address": HOST,
            "local-port": self.port,
            "api": "yes",
            "api-key": API_KEY,
            "webserver": "yes",
            "webserver-address": HOST,
            "webserver-port": self.api_port,
            "webserver-allow-from": HOST,
            "socket-dir": self.folder,
            "daemon": "no",
            "guardian": "no",
            "disable-syslog": "yes",
            # No look-up towards the internet at start, and a change is seen
            # at once.
            "security-poll-suffix": "",
            "cache-ttl": 0,
            "negquery-cache-ttl": 0,
            "query-cache-ttl": 0,
            "zone-cache-refresh-interval": 0,
            "allow-axfr-ips": "127.0.0.0/8",
            # What a primary writes about its secondaries locks the database
            # now and then, and a change that meets it fails.
            "primary": "yes" if self.secondaries else "no",
            "xfr-cycle-interval": 1,
            "only-notify": "",
        }
        if self.secondaries:
            conf["also-notify"] = ",".join(
                f"{HOST}:{port}" for port in self.secondaries)
        (self.folder / "pdns.conf").write_text(
            "".join(f"{key}={value}\n" for key, value in conf.items()))
        return self.start(["pdns_server", f"--config-dir={self.folder}"],
                          self.answers)

    def answers(self):
        with contextlib.suppress(OSError):
            return self.api("GET", "")[0] == 200
        return False

    def api(self, method, path, body=None):
        """(status, answer) of one call below /api/v1/servers/localhost."""
        link = http.client.HTTPConnection(HOST, self.api_port, timeout=10)
        with contextlib.closing(link):
            link.request(
                method, "/api/v1/servers/localhost" + path,
                None if body is None else json.dumps(body),
                {"X-API-Key": API_KEY, "Content-Type": "application/json"})
            answer = link.getresponse()
            data = answer.read()
        return answer.status, json.loads(data) if data else None

    def add_zone(self, zone, rrsets=()):
        """A primary zone with an SOA, two NS, an A, and rrsets as
        (name, type, ttl, [content])."""
        rrsets = [(f"ns1.{zone}", "A", 3600, [HOST]),
                  (f"ns2.{zone}", "A", 3600, [HOST]), *rrsets]
        status, answer = self.api("POST", "/zones", {
            "name": f"{zone}.", "kind": "Master",
            "nameservers": [f"ns1.{zone}.", f"ns2.{zone}."],
            "rrsets": [self.rrset(*r) for r in rrsets]})
        if status != 201:
            raise RuntimeError(f"{zone}: {status} {answer}")

    @staticmethod
    def rrset(name, rtype, ttl, contents):
        return {"name": f"{name}.", "type": rtype, "ttl": ttl,
                "changetype": "REPLACE",
                "records": [{"content": c, "disabled": False}
                            for c in contents]}

    def put(self, zone, name, rtype, ttl, contents):
        """Change a record behind our back, as a customer would."""
        status, answer = self.api("PATCH", f"/zones/{zone}.", {
            "rrsets": [self.rrset(name, rtype, ttl, contents)]})
        if status != 204:
            raise RuntimeError(f"{name}: {status} {answer}")


class Knot(Server):
    """Knot DNS: serves zone files, or transfers zones from ${primary}.

    Without a primary it takes updates signed with TSIG_SECRET, and tells
    ${secondaries} (ports) about every change.
    """

    def __init__(self, folder, port, zones, primary=None, secondaries=()):
        super().__init__(folder, port)
        self.zones = zones
        self.primary = primary
        self.secondaries = secondaries
        self.zone_folder = self.folder / "zones"
        self.socket = self.folder / "knot.sock"

    def configure(self):
        self.zone_folder.mkdir(exist_ok=True)
        ports = {f"to{port}": port for port in self.secondaries}
        if self.primary is None:
            master = "" if not ports else f"    notify: [{', '.join(ports)}]\n"
        else:
            master = "    master: primary\n"
            ports["primary"] = self.primary
        remotes = "" if not ports else "remote:\n" + "".join(
            f"  - id: {name}\n    address: {HOST}@{port}\n"
            for name, port in ports.items())
        zones = "".join(f"  - domain: {zone}\n" for zone in self.zones)
        (self.folder / "knot.conf").write_text(f"""
server:
    rundir: "{self.folder}"
    listen: {HOST}@{self.port}
    background-workers: 1
    udp-workers: 1
    tcp-workers: 1
control:
    listen: "{self.socket}"
database:
    storage: "{self.folder}/db"
log:
  - target: stderr
    any: info
key:
  - id: {TSIG_NAME}
    algorithm: hmac-sha256
    secret: {TSIG_SECRET}
{remotes}
acl:
  - id: loopback
    address: {HOST}
    action: [notify, transfer]
  - id: change
    key: {TSIG_NAME}
    action: update
template:
  - id: default
    storage: "{self.zone_folder}"
    file: "%s.zone"
    zonefile-sync: -1
    journal-content: none
    zonefile-load: whole
    refresh-max-interval: 5
    retry-max-interval: 1
    acl: [loopback, change]
{master}
zone:
{zones}
""")

    def run(self):
        self.configure()
        return self.start(["knotd", "-c", str(self.folder / "knot.conf")],
                          lambda: all(self.serves(z) for z in self.zones))

    def write_zone(self, zone, records=(), number=1):
        self.zone_folder.mkdir(parents=True, exist_ok=True)
        path = self.zone_folder / f"{zone}.zone"
        path.write_text(zone_text(zone, records, number))
        return path


class Bind(Server):
    """BIND as a secondary of ${primary}.

    Without one it is a primary that takes updates signed with TSIG_SECRET
    and tells ${secondaries} (ports) about every change.
    """

    def __init__(self, folder, port, zones, primary=None, secondaries=()):
        super().__init__(folder, port)
        self.zones = zones
        self.primary = primary
        self.secondaries = secondaries

    def write_zone(self, zone, records=(), number=1):
        path = self.folder / f"{zone}.zone"
        path.write_text(zone_text(zone, records, number))
        return path

    def role(self):
        """What named.conf says of every zone."""
        if self.primary is not None:
            return (f"type secondary; notify no; "
                    f"primaries {{ {HOST} port {self.primary}; }};")
        to = "".join(f"{HOST} port {port}; " for port in self.secondaries)
        return (f'type primary; allow-update {{ key "{TSIG_NAME}"; }}; '
                f"notify {'explicit' if to else 'no'}; notify-delay 0; "
                f"also-notify {{ {to}}};")

    def run(self):
        zones = "".join(
            f'zone "{zone}" {{ file "{zone}.zone"; {self.role()} }};\n'
            for zone in self.zones)
        (self.folder / "named.conf").write_text(f"""
key "{TSIG_NAME}" {{ algorithm hmac-sha256; secret "{TSIG_SECRET}"; }};
options {{
  directory "{self.folder}";
  pid-file "{self.folder}/named.pid";
  session-keyfile "{self.folder}/session.key";
  managed-keys-directory "{self.folder}";
  listen-on port {self.port} {{ {HOST}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify-rate 1000;
  allow-transfer {{ {HOST}; }};
  allow-notify {{ {HOST}; }};
}};
controls {{ }};
{zones}""")
        return self.start(
            ["named", "-g", "-n", "1", "-c", str(self.folder / "named.conf")],
            lambda: all(self.serves(z) for z in self.zones))


class Proxy:
    """An HTTP proxy before an API that writes down what passes."""

    def __init__(self, upstream):
        self.requests = []
        self.bodies = []  # of the mutations
        self.most = 0  # requests that were on their way at once
        self.most_mutations = 0  # and mutations among them
        self.passing = []
        self.lock = threading.Lock()
        requests, bodies, proxy = self.requests, self.bodies, self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(
                    int(self.headers.get("Content-Length") or 0))
                requests.append((self.command, self.path))
                if self.command not in ("GET", "HEAD"):
                    bodies.append(json.loads(body or "null"))
                proxy.enter(self.command)
                try:
                    status, headers, data = self.ask(body)
                finally:
                    proxy.leave(self.command)
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("connection", "content-length",
                                            "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def ask(self, body):
                link = http.client.HTTPConnection(HOST, upstream, timeout=10)
                with contextlib.closing(link):
                    link.request(self.command, self.path, body or None,
                                 dict(self.headers))
                    answer = link.getresponse()
                    return answer.status, answer.getheaders(), answer.read()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05})
        self.thread.start()

    def enter(self, command):
        with self.lock:
            self.passing.append(command)
            self.most = max(self.most, len(self.passing))
            self.most_mutations = max(
                self.most_mutations,
                sum(c not in ("GET", "HEAD") for c in self.passing))

    def leave(self, command):
        with self.lock:
            self.passing.remove(command)

    def mutations(self):
        return [r for r in self.requests if r[0] not in ("GET", "HEAD")]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
