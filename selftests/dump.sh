#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A VTL1 that does what nobody expects is recorded whole, and VTL0 goes on.  The
# secure kernel of this test halts when its log is read.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
image=$here/sk/dying.signed
[ -e "$image" ] || skip "no $image; make -C selftests install"
[ "$(online)" -eq 1 ] || skip "that secure kernel serves one CPU only"

saved=$(mktemp -d)
cp "$firmware" "$saved/"
restore()
{
	cp "$saved/sk.signed" "$firmware"
	rm -rf "$saved"
}
trap restore EXIT
trap 'exit 1' INT TERM

# The address of the instruction that ends VTL1, in the image.
read -r dies_here < "$here/sk/dies_here"

nothing()
{
	[ ! -s "$debug/dump" ]
}

# Its end is an error for who asked, not for the machine.
dies()
{
	mark
	! cat "$debug/console" 2>&1
}

# value NAME, as text, of the last dump.
value()
{
	awk -v name="$1" '$1 == "dump" { v = "" }
		$1 == name { v = $2 } $2 == name { v = $3 }
		END { print v }' "$debug/dump"
}

shows()	# NAME=VALUE...
{
	for pair in "$@"; do
		[ "$(value "${pair%=*}")" = "${pair#*=}" ] || {
			echo "$pair is not in:"
			cat "$debug/dump"
			return 1
		}
	done
}

# Each guest, control and exit-information field of the processor, no host one.
complete()
{
	n=$(grep -c '^0x[0-9a-f]\{4\} [A-Z0-9_]* 0x' "$debug/dump")
	[ "$n" -ge 100 ] || { echo "only $n fields"; return 1; }
	! grep -E 'HOST_(CR3|RIP|RSP)|UNKNOWN' "$debug/dump"
}

not_ready()
{
	sleep 0.1
	[ "$(value dump)" = "$1" ] && ! cat "$debug/console" 2> /dev/null &&
		[ "$(value dump)" = "$1" ]
}

withheld()
{
	grep -qx 'registers withheld' "$debug/dump" || return 1
	! grep -qi -e 1122334455667788 -e '^r15' "$debug/dump"
}

ktap_print_header
ktap_set_plan 15
cp "$image" "$firmware"
check "takeover" load
check "nothing is recorded" nothing
check "VTL1 ends, the caller sees an error" dies
check "exit reason and place" shows vp=0 vtl=1 reason=0xc \
	"GUEST_RIP=$dies_here" VM_EXIT_REASON=0xc VM_EXIT_INSTRUCTION_LEN=0x1
check "general registers" shows rax=0x8877665544332211 \
	r15=0x1122334455667788 rdi=0x6
check "controls and state" shows GUEST_CS_SELECTOR=0x8 GUEST_RFLAGS=0x46 \
	GUEST_ACTIVITY_STATE=0x0 VIRTUAL_PROCESSOR_ID=0x2
check "every field of the processor" complete
check "VTL1 is not entered again" not_ready 1
check "the log of the hypervisor says so" grep -q "exit reason c" "$debug/log"
check "release" unload
check "nothing is left of it" released

# After the lock what VTL1 had in its registers is nobody's business; there is
# no way back from here.
check "takeover with the lock" load lock=1
check "VTL1 ends again" dies
check "the place is recorded" shows vtl=1 "GUEST_RIP=$dies_here"
check "its registers are not" withheld
ktap_finished
