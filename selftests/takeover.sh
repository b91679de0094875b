#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Takeover and release of all CPUs, ten times in a row, leave no trace.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=10
slack_kib=2048

need_unloaded

# Memory that nobody accounts for: pages taken from the page allocator.  What
# lies in the allocator's own lists per CPU, where MemFree does not count it, is
# free: a chunk that was given back may be there.
unaccounted()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	echo 1 > /proc/sys/vm/compact_memory
	awk '/^MemTotal:/ { n += $2 }
	     /^(MemFree|Buffers|Cached|Slab|AnonPages|PageTables):/ { n -= $2 }
	     /^(KernelStack|Percpu|VmallocUsed):/ { n -= $2 }
	     $1 == "count:" { n -= $2 * 4 }
	     END { print n }' /proc/meminfo /proc/zoneinfo
}

no_leak()
{
	lost=$((last - first))
	[ $lost -le $slack_kib ] || {
		echo "$lost KiB more are in use than after the first round"
		return 1
	}
}

# Everything that tells a user of this machine what processor he has.
facts()
{
	sed '/MHz\|bogomips/d' /proc/cpuinfo
	cat /proc/iomem
	cat /sys/devices/system/cpu/vulnerabilities/*
}

ktap_print_header
ktap_set_plan $((rounds * 4 + 2))

facts > /tmp/facts.before
round=1
while [ $round -le $rounds ]; do
	check "$round: takeover" load
	check "$round: every CPU is demoted" demoted
	check "$round: release" unload
	check "$round: nothing is left of it" released
	last=$(unaccounted)
	[ $round -ne 1 ] || first=$last
	round=$((round + 1))
done
check "no memory is lost" no_leak
facts > /tmp/facts.after
check "the processor is described as before" \
	diff /tmp/facts.before /tmp/facts.after
ktap_finished
