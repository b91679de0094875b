# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the shell tests share: KTAP output, loading and unloading, the facts
# that tell a demoted machine from one that is not.  To be sourced.

# Installed, kselftest's helpers lie beside the tests; in the tree, KSFT_DIR.
here=$(cd "$(dirname "$0")" && pwd)
for ksft in "$here/kselftest" "${KSFT_DIR-}/kselftest" "${BASE_DIR-}/kselftest" \
		/usr/src/linux-source-*/tools/testing/selftests/kselftest; do
	[ ! -e "$ksft/ktap_helpers.sh" ] || break
done
# shellcheck source=/dev/null
. "$ksft/ktap_helpers.sh" || exit 4

debug=/sys/kernel/debug/vsm
firmware=/lib/firmware/vsm/sk.signed
: "${VSM_KO:=}"
for path in "$here/vsm.ko" "$here/../vsm.ko" /lib/modules/vsm.ko; do
	[ -n "$VSM_KO" ] || [ ! -e "$path" ] || VSM_KO=$path
done

loaded()
{
	[ -d /sys/module/vsm ]
}

# Without arguments, from the installation where there is no file of our own.
load()
{
	if [ -n "$VSM_KO" ]; then
		insmod "$VSM_KO" "$@"
	else
		modprobe vsm "$@"
	fi
}

unload()
{
	rmmod vsm
}

# What every test that takes over and gives back by itself needs.
need_unloaded()
{
	[ "$(id -u)" -eq 0 ] || skip "must run as root"
	! loaded || skip "vsm is loaded; unload it first"
	[ -n "$VSM_KO" ] || modprobe -n vsm 2> /dev/null ||
		skip "no vsm.ko; give VSM_KO=PATH"
	[ -e "$firmware" ] || skip "no $firmware"
}

skip()
{
	ktap_print_header
	ktap_skip_all "$*"
	exit "$KSFT_SKIP"
}

# check DESCRIPTION COMMAND...: one result; what the command says is shown.
check()
{
	what=$1
	shift
	if out=$("$@" 2>&1); then
		ktap_test_pass "$what"
	else
		ktap_test_fail "$what"
		[ -z "$out" ] || echo "$out" | sed 's/^/#   /'
	fi
}

status()	# NAME: a value of the driver's status
{
	sed -n "s/^$1 //p" "$debug/status"
}

online()
{
	grep -c '^processor' /proc/cpuinfo
}

# Exits of a CPU since the takeover, all reasons together.
exits()	# CPU
{
	awk -v cpu="$1" '{ n += $(cpu + 3) } END { print n + 0 }' "$debug/exits"
}

# The machine is demoted: the driver says so for all CPUs, and each of them
# leaves for the hypervisor when it executes CPUID, as any program does first.
demoted()
{
	loaded || { echo "vsm is not loaded"; return 1; }
	[ -c /dev/vsm ] || { echo "no /dev/vsm"; return 1; }
	[ "$(status nr_cpus)" -eq "$(online)" ] || {
		echo "$(status nr_cpus) of $(online) CPUs are demoted"
		return 1
	}
	[ $(($(status state) & 3)) -eq 3 ] || {
		echo "state is $(status state)"
		return 1
	}
	for dir in /sys/devices/system/cpu/cpu[0-9]*; do
		cpu=${dir##*cpu}
		[ "$(cat "$dir/online" 2> /dev/null || echo 1)" -eq 1 ] ||
			continue
		cpu_demoted "$cpu" || return 1
	done
}

cpu_demoted()	# CPU
{
	before=$(exits "$1")
	taskset -c "$1" /bin/true
	[ "$(exits "$1")" -gt "$before" ] || {
		echo "CPU $1 executes CPUID without an exit"
		return 1
	}
}

released()
{
	! loaded || { echo "vsm is still loaded"; return 1; }
	[ ! -e /dev/vsm ] || { echo "/dev/vsm is still there"; return 1; }
	[ ! -e "$debug" ] || { echo "$debug is still there"; return 1; }
}

# Lines of the kernel log since the last mark.
mark()
{
	marker="vsm-selftest-$$-$(cat /proc/sys/kernel/random/uuid)"
	echo "$marker" > /dev/kmsg
}

since_mark()
{
	dmesg | sed "1,/$marker/d"
}
