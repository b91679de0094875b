#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity on a processor without mode-based execute control: what is
# left of it, that it is said, and that it can be refused.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_code

refused_as()	# TEXT COMMAND...
{
	text=$1
	shift
	mark
	! "$@" || { unload; return 1; }
	since_mark | grep -q "vsm: .*$text"
}

# What of it there is, in the log, before anything relies on it.
says_what_is_left()
{
	since_mark | grep -q "vsm: no mode-based execute control.*code cannot be written, but" &&
		vsmctl status | grep -q "(no MBEC): weaker"
}

ktap_print_header
ktap_set_plan 12
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"

check "without mbec=, any word of it is refused" \
	refused_as "is not preferred or required" load hvci=enforce mbec=perhaps
check "a module that requires it refuses" \
	refused_as "needs a processor with mode-based execute control" \
	load hvci=enforce mbec=required
check "a policy that requires it refuses" \
	refused_as "did not start: policy wants MBEC" \
	bring policy-code-mbec hvci=enforce baseline=trust
mark
check "enforced without: the machine is demoted" \
	load hvci=enforce baseline=trust
check "it is said what is left" says_what_is_left
check "the kernel's text is not written" answers refused "$probe" write "$text"
check "that is an event" event "write to code"
check "a page of data is executed: the hole that was named" \
	answers "done" "$probe" own
check "a module that nobody verifies is refused" module_refused
check "a policy that requires it comes too late, and is refused" \
	refused_as "refused: policy wants MBEC" \
	vsmctl policy load "$objects/policy-code-mbec.signed"
check "the machine is handed back" unload
check "the kernel's text is Linux's again" released
rmmod vsm_probe
ktap_finished
