#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Secure calls with wrong functions, tokens, handles, addresses and lists, from
# the kernel of VTL0: each is refused, and the secure kernel goes on.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "must run as root"
loaded || skip "vsm is not loaded"
[ -e "$here/vsm_scall.ko" ] || skip "no vsm_scall.ko"
[ -e "$here/objects/files/file.p7s" ] ||
	skip "no files in $here/objects; make them with objects.sh"

# What is wrong with a file is only seen behind a signature that is not.
vsmctl policy load "$here/objects/policy-files.signed" > /dev/null
cp "$here/objects/files/file.p7s" "$(dirname "$firmware")/"

# pages KIND: first and last page of the first range, for the module.
pages()
{
	awk -v kind="$1" '$1 == kind { print $2, $3; exit }' "$debug/ranges" | {
		read -r base size
		echo "$((base)),$((base + size - 4096))"
	}
}

mark
insmod "$here/vsm_scall.ko" vtl1="$(pages vtl1)" hv="$(pages hv)"
loads=$?
[ $loads -ne 0 ] || rmmod vsm_scall
since_mark | sed -n 's/.*vsm_scall: \(\(not \)\{0,1\}ok .*\)/\1/p' > /tmp/scall.$$
trap 'rm -f /tmp/scall.$$' EXIT

made_all()
{
	[ $loads -eq 0 ] &&
		since_mark | grep -q "vsm_scall: $(wc -l < /tmp/scall.$$) tests"
}

# That devices are not held back is an open hole: nothing may say otherwise.
says_dma_is_open()
{
	vsmctl status | grep -q "DMA is NOT protected" &&
		vsmctl --json status | grep -q '"dma_protected":false' &&
		[ $(($(status state) >> 5 & 1)) -eq 0 ]
}

ktap_print_header
ktap_set_plan $(($(wc -l < /tmp/scall.$$) + 3))
while read -r result; do
	case $result in
	ok*)	ktap_test_pass "${result#ok }" ;;
	*)	ktap_test_fail "${result#not ok }" ;;
	esac
done < /tmp/scall.$$
check "the module made all its calls" made_all
check "the machine is demoted as before" demoted
check "it is said that DMA is not held back" says_dma_is_open
ktap_finished
