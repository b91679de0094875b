#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity on a kernel that was booted on one processor, and so has no lock
# prefixes, when a second one comes: they come back, of the kernel and of modules,
# and nothing else does.  To be booted with maxcpus=1.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"
# shellcheck source=code_module_lib.sh
. "$(dirname "$0")/code_module_lib.sh"

need_code
need_modules
online=/sys/devices/system/cpu/online
second=/sys/devices/system/cpu/cpu1/online
if [ "$(cat $online)" != 0 ] || [ ! -e $second ]; then
	skip "not one processor of several; boot with maxcpus=1"
fi
DS=3e
LOCK=f0

# Where a prefix of the kernel's is: one of these counts references.
find_site()
{
	for symbol in btf_get get_task_mm get_task_cred fget; do
		offset=0
		while [ $offset -lt 64 ]; do
			[ "$("$probe" peek $symbol $offset)" != $DS ] ||
				return
			offset=$((offset + 1))
		done
	done
	symbol=
}

site_is()	# BYTE
{
	answers "$1" "$probe" peek "$symbol" "$offset"
}

poke()		# WHAT BYTES
{
	answers "$1" "$probe" poke "$symbol" "$offset" "$2"
}

start()
{
	load hvci=enforce baseline=verify dynamic=allow trust=vsm_probe &&
		demoted &&
		said "the kernel's text is that of its file: $text_size bytes" &&
		said "loaded modules: 1 verified, 1 taken as they are, 0 not verified"
}

counted()	# CLASS WHAT
{
	sed -n "s/^class $1 .* $2 \([0-9]*\).*/\1/p" "$debug/code"
}

second_comes()
{
	echo 1 > $second && [ "$(cat $online)" = 0-1 ] || return 1
	n=$(counted alternative allowed)
	echo "$n lock prefixes"
	[ "$n" -gt 1000 ] && [ "$(counted alternative refused)" -eq 0 ] &&
		[ "$(counted write refused)" -eq 1 ]
}

runs_there()
{
	taskset 2 cat /proc/self/stat | awk '{ exit $39 != 1 }' && demoted
}

ktap_print_header
ktap_set_plan 15
modprobe loop || ktap_exit_fail_msg "no loop"
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "no vsm_probe"
mark
check "the machine is demoted, kernel and modules verified" start
find_site
check "there is a lock prefix that is none" [ -n "$symbol" ]
watch
check "nothing else is written there" poke refused 90
check "that is an event" event "write to code"
watch
check "a second processor comes, and the lock prefixes with it" second_comes
check "without an event" no_event
check "this one came back" site_is $LOCK
check "it does not go again" poke refused $DS
check "processes run there" runs_there
check "a module that was there goes" rmmod loop
check "it comes again, as others do" comes loop
check "and goes" goes loop
check "another one comes and goes" comes_and_goes nfnetlink
check "the machine is handed back" unload
check "the machine is Linux's again" released
rmmod vsm_probe
ktap_finished
