/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults, for trap.c and switch.c. */
#ifndef NIE_EL2_ARCH_TRAP_H
#define NIE_EL2_ARCH_TRAP_H

#include "../types.h"

/**
 * nie_fault_ipa() - the address of a stage-2 fault, while the faulting regime's registers are on
 * the CPU
 * @esr: ESR_EL2 of an abort from a lower EL
 * @far: FAR_EL2
 * @ipa: set to the intermediate physical address
 * Return: false if the stage-1 translation is gone by now; the access is to be tried again.
 */
bool nie_fault_ipa(u64 esr, u64 far, u64 *ipa);

#endif /* NIE_EL2_ARCH_TRAP_H */
