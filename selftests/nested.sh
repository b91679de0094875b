#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# KVM on a demoted machine fails to load with its ordinary message, and works as
# ever before the takeover and after the release.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
kvm_ko=/lib/modules/kvm-intel.ko

load_kvm()
{
	if [ -e "$kvm_ko" ]; then
		insmod "$kvm_ko"
	else
		modprobe kvm_intel
	fi
}

has_kvm()
{
	[ -d /sys/module/kvm_intel ] && [ -c /dev/kvm ]
}

if ! has_kvm; then
	load_kvm > /dev/null 2>&1
	has_kvm || skip "kvm_intel does not load on this machine"
fi
rmmod kvm_intel || skip "kvm_intel is in use"

refused()
{
	! load_kvm 2>&1 && [ ! -d /sys/module/kvm_intel ]
}

# "kvm_intel: VMX not supported by CPU 0", once for each attempt of insmod.
ordinary_message()
{
	since_mark | sed 's/^\[[^]]*\] //' | sort -u > /tmp/nested.$$
	cat /tmp/nested.$$
	[ "$(wc -l < /tmp/nested.$$)" -eq 1 ] &&
		grep -qx 'kvm_intel: VMX not supported by CPU [0-9]*' \
			/tmp/nested.$$
}
trap 'rm -f /tmp/nested.$$' EXIT

loads()
{
	load_kvm && has_kvm && rmmod kvm_intel
}

ktap_print_header
ktap_set_plan 8
check "KVM loads on the bare machine" loads
# shellcheck disable=SC2119 # it takes parameters of the module, or none
check "takeover" load
mark
check "KVM does not load on the demoted one" refused
check "it gives its ordinary reason, and nothing else is logged" \
	ordinary_message
check "the machine is demoted as before" demoted
check "release" unload
check "KVM loads again" loads
check "nothing is left of the takeover" released
ktap_finished
