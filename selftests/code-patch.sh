#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code integrity and a kernel that patches its own text and makes code while it
# runs: what goes on working, and what is refused.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
probe=$here/code_probe
filter=$here/filter_probe
trace=/sys/kernel/tracing
stats=/proc/sys/kernel/sched_schedstats
jit=/proc/sys/net/core/bpf_jit_enable
[ -x "$probe" ] || skip "no code_probe"
[ -x "$filter" ] || skip "no filter_probe"
[ -e "$here/vsm_probe.ko" ] || skip "no vsm_probe.ko"
[ -d "$trace/events" ] || skip "no tracefs"
for file in "$stats" "$jit" "$trace/kprobe_events"; do
	[ -e "$file" ] || skip "no $file"
done

answers()	# WHAT COMMAND...
{
	want=$1
	shift
	got=$("$@") || return 1
	[ "$got" = "$want" ] || { echo "$*: $got"; return 1; }
}

# Polled twice a second, and by a timer that does not wake an idle CPU.
event()		# TEXT
{
	i=0
	while [ $i -lt 30 ]; do
		! since_mark | grep "vsm: event .* code: " |
			grep -qF "$1" || return 0
		sleep 0.1
		i=$((i + 1))
	done
	echo "no event: $1"
	since_mark | tail -n 5
	return 1
}

no_event()
{
	sleep 1.2
	! since_mark | grep "vsm: event .* code: "
}

start()		# OPTION...
{
	load "$@" && demoted && since_mark | grep -q "vsm: code integrity ("
}

# A static key with a dozen jump labels and calls all over the scheduler.
flip_key()
{
	for value in 1 0; do
		echo $value > $stats && [ "$(cat $stats)" -eq $value ] || return 1
	done
}

filters()
{
	answers filtered "$filter" 30
}

# What reads a file without splicing.
read_file()
{
	read -r _ < /proc/version
}

# While nothing is added: reading is traced, too.
count()		# TEXT: lines of the trace that have it
{
	echo 0 > $trace/tracing_on
	grep -c "$1" $trace/trace
	echo 1 > $trace/tracing_on
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

probed()	# DEFINITION: of the event "probe"
{
	echo "$1" > $trace/kprobe_events || return 1
	echo 1 > $trace/events/kprobes/probe/enable
	read_file
	first=$(count ' probe: ')
	# By then, it may be a jump to a slot of its own.
	sleep 0.5
	read_file
	second=$(count ' probe: ')
	echo 0 > $trace/events/kprobes/probe/enable
	echo > $trace/trace
	echo > $trace/kprobe_events
	echo "hits: $first, $second"
	[ "$first" -gt 0 ] && [ "$second" -gt "$first" ]
}

# Behind the tracer's call, where the next instruction but one begins.
inside()	# FUNCTION: where a probe is possible that is no call of the tracer
{
	for offset in 10 11 12 13 14 15 16 17 18; do
		if echo "p:probe $1+$offset" 2> /dev/null \
				> $trace/kprobe_events; then
			echo > $trace/kprobe_events
			echo "$1+$offset"
			return
		fi
	done
	return 1
}

# Each is the first byte of the function behind its ENDBR.
poke()		# WHAT BYTES
{
	answers "$1" "$probe" poke vfs_fsync 4 "$2"
}

all_patching()	# WHEN
{
	check "$1: a static key is flipped" flip_key
	check "$1: the function tracer traces" traced function
	check "$1: the function graph tracer traces" traced function_graph
	check "$1: a kprobe is hit" probed "p:probe $(inside vfs_read)"
	check "$1: a kprobe of a function's entry is hit" \
		probed 'p:probe vfs_read'
	check "$1: a kretprobe is hit" probed 'r:probe vfs_read'
}

ktap_print_header
ktap_set_plan 27
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"
echo 1 > $jit
all_patching "without vsm"
check "without vsm: a program of the BPF JIT runs" filters

mark
check "audited: the machine is demoted" start hvci=audit
check "audited: a program of the BPF JIT runs" filters
check "audited: that is an event" \
	event "code that Linux made while it runs (audit: let pass)"
check "audited: a static key is flipped" flip_key
check "audited: that is an event, too" \
	event "write to code (audit: let pass)"
all_patching audited
check "audited: the machine is handed back" unload

mark
check "enforced: the machine is demoted" start hvci=enforce dynamic=allow
check "enforced: a program of the BPF JIT runs" filters
check "enforced: that is no event" no_event
check "enforced: other bytes in a function are refused" poke refused 0f0b
check "enforced: that is an event" event "write to code"
check "enforced: a breakpoint that is none of a probe is refused" \
	poke refused cc
check "enforced: the function is as it was" demoted
check "enforced: the machine is handed back" unload
rmmod vsm_probe
ktap_finished
