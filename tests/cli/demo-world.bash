# The demo's world for tests: six domains, 43 days of reports, zone files
# that Knot serves.  Made once for each file of tests, by setup_file; a test
# works on a copy of its own, below its directory.
# shellcheck disable=SC2034 # read by the tests

# The demo's last day, at the hour of its timer.
now=2026-02-17T06:00:00Z

# make_demo: the demo in $BATS_FILE_TMPDIR/demo, what it printed in demo.out
# and demo.err beside it.
make_demo() {
	"$ROLLOUT" demo --dir "$BATS_FILE_TMPDIR/demo" \
	    >"$BATS_FILE_TMPDIR/demo.out" 2>"$BATS_FILE_TMPDIR/demo.err"
}

# demo_port: the port of its configuration here.
demo_port() {
	sed -n 's/^ *listen: 127.0.0.1@//p' knot.conf
}

# enter_demo: a copy of the world as the working directory, nothing served.
enter_demo() {
	cp -r "$BATS_FILE_TMPDIR/demo" demo
	cd demo || return 1
	sed -i "s,$BATS_FILE_TMPDIR/demo,$PWD,g" knot.conf
}

# serve: start Knot on the zone files here; unserve stops it by its pid.
serve() {
	local tries
	knotd -c knot.conf >/dev/null 2>&1 3>&- &
	knot=$!
	for tries in {1..100}; do
		knotc -s knot.sock zone-status gemeente.example \
		    >/dev/null 2>&1 3>&- && return
		sleep 0.1
	done
	return 1
}

unserve() {
	if [ -n "${knot-}" ]; then
		kill "$knot"
		wait "$knot" || :
		knot=
	fi
}

# The record that Knot serves.
served() {
	dig +short +norecurse @127.0.0.1 -p "$(demo_port)" "_dmarc.$1" TXT
}
