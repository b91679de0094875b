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

# From the directory of the secure kernel, as a firmware file.
bring()		# NAME OPTION...
{
	cp "$objects/$1.signed" "$(dirname "$firmware")/" || return 1
	name=$1
	shift
	load policy="vsm/$name.signed" "$@"
}

no_event()	# TEXT
{
	sleep 3
	! since_mark | grep -q "vsm: event .* code: .*$1"
}

ktap_print_header
ktap_set_plan 17
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"

check "a policy that is not there keeps the module out" \
	refused_as "policy vsm/none not loaded" load hvci=audit policy=vsm/none
check "so does one that is refused" refused_as "policy .* not loaded" \
	bring bad-policy-magic hvci=audit
check "audited: the machine is demoted" load hvci=audit
mark
check "a page of data is executed" answers "done" "$probe" own
check "that is an event" event "the kernel executes what is not code (audit"
check "a policy enforces the class" policy code-enforce
mark
check "a page of data is not executed" answers refused "$probe" own
check "that is an event" event "the kernel executes what is not code"
check "modules are still only audited" module_loads
check "a policy has the class off" policy code-off
mark
check "a page of data is executed again" answers "done" "$probe" own
check "without an event" no_event "the kernel executes what is not code"
unload

# Locked: the machine stays as it is from here on.
check "a policy comes with the module, which locks" \
	bring policy-code-audit hvci=enforce lock=1
check "its mode counts" answers "done" "$probe" own
check "a looser policy is refused" \
	refused_as "looser than what is locked" policy code-loose
check "a tighter one is not" policy code-tight
check "a page of data is not executed" answers refused "$probe" own
ktap_finished
