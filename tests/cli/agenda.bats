#!/usr/bin/env bats
# plan --until and plan --markdown: compared whole, in the demo's world.

load helper
load demo-world

setup_file() {
	make_demo
}

teardown() {
	unserve
}

# With the TTL of an hour a rung's n days are over on day n + 1: 4 days on each
# pct rung and at quarantine-100, 30 at quarantine.  school.example sends a few
# messages a day, so it waits for the bound.
@test "the agenda, whole" {
	enter_demo
	serve
	rollout 0 plan --now $now --until 2026-04-30
	diff - <(echo "$output") <<'END'
Agenda 2026-02-17T06:00:00Z to 2026-04-30: 7 to change, 2 for a person, 2 at rest.
It assumes that mail and reports go on as in the last week, advance runs once a day at this hour, no limit on changes delays it, and nobody approves, repairs or edits anything.

gemeente
  2026-02-22  gemeente.example  quarantine-10 -> quarantine-25 (up)
  2026-02-27  gemeente.example  quarantine-25 -> quarantine-50 (up)
  2026-03-04  gemeente.example  quarantine-50 -> quarantine-100 (up)
  2026-03-09  gemeente.example  quarantine-100 -> quarantine (up)
  2026-04-09  gemeente.example  quarantine -> reject-100 (up)
  2026-04-14  gemeente.example  reject-100 -> reject (up)
  2026-04-24  school.example  quarantine-10 -> quarantine (up)

zorg
  ! zorg.example  awaiting_repair since 2026-02-17
      mail_from:bounce.crm.example broke: 160 of 160 messages fail where about 160 should have passed; mail_from:bounce.crm.example has 0 of 3 clean report days since, then back to quarantine once acknowledged (rollout approve)
      answer: have the source repaired, then: rollout approve zorg.example --reason TEXT
  ? apotheek.example  awaiting_approval since 2026-03-16
      every gate passes; quarantine-10 needs a person: rollout approve apotheek.example
      answer: rollout approve apotheek.example --reason TEXT

Nothing was changed. Next: rollout plan
END
	rollout 0 plan --now $now --until 2026-04-30 --client gemeente
	[[ $output != *zorg* ]]
	rollout 2 plan --now $now --until 2026-02-22 --detailed-exitcode
	rollout 0 plan --now $now --until 2026-02-22T05:59:59Z \
	    --client gemeente --detailed-exitcode
}

@test "the agenda as Markdown and as JSON" {
	enter_demo
	serve
	rollout 0 plan --now $now --until 2026-03-31 --markdown
	diff - <(echo "$output") <<'END'
## DMARC agenda

2026-02-17T06:00:00Z to 2026-03-31: 4 to change, 2 for a person, 3 at rest.

It assumes that mail and reports go on as in the last week, advance runs once a day at this hour, no limit on changes delays it, and nobody approves, repairs or edits anything.

### `gemeente`

| Day | Domain | From | To |
|---|---|---|---|
| 2026-02-22 | `gemeente.example` | `quarantine-10` | `quarantine-25` |
| 2026-02-27 | `gemeente.example` | `quarantine-25` | `quarantine-50` |
| 2026-03-04 | `gemeente.example` | `quarantine-50` | `quarantine-100` |
| 2026-03-09 | `gemeente.example` | `quarantine-100` | `quarantine` |

### `zorg`

- `zorg.example`: `awaiting_repair` since 2026-02-17: `mail_from:bounce.crm.example` broke: 160 of 160 messages fail where about 160 should have passed; `mail_from:bounce.crm.example` has 0 of 3 clean report days since, then back to quarantine once acknowledged (rollout approve)
  Answer: `have the source repaired, then: rollout approve zorg.example --reason TEXT`
- `apotheek.example`: `awaiting_approval` since 2026-03-16: every gate passes; `quarantine-10` needs a person: rollout approve `apotheek.example`
  Answer: `rollout approve apotheek.example --reason TEXT`
END
	rollout 0 plan --now $now --until 2026-03-31 --json
	[ "$(jq -c '[.changes[] | [.at, .to]]' <<<"$output")" = \
'[["2026-02-22T06:00:00Z","quarantine-25"],'\
'["2026-02-27T06:00:00Z","quarantine-50"],'\
'["2026-03-04T06:00:00Z","quarantine-100"],'\
'["2026-03-09T06:00:00Z","quarantine"]]' ]
}

@test "the agenda writes nothing and asks nobody to" {
	enter_demo
	serve
	sha256sum rollout.db* zones/* >../before
	rollout 0 plan --now $now --until 2027-01-31
	sha256sum rollout.db* zones/* >../after
	diff <(grep -v -e -shm ../before) <(grep -v -e -shm ../after)
	unserve
	rollout 3 plan --now $now --until 2026-03-31 --client zorg
	[[ $output == *"zorg.example  dns_unknown since 2026-02-17"* ]]
	[[ $output == *"0 to change, 3 for a person"* ]]
}

@test "without a database it looks ahead, and makes none" {
	config
	rollout 3 plan --until "$(date -u -d '3 days' +%F)"
	[ ! -e rollout.db ]
}

@test "64: days that cannot be looked at" {
	config 'clock: virtual'
	for until in yesterday 2026-02-16 2026-02-17T05:59:59Z 2027-03-25 ''; do
		rollout 64 plan --now $now --until "$until"
		[[ $stderr == *"--until: a day or time from now to 400 days"* ]]
	done
	rollout 64 plan --now $now --until 2026-03-01 --out plan.json
	rollout 64 plan --now $now --until 2026-03-01 --expires 2d
	rollout 64 plan --now $now --until 2026-03-01 --markdown --json
	[ ! -e plan.json ]
}

@test "a plan for a merge request, whole" {
	enter_demo
	rm rollout.db*
	sed -i /_dmarc/d zones/museum.example.zone
	sed -i 's/; rua=[^"]*/; x=`|@all|<b>` #1/
	    s/pct=10/pct=10; rua=mailto:post@school.example/' \
	    zones/school.example.zone
	serve
	rollout 0 plan --now 2026-01-05T06:00:00Z --markdown --expires 36h
	diff - <(sed -E 's/[0-9a-f]{64}/HASH/' <<<"$output") <<'END'
## DMARC plan as of 2026-01-05T06:00:00Z

2 to change, 0 for a person, 4 unchanged. As a plan file it expires at 2026-01-06T18:00:00Z.

| Client | Domain | From | To | Why | Account |
|---|---|---|---|---|---|
| `gemeente` | `museum.example` | `no record` | `none` | `create` | `files` |
| `gemeente` | `school.example` | `quarantine-10` | `quarantine-10` | `create` | `files` |

### `museum.example`: `no record` to `none`

`_dmarc.museum.example` TXT, TTL 3600:

```diff
- (no record)
+ v=DMARC1; p=none; rua=mailto:dmarc@msp.example
```

Why: no DMARC record yet: publish `p=none` with our rua

Undo: ``set `pause:` on museum.example, then edit the record by hand``

Digest: `HASH`

### `school.example`: `quarantine-10` to `quarantine-10`

`_dmarc.school.example` TXT, TTL 3600:

```diff
- v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example; x=`|@all|<b>` #1
+ v=DMARC1; p=quarantine; pct=10; rua=mailto:post@school.example,mailto:dmarc@msp.example; x=`|@all|<b>` #1
```

Why: our rua address is not in the record: add it, policy unchanged

Undo: ``set `pause:` on school.example, then edit the record by hand``

Digest: `HASH`

Plan: `HASH`
END
}
