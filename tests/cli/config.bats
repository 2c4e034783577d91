#!/usr/bin/env bats
# config check: what it says about a good and a bad configuration, whole; and
# what messages may show of a hostile one.

load helper

# safe: $output and $stderr are UTF-8 and hold no control, bidi or zero-width
# character.
safe() {
	printf '%s\n%s\n' "$output" "$stderr" >shown
	iconv -f UTF-8 -t UTF-8 shown >/dev/null
	! LC_ALL=C.UTF-8 grep -P \
	    '[\x{0}-\x{8}\x{b}-\x{1f}\x{7f}-\x{9f}\x{200b}-\x{200f}\x{202a}-\x{202e}]' \
	    shown
}

@test "a good configuration, for people and for programs" {
	config
	rollout 0 config check
	[ "$output" = "rollout.yaml: 1 clients, 1 domains: ok" ]
	[ -z "$stderr" ]
	rollout 0 config check --json
	[ "$(jq -c . <<<"$output")" = '{"schema":"rollout.config/1",'`
	    `'"path":"rollout.yaml","ok":true,"clients":1,"domains":1,'`
	    `'"findings":[]}' ]
}

@test "78: every error at once, by check and by any other verb" {
	config 'defaultz: {}' 'dns: {tries: 11}'
	cat >wanted <<'END'
rollout.yaml:12:1: error: unknown key "defaultz" in the top level; did you mean "defaults"?
rollout.yaml:13:1: error: "dns": the same key is on line 3 already; keep one of them
END
	rollout 78 config check
	[ -z "$output" ]
	diff wanted - <<<"$stderr"
	rollout 78 status
	diff wanted - <<<"$stderr"
}

@test "78: findings for programs are an answer on stdout" {
	config 'defaultz: {}'
	rollout 78 config check --json
	[ -z "$stderr" ]
	[ "$(jq -c '[.ok, (.findings[0] | .severity, .file, .line, .column)]' \
	    <<<"$output")" = '[false,"error","rollout.yaml",12,1]' ]
}

@test "78: a secret in the file is refused and not repeated" {
	config 'accounts: {pd: {provider: powerdns, key: hunter2,'`
	    `' endpoint: "https://dns.example"}}'
	sed -i '/^accounts:$/,/zonefile/d; s/account: zf, //' rollout.yaml
	rollout 78 config check
	[[ $stderr == *"key: a secret is never written here; refer to it with "* ]]
	[[ $stderr != *hunter2* ]]
}

@test "64: config does three things" {
	rollout 64 config show
	[[ $stderr == *'"config check"'* ]]
	rollout 64 config
}

@test "hostile names on the command line are shown, not obeyed" {
	config
	local csi=$'\xc2\x9b' esc=$'\e]0;x\a' bidi=$'\u202e' raw=$'\x9b' word
	for word in "$csi" "$esc" "$bidi" "$raw"; do
		rollout 66 status --config "no${word}where.yaml"
		safe
		rollout 66 status --client "c${word}1"
		safe
		rollout 66 explain "kl${word}ant.example"
		safe
		rollout 66 ingest "no${word}where.xml"
		safe
		rollout 64 ingest incoming --trust "tru${word}sted"
		safe
		rollout 64 rollback klant.example --reason no --to "no${word}ne"
		safe
		rollout 64 status --now "20${word}26"
		safe
		rollout 64 "st${word}atus"
		safe
		rollout 64 status "--cli${word}ent"
		safe
		rollout 64 status "-${word}"
		safe
		rollout 74 demo --dir "no${word}where/demo"
		safe
	done
	rollout 66 explain "kl${csi}ant.example"
	[[ $stderr == 'error: kl\u009bant.example: no such domain in rollout.yaml' ]]
	rollout 66 status --client $'c\e[31m1'
	[[ $stderr == 'error: --client: no client has the key "c\x1b[31m1"' ]]
}

@test "hostile text in a configuration is shown, not obeyed" {
	config '"acc\eoun\x9bts\u202e": {}' 'include: "\x9b]0;x\a"'
	rollout 78 config check
	safe
	rollout 78 status
	safe
	[[ $stderr == *'acc'*'oun'*'ts'* ]]
	mkdir $'e\e[31m' $'c\xc2\x9b31m'
	cp rollout.yaml $'e\e[31m'
	cp rollout.yaml $'c\xc2\x9b31m'
	rollout 78 status --config $'e\e[31m/rollout.yaml'
	safe
	rollout 78 status --config $'c\xc2\x9b31m/rollout.yaml'
	safe
	[[ $stderr == 'c\u009b31m/rollout.yaml:12:1: error: '* ]]
	config
	sed -i 's/c1: {/c1: {name: "Ev\\u202eil", /' rollout.yaml
	rollout 0 status
	safe
	[[ $output == *'Ev\u202eil'* ]]
}

@test "hostile paths of reports are shown, not obeyed" {
	config
	mkdir $'incoming/\e[31m'
	echo no >$'incoming/\e[31m/a\xc2\x9b.xml'
	rollout 0 ingest
	safe
}
