#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity and a kernel that patches its own text and makes code while it
# runs: what goes on working, and what is refused.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_code
filter=$here/filter_probe
stats=/proc/sys/kernel/sched_schedstats
jit=/proc/sys/net/core/bpf_jit_enable
[ -x "$filter" ] || skip "no filter_probe"
[ -d "$trace/events" ] || skip "no tracefs"
for file in "$stats" "$jit" "$trace/kprobe_events"; do
	[ -e "$file" ] || skip "no $file"
done

start()		# OPTION...
{
	load trust=vsm_probe "$@" && demoted && since_mark | grep -q "vsm: code integrity ("
}

# A static key with a dozen jump labels and calls all over the scheduler.
flip_key()
{
	for value in 1 0; do
		echo $value > $stats && [ "$(cat $stats)" -eq $value ] || return 1
	done
}

vtl_calls()
{
	awk '$2 == "VMCALL" { for (i = 3; i <= NF; i++) n += $i }
		END { print int(n / 2) }' "$debug/exits"
}

# Of its seventy places, each is written to three times.
flip_in_few_calls()
{
	flip_key || return 1
	before=$(vtl_calls)
	flip_key || return 1
	calls=$(($(vtl_calls) - before))
	echo "$calls secure calls for two flips"
	[ $calls -ge 6 ] && [ $calls -lt 60 ]
}

# Whoever patches has writes that are not made yet.
unload_while_flipping()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		flip_key || exit 1
	done &
	unload
	unloaded=$?
	wait $! && return $unloaded
}

# Which flips a key, too; it comes back with its control registers clear.
hotplug()
{
	dir=/sys/devices/system/cpu/cpu1
	for value in 0 1 0 1; do
		echo $value > $dir/online && [ "$(cat $dir/online)" -eq $value ] ||
			return 1
	done
}

start_elsewhere()
{
	"$here/code_attack" -t a_processor_is_not_started_elsewhere
}

lead_elsewhere()
{
	"$here/code_attack" -t a_processor_that_starts_is_not_led_elsewhere
}

filters()
{
	answers filtered "$filter" 30
}

# Nothing is traced but a few functions: all would take an emulator minutes.
traced()	# TRACER
{
	echo 'vfs_*' > $trace/set_ftrace_filter
	echo "$1" > $trace/current_tracer
	read_file
	lines=$(count vfs_read)
	echo nop > $trace/current_tracer
	echo > $trace/set_ftrace_filter
	[ "$lines" -gt 0 ]
}

# Behind a function's ENDBR is the tracer's call, a NOP for now.
poke()		# WHAT OFFSET BYTES
{
	answers "$1" "$probe" poke vfs_fsync "$2" "$3"
}

# Steps of patching, in and out of order; the NOP is 0f 1f 44 00 00.
steps_of_a_site()
{
	poke refused 4 e8 &&			# a call of what is no function
		poke refused 5 00000001 &&	# not behind a breakpoint
		poke refused 4 e800000000 &&
		poke "done" 4 cc &&
		poke refused 4 e9 &&
		poke refused 5 000000f0 &&	# to what is no text
		poke refused 5 10000000 &&	# nor the beginning of any
		poke refused 6 1f &&
		poke "done" 4 0f &&
		poke refused 4 0e
}

# As a probe is set; other bytes than the one that was there do not come back.
steps_of_a_probe()
{
	at=$(offset_where vfs_fsync true) || return 1
	byte=$("$probe" peek vfs_fsync "$at") || return 1
	poke refused "$at" 0f0b && poke "done" "$at" cc &&
		poke refused "$at" f4 && poke refused $((at + 1)) 000000f0 &&
		poke "done" "$at" "$byte" && poke refused "$at" f4
}

within_an_instruction()
{
	at=$(offset_where vfs_fsync false) || return 1
	poke refused "$at" cc
}

# --- trampolines of the function tracer, which are verified --------------------

trampoline()	# WHAT
{
	"$probe" trampoline "$1"
}

# Then nobody executes it, until it is as Linux made it.
forged()	# HOW
{
	answers "done" trampoline "$1" && answers refused trampoline call &&
		answers "done" trampoline mend &&
		answers "done" trampoline call
}

traced_by_module()	# add|add-regs
{
	answers "done" trampoline "$1" && answers "done" trampoline call
}

no_code_behind()
{
	answers "done" trampoline behind && answers "done" trampoline left &&
		answers "done" trampoline call &&
		answers refused trampoline left
}

# A call of it that Linux writes is not written while it is another's.
leads_nowhere()
{
	poke "done" 4 cc && answers "done" "$probe" lead vfs_fsync 4 &&
		poke "done" 5 1f440000 &&
		answers "done" trampoline byte &&
		answers refused "$probe" lead vfs_fsync 4 &&
		answers "done" trampoline mend && poke "done" 4 0f
}

# Everything at once; reading executes what is probed and traced.
at_once()
{
	for _ in 1 2 3 4 5 6 7 8; do
		flip_key || exit 1
	done &
	pids=$!
	for _ in 1 2 3 4; do
		probed "p:probe vfs_read+$(offset_where vfs_read true)" ||
			exit 1
	done > /dev/null &
	pids="$pids $!"
	for _ in 1 2 3 4 5 6 7 8; do
		poke refused 4 e8 && poke refused 5 cc && filters || exit 1
	done &
	pids="$pids $!"
	for pid in $pids; do
		wait "$pid" || return 1
	done
}

all_patching()	# WHEN
{
	check "$1: a static key is flipped" flip_key
	check "$1: the function tracer traces" traced function
	check "$1: the function graph tracer traces" traced function_graph
	check "$1: a kprobe is hit" \
		probed "p:probe vfs_read+$(offset_where vfs_read true)"
	check "$1: a kprobe of a function's entry is hit" \
		probed 'p:probe vfs_read'
	check "$1: a kretprobe is hit" probed 'r:probe vfs_read'
}

ktap_print_header
ktap_set_plan 64
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"
cp "$objects/policy-modules.signed" "$(dirname "$firmware")/"
echo 1 > $jit
all_patching "without vsm"
check "without vsm: a program of the BPF JIT runs" filters

mark
check "audited: the machine is demoted" start hvci=audit baseline=trust
check "audited: a program of the BPF JIT runs" filters
check "audited: that is an event" \
	event "code that Linux made while it runs (audit: let pass)"
check "audited: a static key is flipped" flip_key
check "audited: that is an event, too" \
	event "write to code (audit: let pass)"
all_patching audited
check "audited: the machine is handed back" unload

mark
check "trusted: the machine is demoted" \
	start hvci=enforce dynamic=allow baseline=trust
check "trusted: a program of the BPF JIT runs" filters
check "trusted: that is no event" no_event
check "trusted: other bytes in a function are refused" poke refused 4 0f0b
check "trusted: that is an event" event "write to code"
check "trusted: the machine is handed back" unload

if [ -e "/boot/vmlinuz-$(uname -r)" ]; then
	mark
	check "enforced: the machine is demoted" \
		start hvci=enforce dynamic=allow baseline=verify \
		policy=vsm/policy-modules.signed
	all_patching enforced
	check "enforced: that takes few secure calls" flip_in_few_calls
	check "enforced: a live patch comes and goes" live_patch
	check "enforced: a program of the BPF JIT runs" filters
	check "enforced: a CPU goes and comes back" hotplug
	check "enforced: nothing of that is an event" no_event
	check "enforced: it does not start elsewhere" start_elsewhere
	check "enforced: nor is it led elsewhere" lead_elsewhere
	check "enforced: at a site, there is an order of steps" \
		steps_of_a_site
	check "enforced: so there is for a probe" steps_of_a_probe
	check "enforced: a breakpoint within an instruction is refused" \
		within_an_instruction
	check "enforced: these are events" event "write to code"
	check "enforced: all at once" at_once
	mark
	check "dynamic code enforced, by a policy" \
		vsmctl policy load "$objects/policy-code-dynamic.signed"
	check "dynamic enforced: the function tracer traces" traced function
	check "dynamic enforced: the function graph tracer traces" \
		traced function_graph
	check "dynamic enforced: a kprobe of a function's entry is hit" \
		probed 'p:probe vfs_read'
	check "dynamic enforced: a trampoline is executed" \
		traced_by_module add
	check "dynamic enforced: nothing of that is an event" no_event
	check "a trampoline with another byte is not executed" forged byte
	check "nor one that calls data" forged data
	check "nor the middle of a function" forged middle
	check "nor one whose data is code" forged ops
	check "there is no code behind a trampoline" no_code_behind
	check "that is an event" \
		event "code that Linux made while it runs"
	check "other bytes of a trampoline are not written" \
		answers refused trampoline poke
	check "what is no trampoline is not called" leads_nowhere
	check "these are events" event "write to code"
	check "the trampoline goes" answers "done" trampoline remove
	check "another saves all registers" traced_by_module add-regs
	check "and is not forged" forged byte
	check "it goes, too" answers "done" trampoline remove
	check "enforced: the machine is handed back" unload_while_flipping
else
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 \
			24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39; do
		ktap_test_skip "enforced # no vmlinuz"
	done
fi
rmmod vsm_probe
ktap_finished
