// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: /sys/kernel/nie, described in Documentation/ABI/sysfs-kernel-nie. One value a file.
 * Lock: vms_lock for the list of VMs.
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <crypto/sha2.h>
#include <nie/trace.h>
#include <nie/call.h>
#include "nie.h"

struct nie_vm_dir {
	struct kobject kobj;
	struct list_head list;
	u32 handle;
	bool measured;		/* @measurement is there, and stays */
	u8 measurement[SHA256_DIGEST_SIZE];
};

static struct kobject *nie_kobj;
static struct kobject *vms_kobj;
static LIST_HEAD(vms);
static DEFINE_MUTEX(vms_lock);
static u64 fixed_bytes;

static ssize_t version_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", THIS_MODULE->version);
}

static ssize_t abi_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%d\n", NIE_ABI_VERSION);
}

static ssize_t state_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct nie_res res;
	long err = nie_hc_version(&res);

	if (err)
		return sysfs_emit(buf, "stopped\n");
	return sysfs_emit(buf, "%s%s\n", res.r[1] & 1 ? "sealed" : "early",
			  res.r[1] & 2 ? " debug" : "");
}

static ssize_t el2_digest_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%.64s\n", nie_image_digest());
}

static u64 pages_of(enum nie_kind kind)
{
	struct nie_res res;

	return nie_hc_stats(&res, kind) ? 0 : res.r[0];
}

static ssize_t pool_size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	u64 pages = pages_of(NIE_K_NIE_FREE) + pages_of(NIE_K_NIE_TABLE) + pages_of(NIE_K_NIE_CTX);

	return sysfs_emit(buf, "%llu\n", pages * PAGE_SIZE);
}

static ssize_t pool_used_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	u64 pages = pages_of(NIE_K_NIE_TABLE) + pages_of(NIE_K_NIE_CTX);

	return sysfs_emit(buf, "%llu\n", pages * PAGE_SIZE);
}

static ssize_t fixed_size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%llu\n", fixed_bytes);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);
static struct kobj_attribute abi_attr = __ATTR_RO(abi);
static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute el2_digest_attr = __ATTR_RO(el2_digest);
static struct kobj_attribute pool_size_attr = __ATTR_RO(pool_size);
static struct kobj_attribute pool_used_attr = __ATTR_RO(pool_used);
static struct kobj_attribute fixed_size_attr = __ATTR_RO(fixed_size);

static struct attribute *nie_attrs[] = {
	&version_attr.attr, &abi_attr.attr, &state_attr.attr, &el2_digest_attr.attr,
	&pool_size_attr.attr, &pool_used_attr.attr, &fixed_size_attr.attr, NULL,
};

static const struct attribute_group nie_group = { .attrs = nie_attrs };

/* pages/<kind>: how many pages of RAM NIE has recorded as that kind. */
#define KIND_ATTR(kind)									\
static ssize_t kind##_show(struct kobject *k, struct kobj_attribute *a, char *buf)	\
{											\
	return sysfs_emit(buf, "%llu\n", pages_of(NIE_K_##kind));			\
}											\
static struct kobj_attribute kind##_attr = __ATTR_RO(kind);
NIE_KINDS(KIND_ATTR)

#define KIND_PTR(kind) &kind##_attr.attr,
static struct attribute *kind_attrs[] = { NIE_KINDS(KIND_PTR) NULL };
static const struct attribute_group kind_group = { .name = "pages", .attrs = kind_attrs };

static struct nie_vm_dir *to_dir(struct kobject *k)
{
	return container_of(k, struct nie_vm_dir, kobj);
}

static ssize_t type_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct nie_res res;

	if (nie_hc_vm_info(&res, to_dir(k)->handle))
		return -ENOENT;
	return sysfs_emit(buf, "%s\n", res.r[0] == NIE_VM_PROTECTED ? "protected" : "normal");
}

static ssize_t vm_state_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct nie_res res;

	if (nie_hc_vm_info(&res, to_dir(k)->handle))
		return -ENOENT;
	return sysfs_emit(buf, "%s\n", res.r[1] ? "dying" : "live");
}

static ssize_t pages_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct nie_res res;

	if (nie_hc_vm_info(&res, to_dir(k)->handle))
		return -ENOENT;
	return sysfs_emit(buf, "%llu\n", res.r[2]);
}

/* What the host gave the VM before it first ran. The guest has it from NIE itself. */
static ssize_t measurement_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct nie_vm_dir *d = to_dir(k);

	/* Pairs with set_measurement(). */
	if (!smp_load_acquire(&d->measured))
		return sysfs_emit(buf, "\n");
	return sysfs_emit(buf, "%*phN\n", SHA256_DIGEST_SIZE, d->measurement);
}

static struct kobj_attribute type_attr = __ATTR_RO(type);
static struct kobj_attribute vm_state_attr = __ATTR(state, 0444, vm_state_show, NULL);
static struct kobj_attribute pages_attr = __ATTR_RO(pages);
static struct kobj_attribute measurement_attr = __ATTR_RO(measurement);
static struct attribute *vm_attrs[] = {
	&type_attr.attr, &vm_state_attr.attr, &pages_attr.attr, &measurement_attr.attr, NULL,
};
ATTRIBUTE_GROUPS(vm);

static void vm_dir_release(struct kobject *k)
{
	kfree(to_dir(k));
}

static const struct kobj_type vm_dir_type = {
	.release = vm_dir_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = vm_groups,
};

static void add_dir(u32 handle)
{
	struct nie_vm_dir *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return;
	d->handle = handle;
	if (kobject_init_and_add(&d->kobj, &vm_dir_type, vms_kobj, "%u", handle)) {
		kobject_put(&d->kobj);
		return;
	}
	list_add(&d->list, &vms);
}

static struct nie_vm_dir *find_dir(u32 handle)
{
	struct nie_vm_dir *d;

	list_for_each_entry(d, &vms, list)
		if (d->handle == handle)
			return d;
	return NULL;
}

static void del_dir(struct nie_vm_dir *d)
{
	if (!d)
		return;
	list_del(&d->list);
	kobject_del(&d->kobj);
	kobject_put(&d->kobj);
}

static void set_measurement(struct nie_vm_dir *d, const u8 *measurement)
{
	if (!d)
		return;
	memcpy(d->measurement, measurement, SHA256_DIGEST_SIZE);
	/* Pairs with measurement_show(). */
	smp_store_release(&d->measured, true);
}

/* KVM's word that a VM came, was started or went. A VM keeps the module. */
void nie_sysfs_vm(u32 handle, bool exists, const u8 *measurement)
{
	mutex_lock(&vms_lock);
	if (measurement) {
		set_measurement(find_dir(handle), measurement);
	} else if (exists) {
		__module_get(THIS_MODULE);
		add_dir(handle);
	} else {
		del_dir(find_dir(handle));
		module_put(THIS_MODULE);
	}
	mutex_unlock(&vms_lock);
}

int nie_sysfs_init(u64 bytes)
{
	int err = -ENOMEM;

	fixed_bytes = bytes;
	nie_kobj = kobject_create_and_add("nie", kernel_kobj);
	if (!nie_kobj)
		return -ENOMEM;
	vms_kobj = kobject_create_and_add("vms", nie_kobj);
	if (!vms_kobj)
		goto out;
	err = sysfs_create_group(nie_kobj, &nie_group);
	if (err)
		goto out;
	err = sysfs_create_group(nie_kobj, &kind_group);
	if (!err)
		return 0;
out:
	nie_sysfs_exit();
	return err;
}

void nie_sysfs_exit(void)
{
	kobject_put(vms_kobj);
	kobject_put(nie_kobj);
	vms_kobj = NULL;
	nie_kobj = NULL;
}
