// SPDX-License-Identifier: GPL-2.0-only
/*
 * For a guest: asks NIE for the VM's measurement and says it in the kernel log. Loads in a
 * protected VM of NIE only.
 */
#include <linux/arm-smccc.h>
#include <linux/module.h>
#include <nie/guestcalls.h>

static int __init nie_guest_init(void)
{
	struct arm_smccc_res res;
	u64 digest[4];
	u32 i;

	if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_HVC)
		return -ENODEV;
	for (i = 0; i < ARRAY_SIZE(digest); i += 2) {
		arm_smccc_1_1_hvc(NIE_GC_MEASUREMENT, 8 * i, 0, 0, &res);
		if (res.a0 != NIE_SMCCC_SUCCESS)
			return -ENODEV;
		digest[i] = res.a1;
		digest[i + 1] = res.a2;
	}
	pr_info("nie_guest: measurement %*phN\n", (int)sizeof(digest), digest);
	return 0;
}

static void __exit nie_guest_exit(void)
{
}

module_init(nie_guest_init);
module_exit(nie_guest_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The measurement of a protected VM of NIE");
