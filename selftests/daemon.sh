#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The life of vsmd: policy at start and on SIGHUP, no more privilege than it
# needs, events and their loss, the module unloaded under it, a clean end.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
for tool in vsmd vsmctl; do
	command -v $tool > /dev/null || skip "no $tool in PATH"
done
objects=${VSM_OBJECTS:-$here/objects}
[ -e "$objects/policy.signed" ] ||
	skip "no objects in $objects; make them with objects.sh"

tmp=$(mktemp -d)
pid=
cleanup()
{
	[ -z "$pid" ] || kill "$pid" 2> /dev/null
	! loaded || unload
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# Until the log says so, or it has taken too long.
says()	# TEXT
{
	for _ in $(seq 300); do
		! grep -qF "$1" "$tmp/log" || return 0
		sleep 0.1
	done
	echo "not in the log of vsmd: $1"
	cat "$tmp/log"
	return 1
}

# Appended to, so that the log can be emptied under the daemon.
start()	# ARGUMENT...
{
	: > "$tmp/log"
	vsmd "$@" >> "$tmp/log" 2>&1 &
	pid=$!
}

alive()
{
	[ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status"
}

# Wait for its end; in the shell that started it, which no "check" is.
finish()
{
	for _ in $(seq 300); do
		alive || break
		sleep 0.1
	done
	! alive || kill -9 "$pid"
	wait "$pid"
	got=$?
	pid=
}

ended()	# STATUS
{
	[ $got -eq "$1" ] || {
		echo "exit status $got"
		cat "$tmp/log"
		return 1
	}
}

fails()	# TEXT ARGUMENT...
{
	text=$1
	shift
	start "$@"
	finish
	ended 1 && says "$text"
}

policy()
{
	vsmctl --json status | grep -q "\"version\":$1,*}"
}

field()	# NAME: of /proc/PID/status
{
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$pid/status"
}

# CAP_SYS_ADMIN is bit 21.
unprivileged()
{
	for pair in CapEff=0000000000000000 CapPrm=0000000000200000 \
		CapBnd=0000000000200000 CapInh=0000000000000000 NoNewPrivs=1
	do
		[ "$(field "${pair%=*}")" = "${pair#*=}" ] || {
			cat "/proc/$pid/status"
			return 1
		}
	done
}

is_nobody()
{
	[ "$(field Uid)" -eq 65534 ] && [ "$(field Gid)" -eq 65534 ]
}

device_not_open()
{
	for fd in /proc/"$pid"/fd/*; do
		[ "$(readlink "$fd")" != /dev/vsm ] || return 1
	done
}

reload()	# OBJECT TEXT
{
	: > "$tmp/log"
	cp "$objects/$1" "$tmp/policy"
	kill -HUP "$pid"
	says "$2"
}

# Netlink drops until the queue has been read empty: what comes after that tells
# how much was lost, what comes before is lost, too.
tells_how_many()
{
	for _ in $(seq 60); do
		vsmctl policy load "$objects/policy.unsigned" 2> /dev/null
		sleep 0.5
		! grep -q "lost [0-9]* events before event" "$tmp/log" || return 0
	done
	tail -n 5 "$tmp/log"
	return 1
}

# More than its socket holds, while it cannot read.
flood()
{
	kill -STOP "$pid"
	for _ in 1 2 3; do
		"$here/genl_test" -t loss_is_told > "$tmp/flood"
	done
	kill -CONT "$pid"
	says "some are lost" && tells_how_many
}

# What was read and what was lost is all that there was.
adds_up()
{
	last=$(sed -n 's/.*event \([0-9]*\) .*: .*/\1/p' "$tmp/log" |
		tail -n 1)
	read -r got lost <<-TEXT
	$(sed -n 's/.*vsmd: \([0-9]*\) events, \([0-9]*\) lost$/\1 \2/p' \
		"$tmp/log")
	TEXT
	[ $((got + lost)) -eq $((last - first + 1)) ] || {
		echo "$got events and $lost lost from $first to $last"
		return 1
	}
}

ktap_print_header
ktap_set_plan 20

check "without the module: an error" fails "is the module loaded"
# shellcheck disable=SC2119 # it takes parameters of the module, or none
load
check "policy refused at start: an error" \
	fails "certificate outside its validity" \
	--policy "$objects/policy.expired"
check "policy not there: an error" fails "no such file" \
	--policy "$tmp/none"
check "no such user: an error" fails "cannot drop privileges" \
	--user no-such-user

# CPUID grants each privilege that the tables name, and says what it must.
tlfs_agrees()
{
	interface=$(printf '0x%08x' $(($(status cpuid_base) + 1)))
	vsmctl tlfs > "$tmp/tlfs"
	cat "$tmp/tlfs"
	grep -q 'AccessVsm, any VTL, CPUID: yes' "$tmp/tlfs" || return 1
	grep -q "^  $interface  31237648 " "$tmp/tlfs" || return 1
	! grep -q 'CPUID: NO' "$tmp/tlfs"
}

check "vsmctl tlfs: CPUID agrees with the tables" tlfs_agrees
cp "$objects/policy.signed" "$tmp/policy"
start --policy "$tmp/policy"
check "loads the policy" says "loaded, version 1000"
check "the secure kernel has it" policy 1000
check "gives up privileges" unprivileged
check "does not keep the device open" device_not_open
check "SIGHUP: a newer one" reload policy-next.signed "loaded, version 1001"
check "SIGHUP: an older one is refused" reload policy.signed \
	"older than the version that is loaded"
check "SIGHUP: the newer one stays" policy 1001
kill -TERM "$pid"
finish
check "SIGTERM: ends cleanly" ended 0

chmod 0755 "$tmp"
chgrp 65534 /dev/vsm
start --policy "$objects/policy-image.signed" --user nobody
check "as another user: loads the policy" says "loaded, version 1002"
check "as another user: is that user" is_nobody
check "as another user: follows events" says "vsmd: event "
first=$(sed -n 's/.*event \([0-9]*\) .*: .*/\1/p' "$tmp/log" | head -n 1)
if [ -x "$here/genl_test" ]; then
	check "tells of lost events" flood
else
	ktap_test_skip "tells of lost events: no genl_test to cause them"
fi
unload
check "the module goes in spite of it" released
finish
check "and it ends with the module" ended 0
check "events and losses add up" adds_up
ktap_finished
