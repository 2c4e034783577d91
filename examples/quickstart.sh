#!/bin/sh
# From nothing to a first look: install what is missing, build, and run the
# whole job on a made-up portfolio served by Knot on 127.0.0.1.
#
#     examples/quickstart.sh
#
# Needs Debian 12 and root or sudo; starts no service, leaves nothing running.
set -eu

cd "$(dirname "$0")/.."
tests/install.sh quickstart
mkdir -p build
log=build/quickstart.log
if ! { cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_TESTING=OFF && cmake --build build/quickstart; } >$log 2>&1; then
	cat $log >&2
	exit 1
fi
exec build/quickstart/orchestrator/rollout demo
