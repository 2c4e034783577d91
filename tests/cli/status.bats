#!/usr/bin/env bats
# status, explain and history, whole: in the demo's world and in an empty one.

load helper
load demo-world

setup_file() {
	make_demo
}

teardown() {
	unserve
}

@test "an empty world: not looked at, and nothing is created" {
	config
	rollout 0 status
	diff - <(echo "$output") <<'END'
1 domains. Reports up to (none yet).

   DOMAIN         STAGE  STEP  DAYS  NEXT
c1
   klant.example  -      new      -  not looked at yet: rollout advance

0 ready, 0 in progress, 1 waiting, 0 done, 0 need attention (! ?). Next: rollout plan
END
	rollout 0 history
	[ "$output" = 'TIME  DOMAIN  EVENT  RUNGS  BY  TEXT' ]
	rollout 0 history --json
	[ "$(jq -c . <<<"$output")" = \
	    '{"schema":"rollout.history/1","events":[]}' ]
	rollout 0 explain klant.example
	diff - <(echo "$output") <<'END'
klant.example (c1, policy "standard")
Stage -, new, hold.
Next: dns unknown
Why:  127.0.0.1@9: nothing answers there
END
	[ -z "$(compgen -G 'rollout.db*')" ]
}

@test "name servers that do not answer: exit 3, then ! until they do" {
	config
	rollout 3 advance
	diff - <(echo "$output") <<'END'
fail  klant.example  127.0.0.1@9: nothing answers there
0 changed, 0 verifying, 1 failed, 0 waiting.
END
	rollout 0 status
	diff - <(echo "$output") <<'END'
1 domains. Reports up to (none yet).

   DOMAIN         STAGE  STEP  DAYS  NEXT
c1
!  klant.example  -      new      -  dns unknown

0 ready, 0 in progress, 0 waiting, 0 done, 1 need attention (! ?). Next: rollout plan
END
}

@test "status of one client" {
	enter_demo
	rollout 0 status --now $now --client zorg
	diff - <(echo "$output") <<'END'
3 domains. Reports up to 2026-02-16T23:59:59Z.

   DOMAIN            STAGE   STEP       DAYS  NEXT
zorg
!  zorg.example      none    cooldown     18  quarantine: awaiting repair
   apotheek.example  none    observing    43  quarantine-10: 27 more days (dwell)
   huisarts.example  reject  done         43  watched

0 ready, 0 in progress, 1 waiting, 1 done, 1 need attention (! ?). Next: rollout plan
END
}

@test "status three days without reports later: evidence is stale" {
	enter_demo
	rollout 0 status --now 2026-02-20T06:00:00Z --client gemeente
	diff - <(echo "$output") <<'END'
3 domains. Reports up to 2026-02-16T23:59:59Z.

   DOMAIN            STAGE                       STEP       DAYS  NEXT
gemeente
!  gemeente.example  quarantine-10               observing     3  quarantine-25: freshness: 78 hours, at most 72
!  museum.example    none                        observing    46  quarantine-10: freshness: 78 hours, at most 72
!  school.example    quarantine-10 (off-ladder)  observing    46  quarantine: freshness: 78 hours, at most 72

0 ready, 0 in progress, 0 waiting, 0 done, 3 need attention (! ?). Next: rollout plan
END
}

@test "a rung means what it does at both kinds of receivers" {
	enter_demo
	rollout 0 status --now $now --json
	diff - <(jq -c '.domains[] | [.domain, .stage.effect.rfc7489,
	    .stage.effect.rfc9989 | if type == "object" then
	    [.none, .quarantine, .reject] else . end]' <<<"$output") <<'END'
["gemeente.example",[90,10,0],[100,0,0]]
["museum.example",[100,0,0],[100,0,0]]
["school.example",[90,10,0],[0,100,0]]
["zorg.example",[100,0,0],[100,0,0]]
["apotheek.example",[100,0,0],[100,0,0]]
["huisarts.example",[0,0,100],[0,0,100]]
END
	[ "$(jq -c .summary <<<"$output")" = '{"domains":6,"ready":0,'`
	    `'"in_progress":1,"attention":1,"waiting":3,"done":1}' ]
}

@test "explain a domain that stepped back" {
	enter_demo
	serve
	rollout 0 explain zorg.example --now $now
	diff - <(echo "$output") <<'END'
zorg.example (zorg, policy "standard")
Stage none since 2026-01-30T06:00:00Z, cooldown, hold.
Live: v=DMARC1; p=none; rua=mailto:dmarc@msp.example
Next: quarantine: awaiting repair
Why:  mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed; mail_from:bounce.crm.example has 0 of 3 clean report days since, then back to quarantine once acknowledged (rollout approve)

SOURCE                        CLASS          PASS  FAIL  LINKED  WHY
dkim:zorg.example             legit         12900     0       0  an aligned DKIM signature passes
mail_from:bounce.crm.example  legit_broken   1600  1840       0  SPF passes for its own MAIL FROM domain
threat                        threat            0   430       0  no legitimate source claims it

Counted apart: 430 failing messages that no source claims (threat), 0 without a result (unknown).

FORECAST    RECEIVERS     LEGITIMATE             FORWARDED  UNDECIDED  THREAT
quarantine  rfc7489 100%  460.0 (at most 468.2)  0          0          70.0 (at most 70.0)
reject-100  rfc7489 100%  460.0 (at most 468.2)  0          0          70.0 (at most 70.0)
reject      rfc7489 100%  460.0 (at most 468.2)  0          0          70.0 (at most 70.0)
Messages a week that the rung quarantines or rejects, by what receivers follow and their share of the mail, from 28 days since 2026-01-20. At most: 95% bound, independence assumed; of others the worst week.
Legitimate mail that failed: mail_from:bounce.crm.example (1840 of 2240).
The week before was forecast as 320.0 (at most 330.5) legitimate failing, 560 came: more than the bound; 70.0 (at most 70.0) other failing, 70 came.

RECEIVER     MAIL  REPORTS  HONOURS PCT  HONOURS T
google.com  11223  rfc7489  unknown      unknown
yahoo.com    5547  rfc7489  unknown      unknown
By mail: 0% at receivers that report as RFC 9990 says; pct is honoured for 0% and ignored for 0% of it, t honoured for 0% and ignored for 0%; of the rest nobody knows yet.
Ladder: not measured yet: that takes failing mail judged under a record with pct or t; the ladder dual is right for either kind of receiver.
END
}

@test "explain a domain off the ladder" {
	enter_demo
	serve
	rollout 0 explain school.example --now $now
	diff - <(echo "$output") <<'END'
school.example (gemeente, policy "standard")
Stage quarantine-10 (off-ladder) since 2026-01-05T06:00:00Z, observing, hold.
Live: v=DMARC1; p=quarantine; pct=10; rua=mailto:dmarc@msp.example
Next: quarantine: 263 more messages (bound), 2026-04-24T06:00:00Z at the earliest
Why:  0 failures in 172 legitimate messages, 95% upper bound 1.726% (limit 1.000%, independence assumed), daily test 4.054 of 40.000 needed; failures on 0 of 43 days: up to 6.729% of days may hold one; 263 more without a failure would do

GATE          RESULT  WHY
freshness     pass    newest report ended 6 hours ago, at most 72
dwell         pass    43 of 4 days on this rung
report_days   pass    42 of 3 days with reports on this rung
reporters     pass    2 authenticated reporters in 28 days, at least 2
bound         hold    0 failures in 172 legitimate messages, 95% upper bound 1.726% (limit 1.000%, independence assumed), daily test 4.054 of 40.000 needed; failures on 0 of 43 days: up to 6.729% of days may hold one; 263 more without a failure would do
source_bound  pass    no source may fail more than 5.000% of its mail
sources       pass    no legitimate source has begun to fail
repair        pass    no source awaits repair
cadence       pass    no declared source is still waited for
new_source    pass    no source is new
undecided     pass    no sender is undecided
dkim          pass    100.000% of the legitimate mail carries an aligned DKIM signature, before reject at least 95.000%
forwarded     pass    0 messages failed because they were forwarded, 0.000% of the legitimate mail
silence       pass    no large reporter has been silent for 7 days
policy_seen   pass    100.000% of the mail reported since was judged under the live record, at least 90.000%
anomaly       pass    nothing implausible in the reports
watch         pass    no record that legitimate mail stands on is missing
signal        pass    no external signal is configured

SOURCE               CLASS   PASS  FAIL  LINKED  WHY
dkim:school.example  legit    172     0       0  an aligned DKIM signature passes
threat               threat     0    86       0  no legitimate source claims it

Counted apart: 86 failing messages that no source claims (threat), 0 without a result (unknown).

FORECAST    RECEIVERS     LEGITIMATE         FORWARDED  UNDECIDED  THREAT
quarantine  rfc7489 100%  0.0 (at most 0.8)  0          0          14.0 (at most 14.0)
reject-100  rfc7489 100%  0.0 (at most 0.8)  0          0          14.0 (at most 14.0)
reject      rfc7489 100%  0.0 (at most 0.8)  0          0          14.0 (at most 14.0)
Messages a week that the rung quarantines or rejects, by what receivers follow and their share of the mail, from 28 days since 2026-01-20. At most: 95% bound, independence assumed; of others the worst week.
The week before was forecast as 0.0 (at most 0.8) legitimate failing, 0 came; 14.0 (at most 14.0) other failing, 14 came.

RECEIVER    MAIL  REPORTS  HONOURS PCT                       HONOURS T
google.com   215  rfc7489  no (acted on 0 of 86: 0.0%-4.1%)  unknown
yahoo.com     43  rfc7489  unknown                           unknown
By mail: 0% at receivers that report as RFC 9990 says; pct is honoured for 0% and ignored for 83% of it, t honoured for 0% and ignored for 0%; of the rest nobody knows yet.
Ladder: not measured yet: that takes failing mail judged under a record with pct or t; the ladder dual is right for either kind of receiver.
END
}

@test "history, of all and of one" {
	enter_demo
	rollout 0 history --now $now
	diff - <(echo "$output") <<'END'
TIME                  DOMAIN            EVENT     RUNGS                  BY       TEXT
2026-01-05T06:00:00Z  gemeente.example  adopted                          rollout  taken as it is
2026-01-05T06:00:00Z  museum.example    adopted                          rollout  taken as it is
2026-01-05T06:00:00Z  school.example    adopted                          rollout  taken as it is
2026-01-05T06:00:00Z  zorg.example      adopted                          rollout  taken as it is
2026-01-05T06:00:00Z  apotheek.example  adopted                          rollout  taken as it is
2026-01-05T06:00:00Z  huisarts.example  adopted                          rollout  taken as it is
2026-01-30T06:00:00Z  zorg.example      intent    quarantine -> none     rollout  mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed
2026-01-30T06:00:00Z  zorg.example      sent      quarantine -> none     rollout  the provider accepted it
2026-01-30T06:00:00Z  zorg.example      verified  quarantine -> none     rollout  every name server serves it
2026-02-17T06:00:00Z  gemeente.example  intent    none -> quarantine-10  rollout  every gate passes: 0 failures in 19780 legitimate messages, 95% upper bound 0.015% (limit 1.000%, independence assumed), daily test passed a thousand times over; failures on 0 of 43 days: up to 6.729% of days may hold one
2026-02-17T06:00:00Z  gemeente.example  sent      none -> quarantine-10  rollout  the provider accepted it
2026-02-17T06:00:00Z  gemeente.example  verified  none -> quarantine-10  rollout  every name server serves it
END
	rollout 0 history huisarts.example --now $now
	diff - <(echo "$output") <<'END'
TIME                  DOMAIN            EVENT    RUNGS  BY       TEXT
2026-01-05T06:00:00Z  huisarts.example  adopted         rollout  taken as it is
END
}

@test "66: a domain that is not listed, or lies below one" {
	enter_demo
	for verb in explain history reports; do
		rollout 66 $verb nowhere.example --now $now
		[ "$stderr" = \
		    'error: nowhere.example: no such domain in rollout.yaml' ]
	done
	rollout 66 explain mail.zorg.example --now $now
	diff - <(echo "$stderr") <<'END'
error: mail.zorg.example: no such domain in rollout.yaml
  It lies below zorg.example, which is listed.
END
}

@test "looking works while another run writes" {
	enter_demo
	exec 9>rollout.db.lock
	flock 9
	rollout 0 status --now $now
	rollout 0 history --now $now
	exec 9>&-
}
