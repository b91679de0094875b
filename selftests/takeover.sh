#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Takeover and release of all CPUs, ten times in a row, leave no trace.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=10
slack_kib=2048

need_unloaded

mem_free()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^MemFree:/ { print $2 }' /proc/meminfo
}

no_leak()
{
	lost=$((first - last))
	[ $lost -le $slack_kib ] || {
		echo "$lost KiB less memory is free than after the first round"
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
	last=$(mem_free)
	[ $round -ne 1 ] || first=$last
	round=$((round + 1))
done
check "no memory is lost" no_leak
facts > /tmp/facts.after
check "the processor is described as before" \
	diff /tmp/facts.before /tmp/facts.after
ktap_finished
