# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# What the tests share that load the distribution's modules while code integrity
# is enforced; to be sourced after code_lib.sh.  @work is a directory of the test's.

tree=/lib/modules/$(uname -r)
tamper=/sys/module/vsm_tamper/parameters

need_modules()
{
	[ -e "/boot/vmlinuz-$(uname -r)" ] || skip "no /boot/vmlinuz-$(uname -r)"
	[ -e "$tree/modules.dep" ] || skip "no $tree/modules.dep"
	[ -e "$here/vsm_tamper.ko" ] || skip "no vsm_tamper.ko"
}

# kmod's, where it is there: what is refused busybox's tries a second time.
insmod()
{
	if [ -x /usr/sbin/insmod ]; then
		/usr/sbin/insmod "$@"
	else
		command insmod "$@"
	fi
}

file_of()	# MODULE
{
	find "$tree" -name "$1.ko.xz" | head -n 1
}

is_loaded()	# MODULE
{
	[ -d "/sys/module/$(echo "$1" | tr - _)" ]
}

# What comes from now on is meant; after a takeover they count from one again.
watch()
{
	mark
	seen=0
	[ ! -e "$debug/events" ] ||
		seen=$(awk 'END { print $1 + 0 }' "$debug/events")
}

# One that came since.  Polled twice a second, and by a
# timer that does not wake an idle CPU; not from the log, which leaves some out
# when there are many.
event()		# TEXT
{
	i=0
	while [ $i -lt 30 ]; do
		! awk -v after="$seen" '$1 > after' "$debug/events" |
			grep -qF "$1" || return 0
		sleep 0.1
		i=$((i + 1))
	done
	echo "no event: $1"
	tail -n 12 "$debug/events"
	return 1
}

said()		# TEXT
{
	since_mark | grep -qF "vsm: $1" && return
	echo "not said: $1"
	since_mark | grep vsm:
	return 1
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

# --- modules that are refused ----------------------------------------------------

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
	printf '\252' | cat "$work/unsigned.ko" - > "$work/more.ko" &&
		tail -c "$sig" "$work/loop.ko" >> "$work/more.ko"
	printf '\252' | dd of="$work/changed.ko" bs=1 seek=20000 conv=notrunc \
		2> /dev/null
}

# insmod ends in the error of a bad signature, the event names the rule.
refused()	# FILE MODULE TEXT
{
	watch
	out=$(insmod "$1" 2>&1) && {
		echo "the module was loaded"
		rmmod "$2"
		return 1
	}
	key_rejected "$out" && ! is_loaded "$2" && event "$3" && demoted
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
	watch
	echo "$1" > $tamper/how
	modprobe loop
	rc=$?
	echo > $tamper/how
	read -r result < $tamper/result
	[ "$result" = refused ] || { echo "the attack: $result"; return 1; }
	[ $rc = 0 ] && event "$2" && modprobe -r loop
}
