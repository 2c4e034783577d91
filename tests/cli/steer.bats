#!/usr/bin/env bats
# The verbs by which people hold, release and set right: pause, resume,
# reconcile, and approve by more than one; limits and freezes as they show.

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

# as UID STATUS WORD...: as somebody who logged in as UID.
as() {
	local uid=$1 status_wanted=$2
	shift 2
	(echo "$uid" >/proc/self/loginuid) 2>/dev/null ||
	    skip "this user cannot be somebody else"
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "-$status_wanted" \
	    sh -c 'echo "$0" >/proc/self/loginuid && exec "$@"' \
	    "$uid" "$ROLLOUT" "$@" --now $now
}

# field DOMAIN JQ: of its row in status.
field() {
	rollout 0 status --json --now $now
	jq -c ".domains[] | select(.domain == \"$1\") | $2" <<<"$output"
}

# events DOMAIN: [event, from, to, actor, text] of its history, one a line.
events() {
	rollout 0 history "$1" --json --now $now
	jq -c '.events[] | [.event, .from, .to, .actor, .text]' <<<"$output"
}

me() {
	echo "$(id -un "$(sed 's/4294967295//' /proc/self/loginuid)" \
	    2>/dev/null || id -un)@$(hostname)"
}

# A domain that would climb now: the demo's apotheek, its wait made short.
make_ready() {
	sed -i 's/{policy: careful}/{policy: careful, until: 2027-01-01,'`
	    `' why: a test, approval: {before: {quarantine-10: '"${1-0}"'}},'`
	    `' hops: {none: {days: 7, report_days: 5}}}/' rollout.yaml
	[ "${1-0}" != 0 ] ||
	    sed -i 's/before: {quarantine-10: 0}/before: []/' rollout.yaml
}

# drift: somebody changes huisarts behind our back, from reject to none.
drift() {
	sed -i 's/p=reject/p=none/; s/hostmaster 1 /hostmaster 9 /' \
	    zones/huisarts.example.zone
	serve
	steer 0 advance --client zorg
}

@test "64: whom, and why" {
	steer 64 pause --reason x
	[ "${stderr_lines[0]}" = \
	    'error: pause: name one: a DOMAIN, --client ID, or --all' ]
	steer 64 pause zorg.example --all --reason x
	steer 64 pause zorg.example --client zorg --reason x
	steer 64 resume --client zorg --all --reason x
	steer 64 pause --all
	[ "${stderr_lines[0]}" = 'error: pause: --reason TEXT is required' ]
	steer 64 resume --all --reason ''
	[ "${stderr_lines[0]}" = 'error: resume: --reason TEXT is required' ]
	[ ! -e rollout.db.pause ]
	steer 64 pause zorg.example --reason x --until tomorrow
	steer 64 pause zorg.example --reason x --until $now
	[ "${stderr_lines[0]}" = \
	    "error: --until: $now is not in the future" ]
	steer 64 reconcile zorg.example --adopt
	[ "${stderr_lines[0]}" = 'error: reconcile: --reason TEXT is required' ]
	steer 64 reconcile zorg.example --reason x
	steer 64 reconcile zorg.example --adopt --restore --reason x
	[ "${stderr_lines[0]}" = 'error: reconcile: say which: --adopt takes'`
	    `' the live record as it is, --restore puts the last verified'`
	    `' one back' ]
	steer 64 approve zorg.example --adopt --reason x
}

@test "66: a domain or client that is not listed" {
	for words in pause resume 'reconcile --adopt'; do
		# shellcheck disable=SC2086 # words
		steer 66 $words nowhere.example --reason x
		[ "$stderr" = \
		    'error: nowhere.example: no such domain in rollout.yaml' ]
	done
	steer 66 pause --client nobody --reason x
}

@test "a paused domain waits until somebody resumes it" {
	make_ready
	serve
	steer 0 pause apotheek.example --reason 'new mail server'
	[ "$output" = 'apotheek.example: paused; only steps back are made.'`
	    `' Next: rollout status' ]
	[ "$(field apotheek.example .overlays)" = '["paused"]' ]
	steer 0 advance --client zorg
	[[ $output == *'0 changed'* ]]
	steer 0 plan --json --client zorg
	[ "$(jq '.changes | length' <<<"$output")" = 0 ]
	steer 0 explain apotheek.example
	[[ $output == *"new mail server (paused by $(me) since $now;"`
	    `" rollout resume apotheek.example)"* ]]
	steer 0 resume apotheek.example --reason moved
	[ "$output" = 'apotheek.example: resumed. Next: rollout plan' ]
	[ -z "$stderr" ]
	diff - <(events apotheek.example | tail -n 2) <<END
["paused",null,null,"$(me)","new mail server"]
["resumed",null,null,"$(me)","moved"]
END
	steer 0 advance --client zorg
	[[ $output == *'ok    apotheek.example  none -> quarantine-10'* ]]
}

@test "a pause ends at its date" {
	make_ready
	steer 0 pause apotheek.example --reason x --until 2026-02-17T07:00:00Z
	[ "$(field apotheek.example .next.earliest)" = '"2026-02-17T07:00:00Z"' ]
	rollout 0 status --json --now 2026-02-17T06:59:59Z
	[[ $output == *'"paused"'* ]]
	rollout 0 status --json --now 2026-02-17T07:00:00Z
	[[ $output != *'"paused"'* ]]
	rollout 66 resume apotheek.example --reason x --now 2026-02-17T07:00:00Z
}

@test "the pause of a client holds its domains and no others" {
	make_ready
	steer 0 pause --client zorg --reason audit
	[ "$output" = 'client zorg: paused; only steps back are made.'`
	    `' Next: rollout status' ]
	[ "$(field apotheek.example .overlays)" = '["paused"]' ]
	[ "$(field museum.example .overlays)" = '[]' ]
	steer 66 resume apotheek.example --reason x
	diff - <(printf '%s\n' "${stderr_lines[@]}") <<'END'
error: apotheek.example: is not paused; nothing to resume
warning: apotheek.example is still paused with its client: rollout resume --client zorg
END
	steer 0 pause apotheek.example --reason too
	steer 0 resume apotheek.example --reason x
	[ "$stderr" = 'warning: apotheek.example is still paused with its'`
	    `' client: rollout resume --client zorg' ]
	steer 0 resume --client zorg --reason done
	[ "$(field apotheek.example .overlays)" = '[]' ]
	steer 66 resume --client zorg --reason again
}

@test "a pause of all is a file too, which any of both can begin" {
	make_ready
	serve
	steer 0 pause --all --reason incident
	[ "$(cat rollout.db.pause)" = incident ]
	steer 0 resume --all --reason over
	[ ! -e rollout.db.pause ]
	echo 'by hand' >rollout.db.pause
	[ "$(field apotheek.example .overlays)" = '["paused"]' ]
	steer 0 explain apotheek.example
	[[ $output == *'by hand (pause file; rollout resume --all)'* ]]
	steer 0 advance --client zorg
	[[ $output == *'0 changed'* ]]
	steer 0 resume --all --reason over
	[ ! -e rollout.db.pause ]
	steer 66 resume --all --reason again
	[ "$stderr" = 'error: all: is not paused; nothing to resume' ]
	# With an end it is in the database alone: a file knows no end.
	steer 0 pause --all --reason x --until 2026-03-01
	[ ! -e rollout.db.pause ]
	[ "$(field museum.example '.overlays | contains(["paused"])')" = true ]
}

@test "pause --all works when the database does not" {
	echo garbage >rollout.db
	steer 0 pause --all --reason 'disk is failing'
	[ "$(cat rollout.db.pause)" = 'disk is failing' ]
	[[ $stderr == 'warning: '*'rollout.db.pause holds every advance all the same' ]]
	steer 1 advance
	steer 1 pause museum.example --reason x
	steer 1 resume --all --reason x
	[ -e rollout.db.pause ]
}

@test "pause --all works while another run holds the lock" {
	exec 9>>rollout.db.lock
	flock 9
	steer 0 pause --all --reason stop
	[ "$(cat rollout.db.pause)" = stop ]
	steer 75 pause museum.example --reason x
	exec 9>&-
}

@test "a pause does not stop a rollback" {
	serve
	steer 0 pause --all --reason incident
	steer 0 rollback huisarts.example --reason 'lost mail'
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=none; rua=mailto:dmarc@msp.example"' ]
}

@test "a freeze and a limit do not stop a rollback either" {
	sed -i 's/^defaults: {/&freeze: [{from: 2026-02-01, to: 2026-03-01,'`
	    `' why: audit}], /' rollout.yaml
	echo 'limits: {max_changes: 1, per_client: 1}' >>rollout.yaml
	serve
	steer 0 rollback huisarts.example --to quarantine --reason one
	steer 0 rollback huisarts.example --to none --reason two
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=none; rua=mailto:dmarc@msp.example"' ]
}

@test "a freeze shows, with its end, and ends" {
	make_ready
	sed -i 's/hops: {none: {days: 7/freeze: [{from: 2026-02-16,'`
	    `' to: 2026-02-17, why: audit}], &/' rollout.yaml
	serve
	[ "$(field apotheek.example .overlays)" = '["frozen"]' ]
	[ "$(field apotheek.example .next.earliest)" = '"2026-02-18T00:00:00Z"' ]
	[ "$(field apotheek.example .reasons[0].text)" = \
	    '"frozen until 2026-02-18T00:00:00Z: audit"' ]
	steer 0 advance --client zorg
	[[ $output == *'0 changed'* ]]
	rollout 0 advance --client zorg --now 2026-02-18T00:00:00Z
	[[ $output == *'ok    apotheek.example  none -> quarantine-10'* ]]
}

@test "66: nothing to reconcile" {
	serve
	steer 66 reconcile huisarts.example --adopt --reason x
	[ "$stderr" = 'error: huisarts.example: has not drifted: what is live'`
	    `' is what was last verified; nothing was changed' ]
	steer 66 reconcile huisarts.example --restore --reason x
	[ "$(events huisarts.example)" = \
	    '["adopted",null,null,null,"taken as it is"]' ]
}

@test "reconcile --adopt takes the live record" {
	drift
	steer 0 reconcile huisarts.example --adopt --reason 'they asked for it'
	[ "$output" = 'huisarts.example: taken as it is (none); its dwell'`
	    `' starts again. Next: rollout explain huisarts.example' ]
	[ "$(field huisarts.example '[.stage.name, .stage.since, .overlays]')" = \
	    '["none","2026-02-17T06:00:00Z",[]]' ]
	[ "$(events huisarts.example | tail -n 1)" = \
	    "[\"reconciled\",null,null,\"$(me)\",\"they asked for it\"]" ]
	steer 66 reconcile huisarts.example --adopt --reason again
}

@test "reconcile --restore puts the verified record back" {
	drift
	cp zones/huisarts.example.zone ../drifted
	steer 0 reconcile huisarts.example --restore --reason 'a mistake'
	[ "$output" = 'ok    huisarts.example  none -> reject'`
	    `'  1 of 1 name servers' ]
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=reject; rua=mailto:dmarc@msp.example"' ]
	[ "$(field huisarts.example '[.stage.name, .overlays]')" = \
	    '["reject",[]]' ]
	diff - <(events huisarts.example | tail -n 4) <<END
["restore",null,null,"$(me)","a mistake"]
["intent","none","reject",null,"a mistake"]
["sent","none","reject",null,"the provider accepted it"]
["verified","none","reject",null,"every name server serves it"]
END
}

@test "reconcile --restore puts back a record that is gone, or doubled" {
	sed -i '/p=reject/d; s/hostmaster 1 /hostmaster 9 /' \
	    zones/huisarts.example.zone
	serve
	steer 0 advance --client zorg
	steer 0 reconcile huisarts.example --restore --reason 'was deleted'
	[[ $output == 'ok    huisarts.example  no record -> reject'* ]]
	unserve
	sed -i 's/^\(_dmarc.*\)p=reject\(.*\)/&\n\1p=none\2/;'`
	    `' s/hostmaster [0-9]* /hostmaster 99 /' zones/huisarts.example.zone
	serve
	[ "$(served huisarts.example | wc -l)" = 2 ]
	steer 66 reconcile huisarts.example --adopt --reason x
	[[ $stderr == *'--restore puts the last verified record back' ]]
	steer 0 reconcile huisarts.example --restore --reason 'one too many'
	[ "$(served huisarts.example)" = \
	    '"v=DMARC1; p=reject; rua=mailto:dmarc@msp.example"' ]
}

@test "3: reconcile while DNS does not answer" {
	steer 3 reconcile huisarts.example --adopt --reason x
	[[ $stderr == 'error: huisarts.example: '*'; nothing was changed' ]]
}

@test "two persons approve, one of them twice" {
	make_ready 2
	serve
	[ "$(field apotheek.example .reasons[0].text)" = '"every gate passes;'`
	    `' quarantine-10 needs 2 persons: 0 of 2 approvals, missing 2'`
	    `' more persons: rollout approve apotheek.example"' ]
	as 60001 0 approve apotheek.example --reason yes
	[ "$output" = 'apotheek.example: noted. every gate passes;'`
	    `' quarantine-10 needs 2 persons: 1 of 2 approvals, missing 1'`
	    `' more person: rollout approve apotheek.example' ]
	as 60001 0 approve apotheek.example --reason 'yes, yes'
	[[ $output == *'1 of 2 approvals'* ]]
	steer 0 advance --client zorg
	[[ $output == *'0 changed'* ]]
	as 60002 0 approve apotheek.example --reason agreed
	[ "$output" = 'apotheek.example: may enter quarantine-10.'`
	    `' Next: rollout advance' ]
	steer 0 advance --client zorg
	[[ $output == *'ok    apotheek.example  none -> quarantine-10'* ]]
}

@test "an approval is of one change, and expires" {
	make_ready 1
	sed -i 's/quarantine-10: 1}/&, expires: 1h/' rollout.yaml
	serve
	steer 0 approve apotheek.example --reason yes
	[ "$(field apotheek.example .overlays)" = '[]' ]
	rollout 0 explain apotheek.example --now 2026-02-17T06:59:59Z
	[[ $output != *'not counted'* ]]
	rollout 0 explain apotheek.example --now 2026-02-17T07:00:00Z
	[[ $output == *'; not counted: 1 expired, 0 of another change'* ]]
	# What would be published is another record now.
	sed -i 's/^defaults: {/&ttl: 2h, /' rollout.yaml
	[[ $(field apotheek.example .reasons[0].text) == *'; not counted: 0'`
	    `' expired, 1 of another change than would be published now"' ]]
	steer 0 approve apotheek.example --reason 'that too'
	[ "$(field apotheek.example .overlays)" = '[]' ]
}

@test "limits: plan shows what advance does, the rest goes on next time" {
	make_ready
	# Four that want to go: apotheek up, three that get an address more.
	sed -i 's/^clients:/limits: {max_changes: 1, per_client: 1}\n&/;'`
	    `' s/^  gemeente:/&\n    rua: "mailto:two@msp.example"/' rollout.yaml
	serve
	steer 0 plan
	[[ $output == *'held: limit: 1 changes in one run, and others go first;'`
	    `' the next run goes on'* ]]
	[[ $output == *'held: limit: 1 changes of one client in one run, and'`
	    `' others of gemeente wait longer; the next run goes on'* ]]
	steer 0 plan --json
	jq -c '.changes[] | [.domain, .held_by]' <<<"$output" >../planned
	[ "$(grep -c '"limit"' ../planned)" = 3 ]
	[ "$(wc -l <../planned)" = 4 ]
	# Status says the same, in its words.
	jq -c '.changes[] | select(.held_by == "limit") |
	    [.domain, .held_text]' <<<"$output" >../held
	steer 0 status --json
	jq -c '.domains[] | select(.reasons[0].gate == "limit") |
	    [.domain, .reasons[0].text]' <<<"$output" | sort |
	    diff <(sort ../held) -
	steer 0 status
	[ "$(grep -c ': limit$' <<<"$output")" = 3 ]
	[ "$(grep -c ': ready (' <<<"$output")" = 1 ]
	steer 0 advance --json
	jq -c 'select(.event == "operation.verified") |
	    [.domain, null]' <<<"$output" >../went
	diff <(grep null ../planned) ../went
	[[ $output == *'"changed":1'* || $output == *'"changed": 1'* ]]
	for i in 2 3 4; do
		steer 0 advance
		[[ $output == *'1 changed'* ]]
	done
	steer 0 advance
	[[ $output == *'0 changed'* ]]
}

@test "on trial: each change is shown, none is made" {
	make_ready
	# Three that would get an address more, and one that is at rest.
	sed -i 's/^  gemeente:/&\n    trial: true\n'`
	    `'    rua: "mailto:two@msp.example"/' rollout.yaml
	serve
	steer 0 plan --json
	[ "$(jq '[.changes[] | select(.held_by == "trial")] | length' \
	    <<<"$output")" = 3 ]
	[ "$(jq -c '[.changes[] | select(.held_by == null) | .domain]' \
	    <<<"$output")" = '["apotheek.example"]' ]
	steer 0 plan
	[[ $output == *'held: on trial: nothing is published; remove'* ]]
	steer 0 status
	[ "$(grep -c ': trial$' <<<"$output")" = 3 ]
	[ "$(field gemeente.example .overlays)" = '["trial"]' ]
	[ "$(field gemeente.example .reasons[0].gate)" = '"trial"' ]
	[ "$(field apotheek.example .overlays)" = '[]' ]
	before=$(served gemeente.example)
	steer 0 advance
	[[ $output == *'1 changed'* ]]
	[ "$(served gemeente.example)" = "$before" ]
	# What a person orders is done.
	steer 0 rollback gemeente.example --to none --reason 'no more of it'
	[[ $(served gemeente.example) == *p=none* ]]
	# It goes on from there, once the key is gone.
	steer 0 plan --until 2026-03-01
	[[ $output == *'museum.example  trial since 2026-02-17'* ]]
	[[ $output == *'answer: remove `trial: true` of museum.example to'* ]]
	sed -i '/trial: true/d' rollout.yaml
	steer 0 plan
	[[ $output != *'held: on trial'* ]]
	[[ $output == *museum.example* ]]
}
