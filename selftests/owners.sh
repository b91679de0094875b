#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Whoever else owns the machine's memory or its power: sleep, hibernation,
# memory that comes and goes, microcode, the next kernel.  Each does what the
# documents say, with a reason in the log, and the machine goes on.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
kexec=$here/kexec_image
[ -x "$kexec" ] || skip "no kexec_image"
EPERM=1

logged()	# TEXT
{
	since_mark | grep -qF "vsm: $1" || {
		echo "not in the log: $1"
		since_mark | tail -n 5
		return 1
	}
}

# An ordinary error for who asked; nobody went to sleep.
no_sleep()	# STATE
{
	mark
	if echo "$1" 2> /dev/null > /sys/power/state; then
		echo "the machine slept"
		return 1
	fi
	logged "suspend and hibernation are refused" && demoted
}

# --- memory ---
block_size=$((0x$(cat /sys/devices/system/memory/block_size_bytes 2> /dev/null ||
	echo 0)))

# Does a block hold memory of the hypervisor or of VTL1?
holds_ours()	# BLOCK
{
	start=$((0x$(cat "$1/phys_index") * block_size))
	end=$((start + block_size))
	while read -r _ base size; do
		[ $((base + size)) -le $start ] || [ $((base)) -ge $end ] ||
			return 0
	done < "$debug/ranges"
	return 1
}

blocks_of_ours()
{
	for block in /sys/devices/system/memory/memory[0-9]*; do
		! holds_ours "$block" || echo "$block"
	done
}

keeps_ours()
{
	n=0
	for block in $(blocks_of_ours); do
		n=$((n + 1))
		! echo offline 2> /dev/null > "$block/state" || {
			echo "${block##*/} went away"
			return 1
		}
	done
	[ $n -gt 0 ] || { echo "no block is ours"; return 1; }
	demoted
}

# The one that can go; Linux moves what is in it.
goes_and_comes()
{
	for block in /sys/devices/system/memory/memory[0-9]*; do
		! holds_ours "$block" || continue
		echo offline 2> /dev/null > "$block/state" || continue
		[ "$(cat "$block/state")" = offline ] || return 1
		echo online > "$block/state" || return 1
		[ "$(cat "$block/state")" = online ] || return 1
		return 0
	done
	return 4
}

# --- the next kernel ---
kexec_ends()	# STATUS COMMAND
{
	want=$1
	got=0
	out=$("$kexec" "$2") || got=$?
	[ $got -eq "$want" ] || { echo "$out: $got"; return 1; }
}

lock_refused()
{
	mark
	! load lock=1 2>&1 || return 1
	logged "the lock is refused: a kernel for kexec is loaded" || return 1
	[ "$(cat /proc/sys/kernel/kexec_load_disabled)" -eq 0 ]
}

works()
{
	demoted && [ "$(status nr_trustlets)" -eq 0 ]
}

ktap_print_header
states=$(cat /sys/power/state 2> /dev/null)
# shellcheck disable=SC2086 # a list
ktap_set_plan $(($(echo $states | wc -w) + 14))

check "takeover" load
for state in $states; do
	check "$state is refused" no_sleep "$state"
done
if [ -n "$states" ]; then
	check "there is a state to refuse" true
else
	ktap_test_skip "sleep: this kernel has no state to sleep in"
fi

if [ $block_size -gt 0 ]; then
	check "memory of hypervisor and VTL1 does not go offline" keeps_ours
	goes_and_comes > /tmp/owners.$$ 2>&1
	case $? in
	0)	ktap_test_pass "other memory goes offline and comes back" ;;
	4)	ktap_test_skip "no block of other memory can go offline" ;;
	*)	ktap_test_fail "other memory goes offline and comes back" ;;
	esac
	rm -f /tmp/owners.$$
else
	ktap_test_skip "memory: this kernel has no memory hotplug"
	ktap_test_skip "memory: this kernel has no memory hotplug"
fi
check "the machine is demoted as before" works

check "without the lock a kernel can be loaded" kexec_ends 0 load
check "and unloaded" kexec_ends 0 unload
check "release" unload

check "a kernel is loaded on the bare machine" kexec_ends 0 load
check "the lock is refused while it is" lock_refused
check "the machine is as before" released
check "it is unloaded" kexec_ends 0 unload

# There is no way back from here.
check "takeover with the lock" load lock=1
check "no kernel can be loaded" kexec_ends $EPERM load
ktap_finished
