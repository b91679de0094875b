/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Loader block: what the driver hands to the secure kernel at its first VTL
 * call.  One page in VTL1 memory, filled by the driver before the secure
 * kernel protects that memory, read once by sk and scrubbed after use.
 *
 * First VTL call on VP 0: RDI = VSM_SC_INIT, RSI = GPA of this block.  The
 * initial VP context (64-bit mode, paging on, IF = 0) runs at the ELF entry
 * point on page tables made by the driver: the image at its link address
 * (VSM_SK_BASE + offset, chunk 0 of vtl1[], writable and executable, 2 MiB
 * pages) and, at its physical address, all of vtl1[].  sk builds its own page
 * tables and leaves these at once.
 */
#ifndef _VSM_LOADER_H
#define _VSM_LOADER_H

#include <linux/types.h>

#define VSM_LOADER_MAGIC	0x4b4c424c4d535631ULL
#define VSM_LOADER_VERSION	1

/* Link address of the secure kernel image; the ELF's lowest p_vaddr. */
#define VSM_SK_BASE		0xffffff8000000000ULL

#define VSM_LOADER_MAX_VTL1	16
#define VSM_LOADER_MAX_HV	16
#define VSM_LOADER_MAX_RAM	96

struct vsm_range {
	__u64 base;		/* physical, page aligned */
	__u64 size;		/* bytes, page multiple */
};

#define VSM_LOADER_FLAG_MBEC	(1U << 0)	/* the processor has MBEC */
#define VSM_LOADER_FLAG_DEBUG	(1U << 1)	/* development: run self tests */

struct vsm_loader_block {
	__u64 magic;		/* VSM_LOADER_MAGIC */
	__u32 version;		/* VSM_LOADER_VERSION */
	__u32 size;		/* sizeof(struct vsm_loader_block) */
	__u32 flags;		/* VSM_LOADER_FLAG_* */
	__u32 nr_vps;		/* VPs to enable now: 0 .. nr_vps - 1 */
	__u32 max_vps;		/* highest VP index + 1 that may ever come */
	__u32 rsvd;		/* MBZ */
	__u64 tsc_khz;
	__u64 tsc_base;		/* TSC at wallclock_sec */
	__u64 wallclock_sec;	/* seconds since 1970, UTC */
	__u64 image_size;	/* bytes of chunk 0 that the image occupies,
				 * page multiple; the rest up to boot_base is
				 * free memory
				 */
	__u64 boot_base;	/* GPA: from here to the end of chunk 0 lie this
				 * block, boot page tables and boot stack; free
				 * once sk has left them
				 */
	__u8 entropy[64];	/* from Linux's pool before anything is hostile;
				 * to be mixed with RDRAND
				 */
	__u8 image_sha256[32];	/* of the signed payload, as verified */
	__u32 nr_vtl1;
	__u32 nr_hv;
	__u32 nr_ram;
	__u32 rsvd2;		/* MBZ */
	struct vsm_range vtl1[VSM_LOADER_MAX_VTL1];	/* sk's own memory */
	struct vsm_range hv[VSM_LOADER_MAX_HV];		/* never touch */
	struct vsm_range ram[VSM_LOADER_MAX_RAM];	/* System RAM, incl. the
							 * two above
							 */
};

#endif /* _VSM_LOADER_H */
