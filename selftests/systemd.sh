#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Debian's user space with systemd while code integrity is enforced: it starts as
# without, which needs BPF programs, modules that udev finds, and static keys.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(cat /proc/1/comm)" = systemd ] || skip "systemd is not the first process"
loaded || skip "vsm is not loaded"

code()		# NAME: a value of the driver's status of code integrity
{
	sed -n "s/^$1 //p" "$debug/code"
}

# class NAME MODE allowed N audited N refused N off N lost N
count()		# CLASS WHAT
{
	awk -v class="$1" -v what="$2" '$1 == "class" && $2 == class {
		for (i = 4; i < NF; i += 2)
			if ($i == what)
				print $(i + 1)
	}' "$debug/code"
}

enforced()
{
	[ "$(code mode)" = enforce ] && [ "$(code baseline)" = 2 ] && demoted
}

all_units()
{
	state=$(systemctl is-system-running)
	[ "$state" = running ] && return
	systemctl --no-pager --plain --failed
	return 1
}

nothing_refused()
{
	! grep -E '^class .* refused [1-9]' "$debug/code" ||
		{ tail -n 20 "$debug/events"; return 1; }
}

# The programs that systemd has for its units are descriptors of process 1.
programs()
{
	for fd in /proc/1/fd/*; do
		readlink "$fd"
	done | grep -c bpf-prog
}

bpf_loaded()
{
	[ "$(programs)" -gt 0 ]
}

# A unit that may neither use devices nor the network: two programs.
unit_with_programs()
{
	before=$(count dynamic off)
	systemd-run --quiet --wait -p DevicePolicy=closed \
		-p IPAddressDeny=any /bin/true || return 1
	echo "pages of dynamic code: $before, then $(count dynamic off)"
}

denied()
{
	systemd-run --quiet --wait -p DevicePolicy=closed \
		/bin/sh -c '! head -c 1 /dev/kmsg'
}

service_answers()
{
	systemctl is-active --quiet vsmd &&
		grep -q '^policy_version [1-9]' "$debug/status"
}

restarts()
{
	systemctl restart systemd-udevd systemd-journald vsmd &&
		udevadm trigger && udevadm settle && service_answers
}

comes_and_goes()	# MODULE
{
	modprobe "$1" && [ -d "/sys/module/$1" ] && modprobe -r "$1"
}

# A probe of a function, which systemd's tools use, too.
counts()
{
	trace=/sys/kernel/tracing
	echo do_sys_openat2 > $trace/set_ftrace_filter &&
		echo function > $trace/current_tracer || return 1
	cat /proc/version > /dev/null
	echo nop > $trace/current_tracer
	echo > $trace/set_ftrace_filter
}

ktap_print_header
ktap_set_plan 11
check "code integrity is enforced, the kernel verified" enforced
check "every unit has started" all_units
check "systemd has programs of the BPF JIT" bpf_loaded
check "a unit with programs of its own runs" unit_with_programs
check "its programs do what they are for" denied
check "vsmd is a service, and its policy in force" service_answers
check "services start again" restarts
check "a module comes and goes" comes_and_goes dummy
check "functions are traced" counts
check "nothing was refused" nothing_refused
check "the machine is demoted as before" demoted
ktap_finished
