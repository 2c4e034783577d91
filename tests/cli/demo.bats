#!/usr/bin/env bats
# rollout demo: what it prints, what it leaves, and that nothing keeps running.
# Dates are those of its virtual clock; port and directory are masked.

load helper
load demo-world

setup_file() {
	make_demo
}

# What it printed, PORT and DIR instead of the port and the directory.
masked() {
	sed -e "s,$BATS_FILE_TMPDIR/demo,DIR,g" \
	    -e 's,127\.0\.0\.1@[0-9]*,127.0.0.1@PORT,' \
	    -e 's,-p [0-9]* ,-p PORT ,' "$BATS_FILE_TMPDIR/demo.out"
}

# part FIRST: the lines from the one that is FIRST to the next empty one.
part() {
	masked | awk -v first="$1" '$0 == first { on = 1 }
	    on && /^$/ { exit } on'
}

@test "it succeeds and says nothing on stderr" {
	[ ! -s "$BATS_FILE_TMPDIR/demo.err" ]
}

@test "it begins with what it is and ends with where to look" {
	[ "$(masked | head -n 1)" = 'A made-up portfolio in DIR: six domains,'`
	    `' 43 days of reports, zone files served by Knot on'`
	    `' 127.0.0.1@PORT.' ]
	[ "$(masked | tail -n 1)" = 'Look around: rollout explain zorg.example'`
	    `" --config DIR/rollout.yaml --now $now" ]
}

@test "the record before and after, as a name server tells it" {
	masked | grep -A 1 '^\$ dig' >got
	diff - got <<'END'
$ dig +short @127.0.0.1 -p PORT _dmarc.gemeente.example TXT
"v=DMARC1; p=none; rua=mailto:dmarc@msp.example"
--
$ dig +short @127.0.0.1 -p PORT _dmarc.gemeente.example TXT
"v=DMARC1; p=quarantine; rua=mailto:dmarc@msp.example; pct=10; t=y"
END
}

@test "advance: one domain up, five wait" {
	part "\$ rollout advance --now $now" >got
	diff - got <<'END'
$ rollout advance --now 2026-02-17T06:00:00Z
hold  museum.example  0 failures in 129 legitimate messages, 95% upper bound 2.295% (limit 1.000%, independence assumed), daily test 2.832 of 40.000 needed; failures on 0 of 43 days: up to 6.729% of days may hold one; 306 more without a failure would do
hold  school.example  0 failures in 172 legitimate messages, 95% upper bound 1.726% (limit 1.000%, independence assumed), daily test 4.054 of 40.000 needed; failures on 0 of 43 days: up to 6.729% of days may hold one; 263 more without a failure would do
hold  zorg.example  mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed; mail_from:bounce.crm.example has 0 of 3 clean report days since, then back to quarantine once acknowledged (rollout approve)
hold  apotheek.example  43 of 70 days on this rung
done  huisarts.example  at its target; watched on
ok    gemeente.example  none -> quarantine-10  1 of 1 name servers
1 changed, 0 verifying, 0 failed, 5 waiting.
END
}

@test "the status at its end, whole" {
	masked | sed -n '/^\$ rollout status/,/^Look/p' | sed '$d' >got
	diff - got <<'END'
$ rollout status --now 2026-02-17T06:00:00Z
6 domains. Reports up to 2026-02-16T23:59:59Z.

   DOMAIN            STAGE                       STEP       DAYS  NEXT
gemeente
   gemeente.example  quarantine-10               settling      0  quarantine-25: 4 more days (dwell)
   museum.example    none                        observing    43  quarantine-10: 306 more messages (bound)
   school.example    quarantine-10 (off-ladder)  observing    43  quarantine: 263 more messages (bound)
zorg
!  zorg.example      none                        cooldown     18  quarantine: awaiting repair
   apotheek.example  none                        observing    43  quarantine-10: 27 more days (dwell)
   huisarts.example  reject                      done         43  watched

0 ready, 1 in progress, 3 waiting, 1 done, 1 need attention (! ?). Next: rollout plan

END
}

@test "README.md shows the same table" {
	part '   DOMAIN            STAGE                       STEP       DAYS  NEXT' \
	    >wanted
	awk '/^ *DOMAIN +STAGE/ { on = 1 } on && /^(```|$)/ { exit } on' \
	    "$top/README.md" >got
	diff wanted got
	[ "$(wc -l <got)" = 9 ]
}

@test "nothing keeps running" {
	for cmdline in /proc/[0-9]*/cmdline; do
		case $(tr '\0' ' ' <"$cmdline" 2>/dev/null || :) in
		*knotd*"$BATS_FILE_TMPDIR/demo"*) false ;;
		esac
	done
	cd "$BATS_FILE_TMPDIR/demo"
	run knotc -s knot.sock status
	[ "$status" != 0 ]
}

@test "what it leaves is for its owner alone" {
	cd "$BATS_FILE_TMPDIR/demo"
	[ "$(stat -c %a . rollout.db incoming zones | paste -s -d ' ')" = \
	    '700 600 700 700' ]
	[ "$(find incoming -type f | wc -l)" = 516 ]
}

@test "without --dir it takes one below TMPDIR, whatever that is called" {
	mkdir $'t\xe2\x80\xaemp'
	TMPDIR=$PWD/$'t\xe2\x80\xaemp' rollout 0 demo
	ls $'t\xe2\x80\xaemp'/rollout-demo-*/rollout.yaml
	[[ ${lines[0]} == 'A made-up portfolio in '*'/t\u202emp/rollout-demo-'* ]]
	[[ $output != *$'\xe2\x80\xae'* ]]
}

@test "74: it takes no directory that is there" {
	mkdir here
	touch here/mine
	rollout 74 demo --dir here
	[[ $stderr == *"--dir: here: File exists"* ]]
	[ "$(ls here)" = mine ]
}

@test "69: without knotd it says which package to install" {
	run --separate-stderr -69 env PATH="$PWD" "$ROLLOUT" demo --dir there
	[[ $stderr == *"Debian packages knot and bind9-dnsutils" ]]
}
