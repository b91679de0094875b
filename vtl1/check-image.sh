#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Gates of a freestanding image: check-image.sh IMAGE TEXT-BUDGET
set -eu
image=$1
budget=$2
objdump=${OBJDUMP:-objdump}
nm=${NM:-nm}
readelf=${READELF:-readelf}

fail()
{
	echo "check-image: $image: $*" >&2
	exit 1
}

undef=$($nm -u "$image")
[ -z "$undef" ] || fail "undefined symbols: $undef"

$readelf -rW "$image" | grep -q 'no relocations' || fail "relocations left"

wx=$($readelf -lW "$image" | awk '$1 == "LOAD" && /W/ && / RWE | WE /')
[ -z "$wx" ] || fail "a segment is writable and executable: $wx"

# Of sha256_block() alone: it leaves the registers as they were.
simd=$($objdump -d --no-show-raw-insn "$image" |
	sed '/<sha256_block>:$/,/^$/d' |
	grep -E '%[xyz]mm[0-9]|%mm[0-9]|%st|[[:space:]](fld|fst|fx?save|xsave)' |
	head -n 3 || true)
[ -z "$simd" ] || fail "x87 or SSE instructions: $simd"

gs=$($objdump -d --no-show-raw-insn "$image" |
	grep -E '[[:space:]](swapgs|sysret|syscall)|%[fg]s:' | head -n 3 || true)
[ -z "$gs" ] || fail "state that is VTL0's: $gs"

text=$($objdump -h "$image" | awk '$2 == ".text" { print $3 }')
text=$((0x$text))
[ "$text" -le "$budget" ] || fail "text of $text bytes is over $budget"
echo "  CHECK   $(basename "$image" .new): text $text of $budget bytes"
