#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Each secure kernel image that is not right is refused with its own error, the
# machine goes on, and the right image then loads.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded

images=$here/images
[ -d "$images" ] || skip "no images in $images; make -C selftests install"

# The directory of the firmware is this machine's: it comes back afterwards.
saved=$(mktemp -d)
cp "$firmware" "$saved/"
restore()
{
	cp "$saved/sk.signed" "$firmware"
	rm -rf "$saved"
}
trap restore EXIT
trap 'exit 1' INT TERM

# What the log must say of each way of being wrong; "." is any line of vsm.
reason()
{
	case $1 in
	empty)		echo . ;;
	unsigned|truncated)
			echo "no signature" ;;
	truncated-end|trailing)
			echo "cut off within the signature" ;;
	tampered|tampered-cms)
			echo "content does not match the signature" ;;
	tampered-cert)	echo "certificate is (forged|malformed)" ;;
	no-payload)	echo "no payload" ;;
	wrong-root|wrong-issuer)
			echo "not issued by the root" ;;
	wrong-signer)	echo "another key than the certificate" ;;
	wrong-eku|wrong-kind)
			echo "lacks the extended key usage for this kind" ;;
	no-codesign)	echo "lacks the extended key usage codeSigning" ;;
	no-digsig)	echo "excludes signing" ;;
	expired)	echo "has expired" ;;
	not-yet)	echo "not yet valid" ;;
	no-cert|cert-magic|sig-short|sig-long)
			echo "no certificate before the signature" ;;
	cert-reserved)	echo "reserved field not zero" ;;
	cert-empty)	echo "certificate size out of range" ;;
	cert-short|cert-long)
			echo "certificate is malformed" ;;
	cert-huge)	echo "certificate (larger|size out of range)" ;;
	sig-id|sig-reserved)
			echo "signature header not understood" ;;
	sig-empty|sig-huge)
			echo "signature size out of range" ;;
	cms-certs|cms-attrs)
			echo "carries certificates, attributes" ;;
	weak-hash)	echo "weak or unknown algorithm" ;;
	*)		echo "UNKNOWN WAY" ;;
	esac
}

refused()	# IMAGE HOW
{
	how=$2
	cp "$1" "$firmware"
	shift 2
	mark
	if load "$@"; then
		unload
		echo "the takeover succeeded"
		return 1
	fi
	since_mark > "$saved/log"
	grep -q 'vsm: ' "$saved/log" || {
		echo "no line of vsm in the kernel log"
		return 1
	}
	grep -Eq "vsm: .*$(reason "$how")" "$saved/log" || {
		echo "the log does not say: $(reason "$how")"
		cat "$saved/log"
		return 1
	}
}

n=$(find "$images" -name 'sk.*' | wc -l)
ktap_print_header
ktap_set_plan $((n * 2 + 6))

for image in "$images"/sk.*; do
	how=${image##*/sk.}
	check "$how: refused" refused "$image" "$how"
	check "$how: the machine is as before" released
done
rm "$firmware"
check "missing: refused" sh -c "! insmod '$VSM_KO' 2>&1"
check "missing: the machine is as before" released
cp "$saved/sk.signed" "$firmware"
check "the right image: takeover" load
check "the right image: every CPU is demoted" demoted
check "the right image: release" unload
check "the right image: nothing is left of it" released
ktap_finished
