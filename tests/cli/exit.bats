#!/usr/bin/env bats
# Exit codes of the contract, beyond usage.

load helper

@test "66: no configuration" {
	rollout 66 status
	[[ $stderr == *rollout.yaml* ]]
}

@test "66: a configuration that is not there" {
	rollout 66 status --config nowhere.yaml
	[[ $stderr == *nowhere.yaml* ]]
}

@test "66: a domain that is not listed" {
	config
	rollout 66 explain stranger.example
	[[ $stderr == *stranger.example* ]]
	rollout 66 explain mail.klant.example
	[[ $stderr == *"klant.example, which is listed"* ]]
}

@test "66: a client that is not listed" {
	config
	rollout 66 status --client c2
	[[ $stderr == *'"c2"'* ]]
}

@test "66: a report that is not there" {
	config
	rollout 66 ingest nowhere.xml.gz
	[[ $stderr == *nowhere.xml.gz* ]]
}

@test "78: a configuration with an unknown key, with its place" {
	config 'acounts: {}'
	rollout 78 config check
	[[ $stderr == *"rollout.yaml:12:1: error: "*acounts* ]]
}

@test "0: a good configuration" {
	config
	rollout 0 config check
	[ -z "$stderr" ]
}

@test "0: reading verbs without a database create none" {
	config
	for verb in status reports history; do
		rollout 0 "$verb"
		rollout 0 "$verb" --json
		[[ $output == "{"* ]]
	done
	[ ! -e rollout.db ]
}

@test "0: a report that is refused is an answer" {
	config
	echo 'not a report' >incoming/junk.xml
	rollout 0 ingest --json
	[ "$(jq .reports.refused <<<"$output")" = 1 ]
	[ "$(jq -r '.refused[0].path' <<<"$output")" != null ]
}

@test "0: reports come in once" {
	config
	report 2026-01-05 'own ip=192.0.2.10 n=7 pass dkim=klant.example/s1' \
	    'spoof strangers=2 n=5 fail'
	rollout 0 ingest --json
	[ "$(jq -c '[.reports.new, .reports.duplicate, .messages]' \
	    <<<"$output")" = '[1,0,12]' ]
	rollout 0 ingest --json
	[ "$(jq -c '[.reports.new, .reports.duplicate, .messages]' \
	    <<<"$output")" = '[0,1,0]' ]
	rollout 0 reports --json
	[ "$(jq -c '.reports[0] | [.org, .domain, .messages, .dmarc_pass,
	    .dkim_aligned, .spf_aligned]' <<<"$output")" = \
	    '["google.com","klant.example",12,7,7,0]' ]
}

@test "1: a database that is none" {
	config
	head -c 8192 /dev/urandom >rollout.db
	rollout 1 status
	[[ $stderr == *rollout.db* ]]
}
