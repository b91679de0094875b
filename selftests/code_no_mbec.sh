#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity on a processor without mode-based execute control: what is
# left of it, that it is said, and that it can be refused; the kernel and modules
# verified by their files, and what is not theirs refused.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"
# shellcheck source=code_module_lib.sh
. "$(dirname "$0")/code_module_lib.sh"

need_code
need_modules
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

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

# --- the kernel and modules, from their files ------------------------------------

value()		# NAME: of the driver's status of code integrity
{
	sed -n "s/^$1 //p" "$debug/code"
}

# Besides vsm.ko, which nobody counts, these two are not verified.
verified()
{
	load hvci=enforce baseline=verify dynamic=allow vtl1_mb=64 \
		trust=vsm_probe,vsm_tamper && demoted && says_what_is_left &&
		said "the kernel's text is that of its file: $text_size bytes" &&
		said "loaded modules: 0 verified, 2 taken as they are, 0 not verified" &&
		[ "$(value mode)" = enforce ] && [ "$(value baseline)" = 2 ]
}

# As long as it is there, the secure kernel knows of it.
is_verified()	# MODULE
{
	known=$(value objects)
	found=$(value found)
	comes "$1" || return 1
	now=$(value objects)
	echo "$known objects, $found of them not verified; then $now, $(value found)"
	[ "$now" -eq $((known + 1)) ] && [ "$(value found)" -eq "$found" ] &&
		goes "$1" && [ "$(value objects)" -eq "$known" ]
}

# By Linux's own way: at a call of the tracer, a NOP for now.
poke()		# WHAT BYTES
{
	answers "$1" "$probe" poke vfs_fsync 4 "$2"
}

only_as_a_site()
{
	poke refused 0f0b && poke "done" cc && poke refused 0e && poke "done" 0f
}

ktap_print_header
ktap_set_plan 31
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"

check "without mbec=, any word of it is refused" \
	refused_as "is not preferred or required" load hvci=enforce mbec=perhaps
check "a module that requires it refuses" \
	refused_as "needs a processor with mode-based execute control" \
	load hvci=enforce mbec=required
check "a policy that requires it refuses" \
	refused_as "did not start: policy wants MBEC" \
	bring policy-code-mbec hvci=enforce baseline=trust
watch
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

check "files are prepared" make_files
insmod "$here/vsm_tamper.ko" || ktap_exit_fail_msg "vsm_tamper"
mark
check "enforced without: the machine is demoted, its kernel verified" verified
check "a module of the distribution comes, is verified, and goes" \
	is_verified loop
check "neither is an event" no_event
check "an unsigned module is refused" \
	refused "$work/unsigned.ko" loop "new code that is not verified"
check "a changed file is refused" refused "$work/changed.ko" loop \
	"module without a signature that is accepted"
check "a signature of another file is refused" refused "$work/wrong.ko" loop \
	"module without a signature that is accepted"
for how in text call rodata; do
	check "$how changed behind the kernel's back: refused" \
		tampered $how "module in memory that differs from its file"
done
check "its text is not written when it executes" \
	protected after-text "write to code"
check "nor is its read-only data" \
	protected after-rodata "write to read-only data"
check "it comes as it is, after all that" is_verified loop
watch
check "the kernel's verified text is not written" \
	answers refused "$probe" write "$text"
check "that is an event" event "write to code"
check "nor by Linux's own way, but as its sites may be" only_as_a_site
check "a page of data is executed: the hole remains" answers "done" "$probe" own
check "the machine is handed back again" unload
check "and is Linux's" released
rmmod vsm_tamper
rmmod vsm_probe
ktap_finished
