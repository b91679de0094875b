#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity by policy: modes of single classes, changed while it runs, a
# policy that comes with the module, and modes that are locked, at the end.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_code

# A policy counts its versions upwards, whatever it says.
policy()	# NAME
{
	vsmctl policy load "$objects/policy-$1.signed"
}

refused_as()	# TEXT COMMAND...
{
	text=$1
	shift
	mark
	out=$("$@" 2>&1) && { echo "it was not refused"; return 1; }
	since_mark | grep -q "vsm: .*$text" && return 0
	echo "$out"
	since_mark | tail -n 3
	return 1
}

no_event()	# TEXT
{
	sleep 3
	! since_mark | grep -q "vsm: event .* code: .*$1"
}

# As the driver keeps them.
kept()		# PATTERN
{
	grep -cE "$1" "$debug/events"
}

# The same on the same page: the 1st, 2nd and 4th of six are told.
repeats()
{
	for _ in 1 2 3 4 5; do
		answers refused "$probe" own || return 1
	done
	sleep 3
	tail -n 5 "$debug/events"
	[ "$(kept 'class=execute .*is not code$')" -eq 3 ] || return 1
	[ "$(kept 'class=execute count=4 .*is not code$')" -eq 1 ]
}

counted()
{
	vsmctl --json status
	vsmctl --json status | grep -q '"execute":{"mode":"enforce","allowed":0,"audited":1,"refused":6,"off":0,"lost":0}' ||
		return 1
	vsmctl status | grep -q 'execute *enforce *0 *1 *6 *0 *0'
}

# Who it was, as vsmctl prints it.
named()
{
	vsmctl --json events --count 1 --timeout 20 > "$tmp/events" &
	sleep 1
	answers "done" "$probe" own
	wait $! || return 1
	cat "$tmp/events"
	grep -q '"class":"execute","answer":"audited"' "$tmp/events" &&
		grep -q '"process":"code_probe"' "$tmp/events"
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
ktap_print_header
ktap_set_plan 20
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"

check "a policy that is not there keeps the module out" \
	refused_as "policy vsm/none not loaded" load hvci=audit policy=vsm/none
check "so does one that is refused" refused_as "policy .* not loaded" \
	bring bad-policy-magic hvci=audit
check "audited: the machine is demoted" load hvci=audit
mark
check "a page of data is executed, and by whom is told" named
check "that is an event" event "the kernel executes what is not code (audit"
check "it is no code, nor forgotten, by being named twice" \
	answers refused "$probe" twice
check "a policy enforces the class" policy code-enforce
mark
check "a page of data is not executed" answers refused "$probe" own
check "that is an event" event "the kernel executes what is not code"
check "repeats are counted" repeats
check "and the class's status says so" counted
check "modules are still only audited" module_loads
check "a policy has the class off" policy code-off
mark
check "a page of data is executed again" answers "done" "$probe" own
check "without an event" no_event "the kernel executes what is not code"
unload

# Locked: the machine stays as it is from here on.
check "a policy comes with the module, which locks" \
	bring policy-code-audit hvci=enforce baseline=trust lock=1
check "its mode counts" answers "done" "$probe" own
check "a looser policy is refused" \
	refused_as "looser than what is locked" policy code-loose
check "a tighter one is not" policy code-tight
check "a page of data is not executed" answers refused "$probe" own
ktap_finished
