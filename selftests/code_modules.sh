#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules while code integrity is enforced: the distribution's own load, work
# and go; what is not as its signed file makes it does not.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"
# shellcheck source=code_module_lib.sh
. "$(dirname "$0")/code_module_lib.sh"

need_unloaded
need_modules
[ -e "$here/damaged/none.ko" ] || skip "no damaged modules"
tracing=/sys/kernel/tracing
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Meanwhile, another module comes and goes; it may be held while it is compared.
churn()
{
	while [ -e "$work/churn" ]; do
		modprobe crc32c_generic 2>> "$work/failed"
		modprobe -r -q crc32c_generic 2> /dev/null
	done
}

start()
{
	touch "$work/churn"
	churn & pid=$!
	bring policy-modules hvci=enforce vtl1_mb=64 \
		trust=vsm_tamper,nfnetlink
	rc=$?
	rm "$work/churn"
	wait $pid
	[ ! -s "$work/failed" ] || {
		cat "$work/failed"
		since_mark | grep vsm:
		return 1
	}
	[ $rc = 0 ] && demoted &&
		said "the kernel's text is that of its file" &&
		since_mark | grep -q "2 taken as they are, 0 not verified"
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

# This one has static keys, whose table it is.
sealed()
{
	watch
	modprobe nfnetlink_log || return 1
	echo at-end > $tamper/how
	modprobe -r nfnetlink_log
	rc=$?
	echo > $tamper/how
	read -r result < $tamper/result
	[ "$result" = refused ] || { echo "the attack: $result"; return 1; }
	[ $rc = 0 ] && event "write to read-only data"
}

# The secure kernel's log, not events: those of before come when they are polled.
last_refusal()
{
	grep "module vsm_tables: refused: " "$debug/console" | tail -n 1
}

# Signed by whom policy names, but wrong: the secure kernel's log names how, each
# time.
damaged()	# HOW TEXT
{
	out=$(insmod "$here/damaged/$1.ko" 2>&1) && {
		echo "the module was loaded"
		rmmod vsm_tables
		return 1
	}
	key_rejected "$out" && ! is_loaded vsm_tables && demoted || return 1
	last=$(last_refusal)
	echo "$last"
	[ "${last#*: refused: "$2", }" != "$last" ]
}

# Linux looks at some of it before it asks.
refused_by_linux()	# HOW
{
	last=$(last_refusal)
	out=$(insmod "$here/damaged/$1.ko" 2>&1) && return 1
	case $out in
	*"nvalid module format"*) ;;
	*) echo "insmod says: $out"; return 1 ;;
	esac
	[ -n "$last" ] && [ "$(last_refusal)" = "$last" ] && demoted
}

same_free()	# BYTES
{
	[ "$(free_bytes)" = "$1" ] && return
	echo "free in VTL1: $1 bytes, then $(free_bytes)"
	return 1
}

# --- modules that come before the start -------------------------------------------

irqbypass=$(file_of irqbypass)
loop=$(file_of loop)
nfnetlink=$(file_of nfnetlink)
crc32c=$(file_of crc32c_generic)
libcrc32c=$(file_of libcrc32c)

# Two that are loaded, and whose files are bombs: one says that 2 GB are in it, the
# other one that 16 MB are 64 KB.
bombs()
{
	insmod "$crc32c" && insmod "$libcrc32c" &&
	cp "$tree/modules.dep" "$work/dep" &&
	head -c 16777216 /dev/zero | gzip > "$work/zero.gz" &&
	says_size "${crc32c%.xz}.gz" '\000\000\001\000' &&
	says_size "${libcrc32c%.xz}.gz" '\377\377\377\177' &&
	sed -i 's|/\([a-z]*crc32c[a-z_]*\)\.ko\.xz:|/\1.ko.gz:|' \
		"$tree/modules.dep"
}

says_size()	# FILE BYTES
{
	size=$(wc -c < "$work/zero.gz")
	head -c $((size - 4)) "$work/zero.gz" > "$1" &&
		printf "%b" "$2" >> "$1"
}

no_bombs()
{
	cp "$work/dep" "$tree/modules.dep" &&
	rm "${crc32c%.xz}.gz" "${libcrc32c%.xz}.gz" &&
	rmmod libcrc32c crc32c_generic
}

# As vsm_tamper, which nobody has signed, each of them cannot be verified.
bad_modules()
{
	echo after-text > $tamper/how
	insmod "$irqbypass" || return 1
	echo > $tamper/how
	read -r result < $tamper/result
	[ "$result" = "done" ] || { echo "the attack: $result"; return 1; }
	insmod "$loop" && insmod "$nfnetlink" && bombs || return 1
	mv "$nfnetlink" "$work/other.xz"
	cp "$loop" "$nfnetlink"
	mv "$loop" "$work/loop.xz"
}

good_modules()
{
	mv "$work/loop.xz" "$loop"
	mv "$work/other.xz" "$nfnetlink"
	no_bombs && rmmod irqbypass loop nfnetlink && insmod "$irqbypass" &&
		insmod "$loop" && insmod "$nfnetlink"
}

# The files of two of them, as other distributions have theirs.
pack_otherwise()
{
	cp "$tree/modules.dep" "$work" &&
	gzip -c "$work/loop.ko" > "${loop%.xz}.gz" &&
	mv "$loop" "$work/loop.xz" &&
	xz -dc "$irqbypass" > "$work/irqbypass.ko" &&
	/root/zstd -q "$work/irqbypass.ko" -o "${irqbypass%.xz}.zst" &&
	mv "$irqbypass" "$work/irqbypass.xz" &&
	sed -i 's|/loop\.ko\.xz:|/loop.ko.gz:|; s|/irqbypass\.ko\.xz:|/irqbypass.ko.zst:|' \
		"$tree/modules.dep" &&
	[ "$(grep -c -e '/loop\.ko\.gz:' -e '/irqbypass\.ko\.zst:' \
		"$tree/modules.dep")" = 2 ]
}

pack_as_before()
{
	rm "${loop%.xz}.gz" "${irqbypass%.xz}.zst" &&
	mv "$work/loop.xz" "$loop" &&
	mv "$work/irqbypass.xz" "$irqbypass" &&
	cp "$work/modules.dep" "$tree"
}

all_said()	# ADDRESS
{
	va=$(printf '%#x' $(($1 + 64)))
	said "vsm_tamper: no such module in modules.dep" &&
	said "vsm_tamper: not verified: module without a signature" &&
	said "irqbypass: not verified: module in memory that differs from its file, first at $va, " &&
	since_mark | grep -q "first at $va, [a-z_]*+0x[0-9a-f/x]* \[irqbypass\]" &&
	said "loop: $loop: cannot be read (-2)" &&
	said "nfnetlink: not verified: module in memory that its file does not have" &&
	said "crc32c_generic: ${crc32c%.xz}.gz: packed in an unknown way, or too large" &&
	said "libcrc32c: ${libcrc32c%.xz}.gz: packed in an unknown way, or too large" &&
	said "loaded modules: 0 verified, 0 taken as they are, 6 not verified"
}

start_audited()
{
	load hvci=audit vtl1_mb=64 && demoted && all_said "$1"
}

start_refused()
{
	out=$(load hvci=enforce vtl1_mb=64 2>&1) && {
		unload
		echo "the module was loaded"
		return 1
	}
	key_rejected "$out" && released && all_said "$1" && said "modules that cannot be verified are to be"
}

# Calls of the tracer are in its text.
trace()
{
	echo ':mod:loop' > $tracing/set_ftrace_filter &&
		echo function > $tracing/current_tracer
}

trace_no_more()
{
	grep -qF "[loop]" $tracing/enabled_functions &&
	echo nop > $tracing/current_tracer &&
	! grep -F "[loop]" $tracing/enabled_functions &&
	echo > $tracing/set_ftrace_filter
}

# Of what was not verified, nobody knows what it exports.
unverified_import()
{
	xz -dc "$(file_of nfnetlink_log)" > "$work/log.ko" &&
		refused "$work/log.ko" nfnetlink_log \
			"module with an import that is not verified"
}

# Linux patches a module that comes, which may wait for the end of the protection.
unload_while_loading()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		modprobe loop && modprobe -r loop || exit 1
	done &
	i=0
	until grep -q "^loop .* Loading " /proc/modules; do
		i=$((i + 1))
		[ $i -lt 1000 ] || return 1
	done
	unload
	unloaded=$?
	wait $! && return $unloaded
}

policy()	# NAME
{
	vsmctl policy load "$objects/policy-$1.signed"
}

# Everything that the box has, each with what it depends on.
all=$(find "$tree" -name '*.ko.xz' | sed 's|.*/||; s|\.ko\.xz$||' | sort)
# shellcheck disable=SC2086
set -- $all

ktap_print_header
ktap_set_plan $(($# + 62))
insmod "$here/vsm_tamper.ko" || ktap_exit_fail_msg "vsm_tamper"
check "files are prepared" make_files

check "some modules are loaded that do not have their files" bad_modules
watch
# Where its text is.
at=$(sed -n 's/^irqbypass .* Live \(0x[0-9a-f]*\).*/\1/p' /proc/modules)
check "audited: the machine is demoted, each module named" start_audited "$at"
check "audited: the changed byte is an event" event \
	"module in memory that differs from its file (audit: let pass)"
check "audited: so is a module without a file" event \
	"module without a signature that is accepted (audit: let pass)"
check "audited: the machine is handed back" unload
mark
check "enforced: the takeover is refused, each module named" \
	start_refused "$at"

check "some modules are loaded as they are" good_modules
check "one of them is traced" trace
check "one has a file of gzip, one of zstd" pack_otherwise
mark
check "the machine is demoted, its kernel and they verified" start
check "their files are as before" pack_as_before
check "it is not traced any more" trace_no_more
check "a module that needs an unverified one is refused" unverified_import
rmmod nfnetlink
check "a module that needs a verified one comes and goes" comes_and_goes kvm
check "what was there before goes and comes" goes loop
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
check "another changed file is an event of its own" refused "$work/more.ko" loop \
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

# Of the test's own signer, one that is in order and what was made of it.
check "a module by another signer comes" \
	insmod "$here/damaged/none.ko"
check "and goes" rmmod vsm_tables
free=$(free_bytes)
watch
check "sections that share bytes of the file: refused" \
	damaged shared "sections share bytes of the file"
check "that is an event" event "module whose file is not understood"
check "a section over the file's header: refused" \
	damaged over-header "sections share bytes of the file"
check "a section's header as code: refused" \
	damaged over-headers "sections share bytes of the file"
check "a section aligned to 3: refused" \
	damaged align-3 "section alignment is no power of two"
check "a section aligned to more than a page: refused" \
	damaged align-pages "module memory larger than it can be"
check "a section aligned to half of all memory: refused" \
	damaged align-most "module memory larger than it can be"
check "two tables of the same name: refused" \
	damaged twice "a section that has to be unique is there twice"
check "a relocation outside its section: refused" \
	damaged reloc "relocation outside its section"
check "a symbol in no section: refused" \
	damaged symbol "relocation against a symbol that does not exist"
check "text in a section of no type: refused" \
	damaged hidden "live bytes differ"
check "nothing in VTL1 is lost by that" same_free "$free"
# The secure kernel has copied these by then, and keeps that for a while.
for how in past wraps headers-past both; do
	check "damaged, $how: Linux itself refuses" refused_by_linux $how
done

# Whoever signed it goes on being accepted, until he is not.
check "a policy revokes a module" policy module-revoked
check "it is refused" refused "$here/damaged/none.ko" vsm_tables \
	"module that is revoked"
check "another one by its signer comes" insmod "$here/signed/lkdtm.ko"
check "and goes" rmmod lkdtm
check "a policy revokes the signer" policy signer-revoked
check "the other one is refused" refused "$here/signed/lkdtm.ko" lkdtm \
	"module that is revoked"
check "the kernel's own comes" comes_and_goes loop

check "text that executes is not written" protected after-text "write to code"
check "nor is its read-only data" \
	protected after-rodata "write to read-only data"
check "nor what is read-only since it has started" sealed
check "the machine is handed back while a module comes and goes" \
	unload_while_loading
check "the machine is Linux's again" released
rmmod vsm_tamper
ktap_finished
