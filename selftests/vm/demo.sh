#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The demonstration, inside the box: each step says what it shows, then does
# it.  A step that fails ends it.
set -e

step()
{
	n=$((${n:-0} + 1))
	printf '\n%d. %s\n' "$n" "$1"
}

run()
{
	printf '   $ %s\n' "$1"
	sh -c "$1" > /tmp/out 2>&1 && rc=0 || rc=$?
	sed 's/^/     /' /tmp/out
	[ "$rc" -eq 0 ] || { echo "   failed with status $rc"; exit 1; }
}

# The same, for what must fail.
refused()
{
	printf '   $ %s\n' "$1"
	sh -c "$1" > /tmp/out 2>&1 && rc=0 || rc=$?
	sed 's/^/     /' /tmp/out
	[ "$rc" -ne 0 ] || { echo "   this must not succeed"; exit 1; }
}

trustlet=/lib/firmware/vsm/hello.signed

step "A stock Debian kernel; nothing of ours is loaded."
run "uname -srv"
run "nproc"
run "ls /dev/vsm 2>&1 || true"

step "insmod: a hypervisor slides under every CPU, Linux becomes VTL0, and a
   signed secure kernel comes up in VTL1."
run "insmod /lib/modules/vsm.ko"
run "dmesg | grep 'vsm: '"
run "vsmctl status"

step "What the secure kernel says, in memory that Linux can no longer touch."
run "cat /sys/kernel/debug/vsm/console"

step "vsmd hands a signed policy to the secure kernel."
vsmd --policy /etc/vsm/policy.signed > /run/vsmd.log 2>&1 &
i=0
while [ $i -lt 50 ] && ! grep -q '^policy_version [1-9]' \
		/sys/kernel/debug/vsm/status; do
	sleep 0.1
	i=$((i + 1))
done
run "cat /run/vsmd.log"
run "grep policy /sys/kernel/debug/vsm/status"

step "A signed trustlet runs in VTL1's user mode and answers a message."
run "vsmctl trustlet run $trustlet -m 'hello, VTL1'"

step "The same trustlet with one byte changed is refused."
cp "$trustlet" /tmp/changed.signed
printf '\377' | dd of=/tmp/changed.signed bs=1 seek=300 conv=notrunc 2> /dev/null
refused "vsmctl trustlet run /tmp/changed.signed -m hello"

step "An attacker in Linux's kernel reads and writes memory of VTL1 and of the
   hypervisor: every access faults, and the attempt is an event."
run "/selftests/vsm/attack"
sleep 2
run "grep -m 3 memory /run/vsmd.log"

step "What it costs: VM exits so far, by reason, per CPU."
run "cat /sys/kernel/debug/vsm/exits"

step "rmmod: secrets are scrubbed, every CPU is handed back."
run "rmmod vsm"
run "dmesg | grep 'vsm: ' | tail -n 3"
run "ls /dev/vsm 2>&1 || true"

tests=/selftests/vsm
text=0x$(sed -n 's/^ *\([0-9a-f]*\)-.* : Kernel code$/\1/p' /proc/iomem)

step "Once more, with code integrity: the secure kernel compares the text of
   Linux with the file that it was booted from, byte by byte.  The attacker was
   in Linux's kernel before."
run "insmod $tests/vsm_probe.ko"
dmesg -c > /dev/null
run "insmod /lib/modules/vsm.ko hvci=enforce dynamic=allow trust=vsm_probe"
run "dmesg | grep 'vsm: .*code\|vsm: .*text'"

step "Linux works: a static key rewrites the scheduler, a module of the
   distribution loads, as its signature is verified in VTL1."
run "echo 1 > /proc/sys/kernel/sched_schedstats"
run "insmod /root/loop.ko.xz && lsmod"

step "A module that nobody signed is refused."
refused "insmod $tests/vsm_scall.ko"

step "The attacker writes to Linux's text, and executes a page of his own."
run "$tests/code_probe write $text | grep refused"
run "$tests/code_probe own | grep refused"
sleep 2
run "dmesg | grep 'vsm: event'"
run "rmmod vsm"
echo
echo "Linux runs as before.  'make shell' gives you a demoted box to try."
