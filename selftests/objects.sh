#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make the signed objects of ioctl_test and genl_test: good ones, ones that
# are broken in every way that sign.sh knows, and well-signed nonsense.
#
#   objects.sh OUTPUT-DIRECTORY
#
# Environment: KEYS (keys), VSM_POLICY (vsm-policy), CC (gcc), SIGN_FILE,
# USER_PROBE (user_probe), PROGRAMS (others that a box executes).

set -eu

here=$(dirname "$(readlink -f "$0")")
sign=$here/../scripts/sign.sh
keys=${KEYS:-$here/../keys}
policy=${VSM_POLICY:-$here/../build/policy/vsm-policy}
cc=${CC:-gcc}

[ $# -eq 1 ] || {
	echo "Usage: objects.sh OUTPUT-DIRECTORY" >&2
	exit 2
}
out=$1
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# sign KIND NAME: $tmp/NAME, signed, is $out/NAME.signed.
sign()
{
	"$sign" --keys "$keys" "$1" "$tmp/$2" "$out/$2.signed"
}

# trustlet NAME BASE [FLAG]...: compile test_trustlet.c to $tmp/NAME.
trustlet()
{
	name=$1
	base=$2
	shift 2
	$cc -std=gnu11 -O2 -Wall -Wextra -Wno-array-bounds -ffreestanding \
		-mgeneral-regs-only -mno-red-zone -fno-stack-protector \
		-fno-pic -fcf-protection=none -fno-asynchronous-unwind-tables \
		-nostdlib -static -no-pie \
		-Wl,-Ttext-segment="$base",-z,norelro,-z,noexecstack \
		-Wl,--build-id=none -nostdinc -I"$here/../lib/include" \
		-isystem "$($cc -print-file-name=include)" "$@" \
		-o "$tmp/$name" "$here/test_trustlet.c"
}

# poke FILE OFFSET OCTAL...: overwrite bytes of $tmp/FILE.
poke()
{
	file=$1
	at=$2
	shift 2
	for byte in "$@"; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$byte" | dd of="$tmp/$file" bs=1 seek="$at" \
			conv=notrunc status=none
		at=$((at + 1))
	done
}

# policy NAME VERSION TEXT [STATEMENT]...
policy()
{
	name=$1
	{
		echo "id 76736d2d-7465-7374-8000-000000000002"
		echo "version $2"
		echo "pool base"
		echo "name \"$3\""
		echo "trustlets ${MODE:-enforce}"
		shift 3
		for statement in "$@"; do
			echo "$statement"
		done
	} >"$tmp/$name.policy"
	"$policy" compile "$tmp/$name.policy" "$tmp/$name"
}

base=0x400000

trustlet trustlet "$base"
policy policy 1000 "ioctl_test"
for kind in trustlet policy; do
	sign $kind $kind
	for how in $("$sign" --list-breaks); do
		"$sign" --keys "$keys" --break "$how" $kind "$tmp/$kind" \
			"$out/$kind.$how"
	done
done

trustlet trustlet-big "$base" -DTEST_HEAP=1048576
sign trustlet trustlet-big
trustlet trustlet-old "$base" -DTEST_SVN=2
sign trustlet trustlet-old

# Policies that say no, each newer than the one before.
identity=76736d2d-7465-7374-8000-000000000001
image=$("$policy" digest image "$out/trustlet.signed")
signer=$("$policy" digest signer "$keys/trustlet.pem")
other=$("$policy" digest signer "$keys/policy.pem")
policy policy-next 1001 "ioctl_test, next"
policy policy-image 1002 "ioctl_test, image" "revoke-image $image"
policy policy-signer 1003 "ioctl_test, signer" "revoke-signer $signer"
policy policy-pin 1004 "ioctl_test, pin" "signer $other"
policy policy-pinned 1005 "ioctl_test, pinned" "signer $other" \
	"signer $signer"
policy policy-svn 1006 "ioctl_test, svn" "min-svn $identity 3"
MODE=audit policy policy-audit 1007 "ioctl_test, audit" \
	"revoke-image $image" "signer $other" "min-svn $identity 4"
MODE=off policy policy-off 1008 "ioctl_test, off" "revoke-image $image"
policy policy-last 1009 "ioctl_test, last"
# Modes of code integrity, in the order of code_policy.sh.
policy policy-code-enforce 1010 "code, enforce" "code execute enforce"
policy policy-code-off 1011 "code, off" "code execute off"
policy policy-code-audit 1012 "code, audit" "code execute audit" \
	"code module audit" "code write audit"
policy policy-code-loose 1013 "code, loose" "code execute off" \
	"code module audit" "code write audit"
policy policy-code-tight 1014 "code, tight" "code execute enforce" \
	"code module audit" "code write audit"
policy policy-code-mbec 1015 "code, MBEC" "mbec required"
# And one who signs modules.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha384 -nodes \
	-subj "/CN=vsm test modules" -days 36500 \
	-keyout "$out/module.key" -out "$out/module.pem" 2> /dev/null
policy policy-modules 1016 "modules" "module-signer $out/module.pem"
# The content of damaged/none.ko, and whoever signed that.
strip --strip-debug -o "$out/tables.ko" "$TABLES"
policy policy-module-revoked 1023 "modules, one revoked" \
	"module-signer $out/module.pem" \
	"revoke-module $("$policy" digest image "$out/tables.ko")"
policy policy-signer-revoked 1024 "modules, signer revoked" \
	"module-signer $out/module.pem" \
	"revoke-signer $("$policy" digest signer "$out/module.pem")"
rm "$out/tables.ko"
policy policy-code-dynamic 1019 "dynamic code" "code dynamic enforce" \
	"module-signer $out/module.pem"
for name in next image signer pin pinned svn audit off last code-enforce \
		code-off code-audit code-loose code-tight code-mbec modules \
		module-revoked signer-revoked code-dynamic; do
	sign policy policy-$name
done

# Signers of files of user space; one of them is revoked, and two files are.
sh "$here/file_objects.sh" "$out/files"
files=$(readlink -f "$out/files")
policy policy-no-files 1017 "no files"
policy policy-files 1018 "files" "file-signer $files/revoked.pem" \
	"file-signer $files/signer.pem" "file-signer $files/rsa.pem" \
	"file-signer $files/short.pem" \
	"revoke-signer $("$policy" digest signer "$files/revoked.pem")" \
	"revoke-file $("$policy" digest image "$files/withdrawn")" \
	"revoke-verity $(tail -c 32 "$files/verity-withdrawn" |
		od -An -v -tx1 | tr -d ' \n')"
for name in files no-files; do
	sign policy policy-$name
done

# Who signs programs; one that is not to be executed any more.
# shellcheck disable=SC2086 # they are many
sh "$here/program_objects.sh" "$out/programs" "$USER_PROBE" ${PROGRAMS-}
programs="file-signer $(readlink -f "$out/programs")/signer.pem"
policy policy-user-audit 1020 "processes, audit" "$programs" "code user audit"
policy policy-user-enforce 1021 "processes" "$programs" "code user enforce"
policy policy-user-revoked 1022 "processes, revoked" "$programs" \
	"code user enforce" \
	"revoke-file $("$policy" digest image "$USER_PROBE")"
for name in audit enforce revoked; do
	sign policy policy-user-$name
done

# Well-signed trustlets that are none.
bad_trustlet()
{
	name=bad-trustlet-$1
	shift
	trustlet "$name" "$@"
	sign trustlet "$name"
}

bad_trustlet no-note "$base" -DTEST_NO_NOTE
bad_trustlet abi "$base" -DTEST_ABI=2
bad_trustlet flags "$base" -DTEST_FLAGS=0x80000000
bad_trustlet reserved "$base" -DTEST_RSVD=1
bad_trustlet stack-zero "$base" -DTEST_STACK=0
bad_trustlet stack-odd "$base" -DTEST_STACK=4097
bad_trustlet stack-huge "$base" -DTEST_STACK=1052672
bad_trustlet stack-max "$base" -DTEST_STACK=0xfffff000
bad_trustlet heap-odd "$base" -DTEST_HEAP=100
bad_trustlet heap-huge "$base" -DTEST_HEAP=16781312
bad_trustlet heap-max "$base" -DTEST_HEAP=0xfffff000
bad_trustlet name-long "$base" \
	'-DTEST_NAME="0123456789abcdef0123456789abcdef"' \
	-Wno-unterminated-string-initialization
bad_trustlet name-control "$base" '-DTEST_NAME="a\nb"'
bad_trustlet name-empty "$base" '-DTEST_NAME=""'
bad_trustlet too-low 0x10000
bad_trustlet too-high 0x40000000
bad_trustlet writable-text "$base" -Wl,-N,--no-warn-rwx-segments

# bad_elf NAME OFFSET OCTAL...: the good trustlet with bytes overwritten.
bad_elf()
{
	name=bad-trustlet-$1
	shift
	cp "$tmp/trustlet" "$tmp/$name"
	poke "$name" "$@"
	sign trustlet "$name"
}

bad_elf magic 0 0
bad_elf class 4 1
bad_elf big-endian 5 2
bad_elf et-dyn 16 3
bad_elf machine 18 3
bad_elf entry-zero 24 0 0 0 0 0 0 0 0
bad_elf entry-stack 24 0 360 377 177 0 0 0 0
bad_elf entry-kernel 24 0 0 0 200 377 377 377 377
bad_elf phoff 32 377 377 377 177
bad_elf phoff-wrap 32 377 377 377 377 377 377 377 377
bad_elf phentsize 54 1
bad_elf phnum-zero 56 0 0
bad_elf phnum-many 56 377 377
# First program header, at 64: offset 72, vaddr 80, filesz 96, memsz 104.
bad_elf p-offset 72 0 0 0 0 0 0 0 200
bad_elf p-offset-wrap 72 377 377 377 377 377 377 377 377
bad_elf p-vaddr-kernel 80 0 0 0 0 200 377 377 377
bad_elf p-vaddr-wrap 80 0 360 377 377 377 377 377 377
bad_elf p-filesz 96 377 377 377 377 377 377 377 177
bad_elf p-memsz 104 377 377 377 377 377 377 377 377
bad_elf p-memsz-small 104 1 0 0 0 0 0 0 0
bad_elf interp 64 3
: >"$tmp/bad-trustlet-empty"
sign trustlet bad-trustlet-empty
head -c 63 "$tmp/trustlet" >"$tmp/bad-trustlet-short"
sign trustlet bad-trustlet-short
head -c 200 "$tmp/trustlet" >"$tmp/bad-trustlet-half"
sign trustlet bad-trustlet-half

# Well-signed policies that are none: offsets of uapi/vsm/policy.h.
bad_policy()
{
	name=bad-policy-$1
	shift
	cp "$tmp/policy-image" "$tmp/$name"
	[ $# -eq 0 ] || poke "$name" "$@"
}

bad_policy magic 0 0
sign policy bad-policy-magic
bad_policy format 8 2
sign policy bad-policy-format
bad_policy pool 10 3
sign policy bad-policy-pool
bad_policy size 12 1
sign policy bad-policy-size
bad_policy version 32 0 0 0 0
sign policy bad-policy-version
bad_policy records-less 36 2
sign policy bad-policy-records-less
bad_policy records-more 36 4
sign policy bad-policy-records-more
bad_policy records-most 36 377 377 377 377
sign policy bad-policy-records-most
bad_policy type 40 143
sign policy bad-policy-type
bad_policy reserved 42 1
sign policy bad-policy-reserved
bad_policy length 44 377 377 0 0
sign policy bad-policy-length
bad_policy length-most 44 377 377 377 377
sign policy bad-policy-length-most
bad_policy length-zero 44 0
sign policy bad-policy-length-zero
bad_policy name 48 7
sign policy bad-policy-name
bad_policy padding 71 1
sign policy bad-policy-padding
bad_policy mode 80 3
sign policy bad-policy-mode
bad_policy trailing
printf '\0\0\0\0\0\0\0\0' >>"$tmp/bad-policy-trailing"
sign policy bad-policy-trailing
bad_policy short
truncate -s 39 "$tmp/bad-policy-short"
sign policy bad-policy-short
: >"$tmp/bad-policy-empty"
sign policy bad-policy-empty
# The mode record again, and the count that goes with it.
bad_policy twice
dd if="$tmp/policy-image" bs=1 skip=72 count=16 status=none \
	>>"$tmp/bad-policy-twice"
size=$(wc -c <"$tmp/bad-policy-twice")
poke bad-policy-twice 12 "$(printf %03o $((size & 255)))" \
	"$(printf %03o $((size >> 8)))"
poke bad-policy-twice 36 4
sign policy bad-policy-twice
# More than a policy may have, of one kind of record.
bad_policy huge
head -c 65536 /dev/zero >>"$tmp/bad-policy-huge"
sign policy bad-policy-huge
