#!/bin/sh
# policies-symbols.sh LIBRARY
# Fail if the pure rules need a symbol that they do not define and that
# tests/data/policies-symbols.txt does not list.  The list holds no file,
# socket, clock, environment, random number or printing.  LIBRARY is a
# release build: sanitizers would add symbols of their own.
set -eu

library=${1:?usage: policies-symbols.sh LIBRARY}
list=$(dirname "$0")/data/policies-symbols.txt
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C

nm -u "$library" >"$dir/nm.u"
nm -g --defined-only "$library" >"$dir/nm.d"
awk '$1 == "U" || $1 == "w" {print $2}' "$dir/nm.u" | sort -u >"$dir/needed"
{
	awk 'NF == 3 {print $3}' "$dir/nm.d"
	grep -v '^#' "$list"
} | sort -u >"$dir/allowed"

if ! [ -s "$dir/needed" ]; then
	echo "$library: needs no symbol at all; is it the right file?" >&2
	exit 1
fi
comm -23 "$dir/needed" "$dir/allowed" >"$dir/strange"
if [ -s "$dir/strange" ]; then
	echo "$library: the pure rules may not use:" >&2
	sed 's/^/	/' "$dir/strange" >&2
	echo "The work belongs in another room, or the name on $list" >&2
	exit 1
fi
