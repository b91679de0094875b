#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The table of what code.sh printed: instructions, intercepts, VTL calls."""
import json
import sys


def rounds(path):
    found = {"before": {}, "after": {}}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("{"):
                continue
            result = json.loads(line)
            if result["what"] in found:
                found[result["what"]].setdefault(
                    result["name"], []).append(result)
    return found


def least(results):
    return min(results, key=lambda r: r["ticks"])


def main():
    found = rounds(sys.argv[1])
    if not found["after"] or found["before"].keys() != found["after"].keys():
        sys.exit("code_report: results are missing")
    print(f"{'ticks':30} {'without vsm':>13} {'enforced':>13} "
          f"{'intercepts':>11} {'VTL calls':>10} {'other exits':>12}")
    for name, before in found["before"].items():
        after = least(found["after"][name])
        exits = dict(after["exits"])
        # A call is one VMCALL, and its return another.
        calls = exits.pop("VMCALL", 0) // 2
        intercepts = exits.pop("EPT_VIOLATION", 0)
        print(f"{name:30} {least(before)['ticks']:13,} {after['ticks']:13,} "
              f"{intercepts:11,} {calls:10,} {sum(exits.values()):12,}")


main()
