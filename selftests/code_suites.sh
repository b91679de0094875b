#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The kernel's own tests of ftrace, kprobes and live patching, without vsm and
# with code integrity enforced: the results are the same, and nothing is refused.
# vsm_suites=TEST,... on the kernel's command line: which of ftrace's tests or
# directories of them; livepatch: those of live patching.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_unloaded
ftrace=$here/ftrace
livepatch=$here/livepatch
[ -e "$ftrace/ftracetest" ] || skip "no ftracetest"
[ -e "/boot/vmlinuz-$(uname -r)" ] || skip "no /boot/vmlinuz-$(uname -r)"
suites=$(sed -n 's/.*vsm_suites=\([^ ]*\).*/\1/p' /proc/cmdline | tr , ' ')
[ -n "$suites" ] || skip "no vsm_suites= on the command line"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Who compiles modules needs them; ours are.
mkdir -p "/lib/modules/$(uname -r)/build"

start()
{
	cp "$objects/policy-modules.signed" "$(dirname "$firmware")/" &&
		load hvci=enforce dynamic=allow baseline=verify \
			policy=vsm/policy-modules.signed && demoted
}

run_ftrace()	# TEST...
{
	[ $# -eq 0 ] ||
		(cd "$ftrace" && sh ./ftracetest -K -l "$work/logs" "$@") |
		while read -r line; do
			case $line in
			"ok "*|"not ok "*)
				echo "$line" | sed 's/ok [0-9]* */ok /' ;;
			esac
		done
}

# Each prints a line as it ends.  test-ftrace.sh turns the function tracer off,
# which Linux refuses while vsm uses it.
run_livepatch()
{
	cd "$livepatch" || return 1
	for file in test-*.sh; do
		[ "$file" != test-ftrace.sh ] || continue
		bash "./$file" 2>&1 |
			sed -n "s/^TEST: \(.*\) \.\.\. \(ok\|not ok\)$/\2 $file: \1/p
				s/^\(ERROR\|SKIP\): /not ok $file: &/p"
	done
}

run_suites()
{
	tests=
	for suite in $suites; do
		[ "$suite" = livepatch ] || tests="$tests test.d/$suite"
	done
	# shellcheck disable=SC2086
	run_ftrace $tests
	case " $suites " in
	*" livepatch "*)	(run_livepatch) ;;
	esac
}

# As they come: it takes minutes.
keep()		# WHEN
{
	while read -r line; do
		echo "$line" >> "$work/$1"
		ktap_print_msg "$1 vsm: $line"
	done
}

# The result and its remark, if any, belong to the line.
same_result()	# LINE
{
	found=$(sed -n "$1p" "$work/with")
	[ "$(sed -n "$1p" "$work/without")" = "$found" ] && return
	echo "without vsm: $(sed -n "$1p" "$work/without")"
	echo "with vsm: $found"
	return 1
}

tracer_stays()
{
	! echo 0 > /proc/sys/kernel/ftrace_enabled &&
		[ "$(cat /proc/sys/kernel/ftrace_enabled)" -eq 1 ]
}

ktap_print_header
run_suites | keep without
ktap_set_plan $(($(wc -l < "$work/without") + 5))
mark
check "the machine is demoted" start
run_suites | keep with
n=1
while read -r line; do
	check "the same: $(echo "$line" | tr '#' ,)" same_result $n
	n=$((n + 1))
done < "$work/without"
check "as many tests" \
	[ "$(wc -l < "$work/without")" -eq "$(wc -l < "$work/with")" ]
check "nothing of that is an event" no_event
check "the tracer is not turned off" tracer_stays
rm -rf "${work:?}/logs"
check "the machine is handed back" unload
ktap_finished
