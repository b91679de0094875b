#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Whether policy accepts who signed a file: each form, each rule that refuses,
# many at once, and without a policy that names a signer.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "must run as root"
loaded || skip "vsm is not loaded"
command -v vsmctl > /dev/null || skip "no vsmctl in PATH"
objects=${VSM_OBJECTS:-$here/objects}
[ -e "$objects/files/appended" ] ||
	skip "no files in $objects; make them with objects.sh"
cd "$objects/files" || skip "no files"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# says STATUS TEXT COMMAND...: of vsmctl file, both streams
says()
{
	want=$1
	text=$2
	shift 2
	vsmctl file "$@" > "$tmp/out" 2>&1
	got=$?
	[ $got -eq "$want" ] && grep -qF -e "$text" "$tmp/out" && return 0
	echo "exit status $got"
	cat "$tmp/out"
	return 1
}

accepts()	# ARGUMENT...
{
	says 0 ": accepted" "$@"
}

refuses()	# RULE ARGUMENT...
{
	rule=$1
	shift
	says 3 "refused: $rule" "$@"
}

names_both()
{
	accepts check file &&
		grep -q "signer *vsm test signer$" "$tmp/out" &&
		grep -q "content *sha256:$(sha256sum < file | cut -d' ' -f1)$" \
			"$tmp/out" &&
		grep -q "certificate *$(sha256sum < signer.der | cut -d' ' -f1)$" \
			"$tmp/out"
}

as_json()
{
	vsmctl --json file check file -s file.revoked > "$tmp/json" 2> /dev/null
	[ $? -eq 3 ] && grep -q '"accepted":false,"answer":"the signer is revoked' \
		"$tmp/json"
}

# Large enough to be interrupted on the way, and signed as it is by nobody.
large()
{
	truncate -s 3M "$tmp/large"
	refuses "the signature is of something else" \
		check "$tmp/large" -s file.p7s
}

# Two accepted, two refused, each eight times at once.
at_once()
{
	for i in 1 2 3 4 5 6 7 8; do
		for sig in p7s sha512 foreign half; do
			{
				vsmctl file check file -s file.$sig
				echo $? > "$tmp/$sig.$i"
			} > /dev/null 2>&1 &
		done
	done
	wait
	for sig in p7s=0 sha512=0 foreign=3 half=3; do
		cat "$tmp/${sig%=*}".[1-8] | grep -cx "${sig#*=}" | grep -qx 8 ||
			{ head "$tmp/${sig%=*}".[1-8]; return 1; }
	done
}

# all BYTE NR: a digest that is that byte, in hexadecimal, all over
all()
{
	printf "%$2s" '' | sed "s/ /$1/g"
}

a32=sha256:$(all 61 32)
b64=sha512:$(all 62 64)
c32=sha256:$(all 63 32)

# An ext2 of busybox, which says of itself that it has extents and fs-verity.
with_verity()
{
	truncate -s 4M "$tmp/disk" && mkdir "$tmp/mnt" &&
		busybox mke2fs -b 4096 -F "$tmp/disk" > /dev/null || return 1
	for byte in 1120=102 1125=200; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\${byte#*=}" | dd of="$tmp/disk" bs=1 conv=notrunc \
			seek="${byte%=*}" 2> /dev/null
	done
	mount -t ext4 -o loop "$tmp/disk" "$tmp/mnt"
}

# The digest that Linux has for the file is the one that was signed.
verity()	# SIZE NUMBER
{
	cp file "$tmp/mnt/$1" && digest=$("$here/verity_enable" \
		"$tmp/mnt/$1" "$2") || return 1
	accepts check "$tmp/mnt/$1" --verity -s "measured-$1.p7s" &&
		grep -qx "  fs-verity *$digest" "$tmp/out"
}

another_verity()
{
	cp changed "$tmp/mnt/changed" &&
		"$here/verity_enable" "$tmp/mnt/changed" &&
		refuses "the signature is of something else" \
			check "$tmp/mnt/changed" --verity -s measured-256.p7s
}

ktap_print_header
ktap_set_plan 36
check "no policy: nobody signs files" \
	refuses "no policy names a signer of files" check file
vsmctl policy load "$objects/policy-no-files.signed" > /dev/null
check "a policy that names none: nobody signs files" \
	refuses "no policy names a signer of files" check file
check "a policy names signers" \
	vsmctl policy load "$objects/policy-files.signed"

check "a signed file, and who signed it" names_both
check "an RSA key, SHA-512" accepts check file -s file.sha512
check "no content at all" accepts check empty
check "the signature at its end" accepts check appended
check "from standard input" sh -c 'vsmctl file check - -s file.p7s < file'
check "an fs-verity digest by SHA-256" \
	accepts digest "$a32" -s verity-256.p7s
check "an fs-verity digest by SHA-512" \
	accepts digest "$b64" -s verity-512.p7s

check "another content" refuses "the signature is of something else" \
	check changed -s file.p7s
check "less content" refuses "the signature is of something else" \
	check shorter -s file.p7s
check "another digest" refuses "the signature is of something else" \
	digest "$b64" -s verity-256.p7s
check "a large file" large
check "a foreign signer" refuses "the signer is none that policy names" \
	check file -s file.foreign
check "one who calls himself the signer" \
	refuses "the signature is of something else" check file -s file.impostor
check "a revoked signer" refuses "the signer is revoked" \
	check file -s file.revoked
check "a short key" refuses "the signer's key is too short" \
	check file -s file.short
check "a revoked file" refuses "the file is revoked" check withdrawn
check "a revoked digest" refuses "the file is revoked" \
	digest "$c32" -s verity-withdrawn.p7s
check "SHA-1" refuses "the signature is by an algorithm" \
	check file -s file.sha1
for sig in certs attrs two content half trailing noise; do
	check "not the form of a signature: $sig" \
		refuses "the signature is not a CMS" check file -s file.$sig
done
check "the signature of a digest is none of a content" \
	refuses "the content is an fs-verity digest" check verity-256
check "a file without fs-verity" says 1 "has no fs-verity digest" \
	check file --verity
if with_verity > "$tmp/out" 2>&1; then
	check "a file with fs-verity by SHA-256" verity 256 1
	check "a file with fs-verity by SHA-512" verity 512 2
	check "another file with fs-verity" another_verity
	umount "$tmp/mnt"
else
	sed 's/^/# /' "$tmp/out"
	for name in SHA-256 SHA-512 another; do
		ktap_test_skip "fs-verity, $name: no such file system here"
	done
fi
check "a file without signature" says 1 "no signature" check changed
check "as JSON" as_json
check "many at once" at_once
ktap_finished
