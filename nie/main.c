// SPDX-License-Identifier: GPL-2.0-only
/*
 * nie.ko: load EL2 with NIE. Owns: the order of loading and its undoing, and the module's
 * parameters.
 *
 *	probe -> attach KVM -> reserve -> place -> take over -> seal
 *
 * Any failure undoes all that came before: EL2 is the hyp-stub's again, and KVM installs itself
 * anew. In a crash kernel it does nothing of this: vmcore.c.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include "nie.h"

static bool host_only;
module_param(host_only, bool, 0444);
MODULE_PARM_DESC(host_only, "leave KVM alone: put the host under stage-2, run no VM (any arm64 kernel)");

static bool debug_unload;
module_param(debug_unload, bool, 0444);
MODULE_PARM_DESC(debug_unload, "tests only: let rmmod give EL2 back, and offer DEBUG host calls");

static int fail_step;
module_param(fail_step, int, 0444);
MODULE_PARM_DESC(fail_step, "tests only: fail this step of loading (1 probe .. 8 seal)");

static char *deny;
module_param(deny, charp, 0444);
MODULE_PARM_DESC(deny, "device memory that the host may not reach: start+size[,start+size...]");

static char *protect = "type";

static int protect_set(const char *val, const struct kernel_param *kp)
{
	if (!sysfs_streq(val, "type") && !sysfs_streq(val, "always")) {
		pr_err("protect=%s: must be type or always\n", val);
		return -EINVAL;
	}
	return param_set_charp(val, kp);
}

static const struct kernel_param_ops protect_ops = {
	.set = protect_set,
	.get = param_get_charp,
	.free = param_free_charp,
};
module_param_cb(protect, &protect_ops, &protect, 0444);
MODULE_PARM_DESC(protect, "which VMs are protected: type (those created so), always (all)");

static struct nie_mem mem;
static struct nie_placed placed;
static void (*kvm_abort)(void);

bool nie_inject_failure(enum nie_step step)
{
	if (fail_step != (int)step)
		return false;
	pr_err("fail_step=%d: failing as asked\n", fail_step);
	return true;
}

typedef int (*attach_fn)(void (*vm_changed)(u32 handle, bool exists, const u8 *measurement),
			 bool protect_all);

/*
 * The host's KVM, if it knows NIE. Its symbols are looked up, so that nie.ko also loads on a stock
 * kernel.
 */
static int attach_kvm(void)
{
	attach_fn attach;
	int err;

	if (host_only)
		return 0;
	attach = (attach_fn)__symbol_get("kvm_arm_nie_attach");
	kvm_abort = (void (*)(void))__symbol_get("kvm_arm_nie_abort");
	if (!attach || !kvm_abort) {
		pr_err("this kernel's KVM does not know NIE: apply patches/, or load with host_only=1\n");
		err = -ENODEV;
		goto out;
	}
	err = attach(nie_sysfs_vm, sysfs_streq(protect, "always"));
	if (err == -EBUSY)
		pr_err("a VM exists: stop all VMs first\n");
	else if (err)
		pr_err("KVM is not up in nVHE mode: boot with kvm-arm.mode=nvhe\n");
out:
	if (attach)
		__symbol_put("kvm_arm_nie_attach");
	if (err && kvm_abort) {
		__symbol_put("kvm_arm_nie_abort");
		kvm_abort = NULL;
	}
	return err;
}

static void detach_kvm(void)
{
	if (!kvm_abort)
		return;
	kvm_abort();
	__symbol_put("kvm_arm_nie_abort");
	kvm_abort = NULL;
}

/* Allocate, place and take over; what it leaves on failure, the caller undoes. */
static int load(const struct nie_host *host)
{
	int err;

	err = nie_inject_failure(NIE_STEP_RESERVE) ? -ENOMEM : nie_reserve(&mem);
	if (err)
		return err;
	err = nie_reserve_deny(&mem, deny);
	if (!err)
		err = nie_reserve_gic(&mem);
	if (err)
		return err;
	placed.panic = (struct nie_panic *)get_zeroed_page(GFP_KERNEL);
	if (!placed.panic)
		return -ENOMEM;
	err = nie_inject_failure(NIE_STEP_PLACE) ? -ENOMEM :
	      nie_place(host, &mem, &placed, debug_unload);
	if (err) {
		pr_err("cannot get %u MiB in 2 MiB pieces: load nie.ko earlier, or boot with reserve_mem=%uM:2M:nie\n",
		       6 * mem.nr_gibs + 6, 6 * mem.nr_gibs + 8);
		return err;
	}
	nie_set_panic_page(&placed);
	err = nie_takeover(&placed);
	if (err)
		pr_err("takeover failed (%d): EL2 is back with the kernel\n", err);
	return err;
}

static void unload(void)
{
	nie_release(&mem);
	free_page((unsigned long)placed.panic);
	placed.panic = NULL;
}

static int __init nie_init(void)
{
	struct nie_host host = {};
	int err;

	if (nie_vmcore_init()) {
		__module_get(THIS_MODULE);	/* its callback must not go while a dump is read */
		return 0;
	}
	err = nie_inject_failure(NIE_STEP_PROBE) ? -ENODEV : nie_probe(&host);
	if (err)
		return err;
	err = nie_inject_failure(NIE_STEP_ATTACH) ? -EBUSY : attach_kvm();
	if (err)
		return err;
	err = load(&host);
	if (err) {
		detach_kvm();
		nie_restore_kvm();
		unload();
		return err;
	}
	err = nie_sysfs_init(placed.bytes);
	if (err)
		pr_warn("no /sys/kernel/nie (%d)\n", err);
	if (!debug_unload)
		__module_get(THIS_MODULE);	/* sealed for good */
	pr_info("sealed: %llu KiB for %u GiB of address space with RAM, image sha256 %.64s\n",
		placed.bytes / 1024, mem.nr_gibs, nie_image_digest());
	if (mem.from_region)
		pr_info("%u of %u chunks of 2 MiB from reserve_mem\n", mem.from_region,
			mem.nr_chunks);
	return 0;
}

/* Only with debug_unload=1: otherwise the module holds itself. */
static void __exit nie_exit(void)
{
	int err = nie_give_back();

	if (err) {
		pr_emerg("EL2 does not give itself back (%d): its memory stays NIE's\n", err);
		return;
	}
	nie_sysfs_exit();
	detach_kvm();
	nie_restore_kvm();
	unload();
}

module_init(nie_init);
module_exit(nie_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
MODULE_DESCRIPTION("NIE: an isolation engine at EL2");
MODULE_AUTHOR("The NIE project");
