#!/usr/bin/env bats
# sources, whole: who sends, what is wrong with it, and that the lines it
# prints answer what they ask.

load helper

now=2026-01-12T00:00:00Z

# A domain with its own server, a newsletter tool, Microsoft 365 without its
# SPF include, and a stranger, over five days.
world() {
	local day
	mkdir -p incoming zones
	cat >rollout.yaml <<'YAML'
version: 1
state: {database: rollout.db}
clock: virtual
dns: {servers: {klant.example: [127.0.0.1@9]}, timeout: 100ms, tries: 1}
reports:
  - {name: drop, directory: {path: incoming}, trust: trusted}
accounts:
  zf: {provider: zonefile, path: zones/}
defaults: {policy: standard, account: zf, rua: "mailto:rua@msp.example"}
clients:
  c1:
    sources:
      payroll: {mail_from: [loon.example], cadence: monthly}
      spam: {mail_from: [spam.example], is: threat}
    domains:
      klant.example:
YAML
	for day in 06 07 08 09 10; do
		report "2026-01-$day" \
		    'own ip=192.0.2.10 n=200 pass dkim=klant.example/s1 spf=klant.example' \
		    'news ip=198.51.100.80 n=6 fail spf=mail7.sea1.mcsv.net' \
		    'news2 ip=198.51.100.81 n=4 fail spf=mail9.atl2.mcsv.net' \
		    'ms ip=198.51.100.20 n=5 fail dkim=klant.onmicrosoft.com/selector1' \
		    'spoof ip=203.0.113.9 n=4 fail'
	done
	rollout 0 ingest --now $now
}

@test "nothing is known yet: no database is made" {
	config
	rollout 0 sources klant.example
	diff - <(echo "$output") <<'END'
klant.example (c1): 0 senders, 0 messages
SPF record: not known
END
	[ -z "$(compgen -G 'rollout.db*')" ]
	rollout 66 sources klant.exampel
}

@test "every sender, what is wrong, and what to do" {
	world
	rollout 0 sources klant.example --now $now
	diff - <(echo "$output") <<'END'
klant.example (c1): 4 senders, 1095 messages
SPF record: not known

dkim:klant.example, legit
  because  an aligned DKIM signature passes
  mail     1000 messages (91.3%), 5 report days, 1 reporters, 2026-01-06 to 2026-01-10
  aligned  DKIM 1000, SPF 1000; passing 1000, failing 0
  from     192.0.2.10
  note     nothing: it passes

Mailchimp (mail_from:mcsv.net), undecided
  because  authenticates for a domain of its own only
  mail     50 messages (4.5%), 5 report days, 1 reporters, 2026-01-06 to 2026-01-10
  aligned  DKIM 0, SPF 0; passing 0, failing 50
  from     198.51.100.80, 198.51.100.81
  fix      say whose it is; if ours:
  fix      it signs nothing, and SPF passes for mcsv.net, where it bounces to, not for klant.example: in Mailchimp: authenticate the domain: publish k2._domainkey and k3._domainkey as CNAME records; a bounce domain below klant.example helps too, but not where mail is forwarded

Microsoft 365 (dkim:klant.onmicrosoft.com), undecided
  because  authenticates for a domain of its own only
  mail     25 messages (2.2%), 5 report days, 1 reporters, 2026-01-06 to 2026-01-10
  aligned  DKIM 0, SPF 0; passing 0, failing 25
  from     198.51.100.20
  fix      say whose it is; if ours:
  fix      it signs as klant.onmicrosoft.com, not as klant.example: in Microsoft 365: Defender portal, Email authentication settings, DKIM: publish selector1._domainkey and selector2._domainkey, then switch signing on

address:203.0.113.0/24, undecided
  because  nothing authenticates, day after day
  mail     20 messages (1.8%), 5 report days, 1 reporters, 2026-01-06 to 2026-01-10
  aligned  DKIM 0, SPF 0; passing 0, failing 20
  from     203.0.113.9
  fix      say whose it is; if ours:
  fix      nothing authenticates what comes from 203.0.113.9: it seems to leave through a relay (of an internet provider) that does not sign; sign with DKIM before the relay, or let it sign, and name its addresses in the SPF record of klant.example

Declared, and reported by nobody:
  payroll

To answer, paste below klant.example of client c1 (rollout.yaml:16), or into the sources there;
and change is: to forwarder or threat where that is so:

        sources:
          mailchimp: {mail_from: [mcsv.net], is: ours}
          microsoft-365: {dkim: [klant.onmicrosoft.com], is: ours}
          network-1: {address: ["203.0.113.0/24"], exclusive: true, is: ours}
END
}

@test "the lines answer what they ask" {
	world
	rollout 0 sources klant.example --now $now
	sed -n '/^        sources:/,$p' <<<"$output" |
	    sed '/network-1/s/is: ours/is: threat/' >>rollout.yaml
	rollout 0 config check
	rollout 0 sources klant.example --now $now
	diff - <(grep -E ', (legit|undecided|threat)' <<<"$output") <<'END'
dkim:klant.example, legit
Mailchimp (declared:mailchimp), legit_broken
Microsoft 365 (declared:microsoft-365), legit_broken
declared:network-1, threat
END
	[[ $output != *"To answer"* ]]
}

@test "a closed list asks nothing" {
	world
	echo '        sources: closed' >>rollout.yaml
	rollout 0 config check
	rollout 0 sources klant.example --now $now
	[[ $output == *"1095 messages; the list of sources is closed"* ]]
	diff - <(grep -E ', (legit|undecided|threat)' <<<"$output") <<'END'
dkim:klant.example, legit
Mailchimp (mail_from:mcsv.net), threat
Microsoft 365 (dkim:klant.onmicrosoft.com), threat
address:203.0.113.0/24, threat
END
	[[ $output == *"because  the list of sources is declared complete"* ]]
	[[ $output != *"To answer"* ]]
}

@test "a domain of a sheet: the lines go to its client" {
	world
	sed -i -e '/^    domains:/,$d' rollout.yaml
	echo '    import: {csv: more.csv}' >>rollout.yaml
	printf 'domain\nklant.example\n' >more.csv
	rollout 0 sources klant.example --now $now
	[[ $output == *"paste below client c1 (klant.example is in more.csv:2)"* ]]
	sed -n '/^    sources:/,$p' <<<"$output" | tail -n +2 >lines
	sed -i '/^    sources:/r lines' rollout.yaml
	rollout 0 config check
	rollout 0 sources klant.example --now $now
	[[ $output != *"To answer"* ]]
}

@test "the same for programs" {
	world
	rollout 0 sources klant.example --now $now --json
	diff - <(jq -c '.sources[] | [.source, .service.id, .class, .messages,
	    [.fixes[] | .kind], .answer.name]' <<<"$output") <<'END'
["dkim:klant.example",null,"legit",1000,["none"],null]
["mail_from:mcsv.net","mailchimp","undecided",50,["answer","bounce_unaligned"],"mailchimp"]
["dkim:klant.onmicrosoft.com","microsoft-365","undecided",25,["answer","dkim_unaligned"],"microsoft-365"]
["address:203.0.113.0/24",null,"undecided",20,["answer","relay_unsigned"],"network-1"]
END
	[ "$(jq -c '[.spf, .silent, .sources[3].answer.value]' <<<"$output")" = \
	    '[null,["payroll"],{"address":["203.0.113.0/24"],"is":"ours","exclusive":true}]' ]
}

@test "explain names the service" {
	world
	rollout 0 explain klant.example --now $now
	[[ $output == *"mail_from:mcsv.net (Mailchimp)"* ]]
	rollout 0 explain klant.example --now $now --json
	[ "$(jq -c '[.sources[].service]' <<<"$output")" = \
	    '[null,"Mailchimp","Microsoft 365",null]' ]
}
