#!/usr/bin/env bats
# db backup and db prune, and a restore as the documents tell it.

load helper

# shell FILE HEADING N: the n-th block of shell below a heading.
shell() {
	awk -v heading="## $2" -v n="$3" '/^## / { on = $0 == heading }
	    on && /^```/ { in_block = $0 == "```sh"; blocks += in_block; next }
	    on && in_block && blocks == n' "$top/$1"
}

world() {
	config 'clock: virtual'
	report 2026-01-01 'own ip=192.0.2.10 n=100 pass spf=klant.example'
	report 2026-01-02 'crm ip=198.51.100.7 n=40 fail'
	rollout 0 ingest --now 2026-01-03T06:00:00Z
}

# state: all that can be seen of a database.
state() {
	local verb
	for verb in reports history status 'explain klant.example'; do
		# shellcheck disable=SC2086 # two words
		"$ROLLOUT" $verb --json --now 2026-01-03T06:00:00Z
	done
}

@test "a restore as the document tells it brings everything back" {
	mkdir var backup
	cd var
	world
	state >../before
	shell docs/deploy.md Backup 1 >../backup.sh
	shell docs/deploy.md Backup 2 >../restore.sh
	sed -i -e "s,/var/lib/rollout,$PWD," -e "s,/backup/,$PWD/../backup/," \
	    -e "s,^rollout,$ROLLOUT," ../backup.sh ../restore.sh
	sh -e ../backup.sh
	[ "$(stat -c %a ../backup/*)" = "600
600" ]
	report 2026-01-03 'crm ip=203.0.113.9 n=7 fail'
	rollout 0 ingest --now 2026-01-04T06:00:00Z
	state >../after
	run ! cmp -s ../before ../after
	printf 'a flipped disk' >rollout.db
	sh -e ../restore.sh
	state >../restored
	cmp ../before ../restored
	# What came later comes again, as new.
	rollout 0 ingest --now 2026-01-04T06:00:00Z
	[[ $output == "3 files: 1 new reports"* ]]
	state >../restored
	cmp ../after ../restored
}

@test "db backup says what it did and overwrites nothing" {
	world
	rollout 0 db backup copy.db
	[[ ${lines[0]} == "copy.db: "*" octets, checked." ]]
	[[ ${lines[1]} == "copy.db-archive: "*" octets, checked." ]]
	rollout 64 db backup copy.db
	[[ $stderr == "error: "*"copy.db: is there already; a backup overwrites nothing: name another file" ]]
	rollout 0 db backup other.db --json
	[ "$(jq -r '[.schema, .path, .archive.path] | @tsv' <<<"$output")" = \
	    "rollout.db-backup/1	other.db	other.db-archive" ]
	[ "$(jq .octets <<<"$output")" = "$(stat -c %s other.db)" ]
	[ "$(jq .archive.octets <<<"$output")" = "$(stat -c %s other.db-archive)" ]
	rollout 74 db backup nowhere/copy.db
}

@test "db backup without a database, db prune beside another run" {
	config
	rollout 66 db backup copy.db
	[[ $stderr == *"rollout.db: no database yet, so there is nothing to copy" ]]
	[ ! -e copy.db ]
	rollout 0 ingest
	flock rollout.db.lock "$ROLLOUT" db backup copy.db
	run --separate-stderr -75 flock rollout.db.lock "$ROLLOUT" db prune
}

@test "db prune: addresses, then originals, then reports" {
	world
	rollout 0 db prune --now 2026-01-04T06:00:00Z
	[ "$output" = "0 reports and 0 originals removed; the addresses of 0 reports cut to networks." ]
	rollout 0 db prune --now 2026-03-03T06:00:00Z
	[ "$output" = "0 reports and 0 originals removed; the addresses of 1 reports cut to networks." ]
	rollout 0 db prune --now 2026-03-04T06:00:00Z --json
	[ "$(jq -c . <<<"$output")" = '{"schema":"rollout.db-prune/1","addresses":1,"originals":2,"reports":0,"freed":{"database":0,"archive":0},"complete":true}' ]
	rollout 0 reports --now 2026-03-04T06:00:00Z
	[[ $output == *"2 reports, 2 of them count: 140 messages, 100 pass DMARC." ]]
	rollout 0 db prune --now 2027-06-01T00:00:00Z
	[ "$output" = "2 reports and 0 originals removed; the addresses of 0 reports cut to networks." ]
	rollout 0 reports --now 2027-06-01T00:00:00Z
	[[ $output == "0 reports,"* ]]
}

@test "db prune gives room back" {
	config 'clock: virtual'
	"$DRO_GEN" day --out incoming --domain klant.example --date 2026-01-01 \
	    --days 200 --record 'v=DMARC1; p=none' --reporter google.com \
	    --mail 'own ip=192.0.2.10 n=100 pass spf=klant.example'
	rollout 0 ingest --now 2026-07-25T06:00:00Z
	before=$(stat -c %s rollout.db) archive=$(stat -c %s rollout.db-archive)
	rollout 0 db prune --now 2028-01-01T00:00:00Z
	[[ ${lines[0]} == "200 reports and "* ]]
	[ "${lines[1]}" = "$((before - $(stat -c %s rollout.db))) octets of the database and $((archive - $(stat -c %s rollout.db-archive))) of the archive given back." ]
	[ "$(stat -c %s rollout.db)" -lt $((before * 3 / 4)) ]
	[ "$(stat -c %s rollout.db-archive)" -lt $((archive / 2)) ]
	[ "$(sqlite3 rollout.db 'PRAGMA integrity_check')" = ok ]
	[ "$(sqlite3 rollout.db-archive 'PRAGMA integrity_check')" = ok ]
	rollout 0 db prune --now 2028-01-01T00:00:00Z
	[ "$output" = "0 reports and 0 originals removed; the addresses of 0 reports cut to networks." ]
}

@test "ingest cuts what is due and leaves reports" {
	world
	grep -q 198.51.100.7 rollout.db
	rollout 0 ingest --now 2027-06-01T00:00:00Z
	run ! grep -q 198.51.100.7 rollout.db
	grep -q 198.51.100.0/24 rollout.db
	rollout 0 reports --now 2027-06-01T00:00:00Z
	[[ $output == *"2 reports, "* ]]
	[ "$(sqlite3 rollout.db-archive 'SELECT count(*) FROM original')" = 0 ]
}

@test "retention: what a configuration may say" {
	config 'retention: {reports: forever, archive: 0d, addresses: forever}'
	rollout 0 config check
	[ -z "$stderr" ]
	config 'retention: {reports: 189d}'
	rollout 78 config check
	[[ $stderr == *"reports: must be 190d to 3650d, found \"189d\""* ]]
	config 'retention: {addresses: 0d}'
	rollout 78 config check
	[[ $stderr == *"addresses: must be 1d to 3650d, found \"0d\""* ]]
	config 'retention: {archive: 36h}'
	rollout 78 config check
	[[ $stderr == *"archive: must be a multiple of 1d, found \"36h\""* ]]
	config 'retention: {archive: never}'
	rollout 78 config check
	[[ $stderr == *"archive: expected a time with its unit such as \"3d\" or forever, found \"never\""* ]]
	config 'retention: {archive: 61d}'
	rollout 0 config check
	[[ $stderr == *"warning: archive: originals have whole addresses, so these are kept longer than the 60 days of addresses; say at most archive: 60d, or raise addresses"* ]]
	config 'retention: {archive: forever, addresses: 90d}'
	rollout 0 config check
	[[ $stderr == *"warning: archive: "*"90d, or raise addresses"* ]]
	# The archive follows where only addresses are shortened.
	config 'retention: {addresses: 30d}'
	rollout 0 config check
	[ -z "$stderr" ]
}

@test "what the page about privacy says about requests is so" {
	local count
	world
	# An address is found whole, not as part of another.
	query() {
		awk '/^```/ { on = $0 == "```sql"; next } on' \
		    "$top/docs/privacy.md" | sed "s/198.51.100.7/$1/g"
	}
	[ "$(query 198.51.100.7 | sqlite3 -readonly rollout.db | cut -d'|' -f1,4)" = \
	    "klant.example|2026-01-02 23:59:59" ]
	[ -z "$(query 198.51.100. | sqlite3 -readonly rollout.db)" ]
	[ -z "$(query 98.51.100.7 | sqlite3 -readonly rollout.db)" ]
	# Erased on request.
	sed -i '/^clock/a retention: {archive: 1d, addresses: 1d}' rollout.yaml
	grep -q '`retention: {archive: 1d, addresses: 1d}`' "$top/docs/privacy.md"
	rollout 0 db prune --now 2026-01-05T00:00:00Z
	[ -z "$(query 198.51.100.7 | sqlite3 -readonly rollout.db)" ]
	run ! grep -q 198.51.100.7 rollout.db rollout.db-wal
	count=$(sqlite3 rollout.db-archive 'SELECT count(*) FROM original')
	[ "$count" = 0 ]
}

@test "db reread: what is stored beside what came" {
	config 'clock: virtual'
	rollout 0 db reread --dry-run
	[ "$output" = "0 originals read: 0 reports are what they were, 0 would change, 0 without their original." ]
	[ ! -e rollout.db ]
	world
	at=--now=2026-01-04T06:00:00Z
	rollout 0 db reread "$at"
	[ "$output" = "2 originals read: 2 reports are what they were, 0 changed, 0 without their original." ]
	sqlite3 rollout.db "UPDATE report SET messages = 7 WHERE id = 1;
	    UPDATE report SET org = char(27) || '[2J' WHERE id = 2"
	rollout 0 db reread --dry-run "$at"
	[[ ${lines[0]} == "klant.example 2026-01-0"*": messages 7 -> 100" ]]
	[[ ${lines[1]} == "klant.example 2026-01-0"*": org "*"[2J -> google.com" ]]
	[[ ${lines[1]} != *$'\e'* ]]
	[[ ${lines[2]} == "2 originals read: 0 reports are what they were, 2 would change, "* ]]
	rollout 0 db reread "$at" klant.example
	[[ $output == *"0 reports are what they were, 2 changed, "* ]]
	rollout 0 db reread --dry-run "$at"
	[[ $output == "2 originals read: 2 reports are what they were, "* ]]
	rollout 66 db reread "$at" other.example
	rollout 64 db reread "$at" klant.example other.example
	run --separate-stderr -75 flock rollout.db.lock "$ROLLOUT" db reread "$at"
	run --separate-stderr -0 flock rollout.db.lock "$ROLLOUT" db reread --dry-run "$at"
	sqlite3 rollout.db-archive "UPDATE original SET octets = x'00' WHERE id = 1;
	    DELETE FROM original WHERE id = 2"
	rollout 0 db reread "$at"
	[ "$(grep -c "the report stays as it is$" <<<"$output")" = 2 ]
	[[ $output == *": original "*": damaged; "* ]]
	[[ $output == *": original "*": missing; "* ]]
	rollout 0 reports "$at"
	[[ $output == *"2 reports, 2 of them count: 140 messages, "* ]]
}

@test "db original: the octets behind a number" {
	world
	at=--now=2026-01-04T06:00:00Z
	hash=$("$ROLLOUT" reports --json "$at" | jq -r '.reports[0].original')
	path=$("$ROLLOUT" reports --json "$at" | jq -r '.reports[0].source_path')
	"$ROLLOUT" db original "$hash" >octets
	cmp octets "$path"
	[ "$(sha256sum <octets)" = "$hash  -" ]
	# No terminal is sent what it might obey.
	run script -qec "$ROLLOUT db original $hash" /dev/null
	[ "$status" -eq 64 ]
	[[ $output == *"these octets are not for a terminal; send them into a file: rollout db original $hash >FILE"* ]]
	rollout 66 db original "${hash//[0-9a-f]/0}"
	[[ $stderr == *": not in the archive; "* ]]
	rollout 64 db original "${hash}0"
	rollout 64 db original "${hash%?}g"
	rollout 64 db original
	rollout 64 db original "$hash" --json
	sqlite3 rollout.db-archive "UPDATE original SET octets = x'00'"
	rollout 1 db original "$hash"
	[[ $stderr == *": damaged in the archive; restore a backup" ]]
}

@test "db alone says what may follow" {
	rollout 64 db
	[[ $stderr == "usage: rollout db backup PATH
"*"rollout db prune"* ]]
	rollout 64 db vacuum
	rollout 0 db --help
	[[ $output == "usage: rollout db backup PATH"* ]]
	rollout 0 db prune --help
	rollout 64 db prune more
	rollout 64 db backup
}
