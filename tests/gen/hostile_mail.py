"""Mails that attack their reader; hostile.py writes them.  Nobody signed
them: what they hold counts only where the whole source is trusted."""

import base64
import gzip
import zlib

MIB = 1 << 20
CRLF = "\r\n"
FROM = "From: reports@stranger.example"
HEAD = ("Date: Tue, 6 Jan 2026 00:10:00 +0000", "To: rua@msp.example",
        "Subject: Report Domain: klant.example", "MIME-Version: 1.0")


def encoded(data):
    return base64.encodebytes(data).decode()


def part(data, name="report.xml.gz", kind="application/gzip", fields=()):
    """An attachment in base64."""
    return CRLF.join((
        f"Content-Type: {kind}", *fields,
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"', "",
        encoded(data)))


def mixed(parts, boundary="b", end=True, kind="multipart/mixed"):
    """Content-Type and body of a multipart."""
    body = "".join(f"--{boundary}{CRLF}{p}{CRLF}" for p in parts)
    return (f'Content-Type: {kind}; boundary="{boundary}"{CRLF}{CRLF}{body}' +
            (f"--{boundary}--{CRLF}" if end else ""))


def mail(content, *fields, sender=(FROM,)):
    return CRLF.join((*sender, *HEAD, *fields, content))


def limits(report):
    def reported(name):
        return part(gzip.compress(report(name).encode(), mtime=0))

    def single(name, *fields, sender=(FROM,)):
        return mail(reported(name), *fields, sender=sender)

    yield "mail-500000-parts.eml", mail(
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' +
        500000 * "--b\r\n\r\n")
    yield "mail-65-parts.eml", mail(mixed(
        [reported(f"65-{i}") for i in range(65)]))
    yield "mail-60-copies.eml", mail(mixed(
        60 * [reported("mail-60-copies")]))
    deep = reported("deep-mail")
    for _ in range(20):
        deep = f"Content-Type: message/rfc822{CRLF}{CRLF}{mail(deep)}"
    yield "mail-20-deep.eml", mail(deep)
    many = reported("deep-parts")
    for i in range(20):
        many = mixed([many], f"b{i}")
    yield "mail-20-deep-parts.eml", mail(many)
    for i in range(300):
        many = mixed([many], f"c{i}", end=False)
    yield "mail-300-deep-parts.eml", mail(many)
    yield "mail-header-300-kib.eml", single("header", f"X: {300 * 1024 * 'x'}")
    yield "mail-60000-fields.eml", single("fields", *(60000 * ["X: x"]))
    # Too many to be judged, few enough to be read: nobody sent it.
    yield "mail-2000-fields.eml", single(
        "mail-2000-fields", *(2000 * ["X: x"]))
    yield "mail-33-mib.eml", single("long") + 33 * MIB * "x"
    yield "mail-17-mib-attached.eml", mail(part(
        gzip.compress(b"<feedback>" + 17 * MIB * b" ", 0)))
    yield "mail-long-line.eml", mail(
        f"Content-Type: text/plain{CRLF}{CRLF}{10 * MIB * 'x'}")
    yield "mail-soft-breaks.eml", mail(
        "Content-Type: text/xml\r\nContent-Transfer-Encoding: "
        f"quoted-printable{CRLF}{CRLF}" + MIB * "=\r\n")
    for word, evil in (
            ("groups", f"From: {2000 * 'a:'};"),
            ("comments", f"From: {200000 * '('}a@stranger.example"),
            ("addresses", "From: " + ", ".join(
                f"a{i}@stranger.example" for i in range(8000))),
            ("quotes", 'From: "' + 100000 * '\\"' + '" <a@b.example>')):
        yield f"mail-from-{word}.eml", single(
            f"mail-from-{word}", sender=(evil,))
    yield "mail-10000-parameters.eml", mail(reported(
        "mail-10000-parameters").replace("application/gzip", "application/"
        "gzip; " + "; ".join(f"a*{i}=b" for i in range(10000))))
    yield "mail-type-comments.eml", mail(reported(
        "mail-type-comments").replace("application/gzip",
                                      "application/gzip " + 200000 * "("))
    yield "mail-long-boundary.eml", mail(mixed(
        [reported("mail-long-boundary")], 900 * "b"))


def shapes(report):
    def packed(name):
        return gzip.compress(report(name).encode(), mtime=0)

    def reported(name):
        return part(packed(name))

    plain = f"Content-Type: text/plain{CRLF}{CRLF}"
    yield "mail-no-end.eml", mail(mixed([reported("mail-no-end")], end=False))
    yield "mail-no-boundary.eml", mail(
        f"Content-Type: multipart/mixed{CRLF}{CRLF}--b{CRLF}" +
        reported("no boundary"))
    yield "mail-same-boundary.eml", mail(mixed(
        [mixed([reported("mail-same-boundary")])]))
    yield "mail-digest.eml", mail(mixed(
        [CRLF + mail(reported(f"digest-{i}")) for i in range(5)],
        kind="multipart/digest"))
    yield "mail-base64-garbage.eml", mail(
        "Content-Type: application/gzip\r\nContent-Transfer-Encoding: "
        f"base64{CRLF}{CRLF}" + 100000 * "!@#$%^&*()\r\n")
    noisy = encoded(packed("mail-base64-noise"))
    yield "mail-base64-noise.eml", mail(
        "Content-Type: application/gzip\r\nContent-Transfer-Encoding: "
        f"base64{CRLF}{CRLF}" + "!\0\x80 ".join(noisy))
    yield "mail-base64-cut.eml", mail(reported("base64 cut")[:-200])
    yield "mail-gzip-bomb.eml", mail(part(
        gzip.compress(b"<feedback>" + 64 * MIB * b" ")))
    yield "mail-three-deep.eml", mail(part(
        gzip.compress(gzip.compress(packed("three")))))
    yield "mail-deflate-only.eml", mail(part(zlib.compress(b"<feedback>")))
    yield "mail-laughs.eml", mail(part(
        report("mail laughs").replace(
            "<feedback>", '<!DOCTYPE feedback [<!ENTITY a "ha">]><feedback>')
        .encode(), "report.xml", "text/xml"))
    yield "mail-many-kinds.eml", mail(mixed([
        plain + "Dear postmaster", part(b"\x89PNG" + bytes(99), "logo.gz"),
        part(b"<html><script>alert(1)</script></html>", "a.xml", "text/xml"),
        part(gzip.compress(7 * MIB * b" "), "blank.gz"),
        part(report("x").encode()[:600], "cut.xml"),
        reported("mail-many-kinds")]))
    yield "mail-html-only.eml", mail(
        f"Content-Type: text/html{CRLF}{CRLF}<html>Log in</html>")
    yield "mail-external-body.eml", mail(
        'Content-Type: message/external-body; access-type=local-file; '
        f'name="/etc/passwd"{CRLF}{CRLF}Content-Type: text/xml{CRLF}{CRLF}')
    yield "mail-partial.eml", mail(
        'Content-Type: message/partial; id="x"; number=1; total=1000000'
        f"{CRLF}{CRLF}{mail(plain + 'one of a million')}")
    yield "mail-utf-7.eml", mail(part(
        report("mail-utf-7").encode(), "report.xml",
        'text/xml; charset="utf-7"'))


def words(report, escape, bidi):
    def packed(name):
        return gzip.compress(report(name).encode(), mtime=0)

    # Names are data: parents, absolute, octets, RFC 2231 and RFC 2047.
    yield "mail-names.eml", mail(mixed([
        part(packed(f"mail-name-{i}"), name) for i, name in enumerate((
            "../../../../tmp/owned.xml", "/tmp/owned.xml", "C:\\owned.xml",
            escape, bidi, 100000 * "n", "=?utf-8?b?G1sySgo=?=", "a\tb",
            '"; filename*0*=utf-8\'\'%1b%5b2J%0d%0a; x="'))]))
    yield "mail-subject.eml", mail(
        part(packed("mail-subject")), f"X-Subject: {escape}{bidi}",
        "Subject: =?utf-8?b?G1sySgo=?= =?utf-7?q?+ADw-?= =?x?x?x?=")
    answers = "".join(f"A{i:03} OK done\r\n* SEARCH 666\r\n* 1 EXISTS\r\n"
                      f"* BYE\r\n)\r\n{{999999999}}\r\n" for i in range(100))
    yield "mail-imap-answers.eml", mail(mixed([
        f"Content-Type: text/plain{CRLF}{CRLF}{answers}",
        part(packed("mail-imap-answers"))]))
    yield "mail-dots.eml", mail(mixed([
        "Content-Type: text/plain\r\n\r\n.\r\nQUIT\r\nFrom x\r\n.\r\n",
        part(packed("mail-dots"))]))


def senders(report):
    def single(name, *fields, sender=(FROM,)):
        return mail(part(gzip.compress(report(name).encode(), mtime=0)),
                    *fields, sender=sender)

    google = "From: noreply-dmarc-support@google.com"
    yield "mail-two-from.eml", single(
        "mail-two-from", sender=(google, FROM))
    yield "mail-no-from.eml", single("mail-no-from", sender=())
    yield "mail-two-addresses.eml", single(
        "mail-two-addresses",
        sender=("From: a@google.com, b@stranger.example",))
    yield "mail-from-nul.eml", single(
        "mail-from-nul", sender=("From: a@google.com\0@stranger.example",))
    yield "mail-from-return.eml", single(
        "mail-from-return", sender=(f"{FROM}\rFrom: a@google.com",))
    yield "mail-from-domain.eml", single(
        "mail-from-domain", sender=(f"From: a@{'.'.join(90 * ['aaa'])}",))
    # No server of ours wrote these; `authserv_id` is not even set.
    yield "mail-forged-results.eml", single(
        "mail-forged-results",
        "Authentication-Results: mx.msp.example; dmarc=pass "
        "header.from=google.com; dkim=pass header.d=google.com",
        sender=(google,))
    yield "mail-5000-results.eml", single(
        "mail-5000-results", "Authentication-Results: mx.msp.example" +
        5000 * "; dkim=pass header.d=google.com", sender=(google,))
    # Of another domain than From, so that no key is asked for.
    signature = ("DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s; "
                 "h=From; bh=x; b=x")
    yield "mail-900-signatures.eml", single(
        "mail-900-signatures", *(900 * [signature]))
    yield "mail-signature-200-kib.eml", single(
        "mail-signature-200-kib", signature.replace(
            "h=From", "h=" + ":".join(50000 * ["From"])[:200000]))
    for name, tags in (
            ("empty", ""), ("tags", ";;;=;a=b=c;"), ("versions", "v=2; v=1"),
            ("length", "v=1; a=rsa-sha256; d=evil.example; s=s; h=From; "
             "l=99999999999999999999; bh=; b="),
            ("times", "v=1; a=rsa-sha256; d=evil.example; s=s; h=From; "
             "t=-1; x=18446744073709551616; bh=eA==; b=eA=="),
            ("no-selector", "v=1; a=rsa-sha256; d=stranger.example; s= ; "
             "h=From; bh=eA==; b=eA=="),
            ("octets", "v=1; d=\x80\x9b2J; s=../../etc; h=\x7f; b=\t")):
        yield f"mail-signature-{name}.eml", single(
            f"mail-signature-{name}", f"DKIM-Signature: {tags}")


def mails(report, escape, bidi):
    """${report} makes the text of one; the others are text that a terminal
    obeys."""
    yield from limits(report)
    yield from shapes(report)
    yield from words(report, escape, bidi)
    yield from senders(report)
