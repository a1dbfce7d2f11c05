#!/bin/sh
# tools/at-least.sh MINIMUM VERSION: whether VERSION is MINIMUM or newer. Exit 0 yes, 1 no or not a version.
# Both are numbers with dots, with or without a leading v. What follows a - or + is left out of the comparison:
# a pre-release of the minimum is good enough for us. The twin in TypeScript is tools/at-least.ts.
set -u

minimum=${1#v}
version=${2#v}
version=${version%%[-+]*}

case $version in
'' | *[!0-9.]* | .* | *. | *..*) exit 1 ;;
esac

while [ -n "$minimum" ]; do
  want=${minimum%%.*}
  have=${version%%.*}
  [ "${have:-0}" -gt "$want" ] && exit 0
  [ "${have:-0}" -lt "$want" ] && exit 1
  case $minimum in *.*) minimum=${minimum#*.} ;; *) minimum= ;; esac
  case $version in *.*) version=${version#*.} ;; *) version= ;; esac
done
exit 0
