# SPDX-License-Identifier: GPL-2.0
#
# The development kit: a trustlet's Makefile is
#
#	NAME := hello
#	SRCS := main.c
#	include .../vtl1/mk/trustlet.mk
#
# "make" makes O/NAME.elf, "make sign KEYS=DIR" also O/NAME.signed.
# SK_TOP is this repository, or an installed copy of lib, uapi, scripts, vtl1.
SK_TOP ?= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
O ?= .
KEYS ?= $(SK_TOP)/keys
CC ?= gcc
LD ?= ld

ifeq ($(NAME),)
$(error set NAME to the name of the trustlet)
endif

trustlet_q := $(if $(filter 1,$(V)),,@)
trustlet_dir := $(O)/$(NAME)
trustlet_cflags := -std=gnu11 -O2 -ffreestanding -nostdinc -nostdlib \
	-isystem $(shell $(CC) -print-file-name=include) \
	-I$(SK_TOP)/vtl1/libtrustlet -I$(SK_TOP)/lib/include \
	-I$(SK_TOP)/uapi -fno-pic -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-ffunction-sections -Wall -Wextra -Wno-unused-parameter -Werror \
	-g0 -MMD -MP $(CFLAGS)
trustlet_srcs := $(SRCS) $(SK_TOP)/vtl1/libtrustlet/crt0.S \
	$(SK_TOP)/vtl1/libtrustlet/start.c $(SK_TOP)/lib/string.c \
	$(SK_TOP)/lib/printf.c
trustlet_objs := $(addprefix $(trustlet_dir)/,$(addsuffix .o,\
	$(basename $(notdir $(trustlet_srcs)))))

all: $(O)/$(NAME).elf

vpath %.c $(sort $(dir $(trustlet_srcs)))
vpath %.S $(sort $(dir $(trustlet_srcs)))

$(trustlet_dir)/%.o: %.c
	$(trustlet_q)mkdir -p $(@D)
	$(trustlet_q)$(CC) $(trustlet_cflags) -c -o $@ $<

$(trustlet_dir)/%.o: %.S
	$(trustlet_q)mkdir -p $(@D)
	$(trustlet_q)$(CC) $(trustlet_cflags) -c -o $@ $<

$(O)/$(NAME).elf: $(SK_TOP)/vtl1/mk/trustlet.lds $(trustlet_objs)
	$(trustlet_q)$(LD) -static -nostdlib --no-undefined -z noexecstack \
		-z max-page-size=4096 --gc-sections --build-id=none \
		--fatal-warnings -T $< -o $@ $(trustlet_objs)

sign: $(O)/$(NAME).signed

$(O)/$(NAME).signed: $(O)/$(NAME).elf
	$(trustlet_q)$(SK_TOP)/scripts/sign.sh --keys $(KEYS) trustlet $< $@

clean:
	rm -rf $(trustlet_dir) $(O)/$(NAME).elf $(O)/$(NAME).signed

.PHONY: all sign clean

-include $(trustlet_objs:.o=.d)
