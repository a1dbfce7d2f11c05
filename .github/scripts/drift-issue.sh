#!/bin/sh
# drift-issue.sh STACK STATUS FILE: keeps one issue per stack that drifts. STATUS is the exit code of `tenantry drift`:
# with 2 the issue is opened, or brought up to date from FILE; with 0 it is closed.
#
# Needs jq, and gh, logged in. The issue is found by its label, `drift:STACK`.
set -eu
stack=$1
status=$2
file=$3
label=drift:$stack

issue=$(gh issue list --label "$label" --state open --json number | jq -r '.[0].number // empty')
case $status in
0)
  if [ -n "$issue" ]; then
    gh issue close "$issue" --comment "No drift any more."
  fi
  ;;
2)
  body=$(mktemp)
  trap 'rm -f "$body"' EXIT
  "$(dirname "$0")/fitting.sh" "$file" >"$body"
  if [ -n "$issue" ]; then
    gh issue edit "$issue" --body-file "$body"
  else
    gh label create "$label" --force --color d93f0b --description "What stands differs from what was applied"
    gh issue create --title "Drift of $stack" --label "$label" --body-file "$body"
  fi
  ;;
*)
  echo "drift-issue.sh: $status is neither 0 (no drift) nor 2 (drift)" >&2
  exit 1
  ;;
esac
