#!/usr/bin/env python3
"""Make the reports in this folder, good ones beside attacks, from one text.

Run here after a change; the files are kept, so that no test runs this.
What each must come to is written by hand in stored.tsv and refused.tsv.
"""

import bz2  # noqa: F401  (zipfile needs it for the bzip2 method)
import gzip
import io
import pathlib
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent

BASE = """<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>Receiver Example</org_name>
    <email>dmarc@receiver.example</email>
    <report_id>r-1</report_id>
    <date_range><begin>1767571200</begin><end>1767657599</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>klant.example</domain>
    <adkim>r</adkim><aspf>r</aspf>
    <p>none</p><sp>none</sp><pct>100</pct><fo>0</fo>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.10</source_ip>
      <count>7</count>
      <policy_evaluated>
        <disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>
      </policy_evaluated>
    </row>
    <identifiers><header_from>klant.example</header_from></identifiers>
    <auth_results>
      <dkim><domain>klant.example</domain><selector>s1</selector><result>pass</result></dkim>
      <spf><domain>mailer.example</domain><scope>mfrom</scope><result>pass</result></spf>
    </auth_results>
  </record>
  <record>
    <row>
      <source_ip>2001:DB8::1</source_ip>
      <count>5</count>
      <policy_evaluated>
        <disposition>quarantine</disposition><dkim>fail</dkim><spf>fail</spf>
      </policy_evaluated>
    </row>
    <identifiers><header_from>klant.example</header_from></identifiers>
    <auth_results>
      <spf><domain>spoof.example</domain><scope>mfrom</scope><result>softfail</result></spf>
    </auth_results>
  </record>
</feedback>
"""


def put(name, data):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def base(*changes):
    """BASE with the first place of each old text replaced."""
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def gz(data, level=9):
    if isinstance(data, str):
        data = data.encode()
    return gzip.compress(data, level, mtime=0)


def archive(*members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2026, 1, 6, 0, 0, 0))
            info.compress_type = method
            z.writestr(info, data)
    return out.getvalue()


def flag_encrypted(data):
    """Say of the only entry that it is encrypted, in both its headers."""
    data = bytearray(data)
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    return bytes(data)


RFC9990 = base(
    ("<feedback>", '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">'),
    ("<p>none</p><sp>none</sp><pct>100</pct><fo>0</fo>",
     "<p>quarantine</p><sp>none</sp><np>reject</np>"
     "<testing>y</testing><discovery_method>treewalk</discovery_method>"),
    ("<disposition>none", "<disposition>pass"))


def good():
    put("good/rfc7489.xml", BASE)
    put("good/rfc9990.xml", RFC9990)
    put("good/mixed.xml", base(("<sp>none</sp>", "<sp>none</sp><np>none</np>")))
    put("good/prefix.xml", RFC9990.replace("xmlns=", "xmlns:d=")
        .replace("<", "<d:").replace("<d:/", "</d:").replace("<d:?", "<?"))
    put("good/namespace-7489.xml", base(
        ("<feedback>",
         '<feedback xmlns="http://dmarc.org/dmarc-xml/0.1">')))
    put("good/reformatted.xml", " ".join(BASE.split()).replace("> <", ">\n<")
        .replace("</row>", "</row><!-- other comments -->")
        .replace("<fo>0</fo>", "<ri>86400</ri>"))
    put("good/utf16.xml", BASE.replace("UTF-8", "UTF-16").encode("utf-16"))
    put("good/latin1.xml", base(("UTF-8", "ISO-8859-1"),
        ("Receiver Example", "Empf\u00e4nger")).encode("latin-1"))
    put("good/no-declaration.xml", BASE[BASE.index("<feedback>"):])
    put("good/extension.xml", base(
        ("  <record>", "  <extension><x:count xmlns:x='urn:x'>9</x:count>"
         "</extension>\n  <record>"),
        ("<row>", "<row><other><count>9</count></other>")))
    put("good/angle-id.xml", base(("r-1", " &lt;r-1@receiver.example&gt; ")))
    put("good/count-limits.xml", base(
        ("<count>7", "<count>1000000000"), ("<count>5", "<count>0")))
    put("good/name.xml.gz", gz(BASE))
    put("good/no-suffix", gz(BASE))
    put("good/gzip-named.zip", gz(BASE))
    put("good/gzip-in-gzip.gz", gz(gz(BASE)))
    half = len(BASE) // 2
    put("good/two-members.gz", gz(BASE[:half]) + gz(BASE[half:]))
    put("good/sixteen-members.gz",
        gz(BASE) + b"".join(gz("") for _ in range(15)))
    put("good/three.zip", archive(
        ("a.xml", BASE), ("dir/", b""),
        ("../../etc/cron.d/b.xml", base(("r-1", "r-2"))),
        ("c.xml.gz", gz(base(("r-1", "r-3"))))))
    put("good/stored.zip", archive(("a.xml", BASE), method=zipfile.ZIP_STORED))


def odd():
    put("odd/no-rows.xml", BASE[:BASE.index("  <record>")] + "</feedback>\n")
    put("odd/range-empty.xml", base(("1767657599", "1767571200")))
    put("odd/range-reversed.xml", base(("1767657599", "1767571199")))
    put("odd/range-8-days.xml", base(("1767657599", "1768262400")))
    put("odd/range-long.xml", base(("1767657599", "1768262401")))
    put("odd/range-26-hours.xml", base(("1767657599", "1767664800")))
    put("odd/range-over-day.xml", base(("1767657599", "1767664801")))
    put("odd/range-to-now.xml", base(
        ("1767571200", "1769817600"), ("1767657599", "1769904000")))
    put("odd/range-future.xml", base(
        ("1767571200", "1769817600"), ("1767657599", "1769904001")))
    put("odd/window-edge.xml", base(
        ("1767571200", "1735344000"), ("1767657599", "1735430399")))
    put("odd/outside-window.xml", base(
        ("1767571200", "1735343999"), ("1767657599", "1735430399")))
    put("odd/time-decimal.xml", base(("1767571200", "1767571200.0")))
    put("odd/bom.xml", b"\xef\xbb\xbf" + BASE.encode())
    put("odd/leading-space.xml", "\r\n\t " + BASE)
    put("odd/bom-and-space.xml", b"\xef\xbb\xbf \n" + BASE.encode())
    put("odd/namespace.xml", base(
        ("<feedback>", '<feedback xmlns="http//dmarc.org/dmarc-xml/0.1">')))
    put("odd/version.xml", base(("<version>1.0", "<version>2.0")))
    put("odd/count-twice.xml", base(
        ("<count>7</count>", "<count>7</count><count>9</count>")))
    put("odd/policy-twice.xml", base(
        ("</policy_published>", "</policy_published><policy_published>"
         "<domain>other.example</domain><p>reject</p></policy_published>")))
    put("odd/identities.xml", base(
        ("<identifiers>", "<identities>"),
        ("</identifiers>", "</identities>")))
    put("odd/org-missing.xml", base(
        ("<org_name>Receiver Example</org_name>", "<org_name/>")))
    put("odd/email-missing.xml", base(
        ("<email>dmarc@receiver.example</email>", "")))
    put("odd/p-missing.xml", base(("<p>none</p>", "")))
    put("odd/p-odd.xml", base(("<p>none</p>", "<p>nonsense</p>")))
    put("odd/pct-odd.xml", base(("<pct>100</pct>", "<pct>101</pct>")))
    put("odd/testing-odd.xml", base(
        ("<fo>0</fo>", "<testing>maybe</testing>")))
    put("odd/sp-empty.xml", base(("<sp>none</sp>", "<sp></sp>")))
    put("odd/row-empty.xml", base(("  <record>", "  <record/>\n  <record>")))
    put("odd/ip-missing.xml", base(
        ("<source_ip>192.0.2.10</source_ip>", "")))
    put("odd/ip-odd.xml", base(("192.0.2.10", "192.0.2.300")))
    put("odd/header-from-missing.xml", base(
        ("<header_from>klant.example</header_from>", "")))
    put("odd/capitals.xml", base(
        ("<disposition>none", "<disposition>None"), ("<dkim>pass",
         "<dkim>Pass")))
    put("odd/spf-softfail.xml", base(("<spf>fail", "<spf>softfail")))
    put("odd/temperror.xml", base(
        ("<dkim>pass", "<dkim>temperror")))
    put("odd/both-missing.xml", base(
        ("<dkim>pass</dkim><spf>fail</spf>", "")))
    put("odd/one-missing.xml", base(
        ("<dkim>pass</dkim><spf>fail</spf>", "<spf>pass</spf>")))
    put("odd/disposition.xml", base(
        ("<disposition>none", "<disposition>delivered")))
    put("odd/reason-empty.xml", base(
        ("<spf>fail</spf>", "<spf>fail</spf><reason><type/></reason>")))
    put("odd/signatures-many.xml", base(
        ("<auth_results>", "<auth_results>" + 100 * (
            "<dkim><domain>x.example</domain><selector>s</selector>"
            "<result>fail</result></dkim>\n"))))
    put("odd/trailing.gz", gz(BASE) + b"\r\n")
    put("odd/trailing-one.gz", gz(BASE) + b"\x1f")
    put("odd/resource-fork.zip", archive(
        ("a.xml", BASE), ("__MACOSX/._a.xml", b"\x00\x05\x16\x07\x00\x02")))
    put("odd/hostile-text.xml", base(
        ("Receiver Example", "\u202eevil\u200b &lt;b&gt;\u0085")))


def refused():
    put("refused/empty.xml", b"")
    put("refused/blank.xml", b" \r\n\t \n")
    put("refused/gzip-of-nothing.gz", gz(""))
    put("refused/text.xml", "this is not a report\n")
    put("refused/mail.eml", "From: a@receiver.example\r\n\r\nhello\r\n")
    put("refused/text.xml.gz", gz("unused"))
    put("refused/gzip-thrice.gz", gz(gz(gz(BASE))))
    put("refused/zip-in-gzip.gz", gz(archive(("a.xml", BASE))))
    put("refused/zip-in-zip.zip", archive(
        ("a.zip", archive(("a.xml", BASE)))))
    put("refused/gzip-gzip-in-zip.zip", archive(("a.gz", gz(gz(BASE)))))
    whole = gz(BASE)
    put("refused/gzip-truncated.gz", whole[:-9])
    put("refused/gzip-checksum.gz", whole[:-8] + bytes(4) + whole[-4:])
    put("refused/gzip-damaged.gz", whole[:40] + b"\xff\xff" + whole[42:])
    put("refused/gzip-second-damaged.gz",
        whole + whole[:40] + b"\xff\xff" + whole[42:])
    put("refused/gzip-second-truncated.gz", whole + whole[:30])
    put("refused/gzip-members.gz",
        gz(BASE) + b"".join(gz("") for _ in range(16)))
    bomb = "<feedback>" + " " * (4 << 20) + "</feedback>"
    put("refused/gzip-bomb.gz", gz(bomb))
    put("refused/gzip-bomb-twice.gz", gz(gz(bomb)))
    put("refused/zip-bomb.zip", archive(("a.xml", bomb)))
    put("refused/zip-bomb-split.zip", archive(
        *((f"{i}.xml", "<feedback>" + " " * 900000 + "</feedback>")
          for i in range(3))))
    good_zip = archive(("a.xml", BASE))
    put("refused/zip-truncated.zip", good_zip[:-30])
    crc = zlib.crc32(BASE.encode()).to_bytes(4, "little")
    put("refused/zip-checksum.zip", good_zip.replace(crc, bytes(4)))
    put("refused/zip-encrypted.zip", flag_encrypted(good_zip))
    put("refused/zip-bzip2.zip", archive(
        ("a.xml", BASE), method=zipfile.ZIP_BZIP2))
    put("refused/zip-entries.zip", archive(
        *((str(i), b"") for i in range(1001)), method=zipfile.ZIP_STORED))
    put("refused/zip-nothing.zip", archive())
    put("refused/zip-note.zip", archive(("a.xml", "a note"), ("b", b"")))
    put("refused/zip-one-bad.zip", archive(
        ("bad.xml", BASE[:700]), ("good.xml", BASE)))
    put("refused/cut.xml", BASE[:700])
    put("refused/two-roots.xml", BASE + "<feedback/>")
    put("refused/nul.xml", base(("r-1", "r\0")))
    put("refused/bad-utf8.xml", BASE.encode().replace(b"r-1", b"r-\x91"))
    put("refused/unclosed-schema.xml", base(
        ("<feedback>", "<xs:schema>\n<feedback>")))
    put("refused/doctype.xml", base(
        ("<feedback>", "<!DOCTYPE feedback>\n<feedback>")))
    put("refused/external-entity.xml", base(
        ("<feedback>", '<!DOCTYPE feedback [<!ENTITY x SYSTEM '
         '"file:///etc/passwd">]>\n<feedback>'), ("r-1", "&x;")))
    laughs = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{10 * f"&a{i - 1};"}">' for i in range(1, 10))
    put("refused/billion-laughs.xml", base(
        ("<feedback>", f"<!DOCTYPE feedback [{laughs}]>\n<feedback>"),
        ("r-1", "&a9;")))
    put("refused/undeclared-entity.xml", base(("r-1", "&nbsp;")))
    put("refused/windows-1252.xml", base(("UTF-8", "windows-1252")))
    put("refused/utf-7.xml", base(("UTF-8", "UTF-7")))
    put("refused/deep.xml", "<feedback>" + 16 * "<a>" + 16 * "</a>" +
        "</feedback>")
    put("refused/long-text.xml", base(("Receiver Example", 4097 * "a")))
    put("refused/element-in-count.xml", base(
        ("<count>7", "<count>1<b>2</b>3")))
    put("refused/root.xml", "<invalid_root/>")
    put("refused/html.html", "<html><body>Not found</body></html>")
    put("refused/row-size.xml.gz", gz(base(
        ("<auth_results>", "<auth_results>" + 40 *
         f"<dkim><domain>{4000 * 'd'}</domain><result>fail</result></dkim>"))))
    put("refused/count-missing.xml", base(
        ("<count>7</count>", "")))
    for name, count in (("negative", "-1"), ("plus", "+7"), ("word", "seven"),
                        ("decimal", "7.0"), ("empty", ""),
                        ("above", "1000000001"),
                        ("huge", "18446744073709551617")):
        put(f"refused/count-{name}.xml", base(
            ("<count>7<", f"<count>{count}<")))
    put("refused/range-missing.xml", base(
        ("<begin>1767571200</begin>", "")))
    for name, begin in (("word", "yesterday"), ("negative", "-5"),
                        ("milliseconds", "1767571200000"), ("hex", "0x10"),
                        ("dots", "1767571200.0.0")):
        put(f"refused/range-{name}.xml", base(("1767571200", begin)))
    put("refused/domain-missing.xml", base(
        ("<domain>klant.example</domain>", "")))
    put("refused/domain-odd.xml", base(
        ("<domain>klant.example<", "<domain>klant example/../x<")))
    put("refused/domain-unicode.xml", base(
        ("<domain>klant.example<", "<domain>kl\u00e4nt.example<")))
    put("refused/reporter.xml", base(
        ("<org_name>Receiver Example</org_name>", "<org_name> </org_name>"),
        ("<email>dmarc@receiver.example</email>", "<email>dmarc</email>")))
    put("refused/report-id.xml", base(("r-1", " &lt;&gt; ")))


if __name__ == "__main__":
    good()
    odd()
    refused()
