#!/bin/sh
# Process 1 of a machine of the embedded cloud: builds the machine's root, moves into it, says so on descriptor 4, and runs
# the command in it:
#
#   root.sh FOLDER CGROUP WORKDIR COMMAND [ARGUMENT...]
#
# FOLDER is any empty folder; CGROUP the machine's control group or empty. What the root is made of is told on descriptor 3,
# as lines of shell for inside FOLDER (root-plan.ts): they may hold secrets, which arguments must not.
# Runs in mount, process, host name and IPC namespaces of its own, so that nothing of this is seen or left outside, and its
# end is the end of all that runs inside.
set -eu

folder=$1 cgroup=$2 workdir=$3
shift 3
[ -z "$cgroup" ] || echo 0 >"$cgroup/cgroup.procs"
mount -t tmpfs -o mode=755 tenantry "$folder"
cd "$folder"
eval "$(cat <&3)"
exec 3<&-
mount --all --fstab .fstab
rm .fstab
pivot_root . .outside
cd /
umount -l /.outside
rmdir /.outside

# A child, so that signals work as for any process and leftovers find a parent that takes them in.
(
  cd "$workdir"
  echo up >&4
  exec 4>&-
  exec "$@"
)
exit $?
