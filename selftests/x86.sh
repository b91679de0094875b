#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The running kernel's own x86 tests give the same results before, during and
# after the takeover.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded

dir=$here/x86
each=120
[ -d "$dir" ] || skip "the kernel's x86 tests are not in $dir"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Warnings of the kernel, which it gives once unless told to forget them.
forget=/sys/kernel/debug/clear_warn_once
warnings()
{
	since_mark | sed -n 's/.*\(WARNING\|BUG\|Oops\): /\1: /p' |
		sed 's/CPU: [0-9]* PID: [0-9]* //' | sort | uniq -c
}

# The exit status, and which kinds of results a test reports.  Not how many: a
# test that forks may print what its buffer holds twice, and its child when the
# next test runs already, so that each has a file of its own.
run_all()	# WHEN
{
	mkdir "$results/$1"
	[ ! -e $forget ] || echo 1 > $forget
	mark
	for test in "$dir"/*_32 "$dir"/*_64; do
		[ -x "$test" ] || continue
		name=${test##*/}
		log=$results/$1/$name.log
		rc=0
		(cd "$dir" && exec timeout $each "$test") \
			> "$log" 2>&1 < /dev/null || rc=$?
		{
			echo "exit status $rc"
			sed -n 's/^\(\[[A-Z]*\]\).*/\1/p' "$log" |
				sort -u
		} > "$results/$1/$name"
	done
	warnings > "$results/$1/kernel-log"
}

compare()	# WHEN NAME
{
	diff "$results/before/$2" "$results/$1/$2" && return 0
	[ ! -e "$results/$1/$2.log" ] || tail -n 20 "$results/$1/$2.log"
	return 1
}

# One result: how a test came out at that time.
judge()	# WHEN NAME
{
	check "$2: $1 as before ($(head -n 1 "$results/before/$2"))" \
		compare "$1" "$2"
}

run_all before
names=$(cd "$results/before" && find . -type f ! -name '*.log' |
	sed 's|^\./||' | sort)
[ "$names" != kernel-log ] || skip "no test in $dir runs"
n=$(echo "$names" | wc -l)
ktap_print_header
ktap_set_plan $((n * 2 + 3))
check "takeover" load
run_all during
check "every CPU is demoted" demoted
check "release" unload
run_all after
for name in $names; do
	judge during "$name"
	judge after "$name"
done
ktap_finished
