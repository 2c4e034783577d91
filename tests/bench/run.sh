#!/bin/sh
# Print how fast we are, beside the least that the same work can cost:
#
#     tests/bench/run.sh BUILD [part...]    (parts: ingest workers mail memory
#                                       growth plan year dns patch luck)
#
# BUILD is a release build whose target `bench` is built.  Figures decide
# nothing: the exit status tells only whether every part ran and was right.
set -eu

build=${1:?usage: $0 BUILD [part...]}
shift
cd "$(dirname "$0")/../.."
tests/install.sh test
exec python3 -B tests/bench/run.py "$build" "$@"
