#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Trustlets that answer, that do what they must not, and that never end: the
# first is answered, the second and third are ended, and nothing is left.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "must run as root"
loaded || skip "vsm is not loaded"
command -v vsmctl > /dev/null || skip "no vsmctl in PATH"
dir=$(dirname "$firmware")
for name in hello crash spin; do
	[ -e "$dir/$name.signed" ] || skip "no $dir/$name.signed"
done

# run NAME MESSAGE
run()
{
	vsmctl trustlet run "$dir/$1.signed" -m "$2" 2>&1
}

answers()
{
	run hello "good morning" | grep -q "HELLO FROM VTL1: GOOD MORNING"
}

identifies()
{
	grep -q "trustlet hello: I am hello, 76736d00.*, SVN 1" "$debug/console"
}

# Lines of the console that name an exception of "crash".
faults()
{
	grep -c '^crash: exception' "$debug/console"
}

faults_at()	# STEP
{
	before=$(faults)
	out=$(run crash "$1") && {
		echo "survived: $out"
		return 1
	}
	echo "$out"
	[ "$(faults)" -gt "$before" ]
}

refuses_pointers()
{
	run crash bad-pointers | grep -q 'result  *1$'
}

counts()
{
	run spin 100000 | grep -q 'result  *100000$'
}

nothing_left()
{
	i=0
	while [ "$(status nr_trustlets)" -ne 0 ]; do
		i=$((i + 1))
		[ $i -lt 100 ] || {
			echo "$(status nr_trustlets) trustlets left"
			return 1
		}
		sleep 0.1
	done
}

# NUMBER of them at once, each for ever; Linux goes on, then they are killed.
spins_and_dies()	# NUMBER
{
	pids=
	n=0
	while [ $n -lt "$1" ]; do
		vsmctl trustlet run "$dir/spin.signed" -m for-ever \
			> /dev/null 2>&1 &
		pids="$pids $!"
		n=$((n + 1))
	done
	i=0
	while [ "$(status nr_trustlets)" -ne "$1" ]; do
		i=$((i + 1))
		[ $i -lt 300 ] || break
		sleep 0.1
	done
	running=$(status nr_trustlets)
	answers
	answered=$?
	# shellcheck disable=SC2086 # a list
	kill -9 $pids
	# shellcheck disable=SC2086 # a list
	wait $pids 2> /dev/null
	[ "$running" -eq "$1" ] || {
		echo "$running of $1 were running"
		return 1
	}
	[ $answered -eq 0 ] || {
		echo "no answer meanwhile"
		return 1
	}
	nothing_left
}

steps="read-null write-text write-rodata exec-stack exec-heap read-sk write-sk
exec-sk noncanonical privileged hlt out vmcall syscall sysenter sse x87 vina
breakpoint divide single-step stack-overflow"

ktap_print_header
# shellcheck disable=SC2086 # a list
ktap_set_plan $(($(echo $steps | wc -w) + 10))
if [ "$(cat /sys/module/vsm/parameters/debug)" = Y ]; then
	check "the secure kernel has tested itself" \
		grep -q "^self test: no page is both" "$debug/console"
else
	ktap_test_skip "the secure kernel has tested itself: needs debug=1"
fi
free=$(status vtl1_free)
check "a trustlet answers" answers
check "it prints its identity" identifies
for step in $steps; do
	check "a trustlet ends at $step" faults_at "$step"
done
check "bad pointers are an error" refuses_pointers
check "a long call is preempted and ends" counts
check "one that spins is killed" spins_and_dies 1
check "twice as many as CPUs spin and are killed" \
	spins_and_dies $((2 * $(online)))
check "no trustlet is left" nothing_left
check "as much memory is free as before" [ "$free" -eq "$(status vtl1_free)" ]
check "the machine is demoted as before" demoted
ktap_finished
