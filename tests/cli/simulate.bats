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
DOMAIN            POLICY    STANDS AT      FIRST  FULL  REJECT  HARM 7489  HARM 9989  SPOOF  ASKED  BACK  WAITS
gemeente.example  standard  quarantine-10     42     -       -          0          0     0%      0     0  dwell
museum.example    standard  none               -     -       -          0          0      -      0     0  bound
school.example    standard  none               -     -       -          0          0     0%      0     0  bound

  standard gemeente.example: 0 none, 42 quarantine-10
  standard museum.example: 0 none
  standard school.example: 0 none

ALL DOMAINS                        standard
domains                                   3
reached their target                      0
weeks to quarantine-10           - (1 of 3)
weeks to quarantine-25                    -
weeks to quarantine-50                    -
weeks to quarantine-100                   -
weeks to quarantine                       -
weeks to reject-100                       -
weeks to reject                           -
legitimate mail that failed               0
  hit at RFC 7489 receivers               -
  hit at RFC 9989 receivers               -
spoofed mail                           1376
  stopped at RFC 7489 receivers      3 (0%)
  stopped at RFC 9989 receivers      0 (0%)
questions                                 0
steps back                                0
ever left p=none                     33.33%
the bound ever passed                33.33%

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
	rollout 64 simulate $(printf -- '--policy fast %.0s' {1..9})
	[[ $stderr == *"--policy: at most 8 of them"* ]]
}

@test "policies side by side, of these days" {
	enter_demo
	sed -i 's/^clients:/policies: {quick: {extends: standard, hops: {none: {days: 14, report_days: 10}}}}\n&/' \
	    rollout.yaml
	rollout 0 simulate gemeente.example --policy quick --policy standard \
	    --from 2026-01-15 --until 2026-02-05 --now $now
	[[ $output == *"  quick gemeente.example: 0 none, 14 quarantine-10, 19 quarantine-25"$'\n'* ]]
	[[ $output == *"  standard gemeente.example: 0 none"$'\n'* ]]
	[[ $output == *"
ALL DOMAINS                        quick  standard
domains                                1         1
reached their target                   0         0
weeks to quarantine-10               2.0         -
weeks to quarantine-25               2.7         -
weeks to quarantine-50                 -         -
"* ]]
	rollout 0 simulate gemeente.example --json --now $now \
	    --from 2026-01-15 --until 2026-02-05
	[[ $output == *'"from": "2026-01-15T06:00:00Z"'* ]]
	[[ $output == *'"until": "2026-02-05T06:00:00Z"'* ]]
	# Before the first report nothing is found, after the last nothing lived.
	rollout 0 simulate gemeente.example --from 2020-01-01 \
	    --until 2030-01-01 --json --now $now
	[[ $output == *'"from": "2026-01-05T06:00:00Z"'* ]]
	[[ $output == *'"until": "2026-02-17T06:00:00Z"'* ]]
	rollout 0 simulate gemeente.example --from 2026-03-01 --now $now
	[[ $output == *"no reports of these days"* ]]
	rollout 64 simulate --from yesterday
	[[ $stderr == *'--from: '* ]]
	rollout 64 simulate --from 2026-02-01 --until 2026-01-01
	rollout 64 simulate made --from 2026-02-01
}

# A run of the made world and what it says of its questions.
asked() {
	rollout 0 simulate made messages=5 days=200 "$@" --json
	echo "$output" | python3 -c 'if True:
		import json, sys
		[run] = json.load(sys.stdin)["runs"]
		print(run["rung"], run["questions"], run["asked"], run["code"])'
}

@test "who is asked answers when he is said to" {
	[ "$(asked --policy careful)" = \
	    "reject 3 {'rate': 1, 'approval': 2} target" ]
	[ "$(asked --policy careful --answers at-once)" = \
	    "reject 3 {'rate': 1, 'approval': 2} target" ]
	[ "$(asked --policy careful --answers never)" = \
	    "none 2 {'rate': 1, 'approval': 1} awaiting_approval" ]
	rollout 0 simulate made messages=5 days=200 --policy careful \
	    --answers after:10
	[[ $output == *"who is asked answers after 10 days."* ]]
	[[ $output == *"  careful made1.example: 0 none, 90 quarantine-10, "* ]]
	rollout 64 simulate made --answers soon
	[[ $stderr == *'--answers: "soon": expected never, at-once or after:DAYS'* ]]
}

@test "parked domains are counted, domains without reports are named" {
	config
	sed -i 's/{klant.example: {}}/{klant.example: {}, oud.example: {policy: parked}}/' \
	    rollout.yaml
	rollout 0 simulate
	[[ $output == *"klant.example  standard  - "*"no reports of these days"* ]]
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

@test "the sample in docs/simulate.md is what the program prints" {
	local command
	command=$(sed -n '/^```text/{n;s/^\$ rollout //p}' "$top/docs/simulate.md")
	[ -n "$command" ]
	rollout 0 $command
	diff <(sed -n '/^```text/,/^```$/p' "$top/docs/simulate.md" |
	    sed '1,2d;$d') <(echo "$output" | sed -n '/^DOMAIN/,/^steps back/p')
}

# What docs/gates.md says of a way to fail: "1.23 0.45", in per cent.
quoted() {
	sed -n "s/.*\`clumps=$1\`.*| *\([0-9.]*\) % *| *\([0-9.]*\) % *|\$/\1 \2/p" \
	    "$top/docs/gates.md"
}

# Fewer domains than there: as far off as luck may be, once in a million.
@test "what luck does is as docs/gates.md says" {
	local clumps
	for clumps in none day rare; do
		rollout 0 simulate made domains=100 messages=50 days=90 \
		    fail=1% clumps=$clumps --answers never --json
		echo "$clumps: $(quoted $clumps)"
		echo "$output" | python3 -c 'if True:
			import json, sys
			[total] = json.load(sys.stdin)["totals"]
			n = total["domains"]
			for key, said in zip(("bound_passed", "moved"),
			                     sys.argv[1:], strict=True):
				share = float(said) / 100
				off = 5 * (share * (1 - share) / n) ** 0.5
				assert abs(total[key] / n - share) <= off + 1 / n, (
				    key, total[key])' $(quoted $clumps)
	done
}
