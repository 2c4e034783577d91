#!/usr/bin/env bats
# The generator itself: what other tests believe must be so.

load helper

day() {
	mkdir -p out
	run --separate-stderr "-$1" "$DRO_GEN" day --out out \
	    --domain klant.example --date 2026-01-05 \
	    --record 'v=DMARC1; p=reject; pct=25; t=y' \
	    --reporter google.com --rfc9990 yahoo.com --mail "$2"
}

# counts REPORTER: "disposition count" of its rows on one line.
counts() {
	zcat out/"$1"!* | sed -n 's,.*<count>\(.*\)</count>,\1,p
	    s,.*<disposition>\(.*\)</disposition>,\1,p' | paste -s -d ' '
}

@test "messages are split over the reporters, dispositions follow each RFC" {
	day 0 'spoof strangers=1 n=201 fail'
	[ "$(counts google.com)" = '25 reject 76 quarantine' ]
	[ "$(counts yahoo.com)" = '100 quarantine' ]
}

@test "mail that passes is left alone, in the words of each RFC" {
	day 0 'own ip=192.0.2.10 n=4 pass spf=mail.klant.example'
	[ "$(counts google.com)" = '2 none' ]
	[ "$(counts yahoo.com)" = '2 pass' ]
}

@test "the same words make the same octets" {
	day 0 'own ip=192.0.2.10 n=4 pass spf=klant.example'
	sha256sum out/* >first
	day 0 'own ip=192.0.2.10 n=4 pass spf=klant.example'
	sha256sum --check --status first
	[ "$(wc -l <first)" = 2 ]
}

@test "a promise that the words do not keep is refused" {
	day 65 'own ip=192.0.2.10 n=4 pass spf=vendor.example'
	day 65 'own ip=192.0.2.10 n=4 fail dkim=klant.example/s1'
	day 65 'own ip=192.0.2.10 n=4 helo=klant.example'
	day 65 'own n=4'
	[ -z "$(ls out)" ]
}
