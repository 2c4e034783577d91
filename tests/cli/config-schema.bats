#!/usr/bin/env bats
# config schema: the copy in docs/schemas is what the program prints.

load helper

@test "the copy for editors is current" {
	rollout 0 config schema
	[ -z "$stderr" ]
	diff "$top/docs/schemas/rollout.config-1.json" <(printf '%s\n' "$output")
}

@test "64: schema takes no operand" {
	rollout 64 config schema rollout.yaml
}
