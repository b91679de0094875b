#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Sign programs, and the libraries that they need, by a signer of files:
# NAME.p7s for each, signer.pem; for code_user.sh.
#
#   program_objects.sh OUTPUT-DIRECTORY PROGRAM...

set -eu

[ $# -ge 2 ] || {
	echo "Usage: program_objects.sh OUTPUT-DIRECTORY PROGRAM..." >&2
	exit 2
}
out=$1
shift
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	-keyout "$tmp/signer.key" -sha256 -days 7300 \
	-subj "/O=vsm development/CN=vsm test programs" \
	-out "$out/signer.pem" 2> "$tmp/log" || {
	cat "$tmp/log" >&2
	exit 1
}

libraries=$(dirname "$(readlink -f "$0")")/../scripts/libraries
for program in "$@"; do
	for file in "$program" $("$libraries" "$program"); do
		openssl cms -sign -binary -outform DER -in "$file" -noattr \
			-nocerts -signer "$out/signer.pem" \
			-inkey "$tmp/signer.key" -out "$out/${file##*/}.p7s"
	done
done
