#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules while code integrity is enforced: the distribution's own load, work
# and go; what is not as its signed file makes it does not.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
tree=/lib/modules/$(uname -r)
[ -e "/boot/vmlinuz-$(uname -r)" ] || skip "no /boot/vmlinuz-$(uname -r)"
[ -e "$tree/modules.dep" ] || skip "no $tree/modules.dep"
[ -e "$here/vsm_tamper.ko" ] || skip "no vsm_tamper.ko"
tamper=/sys/module/vsm_tamper/parameters
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

file_of()	# MODULE
{
	find "$tree" -name "$1.ko.xz" | head -n 1
}

is_loaded()	# MODULE
{
	[ -d "/sys/module/$(echo "$1" | tr - _)" ]
}

# Polled twice a second, and by a timer that does not wake an idle CPU; not from
# the log, which leaves some out when there are many.
event()		# TEXT
{
	i=0
	while [ $i -lt 30 ]; do
		! tail -n 3 "$debug/events" | grep -qF "$1" || return 0
		sleep 0.1
		i=$((i + 1))
	done
	echo "no event: $1"
	tail -n 3 "$debug/events"
	return 1
}

start()
{
	load hvci=enforce vtl1_mb=64 && demoted &&
		since_mark | grep -q "vsm: the kernel's text is that of its file"
}

# By way of modprobe and what the module depends on; nothing may be said of it.
comes()		# MODULE
{
	mark
	modprobe "$1" && is_loaded "$1" || return 1
	! since_mark | grep "vsm: $(echo "$1" | tr - _): "
}

goes()		# MODULE
{
	modprobe -r "$1" && ! is_loaded "$1" && demoted
}

comes_and_goes()
{
	comes "$1" && goes "$1"
}

again_and_again()	# MODULE
{
	n=0
	while [ $n -lt 5 ]; do
		comes_and_goes "$1" || return 1
		n=$((n + 1))
	done
}

free_bytes()
{
	sed -n 's/^vtl1_free //p' "$debug/status"
}

nothing_is_lost()
{
	modprobe loop && modprobe -r loop
	free=$(free_bytes)
	again_and_again loop || return 1
	after=$(free_bytes)
	[ -n "$free" ] && [ "$free" = "$after" ] && return
	echo "free in VTL1: $free bytes, then $after"
	return 1
}

# Two at a time: both have files in VTL1.
at_once()
{
	modprobe loop & one=$!
	modprobe nfnetlink & two=$!
	wait $one && wait $two || return 1
	modprobe -r loop && modprobe -r nfnetlink
}

# insmod ends in the error of a bad signature, the event names the rule.
refused()	# FILE MODULE TEXT
{
	mark
	out=$(insmod "$1" 2>&1) && {
		echo "the module was loaded"
		rmmod "$2"
		return 1
	}
	case $out in
	*"Key was rejected"*|*"key was rejected"*) ;;
	*) echo "insmod says: $out"; return 1 ;;
	esac
	! is_loaded "$2" && event "$3" && demoted
}

tampered()	# HOW TEXT
{
	echo "$1" > $tamper/how
	refused "$work/loop.ko" loop "$2"
	rc=$?
	echo > $tamper/how
	read -r result < $tamper/result
	[ "$result" = "done" ] || { echo "the attack: $result"; return 1; }
	return $rc
}

# What is code by then is not changed any more; the module works.
protected()	# HOW TEXT
{
	mark
	echo "$1" > $tamper/how
	modprobe loop
	rc=$?
	echo > $tamper/how
	read -r result < $tamper/result
	[ "$result" = refused ] || { echo "the attack: $result"; return 1; }
	[ $rc = 0 ] && event "$2" && modprobe -r loop
}

# Module signatures end in 4 bytes of length and a line.
signature_bytes()	# FILE
{
	tail -c 32 "$1" | head -c 4 | hexdump -v -e '1/1 "%u "' |
		awk '{ print $3 * 256 + $4 + 40 }'
}

make_files()
{
	xz -dc "$(file_of loop)" > "$work/loop.ko" &&
	xz -dc "$(file_of nfnetlink)" > "$work/other.ko" || return 1
	sig=$(signature_bytes "$work/loop.ko")
	other=$(signature_bytes "$work/other.ko")
	size=$(wc -c < "$work/loop.ko")
	head -c $((size - sig)) "$work/loop.ko" > "$work/unsigned.ko"
	tail -c "$other" "$work/other.ko" |
		cat "$work/unsigned.ko" - > "$work/wrong.ko"
	cp "$work/loop.ko" "$work/changed.ko"
	printf '\252' | dd of="$work/changed.ko" bs=1 seek=20000 conv=notrunc \
		2> /dev/null
}

# One that came before has no exports that others could rest on.
unverified_import()
{
	xz -dc "$(file_of kvm)" > "$work/kvm.ko" &&
		refused "$work/kvm.ko" kvm \
			"module with an import that is not verified"
}

# Everything that the box has, each with what it depends on.
all=$(find "$tree" -name '*.ko.xz' | sed 's|.*/||; s|\.ko\.xz$||' | sort)
# shellcheck disable=SC2086
set -- $all

ktap_print_header
ktap_set_plan $(($# + 22))
insmod "$here/vsm_tamper.ko" || ktap_exit_fail_msg "vsm_tamper"
insmod "$(file_of irqbypass)" || ktap_exit_fail_msg "irqbypass"
check "files are prepared" make_files

mark
check "the machine is demoted, its kernel verified" start
check "a module that needs an unverified one is refused" unverified_import
rmmod irqbypass
for module; do
	check "$module comes" comes "$module"
done
for module; do
	modprobe -r -q "$module" 2> /dev/null
done
check "loop comes and goes" comes_and_goes loop
check "nothing in VTL1 is lost by that" nothing_is_lost
check "two come at once" at_once
check "an unsigned module is refused" \
	refused "$work/unsigned.ko" loop "new code that is not verified"
check "a changed file is refused" refused "$work/changed.ko" loop \
	"module without a signature that is accepted"
check "a signature of another file is refused" refused "$work/wrong.ko" loop \
	"module without a signature that is accepted"
for how in text end init call rodata base; do
	check "$how changed behind the kernel's back: refused" \
		tampered $how "module in memory that differs from its file"
done
check "text mapped over approved pages: refused" \
	tampered alias "module in pages that are not its own"
check "a page mapped twice: refused" \
	tampered twice "module in pages that are not its own"
check "the module as it is, after all that" comes_and_goes loop
check "text that executes is not written" protected after-text "write to code"
check "nor is its read-only data" \
	protected after-rodata "write to read-only data"
check "the machine is handed back" unload
check "the machine is Linux's again" released
rmmod vsm_tamper
ktap_finished
