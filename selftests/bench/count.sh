#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Inside a box of its own: what the kernel's KVM takes for a VM exit; then a
# takeover by a hypervisor that was built to count its VMX instructions, of
# which nothing but these counts is used.
#
# usage: count.sh
set -eu

# The serial line interrupts for every character: nothing until the end.
exec 3>&1 > /tmp/results
trap 'cat /tmp/results >&3' EXIT

sleep 2
bench kvm
# It holds VMX operation on every CPU.
rmmod kvm_intel kvm

insmod /lib/modules/vsm.ko
insmod /root/vsm_bench.ko
bench count
