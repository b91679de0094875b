#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Gates for a freestanding image: check-image.sh IMAGE TEXT_BUDGET
set -eu
image=$1
budget=$2
objdump=${OBJDUMP:-objdump}
nm=${NM:-nm}

fail()
{
	echo "check-image: $image: $*" >&2
	exit 1
}

undef=$($nm -u "$image")
[ -z "$undef" ] || fail "undefined symbols: $undef"

relocs=$($objdump -r "$image" | grep R_X86_64_ || true)
[ -z "$relocs" ] || fail "relocations left: $relocs"

# Program headers: no segment may be both writable and executable.
wx=$($objdump -p "$image" | grep 'flags .wx' || true)
[ -z "$wx" ] || fail "a segment is writable and executable"

# Functions named xmm_* are the ones that may.
simd=$($objdump -d --no-show-raw-insn "$image" |
	awk '/^[0-9a-f]+ </ { skip = /<xmm_/ } !skip' |
	grep -E '%[xyz]mm[0-9]|%mm[0-9]|%st\(|[[:space:]]f(ld|st|nsave|xsave)' ||
	true)
[ -z "$simd" ] || fail "x87/SSE instructions: $(echo "$simd" | head -n 3)"

text=$($objdump -h "$image" | awk '$2 == ".text" { print $3 }')
text=$((0x$text))
[ "$text" -le "$budget" ] || fail "text of $text bytes over $budget"
echo "check-image: $(basename "$image"): text $text of $budget bytes"
