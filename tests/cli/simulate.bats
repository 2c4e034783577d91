#!/usr/bin/env bats
# simulate: what is stored, and what is made up, lived through again.

load helper
load demo-world

setup_file() {
	make_demo
}

@test "the demo's reports, whole, and nothing is written" {
	enter_demo
	before=$(sha256sum rollout.db rollout.db-wal)
	rollout 0 simulate --now $now --client gemeente
	diff - <(echo "$output" | sed -n '/^DOMAIN/,$p') <<'END'
DOMAIN            POLICY    STANDS AT      FIRST  FULL  REJECT  HARM 7489  HARM 9989  OTHERS  ASKED  BACK  WAITS
gemeente.example  standard  quarantine-10     42     -       -          0          0      0%      0     0  dwell
museum.example    standard  none               -     -       -          0          0       -      0     0  bound
school.example    standard  none               -     -       -          0          0      0%      0     0  bound

  standard gemeente.example: 0 none, 42 quarantine-10
  standard museum.example: 0 none
  standard school.example: 0 none
  standard: 0 of 3 at their target; the bound ever passed for 33.33% and 33.33% ever left p=none; of 0 failing legitimate messages 0 hit at RFC 7489, 0 at RFC 9989 receivers; of 1376 other failing 3, 0; 0 questions, 0 steps back

Nothing was changed.
END
	[ "$before" = "$(sha256sum rollout.db rollout.db-wal)" ]
}

@test "policies of the configuration and shipped ones" {
	enter_demo
	sed -i 's/^clients:/policies: {quick: {extends: standard, hops: {none: {days: 14, report_days: 10}}}}\n&/' \
	    rollout.yaml
	rollout 0 simulate gemeente.example --policy quick --now $now
	[[ $output == *"  quick gemeente.example: 0 none, 14 quarantine-10, 19 "* ]]
	rollout 0 simulate gemeente.example --policy fast --now $now
	[[ $output == *"  fast gemeente.example: 0 none, 28 quarantine-10, 33 "* ]]
	rollout 0 simulate gemeente.example --all-presets --now $now
	[[ $output == *"  careful gemeente.example: 0 none"$'\n'* ]]
	[[ $output == *"  standard gemeente.example: 0 none, 42 "* ]]
	rollout 66 simulate --policy swift --now $now
	[[ $stderr == *'policy "swift": neither shipped nor in '* ]]
	rollout 66 simulate elsewhere.example
	rollout 64 simulate --policy fast --all-presets
}

@test "parked domains are counted, domains without reports are named" {
	config
	sed -i 's/{klant.example: {}}/{klant.example: {}, oud.example: {policy: parked}}/' \
	    rollout.yaml
	rollout 0 simulate
	[[ $output == *"klant.example  standard  - "*"no reports stored"* ]]
	[[ $output == *"  1 parked: they climb no ladder"* ]]
	[ ! -e rollout.db ]
	rollout 0 simulate --policy careful
	[[ $output == *"  1 parked: they climb no ladder"* ]]
}

@test "a made-up world needs nothing, and wrong words are told" {
	rollout 0 simulate made days=120 messages=40 spoof=50% --policy fast
	[[ $output == *"  fast made1.example: 0 none, 28 quarantine-10, "*" 68 reject"* ]]
	rollout 64 simulate made volume=3
	[[ $stderr == *'"volume=3": expected messages, reporters, '* ]]
	rollout 64 simulate made --policy parked
	rollout 66 simulate made --policy mine
	[ ! -e rollout.db ]
}

# days MESSAGES POLICY: "first/full/reject" as the program has it.
days() {
	"$ROLLOUT" simulate made "messages=$1" --policy "$2" --json |
	    python3 -c 'if True:
		import json, sys
		[run] = json.load(sys.stdin)["runs"]
		day = {r["rung"]: r["day"] for r in run["reached"]}
		print(*(day.get(rung, "-")
		        for rung in ("quarantine-10", "quarantine", "reject")),
		      sep=" / ")'
}

@test "the timelines in docs/policies.md are those of the program" {
	local policy volumes=(5 50 500 50000) i
	sed -n '/^| messages a day |/,/^$/p' "$top/docs/policies.md" >table
	for policy in fast standard government careful; do
		mapfile -t -d '|' cells < <(grep "^| \`$policy\`" table)
		for i in 0 1 2 3; do
			wanted=$(days "${volumes[i]}" "$policy")
			echo "$policy ${volumes[i]}: $wanted"
			[ "$(echo ${cells[i + 2]})" = "$wanted" ]
		done
	done
}
