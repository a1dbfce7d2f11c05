#!/bin/sh
# fitting.sh FILE: prints as many whole lines of it as GitHub takes in a comment or issue (65 536 characters).
set -eu
awk '
  { size += length($0) + 1 }
  size > 60000 { print "\n**Cut here.** The summary of the workflow run has all of it."; exit }
  { print }
' "$1"
