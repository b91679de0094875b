#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Host tests of vsmctl and vsmd on a machine without the module: usage, exit
# status, error texts, JSON.  KTAP on standard output.
#
#   vsmctl.sh BUILD-DIRECTORY

set -u

ctl=$1/vsmctl/vsmctl
daemon=$1/vsmd/vsmd
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

plan=34
n=0
failed=0

# run STATUS NAME PATTERN COMMAND...: exit status, and a pattern that one line
# of the output (both streams) must match.
run()
{
	want=$1
	name=$2
	pattern=$3
	shift 3
	timeout 10 "$@" >"$tmp/out" 2>&1
	got=$?
	n=$((n + 1))
	if [ $got -eq "$want" ] && grep -qe "$pattern" "$tmp/out"; then
		echo "ok $n $name"
		return
	fi
	echo "not ok $n $name"
	echo "# exit status $got, expected $want, and: $pattern"
	sed 's/^/# /' "$tmp/out"
	failed=$((failed + 1))
}

echo "KTAP version 1"
if [ -e /dev/vsm ]; then
	echo "1..0 # SKIP the module is loaded; these are for a machine without"
	exit 4
fi
echo "1..$plan"

run 2 "no arguments" "^Usage: vsmctl" "$ctl"
run 0 "help" "^Usage: vsmctl" "$ctl" --help
run 0 "version" "ABI 2" "$ctl" --version
run 2 "no such object" "no such command: colour" "$ctl" colour
run 2 "no such command" "no such command: policy paint" "$ctl" policy paint
run 2 "object without its command" "no such command: policy" "$ctl" policy
run 2 "argument missing" "^Usage: vsmctl policy load FILE" "$ctl" policy load
run 2 "argument too many" "^Usage: vsmctl status" "$ctl" status x
run 2 "option of another command" "^Usage: vsmctl status" \
	"$ctl" status --count 1
run 2 "two messages" "^Usage: vsmctl trustlet run" \
	"$ctl" trustlet run x -m a -f b
run 2 "unknown option" "unrecognized option" "$ctl" --colour
run 2 "count is no number" '"1x" is not a number' "$ctl" events --count 1x
run 2 "count is negative" '"-1" is not a number' "$ctl" events --count -1
run 2 "count overflows" "is not a number" \
	"$ctl" events --count 18446744073709551616
run 1 "status without the module" "the module is not loaded" "$ctl" status
run 1 "the same as JSON" '"errno":"ENOENT"' "$ctl" --json status
run 1 "events without the module" "the module is not loaded" "$ctl" events
run 1 "policy that is not there" "No such file" \
	"$ctl" policy load "$tmp/none"
run 1 "trustlet without the module" "the module is not loaded" \
	"$ctl" trustlet run "$tmp/out"
run 1 "file without signature" "no signature" "$ctl" file check "$tmp/out"
echo >"$tmp/sig"
run 1 "file without the module" "the module is not loaded" \
	"$ctl" file check "$tmp/out" -s "$tmp/sig"
run 1 "empty signature" "an empty signature" \
	"$ctl" file check "$tmp/sig" -s /dev/null
run 1 "digest that is none" "not sha256: with 64" \
	"$ctl" file digest sha256:00 -s "$tmp/sig"
run 1 "digest without signature" "no signature" "$ctl" file digest \
	sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
run 2 "digest of a file" "^Usage: vsmctl file digest" \
	"$ctl" file digest x --verity
run 2 "tlfs takes no argument" "^Usage: vsmctl tlfs" "$ctl" tlfs x
run 0 "tlfs without the module" "CPUID of this machine: vsm is not loaded" \
	"$ctl" tlfs
run 1 "daemon without the module" "cannot follow events" "$daemon"
run 2 "daemon with an argument" "^Usage: vsmd" "$daemon" x
"$ctl" --json check >"$tmp/json"
run 0 "check as JSON" "dma warning" python3 -c '
import json, sys
check = json.load(open(sys.argv[1]))
fatal = False
for f in check["findings"]:
	print(f["id"], f["level"], f["text"])
	fatal |= f["level"] == "fatal"
	assert f["level"] in ("ok", "info", "warning", "fatal")
	assert f["level"] in ("ok", "info") or f["remedy"]
assert check["ready"] == (not fatal)
' "$tmp/json"

# What is in the tables, in numbers that the TLFS gives, and nothing twice.
"$ctl" --json tlfs >"$tmp/json"
run 0 "tlfs as JSON" "HvCallSetVpRegisters 81 any 16+32" python3 -c '
import json, sys
tlfs = json.load(open(sys.argv[1]))
calls = tlfs["hypercalls"] + tlfs["vtl_switches"]
for c in tlfs["hypercalls"]:
	print(c["name"], c["code"],
	      {(0,): "VTL0", (1,): "VTL1", (0, 1): "any"}[tuple(c["vtls"])],
	      "%d+%d" % (c["header_bytes"], c["element_bytes"]))
	assert c["rep"] or not c["element_bytes"]
codes = {c["name"]: c["code"] for c in calls}
assert len(codes) == len(calls) == len(set(codes.values()))
assert codes["HvCallEnableVpVtl"] == 0xf
assert codes["HvCallVtlCall"] == 0x11 and codes["HvCallVtlReturn"] == 0x12
regs = {r["name"]: r for r in tlfs["registers"]}
assert len(regs) == len(tlfs["registers"]) > 20
assert regs["HvRegisterVsmPartitionConfig"]["number"] == 0xd0007
assert regs["HvRegisterVsmCapabilities"]["set"] == "no"
msrs = {m["name"]: m["number"] for m in tlfs["msrs"]}
assert msrs["HV_X64_MSR_HYPERCALL"] == 0x40000001
assert not [m for m in tlfs["msrs"] if m["name"] == "HV_X64_MSR_VP_INDEX"
	    and m["writable"]]
bits = {p["name"]: p["bit"] for p in tlfs["privileges"]}
assert bits["AccessVsm"] == 48 and bits["AccessHypercallMsrs"] == 5
assert "present" not in tlfs["privileges"][0] and tlfs["cpuid"] == []
' "$tmp/json"

# What the tool says is what the hypervisor is built from.
here=$(dirname "$0")
named=$(grep -c '^HVCALL(' "$here/../../kernel/hv/hvcalls.def")
run 0 "tlfs names every hypercall" "^$named$" \
	sh -c "$ctl tlfs | sed '/^VTL switches/,\$d' | grep -c '^  0x'"

# Driver and tool name reasons and remedies in the same words.  What is left
# out: formats, and the reason that only a driver can find.
missing=$(grep -o '"[^"]* [^"]*"' "$here/../../kernel/probe.c" |
	sed 's/^"//; s/"$//; s/\\n$//' | grep -v -e % -e '^vsm: ' \
	-e 'IA32_FEATURE_CONTROL cannot' -e 'hides VMX$' | while read -r text
do
	grep -qF "\"$text\"" "$here/../vsmctl/rules.c" || echo "$text"
done)
n=$((n + 1))
if [ -z "$missing" ]; then
	echo "ok $n the driver's reasons are known"
else
	echo "not ok $n the driver's reasons are known"
	echo "$missing" | sed 's/^/# /'
	failed=$((failed + 1))
fi

number()
{
	sed -n "s/^#define[ 	]*$1[ 	]*\([0-9]*\)$/\1/p" "$here/$2"
}

n=$((n + 1))
driver=$(number HV_MAX_CPUS ../../kernel/hv/boot.h)
tool=$(number MAX_CPUS ../vsmctl/facts.h)
if [ -n "$tool" ] && [ "$driver" = "$tool" ]; then
	echo "ok $n the driver's limit of CPUs is known"
else
	echo "not ok $n the driver's limit of CPUs is known"
	echo "# driver: $driver, tool: $tool"
	failed=$((failed + 1))
fi

[ $failed -eq 0 ] || echo "# $failed of $n failed"
[ $n -eq $plan ] || echo "# $n of $plan tests ran"
[ $failed -eq 0 ] && [ $n -eq $plan ]
