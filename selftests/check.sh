#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# "vsmctl check" foresees what the driver will say: the same reasons with the
# same remedies, on this machine as it is, and while KVM holds VMX.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
command -v vsmctl > /dev/null || skip "no vsmctl in PATH"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

# Text and remedy of each fatal finding, as the driver writes them.
foresee()
{
	vsmctl check > "$tmp/check"
	foreseen=$?
	sed -n '/^fatal/ { N; s/^fatal *[a-z-]*: //; s/\n */; /; p; }' \
		"$tmp/check" | sort > "$tmp/foreseen"
}

attempt()
{
	mark
	# shellcheck disable=SC2119 # it takes parameters, or none
	load 2> "$tmp/insmod"
	loads=$?
	# Once each: insmod of busybox tries a second way of loading.
	since_mark | sed -n 's/.*vsm: cannot take over: //p' | sort -u \
		> "$tmp/seen"
	[ $loads -ne 0 ] || unload
}

same_reasons()
{
	diff "$tmp/foreseen" "$tmp/seen"
}

same_outcome()
{
	[ $((foreseen != 0)) -eq $((loads != 0)) ] || {
		echo "check ended with $foreseen, loading with $loads"
		cat "$tmp/check" "$tmp/insmod"
		return 1
	}
}

compare()
{
	foresee
	attempt
	check "$1: outcome as foreseen" same_outcome
	check "$1: reasons as foreseen" same_reasons
}

holds()	# ID: KVM was the reason
{
	[ "$loads" -ne 0 ] && grep -q "^fatal *$1:" "$tmp/check"
}

json_says_ready()
{
	vsmctl --json check | grep -q '"ready":true'
}

demoted_is_ok()
{
	vsmctl check | grep -q '^ok *demoted:'
}

as_nobody()
{
	su nobody -s /bin/sh -c 'vsmctl check' > "$tmp/nobody"
	[ $? -le 1 ] && grep -q 'dma:' "$tmp/nobody"
}

ktap_print_header
ktap_set_plan 8

kvm()
{
	[ -d /sys/module/kvm_intel ]
}

kvm || modprobe kvm_intel 2> /dev/null
if kvm; then
	compare "with KVM"
	check "with KVM: it holds VMX" holds vmx-owner
	rmmod kvm_intel
else
	for what in outcome reasons owner; do
		ktap_test_skip "with KVM: $what: kvm_intel does not load"
	done
fi

compare "as it is"
if [ "$foreseen" -eq 0 ]; then
	check "JSON says the same" json_says_ready
	# shellcheck disable=SC2119 # it takes parameters, or none
	load
	check "a demoted machine is told as such" demoted_is_ok
	unload
else
	ktap_test_skip "JSON: this machine cannot be demoted"
	ktap_test_skip "demoted: this machine cannot be demoted"
fi
check "without privilege" as_nobody
ktap_finished
