#!/usr/bin/env bats
# plan: what it shows, its exit status, and that it writes nothing.

load helper
load demo-world

setup_file() {
	make_demo
}

teardown() {
	unserve
}

# What a look must leave as it is: names and contents, but for the index that
# readers of an SQLite log share.
fingerprint() {
	ls -A
	sha256sum rollout.db rollout.db-wal zones/*
}

@test "a rung up, as the demo's last day has it" {
	part=$(sed -n '/^\$ rollout plan/,/^Nothing/p' \
	    "$BATS_FILE_TMPDIR/demo.out")
	diff - <(echo "$part") <<'END'
$ rollout plan --now 2026-02-17T06:00:00Z
Plan as of 2026-02-17T06:00:00Z: 1 to change, 1 for a person, 4 unchanged.

  ~ gemeente.example  none -> quarantine-10 (up)
      _dmarc TXT via files, TTL 3600
      - v=DMARC1; p=none; rua=mailto:dmarc@msp.example
      + v=DMARC1; p=quarantine; rua=mailto:dmarc@msp.example; pct=10; t=y
      why:  every gate passes: 0 failures in 19780 legitimate messages, 95% upper bound 0.015% (limit 1.000%, independence assumed), daily test passed a thousand times over; failures on 0 of 43 days: up to 6.729% of days may hold one
      fcst: a week 0.0 (at most 0.2) legitimate and 21.0 (at most 21.0) other messages quarantined or rejected; the week before came as forecast
      undo: rollout rollback gemeente.example --to none --reason TEXT
  ! zorg.example  awaiting_repair
      mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed; mail_from:bounce.crm.example has 0 of 3 clean report days since, then back to quarantine once acknowledged (rollout approve)

Nothing was changed. Next: rollout advance
END
}

@test "what waits for a person, and --detailed-exitcode" {
	enter_demo
	serve
	rollout 0 plan --now $now
	diff - <(echo "$output") <<'END'
Plan as of 2026-02-17T06:00:00Z: 0 to change, 1 for a person, 5 unchanged.

  ! zorg.example  awaiting_repair
      mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed; mail_from:bounce.crm.example has 0 of 3 clean report days since, then back to quarantine once acknowledged (rollout approve)

Nothing was changed. Next: rollout advance
END
	rollout 2 plan --now $now --detailed-exitcode
	rollout 0 plan --now $now --detailed-exitcode --client gemeente
	diff - <(echo "$output") <<'END'
Plan as of 2026-02-17T06:00:00Z: 0 to change, 0 for a person, 3 unchanged.

Nothing was changed. Next: rollout advance
END
}

@test "records to make, and our address to add" {
	enter_demo
	rm rollout.db*
	sed -i /_dmarc/d zones/museum.example.zone
	sed -i 's/; rua=[^"]*/; rua=mailto:post@school.example/' \
	    zones/school.example.zone
	serve
	rollout 0 plan --now 2026-01-05T06:00:00Z
	diff - <(echo "$output") <<'END'
Plan as of 2026-01-05T06:00:00Z: 2 to change, 0 for a person, 4 unchanged.

  ~ museum.example  no record -> none (create)
      _dmarc TXT via files, TTL 3600
      - (no record)
      + v=DMARC1; p=none; rua=mailto:dmarc@msp.example
      why:  no DMARC record yet: publish p=none with our rua
      undo: set `pause:` on museum.example, then edit the record by hand
  ~ school.example  quarantine-10 -> quarantine-10 (create)
      _dmarc TXT via files, TTL 3600
      - v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example
      + v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example,mailto:dmarc@msp.example
      why:  our rua address is not in the record: add it, policy unchanged
      undo: set `pause:` on school.example, then edit the record by hand

Nothing was changed. Next: rollout advance
END
	[ ! -e rollout.db ]
}

@test "a step back, and the way back from it" {
	enter_demo
	rm rollout.db*
	sed -i 's/"v=DMARC1; p=none/"v=DMARC1; p=quarantine/' \
	    zones/zorg.example.zone
	serve
	rollout 0 advance --now 2026-01-05T06:00:00Z
	rollout 0 ingest --now 2026-01-30T06:00:00Z
	rollout 0 plan --now 2026-01-30T06:00:00Z --client zorg
	diff - <(echo "$output") <<'END'
Plan as of 2026-01-30T06:00:00Z: 1 to change, 0 for a person, 2 unchanged.

  ~ zorg.example  quarantine -> none (setback)
      _dmarc TXT via files, TTL 3600
      - v=DMARC1; p=quarantine; rua=mailto:dmarc@msp.example
      + v=DMARC1; p=none; rua=mailto:dmarc@msp.example
      why:  mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed
      undo: rollout approve zorg.example --reason TEXT, once it is repaired

Nothing was changed. Next: rollout advance
END
}

@test "3: name servers that do not answer" {
	enter_demo
	rollout 3 plan --now $now --client zorg
	port=$(demo_port)
	diff - <(sed "s/@$port/@PORT/" <<<"$output") <<'END'
Plan as of 2026-02-17T06:00:00Z: 0 to change, 3 for a person, 0 unchanged.

  ! zorg.example  dns_unknown
      127.0.0.1@PORT: nothing answers there
  ! apotheek.example  dns_unknown
      127.0.0.1@PORT: nothing answers there
  ! huisarts.example  dns_unknown
      127.0.0.1@PORT: nothing answers there

Nothing was changed. Next: rollout advance
END
	rollout 3 plan --now $now --detailed-exitcode
}

@test "it writes nothing" {
	enter_demo
	serve
	fingerprint >../before
	rollout 0 plan --now $now
	rollout 0 plan --now 2026-03-30T06:00:00Z --json
	rollout 2 plan --now $now --detailed-exitcode
	fingerprint >../after
	diff ../before ../after
}

@test "it plans from a database that it may not write" {
	[ "$(id -u)" = 0 ] || skip "drops a right of root"
	enter_demo
	serve
	chmod 444 rollout.*
	chmod 555 .
	fingerprint >../before
	run --separate-stderr -0 setpriv --bounding-set=-dac_override \
	    "$ROLLOUT" plan --now $now
	[[ $output == *"1 for a person, 5 unchanged"* ]]
	run --separate-stderr -77 setpriv --bounding-set=-dac_override \
	    "$ROLLOUT" advance --now $now
	fingerprint >../after
	diff ../before ../after
}

@test "without a database it looks, and makes none" {
	config
	rollout 3 plan
	[ ! -e rollout.db ]
	[[ $output == *"127.0.0.1@9: nothing answers there"* ]]
}

@test "a domain without an account is only watched" {
	enter_demo
	serve
	sed -i 's/, account: files, rua: "mailto:dmarc@/, rua: "mailto:other@/' \
	    rollout.yaml
	rollout 0 plan --now $now
	[[ $output == *"0 to change, 6 for a person"* ]]
	[[ $output == *"apotheek.example  no_account
      only watched, as nothing says where its records are changed: set \`account:\`"* ]]
	rollout 0 advance --now $now
	[[ $output == *"0 changed, 0 verifying, 0 failed, 6 waiting."* ]]
}
