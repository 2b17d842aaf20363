// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes EL2 fault on itself, by the DEBUG host call that exists for it: if nie.ko was loaded with
 * debug_unload=1 the host panics with EL2's registers; otherwise the call is refused and so is
 * this module. With reset=1 it resets the machine instead, behind the kernel's back: the other CPUs
 * go on, in a guest or not.
 */
#include <linux/arm-smccc.h>
#include <linux/module.h>
#include <nie/call.h>
#include <uapi/linux/psci.h>

static bool reset;
module_param(reset, bool, 0444);
MODULE_PARM_DESC(reset, "SYSTEM_RESET at once");

static int __init nie_fault_init(void)
{
	struct arm_smccc_res res;

	if (!reset)
		return (int)nie_hc_fault(NULL);
	local_irq_disable();
	arm_smccc_smc(PSCI_0_2_FN_SYSTEM_RESET, 0, 0, 0, 0, 0, 0, 0, &res);
	return -EIO;
}

module_init(nie_fault_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("NIE: show EL2's panic path");
MODULE_AUTHOR("The NIE project");
