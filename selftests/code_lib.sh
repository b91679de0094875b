# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# What the tests of code integrity share; to be sourced after lib.sh.

probe=$here/code_probe
objects=$here/objects
trace=/sys/kernel/tracing

# The kernel's text, and so its first page: nothing executes it after the start.
code=$(sed -n 's/^ *\([0-9a-f]*\)-\([0-9a-f]*\) : Kernel code$/\1 \2/p' \
	/proc/iomem)
text=0x${code% *}
text_size=$((0x${code#* } - 0x${code% *} + 1))

# kmod's, where it is there: busybox's shell prefers its own, which knows of no
# soft dependencies and has packed files unpacked by itself.
modprobe()
{
	if [ -x /usr/sbin/modprobe ]; then
		/usr/sbin/modprobe "$@"
	else
		command modprobe "$@"
	fi
}

need_code()
{
	need_unloaded
	[ -x "$probe" ] || skip "no code_probe"
	[ -e "$here/vsm_probe.ko" ] || skip "no vsm_probe.ko"
	[ -e "$here/vsm_scall.ko" ] || skip "no vsm_scall.ko"
}

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

# With a policy of the tests', from the directory of the secure kernel as a
# firmware file.
bring()		# NAME OPTION...
{
	cp "$objects/$1.signed" "$(dirname "$firmware")/" || return 1
	name=$1
	shift
	load policy="vsm/$name.signed" "$@"
}

# What insmod says of a module that the secure kernel refuses.
key_rejected()	# OUTPUT
{
	case $1 in
	*"ey was rejected"*) ;;
	*) echo "insmod says: $1"; return 1 ;;
	esac
}

module_loads()
{
	rmmod vsm_probe && insmod "$here/vsm_probe.ko" && demoted
}

module_refused()
{
	out=$(insmod "$here/vsm_scall.ko" 2>&1) && {
		rmmod vsm_scall
		echo "the module was loaded"
		return 1
	}
	key_rejected "$out" && demoted
}

# A module like any other, by one whom policy names; the tracer leads to it.
live_patch()
{
	dir=/sys/kernel/livepatch/test_klp_livepatch
	said=
	insmod "$here/livepatch/test_modules/test_klp_livepatch.ko" || return 1
	until_says 0 $dir/transition && read -r said < /proc/cmdline
	echo 0 > $dir/enabled
	until_says "" $dir/transition
	rmmod test_klp_livepatch && [ "${said% been *}" = \
			"test_klp_livepatch: this has" ] &&
		! grep -q "live patched" /proc/cmdline
}

until_says()	# TEXT FILE
{
	i=0
	while [ "$(cat "$2" 2> /dev/null)" != "$1" ]; do
		[ $i -lt 100 ] || return 1
		sleep 0.1
		i=$((i + 1))
	done
}

# --- kernel probes; @trace is tracefs ------------------------------------------

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

# Behind the tracer's call and the instruction after that: what Linux says of
# probes there is how the test knows where instructions begin.
offset_where()	# FUNCTION true|false: may a probe be there?
{
	for offset in 10 11 12 13 14 15 16 17 18; do
		ok=false
		if echo "p:probe $1+$offset" 2> /dev/null \
				> $trace/kprobe_events; then
			ok=true
			echo > $trace/kprobe_events
		fi
		[ $ok != "$2" ] || { echo $offset; return; }
	done
	return 1
}
