# shellcheck shell=sh
# Sets `project`, where node_modules and .tenantry are, from `package`, where tenantry's own files are: a package lies in its
# project's node_modules, a checkout is its own project. Read by every script that starts a program of ours.
# shellcheck disable=SC2034,SC2154 # the script that reads this sets the one and uses the other
case $package in
*/node_modules/*) project=${package%%/node_modules/*} ;;
*) project=$package ;;
esac
