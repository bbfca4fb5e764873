#!/bin/sh
# run-in-root.sh ROOT FOLDER COMMAND…: runs the command in FOLDER of ROOT, which is read-only, as uid 65532
# without capabilities, in a mount namespace of its own.
set -eu
. "$(dirname "$0")/without-rights.sh"
root=$1 folder=$2
shift 2
mount --bind "$root" "$root"
mkdir -p "$root/dev" "$root/proc"
mount --bind /dev "$root/dev"
mount --bind /proc "$root/proc"
mount -o remount,bind,ro "$root"
# PATH is the image's by now.
exec "$(PATH="$PATH:/usr/sbin:/sbin" command -v chroot)" "$root" env --chdir="$folder" $without_rights "$@"
