#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One table, or JSON, of what box.sh printed and of what was built.

It judges nothing but the aims, and those only by showing them next to what was
seen.
"""
import argparse
import json
import os
import statistics
import subprocess

import sloc

MIB = 1 << 20
# Exits that the SDM makes unconditional (Intel 64 and IA-32 SDM, "Instructions
# That Cause VM Exits Unconditionally").
UNCONDITIONAL = {
    "CPUID", "GETSEC", "INVD", "XSETBV", "VMCALL", "VMCLEAR", "VMLAUNCH",
    "VMPTRLD", "VMPTRST", "VMREAD", "VMRESUME", "VMWRITE", "VMOFF", "VMON",
    "INVEPT", "INVVPID", "INIT_SIGNAL", "SIPI_SIGNAL", "TRIPLE_FAULT",
}

LOOP_NAMES = {"cpuid": "CPUID", "invalid": "VMCALL, invalid hypercall code",
              "null": "null VTL call and return"}
WITH_LIBC = "fork, exec, static libc"


def read_raw(path):
    """Results, and the files of debugfs as {file: {key: value}}."""
    results, files = [], {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line.startswith("{"):
                results.append(json.loads(line))
                continue
            words = line.split(None, 2)
            if len(words) == 3:
                files.setdefault(words[0], {})[words[1]] = words[2]
    return results, files


def pick(results, what, name=None):
    return [r for r in results if r["what"] == what and
            (name is None or r["name"] == name)]


def least(rounds):
    return min(r["ticks"] for r in rounds)


def spread(rounds):
    """How far apart rounds are that should be the same."""
    return max(r["ticks"] for r in rounds) - least(rounds)


def most_exits(rounds):
    """Per reason, the round that had most."""
    exits = {}
    for r in rounds:
        for reason, count in r["exits"].items():
            exits[reason] = max(count, exits.get(reason, 0))
    return exits


def workloads(results):
    rows = []
    for first in pick(results, "before"):
        name = first["name"]
        if any(row["name"] == name for row in rows):
            continue
        before = pick(results, "before", name)
        after = pick(results, "after", name)
        rows.append({
            "name": name,
            "ops": first["ops"],
            "before": least(before),
            "after": least(after),
            "difference": least(after) - least(before),
            "spread": max(spread(before), spread(after)),
            "exits": most_exits(after),
        })
    return rows


def per_op(batches, ops, empty):
    return statistics.median(batches) / ops - empty


def loops(results):
    """What one instruction costs beyond the loop around it, in ticks."""
    loop = {r["name"]: r for r in pick(results, "loop")}
    exits = {r["name"]: r["exits"] for r in pick(results, "loop exits")}
    ops = loop["empty"]["ops"]
    # The empty loop has a NOP where the others have their instruction.
    empty = per_op(loop["empty"]["batches"], ops, 1)
    rows = {}
    for name in ("cpuid", "invalid", "null"):
        batches = loop[name]["batches"]
        rows[name] = {
            "ticks": per_op(batches, ops, empty),
            "root": per_op(batches, ops, empty) - 1,
            "worst": max(batches) / ops - empty,
            "ops": ops * len(batches),
            "exits": exits[name],
        }
    # The mean: with several processors the emulator's time stamps advance in
    # steps.  Reading and keeping the two takes VTL1 about as long as what it
    # does before the first and after the last of them.
    vtl1 = statistics.mean(loop["timed"]["batches"]) / ops
    null = rows["null"]
    null["vtl0"] = 1  # VMCALL
    null["vtl1"] = vtl1
    null["root"] = null["ticks"] - null["vtl0"] - vtl1
    return rows


def kvm(results):
    """The same of the kernel's own hypervisor; all of it in root mode."""
    loop = {r["name"]: r for r in pick(results, "kvm")}
    ops = loop["empty"]["ops"]
    # As above; the empty loop has the run's beginning and end, too.
    empty = per_op(loop["empty"]["batches"], ops, 1)
    # Of what is left, one is the guest's instruction.
    return {name: per_op(loop[name]["batches"], ops, empty) - 1
            for name in ("cpuid", "vmcall")}


def vmx_ops(results, rows):
    """VMX instructions for one of the instructions that a loop is made of."""
    counted = {}
    for name, row in rows.items():
        loop = pick(results, "counted loop", name)[0]
        # The null loop makes one call more, before it is timed.
        ops = sum(loop["exits"].values()) / exits_each(name)
        assert ops >= row["ops"], (name, ops)
        counted[name] = {op: count / ops for op, count in
                         loop["vmx"].items()}
    return counted


def exits_each(name):
    return 2 if name == "null" else 1


def secure(results):
    rows = []
    for first in pick(results, "secure"):
        name = first["name"]
        if any(row["name"] == name for row in rows):
            continue
        rounds = pick(results, "secure", name)
        rows.append({
            "name": name,
            "ops": first["ops"],
            "ticks": least(rounds) / first["ops"],
            "exits": {reason: count / first["ops"] for reason, count
                      in most_exits(rounds).items()},
        })
    return rows


def sections(path):
    """{section: bytes} of an ELF file."""
    out = subprocess.run(["size", "-A", "-d", path], check=True,
                         capture_output=True, text=True).stdout
    sizes = {}
    for line in out.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith("."):
            sizes[words[0]] = int(words[1])
    return sizes


def memory(files, repo, out):
    status, hv = files["status"], files["hypervisor"]
    large = int(hv["ept_large_leaf_bytes"])
    small = int(hv["ept_small_leaf_bytes"])
    ram = int(files["box"]["memory"]) << 10
    signed = os.path.join(out, "firmware/vsm/sk.signed")
    return {
        "hv_bytes": int(status["hv_bytes"]),
        "vtl1_bytes": int(status["vtl1_bytes"]),
        "vtl1_free": int(status["vtl1_free"]),
        "ept_bytes": int(hv["ept_bytes"]),
        "ept_large_share": large / (large + small),
        # As if all that is mapped in small leaves were RAM.
        "ept_large_share_of_ram": 1 - small / ram,
        "ept_small_leaf_bytes": small,
        "hv_image": sections(os.path.join(repo, "kernel/hv/hv.elf")),
        "sk_image": sections(os.path.join(out, "vtl1/sk.elf")),
        "sk_signed_bytes": os.path.getsize(signed),
    }


def counts_instructions(box):
    """Bochs does, with one processor; with more it counts its own turns."""
    return box["machine"] == "emulator" and box["cpus"] == "1"


def avoidable(exits):
    return {reason: count for reason, count in exits.items()
            if reason not in UNCONDITIONAL}


def aims(data):
    """[(what, aim, seen, met)]"""
    rows = []
    by_name = {row["name"]: row for row in data["workloads"]}
    for name, row in by_name.items():
        exits = row["exits"]
        # A program with a C library executes CPUID when it starts.
        if name == WITH_LIBC:
            exits = avoidable(exits)
        rows.append((f"VM exits, {name}" if name != WITH_LIBC else
                     f"avoidable VM exits, {name}", "0",
                     format_exits(exits), not exits))
    if counts_instructions(data["box"]):
        root = data["loops"]["cpuid"]["root"]
        rows.append(("CPUID, root mode", "<= 100", f"{root:.0f}",
                     root <= 100))
        ticks = data["loops"]["null"]["ticks"]
        rows.append(("null VTL call and return, all", "<= 350",
                     f"{ticks:.0f}", ticks <= 350))
    flushes = sum(data["vmx_ops"]["null"][op] for op in ("invept", "invvpid"))
    rows.append(("INVEPT and INVVPID, VTL switch", "0", f"{flushes:.0f}",
                 not flushes))
    share = 100 * data["memory"]["ept_large_share_of_ram"]
    rows.append(("RAM in leaves of 2 MiB or more", ">= 99 %",
                 f"{share:.2f} %", share >= 99))
    text = data["memory"]["hv_image"][".text"]
    rows.append(("hypervisor text", "< 65,536 bytes", f"{text:,}",
                 text < 65536))
    total = data["memory"]["hv_bytes"] + data["memory"]["vtl1_bytes"]
    rows.append(("memory reserved", "<= 16.0 MiB",
                 f"{total / MIB:.1f} MiB", total <= 16 * MIB))
    return rows


def collect(args):
    results, files = read_raw(args.raw)
    launch = {cpu.split(".")[0]: int(ticks)
              for cpu, ticks in files["hypervisor"].items()
              if cpu.endswith(".launch_ticks")}
    data = {
        "box": files["box"],
        "takeover": {
            "insmod": pick(results, "load")[0]["ticks"],
            "insmod_exits": pick(results, "load")[0]["exits"],
            "rmmod": pick(results, "unload")[0]["ticks"],
            "launch": launch,
        },
        "workloads": workloads(results),
        "loops": loops(results),
        "kvm": kvm(results),
        "secure": secure(results),
        "memory": memory(files, args.repo, args.out),
        "lines": dict(sloc.count(args.repo)),
    }
    data["vmx_ops"] = vmx_ops(results, data["loops"])
    mbedtls = sloc.count_mbedtls(args.out)
    if mbedtls:
        data["lines"]["Mbed TLS, as linked"] = mbedtls
    data["aims"] = [dict(zip(("what", "aim", "seen", "met"), row))
                    for row in aims(data)]
    return data


# --- table -------------------------------------------------------------------

def format_exits(exits):
    def number(count):
        return f"{count:,}" if isinstance(count, int) else f"{count:,.2f}"
    return ", ".join(f"{reason} {number(count)}" for reason, count
                     in sorted(exits.items(), key=lambda e: -e[1])) or "0"


def head(title, *columns):
    print()
    print(title)
    if columns:
        print("  " + "".join(columns))


def line(name, value, note=""):
    print(f"  {name:<34}{value:>14}  {note}".rstrip())


def print_takeover(takeover):
    head("TAKEOVER, in ticks")
    line("insmod, everything", f"{takeover['insmod']:,}",
         f"VM exits: {format_exits(takeover['insmod_exits'])}")
    for cpu, ticks in takeover["launch"].items():
        line(f"  in the hypervisor, {cpu}", f"{ticks:,}")
    line("rmmod, everything", f"{takeover['rmmod']:,}")


def print_workloads(rows):
    head("WORKLOADS, in ticks but for those halted; least of the rounds, their "
         "spread, and most VM exits")
    print(f"  {'':<25}{'ops':>11}{'before':>13}{'after':>13}"
          f"{'difference':>12}{'%':>8}{'per op':>10}{'spread':>11}  VM exits")
    for row in rows:
        percent = 100 * row["difference"] / row["before"]
        each = row["difference"] / row["ops"]
        print(f"  {row['name']:<25}{row['ops']:>11,}"
              f"{row['before']:>13,}{row['after']:>13,}"
              f"{row['difference']:>+12,}{percent:>+8.2f}{each:>+10.1f}"
              f"{row['spread']:>11,}  {format_exits(row['exits'])}")


def print_loops(rows):
    head("ONE INSTRUCTION AND WHAT IT CAUSES, in ticks; median of batches")
    for name, row in rows.items():
        each = {reason: count / row["ops"]
                for reason, count in row["exits"].items()}
        line(LOOP_NAMES[name], f"{row['ticks']:,.1f}",
             f"worst batch {row['worst']:,.1f}; VM exits each: "
             f"{format_exits(each)}")
    null = rows["null"]
    line("  of that in root mode", f"{null['root']:,.1f}")
    line("  of that in VTL1", f"{null['vtl1']:,.1f}")
    line("  of that in VTL0", f"{null['vtl0']:,.1f}", "VMCALL")


def print_comparison(data):
    head("ROOT MODE, PER OPERATION; VMX instructions counted in a build of the "
         "hypervisor for that only")
    columns = ("vmread", "vmwrite", "vmptrld", "vmclear", "invept", "invvpid")
    print(f"  {'':<34}{'ticks':>8}{'KVM':>8}" +
          "".join(f"{name.upper():>9}" for name in columns))
    for name, row in data["loops"].items():
        there = data["kvm"].get({"invalid": "vmcall"}.get(name, name))
        other = f"{there:,.0f}" if there is not None else "-"
        counts = data["vmx_ops"][name]
        print(f"  {LOOP_NAMES[name]:<34}{row['root']:>8,.0f}{other:>8}" +
              "".join(f"{counts[column]:>9.1f}" for column in columns))
    print("  VMRESUME: one for each VM exit.  KVM: /dev/kvm of this kernel, "
          "no takeover")


def print_secure(rows):
    head("SECURE CALLS FROM A PROCESS, in ticks each")
    for row in rows:
        line(row["name"], f"{row['ticks']:,.0f}",
             f"VM exits each: {format_exits(row['exits'])}")


def print_memory(mem):
    head("MEMORY, in bytes")
    line("reserved, hypervisor", f"{mem['hv_bytes']:,}")
    line("reserved, VTL1", f"{mem['vtl1_bytes']:,}",
         f"{mem['vtl1_free']:,} of it free")
    line("EPTs of both VTLs", f"{mem['ept_bytes']:,}")
    line("in leaves of 2 MiB or more, RAM",
         f"{100 * mem['ept_large_share_of_ram']:.2f} %",
         f"{mem['ept_small_leaf_bytes']:,} bytes in smaller ones")
    line("  and all that is mapped", f"{100 * mem['ept_large_share']:.2f} %")
    for image, name in (("hv_image", "hypervisor"),
                        ("sk_image", "secure kernel")):
        for section, size in mem[image].items():
            line(f"{name}, {section}", f"{size:,}")
    line("secure kernel, signed file", f"{mem['sk_signed_bytes']:,}")


def print_lines(lines):
    head("LINES OF CODE, without blank lines and comments")
    for name, count in lines.items():
        line(name, f"{count:,}")


def print_aims(rows):
    head("AIMS")
    print(f"  {'':<46}{'aim':>16}{'seen':>16}")
    for row in rows:
        print(f"  {row['what']:<46}{row['aim']:>16}{row['seen']:>16}"
              f"{'' if row['met'] else '  missed'}")


def print_table(data):
    box = data["box"]
    print(f"Linux {box['kernel']}, {box['cpus']} CPUs, "
          f"{int(box['memory']) >> 10} MiB")
    if counts_instructions(box):
        print("Bochs with one processor: a tick is an instruction")
    elif box["machine"] == "emulator":
        print("Bochs with several processors: a tick is no instruction, only "
              "VM exits count")
    else:
        print("KVM: a tick is of the time stamp counter")
    print_takeover(data["takeover"])
    print_workloads(data["workloads"])
    print_loops(data["loops"])
    print_comparison(data)
    print_secure(data["secure"])
    print_memory(data["memory"])
    print_lines(data["lines"])
    print_aims(data["aims"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", required=True, help="output of box.sh")
    parser.add_argument("--out", required=True, help="build directory")
    parser.add_argument("--repo", required=True, help="this repository")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    data = collect(args)
    if args.json:
        print(json.dumps(data, indent=2))
    else:
        print_table(data)


if __name__ == "__main__":
    main()
