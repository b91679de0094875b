#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity: what VTL0's kernel may execute and write, audited and
# enforced, and what becomes of modules that come and go.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_code

# What of the kernel's own code is there when vsm comes is taken as it is.
start()		# MODE
{
	load hvci="$1" baseline=trust && demoted &&
		since_mark | grep -q "vsm: code integrity ($1): [1-9]"
}

bad_mode()
{
	! load hvci=perhaps || { unload; return 1; }
}

# With its probe in the kernel's text, which is a write to code.
module_comes_and_goes()
{
	rmmod vsm_probe && insmod "$here/vsm_probe.ko" && demoted
}

# Before anybody reads events by himself.
module_goes_at_once()
{
	rmmod vsm_probe
	mark
	insmod "$here/vsm_probe.ko" && rmmod vsm_probe || return 1
	names_module vsm_probe
	named=$?
	insmod "$here/vsm_probe.ko" && return $named
}

# What was refused, or has gone since, has its name in the event all the same.
names_module()	# NAME
{
	since_mark | grep -q "new code that is not verified.*, to .*\[$1\]"
}

# Memory of a module that has gone is data again: Linux gives it to others.
again_and_again()
{
	i=0
	while [ $i -lt 5 ]; do
		rmmod vsm_probe && insmod "$here/vsm_probe.ko" || return 1
		i=$((i + 1))
	done
	demoted
}

# Of all that was taken as found.
measured()
{
	load hvci=audit baseline=trust && demoted || return 1
	sed -n 's/^found_digest //p' "$debug/code"
	unload
}

is_digest()
{
	[ "${#1}" -eq 64 ] && [ -n "$(echo "$1" | tr -d 0)" ]
}

other_digest()
{
	other=$(measured)
	is_digest "$other" && [ "$other" != "$first" ]
}

ktap_print_header
ktap_set_plan 26
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"
check "without vsm, a page of data can be executed" \
	answers "done" "$probe" own
check "without vsm, also in the place of code" answers "done" "$probe" remap
check "a mode that is none is refused" bad_mode

mark
check "enforced: the machine is demoted" start enforce
check "enforced: a page of data is not executed" answers refused "$probe" own
check "enforced: that is an event" event "the kernel executes what is not code"
check "enforced: nor where code was" answers refused "$probe" remap
check "enforced: the kernel's text is not written" \
	answers refused "$probe" write "$text"
check "enforced: that is an event, too" event "write to code"
check "enforced: a module that nobody verifies is refused" module_refused
check "enforced: and that is an event" event "new code that is not verified"
check "enforced: which names the module" names_module vsm_scall
if [ -d /sys/module/loop ]; then
	check "enforced: a module from before goes" rmmod loop
else
	ktap_test_skip "enforced: a module from before goes # no module loop"
fi
check "enforced: the machine is handed back" unload
check "the machine is Linux's again" released

mark
check "audited: the machine is demoted" start audit
check "audited: a page of data is executed" answers "done" "$probe" own
check "audited: that is an event" \
	event "the kernel executes what is not code (audit: let pass)"
check "audited: a module comes and goes" module_comes_and_goes
check "audited: that is an event, too" \
	event "new code that is not verified (audit: let pass)"
check "audited: one that goes at once has its name there" module_goes_at_once
check "audited: so is the write to code" \
	event "write to code (audit: let pass)"
check "audited: modules come and go" again_and_again
unload
first=$(measured)
check "what was found has a digest" is_digest "$first"
check "the same has the same" answers "$first" measured
"$probe" change "$text"
check "one byte changed before has another" other_digest
"$probe" change "$text"
rmmod vsm_probe
ktap_finished
