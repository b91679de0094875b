// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vsm_probe: lets a test attack VTL1 and the hypervisor from the kernel of
 * VTL0.  Must never hide an access that succeeded.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/msr.h>

#include "internal.h"

static const u8 endbr_ret[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xc3 };

static unsigned long own_page;

static long ioctl_memory(struct vsm_probe_memory __user *arg)
{
	struct vsm_probe_memory req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_memory(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

/* Fresh each time, since a control probe writes to it. */
static long ioctl_own_page(__u64 __user *arg)
{
	memcpy((void *)own_page, endbr_ret, sizeof(endbr_ret));
	return put_user(virt_to_phys((void *)own_page), arg);
}

static long ioctl_hypercall(struct vsm_probe_hypercall __user *arg)
{
	struct vsm_probe_hypercall *req;
	long ret;

	req = memdup_user(arg, sizeof(*req));
	if (IS_ERR(req))
		return PTR_ERR(req);
	ret = probe_hypercall(req);
	if (!ret && copy_to_user(arg, req, sizeof(*req)))
		ret = -EFAULT;
	kfree(req);
	return ret;
}

static long ioctl_msr(struct vsm_probe_msr __user *arg)
{
	struct vsm_probe_msr req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.write)
		ret = wrmsrl_safe(req.msr, req.value);
	else
		ret = rdmsrl_safe(req.msr, &req.value);
	req.trapped = !!ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_insn(struct vsm_probe_insn __user *arg)
{
	struct vsm_probe_insn req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_insn(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_nmi(struct vsm_probe_nmi __user *arg)
{
	struct vsm_probe_nmi req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_nmi(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_spin(const struct vsm_probe_spin __user *arg)
{
	struct vsm_probe_spin req;

	return copy_from_user(&req, arg, sizeof(req)) ? -EFAULT :
							probe_spin(&req);
}

static long ioctl_ipi(const struct vsm_probe_ipi __user *arg)
{
	struct vsm_probe_ipi req;

	return copy_from_user(&req, arg, sizeof(req)) ? -EFAULT :
							probe_ipi(&req);
}

static long ioctl_early(const struct vsm_probe_early __user *arg, bool get)
{
	struct vsm_probe_early req;

	return copy_from_user(&req, arg, sizeof(req)) ? -EFAULT :
							probe_early(&req, get);
}

static long ioctl_loop(const __u64 __user *arg)
{
	u64 gpa;

	if (get_user(gpa, arg))
		return -EFAULT;
	if (!PAGE_ALIGNED(gpa) || !pfn_valid(PHYS_PFN(gpa)))
		return -EINVAL;
	probe_loop(__va(gpa));
	return 0;
}

static long ioctl_stale(struct vsm_probe_stale __user *arg)
{
	struct vsm_probe_stale req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_stale(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_remap(struct vsm_probe_remap __user *arg)
{
	struct vsm_probe_remap req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_remap(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_poke(struct vsm_probe_poke __user *arg)
{
	struct vsm_probe_poke req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_poke(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_scall(struct vsm_probe_scall __user *arg)
{
	struct vsm_probe_scall req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_scall(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_slots(struct vsm_probe_slots __user *arg)
{
	struct vsm_probe_slots req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	req.tried = 0;
	req.passed = 0;
	ret = probe_slots(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long ioctl_trampoline(struct vsm_probe_trampoline __user *arg)
{
	struct vsm_probe_trampoline req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = probe_trampoline(&req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

/* What an open file has; freed pages must be as they were allocated. */
struct probe_file {
	struct mutex lock;	/* guards the rest */
	struct page *pages;
	u32 order;
};

static int alloc_once(struct probe_file *pf, struct vsm_probe_pages *req)
{
	guard(mutex)(&pf->lock);
	if (pf->pages)
		return -EBUSY;
	pf->pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, req->order);
	if (!pf->pages)
		return -ENOMEM;
	pf->order = req->order;
	req->gpa = page_to_phys(pf->pages);
	req->va = (unsigned long)page_address(pf->pages);
	return 0;
}

static long ioctl_pages(struct probe_file *pf,
			struct vsm_probe_pages __user *arg)
{
	struct vsm_probe_pages req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.order > VSM_PROBE_MAX_ORDER || req.rsvd)
		return -EINVAL;
	ret = alloc_once(pf, &req);
	if (ret)
		return ret;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static int probe_open(struct inode *inode, struct file *file)
{
	struct probe_file *pf = kzalloc(sizeof(*pf), GFP_KERNEL);

	if (!pf)
		return -ENOMEM;
	mutex_init(&pf->lock);
	file->private_data = pf;
	return 0;
}

static int probe_release(struct inode *inode, struct file *file)
{
	struct probe_file *pf = file->private_data;

	if (pf->pages)
		__free_pages(pf->pages, pf->order);
	kfree(pf);
	return 0;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VSM_PROBE_IOC_MEMORY:
		return ioctl_memory(uarg);
	case VSM_PROBE_IOC_OWN_PAGE:
		return ioctl_own_page(uarg);
	case VSM_PROBE_IOC_HYPERCALL:
		return ioctl_hypercall(uarg);
	case VSM_PROBE_IOC_MSR:
		return ioctl_msr(uarg);
	case VSM_PROBE_IOC_INSN:
		return ioctl_insn(uarg);
	case VSM_PROBE_IOC_PAGES:
		return ioctl_pages(file->private_data, uarg);
	case VSM_PROBE_IOC_NMI:
		return ioctl_nmi(uarg);
	case VSM_PROBE_IOC_SPIN:
		return ioctl_spin(uarg);
	case VSM_PROBE_IOC_IPI:
		return ioctl_ipi(uarg);
	case VSM_PROBE_IOC_EARLY:
		return ioctl_early(uarg, false);
	case VSM_PROBE_IOC_RESULTS:
		return ioctl_early(uarg, true);
	case VSM_PROBE_IOC_LOOP:
		return ioctl_loop(uarg);
	case VSM_PROBE_IOC_STALE:
		return ioctl_stale(uarg);
	case VSM_PROBE_IOC_POKE:
		return ioctl_poke(uarg);
	case VSM_PROBE_IOC_SLOTS:
		return ioctl_slots(uarg);
	case VSM_PROBE_IOC_SCALL:
		return ioctl_scall(uarg);
	case VSM_PROBE_IOC_TRAMPOLINE:
		return ioctl_trampoline(uarg);
	case VSM_PROBE_IOC_REMAP:
		return ioctl_remap(uarg);
	default:
		return -ENOTTY;
	}
}

static int probe_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations probe_fops = {
	.owner = THIS_MODULE,
	.open = probe_open,
	.release = probe_release,
	.unlocked_ioctl = probe_ioctl,
	.mmap = probe_mmap,
};

static struct miscdevice probe_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vsm_probe",
	.mode = 0600,
	.fops = &probe_fops,
};

static int __init probe_init(void)
{
	int ret;

	own_page = get_zeroed_page(GFP_KERNEL);
	if (!own_page)
		return -ENOMEM;
	ret = probe_hypercall_init();
	if (ret)
		goto err_free_page;
	probe_execute_init();
	ret = probe_stress_init();
	if (ret)
		goto err_exit_execute;
	ret = probe_early_init();
	if (ret)
		goto err_exit_stress;
	ret = misc_register(&probe_dev);
	if (ret)
		goto err_exit_early;
	return 0;

err_exit_early:
	probe_early_exit();
err_exit_stress:
	probe_stress_exit();
err_exit_execute:
	probe_execute_exit();
	probe_hypercall_exit();
err_free_page:
	free_page(own_page);
	return ret;
}
module_init(probe_init);

static void __exit probe_exit(void)
{
	misc_deregister(&probe_dev);
	probe_trampoline_exit();
	probe_early_exit();
	probe_stress_exit();
	probe_execute_exit();
	probe_hypercall_exit();
	free_page(own_page);
}
module_exit(probe_exit);

MODULE_DESCRIPTION("Attacks on VTL1 and the hypervisor, for tests only");
MODULE_LICENSE("GPL");
