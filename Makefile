# SPDX-License-Identifier: GPL-2.0
#
# Entry to everything.  Kbuild describes the module itself; each program has a
# Makefile of its own.  "make help" lists the targets.
#
# The targets that need an emulated box build and run inside the tool root
# (scripts/toolroot), so that they work on any Debian-like host.
#
#   KDIR=DIR     kernel headers or build tree to build vsm.ko for
#   KERNEL=V     or: kernel version (default: the running one; in the tool
#                root: its newest -amd64 one)
#   O=DIR        where programs and results go (default build)
#   KEYS=DIR     signing keys (default keys, made when missing)
#   MBEDTLS=DIR  sources of Mbed TLS 3.6 for the secure kernel
#   KSRC=DIR     sources of Linux 6.12, whose instruction decoder it has
#   VSM_ROOT=DIR a ready tool root; VSM_CACHE=DIR where to make it
#   CPUS=N MEMORY=MB  of the box of run and shell
#   BENCH=OPTIONS of selftests/bench/run, for bench
#   V=1          show commands

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

ifdef VSM_IN_TOOLROOT
O ?= build/box
ifndef KERNEL
KERNEL := $(shell ls /boot | sed -n 's/^vmlinuz-//p' | \
	grep -v -e -cloud- -e -rt- | sort -V | tail -n 1)
endif
else
O ?= build
KERNEL_SET := $(KERNEL)
KERNEL ?= $(shell uname -r)
endif
KDIR ?= /lib/modules/$(KERNEL)/build
KEYS ?= keys
CPUS ?= 2
MEMORY ?= 1024
JOBS ?= $(shell nproc)

# Every tool root has them.
MBEDTLS ?= $(firstword $(wildcard /usr/src/mbedtls \
	$(CURDIR)/build/toolroot-*/usr/src/mbedtls))
decoder := tools/arch/x86/lib/insn.c
KSRC ?= $(patsubst %/$(decoder),%,$(lastword $(sort $(wildcard \
	$(CURDIR)/build/toolroot-*/usr/src/linux-source-*/$(decoder) \
	/usr/src/linux-source-*/$(decoder)))))

override O := $(abspath $(O))
override KEYS := $(abspath $(KEYS))
SIGN_FILE := $(firstword $(wildcard $(KDIR)/scripts/sign-file \
	/usr/lib/linux-kbuild-*/scripts/sign-file))
# /lib/firmware as the box, and an installation, see it
FIRMWARE := $(O)/firmware/vsm

export SIGN_FILE KEYS
BOX := $(if $(KERNEL_SET),KERNEL=$(KERNEL_SET)) scripts/in-toolroot --
PART := $(MAKE) -j$(JOBS) O=$(O) KEYS=$(KEYS) KDIR=$(KDIR) KERNEL=$(KERNEL)
# Kbuild has another idea of what O is.
MODULE := $(MAKE) -j$(JOBS) -C $(KDIR) O= M=$(CURDIR) VSM_KEYS=$(KEYS)

# Say what failed and the remedy, then fail.
define failed
{ echo 'vsm: $(1)' >&2; exit 1; }
endef

all: modules vtl1 userspace policy ## build vsm.ko, secure kernel, user space, policies

modules: headers keys ## vsm.ko for KDIR
	@$(MODULE) modules || \
		$(call failed,vsm.ko: the module build above failed)

vtl1: headers keys mbedtls decoder ## secure kernel and trustlets, signed
	@$(PART) -C vtl1 MBEDTLS=$(MBEDTLS) KSRC=$(KSRC) || \
		$(call failed,vtl1: the build above failed)

userspace: libraries ## vsmd, vsmctl, libvsm
	@$(PART) -C userspace || \
		$(call failed,userspace: the build above failed)

policy: keys ## vsm-policy, and the example policies compiled and signed
	@$(PART) -C policy || $(call failed,policy: the build above failed)
	@mkdir -p $(O)/policies
	@for text in policy/examples/*.policy; do \
		name=$$(basename $$text .policy); \
		out=$(O)/policies/$$name; \
		[ $$out.signed -nt $$text ] && \
		[ $$out.signed -nt $(O)/policy/vsm-policy ] && continue; \
		echo "  POLICY  $$out.signed"; \
		$(O)/policy/vsm-policy compile $$text $$out.bin && \
		scripts/sign.sh --keys $(KEYS) policy $$out.bin $$out.signed \
			|| exit 1; \
	done || $(call failed,policy: compiling or signing above failed)

keys: | $(KEYS)/root.der ## development root and signing certificates, once

$(KEYS)/root.der:
	@command -v openssl > /dev/null || \
		$(call failed,keys: openssl is missing; apt-get install openssl)
	@echo "  KEYS    $(KEYS)"
	@scripts/keys.sh $(KEYS)

headers:
	@[ -e $(KDIR)/Makefile ] || $(call failed,no kernel headers in \
		$(KDIR); install linux-headers-$(KERNEL) or give KDIR=DIR \
		("make box" builds in the tool root and needs none))

libraries:
	@pkg-config --exists libnl-genl-3.0 json-c libsystemd || \
		$(call failed,libraries of vsmd and vsmctl are missing; apt-get \
		install pkgconf libnl-genl-3-dev libjson-c-dev libsystemd-dev \
		libssl-dev ("make box" builds in the tool root and needs none))

mbedtls:
	@[ -n "$(MBEDTLS)" ] && [ -e "$(MBEDTLS)/library/sha512.c" ] || \
		$(call failed,sources of Mbed TLS 3.6 not found; give \
		MBEDTLS=DIR or run scripts/toolroot whose result has them)

decoder:
	@[ -n "$(KSRC)" ] && [ -e "$(KSRC)/$(decoder)" ] || \
		$(call failed,the sources of Linux were not found that have its \
		instruction decoder; unpack linux-source-6.12 in /usr/src or \
		give KSRC=DIR or run scripts/toolroot whose result has them)

box: ## as "all", inside the tool root, for the kernel of the box
	@$(BOX) $(MAKE) all selftests

run: ## demonstration on an emulated box, from takeover to release
	@$(BOX) $(MAKE) all selftests
	@$(BOX) selftests/vm/demo --cpus $(CPUS) --memory $(MEMORY)

check: ## every test; ends with the counts
	@$(BOX) scripts/check

suites: ## tests that take an hour or two: stress, the kernel's own, large modules
	@$(BOX) $(MAKE) all selftests
	@$(BOX) selftests/vm/matrix code-stress-long code-livepatch \
		code-ftrace code-largest

shell: ## root shell on an emulated, demoted box
	@$(BOX) $(MAKE) all selftests
	@$(BOX) selftests/vm/run --cpus $(CPUS) --memory $(MEMORY) --demote \
		--shell

bench: ## the numbers, as a table
	@$(BOX) $(MAKE) all selftests
	@$(BOX) selftests/bench/run $(BENCH)

lint: ## sparse, checkpatch, W=1 and shellcheck
	@$(BOX) scripts/lint

host-test: ## tests of the parts that run on any host
	@$(BOX) $(MAKE) host-test-here

# The rest is run inside the tool root by the targets above.
host-test-here: userspace policy
	@$(PART) -C policy check
	@$(PART) -C userspace check
	@if [ -e selftests/host/Makefile ]; then \
		$(PART) -C selftests/host check; fi

selftests: userspace
	@$(PART) -C selftests install INSTALL_PATH=$(O)/selftests/install

install: all ## module, firmware and programs onto this machine (as root)
	@$(MODULE) INSTALL_MOD_PATH=$(DESTDIR) modules_install
	install -D -m 0644 -t $(DESTDIR)/lib/firmware/vsm $(FIRMWARE)/*
	@$(PART) -C userspace install DESTDIR=$(DESTDIR)
	@$(PART) -C policy install DESTDIR=$(DESTDIR)
	@[ -n "$(DESTDIR)" ] || depmod $(KERNEL)

clean: ## what was built, but neither keys nor tool root
	@[ ! -e $(KDIR)/Makefile ] || \
		$(MODULE) clean > /dev/null
	rm -rf build/box build/vm build/firmware build/policies build/policy \
		build/selftests build/userspace build/vtl1

help: ## this list
	@sed -n '/^#   [A-Z]/,/^$$/s/^# //p' Makefile | sed '1i Variables:'
	@echo Targets:
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

.PHONY: all modules vtl1 userspace policy keys headers libraries mbedtls \
	decoder box run check suites shell bench lint host-test host-test-here \
	selftests install clean help
