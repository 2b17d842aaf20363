// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/nie as Documentation/ABI/sysfs-kernel-nie has it: these files and no others, one
 * value each in its form, none writable, and values that agree with each other and with KVM.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <nie/hostcalls.h>
#include "kselftest_harness.h"

#define ROOT	"/sys/kernel/nie/"
#define PAGE	4096ul
#define NUMBER	"[0-9]+"

struct file {
	const char *path;	/* * stands for a VM's handle */
	const char *form;	/* of the one line in it */
};

#define KIND_FILE(kind)	{ "pages/" #kind, NUMBER },
static const struct file files[] = {
	{ "version", "[0-9]+(\\.[0-9]+)+[^ ]*" },
	{ "abi", NUMBER },
	{ "state", "(sealed|early|stopped)( debug)?" },
	{ "el2_digest", "[0-9a-f]{64}" },
	{ "fixed_size", NUMBER },
	{ "pool_size", NUMBER },
	{ "pool_used", NUMBER },
	NIE_KINDS(KIND_FILE)
	{ "vms/*/type", "normal|protected" },
	{ "vms/*/state", "live|dying" },
	{ "vms/*/pages", NUMBER },
	{ "vms/*/measurement", "([0-9a-f]{64})?" },
};

#define NR_FILES	(sizeof(files) / sizeof(files[0]))

/* The whole content of a file, or NULL. */
static const char *content(const char *path)
{
	static char buf[8192];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0)
		return NULL;
	buf[n] = 0;
	return buf;
}

static unsigned long number(const char *name)
{
	char path[256];
	const char *s;

	snprintf(path, sizeof(path), ROOT "%s", name);
	s = content(path);
	return s ? strtoul(s, NULL, 10) : ~0ul;
}

/* The table's line for a path below ROOT: a handle is a number. */
static const struct file *find(const char *path)
{
	char general[256];
	int handle, end = 0;

	snprintf(general, sizeof(general), "%s", path);
	if (sscanf(path, "vms/%d/%n", &handle, &end) == 1 && end)
		snprintf(general, sizeof(general), "vms/*/%s", path + end);
	for (size_t i = 0; i < NR_FILES; i++)
		if (!strcmp(files[i].path, general))
			return &files[i];
	return NULL;
}

static bool has_form(const char *text, const char *form)
{
	char whole[128];
	regex_t re;
	bool ok;

	snprintf(whole, sizeof(whole), "^(%s)\n$", form);
	if (regcomp(&re, whole, REG_EXTENDED | REG_NOSUB))
		return false;
	/* One line: no newline before the last. */
	ok = strchr(text, '\n') == text + strlen(text) - 1 && !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return ok;
}

static unsigned int seen, wrong;

static int check_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const struct file *file = find(path + strlen(ROOT));
	const char *text;

	(void)ftw;
	if (type != FTW_F)
		return 0;
	seen++;
	text = content(path);
	if (file && text && has_form(text, file->form) && (st->st_mode & 07777) == 0444)
		return 0;
	wrong++;
	ksft_print_msg("%s: mode %o, %s: %s\n", path, st->st_mode & 07777,
		       file ? file->form : "not described", text ? text : "cannot be read");
	return 0;
}

FIXTURE(sysfs) {
	int kvm, vm;
};

FIXTURE_SETUP(sysfs)
{
	if (access(ROOT "state", R_OK))
		SKIP(return, "nie.ko is not loaded");
	self->kvm = open("/dev/kvm", O_RDWR);
	self->vm = self->kvm < 0 ? -1 : ioctl(self->kvm, KVM_CREATE_VM, 0ul);
}

FIXTURE_TEARDOWN(sysfs)
{
	close(self->vm);
	close(self->kvm);
}

/* The directory of the VM that the fixture made, as a number. */
static int handle_of_vm(void)
{
	DIR *dir = opendir(ROOT "vms");
	struct dirent *d;
	int handle = -1;

	if (!dir)
		return -1;
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			handle = atoi(d->d_name);
	closedir(dir);
	return handle;
}

TEST_F(sysfs, described_and_in_form)
{
	seen = 0;
	wrong = 0;
	ASSERT_EQ(0, nftw("/sys/kernel/nie", check_file, 8, FTW_PHYS));
	EXPECT_EQ(0, wrong);
	EXPECT_GE(seen, NR_FILES - 3);
}

TEST_F(sysfs, there_are_all_of_them)
{
	for (size_t i = 0; i < NR_FILES; i++) {
		char path[256];

		if (strchr(files[i].path, '*'))
			continue;
		snprintf(path, sizeof(path), ROOT "%s", files[i].path);
		EXPECT_EQ(0, access(path, R_OK)) TH_LOG("%s", path);
	}
}

/* The table above is what the ABI file describes, which is installed beside this program. */
TEST_F(sysfs, table_is_the_abi_file)
{
	const char *p, *text = content("sysfs-kernel-nie");
	unsigned int what = 0, plain = 0;

	if (!text)
		SKIP(return, "no sysfs-kernel-nie in this directory");
	for (p = text; (p = strstr(p, "What:\t\t" ROOT)); what++) {
		char path[256];

		p += strlen("What:\t\t" ROOT);
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(p, "\n"), p);
		if (!strcmp(path, "pages/<kind>") || !strcmp(path, "vms/<handle>/"))
			continue;
		if (!strncmp(path, "vms/<handle>/", 13))
			memmove(path + 5, path + 12, strlen(path + 12) + 1), path[4] = '*';
		plain++;
		EXPECT_NE(NULL, find(path)) TH_LOG("%s", path);
	}
	EXPECT_EQ(plain + 2, what);
	EXPECT_EQ(NR_FILES - NIE_NR_KINDS, plain);
}

TEST_F(sysfs, nothing_can_be_written)
{
	for (size_t i = 0; i < NR_FILES; i++) {
		char path[256], before[8192];
		int fd;

		if (strchr(files[i].path, '*'))
			continue;
		snprintf(path, sizeof(path), ROOT "%s", files[i].path);
		snprintf(before, sizeof(before), "%s", content(path));
		fd = open(path, O_WRONLY);	/* root may open what it cannot write */
		if (fd >= 0) {
			EXPECT_EQ(-1, write(fd, "1\n", 2)) TH_LOG("%s", path);
			close(fd);
		}
		/* How many pages are of a kind varies with what else runs. */
		if (!strncmp(path, ROOT "pages/", strlen(ROOT "pages/")))
			continue;
		EXPECT_STREQ(before, content(path)) TH_LOG("%s", path);
	}
	EXPECT_EQ(-1, mkdir(ROOT "x", 0700));
	EXPECT_EQ(-1, unlink(ROOT "state"));
}

TEST_F(sysfs, values_agree)
{
	const char *version = content(ROOT "version");
	char first[8192];

	snprintf(first, sizeof(first), "%s", version);
	EXPECT_STREQ(first, content("/sys/module/nie/version"));
	EXPECT_EQ(NIE_ABI_VERSION, number("abi"));
	EXPECT_EQ(number("fixed_size"), number("pages/NIE_IMAGE") * PAGE);
	EXPECT_EQ(number("pool_size"), PAGE * (number("pages/NIE_FREE") +
			number("pages/NIE_TABLE") + number("pages/NIE_CTX")));
	EXPECT_EQ(number("pool_used"), PAGE * (number("pages/NIE_TABLE") +
			number("pages/NIE_CTX")));
	EXPECT_LT(0, number("pages/HOST"));
	EXPECT_EQ(0, number("pages/GUEST"));
}

TEST_F(sysfs, a_vm_has_a_directory)
{
	unsigned long pool = number("pool_size");
	char path[64];
	int handle;

	if (self->vm < 0)
		SKIP(return, "no KVM");
	handle = handle_of_vm();
	if (handle < 0)
		SKIP(return, "KVM's VMs are not NIE's (host_only=1)");
	snprintf(path, sizeof(path), ROOT "vms/%d/type", handle);
	EXPECT_STREQ("normal\n", content(path));
	snprintf(path, sizeof(path), ROOT "vms/%d/state", handle);
	EXPECT_STREQ("live\n", content(path));
	snprintf(path, sizeof(path), "vms/%d/pages", handle);
	EXPECT_EQ(pool, number(path) * PAGE);
	EXPECT_LT(0, pool);

	close(self->vm);
	self->vm = -1;
	for (int i = 0; i < 100 && handle_of_vm() >= 0; i++)
		usleep(10000);
	EXPECT_EQ(-1, handle_of_vm());
	EXPECT_EQ(0, number("pool_size"));
}

TEST_HARNESS_MAIN
