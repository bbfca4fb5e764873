#!/bin/sh
# Runs a command as on a machine of its own: `enter-namespaces.sh FOLDER COMMAND…`, as root. Mounts, network,
# processes and what is written to /run and /var are private, and gone with the last process.
set -eu
case $$ in
1) ;;
*) exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private sh "$0" "$@" ;;
esac
folder=$1
shift

# The kubelet shares volumes with containers by propagation.
mount --make-rshared /
mount -t tmpfs run /run
mkdir -p /run/var/upper /run/var/work
mount -t overlay var -o lowerdir=/var,upperdir=/run/var/upper,workdir=/run/var/work /var

# Settings of the whole machine that the kubelet requires: files in their place, for it to write to.
mkdir -p "$folder/sys"
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
	kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
	file=$folder/sys/$(basename "${setting%=*}")
	echo "${setting#*=}" >"$file"
	mount --bind "$file" "/proc/sys/${setting%=*}"
done

# Pods are attached to a bridge. There is no route out; the default route is for the API server, which looks for one.
ip link set lo up
ip link add pods type bridge
ip address add "$NODE_ADDRESS" dev pods
ip link set pods up
ip route add default dev pods
echo 1 >/proc/sys/net/ipv4/ip_forward

# Only these two names, and no timeout of unreachable name servers.
echo "127.0.0.1 localhost
${NODE_ADDRESS%/*} $NODE_NAME" >"$folder/hosts"
: >"$folder/resolv.conf"
for file in hosts resolv.conf; do mount --bind "$folder/$file" "/etc/$file"; done

# Not `exec`: the first process reaps orphans.
"$@"
