#!/usr/bin/env bats
# Wrong usage: exit 64, one "error:" line and the way to help on stderr,
# nothing on stdout, nothing opened.

load helper

usage() {
	rollout 64 "$@"
	[ -z "$output" ]
	[[ $stderr == *"error: "*"See: rollout --help" ]]
}

@test "no verb: the help on stderr, exit 64" {
	rollout 64
	[ -z "$output" ]
	[[ $stderr == *"usage: rollout VERB"* ]]
}

@test "an unknown verb" {
	usage prognosticate
	[[ $stderr == *'"prognosticate"'* ]]
}

@test "an unknown option" {
	usage status --frobnicate
}

@test "an option that belongs to another verb" {
	usage status --trust trusted
	[[ $stderr == *"status does not take that option"* ]]
}

@test "an option without its argument" {
	usage status --client
}

@test "an operand too few, an operand too many" {
	usage explain
	usage status klant.example
}

@test "a time that is none" {
	usage status --now yesterday
	[[ $stderr == *--now* ]]
}

@test "a colour that is none" {
	usage status --color pink
}

@test "--now on a writing verb without a virtual clock" {
	config
	usage advance --now 2026-01-05T06:00:00Z
	[[ $stderr == *"clock: virtual"* ]]
	[ ! -e rollout.db ]
}

@test "help and version go to stdout, exit 0" {
	for words in --help help --version "status --help"; do
		rollout 0 $words
		[ -n "$output" ]
		[ -z "$stderr" ]
	done
	[[ $output == "usage: rollout status"* ]]
}
