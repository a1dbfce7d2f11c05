#!/usr/bin/env bash
# rclone against the embedded Tigris. Prints `ok NAME` or `not ok NAME` for each check.
check() { # NAME COMMAND...: the command's own output goes to the log
  local name=$1
  shift
  if ("$@") >&2; then echo "ok $name"; else echo "not ok $name: exit code $?"; fi
}
export RCLONE_CONFIG=/dev/null RCLONE_CONFIG_T_TYPE=s3 RCLONE_CONFIG_T_PROVIDER=Other RCLONE_CONFIG_T_ENV_AUTH=true
export RCLONE_CONFIG_T_ENDPOINT=$AWS_ENDPOINT_URL_S3 RCLONE_CONFIG_T_REGION=$AWS_REGION
at=t:strangers-rclone
mkdir -p folder/deep && echo one >folder/one && echo two >folder/deep/two && head -c 20971520 /dev/urandom >folder/large

fails() { ! "$@"; }
gone() { [ -z "$(rclone lsf "$1")" ]; }
checked() { rclone copy folder "$at/folder" && rclone check --download folder "$at/folder"; }
parts() { rclone copyto --s3-upload-cutoff 5M --s3-chunk-size 5M folder/large "$at/large" && rclone cat "$at/large" | cmp - folder/large; }
synced() { rm folder/one && rclone sync folder "$at/folder" && gone "$at/folder/one" && rclone check folder "$at/folder"; }
moved() { rclone moveto "$at/folder/deep/two" "$at/moved" && [ "$(rclone cat "$at/moved")" = two ] && gone "$at/folder/deep/two"; }
streamed() { echo text | rclone rcat "$at/stream" && [ "$(rclone cat "$at/stream")" = text ]; }
linked() { curl -sSf "$(rclone link "$at/stream")" | grep -q text; }
refused() { AWS_SECRET_ACCESS_KEY=wrong fails rclone copyto --retries 1 folder/large "$at/refused"; }

check make_bucket rclone mkdir "$at"
check copy_and_check checked
check upload_in_parts parts
check sync_deletes synced
check move_on_the_server moved
check from_and_to_a_stream streamed
check public_link linked
check wrong_secret_refused refused
check purge rclone purge "$at"
