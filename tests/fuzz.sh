#!/bin/sh
# Look for inputs that break a reader, with libFuzzer and sanitizers:
#
#     tests/fuzz.sh MINUTES [NAME ...]
#
# runs every target of tests/fuzz (or those named: report, mail, ...) that
# long, as many at a time as there are processors, beginning with the kept
# corpora.  What it finds is in build/fuzz/found: NAME.log, new inputs in
# NAME/, and whatever crashed, leaked, hung or took too much memory as
# NAME.crash-... and the like, which are listed at the end (exit status 1).
# One of them again:  build/fuzz/tests/fuzz_NAME FILE
# Keep what reaches new code:
#     build/fuzz/tests/fuzz_NAME -merge=1 tests/fuzz/corpus/NAME \
#         build/fuzz/found/NAME
set -eu

usage() {
	echo "usage: $0 MINUTES [NAME ...]" >&2
	exit 64
}

case ${1:-} in
'' | *[!0-9]*) usage ;;
esac
minutes=$1
shift
cd "$(dirname "$0")/.."
tests/install.sh test

# shellcheck disable=SC2046 # names are words
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
targets=
for name; do
	[ -f "tests/fuzz/fuzz_$name.c" ] || usage
	targets="$targets fuzz_$name"
done
found=build/fuzz/found
rm -rf "$found"
mkdir -p "$found"
# shellcheck disable=SC2086 # a list of words
if ! { cmake --preset fuzz && cmake --build --preset fuzz --target $targets; } \
    >"$found/build.log" 2>&1; then
	tail -n 50 "$found/build.log" >&2
	exit 1
fi

# One input is 64 KiB at most, takes at most 10 s and 2 GiB.
export MINUTES="$minutes" FOUND="$found"
# shellcheck disable=SC2016 # for the shell that xargs starts
printf '%s\n' "$@" | xargs -P "$(nproc)" -I NAME sh -c '
	mkdir -p "$FOUND/NAME"
	build/fuzz/tests/fuzz_NAME -max_total_time=$((MINUTES * 60)) \
	    -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
	    -print_final_stats=1 -artifact_prefix="$FOUND/NAME." \
	    "$FOUND/NAME" tests/fuzz/corpus/NAME >"$FOUND/NAME.log" 2>&1 ||
	    echo "NAME: stopped" >>"$FOUND/stopped"'

for name; do
	runs=$(awk '/number_of_executed_units/ { print $2 }' \
	    "$found/$name.log")
	printf '%-12s %10s runs, %4d new inputs\n' "$name" "${runs:-0}" \
	    "$(find "$found/$name" -type f | wc -l)"
done
[ -e "$found/stopped" ] || exit 0
cat "$found/stopped"
find "$found" -maxdepth 1 -type f -name '*.*-*'
exit 1
