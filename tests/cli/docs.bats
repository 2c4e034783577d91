#!/usr/bin/env bats
# What a user reads is true: commands in the documents work, links lead
# somewhere, examples pass, and nothing that exists goes unmentioned.

load helper
load demo-world

setup_file() {
	make_demo
}

teardown() {
	unserve
}

# written FILE: its command lines: what stands in a block of shell or in the
# EXAMPLES of a manual page, comments cut, one command a line.
written() {
	case $1 in
	*.md)
		awk '/^```/ { on = $0 == "```sh"; next }
		    on || /^    rollout / { print }' "$1" ;;
	*)
		mandoc -T ascii -O width=200 "$1" | sed 's/.\x08//g' |
		    awk '/^[A-Z]/ { on = $0 == "EXAMPLES" } on { print }' ;;
	esac | sed -e 's/^ *//' -e 's/  *# .*//' -e 's/ && /\n/g' \
	    -e 's/ | .*//' | grep '^rollout '
}

# mentioned FILE: what it calls `rollout ...` in its text, without operands.
mentioned() {
	case $1 in
	*.md) grep -o '`rollout [^`]*`' "$1" | tr -d '`' ;;
	*) sed -n 's/.*\.Ql rollout //p' "$1" | sed 's/^/rollout /' ;;
	esac
}

documents() {
	ls "$top"/README.md "$top"/docs/*.md "$top"/docs/man/*.[157] \
	    "$top"/*/README.md "$top"/tests/*/README.md
}

@test "command lines in the documents do what they say" {
	local file line words n=0
	for file in $(documents); do
		written "$file" >"$BATS_TEST_TMPDIR/lines" || continue
		enter_demo
		mkdir -p later
		serve
		while read -r line; do
			[ "$line" != "rollout demo" ] || continue
			# Names of the documents for those of the demo; what
			# breaks is at zorg, what is at reject at huisarts.
			line=${line/rollback bakker.example/rollback huisarts.example}
			line=${line//bakker.example/zorg.example}
			line=${line//\/srv\/old-reports/later}
			line=${line//\/backup\//later/}
			line=${line//DOMAIN/zorg.example}
			line=${line//bücher-eem.example/zorg.example}
			eval "words=(${line#rollout })"
			echo "$file: $line"
			case ${words[0]} in
			config) rollout 0 "${words[@]}" 3>&- ;;
			*) rollout 0 "${words[@]}" --now $now 3>&- ;;
			esac
			n=$((n + 1))
		done <"$BATS_TEST_TMPDIR/lines"
		unserve
		cd "$BATS_TEST_TMPDIR"
		rm -r demo
	done
	[ "$n" -ge 20 ]
}

@test "verbs and options that the text mentions exist" {
	local file line words n=0
	config
	for file in $(documents); do
		mentioned "$file" >lines || continue
		while read -r -a words; do
			echo "$file: ${words[*]}"
			# The verb by itself; options only with what they need.
			rollout 0 "${words[1]}" --help 3>&-
			for word in "${words[@]:2}"; do
				[[ $word != --* ]] || [[ $output == *"$word"* ]] ||
				    "$ROLLOUT" --help | grep -qF -- "$word"
			done
			n=$((n + 1))
		done <lines
	done
	[ "$n" -ge 10 ]
}

@test "every verb and option of the program has its place in rollout(1)" {
	local verb option
	for verb in $("$ROLLOUT" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		echo "$verb"
		grep -q "^\.It Cm $verb\b" "$top/docs/man/rollout.1"
		grep -q "^\.Cm $verb\b" "$top/docs/man/rollout.1"
		for option in $("$ROLLOUT" "$verb" --help |
		    grep -o -- '--[a-z-]*'); do
			echo "$verb $option"
			grep -q "^\.It Cm $verb\b.*Fl -${option#--}\b" \
			    "$top/docs/man/rollout.1"
		done
	done
	for option in $("$ROLLOUT" --help | grep -o -- '--[a-z]*'); do
		echo "$option"
		grep -q "^\.It Fl -${option#--}\b" "$top/docs/man/rollout.1"
	done
}

@test "every exit status of the program is in rollout(1) and nowhere else" {
	diff <(sed -n 's/.*DRO_EXIT_[A-Z_]* = \([0-9]*\).*/\1/p' \
	    "$top/orchestrator/cmd.h") \
	    <(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It \([0-9]*\)$/\1/p' \
	    "$top/docs/man/rollout.1")
}

@test "every configuration key is in rollout.yaml(5)" {
	local key n=0
	for key in $(sed -n 's/^    [A-Z{].*"\([a-z_]*\)".*/\1/p' \
	    "$top/orchestrator/config/keys.c"); do
		echo "$key"
		grep -Eq "^\.(It )?Ic ([a-z]+ , )?$key\b" \
		    "$top/docs/man/rollout.yaml.5"
		n=$((n + 1))
	done
	[ "$n" -ge 50 ]
}

@test "every option of a provider is in rollout-provider(7)" {
	local option file
	for file in "$top"/providers/*/*.c; do
		for option in $(sed -n \
		    's/^    {"\([a-z_.]*\)", DRO_OPT_.*/\1/p' "$file"); do
			echo "$file $option"
			grep -Eq "^\.(It )?Ic (${option/./|})\b" \
			    "$top/docs/man/rollout-provider.7"
		done
	done
}

@test "configurations in the documents are good" {
	local n=0
	for file in $(documents); do
		case $file in
		# It has files beside it; test_config_read reads it whole.
		*/docs/config.md) continue ;;
		*.md) awk '/^```/ { on = $0 == "```yaml"; next } on' "$file" ;;
		*) sed -n '/^version: 1$/,/^\.Ed/p' "$file" | sed '/^\.Ed/d' ;;
		esac >rollout.yaml
		grep -q '^version: 1' rollout.yaml || continue
		echo "$file"
		rollout 0 config check
		[ -z "$stderr" ]
		n=$((n + 1))
	done
	[ "$n" = 2 ]
}

@test "links lead to something" {
	local file link target anchor n=0
	for file in $(documents); do
		[[ $file == *.md ]] || continue
		for link in $(grep -o '](\([^)]*\))' "$file" | sed 's/](\(.*\))/\1/'); do
			case $link in http*) continue ;; esac
			echo "$file: $link"
			target=$(dirname "$file")/${link%%#*}
			[ "${link%%#*}" != "" ] || target=$file
			[ -e "$target" ]
			anchor=${link#*#}
			[ "$anchor" = "$link" ] ||
			    sed -n 's/^#* //p' "$target" | tr -d '`' | tr 'A-Z ' 'a-z-' |
			    grep -qx "$anchor"
			n=$((n + 1))
		done
	done
	[ "$n" -ge 10 ]
}

@test "files that the documents name are there" {
	local file path n=0
	for file in $(documents); do
		for path in $(grep -oP '\b(docs|examples|orchestrator|policies|providers|state|tests)/[\w./-]*+(?![<*])' \
		    "$file" | sed 's/[.,]*$//' | sort -u); do
			echo "$file: $path"
			[ -e "$top/$path" ] ||
			    [ -e "$(dirname "$file")/$path" ]
			n=$((n + 1))
		done
	done
	[ "$n" -ge 20 ]
}

@test "manual pages are sound" {
	mandoc -T lint -W warning "$top"/docs/man/*.[157]
	for page in "$top"/docs/man/*.[157]; do
		for section in NAME DESCRIPTION 'EXIT STATUS' FILES EXAMPLES \
		    STANDARDS; do
			grep -q "^\.Sh $section\$" "$page"
		done
	done
}

@test "systemd takes the units" {
	command -v systemd-analyze >/dev/null || skip "no systemd here"
	cp "$top"/examples/rollout-advance.{service,timer} .
	sed -i "s,/usr/local/bin/rollout,$ROLLOUT," rollout-advance.service
	run systemd-analyze verify --man=no ./rollout-advance.service \
	    ./rollout-advance.timer
	[ "$status" = 0 ]
	[ -z "$output" ]
}
