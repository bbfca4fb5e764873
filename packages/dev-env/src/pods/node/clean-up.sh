#!/bin/sh
# `clean-up.sh FOLDER CGROUP`: when its standard input ends, kills the last process that was written to it, and
# removes the folder and the cgroups of that name.
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
for cgroup in /sys/fs/cgroup/"$2" /sys/fs/cgroup/*/"$2"; do
	# A cgroup can be removed after its last process has ended.
	for _ in $(seq 100); do
		[ -d "$cgroup" ] || break
		find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$cgroup" ] && sleep 0.1
	done
done
rm -rf -- "$1"
