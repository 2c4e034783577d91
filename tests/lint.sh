#!/bin/sh
# Read the code with tools: tests/lint.sh [format|cppcheck|tidy ...]
# (default: all).  cppcheck and tidy need the compile commands of the asan
# build: cmake --preset asan.
set -eu

cd "$(dirname "$0")/.."
rooms='policies state providers orchestrator'
commands=build/asan

format() {
	# shellcheck disable=SC2086 # a list of words
	find $rooms tests -name '*.[ch]' -print0 |
	    xargs -0 clang-format --dry-run -Werror
}

# Product code only, as with tidy: cmocka's assertions end a test by a long
# jump, which no checker knows.
cppcheck_() {
	mkdir -p build/cppcheck
	cppcheck --project=$commands/compile_commands.json --quiet \
	    --enable=warning,performance,portability --inline-suppr \
	    --suppressions-list=.cppcheck --error-exitcode=1 -itests \
	    --cppcheck-build-dir=build/cppcheck -j "$(nproc)"
}

tidy() {
	# shellcheck disable=SC2086 # a list of words
	find $rooms -name '*.c' -print0 | sort -z |
	    xargs -0 -n 1 -P "$(nproc)" clang-tidy -p $commands --quiet
}

[ $# -gt 0 ] || set -- format cppcheck tidy
for check; do
	case $check in
	format | tidy) $check ;;
	cppcheck) cppcheck_ ;;
	*)
		echo "usage: $0 [format|cppcheck|tidy ...]" >&2
		exit 64
		;;
	esac
done
