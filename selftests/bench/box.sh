#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Inside the box: the same workloads before and after the takeover, then what
# only a demoted machine has.  Prints JSON, one result a line, and files of
# debugfs with their name before each line.
#
# usage: box.sh ROUNDS
set -eu
rounds=$1
debug=/sys/kernel/debug/vsm

# The serial line interrupts for every character: nothing until the end.
exec 3>&1 > /tmp/results
trap 'cat /tmp/results >&3' EXIT

# show FILE: debugfs/vsm/FILE
show()
{
	sed "s/^/$1 /" "$debug/$1"
}

machine=emulator
! grep -qw hypervisor /proc/cpuinfo || machine=kvm
echo "box machine $machine"
echo "box kernel $(uname -r)"
echo "box cpus $(nproc)"
echo "box memory $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)"

# What boot left to do would be counted.
sleep 2
bench run before "$rounds"

bench insmod /lib/modules/vsm.ko
grep -q '^state' "$debug/status"
bench run after "$rounds"

insmod /root/vsm_bench.ko
bench loops
rmmod vsm_bench
bench trustlet /root/trustlet.signed "$rounds"

show status
show hypervisor
show exits
bench rmmod vsm
