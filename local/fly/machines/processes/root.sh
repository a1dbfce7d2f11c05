#!/bin/sh
# Process 1 of a machine of the embedded cloud: builds the machine's root, moves into it and runs the command in it:
#
#   root.sh FOLDER CGROUP WORKDIR UID GID[,GID...] COMMAND [ARGUMENT...]
#
# FOLDER is any empty folder; CGROUP the machine's control group or empty. What the root is made of is told on descriptor 3,
# as lines of shell for inside FOLDER (root-plan.ts): they may hold secrets, which arguments must not. They come after a line on
# descriptor 4 has said that the namespaces are there: until then the machine's network is not.
# Runs in mount, process, host name and IPC namespaces of its own, so that nothing of this is seen or left outside, and its
# end is the end of all that runs inside.
set -eu
# What is made here is read by the machine's own users, whatever the umask of whoever has started the cloud.
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
folder=$1 cgroup=$2
shift 2
[ -z "$cgroup" ] || echo 0 >"$cgroup/cgroup.procs"
mount -t tmpfs -o mode=755 tenantry "$folder"
cd "$folder"
echo ready >&4
eval "$(cat <&3)"
exec 3<&-
mount --all --fstab .fstab
rm .fstab
exec perl "$here/enter-root.pl" "$@"
