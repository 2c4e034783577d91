#!/bin/sh
# Prove that the first two commands work on a bare Debian 12: make one in a
# temporary directory with debootstrap, from the mirror this machine uses,
# put the last commit in it and run quickstart and tests twice.  Needs root,
# about 2 GB of disk and 20 minutes:
#
#     tests/clean-room.sh [COMMAND]
#
# COMMAND replaces the two (it runs in the checkout inside).
set -eu

cd "$(dirname "$0")/.."
tests/install.sh clean-room
[ "$(id -u)" -eq 0 ] || {
	echo "$0: needs root to make a root file system" >&2
	exit 77
}
command=${1:-'for turn in 1 2; do
	examples/quickstart.sh && tests/run.sh || exit 1
done'}

mirror=$(apt-get indextargets --format '$(SITE)' \
    'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1)
root=$(mktemp -d)
chmod 755 "$root" # it is somebody's / in there
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM

debootstrap --variant=minbase bookworm "$root" "$mirror" >&2
cp -r /etc/apt/. "$root/etc/apt/"
cp /etc/resolv.conf "$root/etc/"
mkdir "$root/checkout"
git archive HEAD | tar -x -C "$root/checkout"

# Mounts live and die with this namespace.
unshare --mount --pid --fork --kill-child sh -eu -c '
	mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
	exec chroot "$1" sh -c "cd /checkout && $2"' sh "$root" "$command"
