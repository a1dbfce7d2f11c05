#!/bin/sh
# plan-comment.sh STACK PULL FILE: comments the plan in FILE on a pull request. An earlier plan of the same stack is
# replaced: it is found by its first line, which `tenantry plan --markdown` writes, and by its author, for anybody can
# comment that line. When there is no FILE the plan failed: then FILE is written and says so.
#
# Needs jq, gh, logged in, and GITHUB_REPOSITORY. COMMENT_AUTHOR: whose comments are replaced.
set -eu
stack=$1
pull=$2
file=$3
mark="<!-- tenantry:plan:$stack -->"
author=${COMMENT_AUTHOR:-github-actions[bot]}

if [ ! -f "$file" ]; then
  printf '%s\n### Plan of **%s** failed\n\nThe log of the workflow run says why.\n' "$mark" "$stack" >"$file"
fi

body=$(mktemp)
trap 'rm -f "$body"' EXIT
"$(dirname "$0")/fitting.sh" "$file" >"$body"

earlier=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$pull/comments" |
  jq -r --arg mark "$mark" --arg author "$author" \
    '.[] | select(.user.login == $author and (.body | split("\n")[0] | rtrimstr("\r")) == $mark) | .id')
if [ -z "$earlier" ]; then
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$pull/comments" --field "body=@$body"
else
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${earlier%%
*}" --field "body=@$body"
fi
