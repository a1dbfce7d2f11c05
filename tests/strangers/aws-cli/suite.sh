#!/usr/bin/env bash
# aws-cli against the embedded Tigris. Prints `ok NAME` or `not ok NAME` for each check.
check() { # NAME COMMAND...: the command's own output goes to the log
  local name=$1
  shift
  if ("$@") >&2; then echo "ok $name"; else echo "not ok $name: exit code $?"; fi
}
bucket=strangers-aws-cli
head -c 20971520 /dev/urandom >large
mkdir -p folder/deep && echo one >folder/one && echo two >folder/deep/two

fails() { ! "$@"; }
roundtrip() { aws s3 cp large "s3://$bucket/large" && aws s3 cp "s3://$bucket/large" back && cmp large back; }
synced() {
  aws s3 sync folder "s3://$bucket/folder" && rm folder/one &&
    aws s3 sync --delete folder "s3://$bucket/folder" && fails aws s3 ls "s3://$bucket/folder/one"
}
streamed() { echo text | aws s3 cp - "s3://$bucket/stream" && [ "$(aws s3 cp "s3://$bucket/stream" -)" = text ]; }
presigned() { curl -sSf "$(aws s3 presign "s3://$bucket/stream")" | grep -q text; }
ranged() { aws s3api get-object --bucket "$bucket" --key stream --range bytes=0-1 part && [ "$(cat part)" = te ]; }
once() { fails aws s3api put-object --bucket "$bucket" --key stream --if-none-match '*'; }
moved() { aws s3 mv "s3://$bucket/stream" "s3://$bucket/moved" && fails aws s3 ls "s3://$bucket/stream"; }
refused() { AWS_SECRET_ACCESS_KEY=wrong fails aws s3 cp large "s3://$bucket/refused"; }

check make_bucket aws s3 mb "s3://$bucket"
check copy_20_mb roundtrip
check sync_and_delete synced
check from_and_to_a_stream streamed
check presigned_url presigned
check range ranged
check write_once once
check move moved
check wrong_secret_refused refused
check remove_all aws s3 rm --recursive "s3://$bucket"
check remove_bucket aws s3 rb "s3://$bucket"
