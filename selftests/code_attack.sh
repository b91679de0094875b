#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Attacks of VTL0's kernel against enforced code integrity: the attacking module
# comes first, as whoever owns the kernel was there before vsm.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_unloaded
[ -x "$here/code_attack" ] || skip "no code_attack"
[ -e "$here/vsm_probe.ko" ] || skip "no vsm_probe.ko"

if ! insmod "$here/vsm_probe.ko" || ! load hvci=enforce baseline=trust; then
	ktap_print_header
	ktap_exit_fail_msg "vsm.ko did not load with hvci=enforce"
fi
# Taking a processor from Linux flips keys: code_patch.sh tries that.
"$here/code_attack" -T a_processor_is_not_started_elsewhere \
	-T a_processor_that_starts_is_not_led_elsewhere
ret=$?
if ! unload || ! rmmod vsm_probe; then
	ret=1
fi
exit $ret
