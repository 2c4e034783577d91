#!/usr/bin/env bats
# The verb park: a person's word about a domain that sends no mail.  What it
# leads to is in tests/scenario/parked*.txt and tests/integration.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	config 'clock: virtual'
	sed -i 's/klant.example: {}/klant.example: {policy: parked},'`
	    `' shop.example: {}/' rollout.yaml
}

# park STATUS WORD...: on a fixed day.
park() {
	local status_wanted=$1
	shift
	rollout "$status_wanted" park "$@" --now 2026-02-01T06:00:00Z
}

@test "64: no reason, two wishes at once, another policy" {
	park 64 klant.example
	[ "${stderr_lines[0]}" = 'error: park: --reason TEXT is required' ]
	park 64 klant.example --reason ''
	park 64 klant.example --undo --replace-mx --reason no
	[ "${stderr_lines[0]}" = 'error: park: --undo and --replace-mx exclude'`
	    `' each other' ]
	park 64 shop.example --reason no
	[ "${stderr_lines[0]}" = 'error: park: the policy of shop.example is'`
	    `' "standard", which sends mail; set `policy: parked` first' ]
	rollout 0 history --json
	[ "$(jq -c .events <<<"$output")" = '[]' ]
}

@test "66: no such domain" {
	park 66 other.example --reason no
}

@test "0: a word is stored with its author, and publishes nothing" {
	park 0 klant.example --reason 'bought against squatters'
	[ "$output" = 'klant.example: confirmed. Next: rollout advance' ]
	rollout 0 history --json
	[ "$(jq -c '.events[] | [.event, .to, .text]' <<<"$output")" = \
	    '["confirmed","parked","bought against squatters"]' ]
	[ "$(jq -r '.events[0].actor' <<<"$output")" != null ]
}

@test "64: rollback is not for parked domains" {
	rollout 64 rollback klant.example --reason no \
	    --now 2026-02-01T06:00:00Z
	[ "${stderr_lines[0]}" = 'error: rollback: klant.example is to be'`
	    `' parked; rollout park klant.example --undo --reason TEXT' ]
}

@test "0: status of a domain that was never looked at" {
	rollout 0 status --now 2026-02-01T06:00:00Z
	[[ $output == *'klant.example  -      new '* ]]
}
