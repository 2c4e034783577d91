"""Report mails with every kind of proof and forgery, signed by dkimpy.

    forged.py DIRECTORY      writes NAME.eml for each and keys.tsv
    forged.py DIRECTORY DOMAIN BEGIN DAYS
        writes a flood about one domain instead: for every day since the Unix
        time BEGIN twelve reports of thousands of messages, which pass, fail,
        or both, and none of which proves anything

What is to be made of each stands in tests/data/mail/expected.tsv, written by
hand.  The signer is python3-dkim, which shares no code with the program; the
keys beside that table are for tests only.  Every run writes the same octets.
"""

import base64
import gzip
import itertools
import os
import sys

import dkim
import dkim.crypto

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = os.path.join(HERE, "..", "data", "mail", "keys")
NOW = 1795240800  # 2026-11-21T06:00:00Z
BEGIN = NOW - 6 * 3600 - 86400
SEED = base64.b64encode(b"\x07" * 32)  # of the Ed25519 key
GOOGLE = "noreply-dmarc-support@google.com"
REPORTER = "dmarc@reporter.example"
EVIL = "dmarc@evil.example"


def pem(name):
    with open(os.path.join(KEYS, name + ".pem"), "rb") as f:
        return f.read()


def public(name):
    """The p= of an RSA key, by dkimpy's own reading of the private one."""
    key = dkim.crypto.parse_pem_private_key(pem(name))

    def der(tag, octets):
        size = len(octets)
        head = bytes([size]) if size < 128 else (
            bytes([0x80 + (size.bit_length() + 7) // 8]) +
            size.to_bytes((size.bit_length() + 7) // 8, "big"))
        return bytes([tag]) + head + octets

    def number(n):
        return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))

    rsa = der(0x30, number(key["modulus"]) + number(key["publicExponent"]))
    oid = bytes.fromhex("300d06092a864886f70d0101010500")
    return base64.b64encode(der(0x30, oid + der(3, b"\0" + rsa))).decode()


def ed25519_public():
    import nacl.signing
    key = nacl.signing.SigningKey(base64.b64decode(SEED))
    return base64.b64encode(bytes(key.verify_key)).decode()


def keys():
    """name -> TXT of each key that DNS has; None: DNS does not answer."""
    rsa = "v=DKIM1; k=rsa; p="
    out = {}
    for domain in ("google.com", "reporter.example", "evil.example",
                   "firm.co.uk", "other.co.uk", "yahoo.com",
                   "dmarc.yahoo.com", "mx.reporter.example"):
        out[f"a._domainkey.{domain}"] = rsa + public("rsa2048")
    own = "._domainkey.reporter.example"
    out["e" + own] = "v=DKIM1; k=ed25519; p=" + ed25519_public()
    out["r1024" + own] = rsa + public("rsa1024")
    out["r768" + own] = rsa + public("rsa768")
    out["r512" + own] = rsa + public("rsa512")
    out["silent" + own] = None
    out["revoked" + own] = "v=DKIM1; k=rsa; p="
    out["test" + own] = "v=DKIM1; t=y; k=rsa; p=" + public("rsa2048")
    out["strict" + own] = "v=DKIM1; t=s; k=rsa; p=" + public("rsa2048")
    out["sha1" + own] = "v=DKIM1; h=sha1; k=rsa; p=" + public("rsa2048")
    out["tlsrpt" + own] = "v=DKIM1; s=tlsrpt; k=rsa; p=" + public("rsa2048")
    out["garbled" + own] = "v=DKIM1; k=rsa; p=AAAA"
    return out


# ---- mails

numbers = itertools.count(1)


def report(org="reporter.example", number=None, domain="klant.example",
           begin=BEGIN, passed=3, failed=0):
    """One aggregate report, compressed; each with an id of its own."""
    number = number or next(numbers)

    def row(count, verdict):
        return (f"<record><row><source_ip>192.0.2.1</source_ip><count>{count}"
                "</count><policy_evaluated><disposition>none</disposition>"
                f"<dkim>{verdict}</dkim><spf>{verdict}</spf>"
                "</policy_evaluated></row><identifiers><header_from>"
                f"{domain}</header_from></identifiers><auth_results><dkim>"
                f"<domain>{domain}</domain><selector>s</selector><result>"
                f"{verdict}</result></dkim></auth_results></record>")

    xml = (f"<feedback><report_metadata><org_name>{org}</org_name>"
           f"<email>dmarc@{org}</email><report_id>{number}</report_id>"
           f"<date_range><begin>{begin}</begin><end>{begin + 86399}</end>"
           "</date_range></report_metadata><policy_published><domain>"
           f"{domain}</domain><p>none</p></policy_published>" +
           (row(passed, "pass") if passed else "") +
           (row(failed, "fail") if failed else "") + "</feedback>")
    return gzip.compress(xml.encode(), mtime=0)


def mail(sender=REPORTER, content=None, top="", subject="Report Domain: x",
         fields=""):
    """A mail with a report; ${top} and ${fields} are whole header lines."""
    content = content if content is not None else report()
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = (top +
            "Received: from out.example by mx.example.net; "
            "Sat, 21 Nov 2026 05:00:00 +0000\n"
            "To: rua@msp.example\n"
            f"From: {sender}\n"
            f"Subject: {subject}\n" + fields +
            "Date: Sat, 21 Nov 2026 05:00:00 +0000\n"
            "Message-ID: <1@out.example>\n"
            "MIME-Version: 1.0\n"
            "Content-Type: application/gzip; name=\"r.xml.gz\"\n"
            "Content-Transfer-Encoding: base64\n\n")
    return head.replace("\n", "\r\n").encode("latin-1") + body


class Signer(dkim.DKIM):
    """dkimpy with a fixed time, more tags, and without its refusals."""

    def __init__(self, message, more, when):
        super().__init__(message)
        self.more = more
        self.when = when

    def gen_header(self, fields, include, *rest, **kwargs):
        at = [name for name, _ in fields].index(b"h")
        fields[at:at] = self.more
        fields[:] = [(n, self.when if n == b"t" else v) for n, v in fields]
        return super().gen_header(fields, include, *rest, **kwargs)


SIGNED = ("from", "to", "subject", "date", "message-id")


def sign(message, domain, selector="a", key="rsa2048", names=SIGNED,
         algorithm="rsa-sha256", canonical=("relaxed", "relaxed"), length=False,
         identity=None, more=(), when=NOW - 3600):
    """${message} with a signature on top."""
    private = SEED if algorithm.startswith("ed25519") else pem(key)
    signer = Signer(message, [(n.encode(), v.encode()) for n, v in more],
                    str(when).encode())
    if algorithm == "rsa-sha1":
        signer.signature_algorithm = b"rsa-sha1"
    names = [n.encode() for n in names]
    if b"from" not in names:
        names = Unchecked(names)
    line = signer.sign(
        selector.encode(), domain.encode(), private,
        signature_algorithm=algorithm.encode(),
        identity=identity.encode() if identity else None,
        canonicalize=tuple(c.encode() for c in canonical),
        include_headers=names, length=length)
    return line + message


class Unchecked(list):
    """Names without From, which dkimpy refuses to sign."""

    def __iter__(self):
        return iter([Name(n) for n in super().__iter__()])


class Name(bytes):
    def lower(self):
        return self

    def __eq__(self, other):
        return other == b"from" or bytes.__eq__(self, other)

    __hash__ = bytes.__hash__


def results(text, **kwargs):
    """A mail without signature below an Authentication-Results field."""
    return mail(top=f"Authentication-Results: {text}\n", **kwargs)


def signatures():
    """Mails that are what they are by their signatures."""
    d = "reporter.example"
    yield "valid-rsa", sign(mail(GOOGLE, report("google.com")), "google.com")
    yield "valid-ed25519", sign(mail(), d, "e", algorithm="ed25519-sha256")
    yield "valid-rsa1024", sign(mail(), d, "r1024", "rsa1024")
    yield "valid-simple", sign(mail(), d, canonical=("simple", "simple"))
    yield "valid-lf", sign(mail(), d).replace(b"\r\n", b"\n")
    yield "valid-envelope", b"From a@b Sat Nov 21 05:00:00 2026\n" + \
        sign(mail(), d).replace(b"\r\n", b"\n")
    yield "valid-folded", sign(mail(
        "DMARC reports of\n\tthis reporter\n <dmarc@reporter.example>",
        subject="Report\n domain: x\n\tSubmitter: y"), d)
    yield "valid-8bit", sign(mail("B\xfccher <dmarc@reporter.example>",
                                  subject="caf\xe9"), d)
    yield "valid-charset", sign(mail(
        "=?gb18030?b?sNm2yA==?= <dmarc@reporter.example>"), d)
    yield "valid-case", sign(mail("DMARC@Reporter.Example"), "Reporter.Example")
    yield "valid-below", sign(mail("dmarc@mx.reporter.example"), d)
    yield "valid-above", sign(mail(), "mx.reporter.example")
    yield "valid-psl", sign(mail("dmarc@mail.firm.co.uk"), "firm.co.uk")
    yield "valid-after-other", sign(sign(mail(), d), "evil.example")
    yield "valid-and-broken", sign(sign(mail(), d), d, key="other")
    yield "valid-unsigned-changed", sign(
        mail(), d, names=("from", "date")).replace(b"Report Domain", b"Other")
    yield "valid-noise", sign(mail(EVIL, fields=(
        f"Sender: {GOOGLE}\nReply-To: {GOOGLE}\nReturn-Path: <{GOOGLE}>\n")),
        "evil.example")
    yield "valid-expires-later", sign(mail(), d, more=[("x", str(NOW + 60))])
    # Names that mean nothing.
    yield "label-google", sign(mail(EVIL, report("google.com")), "evil.example")
    yield "label-display", sign(mail(f'"{GOOGLE}" <{EVIL}>'), "evil.example")
    yield "label-comment", sign(mail(f"{EVIL} ({GOOGLE})"), "evil.example")
    yield "label-encoded", sign(mail(
        f"=?utf-8?q?noreply-dmarc-support=40google=2Ecom?= <{EVIL}>"),
        "evil.example")
    yield "google-calendar", sign(
        mail("calendar-notification@google.com"), "google.com")
    yield "mailbox-yahoo", sign(mail("somebody@yahoo.com"), "yahoo.com")
    yield "reports-yahoo", sign(mail("noreply@dmarc.yahoo.com"),
                                "dmarc.yahoo.com")
    # Signatures of others.
    yield "unaligned", sign(mail(GOOGLE), "evil.example")
    yield "unaligned-psl", sign(mail("dmarc@firm.co.uk"), "other.co.uk")
    yield "unaligned-suffix", sign(mail("dmarc@notreporter.example"), d)
    yield "unaligned-six", sign(sign(sign(sign(sign(sign(
        mail(), d), *["evil.example"]), "evil.example"), "evil.example"),
        "evil.example"), "evil.example")
    yield "unsigned", mail()
    # Signatures that do not fit.
    yield "tampered-body", sign(mail(), d).replace(b"H4sI", b"H4sJ")
    yield "tampered-subject", sign(mail(), d).replace(
        b"Report Domain", b"Report Remain")
    yield "tampered-from", sign(mail(), d).replace(
        b"From: dmarc@", b"From: admin@")
    yield "tampered-appended", sign(mail(), d) + b"more\r\n"
    yield "wrong-key", sign(mail(), d, key="other")
    yield "identity-other", sign(mail(), d).replace(
        b"i=@reporter.example", b"i=@evil.example")
    yield "key-strict", sign(mail(), d, "strict",
                             identity="@sub.reporter.example")
    yield "key-hash", sign(mail(), d, "sha1")
    yield "key-service", sign(mail(), d, "tlsrpt")
    yield "key-garbled", sign(mail(), d, "garbled")
    yield "from-unsigned", sign(mail(), d, names=("to", "subject"))
    # Signatures that fit and do not count.
    yield "length-whole", sign(mail(), d, length=True)
    yield "length-appended", sign(mail(), d, length=True) + b"more\r\n"
    yield "rsa-512", sign(mail(), d, "r512", "rsa512")
    yield "rsa-768", sign(mail(), d, "r768", "rsa768")
    yield "rsa-sha1", sign(mail(), d, algorithm="rsa-sha1")
    yield "key-test", sign(mail(), d, "test")
    yield "dated-future", sign(mail(), d, when=NOW + 3 * 86400)
    # Keys that are not there.
    yield "key-missing", sign(mail(), d, "gone")
    yield "key-silent", sign(mail(), d, "silent")
    yield "key-revoked", sign(mail(), d, "revoked")
    yield "expired", sign(mail(), d, more=[("x", str(NOW - 60))])
    yield "expired-tampered", sign(
        mail(), d, more=[("x", str(NOW - 60))]).replace(b"H4sI", b"H4sJ")


def lies():
    """Mails that two readers understand differently."""
    d = "evil.example"

    def with_line(line, after="From"):
        message = sign(mail(EVIL), d)
        at = message.index(b"\r\n" + after.encode() + b":") + 2
        return message[:at] + line + b"\r\n" + message[at:]

    yield "from-two-above", with_line(f"From: {GOOGLE}".encode())
    yield "from-two-below", with_line(f"From: {GOOGLE}".encode(), "Subject")
    yield "from-two-case", with_line(f"FROM: {GOOGLE}".encode(), "Subject")
    yield "from-two-space", with_line(f"From : {GOOGLE}".encode())
    yield "from-two-addresses", sign(mail(f"{EVIL}, {GOOGLE}"), d)
    yield "from-two-group", sign(mail(f"reports: {EVIL}, {GOOGLE};"), d)
    yield "from-one-group", sign(mail(f"reports: {EVIL};"), d)
    yield "from-empty", sign(mail(""), d)
    yield "from-no-domain", sign(mail("root"), d)
    yield "from-none", sign(mail(EVIL), d).replace(
        b"\r\nFrom: ", b"\r\nForm: ")
    yield "subject-twice", with_line(b"Subject: other")
    yield "type-twice", with_line(b"Content-Type: text/plain")
    yield "line-no-field", with_line(b"no field at all")
    yield "line-blank", with_line(b" \t")
    yield "line-cr", with_line(b"X: a\rFrom: " + GOOGLE.encode())
    yield "line-nul", with_line(b"X: a\0b")


def fields():
    """Mails below Authentication-Results; the trusted one is mx.example.net."""
    ok = "dmarc=pass header.from=reporter.example"
    yield "ar-dmarc", results(f"mx.example.net; {ok}")
    yield "ar-google", results(
        "mx.example.net; dkim=none; spf=pass (mx.example.net: domain of "
        "bounce@google.com designates 192.0.2.9 as permitted sender) "
        "smtp.mailfrom=bounce@google.com;\n dmarc=pass (p=REJECT sp=REJECT "
        "dis=NONE) header.from=google.com", sender=GOOGLE)
    yield "ar-version", results(f"mx.example.net 1; {ok}")
    yield "ar-tight", results(f"mx.example.net;{ok}")
    yield "ar-capitals", results(
        "mx.example.net; DMARC=Pass Header.From=Reporter.EXAMPLE")
    yield "ar-dkim", results(
        "mx.example.net;\n\tdkim=pass (2048-bit key; unprotected) "
        "header.d=reporter.example\n\theader.i=@reporter.example "
        "header.b=RNB1n/Fh;\n\tdkim-atps=neutral")
    yield "ar-dkim-i", results(
        "mx.example.net; dkim=pass header.i=@reporter.example header.s=a")
    yield "ar-second", results(
        f"inner.example; none\nAuthentication-Results: mx.example.net; {ok}")
    yield "ar-behind-received", mail(top=(
        "Received: by store.example.net; Sat, 21 Nov 2026 05:00:01 +0000\n"
        f"Authentication-Results: mx.example.net; {ok}\n"))
    yield "ar-footer", (
        f"Authentication-Results: mx.example.net; {ok}\r\n".encode() +
        sign(mail(), "reporter.example") + b"footer\r\n")
    # Forgeries.
    yield "ar-id-suffix", results(f"mx.example.net.evil; {ok}")
    yield "ar-id-prefix", results(f"evil.mx.example.net; {ok}")
    yield "ar-id-case", results(f"MX.example.net; {ok}")
    yield "ar-id-dot", results(f"mx.example.net.; {ok}")
    yield "ar-id-quoted", results(f'"mx.example.net"; {ok}')
    yield "ar-id-comment", results(f"(x) mx.example.net; {ok}")
    yield "ar-id-none", results(ok)
    yield "ar-id-version", results(f"mx.example.net 2; {ok}")
    yield "ar-id-glued", results(f"mx.example.net1; {ok}")
    yield "ar-below", mail(fields=(
        f"Authentication-Results: mx.example.net; {ok}\n"))
    yield "ar-below-two", mail(top=(
        "Received: by store.example.net; Sat, 21 Nov 2026 05:00:01 +0000\n"
        "Delivered-To: rua@msp.example\n"), fields=(
        f"Authentication-Results: mx.example.net; {ok}\n"
        "Received: from evil; Sat, 21 Nov 2026 04:00:00 +0000\n"))
    yield "ar-below-received", mail(top=(
        "Received: by store.example.net; Sat, 21 Nov 2026 05:00:01 +0000\n"
        "Delivered-To: rua@msp.example\n"
        "Received: by mx.example.net; Sat, 21 Nov 2026 05:00:01 +0000\n"
        f"Authentication-Results: mx.example.net; {ok}\n"))
    yield "ar-topmost-fails", results(
        "mx.example.net; dmarc=fail header.from=reporter.example\n"
        f"Authentication-Results: mx.example.net; {ok}")
    yield "ar-topmost-odd", results(
        f"other (open; none\nAuthentication-Results: mx.example.net; {ok}")
    yield "ar-comment", results(
        f"mx.example.net; dmarc=fail ({ok}) header.from=reporter.example")
    yield "ar-comment-nested", results(
        f"mx.example.net; dmarc=fail (a (b) {ok}; c) "
        "header.from=reporter.example")
    yield "ar-comment-open", results(
        "mx.example.net; dmarc=pass header.from=reporter.example(.evil.example")
    yield "ar-comment-domain", results(
        "mx.example.net; dmarc=pass header.from=evil.example(.reporter.example)")
    yield "ar-quoted", results(
        f'mx.example.net; dmarc=fail reason="; {ok}"')
    yield "ar-quoted-escape", results(
        f'mx.example.net; dmarc=fail reason="\\"; {ok}"')
    yield "ar-from-other", results(
        "mx.example.net; dmarc=pass header.from=evil.example")
    yield "ar-from-below", results(
        "mx.example.net; dmarc=pass header.from=sub.reporter.example")
    yield "ar-from-twice", results(f"mx.example.net; {ok} "
                                   "header.from=evil.example")
    yield "ar-two-results", results(
        f"mx.example.net; dmarc=fail header.from=reporter.example; {ok}")
    yield "ar-dkim-unaligned", results(
        "mx.example.net; dkim=pass header.d=evil.example")
    yield "ar-dkim-fail", results(
        "mx.example.net; dkim=fail header.d=reporter.example")
    yield "ar-spf", results(
        "mx.example.net; spf=pass smtp.mailfrom=reporter.example")
    yield "ar-other-method", results(
        f"mx.example.net; x=fail policy.{ok}")
    yield "ar-none", results("mx.example.net; none")
    yield "ar-8bit", results(f"mx.example.net; {ok}; x=\xfc")
    yield "ar-from-two", results(
        f"mx.example.net; {ok}", sender=f"{REPORTER}\nFrom: {EVIL}")


def everything():
    global numbers
    numbers = itertools.count(1)
    yield from signatures()
    yield from lies()
    yield from fields()


def flood(domain, begin, days):
    """Google's name on mails of everybody but Google."""
    counts = ((9000, 0), (0, 9000), (4000, 4000))
    for day in range(days):
        for i, (passed, failed) in enumerate(counts):
            def made(org="google.com"):
                return report(org, domain=domain, begin=begin + day * 86400,
                              passed=passed, failed=failed)

            when = begin + (day + 1) * 86400 + 7200
            name = f"{domain}-{day}-{i}"
            yield name + "-unsigned", mail(GOOGLE, made())
            yield name + "-broken", sign(
                mail(GOOGLE, made()), "google.com", key="other", when=when)
            yield name + "-server", results(
                "mx.example.net.evil; dmarc=pass header.from=google.com",
                sender=GOOGLE, content=made())
            yield name + "-stranger", sign(
                mail(EVIL, made("evil.example")), "evil.example", when=when)


def write(out, mails):
    os.makedirs(out, exist_ok=True)
    for name, message in mails:
        with open(os.path.join(out, name + ".eml"), "wb") as f:
            f.write(message)


def main():
    out = sys.argv[1]
    if len(sys.argv) == 5:
        domain, begin, days = sys.argv[2], *map(int, sys.argv[3:])
        write(out, flood(domain, begin, days))
        return
    write(out, everything())
    with open(os.path.join(out, "keys.tsv"), "w", encoding="ascii") as f:
        f.write("# TXT records of tests/gen/forged.py; ?: no answer\n")
        for name, text in keys().items():
            f.write(f"{name}\t{text if text is not None else '?'}\n")


if __name__ == "__main__":
    main()
