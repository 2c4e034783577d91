#!/usr/bin/env bats
# The example portfolio: a configuration of hundreds of domains is a good one,
# and is read in a time that is told, not judged.

load helper

@test "300 domains of 12 clients, from YAML and a sheet" {
	"$top/examples/portfolio.py" --out p
	cd p
	rollout 0 config check
	[ "$output" = "rollout.yaml: 12 clients, 300 domains: ok" ]
	[ -z "$stderr" ]
	[ "$(find zones -name '*.zone' | wc -l)" -eq 300 ]
	rollout 0 config show xn--bcher-eem-q9a.example
	rollout 0 config show kapper-ijssel.example
	[[ $output == *"conf.d/blad.csv:2:"* ]]
	rollout 0 status --json
	[ "$(jq '.domains | length' <<<"$output")" -eq 300 ]
}

@test "the same words write the same files" {
	"$top/examples/portfolio.py" --out p --domains 40 --clients 5
	"$top/examples/portfolio.py" --out q --domains 40 --clients 5
	diff -r p q
	run -2 "$top/examples/portfolio.py" --out p
}

@test "any provider, any size: 1 000 domains" {
	local began ended cat check
	"$top/examples/portfolio.py" --out p --domains 1000 --clients 40 \
	    --clock virtual --dns 127.0.0.1@5300 127.0.0.1@5301 --account \
	    '{"provider": "powerdns", "endpoint": "http://127.0.0.1:8081",'`
	    `'"allow_private": "true", "key": {"env": "KEY"}}'
	[ ! -e p/zones ]
	began=$(date +%s%N)
	cat p/rollout.yaml p/conf.d/* >/dev/null
	ended=$(date +%s%N)
	cat=$((ended - began))
	began=$(date +%s%N)
	rollout 0 config check --config p/rollout.yaml
	ended=$(date +%s%N)
	check=$((ended - began))
	[ "$output" = "p/rollout.yaml: 40 clients, 1000 domains: ok" ]
	echo "# check $((check / 1000000)) ms, $((check / cat)) times cat" >&3
}
