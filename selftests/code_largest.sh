#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The distribution's largest modules while code integrity is enforced: each
# comes, with all that it depends on, and nothing is said of it.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_unloaded
tree=/lib/modules/$(uname -r)
[ -e "/boot/vmlinuz-$(uname -r)" ] || skip "no /boot/vmlinuz-$(uname -r)"
[ -e "$tree/modules.largest" ] || skip "no $tree/modules.largest"

start()
{
	load hvci=enforce dynamic=allow baseline=verify vtl1_mb=64 && demoted
}

uptime_ms()
{
	sed 's/\.\([0-9]*\) .*/\10/' /proc/uptime
}

# By way of modprobe; what it depends on may be of the largest, too.  Events that
# are told late belong to the module that failed, not to the next.
comes()		# MODULE
{
	mark
	if modprobe "$1" && [ -d "/sys/module/$1" ]; then
		! since_mark | grep "vsm: event .* code: \|vsm: $1: "
		return
	fi
	sleep 1.2
	since_mark | tail -n 8
	return 1
}

code_is_known()
{
	sed -n '/^\(objects\|pages\|table_bytes\) /p' "$debug/code"
	status vtl1_free
}

goes()
{
	while read -r module; do
		modprobe -r -q "$module" 2> /dev/null
	done < "$tree/modules.largest"
	demoted
}

ktap_print_header
ktap_set_plan $(($(wc -l < "$tree/modules.largest") + 4))
mark
check "the machine is demoted" start
loaded || ktap_exit_fail_msg "without vsm they would all load"
while read -r module; do
	begin=$(uptime_ms)
	check "$module comes" comes "$module"
	ktap_print_msg "$module: $(($(uptime_ms) - begin)) ms"
done < "$tree/modules.largest"
ktap_print_msg "$(code_is_known | tr '\n' ' ')"
check "nothing is said after the last" no_event
check "they go, and the machine goes on" goes
check "the machine is handed back" unload
ktap_finished
