#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make a signed object as uapi/vsm/signed.h describes it: append the signer's
# certificate and the certificate trailer, then sign with the kernel's own
# sign-file (ECDSA P-384, SHA-384).
#
#   sign.sh [OPTION]... KIND INPUT OUTPUT
#
# KIND: sk, trustlet or policy; by default also the name of the signer.
#
#   --keys DIR		keys and certificates, see keys.sh	[keys]
#   --signer NAME	sign with NAME.key and NAME.pem of that directory
#   --key FILE		private key, or a pkcs11: URI
#   --cert FILE		its certificate (PEM or DER)
#   --hash NAME		digest of the signature			[sha384]
#   --sign-file FILE	sign-file program			[$SIGN_FILE]
#   --break HOW		make an object that must be refused; HOW is one of
#
#	empty		nothing at all
#	unsigned	the payload alone
#	tampered	payload changed after signing
#	tampered-cert	certificate changed after signing
#	tampered-cms	signature value changed
#	truncated	second half missing
#	truncated-end	last byte missing
#	trailing	a byte after the marker
#	no-payload	certificate and signature of nothing
#	wrong-signer	signed by another key than the certificate's
#	wrong-kind	signed by the signer of another kind of object
#	wrong-root	certificate of another root
#	wrong-issuer	certificate issued by a signer, not by the root
#	wrong-eku	certificate lacks the usage of the kind
#	no-codesign	certificate lacks codeSigning
#	no-digsig	certificate may not sign
#	expired		certificate no longer valid
#	not-yet		certificate not yet valid
#	no-cert		signed, but neither certificate nor trailer
#	cert-magic	wrong magic in the certificate trailer
#	cert-reserved	reserved field of the certificate trailer not zero
#	cert-empty	certificate of no bytes
#	cert-short	trailer names a byte less than the certificate has
#	cert-long	trailer names a byte more than the certificate has
#	cert-huge	trailer names more bytes than the object has
#	sig-id		signature of another type than PKCS#7
#	sig-reserved	a reserved field of the signature block not zero
#	sig-empty	CMS of no bytes
#	sig-short	block names a byte less than the CMS has
#	sig-long	block names a byte more than the CMS has
#	sig-huge	block names more bytes than the object has
#	cms-certs	CMS carries the certificate
#	cms-attrs	CMS carries signed attributes
#	weak-hash	signed over SHA-1

set -eu

breaks="empty unsigned tampered tampered-cert tampered-cms truncated
truncated-end trailing no-payload wrong-signer wrong-kind wrong-root
wrong-issuer wrong-eku no-codesign no-digsig expired not-yet no-cert
cert-magic cert-reserved cert-empty cert-short cert-long cert-huge sig-id
sig-reserved sig-empty sig-short sig-long sig-huge cms-certs cms-attrs
weak-hash"

# sizeof(struct vsm_module_signature) + VSM_SIGNATURE_MARKER_LEN
sig_block=40
# sizeof(struct vsm_cert_trailer)
cert_trailer=16

die()
{
	echo "sign.sh: $*" >&2
	exit 1
}

usage()
{
	sed -n '4,/^$/{/^#/{s/^# \{0,1\}//;p;};}' "$0" >&2
	exit 2
}

keys=keys
signer=
key=
cert=
hash=sha384
sign_file=${SIGN_FILE:-}
how=

while [ $# -gt 0 ]; do
	case $1 in
	--keys|--signer|--key|--cert|--hash|--sign-file|--break)
		[ $# -ge 2 ] || usage
		;;
	esac
	case $1 in
	--keys) keys=$2; shift ;;
	--signer) signer=$2; shift ;;
	--key) key=$2; shift ;;
	--cert) cert=$2; shift ;;
	--hash) hash=$2; shift ;;
	--sign-file) sign_file=$2; shift ;;
	--break) how=$2; shift ;;
	--list-breaks) echo "$breaks" | tr '\n' ' '; echo; exit 0 ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -eq 3 ] || usage
kind=$1
input=$2
output=$3

case $kind in
sk) other=policy ;;
trustlet) other=sk ;;
policy) other=trustlet ;;
*) die "no such kind of object: $kind (sk, trustlet or policy)" ;;
esac

case " $(echo "$breaks" | tr '\n' ' ') " in
*" ${how:-empty} "*) ;;
*) die "no such way to break an object: $how" ;;
esac

[ -r "$input" ] || die "cannot read $input"

find_sign_file()
{
	for f in "/lib/modules/$(uname -r)/build/scripts/sign-file" \
		 /usr/lib/linux-kbuild-*/scripts/sign-file \
		 /usr/src/linux-headers-*/scripts/sign-file; do
		if [ -x "$f" ]; then
			echo "$f"
			return 0
		fi
	done
	return 1
}

if [ -z "$sign_file" ]; then
	sign_file=$(find_sign_file) ||
		die "no sign-file found; install linux-kbuild or set SIGN_FILE"
fi

case $how in
wrong-kind) signer=$other ;;
wrong-root) signer=bad-root ;;
wrong-issuer) signer=bad-issuer ;;
wrong-eku) signer=bad-eku ;;
no-codesign) signer=bad-nocodesign ;;
no-digsig) signer=bad-keyusage ;;
expired) signer=bad-expired ;;
not-yet) signer=bad-notyet ;;
weak-hash) hash=sha1 ;;
esac

signer=${signer:-$kind}
key=${key:-$keys/$signer.key}
cert=${cert:-$keys/$signer.pem}
case $key in
pkcs11:*) ;;
*) [ -r "$key" ] || die "no key $key; make one with: make keys" ;;
esac
[ -r "$cert" ] || die "no certificate $cert; make one with: make keys"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

size()
{
	wc -c <"$1" | tr -d ' '
}

# byte VALUE: one byte.
byte()
{
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %03o $(($1 & 255)))"
}

le32()
{
	byte "$1"
	byte $(($1 >> 8))
	byte $(($1 >> 16))
	byte $(($1 >> 24))
}

be32()
{
	byte $(($1 >> 24))
	byte $(($1 >> 16))
	byte $(($1 >> 8))
	byte "$1"
}

# patch FILE OFFSET: overwrite with standard input.
patch()
{
	dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# flip FILE OFFSET: invert every bit of one byte.
flip()
{
	old=$(od -An -tu1 -j "$2" -N 1 "$1")
	byte $((old ^ 255)) | patch "$1" "$2"
}

# x509 FILE: the certificate as DER, whatever it was.
x509()
{
	openssl x509 -in "$1" -outform DER 2>/dev/null ||
		openssl x509 -inform DER -in "$1" -outform DER ||
		die "$1 is not a certificate"
}

# enclose: payload, certificate and trailer into $tmp/signed.
enclose()
{
	if [ "$how" = no-payload ]; then
		: >"$tmp/signed"
	else
		cat "$input" >"$tmp/signed"
	fi
	[ "$how" != no-cert ] || return 0

	if [ "$how" = cert-empty ]; then
		: >"$tmp/cert.der"
	else
		x509 "$cert" >"$tmp/cert.der"
	fi
	len=$(size "$tmp/cert.der")
	rsvd=0
	magic='VSM!CERT'
	case $how in
	cert-magic) magic='VSM!CERU' ;;
	cert-reserved) rsvd=1 ;;
	cert-short) len=$((len - 1)) ;;
	cert-long) len=$((len + 1)) ;;
	cert-huge) len=$((0xfffffff0)) ;;
	esac
	{
		cat "$tmp/cert.der"
		le32 "$len"
		le32 "$rsvd"
		printf %s "$magic"
	} >>"$tmp/signed"
}

# sign_openssl OPTION...: what sign-file does, with a CMS as it never makes.
sign_openssl()
{
	openssl cms -sign -binary -nosmimecap -md "$hash" -outform DER \
		-signer "$cert" -inkey "$key" "$@" \
		-in "$tmp/signed" -out "$tmp/cms"
	{
		cat "$tmp/signed" "$tmp/cms"
		byte 0
		byte 0
		byte 2
		byte 0
		le32 0
		be32 "$(size "$tmp/cms")"
		printf '~Module signature appended~\n'
	} >"$tmp/object"
}

sign()
{
	case $how in
	wrong-signer)
		"$sign_file" "$hash" "$keys/$other.key" "$keys/$other.pem" \
			"$tmp/signed" "$tmp/object"
		;;
	cms-certs) sign_openssl -noattr ;;
	cms-attrs) sign_openssl -nocerts ;;
	*) "$sign_file" "$hash" "$key" "$cert" "$tmp/signed" "$tmp/object" ;;
	esac
}

# sig_len: bytes of CMS, as its block says.
sig_len()
{
	od -An -tu1 -j $(($(size "$tmp/object") - sig_block + 8)) -N 4 \
		"$tmp/object" | {
		read -r a b c d
		echo $(((a << 24) | (b << 16) | (c << 8) | d))
	}
}

# damage: what is done to a finished object.
damage()
{
	n=$(size "$tmp/object")
	block=$((n - sig_block))
	case $how in
	empty) : >"$tmp/object" ;;
	unsigned) cat "$input" >"$tmp/object" ;;
	tampered) flip "$tmp/object" $(($(size "$input") / 2)) ;;
	tampered-cert)
		flip "$tmp/object" \
			$(($(size "$tmp/signed") - cert_trailer - 100))
		;;
	tampered-cms) flip "$tmp/object" $((block - 1)) ;;
	truncated) truncate -s $((n / 2)) "$tmp/object" ;;
	truncated-end) truncate -s $((n - 1)) "$tmp/object" ;;
	trailing) byte 10 >>"$tmp/object" ;;
	sig-id) byte 1 | patch "$tmp/object" $((block + 2)) ;;
	sig-reserved) byte 1 | patch "$tmp/object" $((block + 5)) ;;
	sig-empty) be32 0 | patch "$tmp/object" $((block + 8)) ;;
	sig-short)
		be32 $(($(sig_len) - 1)) | patch "$tmp/object" $((block + 8))
		;;
	sig-long)
		be32 $(($(sig_len) + 1)) | patch "$tmp/object" $((block + 8))
		;;
	sig-huge) be32 $((0xfffffff0)) | patch "$tmp/object" $((block + 8)) ;;
	esac
}

enclose
sign
damage
# In place of the old object only when the new one is whole.
cp "$tmp/object" "$output.new"
mv "$output.new" "$output"
