#!/bin/sh
# Process 1 of a machine of the embedded cloud: builds the machine's root as descriptor 3 says (root-plan.ts), moves into
# it, says so on descriptor 4, and runs the command in it:
#
#   root.sh FOLDER CGROUP WORKDIR COMMAND [ARGUMENT...]
#
# FOLDER is any empty folder; CGROUP the machine's control group or empty. Runs in mount, process, host name and IPC
# namespaces of its own, so that nothing of this is seen or left outside, and its end is the end of all that runs inside.
set -eu

folder=$1 cgroup=$2 workdir=$3
shift 3
[ -z "$cgroup" ] || echo 0 >"$cgroup/cgroup.procs"
mount -t tmpfs -o mode=755 tenantry "$folder"
cd "$folder"

# place FROM TO: makes what FROM can be mounted on.
place() {
  if [ -d "$1" ]; then
    mkdir -p ".$2"
  else
    mkdir -p ".${2%/*}"
    [ -e ".$2" ] || : >".$2"
  fi
}

tab=$(printf '\t')
while IFS=$tab read -r what one two three <&3; do
  case $what in
  hostname) echo "$one" >/proc/sys/kernel/hostname ;;
  folder)
    mkdir -p ".$three"
    chmod "$one" ".$three"
    chown "$two" ".$three"
    ;;
  link) ln -s "$one" ".$two" ;;
  show) place "$one" "$two" && mount -o bind,ro "$one" ".$two" ;;
  share) place "$one" "$two" && mount -o bind "$one" ".$two" ;;
  device) place "$one" "$two" && mount -o bind "$one" ".$two" ;;
  file)
    mkdir -p ".${three%/*}"
    head -c "$two" <&3 >".$three"
    chmod "$one" ".$three"
    ;;
  esac
done
mkdir -p proc .outside
mount -t proc proc proc
pivot_root . .outside
cd /
umount -l /.outside
rmdir /.outside
exec 3<&-

# A child, so that signals work as for any process and leftovers find a parent that takes them in.
(
  cd "$workdir"
  echo up >&4
  exec 4>&-
  exec "$@"
)
exit $?
