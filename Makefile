# SPDX-License-Identifier: GPL-2.0-only
# The targets only call: the kernel's build system for the module, scripts/ for the rest.

KDIR ?= /lib/modules/$(shell uname -r)/build

# make check ONLY=style, make check ARGS=--quick
CHECK_ARGS := $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: all tools modules modules_install clean demo bench check check-long proofs docs shell help

all: modules

modules modules_install clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

# What `nie run` preloads into QEMU
TOOLS_OUT ?= tools
tools: $(TOOLS_OUT)/nie_protect.so
$(TOOLS_OUT)/nie_protect.so: tools/nie_protect.c
	$(CROSS_COMPILE)gcc -O2 -Wall -Wextra -shared -fPIC -o $@ $<

demo shell:
	@scripts/$@ $(ARGS)

bench:
	@scripts/bench $(ARGS)

check:
	@scripts/check $(CHECK_ARGS)

# The same with 50 VMs one after the other, five minutes of stress on each CPU model, half an hour
# of random calls with all invariants checked, and ten million calls on the oracle
check-long:
	@NIE_LOOPS=50 NIE_STRESS=300 NIE_IO=200 NIE_SOAK=1800 NIE_ORACLE=10000000 scripts/check $(CHECK_ARGS)

proofs:
	@scripts/evidence $(ARGS)

docs:
	@scripts/docs

help:
	@echo 'On the machine NIE is for (or with KDIR=, ARCH=, CROSS_COMPILE=):'
	@echo '  modules          build nie.ko against KDIR (default: the running kernel)'
	@echo '  modules_install  install it'
	@echo '  clean            remove what modules built'
	@echo '  tools            what `nie run` preloads into QEMU'
	@echo 'On a Debian 12 development machine (installs what it needs, builds in ~/.cache/nie):'
	@echo '  demo             an emulated arm64 host loads NIE, runs two VMs and is refused five attacks'
	@echo '  check            every test; ONLY=<step> for one, ARGS=--list for their names'
	@echo '  check-long       the same, with more stress and calls'
	@echo '  proofs           make all proofs, and write what is shown of which image; ARGS=FILE for where'
	@echo '  bench            instructions with and without NIE; ARGS=--write updates Documentation'
	@echo '  docs             Documentation/ as HTML'
	@echo '  shell            the emulated host, interactively'
