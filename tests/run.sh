#!/bin/sh
# Build with sanitizers and run every test:
#
#     tests/run.sh [quick|full]    (default: full)
#
# quick leaves out lint, fuzz corpora, the release build and integration.
# Each suite writes build/log/<suite>.log; that of a failing suite is shown.
# The last line is "N passed, N failed"; the exit status is 1 if anything
# failed, 77 if packages are missing and cannot be installed.
set -u

mode=${1:-full}
case $mode in
quick | full) ;;
*)
	echo "usage: $0 [quick|full]" >&2
	exit 64
	;;
esac
cd "$(dirname "$0")/.." || exit 74
top=$PWD
tests/install.sh test || exit $?

jobs=$(nproc)
logs=$top/build/log
rm -rf "$logs"
mkdir -p "$logs"
passed=0
failed=0

# A leak is a failure; strace cannot trace a process that looks for leaks,
# so the crash test uses the release build.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
export UBSAN_OPTIONS=print_stacktrace=1
export ROLLOUT="$top/build/asan/orchestrator/rollout"
export ROLLOUT_RELEASE="$top/build/release/orchestrator/rollout"
export DRO_GEN="$top/build/asan/tests/dro-gen"

# Golden texts are compared here, never written.
unset UPDATE

# tally LOG: "PASSED FAILED" of what ctest, TAP and Python's unittest print.
tally() {
	awk '/^ *[0-9]+\/[0-9]+ Test +#.* Passed/ || /^ok / ||
		/ \.\.\. .*ok$/ { p++ }
	    /^ *[0-9]+\/[0-9]+ Test +#.*\*\*\*/ || /^not ok / ||
		/^(FAIL|ERROR): / { f++ }
	    END { print p + 0, f + 0 }' "$1"
}

# suite NAME COMMAND...: run, count, show the log of a failure.  A suite that
# prints no tests of its own counts as one.
suite() {
	name=$1
	shift
	start=$(date +%s)
	status=0
	"$@" >"$logs/$name.log" 2>&1 || status=$?
	# shellcheck disable=SC2046 # two words
	set -- $(tally "$logs/$name.log")
	p=$1
	f=$2
	if [ "$status" -ne 0 ]; then
		[ "$f" -gt 0 ] || f=1
	elif [ "$p" -eq 0 ]; then
		p=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	printf '%-14s %4d passed %3d failed %5d s\n' "$name" "$p" "$f" \
	    $(($(date +%s) - start))
	if [ "$status" -ne 0 ] || [ "$f" -gt 0 ]; then
		echo "--- build/log/$name.log"
		grep -v -e '^ok ' -e ' Passed ' "$logs/$name.log" | tail -n 100
		echo "---"
		return 1
	fi
}

# finish: the line that scripts read.
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] || exit 1
	exit 0
}

build() {
	cmake --preset "$1" && cmake --build --preset "$1"
}

python_suite() {
	python3 -B -W error::ResourceWarning "$1" -v
}

# Without a program there is nothing to test.
suite build-asan build asan || finish

if [ "$mode" = quick ]; then
	suite unit ctest --preset asan -j "$jobs" -E '^fuzz/'
else
	suite unit ctest --preset asan -j "$jobs"
fi
suite cli bats --tap tests/cli
[ "$mode" = full ] || finish

if suite build-release build release; then
	suite symbols tests/policies-symbols.sh \
	    build/release/policies/libdro_policies.a
fi
if suite build-tsan build tsan; then
	suite threads ctest --preset tsan
fi
for test in tests/integration/test_*.py; do
	name=$(basename "$test" .py)
	suite "${name#test_}" python_suite "$test"
done
suite man mandoc -T lint -W warning docs/man/*.[0-9]
if [ -d ../shared/reports ]; then
	ROLLOUT_BINARY=$ROLLOUT REPORTS_DIR=$top/../shared/reports \
	    suite reports python3 -B tests/reports-corpus.py
fi
for check in format cppcheck tidy; do
	suite "lint-$check" tests/lint.sh "$check"
done
finish
