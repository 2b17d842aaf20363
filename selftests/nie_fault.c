// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes EL2 fault on itself, by the DEBUG host call that exists for it: if nie.ko was loaded with
 * debug_unload=1 the host panics with EL2's registers; otherwise the call is refused and so is
 * this module.
 */
#include <linux/module.h>
#include <nie/call.h>

static int __init nie_fault_init(void)
{
	return (int)nie_hc_fault(NULL);
}

module_init(nie_fault_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("NIE: show EL2's panic path");
MODULE_AUTHOR("The NIE project");
