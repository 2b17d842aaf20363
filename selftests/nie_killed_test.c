// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM that is killed while its protected VM is made, runs on two CPUs or takes memory: NIE and
 * the kernel have as many pages of each kind as before, and the next VM works.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <linux/psci.h>
#include "kselftest_harness.h"
#include "protected_vm.h"

/* Of the child: stores that its guest has done. */
static unsigned long *stores;

static const char *const kinds[] = {
	"GUEST", "GUEST_SHARED_HOST", "HOST_SHARED_NIE", "NIE_FREE", "NIE_TABLE", "NIE_CTX",
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* What NIE counts, and how many pins the kernel has. */
static void count(long pages[NR_KINDS + 1])
{
	long taken = 0, released = 0;
	char path[64], line[128];
	FILE *f;

	for (size_t i = 0; i < NR_KINDS; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/nie/pages/%s", kinds[i]);
		pages[i] = number(path);
	}
	/* The kernel counts on each CPU apart: a read of this adds them up. */
	number("/proc/sys/vm/stat_refresh");
	f = fopen("/proc/vmstat", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "nr_foll_pin_acquired %ld", &taken) != 1)
			sscanf(line, "nr_foll_pin_released %ld", &released);
	if (f)
		fclose(f);
	pages[NR_KINDS] = taken - released;
}

/* A second vCPU, started by the first at address 0, where it finds the same code. */
static int add_vcpu(struct machine *m, struct machine *second)
{
	char *code = anonymous(PAGE);

	*second = *m;
	memcpy(code, guest_start, (size_t)(guest_end - guest_start));
	if (set_slot(m->vm, 2, 0, 0, PAGE, code))
		return -1;
	second->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 1);
	if (second->vcpu < 0 || init_vcpu(m->vm, second->vcpu, KVM_ARM_VCPU_POWER_OFF))
		return -1;
	second->run = mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
			   PROT_READ | PROT_WRITE, MAP_SHARED, second->vcpu, 0);
	return second->run == MAP_FAILED ? -1 : 0;
}

/* Has a vCPU take page after page, and again. */
static void *run_vcpu(void *machine)
{
	struct machine *m = machine;

	for (unsigned long i = 0;; i++) {
		if (store(m, RAM + i * 7 % NR_RAM * PAGE + 8 * (m->vcpu & 63), i) != DONE)
			_exit(2);
		__atomic_fetch_add(stores, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void run_two_vcpus(void)
{
	struct machine first, second;
	pthread_t thread;

	if (make_protected(&first) || add_vcpu(&first, &second))
		_exit(1);
	if (pthread_create(&thread, NULL, run_vcpu, &second))
		_exit(3);
	/* There is no second one until it waits to be started. */
	while ((long)guest_call(&first, PSCI_0_2_FN64_CPU_ON, 1) == PSCI_RET_INVALID_PARAMS)
		usleep(1000);
	run_vcpu(&first);
}

FIXTURE(killed) {
	long before[NR_KINDS + 1];
};

FIXTURE_SETUP(killed)
{
	kvm = -1;
	if (!nie_loaded() || kvm_unaware())
		SKIP(return, "no NIE in KVM");
	kvm = open("/dev/kvm", O_RDWR);
	ASSERT_LE(0, kvm);
	stores = anonymous(PAGE);
	ASSERT_NE(MAP_FAILED, stores);
	count(self->before);
}

FIXTURE_TEARDOWN(killed)
{
	close(kvm);
}

/* A VMM that is killed at whatever moment leaves nothing behind. */
TEST_F_TIMEOUT(killed, at_any_moment, 90)
{
	long after[NR_KINDS + 1];
	unsigned int random = 1, with_stores = 0;
	struct machine m;

	for (int round = 0; round < 100; round++) {
		pid_t child;
		int status;

		*stores = 0;
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			run_two_vcpus();
		usleep((useconds_t)rand_r(&random) % 150000);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("round %d: exit %d", round, WEXITSTATUS(status));
		}
		with_stores += *stores > 0;
		count(after);
		for (size_t i = 0; i < NR_KINDS + 1; i++) {
			ASSERT_EQ(self->before[i], after[i]) {
				TH_LOG("round %d: %s", round, i < NR_KINDS ? kinds[i] : "pins");
			}
		}
	}
	/* Some were killed while they gave memory away, others before. */
	TH_LOG("%u of 100 had stored", with_stores);
	EXPECT_LT(10, with_stores);
	EXPECT_GT(100, with_stores);
	ASSERT_EQ(0, make_protected(&m));
	EXPECT_EQ(DONE, store(&m, RAM + PAGE, 0x1234));
	EXPECT_EQ(0x1234, load(&m, RAM + PAGE));
	unmake(&m);
}

TEST_HARNESS_MAIN
