#!/bin/sh
# Install the Debian packages that one purpose needs and that are missing:
#
#     tests/install.sh [build|quickstart|test|clean-room]    (default: build)
#
# Every purpose includes those before it.  The lists below are the only place
# that names packages.  No service is started, now or at the next boot:
# policy-rc.d denies it while apt-get runs, and what the packages enabled is
# disabled.  Needs root or sudo without a password, else the one line to run
# is printed and the exit status is 77.
set -eu

build='gcc libc6-dev cmake ninja-build pkg-config libcurl4-openssl-dev
  libjansson-dev libyaml-dev libsqlite3-dev libc-ares-dev libexpat1-dev
  zlib1g-dev libarchive-dev libldns-dev libssl-dev libpsl-dev publicsuffix
  libidn2-dev libseccomp-dev libglib2.0-dev libgmime-3.0-dev libopendkim-dev
  tzdata ca-certificates'
quickstart='knot knot-dnsutils bind9-dnsutils'
test='libcmocka-dev clang libclang-rt-14-dev clang-tidy clang-format cppcheck
  bats jq strace faketime python3 python3-jsonschema python3-yaml
  python3-dkim python3-nacl mandoc pdns-server pdns-backend-sqlite3 sqlite3
  bind9 bind9-utils ldnsutils git dovecot-core dovecot-imapd openssl'
cleanroom='debootstrap'

case ${1:-build} in
build) wanted=$build ;;
quickstart) wanted="$build $quickstart" ;;
test) wanted="$build $quickstart $test" ;;
clean-room) wanted="$build $quickstart $test $cleanroom" ;;
*)
	echo "usage: $0 [build|quickstart|test|clean-room]" >&2
	exit 64
	;;
esac

command -v dpkg-query >/dev/null || {
	echo "$0: needs Debian 12 (no dpkg-query); install yourself: $wanted" >&2
	exit 77
}

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) ||
	    state=
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
	sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	sudo='sudo -n'
else
	echo "apt-get install --no-install-recommends$missing"
	exit 77
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap '$sudo rm -f $policy' EXIT
	trap 'exit 130' INT TERM
	printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
	$sudo chmod 755 $policy
fi

apt() {
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o DPkg::Lock::Timeout=600 "$@" >&2
}
echo "installing:$missing" >&2
apt update
# shellcheck disable=SC2086 # a list of words
apt install --no-install-recommends $missing

for package in $missing; do
	case $package in
	bind9 | dovecot-core | knot | pdns-server) ;;
	*) continue ;;
	esac
	# shellcheck disable=SC2086 # sudo is two words or none
	dpkg -L "$package" | grep '/systemd/system/[^/]*\.service$' |
	    xargs -r -n 1 basename | xargs -r $sudo \
	    env DPKG_MAINTSCRIPT_PACKAGE="$package" deb-systemd-helper disable
done
