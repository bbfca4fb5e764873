#!/bin/sh
# run-as-image.sh ROOT APP NODE: runs APP/main.js as its image does, in a mount namespace of its own. ROOT is an empty
# folder, which becomes a read-only root with Node, its libraries and /app.
set -eu
. "$(dirname "$0")/without-rights.sh"
root=$1 app=$2 node=$3
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
bind() { # FROM TO
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}
mkdir app dev etc proc usr
for name in bin lib lib64 sbin; do
  if [ -L "/$name" ]; then cp -P "/$name" .; elif [ -d "/$name" ]; then mkdir "$name" && bind "/$name" "$name"; fi
done
bind /etc etc
bind /usr usr
bind "$app" app
touch node
bind "$node" node
mount --bind /dev dev
mount --bind /proc proc
mount -o remount,ro "$root"
exec chroot "$root" env --chdir=/app $without_rights /node --enable-source-maps main.js
