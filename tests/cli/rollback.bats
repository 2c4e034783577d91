#!/usr/bin/env bats
# The verbs by which a person steers: rollback and approve; and what keeps
# two runs, or the wrong clock, from writing.

load helper
load demo-world

setup_file() {
	make_demo
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	enter_demo
}

teardown() {
	unserve
}

# steer STATUS WORD...: on the demo's last day.
steer() {
	rollout "$@" --now $now
}

# events DOMAIN: [event, from, to, actor, text] of its history, one a line.
events() {
	rollout 0 history "$1" --json --now $now
	jq -c '.events[] | [.event, .from, .to, .actor, .text]' <<<"$output"
}

# row DOMAIN: its row of status, runs of spaces as one.
row() {
	steer 0 status
	grep -F " $1 " <<<"$output" | tr -s ' '
}

@test "64: no reason" {
	steer 64 rollback huisarts.example
	[ "${stderr_lines[0]}" = 'error: rollback: --reason TEXT is required' ]
	steer 64 rollback huisarts.example --reason ''
	steer 64 approve zorg.example
	[ "${stderr_lines[0]}" = 'error: approve: --reason TEXT is required' ]
}

@test "64: a rung that is not weaker, or none of the ladder" {
	serve
	steer 64 rollback huisarts.example --to reject --reason no
	[ "${stderr_lines[0]}" = 'error: rollback: reject is not weaker than'`
	    `' the live record of huisarts.example; it only goes down' ]
	steer 64 rollback museum.example --reason no
	[ "${stderr_lines[0]}" = 'error: rollback: none is not weaker than'`
	    `' the live record of museum.example; it only goes down' ]
	# Off the ladder: RFC 9989 receivers quarantine all of it now.
	steer 64 rollback school.example --to quarantine --reason no
	steer 64 rollback huisarts.example --to quarantine-33 --reason no
	[ "${stderr_lines[0]}" = 'error: rollback: the ladder of'`
	    `' huisarts.example has no rung "quarantine-33"' ]
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=reject; rua=mailto:dmarc@msp.example"' ]
}

@test "64: a mistyped rung leaves an unfinished publish alone" {
	serve
	sed -i 's/verify_wait: 10s/verify_wait: 0s/; s/\[knotc,/["true",/' \
	    rollout.yaml
	steer 3 rollback huisarts.example --to quarantine --reason 'lost mail'
	steer 64 rollback huisarts.example --to nonsense --reason 'lost mail'
	[ "$(events huisarts.example | tail -n 1)" = '["sent","reject",'`
	    `'"quarantine",null,"the provider accepted it"]' ]
}

@test "66: a domain that is not listed" {
	for verb in rollback approve; do
		steer 66 $verb nowhere.example --reason no
		[ "$stderr" = \
		    'error: nowhere.example: no such domain in rollout.yaml' ]
	done
}

@test "a rollback is published, verified and written down" {
	serve
	steer 0 rollback huisarts.example --to quarantine --reason 'lost mail'
	[ "$output" = 'ok    huisarts.example  reject -> quarantine'`
	    `'  1 of 1 name servers' ]
	[ -z "$stderr" ]
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=quarantine; rua=mailto:dmarc@msp.example"' ]
	steer 0 rollback huisarts.example --reason 'still lost' --json
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=none; rua=mailto:dmarc@msp.example"' ]
	diff - <(jq -c '[.event, .from, .to, .servers_ok]' <<<"$output") <<'END'
["operation.intent","quarantine","none",null]
["operation.sent","quarantine","none",null]
["operation.verified","quarantine","none",1]
END
	me=$(id -un)@$(hostname)
	diff - <(events huisarts.example) <<END
["adopted",null,null,null,"taken as it is"]
["rollback",null,null,"$me","lost mail"]
["intent","reject","quarantine",null,"lost mail"]
["sent","reject","quarantine",null,"the provider accepted it"]
["verified","reject","quarantine",null,"every name server serves it"]
["rollback",null,null,"$me","still lost"]
["intent","quarantine","none",null,"still lost"]
["sent","quarantine","none",null,"the provider accepted it"]
["verified","quarantine","none",null,"every name server serves it"]
END
	# Only one record of the zone, and the serial, are others than before.
	diff "$BATS_FILE_TMPDIR/demo/zones/huisarts.example.zone" \
	    zones/huisarts.example.zone >changed || :
	[ "$(grep -c '^<' changed)" = 2 ]
	[ "$(grep -c '^>' changed)" = 2 ]
}

@test "after a rollback a person lets the domain return" {
	serve
	steer 0 rollback huisarts.example --reason 'lost mail'
	[ "$(row huisarts.example)" = \
	    '! huisarts.example none cooldown 0 reject: awaiting acknowledgement' ]
	steer 0 approve huisarts.example --reason found
	[ "$output" = 'huisarts.example: acknowledged; it returns to reject'`
	    `' once repaired and cooled down. Next: rollout explain'`
	    `' huisarts.example' ]
	[ "$(row huisarts.example)" = \
	    '! huisarts.example none cooldown 0 reject: cooldown' ]
}

@test "3: a rollback that no name server serves" {
	serve
	sed -i 's/verify_wait: 10s/verify_wait: 0s/; s/\[knotc,/["true",/' \
	    rollout.yaml
	steer 3 rollback huisarts.example --reason 'lost mail'
	[[ $output == 'wait  huisarts.example  reject -> none  0 of 1 name servers'* ]]
	[ "$(row huisarts.example)" = \
	    '~ huisarts.example reject verifying 43 verifying' ]
}

@test "66: approve without a question stores nothing" {
	steer 66 approve museum.example --reason yes
	[ "$stderr" = 'error: museum.example: no question is open (bound);'`
	    `' nothing was stored' ]
	[ "$(events museum.example)" = \
	    '["adopted",null,null,null,"taken as it is"]' ]
}

@test "approve a repair" {
	steer 0 approve zorg.example --reason 'CRM signs again'
	[ "$output" = 'zorg.example: acknowledged; it returns to quarantine'`
	    `' once repaired and cooled down. Next: rollout explain'`
	    `' zorg.example' ]
	[ "$(events zorg.example | tail -n 1)" = '["acknowledged",null,null,"'`
	    `"$(id -un)@$(hostname)"'","CRM signs again"]' ]
}

@test "approve a rung, which the next advance enters" {
	sed -i 's/{policy: careful}/{policy: careful, until: 2027-01-01,'`
	    `' why: a test, hops: {none: {days: 7, report_days: 5}}}/' \
	    rollout.yaml
	serve
	[ "$(row apotheek.example)" = \
	    '? apotheek.example none ready 43 quarantine-10: awaiting approval' ]
	steer 0 advance --client zorg
	[[ $output == *"0 changed"* ]]
	steer 0 approve apotheek.example --reason 'the board agreed'
	[ "$output" = 'apotheek.example: may enter quarantine-10.'`
	    `' Next: rollout advance' ]
	[ "$(row apotheek.example)" = \
	    ' apotheek.example none ready 43 quarantine-10: ready (up)' ]
	steer 0 advance --client zorg
	[[ $output == *'ok    apotheek.example  none -> quarantine-10  1 of 1 name servers'* ]]
	diff - <(events apotheek.example | tail -n 4 | head -n 1) <<END
["approved",null,"quarantine-10","$(id -un)@$(hostname)","the board agreed"]
END
}

@test "advance --scheduled says only what somebody should see" {
	serve
	steer 0 advance --scheduled
	[ "$output" = '0 changed, 0 verifying, 0 failed, 6 waiting.' ]
}

@test "drift: what somebody else changed is left alone" {
	sed -i 's/p=reject/p=none/; s/hostmaster 1 /hostmaster 9 /' \
	    zones/huisarts.example.zone
	serve
	steer 0 advance --client zorg
	[[ $output == *'drift huisarts.example  '* ]]
	steer 0 advance --client zorg
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=none; rua=mailto:dmarc@msp.example"' ]
	[ "$(row huisarts.example)" = \
	    '? huisarts.example none observing 43 drifted' ]
}

@test "64: --now with the real clock" {
	sed -i '/^clock/d' rollout.yaml
	for words in advance ingest 'approve zorg.example --reason x' \
	    'rollback huisarts.example --reason x'; do
		steer 64 $words
		[ "${stderr_lines[0]}" = "error: --now: ${words%% *} writes,"`
		    `' so it takes its time from the clock; only a'`
		    `' configuration with `clock: virtual` allows --now' ]
	done
}

@test "64: a database of the other clock, or of a later time" {
	sed -i '/^clock/d' rollout.yaml
	rollout 64 advance
	[[ ${stderr_lines[0]} == *"made with the virtual clock"* ]]
	echo 'clock: virtual' >>rollout.yaml
	rollout 64 advance --now 2026-02-16T06:00:00Z
	[[ ${stderr_lines[0]} == *"before the last run at $now"* ]]
}

@test "75: another run holds the lock" {
	exec 9>>rollout.db.lock
	flock 9
	sha256sum rollout.db zones/* >../before
	for words in advance ingest 'approve zorg.example --reason x' \
	    'rollback huisarts.example --reason x'; do
		steer 75 $words
		[[ $stderr == "error: "*"rollout.db: another run holds the lock"* ]]
		[ -z "$output" ]
	done
	exec 9>&-
	sha256sum --check --status ../before
}
