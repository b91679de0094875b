#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Inside the box: what Linux does to its own code, and what a process executes,
# before the takeover and while code integrity is enforced; the latter with a
# policy for it.  Prints JSON as box.sh does.
#
# usage: code.sh ROUNDS MODULE
set -eu
rounds=$1 module=$2
debug=/sys/kernel/debug/vsm
exec 3>&1 > /tmp/results
trap 'cat /tmp/results >&3' EXIT

# Once for what only the first time costs.
rounds_of()	# WHAT
{
	bench code first "/root/$module.ko" "$module" > /dev/null
	i=0
	while [ $i -lt "$rounds" ]; do
		bench code "$1" "/root/$module.ko" "$module"
		i=$((i + 1))
	done
}

file=/usr/bin/busybox
pages_of()	# WHAT
{
	i=0
	while [ $i -lt "$rounds" ]; do
		bench pages "$1" "$file"
		i=$((i + 1))
	done
}

sleep 2
rounds_of before
pages_of before
insmod /lib/modules/vsm.ko hvci=enforce dynamic=allow baseline=verify
rounds_of after
if grep -E '^class .* refused [1-9]' $debug/code; then
	exit 1
fi
sed 's/^/code /' $debug/code
rmmod vsm

cp /root/policy-user-audit.signed /lib/firmware/vsm/
insmod /lib/modules/vsm.ko hvci=enforce dynamic=allow baseline=trust \
	policy=vsm/policy-user-audit.signed
vsmctl file allow "$file" -s /root/busybox.p7s > /dev/null
bench pages after "$file" > /dev/null
pages_of after
rmmod vsm
