#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make a development root and signing certificates.  Never replaces a key
# that is there and fits; private keys are mode 0600 and never committed.
#
#   keys.sh [DIR]			default: keys
#
# For each NAME: NAME.key (PKCS#8 PEM), NAME.pem, NAME.der (certificate).
#
#   root		root CA; its root.der is built into vsm.ko and sk
#   sk			signs the secure kernel
#   trustlet		signs trustlets
#   policy		signs policies
#
# For negative tests.  Each is right for every kind of object but for the one
# thing that its name says:
#
#   otherroot		another root CA, which nobody trusts
#   bad-root		issued by otherroot
#   bad-expired		valid until 2024-02-01
#   bad-notyet		valid from 2048-01-01
#   bad-eku		codeSigning, but the usage of no kind of object
#   bad-nocodesign	the usages of all kinds, but not codeSigning
#   bad-issuer		issued by "trustlet", which is not a CA
#   bad-keyusage	key usage without digitalSignature
#
# All keys are ECDSA P-384, all certificates signed with SHA-384 and carry
# subject and authority key identifiers, which the kernel's keyrings link by.

set -eu

die()
{
	echo "keys.sh: $*" >&2
	exit 1
}

dir=${1:-keys}
umask 077

command -v openssl >/dev/null ||
	die "openssl is not installed; try: apt install openssl"
mkdir -p "$dir" || die "cannot create $dir"

exec 9>"$dir/.lock"
flock 9

tmp=$(mktemp -d "$dir/.new.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# Extended key usages: uapi/vsm/signed.h.
eku_sk=1.3.6.1.4.1.311.10.3.6
eku_trustlet=1.3.6.1.4.1.311.10.3.37
eku_policy=1.3.6.1.4.1.311.10.3.24
eku_all=$eku_sk,$eku_trustlet,$eku_policy

# Fixed, so that a test box whose clock is off by a few years still works.
from=20240101000000Z
until=20440101000000Z

: >"$tmp/index.txt"
cat >"$tmp/ca.cnf" <<CNF
[ca]
default_ca = vsm
[vsm]
database = $tmp/index.txt
new_certs_dir = $tmp
rand_serial = yes
unique_subject = no
policy = any
[any]
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
[dn]
CNF

# key_id NAME subject|authority: the identifier in the certificate, as hex.
key_id()
{
	openssl x509 -in "$dir/$1.pem" -noout -ext "${2}KeyIdentifier" \
		2>/dev/null | tr -d ' \n' | sed 's/^[^:]*://; s/^keyid://'
}

# fits NAME ISSUER: key and certificate belong together and to the issuer.
fits()
{
	for f in "$1.key" "$1.pem" "$1.der"; do
		[ -s "$dir/$f" ] || return 1
	done
	[ "$(openssl pkey -in "$dir/$1.key" -pubout)" = \
	  "$(openssl x509 -in "$dir/$1.pem" -noout -pubkey)" ] || return 1
	[ "$(key_id "$1" authority)" = "$(key_id "$2" subject)" ]
}

# issue NAME ISSUER COMMON-NAME FROM UNTIL, extensions on standard input.
issue()
{
	if fits "$1" "$2"; then
		return 0
	fi
	cat >"$tmp/ext.cnf"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 \
		-pkeyopt ec_param_enc:named_curve -out "$tmp/$1.key"
	openssl req -new -config "$tmp/ca.cnf" -key "$tmp/$1.key" \
		-subj "/O=vsm development/CN=$3" -out "$tmp/$1.csr"
	if [ "$1" = "$2" ]; then
		set -- "$1" "$2" "$3" "$4" "$5" -selfsign \
			-keyfile "$tmp/$1.key"
	else
		set -- "$1" "$2" "$3" "$4" "$5" -cert "$dir/$2.pem" \
			-keyfile "$dir/$2.key"
	fi
	name=$1
	start=$4
	end=$5
	shift 5
	openssl ca -batch -notext -config "$tmp/ca.cnf" -md sha384 \
		-extfile "$tmp/ext.cnf" -startdate "$start" -enddate "$end" \
		"$@" -in "$tmp/$name.csr" -out "$tmp/$name.pem" \
		2>"$tmp/log" || {
		cat "$tmp/log" >&2
		die "openssl cannot issue $name"
	}
	openssl x509 -in "$tmp/$name.pem" -outform DER -out "$tmp/$name.der"
	chmod 0644 "$tmp/$name.pem" "$tmp/$name.der"
	mv "$tmp/$name.key" "$tmp/$name.pem" "$tmp/$name.der" "$dir/"
	echo "  KEY     $dir/$name"
}

root()
{
	issue "$1" "$1" "$2" "$from" "$until" <<-EXT
	basicConstraints = critical,CA:TRUE
	keyUsage = critical,keyCertSign,cRLSign
	subjectKeyIdentifier = hash
	authorityKeyIdentifier = keyid:always
	EXT
}

# leaf NAME ISSUER COMMON-NAME USAGES [FROM UNTIL [KEY-USAGE]]
leaf()
{
	issue "$1" "$2" "$3" "${5:-$from}" "${6:-$until}" <<-EXT
	basicConstraints = critical,CA:FALSE
	keyUsage = critical,${7:-digitalSignature}
	extendedKeyUsage = $4
	subjectKeyIdentifier = hash
	authorityKeyIdentifier = keyid:always
	EXT
}

root root "vsm development root"
leaf sk root "vsm secure kernel signer" "codeSigning,$eku_sk"
leaf trustlet root "vsm trustlet signer" "codeSigning,$eku_trustlet"
leaf policy root "vsm policy signer" "codeSigning,$eku_policy"

root otherroot "vsm other root"
leaf bad-root otherroot "vsm test: other root" "codeSigning,$eku_all"
leaf bad-expired root "vsm test: expired" "codeSigning,$eku_all" \
	20240101000000Z 20240201000000Z
leaf bad-notyet root "vsm test: not yet valid" "codeSigning,$eku_all" \
	20480101000000Z 20490101000000Z
leaf bad-eku root "vsm test: no object usage" "codeSigning"
leaf bad-nocodesign root "vsm test: no code signing" "$eku_all"
leaf bad-issuer trustlet "vsm test: issuer is no CA" "codeSigning,$eku_all"
leaf bad-keyusage root "vsm test: no digital signature" \
	"codeSigning,$eku_all" "$from" "$until" keyAgreement
