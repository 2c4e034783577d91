#!/usr/bin/env python3
"""Write an example portfolio: hundreds of made-up domains of several clients.

    examples/portfolio.py [--out DIR] [--domains N] [--clients N]
        [--account JSON] [--dns ADDRESS@PORT ...] [--clock real|virtual]

DIR (default: portfolio), which must be empty or not there, gets

    rollout.yaml      the operator's file: accounts, policies, one client
    conf.d/*.yaml     the other clients, one file each
    conf.d/*.csv      the domains of the second client, as a sheet
    incoming/         where reports go
    zones/            a zone file per domain, for the provider zonefile

Everything is the same for the same words on the command line.  All names end
in .example, which nobody owns (RFC 2606).  --account is the options of both
accounts as JSON, for any other provider; then no zone file is written.
--dns names the servers that hold the zones, as a test runs them.
"""

import argparse
import json
import pathlib
import sys

TRADES = ("bakker", "drukker", "garage", "hovenier", "kapper", "kliniek",
          "makelaar", "museum", "notaris", "school", "slager", "smid")
TOWNS = ("amstel", "berkel", "dommel", "eem", "ijssel", "linge", "maas",
         "regge", "rotte", "schelde", "vecht", "waal")
# What the client's accounts and policies may look like, in turn.
CLIENTS = (
    ("vakbedrijven", "Vakbedrijven NV", {}),
    ("blad", "Uitgeverij Het Blad", {"policy": "careful"}),
    ("gemeente", "Gemeente Voorbeeld",
     {"policy": "government", "account": "public"}),
    ("zorg", "Zorggroep", {"policy": "patient"}),
    ("winkels", "Winkels BV", {}),
    ("scholen", "Scholengroep", {"policy": "careful", "account": "public"}),
)
SOURCES = {
    "zorg": "salaris: {mail_from: [loon.example], owner: HR Software BV}",
    "gemeente": "burgers: {dkim: [mailing.example], owner: Mailing BV}",
}


def client(i):
    """Key, name and settings of client i."""
    key, name, settings = CLIENTS[i % len(CLIENTS)]
    if i < len(CLIENTS):
        return key, name, settings
    return f"{key}-{i // len(CLIENTS) + 1}", f"{name} {i}", settings


def domain(i):
    """Name of domain i: never twice."""
    trade = TRADES[i % len(TRADES)]
    town = TOWNS[i // len(TRADES) % len(TOWNS)]
    more = i // (len(TRADES) * len(TOWNS))
    if i == 1:
        return "b\u00fccher-eem.example"
    return f"{trade}-{town}{f'-{more + 1}' if more else ''}.example"


def shares(domains, clients):
    """How many domains each client has: the first ones have most."""
    weights = [clients - i for i in range(clients)]
    counts = [domains * w // sum(weights) for w in weights]
    counts[0] += domains - sum(counts)
    return counts


def silent(i):
    """One in eight sends no mail: to be parked."""
    return i % 8 == 5


def settings(i):
    """What the file says about domain i itself."""
    if silent(i):
        return {"policy": "parked"}
    if i % 25 == 7:
        return {"pause": "waits for the new mail system"}
    if i % 40 == 12:
        return {"sp": "reject", "np": "reject"}
    if i % 60 == 18:
        return {"policy": "fast", "why": "one sender, which is ours"}
    if i % 30 == 3:
        return {"ttl": "5m"}
    return {}


def flow(pairs):
    return ", ".join(f"{key}: {json.dumps(value)}"
                     for key, value in pairs.items())


def client_yaml(i, domains, sheet=None):
    key, name, own = client(i)
    lines = [f"  {key}:", f"    name: {name}"]
    lines += [f"    {k}: {v}" for k, v in own.items()]
    if key in SOURCES:
        lines += ["    sources:", f"      {SOURCES[key]}"]
    if sheet:
        return lines + [f"    import: {{csv: {sheet}}}"]
    lines.append("    domains:")
    for d in domains:
        more = flow(settings(d))
        lines.append(f"      {domain(d)}:" + (f" {{{more}}}" if more else ""))
    return lines


def sheet_csv(domains):
    columns = ("policy", "pause", "ttl", "sp", "np", "why")
    rows = [("domain",) + columns]
    for d in domains:
        own = settings(d)
        rows.append((domain(d),) + tuple(own.get(c, "") for c in columns))
    return "".join(";".join(row) + "\n" for row in rows)


def main_yaml(args, domains):
    account = json.dumps(args.account)
    lines = [
        "# yaml-language-server: $schema=rollout.config-1.json",
        "version: 1",
        "state: {database: rollout.db}",
        f"clock: {args.clock}",
    ]
    if args.dns:
        lines.append(f"dns: {{servers: {{example: {json.dumps(args.dns)}}}}}")
    lines += [
        "reports:",
        "  - {name: drop, directory: {path: incoming}, trust: trusted}",
        "accounts:",
        f"  own: {account}",
        f"  public: {account}",
        "policies:",
        "  patient:",
        "    extends: careful",
        "    gates: {reporters: 3}",
        "    hops: {quarantine: {days: 60}}",
        "    approval: {before: [quarantine-10, quarantine, reject]}",
        "defaults:",
        "  policy: standard",
        "  account: own",
        '  rua: "mailto:dmarc@rua.msp.example"',
        "  ttl: 1h",
        "include: [conf.d/*.yaml]",
        "clients:",
    ]
    return "\n".join(lines + client_yaml(0, domains)) + "\n"


def ascii_name(name):
    return name.encode("idna").decode("ascii")


def zone(i):
    """A zone as it is found before the rollout begins."""
    name = ascii_name(domain(i))
    lines = [
        f"$ORIGIN {name}.",
        "$TTL 3600",
        f"@ IN SOA ns1.{name}. hostmaster.{name}. 1 3600 900 604800 300",
        "@ IN NS ns1",
        "ns1 IN A 127.0.0.1",
    ]
    if silent(i):
        return "\n".join(lines + ["www IN A 192.0.2.80"]) + "\n"
    lines += [
        "@ IN MX 10 mail",
        "mail IN A 192.0.2.25",
        '@ IN TXT "v=spf1 mx -all"',
    ]
    if i % 3 != 1:
        lines.append('_dmarc IN TXT "v=DMARC1; p=none"')
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path("portfolio"), metavar="DIR")
    parser.add_argument("--domains", type=int, default=300, metavar="N")
    parser.add_argument("--clients", type=int, default=12, metavar="N")
    parser.add_argument("--account", type=json.loads, metavar="JSON",
                        default={"provider": "zonefile", "path": "zones/"})
    parser.add_argument("--dns", nargs="+", metavar="ADDRESS@PORT")
    parser.add_argument("--clock", choices=("real", "virtual"),
                        default="real")
    args = parser.parse_args()
    if not 2 <= args.clients <= args.domains:
        parser.error("--clients: at least 2, and no more than --domains")
    if not isinstance(args.account, dict) or "provider" not in args.account:
        parser.error('--account: JSON such as {"provider": "zonefile", '
                     '"path": "zones/"}')
    if args.out.exists() and any(args.out.iterdir()):
        parser.error(f"--out: {args.out} is not empty")
    return args


def main():
    args = arguments()
    names = [ascii_name(domain(i)) for i in range(args.domains)]
    assert len(set(names)) == len(names)
    for folder in ("conf.d", "incoming", "zones"):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    first = 0
    for i, count in enumerate(shares(args.domains, args.clients)):
        domains = range(first, first + count)
        first += count
        if i == 0:
            (args.out / "rollout.yaml").write_text(
                main_yaml(args, domains), encoding="utf-8")
            continue
        key = client(i)[0]
        sheet = f"{key}.csv" if i == 1 else None
        if sheet:
            (args.out / "conf.d" / sheet).write_text(
                sheet_csv(domains), encoding="utf-8")
        (args.out / "conf.d" / f"{key}.yaml").write_text(
            "\n".join(["clients:"] + client_yaml(i, domains, sheet)) + "\n",
            encoding="utf-8")
    if args.account["provider"] == "zonefile":
        for i, name in enumerate(names):
            (args.out / "zones" / f"{name}.zone").write_text(zone(i))
    else:
        (args.out / "zones").rmdir()
    print(f"{args.out}: {args.domains} domains of {args.clients} clients")
    return 0


if __name__ == "__main__":
    sys.exit(main())
