#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity of processes: audit, programs that are allowed, enforcement, what
# is refused then, a file that is revoked, and policies that come too early.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_code
[ -x "$here/user_probe" ] || skip "no user_probe"
[ -e "$objects/programs/signer.pem" ] ||
	skip "no signed programs in $objects; make them with objects.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
probe=$work/user_probe
cp "$here/user_probe" "$probe"

policy()	# NAME
{
	vsmctl policy load "$objects/policy-$1.signed"
}

user_files()	# that may execute
{
	sed -n 's/^user_files //p' "$debug/code"
}

class()		# FIELD: of class user
{
	sed -n "s/^class user .* $1 \([0-9]*\).*/\1/p" "$debug/code"
}

mode_is()	# MODE
{
	grep -q "^class user $1 " "$debug/code" && return
	grep "^class user " "$debug/code"
	return 1
}

# All that runs here, wherever it is.
allow_all()
{
	for sig in "$objects/programs"/*.p7s; do
		name=${sig##*/}
		find /usr/bin /usr/local /usr/lib64 /usr/lib/x86_64-linux-gnu \
			"$here" "$work" -name "${name%.p7s}" -type f |
		while read -r file; do
			vsmctl file allow "$file" -s "$sig" || exit 1
		done || return 1
	done
	grep -E '^user_(files|pages) ' "$debug/code"
}

# Who may open the device may ask about a file, and no more.
as_nobody()	# COMMAND
{
	su -s /bin/sh -c "vsmctl file $1 /usr/bin/busybox -s \
		$objects/programs/busybox.p7s" nobody 2>&1
}

# None goes by another's signature.
nobody_else()
{
	vsmctl file allow "$probe" -s "$objects/programs/busybox.p7s"
	[ $? -eq 3 ] || return 1
	chgrp 65534 /dev/vsm && as_nobody check || return 1
	out=$(as_nobody allow) && return 1
	echo "$out"
	echo "$out" | grep -q "needs CAP_SYS_ADMIN" &&
		[ "$(user_files)" -eq "$1" ]
}

runs()		# ARGUMENT...: of the probe
{
	"$probe" "$@"
	rc=$?
	[ $rc -eq 0 ] || { echo "exit status $rc"; return 1; }
}

# The driver keeps all of them, the log has no more than so many at a time.
last_event()
{
	sed -n '$s/ .*//p' "$debug/events"
}

told_since()	# NUMBER
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		awk -v last="$1" '$1 > last && /class=user/ && /_probe/ { n++ }
			END { exit !n }' "$debug/events" && return
		sleep 0.3
	done
	tail -n 3 "$debug/events"
	return 1
}

# By SIGSEGV, and counted.
killed()	# PROGRAM ARGUMENT...
{
	before=$(class refused)
	"$@"
	rc=$?
	[ $rc -eq 139 ] || { echo "exit status $rc"; return 1; }
	[ "$(class refused)" -gt "$before" ] || { echo "not counted"; return 1; }
	demoted
}

# Of what comes again on the same page, not each is told: the first is.
first_killed()
{
	last=$(last_event)
	killed "$probe" anonymous && told_since "$last"
}

audited()
{
	before=$(class audited)
	last=$(last_event)
	runs anonymous || return 1
	[ "$(class audited)" -gt "$before" ] || { echo "not counted"; return 1; }
	told_since "$last"
}

# What executes again is not judged again, however often: it does not leave for
# the secure kernel.  The first time is for what this test itself executes.
quiet()
{
	for _ in 1 2; do
		runs plain || return 1
		before=$(class allowed)
		refused=$(class refused)
	done
	for _ in 1 2 3 4 5 6 7 8; do
		runs plain || return 1
	done
	allowed=$(class allowed)
	echo "allowed $before, $allowed"
	[ "$before" -gt 0 ] && [ "$allowed" -eq "$before" ] &&
		[ "$(class refused)" -eq "$refused" ]
}

# Another page with that content is.
judged()	# ARGUMENT...: of the probe
{
	before=$(class allowed)
	runs "$@" || return 1
	[ "$(class allowed)" -gt "$before" ]
}

# The file is another by then, and again what it was.
altered()
{
	"$probe" alter "$work/copy_probe" && killed "$work/copy_probe" plain || return 1
	cat "$probe" > "$work/copy_probe"
	"$work/copy_probe" plain || return 1
	"$probe" alter "$work/copy_probe" && killed "$work/copy_probe" plain
}

policy_refused()	# NAME
{
	out=$(policy "$1" 2>&1) && { echo "it was not refused"; return 1; }
	echo "$out"
	echo "$out" | grep -q "audit it from the start, allow files"
}

start()
{
	load hvci=enforce dynamic=allow baseline=trust "$@" && demoted
}

# Nobody could have said which programs are to execute.
refused_at_start()
{
	cp "$objects/policy-user-enforce.signed" "$(dirname "$firmware")/"
	! start policy=vsm/policy-user-enforce.signed && released
}

ktap_print_header
ktap_set_plan 30
check "code integrity starts" start
check "processes are not its business" mode_is off
check "any memory executes" runs anonymous
check "nor can they become that" policy_refused user-audit
check "the machine is handed back" unload
check "a policy that enforces from the start: refused" refused_at_start
check "one that audits from the start" bring policy-user-audit hvci=enforce \
	dynamic=allow baseline=trust
check "it is in force" mode_is audit
check "what no file has executes, and is an event" audited
check "a policy that enforces, with no file known: refused" \
	policy_refused user-enforce
check "and is not in force" mode_is audit
check "all programs of this machine are allowed" allow_all
files=$(user_files)
check "not by another's signature, nor by others than root" nobody_else "$files"
check "once more is nothing new" allow_all
check "as many files as before" [ "$(user_files)" -eq "$files" ]
check "a policy enforces" policy user-enforce
check "it is in force now" mode_is enforce
check "a program executes" runs plain
check "again, and nothing is judged" quiet
check "its content elsewhere does, and is" judged copied
if grep -q '\[vsyscall\]' /proc/self/maps; then
	check "Linux emulates its vsyscall page" runs vsyscall
else
	ktap_test_skip "Linux emulates its vsyscall page # boot with vsyscall=xonly"
fi
check "memory without a file does not" first_killed
check "nor text that the process changed" killed "$probe" private
check "nor a changed file, until it is what it was" altered
check "vsmctl says how many files" \
	sh -c "vsmctl status | grep 'Files to execute *$files of '"
check "a policy revokes the program" policy user-revoked
check "it does not execute any more" killed "$probe" plain
check "others do" vsmctl status
check "the machine is handed back again" unload
check "the machine is Linux's, and executes anything" runs anonymous
ktap_finished
