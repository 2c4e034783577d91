#!/usr/bin/env bats
# Mails from standard input, maildirs and mbox files.

load helper

# mail FILE ID: a mail with one report about klant.example.
mail() {
	local xml
	xml="<feedback><report_metadata><org_name>Receiver</org_name>
<email>a@receiver.example</email><report_id>$2</report_id>
<date_range><begin>1767571200</begin><end>1767657599</end></date_range>
</report_metadata><policy_published><domain>klant.example</domain>
<p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>
<count>3</count><policy_evaluated><disposition>none</disposition>
<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers>
<header_from>klant.example</header_from></identifiers></record></feedback>"
	{
		printf '%s\n' 'From: Receiver <a@receiver.example>' \
		    'Subject: Report Domain: klant.example' \
		    'MIME-Version: 1.0' 'Content-Type: application/gzip' \
		    'Content-Transfer-Encoding: base64' ''
		gzip -cn <<<"$xml" | base64
	} >"$1"
}

@test "ingest - takes one mail, or one file" {
	config
	mail one.eml a
	rollout 0 ingest - --json <one.eml
	[ "$(jq -c '[.files, .reports.new, .messages]' <<<"$output")" = '[1,1,3]' ]
	rollout 0 ingest - --json <one.eml
	[ "$(jq -c '[.reports.new, .reports.duplicate]' <<<"$output")" = '[0,1]' ]
	rollout 0 reports --json
	[[ $(jq -r '.reports[0].source_path' <<<"$output") == -* ]]
}

@test "ingest - : what is refused is no reason to send it again" {
	config
	rollout 0 ingest - <<<'Subject: hello

no report'
	[[ $output == *'1 refused'* ]]
	rollout 0 ingest - </dev/null
	[[ $output == *'refused -: empty: '* ]]
}

@test "ingest - fails with 75 alone, so that the mail is kept" {
	config 'clok: real'
	mail one.eml a
	rollout 75 ingest - <one.eml
	[[ $stderr == *'unknown key "clok"'* ]]
	config
	rollout 75 ingest - --config nowhere.yaml <one.eml
	rollout 75 ingest - --trust huge <one.eml
	exec 9>rollout.db.lock
	flock 9
	rollout 75 ingest - <one.eml 9>&-
	flock -u 9
	rollout 75 ingest - <incoming
	[[ $stderr == *'standard input: Is a directory'* ]]
	rollout 0 ingest - <one.eml
	[[ $output == *'1 new reports'* ]]
}

@test "ingest: - stands alone" {
	config
	rollout 64 ingest incoming -
	[[ $stderr == 'error: ingest: - is standard input, which stands alone; for a file of that name say ./-'* ]]
	: >./-
	rollout 0 ingest ./-
}

@test "a maildir: mails are flagged or moved once they are stored" {
	config
	sed -i 's#directory: {path: incoming}#maildir: {path: box, after: {stored: move, folder: Done}}#' rollout.yaml
	mkdir -p box/cur box/new box/tmp
	mail box/new/1.host a
	mail box/cur/2.host:2,F b
	mail box/tmp/3.host c
	printf 'Subject: hello\n\nno report\n' >box/new/4.host
	rollout 0 ingest --json
	[ "$(jq -c '[.files, .reports.new, .messages]' <<<"$output")" = '[3,2,6]' ]
	[ "$(find box -type f | sort | tr '\n' ' ')" = \
	    'box/.Done/cur/1.host:2, box/.Done/cur/2.host:2,F box/new/4.host box/tmp/3.host ' ]
	rollout 0 ingest --json
	[ "$(jq -c '[.files, .reports.new]' <<<"$output")" = '[1,0]' ]
}

@test "an mbox is read and not changed" {
	config
	sed -i 's#directory: {path: incoming}#mbox: {path: box}#' rollout.yaml
	mail 1 a
	mail 2 b
	for m in 1 2; do
		echo 'From a@receiver.example Mon Jan  5 06:00:00 2026'
		cat $m
		echo
	done >box
	before=$(sha256sum box)
	rollout 0 ingest --json
	[ "$(jq -c '[.files, .reports.new, .messages]' <<<"$output")" = '[2,2,6]' ]
	[ "$(sha256sum box)" = "$before" ]
	rollout 0 reports --json
	[[ $(jq -r '.reports[1].source_path' <<<"$output") == "$PWD/box:2"* ]]
}

@test "an mbox among files, and one that is named" {
	config
	mail 1 a
	mail 2 b
	for m in 1 2; do
		echo 'From a@receiver.example Mon Jan  5 06:00:00 2026'
		cat $m
		echo
	done >incoming/box.mbox
	mail incoming/z.eml c
	rollout 0 ingest --json
	[ "$(jq -c '[.files, .reports.new]' <<<"$output")" = '[3,3]' ]
	rollout 0 ingest incoming/box.mbox --json
	[ "$(jq -c '[.files, .reports.duplicate]' <<<"$output")" = '[2,2]' ]
}

@test "a source that cannot be read stops no other" {
	config
	sed -i 's#^reports:#&\n  - {name: gone, mbox: {path: nowhere}}\n  - {name: none, maildir: {path: incoming}}#' rollout.yaml
	mail incoming/1.eml a
	rollout 3 ingest --json
	[ "$(jq -c '[.files, .reports.new]' <<<"$output")" = '[1,1]' ]
	[[ $stderr == *"reports: gone: $PWD/nowhere: No such file"* ]]
	[[ $stderr == *"reports: none: $PWD/incoming/cur: no such file"* ]]
}
