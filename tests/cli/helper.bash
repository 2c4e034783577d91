# Common to all command-line tests: ROLLOUT and DRO_GEN name the programs
# (default: those of the asan build); each test runs in its own directory.
bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
: "${ROLLOUT:=$top/build/asan/orchestrator/rollout}"
: "${DRO_GEN:=$top/build/asan/tests/dro-gen}"

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# rollout STATUS WORD...: run it and expect this exit status.  $output is
# stdout, $stderr the rest.
rollout() {
	local status_wanted=$1
	shift
	run --separate-stderr "-$status_wanted" "$ROLLOUT" "$@"
}

# config [LINE...]: a small valid rollout.yaml here, more lines at its end.
config() {
	mkdir -p incoming zones
	cat >rollout.yaml <<'YAML'
version: 1
state: {database: rollout.db}
dns:
  servers: {klant.example: [127.0.0.1@9]}
reports:
  - {name: drop, directory: {path: incoming}, trust: trusted}
accounts:
  zf: {provider: zonefile, path: zones/}
defaults: {policy: standard, account: zf, rua: "mailto:rua@msp.example"}
clients:
  c1: {domains: {klant.example: {}}}
YAML
	printf '%s\n' "$@" >>rollout.yaml
}

# report DATE [MAIL...]: one trusted reporter's day in incoming/.
report() {
	local date=$1 mail
	shift
	local words=()
	for mail; do
		words+=(--mail "$mail")
	done
	"$DRO_GEN" day --out incoming --domain klant.example --date "$date" \
	    --record 'v=DMARC1; p=none' --reporter google.com "${words[@]}"
}
