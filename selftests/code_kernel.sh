#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The kernel's text against the file that it was booted from, when code
# integrity starts: as it is, with a byte changed in memory, with wrong files.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_code
file=/boot/vmlinuz-$(uname -r)
[ -e "$file" ] || skip "no $file"
wrong=$(mktemp)
trap 'rm -f "$wrong"' EXIT

# A function that nothing calls before the machine ends, and a byte in it.
name=kernel_halt
offset=0x11

symbol()	# NAME
{
	echo $((0x$(sed -n "s/^\([0-9a-f]*\) [tT] $1\$/\1/p" /proc/kallsyms)))
}

# "Kernel code" begins with _text.
va=$(printf '%#x' $(($(symbol $name) + offset)))
gpa=$(printf '%#x' $((text + va - $(symbol _text))))

said()		# REGEX
{
	since_mark | grep -q "vsm: $1" && return
	echo "not said: $1"
	since_mark | grep vsm:
	return 1
}

mode_is()	# CLASS MODE
{
	grep -q "^class $1 $2 " "$debug/code" && return
	grep '^class ' "$debug/code"
	return 1
}

verifies()	# ARGUMENT...
{
	load trust=vsm_probe "$@" && demoted &&
		said "the kernel's text is that of its file: $text_size bytes"
}

tables()
{
	grep -E 'kernel: |code: ' "$debug/console" | sed 's/^/# /'
}

# insmod ends in the error of a bad signature, and nothing is left.
refused()	# TEXT ARGUMENT...
{
	text=$1
	shift
	out=$(load "$@" 2>&1) && {
		unload
		echo "the module was loaded"
		return 1
	}
	case $out in
	*"$text"*) ;;
	*) echo "insmod says: $out"; return 1 ;;
	esac
	released
}

change()
{
	[ "$("$probe" change "$gpa")" = "done" ]
}

found()
{
	said "1 of $text_size bytes .* the first at $va, $name+$offset/"
}

# --- kernel probes, of which what Linux executes is verified ---------------------

list_says()	# TEXT
{
	i=0
	until grep "vfs_read+.*$1" /sys/kernel/debug/kprobes/list; do
		[ $i -lt 50 ] || return 1
		sleep 0.1
		i=$((i + 1))
	done
}

hits_more()	# COMMAND...: the probe is hit before it and after
{
	read_file
	before=$(count ' probe: ')
	"$@" || return 1
	read_file
	[ "$before" -gt 0 ] && [ "$(count ' probe: ')" -gt "$before" ]
}

# @at is where: a register is saved, which is as good anywhere.
set_probe()
{
	at=$(offset_where vfs_read true) &&
		echo "p:probe vfs_read+$at" > $trace/kprobe_events &&
		echo 1 > $trace/events/kprobes/probe/enable
}

end_probe()
{
	echo 0 > $trace/events/kprobes/probe/enable
	echo > $trace/trace
	echo > $trace/kprobe_events
}

# One that is not, then one that is a jump by now.
probe_fires()
{
	set_probe && hits_more list_says OPTIMIZED && end_probe
}

# As a live patch comes or goes, Linux changes the static calls of preemption for a
# while, in all modules.  In those that nobody has verified that is a write to
# dynamic code, and refused: they keep what Linux goes back to.
text_of()	# MODULE...: of each, first address and that of the last function
{
	for module; do
		sed -n "s/^\([0-9a-f]*\) [tT] .*\[$module\]\$/\1/p" \
			/proc/kallsyms | sort | sed -n '1p;$p'
	done | tr '\n' ' '
}

number_of_last()
{
	sed -n '$s/ .*//p' "$debug/events"
}

last_event()	# when all have come: the driver asks each second, or later
{
	number=
	until [ "$number" = "$(number_of_last)" ]; do
		number=$(number_of_last)
		sleep 3
	done
	echo "$number"
}

only_refused_in()	# EVENT MODULE...: of what comes after it
{
	after=${1:-0}
	shift
	last_event > /dev/null
	awk -v after="$after" -v text="$(text_of "$@")" '
	BEGIN { n = split(text, at, " ") }
	$1 > after {
		class = va = ""
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^class=/)
				class = substr($i, 7)
			if ($i ~ /^gva=0x/)
				va = substr($i, 7) ""
		}
		ok = 0
		for (i = 1; i < n; i += 2)
			if (va >= at[i] "" && va <= at[i + 1] "")
				ok = 1
		if (class == "dynamic" && ok)
			next
		print
		bad = 1
	}
	END { exit bad }' "$debug/events"
}

# What goes to its slot and its detour but is no such leaves both as they are.
forgeries()
{
	set_probe && hits_more list_says OPTIMIZED &&
		answers refused "$probe" slots vfs_read "$at" &&
		hits_more answers refused "$probe" detours vfs_read "$at" &&
		end_probe
}

ktap_print_header
ktap_set_plan 28
insmod "$here/vsm_probe.ko" || ktap_exit_fail_msg "vsm_probe"

cp "$objects/policy-modules.signed" "$(dirname "$firmware")/"
mark
check "enforced: each byte of the kernel's text is explained" \
	verifies hvci=enforce policy=vsm/policy-modules.signed
tables
check "enforced: so is dynamic code" mode_is dynamic enforce
mark
check "enforced: a kprobe is hit, and optimized" probe_fires
check "enforced: a kretprobe is hit" probed 'r:probe vfs_read'
check "enforced: that is no event" no_event
check "forged slots and detours are not written" forgeries
check "that is an event" event "code that Linux made while it runs"
check "enforced: a kprobe is hit again" probe_fires
last=$(last_event)
check "enforced: a live patch comes and goes" live_patch
check "enforced: only unverified modules are not patched" \
	only_refused_in "$last" vsm vsm_probe
check "enforced: nobody brings another kernel" answers refused "$probe" kernel
check "enforced: the machine is handed back" unload

check "a byte of the kernel's text is changed" change
mark
check "enforced: the takeover is refused" \
	refused "Key was rejected" hvci=enforce
check "enforced: with the address and the symbol" found
mark
check "audited: the takeover goes on" load hvci=audit baseline=verify
check "audited: with the address and the symbol" found
check "audited: that is an event" \
	event "the kernel's text is not its file's (audit: let pass)"
check "audited: the machine is handed back" unload
check "taken as it is, nobody looks" load hvci=enforce baseline=trust
check "taken as it is, nobody brings another" answers refused "$probe" kernel
unload
check "the byte is changed back" change

head -c 6000000 "$file" > "$wrong"
check "a file that is cut is refused" \
	refused "format" hvci=enforce "vmlinuz=$wrong"
cp "$file" "$wrong"
printf 'damage' | dd of="$wrong" bs=1 seek=6000000 conv=notrunc 2> /dev/null
check "a damaged file is refused" \
	refused "" hvci=enforce "vmlinuz=$wrong"
check "a file that is none is refused" \
	refused "format" hvci=enforce vmlinuz=/bin/busybox
check "a way to begin that there is not is refused" \
	refused "Invalid" hvci=enforce baseline=perhaps
mv "$file" "$file.away"
check "without the file, only if that was asked for" \
	refused "No data" hvci=enforce
mark
check "audited without the file: taken as it is" load hvci=audit
unload
mv "$file.away" "$file"
rmmod vsm_probe
ktap_finished
