#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make files with signatures for file_check.sh and the tests on the host: good
# ones, and each way of being wrong.
#
#   file_objects.sh OUTPUT-DIRECTORY

set -eu

[ $# -eq 1 ] || {
	echo "Usage: file_objects.sh OUTPUT-DIRECTORY" >&2
	exit 2
}
mkdir -p "$1"
cd "$1"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# signer NAME SERIAL COMMON-NAME KEY-OPTION...
signer()
{
	name=$1
	serial=$2
	cn=$3
	shift 3
	openssl req -x509 -nodes -newkey "$@" -keyout "$tmp/$name.key" \
		-sha256 -days 7300 -set_serial "$serial" \
		-subj "/O=vsm development/CN=$cn" -out "$name.pem" 2> "$tmp/log" || {
		cat "$tmp/log" >&2
		exit 1
	}
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}

# sign FILE SIGNATURE SIGNER [OPTION of "openssl cms"]...
sign()
{
	file=$1
	signature=$2
	name=$3
	shift 3
	openssl cms -sign -binary -outform DER -in "$file" \
		-signer "$name.pem" -inkey "$tmp/$name.key" \
		-out "$signature" "$@"
}

# The one form that is accepted.
plain="-noattr -nocerts"

# bytes OCTAL...
bytes()
{
	for byte in "$@"; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$byte"
	done
}

# verity ALGORITHM SIZE DIGIT: an fs-verity digest as it is signed, all in octal
# but for the digest, which is that digit all over.
verity()
{
	printf FSVerity
	bytes "$1" 0 "$2" 0
	printf '%*s' "$((0$2))" '' | tr ' ' "$3"
}

# padded SIZE: standard input and zeros up to that size.
padded()
{
	room=$(mktemp "$tmp/padded.XXXXXX")
	cat > "$room"
	truncate -s "$1" "$room"
	cat "$room"
}

# measure FILE ALGORITHM SIZE: what Linux's fs-verity makes of up to 64 blocks of
# 4096 bytes: the hash of a descriptor with the hash of the blocks' hashes.
measure()
{
	size=$(wc -c < "$1")
	split -b 4096 "$1" "$tmp/block."
	{
		bytes 1 "$2" 14 0 0 0 0 0 "$(printf %03o $((size & 255)))" \
			"$(printf %03o $((size >> 8)))" 0 0 0 0 0 0
		for block in "$tmp"/block.*; do
			padded 4096 < "$block" |
				openssl dgst "-sha$3" -binary
		done | padded 4096 | openssl dgst "-sha$3" -binary
	} > "$tmp/descriptor"
	rm "$tmp"/block.*
	printf FSVerity
	bytes "$2" 0 "$(printf %03o $(($3 / 8)))" 0
	padded 256 < "$tmp/descriptor" | openssl dgst "-sha$3" -binary
}

signer signer 1 "vsm test signer" ec -pkeyopt ec_paramgen_curve:P-256
signer rsa 2 "vsm test RSA" rsa:2048
signer short 3 "vsm test short" rsa:1024
signer revoked 4 "vsm test revoked" ec -pkeyopt ec_paramgen_curve:P-384
signer foreign 5 "vsm test foreign" ec -pkeyopt ec_paramgen_curve:P-256
# It calls itself by the name and the number of the first.
signer impostor 1 "vsm test signer" ec -pkeyopt ec_paramgen_curve:P-256

# No multiple of a page; then what changes in it.
seq 1 2500 | head -c 10000 > file
{ head -c 5000 file; printf X; tail -c 4999 file; } > changed
head -c 9999 file > shorter
: > empty
printf 'revoked\n' > withdrawn
verity 1 40 a > verity-256
verity 2 100 b > verity-512
verity 1 40 c > verity-withdrawn
verity 3 40 a > verity-algorithm
verity 1 100 a > verity-size
head -c 43 verity-256 > verity-cut
measure file 1 256 > measured-256
measure file 2 512 > measured-512

# shellcheck disable=SC2086 # these are options
{
	for name in file empty withdrawn verity-256 verity-512 \
			verity-withdrawn verity-algorithm verity-size \
			verity-cut measured-256 measured-512; do
		sign $name $name.p7s signer $plain
	done
	for name in rsa short revoked foreign impostor; do
		sign file file.$name $name $plain
	done
	sign file file.sha384 signer $plain -md sha384
	sign file file.sha512 rsa $plain -md sha512
	sign file file.sha1 signer $plain -md sha1
	sign file file.certs signer -noattr
	sign file file.attrs signer -nocerts
	sign file file.two signer $plain -signer rsa.pem -inkey "$tmp/rsa.key"
	sign withdrawn file.content signer $plain -nodetach
}
head -c 100 file.p7s > file.half
{ cat file.p7s; bytes 0; } > file.trailing
head -c 300 file > file.noise

# As a module has it: content, CMS, what it is, how long, and a line.
{
	cat file file.p7s
	size=$(wc -c < file.p7s)
	bytes 0 0 2 0 0 0 0 0 0 0 "$(printf %03o $((size >> 8)))" \
		"$(printf %03o $((size & 255)))"
	echo "~Module signature appended~"
} > appended
