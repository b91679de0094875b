#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# CPUs go offline and come back while the machine is demoted.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded

sys=/sys/devices/system/cpu

cpus=''
for dir in "$sys"/cpu[0-9]*; do
	[ ! -w "$dir/online" ] || cpus="$cpus ${dir##*cpu}"
done
[ -n "$cpus" ] || skip "no CPU of this machine can go offline"

set_online()	# CPU 0|1
{
	echo "$2" > "$sys/cpu$1/online" || return 1
	[ "$(cat "$sys/cpu$1/online")" -eq "$2" ]
}

works()	# the secure kernel answers on every CPU that is online
{
	for dir in "$sys"/cpu[0-9]*; do
		[ "$(cat "$dir/online" 2> /dev/null || echo 1)" -eq 1 ] ||
			continue
		taskset -c "${dir##*cpu}" cat "$debug/console" > /dev/null ||
			return 1
	done
}

n=$(echo "$cpus" | wc -w)
ktap_print_header
ktap_set_plan $((n * 8 + 14))

check "takeover" load
for cpu in $cpus; do
	for round in 1 2; do
		check "cpu $cpu goes offline, $round" set_online "$cpu" 0
		check "the others work" works
		check "cpu $cpu comes online, $round" set_online "$cpu" 1
		check "cpu $cpu is demoted again, $round" cpu_demoted "$cpu"
	done
done
check "every CPU is demoted" demoted

all_offline()
{
	for cpu in $cpus; do
		set_online "$cpu" 0 || return 1
	done
}

all_online()
{
	for cpu in $cpus; do
		set_online "$cpu" 1 || return 1
	done
}

# Who waits on the hypervisor keeps the module from going away under him.
refuses_unload()
{
	! unload && loaded
}

check "all but one go offline" all_offline
check "the last one works" works
check "release is refused while CPUs are offline" refuses_unload
check "they come online" all_online
check "release" unload
check "nothing is left of it" released

# CPUs that were not there at the takeover join when they come.
check "all but one go offline, not demoted" all_offline
check "takeover of the last one" load
check "the others come online" all_online
check "every CPU is demoted" demoted
check "release of all" unload
check "nothing is left of it" released
ktap_finished
