#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The measurements, inside a box with one processor, where the time stamp
# counter counts instructions.  Lines of "name value" for selftests/vm/bench.
set -e

bench=/selftests/vsm/bench
debug=/sys/kernel/debug/vsm

ticks()	# WHEN
{
	for load in "idle 10" "syscalls 10000" "switches 1000" "execs 200"; do
		[ "$1" = before ] || cp $debug/exits /tmp/exits
		# shellcheck disable=SC2086 # name and number
		echo "$1.${load%% *} $($bench $load)"
		[ "$1" = before ] || exits "${load%% *}"
	done
}

# What has been added by a load, without the start of the program itself: any
# program executes CPUID when it starts.
exits()	# LOAD
{
	cp $debug/exits /tmp/exits.now
	$bench syscalls 0 > /dev/null
	cp $debug/exits /tmp/exits.then
	awk -v load="$1" '
	FNR == 1 { file++ }
	file == 1 { n[$2] -= $3 }
	file == 2 { n[$2] += $3 * 2 }
	file == 3 { n[$2] -= $3 }
	END {
		for (reason in n)
			if (n[reason] > 0)
				print "exits." load "." reason, n[reason]
	}' /tmp/exits /tmp/exits.now /tmp/exits.then
}

$bench syscalls 100 > /dev/null
ticks before
echo "insmod $($bench command insmod /lib/modules/vsm.ko)"
ticks during
sed 's/^/hv./' $debug/hypervisor
sed -n 's/^\(hv_bytes\|vtl1_bytes\|vtl1_free\) /\1 /p' $debug/status
insmod /selftests/vsm/vsm_bench.ko
dmesg | sed -n 's/.*vsm_bench: \([a-z]*\): min \([0-9]*\) avg \([0-9]*\) max \([0-9]*\)/vtl.\1.min \2\nvtl.\1.avg \3\nvtl.\1.max \4/p'
rmmod vsm_bench
echo "rmmod $($bench command rmmod vsm)"
