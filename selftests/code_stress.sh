#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules that come and go, static keys that are flipped on each processor and a
# tracer that starts and stops, all at once and again and again, while code
# integrity is enforced: nothing is refused, nothing is lost.
# vsm_stress=LOADS,FLIPS on the kernel's command line: how often.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_unloaded
name=tcp_scalable
trace=/sys/kernel/tracing
# One key each, so that nobody flips what another has flipped.
keys='kernel/sched_schedstats kernel/task_delayacct kernel/bpf_stats_enabled
vm/numa_stat'
packed=$(find "/lib/modules/$(uname -r)" -name "$name.ko.xz")
[ -e "/boot/vmlinuz-$(uname -r)" ] || skip "no /boot/vmlinuz-$(uname -r)"
[ -n "$packed" ] || skip "no $name.ko.xz"
for key in $keys; do
	[ -e "/proc/sys/$key" ] || skip "no /proc/sys/$key"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
xz -dc "$packed" > "$work/$name.ko"

numbers=$(sed -n 's/.*vsm_stress=\([0-9]*,[0-9]*\).*/\1/p' /proc/cmdline)
numbers=${numbers:-20,200}
loads=${numbers%,*}
flips=${numbers#*,}

start()
{
	load hvci=enforce dynamic=allow baseline=verify && demoted
}

come_and_go()	# TIMES
{
	n=0
	while [ $n -lt "$1" ]; do
		insmod "$work/$name.ko" && rmmod $name || return 1
		n=$((n + 1))
	done
}

flip()		# KEY TIMES
{
	read -r value < "/proc/sys/$1"
	n=0
	while [ $n -lt "$2" ]; do
		value=$((1 - value))
		echo $value > "/proc/sys/$1" || return 1
		n=$((n + 1))
	done
	read -r now < "/proc/sys/$1"
	[ "$now" = "$value" ]
}

tracer()
{
	echo 'vfs_*' > $trace/set_ftrace_filter
	while [ -e "$work/busy" ]; do
		echo function > $trace/current_tracer
		echo nop > $trace/current_tracer
	done
	echo > $trace/set_ftrace_filter
	echo > $trace/trace
}

# One processor: its key is flipped.
processor()	# CPU KEY TIMES
{
	taskset -p "$((1 << $1))" "$(exec sh -c 'echo $PPID')" > /dev/null
	flip "$2" "$3"
}

at_once()	# LOADS FLIPS
{
	touch "$work/busy"
	tracer & last=$!
	come_and_go "$1" & pids=$!
	cpu=0
	nr=$(online)
	for key in $keys; do
		processor $((cpu % nr)) "$key" $(($2 / 4)) &
		pids="$pids $!"
		cpu=$((cpu + 1))
	done
	ret=0
	for pid in $pids; do
		wait "$pid" || ret=1
	done
	rm "$work/busy"
	wait $last || ret=1
	return $ret
}

of_linux()	# NAME: kilobytes of /proc/meminfo
{
	sed -n "s/^$1: *\([0-9]*\) kB$/\1/p" /proc/meminfo
}

# What processors keep for themselves is free, too: MemFree has none of it, and
# each has more of it, or less, by what it did last.
free_of_linux()
{
	awk '/ count: / { n += $2 } END { print n * 4 }' /proc/zoneinfo | {
		read -r kept
		echo $(($(of_linux MemFree) + kept))
	}
}

# What is there when all is quiet.
take_stock()	# FILE
{
	echo 3 > /proc/sys/vm/drop_caches
	sleep 1
	{
		status vtl1_free
		sed -n '/^\(objects\|pages\|pages_open\|table_bytes\) /p' \
			"$debug/code"
	} > "$1"
	echo "$(free_of_linux) $(of_linux SUnreclaim)" > "$1.linux"
}

same_in_vtl1()
{
	diff "$work/before" "$work/after"
}

# Of Linux's a megabyte may be anybody's; a page of each load would be more.
same_in_linux()
{
	read -r free slab < "$work/before.linux"
	read -r free_now slab_now < "$work/after.linux"
	echo "free: $free kB, then $free_now; slab: $slab kB, then $slab_now"
	[ $((free - free_now)) -lt $((1024 + loads * 2)) ] &&
		[ $((slab_now - slab)) -lt $((512 + loads)) ]
}

ktap_print_header
ktap_set_plan 8
mark
check "the machine is demoted" start
check "all at once, a few times" at_once 4 16
take_stock "$work/before"
begin=$(cut -d. -f1 /proc/uptime)
check "all at once: $loads modules, $flips flips" at_once "$loads" "$flips"
ktap_print_msg "$(($(cut -d. -f1 /proc/uptime) - begin)) seconds"
take_stock "$work/after"
check "none of that is an event" no_event
check "nothing in VTL1 is lost by that" same_in_vtl1
check "nor of Linux" same_in_linux
ktap_print_msg "$(same_in_linux)"
check "the machine is demoted all that time" demoted
check "the machine is handed back" unload
ktap_finished
