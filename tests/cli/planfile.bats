#!/usr/bin/env bats
# Plan files: what plan --out writes, what advance --plan takes, and that an
# edited, expired or foreign file publishes nothing.

load helper
load demo-world

setup_file() {
	make_demo
}

teardown() {
	unserve
}

day0=2026-01-05T06:00:00Z

# The demo on its first day, with two records to publish: museum.example has
# none, that of school.example lacks our address.
enter_day0() {
	enter_demo
	rm rollout.db*
	sed -i /_dmarc/d zones/museum.example.zone
	sed -i 's/; rua=[^"]*/; rua=mailto:post@school.example/' \
	    zones/school.example.zone
	serve
}

# make_plan [WORD...]: the plan of that day in plan.json.
make_plan() {
	rollout 0 plan --now $day0 --out plan.json "$@"
}

museum='"v=DMARC1; p=none; rua=mailto:dmarc@msp.example"'
school='"v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example,mailto:dmarc@msp.example"'
school_before='"v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example"'

# edit PYTHON: change the plan p in plan.json as a text editor would.
edit() {
	python3 -c "
import json
p = json.load(open('plan.json'))
$1
json.dump(p, open('plan.json', 'w'), indent=2)"
}

# change FILTER: what jq says of the one change of today's plan.
change() {
	"$ROLLOUT" plan --json --now $now |
	    jq -er ".changes | if length == 1 then .[0] | $1 else empty end"
}

# refused PATTERN: advance --plan exits 65 with this message, and nothing is
# published.
refused() {
	rollout 65 advance --plan plan.json --now $day0
	[ -z "$output" ]
	# shellcheck disable=SC2053 # a pattern
	[[ $stderr == $1 ]] || { echo "$stderr" && false; }
	[ -z "$(served museum.example)" ]
	[ "$(served school.example)" = "$school_before" ]
}

@test "a plan is written, taken, and taken again" {
	enter_day0
	make_plan
	[[ $output == *"Next: rollout advance --plan plan.json" ]]
	[ "$(stat -c %a plan.json)" = 600 ]
	[ "$(ls -d plan.json*)" = plan.json ]
	rollout 0 advance --plan plan.json --now $day0
	[[ $output == *"2 changed, 0 verifying, 0 failed, 4 waiting." ]]
	[ "$(served museum.example)" = "$museum" ]
	[ "$(served school.example)" = "$school" ]
	rollout 0 advance --plan plan.json --now $day0
	diff - <(grep -E '^done|changed' <<<"$output") <<'END'
done  museum.example  no record -> none  published already
done  school.example  quarantine-10 -> quarantine-10  published already
0 changed, 0 verifying, 0 failed, 6 waiting.
END
}

@test "plan --json is the same file" {
	enter_day0
	make_plan --json
	diff plan.json <(echo "$output")
	echo "$output" >again.json
	rollout 0 advance --plan again.json --now $day0
	[[ $output == *"2 changed, "* ]]
}

@test "it replaces an older plan at once, and nothing else" {
	enter_day0
	echo old >plan.json
	ln plan.json other
	make_plan
	[ "$(cat other)" = old ]
	mkfifo fifo
	rollout 64 plan --now $day0 --out fifo
	[[ $stderr == "error: fifo: not a regular file"* ]]
	[ -p fifo ]
	ln -s plan.json link
	rollout 64 plan --now $day0 --out link
	rollout 74 plan --now $day0 --out none/plan.json
	[[ $stderr == "error: none/plan.json: no such directory" ]]
}

@test "74: a full disk leaves the old plan, and no half of a new one" {
	enter_day0
	echo old >plan.json
	limited() {
		ulimit -f 1
		"$ROLLOUT" plan --now $day0 --out plan.json
	}
	run --separate-stderr -74 limited
	[[ $stderr == "error: plan.json: File too large" ]]
	[ "$(cat plan.json)" = old ]
	[ "$(ls -d plan.json*)" = plan.json ]
}

@test "65: an edited plan publishes nothing, and says where it was edited" {
	enter_day0
	make_plan
	cp plan.json whole.json
	head="error: plan.json: edited: every change is whole, but the head,*"
	for e in \
	    'p["changes"][0]["after"]["values"] = ["v=DMARC1; p=reject"]' \
	    'p["changes"][0]["reason"] = "because"' \
	    'p["changes"][0]["to"] = "reject"' \
	    'p["changes"][0]["more"] = 1' \
	    'p["changes"][0]["digest"] = "0" * 64'; do
		cp whole.json plan.json
		edit "$e"
		refused "error: plan.json: edited: change 1 (museum.example)*"
	done
	for e in 'p["changes"].pop()' 'p["changes"].reverse()' \
	    'p["expires_at"] = "2027-01-01T00:00:00Z"' 'p["unchanged"] = 0' \
	    'p["attention"] = [1]' 'p["plan_id"] = "0" * 64' 'p["more"] = 1'; do
		cp whole.json plan.json
		edit "$e"
		refused "$head"
	done
	cp whole.json plan.json
	edit 'p["changes"] = p["changes"][:1] * 2'
	refused "$head"
}

@test "white space and the order of keys are no edit" {
	enter_day0
	make_plan
	python3 -c "
import json
p = json.load(open('plan.json'))
json.dump(p, open('plan.json', 'w'), sort_keys=True, ensure_ascii=False)"
	rollout 0 advance --plan plan.json --now $day0
	[[ $output == *"2 changed, "* ]]
}

@test "65: what is no plan" {
	enter_day0
	for text in '' '[]' '{}' '{"schema": "rollout.status/1"}' \
	    '{"schema": 1}' 'null' '{"schema": "rollout.plan/1"}'; do
		echo "$text" >plan.json
		refused "error: plan.json:*not a plan file: *"
	done
	make_plan
	sed -i 's,rollout.plan/1,rollout.plan/2,' plan.json
	refused "error: plan.json: schema rollout.plan/2: this version reads*"
	make_plan
	sed -i '0,/"as_of"/s//"as_of": "2026-01-01", "as_of"/' plan.json
	refused "error: plan.json:*duplicate object key*"
	make_plan
	truncate -s 1000 plan.json
	refused "error: plan.json:*not a plan file: *"
	rm plan.json
	mkdir plan.json
	refused "error: plan.json: not a plan file: not a regular file"
	rmdir plan.json
	truncate -s 65M plan.json
	refused "error: plan.json: not a plan file: 68157440 octets, at most *"
}

@test "66: no such file" {
	enter_day0
	rollout 66 advance --plan plan.json --now $day0
	[ "$stderr" = "error: plan.json: no such file" ]
}

@test "65: an expired plan publishes nothing" {
	enter_day0
	make_plan --expires 2h
	rollout 65 advance --plan plan.json --now 2026-01-05T08:00:00Z
	[[ $stderr == "error: plan.json: expired at 2026-01-05T08:00:00Z; "* ]]
	[ -z "$(served museum.example)" ]
	rollout 0 plan --now 2026-01-05T08:00:00Z --out plan.json --expires 2h
	rollout 0 advance --plan plan.json --now 2026-01-05T09:59:59Z
	[ "$(served museum.example)" = "$museum" ]
}

@test "3: a stale change is skipped, the others run: the record" {
	enter_day0
	make_plan
	echo '_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:x@museum.example"' \
	    >>zones/museum.example.zone
	knotc -b -s knot.sock zone-reload museum.example
	rollout 3 advance --plan plan.json --now $day0
	diff - <(grep -vE '^(new|hold)' <<<"$output") <<'END'
stale museum.example  no record -> none  record: live is "v=DMARC1; p=reject; rua=mailto:x@museum.example", in the plan "no record"
ok    school.example  quarantine-10 -> quarantine-10  1 of 1 name servers
1 changed, 0 verifying, 0 failed, 5 waiting; of the plan 1 stale, 0 deferred.
END
	[[ $(served museum.example) == *p=reject* ]]
	[ "$(served school.example)" = "$school" ]
}

@test "3: stale by its configuration, its verdict, or not listed any more" {
	enter_day0
	make_plan
	cp rollout.yaml before.yaml
	sed -i 's/museum.example: {}/museum.example: {target: quarantine}/
	    s/school.example: {}/school.example: {rua: "mailto:q@msp.example"}/' \
	    rollout.yaml
	rollout 3 advance --plan plan.json --now $day0 --scheduled
	diff - <(echo "$output") <<'END'
stale museum.example  no record -> none  config: the settings of the domain are not those that the plan was made with
stale school.example  quarantine-10 -> quarantine-10  config: it would now publish "v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example,mailto:q@msp.example"
0 changed, 0 verifying, 0 failed, 6 waiting; of the plan 2 stale, 0 deferred.
END
	sed 's/museum.example: {}/museum.example: {pause: moving house}/
	    /school.example: {}/d' before.yaml >rollout.yaml
	rollout 3 advance --plan plan.json --now $day0 --scheduled
	diff - <(echo "$output") <<'END'
stale museum.example  no record -> none  verdict: moving house
stale school.example  quarantine-10 -> quarantine-10  config: the domain is not listed any more
0 changed, 0 verifying, 0 failed, 5 waiting; of the plan 2 stale, 0 deferred.
END
	[ -z "$(served museum.example)" ]
	[ "$(served school.example)" = "$school_before" ]
}

@test "stale changes are events" {
	enter_day0
	make_plan
	sed -i 's/museum.example: {}/museum.example: {target: quarantine}/' \
	    rollout.yaml
	rollout 3 advance --plan plan.json --now $day0 --json
	[ "$(jq -r 'select(.event == "plan.stale") | .domain' \
	    <<<"$output")" = museum.example ]
	[ "$(jq -c 'select(.event == "run.end") |
	    [.changed, .stale, .deferred, .exit]' <<<"$output")" = "[1,1,0,3]" ]
}

@test "a change that is not in the plan waits" {
	enter_day0
	mv zones/school.example.zone school
	cp "$BATS_FILE_TMPDIR/demo/zones/school.example.zone" zones
	sed -i 's/ 1 3600 900/ 2 3600 900/' zones/school.example.zone
	knotc -b -s knot.sock zone-reload school.example
	make_plan
	sed 's/ 1 3600 900/ 3 3600 900/' school >zones/school.example.zone
	knotc -b -s knot.sock zone-reload school.example
	rollout 0 advance --plan plan.json --now $day0
	[[ $output == *"hold  school.example  quarantine-10 -> quarantine-10"\
"  not in the plan"* ]]
	[ "$(served museum.example)" = "$museum" ]
	[ "$(served school.example)" = "$school_before" ]
}

@test "a plan of one client leaves the others alone" {
	enter_day0
	make_plan
	rollout 0 advance --plan plan.json --now $day0 --client zorg
	[[ $output == *"0 changed, 0 verifying, 0 failed, 3 waiting." ]]
	[ -z "$(served museum.example)" ]
}

@test "a step back goes, whatever the plan says" {
	enter_demo
	rm rollout.db*
	sed -i 's/"v=DMARC1; p=none/"v=DMARC1; p=quarantine/' \
	    zones/zorg.example.zone
	serve
	rollout 0 advance --now $day0
	rollout 0 plan --out plan.json --now 2026-01-30T06:00:00Z \
	    --client gemeente
	rollout 0 ingest --now 2026-01-30T06:00:00Z
	rollout 0 advance --plan plan.json --now 2026-01-30T06:00:00Z
	[[ $(served zorg.example) == *p=none* ]]
}

@test "the digest: more evidence leaves it, the configuration does not" {
	enter_demo
	rm rollout.db*
	sed -i 's/p=quarantine\(.*\); pct=10; t=y/p=none\1/' \
	    zones/gemeente.example.zone
	serve
	rollout 0 advance --now $day0
	rollout 0 ingest --now $now
	few=$(change .digest)
	why=$(change .reason)
	"$DRO_GEN" day --out incoming --domain gemeente.example \
	    --date 2026-02-16 --record 'v=DMARC1; p=none' \
	    --reporter more.example \
	    --mail 'own ip=192.0.2.10 n=900 pass dkim=gemeente.example/s1'
	rollout 0 ingest --now $now
	[ "$(change .reason)" != "$why" ]
	[ "$(change .digest)" = "$few" ]
	sed -i 's/policy: standard,/policy: standard, ladder: rfc9989,/' \
	    rollout.yaml
	[[ $(change .digest) != "$few" ]]
	[ "$(change .to)" = quarantine-100 ]
}

@test "64: options that make no sense" {
	config
	for expires in 0d 7 d 91d 2161h 7w -1d 7dd 99999999999999999999d ''; do
		rollout 64 plan --out plan.json --expires "$expires"
		[[ $stderr == *"--expires: hours or days"* ]]
	done
	rollout 64 plan --markdown --json
	rollout 64 status --plan plan.json
	rollout 64 advance --out plan.json
	[ ! -e plan.json ]
}
