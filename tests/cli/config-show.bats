#!/usr/bin/env bats
# config show: what holds for a domain, and which line of which file says so.

load helper

world() {
	config 'include: [conf.d/*.yaml]'
	mkdir conf.d
	cat >conf.d/c2.yaml <<'YAML'
clients:
  c2:
    policy: careful
    import: {csv: c2.csv}
YAML
	printf 'domain,ttl\nsheet.example,2h\n' >conf.d/c2.csv
}

@test "every value with its place, for people" {
	world
	rollout 0 config show sheet.example
	[ -z "$stderr" ]
	# Three columns, as wide as they must be.
	[ "$(sed -n 's/ rollout.yaml.*//p' <<<"$output" | awk '{print length}' |
	    sort -u | wc -l)" -eq 1 ]
	tr -s ' ' <<<"$output" | grep -v -e '^hops\.' -e '^approval' \
	    -e '^parked' -e '^time_zone' >shown
	diff - shown <<END
policy careful conf.d/c2.yaml:3:5 (client c2)
account zf rollout.yaml:9:30 (defaults)
rua mailto:rua@msp.example rollout.yaml:9:43 (defaults)
ttl 2h conf.d/c2.csv:2:15 (domain)
target reject shipped policy careful
ladder shipped policy careful
 [none, quarantine-10, quarantine-25, quarantine-50, quarantine-100, quarantine, reject-100, reject]
gates.freshness 3d shipped policy careful
gates.reporters 2 shipped policy careful
gates.tau 0.5% shipped policy careful
gates.alpha 5% shipped policy careful
gates.alpha_last 1% shipped policy careful
gates.tau_source 5% shipped policy careful
gates.dkim_aligned 95% shipped policy careful
gates.forwarded 0.5% shipped policy careful
setback.share 0% shipped policy careful
setback.cooldown 3d shipped policy careful
sp - not set
np - not set
np_from - not set
pause - not set
trial - not set
undecided.answer_within forever shipped policy careful
undecided.then threat shipped policy careful
signal.file - not set
signal.timeout - not set
signal.max_age - not set
accounts.zf.provider zonefile rollout.yaml:8:3 (account zf)
accounts.zf.path $PWD/zones/ rollout.yaml:8:28 (account zf)
END
}

@test "the same for programs" {
	world
	rollout 0 config show SHEET.example. --json
	[ "$(jq -r '.schema, .domain, .client' <<<"$output" | tr '\n' ' ')" = \
	    "rollout.config-show/1 sheet.example c2 " ]
	[ "$(jq -c '.values[] | select(.key == "ttl")' <<<"$output")" = \
	    '{"key":"ttl","value":"2h","origin":{"kind":"domain","name":null,'`
	    `'"file":"conf.d/c2.csv","line":2,"column":15}}' ]
	[ "$(jq -c '.values[] | select(.key == "hops.none.days")' \
	    <<<"$output")" = '{"key":"hops.none.days","value":70,'`
	    `'"origin":{"kind":"shipped policy","name":"careful","file":null,'`
	    `'"line":null,"column":null}}' ]
	[ "$(jq -c '.values[] | select(.key == "sp") | .value' \
	    <<<"$output")" = null ]
}

@test "of a secret only the reference" {
	config
	sed -i 's|^  zf: .*|  zf: {provider: powerdns, endpoint: "https://dns.'`
	    `'example", key: {command: [pass, hunter2]}}|' rollout.yaml
	rollout 0 config show klant.example
	grep -q '^accounts.zf.key  *{command: pass}  *rollout.yaml:8:' \
	    <<<"$output"
	[[ $output != *hunter2* ]]
	rollout 0 config show klant.example --json
	[[ $output != *hunter2* ]]
	[ "$(jq -c '.values[] | select(.key == "accounts.zf.key") | .value' \
	    <<<"$output")" = '{"command":"pass"}' ]
}

@test "66: no such domain; 78: a wrong file; 64: no domain" {
	config 'policies: {}'
	rollout 66 config show no.example
	[ "$stderr" = "error: no.example: no such domain in rollout.yaml" ]
	[ -z "$output" ]
	rollout 64 config show
	rollout 64 config show a.example b.example
	sed -i 's/^policies:/defaultz:/' rollout.yaml
	rollout 78 config show klant.example
	[ -z "$output" ]
	[[ $stderr == 'rollout.yaml:12:1: error: unknown key "defaultz"'* ]]
}

@test "a file that a client may edit gets no further than its domains" {
	world
	cat >conf.d/c3.yaml <<'YAML'
accounts: {zf: {provider: zonefile, path: /, reload: {command: [sh]}}}
clients: {c1: {domains: {klant.example: }}}
YAML
	rollout 78 config check
	diff - <(printf '%s\n' "$stderr") <<'END'
conf.d/c3.yaml:1:1: error: accounts belongs in the main file: accounts, commands and endpoints are the operator's; an included file holds clients alone
conf.d/c3.yaml:2:11: error: client c1 is there twice: also at rollout.yaml:11; keep one of them
conf.d/c3.yaml:2:26: error: domain klant.example is listed twice: also at rollout.yaml:11, client c1; keep one of them
END
}
