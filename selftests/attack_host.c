// SPDX-License-Identifier: GPL-2.0-only
/* Owns: the list of the host's own registers. Never: writes one. */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/sysreg.h>
#include "attack_host.h"

#define NAME(reg)	#reg,
const char *const host_reg_names[] = { HOST_REGS(NAME) HOST_KEYS(NAME) "DISR_EL1" };
#undef NAME

bool has_pauth(void)
{
	return read_sysreg(id_aa64isar1_el1) & 0xff0;
}

bool has_ras(void)
{
	return read_sysreg(id_aa64pfr0_el1) >> 28 & 0xf;
}

void read_host(u64 *val)
{
#define VALUE(reg)	read_sysreg_s(SYS_##reg),
	const u64 regs[] = { HOST_REGS(VALUE) };

	memcpy(val, regs, sizeof(regs));
	val += ARRAY_SIZE(regs);
	if (has_pauth()) {
		const u64 keys[] = { HOST_KEYS(VALUE) };

		memcpy(val, keys, sizeof(keys));
	}
	val += NR_HOST_KEYS;
	if (has_ras())
		val[0] = read_sysreg_s(SYS_DISR_EL1);
#undef VALUE
}
