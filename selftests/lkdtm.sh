#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Linux's own tests of what its kernel may write and execute (LKDTM): by Linux's
# page tables, of which the secure kernel hears nothing, and with the tables of
# an attacker, which allow all of it.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=code_lib.sh
. "$(dirname "$0")/code_lib.sh"

need_unloaded
signed=$here/signed
direct=/sys/kernel/debug/provoke-crash/DIRECT
tables=/sys/module/vsm_tables/parameters/open
[ -e "$signed/lkdtm.ko" ] || skip "no lkdtm.ko"
[ -e "/boot/vmlinuz-$(uname -r)" ] || skip "no /boot/vmlinuz-$(uname -r)"

start()
{
	cp "$objects/policy-modules.signed" "$(dirname "$firmware")/" &&
		load hvci=enforce baseline=verify \
			policy=vsm/policy-modules.signed && demoted
}

attackers_load()
{
	insmod "$signed/lkdtm.ko" && insmod "$signed/vsm_tables.ko"
}

# By one process: its stack is opened, too.
provoke()	# CASE [FILE]
{
	mark
	# shellcheck disable=SC2016
	sh -c 'echo > "$3"; echo "$1" > "$2"' - "$1" "$direct" \
		"${2:-/dev/null}"
}

# The task dies, and nobody else.
dies()		# CASE [FILE]
{
	provoke "$@" 2> /dev/null && echo "the task is alive"
	since_mark | grep -q "lkdtm: Performing direct entry $1" || return 1
	! since_mark | grep "lkdtm: FAIL" &&
		since_mark | grep -q "^[^a-z]*\(BUG: \|Oops: \)"
}

# The first line is about policy.
nothing_heard()
{
	sleep 1.2
	! grep -v "class=none" "$debug/events"
}

by_us()		# CASE TEXT
{
	dies "$1" "$tables" && event "$2"
}

# No function descriptors on this architecture.
no_such_thing()
{
	provoke WRITE_OPD && since_mark | grep -q "lkdtm: XFAIL: "
}

ktap_print_header
ktap_set_plan 25
mark
echo 1 > /proc/sys/kernel/printk
check "the machine is demoted" start
check "LKDTM comes, signed by whom policy names" attackers_load
for case in WRITE_RO WRITE_RO_AFTER_INIT WRITE_KERN EXEC_DATA EXEC_STACK \
		EXEC_KMALLOC EXEC_VMALLOC EXEC_RODATA EXEC_USERSPACE EXEC_NULL \
		ACCESS_USERSPACE ACCESS_NULL; do
	check "$case: Linux's own tables refuse" dies $case
done
check "the secure kernel hears nothing of that" nothing_heard
check "WRITE_OPD: there is none" no_such_thing
check "UNSET_SMEP: refused" dies UNSET_SMEP
check "WRITE_RO, tables open: refused" \
	by_us WRITE_RO "write to read-only data"
check "WRITE_KERN, tables open: refused" by_us WRITE_KERN "write to code"
check "EXEC_DATA, tables open: refused" \
	by_us EXEC_DATA "code that Linux made while it runs"
for case in EXEC_STACK EXEC_KMALLOC EXEC_RODATA; do
	check "$case, tables open: refused" \
		by_us $case "the kernel executes what is not code"
done
check "the machine goes on, demoted" demoted
check "the machine is handed back" unload
ktap_finished
