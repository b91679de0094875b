# SPDX-License-Identifier: GPL-2.0
"""Lines of code, without blank lines and comments, per program.

What is generated or comes from elsewhere is counted apart or not at all.
"""
import glob
import os
import re

# A string or a character may hold what looks like a comment.
C_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)

PROGRAMS = (
    ("hypervisor", ("kernel/hv/*.[chS]", "kernel/hv/vmx/*.[chS]",
                    "kernel/hv/*.lds")),
    ("freestanding library", ("lib/**/*.[chS]",)),
    ("secure kernel", ("vtl1/sk/**/*.[chS]", "vtl1/sk/*.lds")),
    ("driver", ("kernel/*.[chS]",)),
    ("contracts (uapi)", ("uapi/**/*.h",)),
    ("trustlet kit, trustlets", ("vtl1/libtrustlet/**/*.[chS]",
                                 "vtl1/trustlets/**/*.[chS]",
                                 "vtl1/mk/*")),
    ("libvsm", ("userspace/libvsm/*.[ch]",)),
    ("vsmd", ("userspace/vsmd/*.[ch]",)),
    ("vsmctl", ("userspace/vsmctl/*.[ch]",)),
    ("vsm-policy", ("policy/*.[ch]",)),
    ("build and scripts", ("Makefile", "Kbuild", "*/Makefile",
                           "kernel/hv/Makefile", "kernel/hv/*.sh",
                           "vtl1/*.sh", "scripts/*")),
    ("tests", ("selftests/**/*", "policy/tests/*", "userspace/tests/*")),
)


def strip_c(text):
    """A comment becomes nothing but its line ends; strings stay."""
    def keep(match):
        token = match.group(0)
        return "\n" * token.count("\n") if token[0] == "/" else token
    return C_TOKEN.sub(keep, text)


def count_file(path):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError:
        return 0
    if re.search(r"\.([chS]|lds)$", path):
        text = strip_c(text)
        lines = text.splitlines()
    else:
        lines = [line for line in text.splitlines()
                 if not line.lstrip().startswith("#")]
    return sum(1 for line in lines if line.strip())


def generated(path):
    return path.endswith(".mod.c") or "/.checkpatch" in path


def count(repo):
    """[(program, lines)], each file once, with the first that claims it."""
    seen, result = set(), []
    for name, patterns in PROGRAMS:
        lines = 0
        for pattern in patterns:
            for path in glob.glob(os.path.join(repo, pattern),
                                  recursive=True):
                if (path in seen or generated(path) or
                        not os.path.isfile(path)):
                    continue
                seen.add(path)
                lines += count_file(path)
        result.append((name, lines))
    return result


def count_mbedtls(out):
    """Sources of Mbed TLS that the secure kernel was linked from."""
    sources = set()
    for path in glob.glob(os.path.join(out, "vtl1/mbedtls/*.d")):
        with open(path, encoding="utf-8") as file:
            match = re.search(r":\s*(\S+\.c)", file.read())
        if match and os.path.exists(match.group(1)):
            sources.add(match.group(1))
    return sum(count_file(path) for path in sources)
