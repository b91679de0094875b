// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vsm from the side of a caller that gets everything wrong.
 * Must never pass because the module, or an object to load, was not there.
 *
 * Runs as root on a demoted kernel.  The signed objects that it needs, made by
 * objects.sh, are in $VSM_OBJECTS or in "objects" next to this program.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../uapi/linux/vsm.h"
#include "kselftest_harness.h"

#define DEVICE		"/dev/vsm"
#define NOBODY		65534
#define PAGE		4096UL
#define MESSAGE_MAX	65536
#define OBJECT_MAX	(4UL * 1024 * 1024)

/* First byte of a message to test_trustlet. */
#define DO_ECHO		'E'
#define DO_SPIN		'S'
#define DO_FAULT	'F'
#define DO_OVERLONG	'O'

/* What it returns for an echo. */
#define ECHO_RESULT	(-7)

/* Seconds for anything that should not take any, on a slow emulator. */
#define PATIENCE	60

struct object {
	void *data;
	size_t size;
};

static const char *object_path(const char *name, char *path)
{
	const char *dir = getenv("VSM_OBJECTS");
	char exe[PATH_MAX] = "";

	if (!dir && readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return NULL;
	if (dir)
		snprintf(path, PATH_MAX, "%s/%s", dir, name);
	else
		snprintf(path, PATH_MAX, "%s/objects/%s", dirname(exe), name);
	return path;
}

static bool object_read(const char *name, struct object *object)
{
	char path[PATH_MAX];
	struct stat st;
	bool ok;
	int fd;

	if (!object_path(name, path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = !fstat(fd, &st);
	object->size = ok ? (size_t)st.st_size : 0;
	object->data = malloc(object->size + 1);
	ok = ok && object->data &&
	     read(fd, object->data, object->size) == (ssize_t)object->size;
	close(fd);
	return ok;
}

#define NO_OBJECT	"no object %s; make it with objects.sh"

/* 0 or more as the ioctl returns it, else a negative errno. */
static int do_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static int load(int fd, unsigned long request, const struct object *object,
		uint64_t *ret_id)
{
	struct vsm_blob blob = {
		.addr = (uintptr_t)object->data,
		.size = (uint32_t)object->size,
	};
	int ret = do_ioctl(fd, request, &blob);

	if (!ret && ret_id)
		*ret_id = blob.id;
	return ret;
}

static int create(int fd, const struct object *object, uint64_t *ret_id)
{
	return load(fd, VSM_IOC_TRUSTLET_CREATE, object, ret_id);
}

static int load_policy(int fd, const struct object *object)
{
	return load(fd, VSM_IOC_POLICY_LOAD, object, NULL);
}

static int destroy(int fd, uint64_t id)
{
	__u64 arg = id;

	return do_ioctl(fd, VSM_IOC_TRUSTLET_DESTROY, &arg);
}

static int send(int fd, uint64_t id, char what, void *answer, uint32_t room)
{
	struct vsm_trustlet_call call = {
		.id = id,
		.msg_addr = (uintptr_t)&what,
		.msg_size = 1,
		.answer_addr = (uintptr_t)answer,
		.answer_size = room,
	};

	return do_ioctl(fd, VSM_IOC_TRUSTLET_CALL, &call);
}

static uint32_t nr_trustlets(int fd)
{
	struct vsm_info info;

	return do_ioctl(fd, VSM_IOC_INFO, &info) ? UINT32_MAX :
	       info.nr_trustlets;
}

static uint64_t free_bytes(int fd)
{
	struct vsm_info info;

	return do_ioctl(fd, VSM_IOC_INFO, &info) ? UINT64_MAX : info.vtl1_free;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static bool wait_trustlets(int fd, uint32_t nr)
{
	time_t end = now() + PATIENCE;

	while (nr_trustlets(fd) != nr) {
		if (now() > end)
			return false;
		usleep(1000);
	}
	return true;
}

/* Lose every privilege for good, keeping open files. */
static bool become_nobody(void)
{
	return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
	       !setresuid(NOBODY, NOBODY, NOBODY);
}

/* Exit status of a child, or -1 if a signal ended it or it never ended. */
static int wait_child(pid_t pid)
{
	time_t end = now() + PATIENCE;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		usleep(1000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

FIXTURE(dev)
{
	int fd;
};

FIXTURE_SETUP(dev)
{
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && (errno == ENOENT || errno == ENXIO))
		SKIP(return, "no %s: the module is not loaded", DEVICE);
	ASSERT_LE(0, self->fd);
	if (geteuid())
		SKIP(return, "not root");
}

FIXTURE_TEARDOWN(dev)
{
	if (self->fd >= 0)
		close(self->fd);
}

TEST_F(dev, version)
{
	EXPECT_EQ(VSM_ABI_VERSION, do_ioctl(self->fd, VSM_IOC_VERSION, NULL));
	EXPECT_EQ(VSM_ABI_VERSION,
		  do_ioctl(self->fd, VSM_IOC_VERSION, (void *)~0UL));
}

TEST_F(dev, info)
{
	static const uint8_t zero[sizeof(((struct vsm_info *)0)->rsvd)];
	struct vsm_info info;

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_INFO, &info));
	EXPECT_EQ(VSM_STATE_DEMOTED | VSM_STATE_VTL1,
		  info.state & (VSM_STATE_DEMOTED | VSM_STATE_VTL1));
	EXPECT_EQ(0, info.state & ~0x3fU);
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), info.nr_cpus);
	EXPECT_NE(0, info.vtl1_bytes);
	EXPECT_NE(0, info.hv_bytes);
	EXPECT_LE(info.vtl1_free, info.vtl1_bytes);
	EXPECT_EQ(0, info.cpuid_base & 0xff);
	EXPECT_EQ(0x40000000, info.cpuid_base & 0xf0000000);
	EXPECT_NE(NULL, memchr(info.policy_name, 0, sizeof(info.policy_name)));
	EXPECT_NE(0, memcmp(info.image_sha256, zero, 32));
	EXPECT_EQ(0, memcmp(info.rsvd, zero, sizeof(zero)));
	EXPECT_EQ(!!(info.state & VSM_STATE_POLICY), !!info.policy_version);
}

static bool is_known(unsigned long request)
{
	static const unsigned long known[] = {
		VSM_IOC_VERSION, VSM_IOC_INFO, VSM_IOC_POLICY_LOAD,
		VSM_IOC_TRUSTLET_CREATE, VSM_IOC_TRUSTLET_CALL,
		VSM_IOC_TRUSTLET_INFO, VSM_IOC_TRUSTLET_DESTROY,
		VSM_IOC_FILE_CHECK,
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i] == request)
			return true;
	}
	return false;
}

/* Every number, direction and some sizes; also other drivers' magic. */
TEST_F(dev, unknown_requests)
{
	static const unsigned int sizes[] = {
		0, 1, 4, 8, sizeof(struct vsm_blob), sizeof(struct vsm_info),
		sizeof(struct vsm_info) - 1, sizeof(struct vsm_info) + 1,
		sizeof(struct vsm_trustlet_call),
		sizeof(struct vsm_trustlet_info), 0x3fff,
	};
	static char buf[0x4000];
	unsigned int wrong = 0;

	for (unsigned int nr = 0; nr < 256; nr++) {
		for (unsigned int i = 0; i < 4 * ARRAY_SIZE(sizes); i++) {
			unsigned long req = _IOC(i & 3, VSM_IOC_MAGIC, nr,
						 sizes[i / 4]);

			if (is_known(req))
				continue;
			if (do_ioctl(self->fd, req, buf) != -ENOTTY)
				wrong++;
		}
	}
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(-ENOTTY, do_ioctl(self->fd, _IOR(VSM_IOC_MAGIC ^ 1, 1,
						   struct vsm_info), buf));
	EXPECT_EQ(-ENOTTY, do_ioctl(self->fd, 0x5401 /* TCGETS */, buf));
	EXPECT_EQ(-ENOTTY, do_ioctl(self->fd, ~0UL, buf));
}

TEST_F(dev, other_operations)
{
	char buf[16] = { 0 };

	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd,
				   0));
	EXPECT_EQ(ENODEV, errno);
}

static const unsigned long with_argument[] = {
	VSM_IOC_INFO, VSM_IOC_POLICY_LOAD, VSM_IOC_TRUSTLET_CREATE,
	VSM_IOC_TRUSTLET_CALL, VSM_IOC_TRUSTLET_INFO, VSM_IOC_TRUSTLET_DESTROY,
	VSM_IOC_FILE_CHECK,
};

TEST_F(dev, bad_argument_pointers)
{
	void *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	void *pointers[] = {
		NULL, (void *)8, none,
		(void *)0x00007ffffffff000, (void *)0x0000800000000000,
		(void *)0xffff800000000000, (void *)0xffffffff81000000,
		(void *)~7UL,
	};

	ASSERT_NE(MAP_FAILED, none);
	for (size_t i = 0; i < ARRAY_SIZE(with_argument); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(pointers); j++) {
			EXPECT_EQ(-EFAULT,
				  do_ioctl(self->fd, with_argument[i],
					   pointers[j])) {
				TH_LOG("request %lx, pointer %p",
				       with_argument[i], pointers[j]);
			}
		}
	}
	munmap(none, PAGE);
}

/* The struct ends where the mapping does; the last byte is beyond it. */
TEST_F(dev, argument_across_the_end)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, mprotect(page + PAGE, PAGE, PROT_NONE));
	for (size_t i = 0; i < ARRAY_SIZE(with_argument); i++) {
		unsigned int size = _IOC_SIZE(with_argument[i]);

		memset(page, 0, PAGE);
		if (with_argument[i] == VSM_IOC_TRUSTLET_INFO)
			continue;	/* ENOENT is found out first */
		EXPECT_EQ(-EFAULT, do_ioctl(self->fd, with_argument[i],
					    page + PAGE - size + 1));
	}
	munmap(page, 2 * PAGE);
}

/* What cannot be answered must not have happened. */
TEST_F(dev, answer_cannot_be_written)
{
	struct object object;
	struct vsm_blob *blob;
	uint64_t before;
	void *page;

	if (!object_read("trustlet.signed", &object))
		SKIP(return, NO_OBJECT, "trustlet.signed");
	before = free_bytes(self->fd);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	blob = page;
	blob->addr = (uintptr_t)object.data;
	blob->size = (uint32_t)object.size;
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, do_ioctl(self->fd, VSM_IOC_TRUSTLET_CREATE, page));
	EXPECT_EQ(-EFAULT, do_ioctl(self->fd, VSM_IOC_INFO, page));
	EXPECT_EQ(0, nr_trustlets(self->fd));
	EXPECT_EQ(before, free_bytes(self->fd));
	munmap(page, PAGE);
}

TEST_F(dev, reserved_fields)
{
	char byte = 0;
	struct vsm_blob blob = { .addr = (uintptr_t)&byte, .size = 1 };
	struct vsm_trustlet_call call = { .id = 1 };

	for (unsigned int bit = 0; bit < 32; bit++) {
		blob.flags = 1U << bit;
		EXPECT_EQ(-EINVAL,
			  do_ioctl(self->fd, VSM_IOC_POLICY_LOAD, &blob));
		EXPECT_EQ(-EINVAL,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CREATE, &blob));
		call.rsvd = 0;
		call.flags = 1U << bit;
		EXPECT_EQ(-EINVAL,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
		call.flags = 0;
		call.rsvd = 1U << bit;
		EXPECT_EQ(-EINVAL,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
	}
}

static const unsigned long loads[] = {
	VSM_IOC_POLICY_LOAD, VSM_IOC_TRUSTLET_CREATE,
};

TEST_F(dev, bad_lengths)
{
	static char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		struct vsm_blob blob = { .addr = (uintptr_t)buf };

		EXPECT_EQ(-EINVAL, do_ioctl(self->fd, loads[i], &blob));
		blob.size = OBJECT_MAX + 1;
		EXPECT_EQ(-E2BIG, do_ioctl(self->fd, loads[i], &blob));
		blob.size = UINT32_MAX;
		EXPECT_EQ(-E2BIG, do_ioctl(self->fd, loads[i], &blob));
		EXPECT_EQ(0, blob.id);
	}
}

TEST_F(dev, bad_object_addresses)
{
	const uint64_t addresses[] = {
		0, 0xffffffff81000000, 0xffff888000000000, ~0ULL, ~0ULL - 4095,
		0x00007fffffffe000, 0x0000800000000000,
	};
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + PAGE, PAGE));
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		struct vsm_blob blob = { .size = 2 * PAGE };

		for (size_t j = 0; j < ARRAY_SIZE(addresses); j++) {
			blob.addr = addresses[j];
			EXPECT_EQ(-EFAULT,
				  do_ioctl(self->fd, loads[i], &blob));
		}
		blob.addr = (uintptr_t)page;
		blob.size = PAGE + 1;
		EXPECT_EQ(-EFAULT, do_ioctl(self->fd, loads[i], &blob));
		blob.addr = (uintptr_t)page + 1;
		blob.size = PAGE;
		EXPECT_EQ(-EFAULT, do_ioctl(self->fd, loads[i], &blob));
	}
	munmap(page, PAGE);
}

static int file_check(int fd, struct vsm_file_check check)
{
	int ret = do_ioctl(fd, VSM_IOC_FILE_CHECK, &check);

	/* Nothing that is wrong with the question is a rule. */
	return check.answer.rule ? -ENOTRECOVERABLE : ret;
}

/* Questions about files that are none: nobody looks at the signature. */
TEST_F(dev, bad_questions_about_files)
{
	static char buf[VSM_FILE_CMS_MAX];
	const struct vsm_file_check good = {
		.addr = (uintptr_t)buf, .size = sizeof(buf),
		.cms_addr = (uintptr_t)buf, .cms_size = 16,
	};
	struct vsm_file_check check;

	for (unsigned int bit = 0; bit < 32; bit++) {
		check = good;
		check.rsvd = 1U << bit;
		EXPECT_EQ(-EINVAL, file_check(self->fd, check));
		check = good;
		check.fd = (int)(1U << bit);
		EXPECT_EQ(-EINVAL, file_check(self->fd, check));
		check = good;
		check.flags = (1U << bit) & ~(VSM_FILE_CHECK_FD |
					      VSM_FILE_CHECK_VERITY |
					      VSM_FILE_CHECK_EXECUTE);
		if (check.flags)
			EXPECT_EQ(-EINVAL, file_check(self->fd, check));
	}
	check = good;
	check.flags = VSM_FILE_CHECK_VERITY | VSM_FILE_CHECK_EXECUTE;
	EXPECT_EQ(-EINVAL, file_check(self->fd, check));
	check = good;
	check.cms_size = 0;
	EXPECT_EQ(-EINVAL, file_check(self->fd, check));
	check.cms_size = VSM_FILE_CMS_MAX + 1;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	check.cms_size = UINT32_MAX;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	check = good;
	check.size = VSM_FILE_MAX + 1UL;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	/* Where a driver that is no more careful has its own flags. */
	check.size = 1ULL << 63;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	check.size = 1ULL << 62;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	check.size = UINT64_MAX;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	check = good;
	check.flags = VSM_FILE_CHECK_VERITY;
	check.size = sizeof(struct vsm_file_verity) + 1;
	EXPECT_EQ(-E2BIG, file_check(self->fd, check));
	check = good;
	check.addr = 0xffffffff81000000;
	EXPECT_EQ(-EFAULT, file_check(self->fd, check));
	check = good;
	check.cms_addr = 0xffffffff81000000;
	EXPECT_EQ(-EFAULT, file_check(self->fd, check));
}

static int file_check_fd(int fd, const char *path, int flags, uint32_t form)
{
	static char cms[16];
	struct vsm_file_check check = {
		.cms_addr = (uintptr_t)cms, .cms_size = sizeof(cms),
		.flags = VSM_FILE_CHECK_FD | form,
	};
	int ret;

	check.fd = open(path, flags | O_CLOEXEC);
	if (check.fd < 0)
		return -errno;
	ret = do_ioctl(fd, VSM_IOC_FILE_CHECK, &check);
	close(check.fd);
	return ret;
}

TEST_F(dev, files_that_are_none)
{
	char path[] = "/tmp/vsm-file.XXXXXX";
	int fd = mkstemp(path);

	ASSERT_LE(0, fd);
	for (int bad = -1; bad <= 1000000; bad += 1000001) {
		struct vsm_file_check check = {
			.cms_addr = (uintptr_t)path, .cms_size = 16,
			.flags = VSM_FILE_CHECK_FD, .fd = bad,
		};

		EXPECT_EQ(-EBADF, file_check(self->fd, check));
		check.fd = fd;
		check.size = 1;
		EXPECT_EQ(-EINVAL, file_check(self->fd, check));
		check.size = 0;
		check.addr = (uintptr_t)path;
		EXPECT_EQ(-EINVAL, file_check(self->fd, check));
	}
	/* The signature is none: that is found out when all else is right. */
	EXPECT_EQ(-EBADMSG, file_check_fd(self->fd, path, O_RDONLY, 0));
	EXPECT_EQ(-ENODATA, file_check_fd(self->fd, path, O_RDONLY,
					  VSM_FILE_CHECK_VERITY));
	EXPECT_EQ(-EBADF, file_check_fd(self->fd, path, O_WRONLY, 0));
	EXPECT_EQ(-EBADF, file_check_fd(self->fd, path, O_PATH, 0));
	EXPECT_EQ(-EINVAL, file_check_fd(self->fd, "/dev/null", O_RDONLY, 0));
	EXPECT_EQ(-EINVAL, file_check_fd(self->fd, "/tmp", O_RDONLY, 0));
	/* It has more than its size says. */
	EXPECT_EQ(-ETXTBSY, file_check_fd(self->fd, "/proc/version",
					  O_RDONLY, 0));
	ASSERT_EQ(0, ftruncate(fd, VSM_FILE_MAX + 1L));
	EXPECT_EQ(-E2BIG, file_check_fd(self->fd, path, O_RDONLY, 0));
	close(fd);
	unlink(path);
}

TEST_F(dev, garbage)
{
	struct object object = { .data = malloc(OBJECT_MAX) };
	const size_t sizes[] = { 1, 27, 28, 40, 56, 4096, 100000, OBJECT_MAX };

	ASSERT_NE(NULL, object.data);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		object.size = sizes[i];
		memset(object.data, (int)(0x41 + i), sizes[i]);
		EXPECT_EQ(-ENODATA, load_policy(self->fd, &object));
		EXPECT_EQ(-ENODATA, create(self->fd, &object, NULL));
	}
	/* Nothing but the marker: signed, as far as that goes. */
	memcpy(object.data, "~Module signature appended~\n", 28);
	object.size = 28;
	EXPECT_EQ(-EBADMSG, load_policy(self->fd, &object));
	EXPECT_EQ(-EBADMSG, create(self->fd, &object, NULL));
	EXPECT_EQ(0, nr_trustlets(self->fd));
	free(object.data);
}

TEST_F(dev, unknown_ids)
{
	static const uint64_t ids[] = {
		0, 1, 2, 0x7fffffff, 0x80000000, 0x100000001, ~0ULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct vsm_trustlet_info info = { .id = ids[i] };
		struct vsm_trustlet_info old = info;

		EXPECT_EQ(-ENOENT, destroy(self->fd, ids[i]));
		EXPECT_EQ(-ENOENT, send(self->fd, ids[i], DO_ECHO, NULL, 0));
		EXPECT_EQ(-ENOENT,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_INFO, &info));
		EXPECT_EQ(0, memcmp(&old, &info, sizeof(info)));
	}
}

/* Each way to break an object, with the one error that it must give. */
static const struct {
	const char *how;
	int error;		/* 0: any refusal */
} breaks[] = {
	{ "unsigned", ENODATA },
	{ "truncated", ENODATA },
	{ "tampered", EKEYREJECTED },
	{ "tampered-cert", EKEYREJECTED },
	{ "tampered-cms", EKEYREJECTED },
	{ "wrong-signer", EKEYREJECTED },
	{ "wrong-kind", EKEYREJECTED },
	{ "wrong-root", EKEYREJECTED },
	{ "wrong-issuer", EKEYREJECTED },
	{ "wrong-eku", EKEYREJECTED },
	{ "no-codesign", EKEYREJECTED },
	{ "no-digsig", EKEYREJECTED },
	{ "expired", EKEYEXPIRED },
	{ "not-yet", EKEYEXPIRED },
	{ "no-cert", EBADMSG },
	{ "cert-magic", EBADMSG },
	{ "cert-reserved", EBADMSG },
	{ "cert-empty", EBADMSG },
	{ "cert-huge", EBADMSG },
	{ "sig-id", EBADMSG },
	{ "sig-reserved", EBADMSG },
	{ "sig-empty", EBADMSG },
	{ "sig-huge", EBADMSG },
	/* Not signed, or cut off: both are true. */
	{ "truncated-end", 0 },
	{ "trailing", 0 },
	/* Lengths that are off by one shift what is parsed. */
	{ "cert-short", 0 },
	{ "cert-long", 0 },
	{ "sig-short", 0 },
	{ "sig-long", 0 },
	{ "cms-certs", 0 },
	{ "cms-attrs", 0 },
	{ "weak-hash", 0 },
	{ "no-payload", 0 },
};

static bool is_refusal(int ret)
{
	return ret == -EBADMSG || ret == -ENODATA || ret == -EKEYREJECTED ||
	       ret == -EKEYEXPIRED || ret == -ENOEXEC;
}

FIXTURE(broken)
{
	int fd;
};

FIXTURE_VARIANT(broken)
{
	const char *kind;
	unsigned long request;
};

FIXTURE_VARIANT_ADD(broken, policy)
{
	.kind = "policy",
	.request = VSM_IOC_POLICY_LOAD,
};

FIXTURE_VARIANT_ADD(broken, trustlet)
{
	.kind = "trustlet",
	.request = VSM_IOC_TRUSTLET_CREATE,
};

FIXTURE_SETUP(broken)
{
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && (errno == ENOENT || errno == ENXIO))
		SKIP(return, "no %s: the module is not loaded", DEVICE);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(broken)
{
	if (self->fd >= 0)
		close(self->fd);
}

TEST_F_TIMEOUT(broken, objects_are_refused, 300)
{
	struct vsm_info before, after;
	struct object object;
	char name[64];

	/* What the others are broken from is fine, or no worse than old. */
	snprintf(name, sizeof(name), "%s.signed", variant->kind);
	if (!object_read(name, &object))
		SKIP(return, NO_OBJECT, name);
	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_INFO, &before));
	EXPECT_EQ(variant->request == VSM_IOC_POLICY_LOAD &&
		  before.policy_version > 1000 ? -ESTALE : 0,
		  load(self->fd, variant->request, &object, NULL));
	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_INFO, &before));

	for (size_t i = 0; i < ARRAY_SIZE(breaks); i++) {
		int ret;

		snprintf(name, sizeof(name), "%s.%s", variant->kind,
			 breaks[i].how);
		if (!object_read(name, &object))
			SKIP(return, NO_OBJECT, name);
		ret = load(self->fd, variant->request, &object, NULL);
		free(object.data);
		if (breaks[i].error) {
			EXPECT_EQ(-breaks[i].error, ret)
				TH_LOG("%s: %s", name, strerror(-ret));
		} else {
			EXPECT_TRUE(is_refusal(ret))
				TH_LOG("%s: %s", name, strerror(-ret));
		}
	}
	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_INFO, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(after)));
}

/* Bytes that are signed: all but marker, signature block and CMS. */
static size_t signed_bytes(const struct object *object)
{
	const uint8_t *block = (uint8_t *)object->data + object->size - 40;

	return object->size - 40 - ((size_t)block[10] << 8 | block[11]);
}

/* One bit wrong, wherever it is: refused. */
TEST_F_TIMEOUT(broken, one_bit_is_enough, 300)
{
	const size_t nr = 64;
	struct object object;
	uint8_t *data;
	size_t size;
	char name[64];

	snprintf(name, sizeof(name), "%s.signed", variant->kind);
	if (!object_read(name, &object))
		SKIP(return, NO_OBJECT, name);
	data = object.data;
	size = signed_bytes(&object);
	ASSERT_LT(nr, size);
	for (size_t i = 0; i < nr; i++) {
		size_t at = size - 1 - i * (size - 1) / (nr - 1);
		uint8_t bit = (uint8_t)(1U << i % 8);
		int ret;

		data[at] ^= bit;
		ret = load(self->fd, variant->request, &object, NULL);
		data[at] ^= bit;
		EXPECT_TRUE(is_refusal(ret))
			TH_LOG("%s, byte %zu: %s", name, at, strerror(-ret));
	}
	free(data);
}

TEST_F(dev, wrong_kinds_of_objects)
{
	struct object policy, trustlet;

	if (!object_read("policy.signed", &policy))
		SKIP(return, NO_OBJECT, "policy.signed");
	if (!object_read("trustlet.signed", &trustlet))
		SKIP(return, NO_OBJECT, "trustlet.signed");
	EXPECT_EQ(-EKEYREJECTED, load_policy(self->fd, &trustlet));
	EXPECT_EQ(-EKEYREJECTED, create(self->fd, &policy, NULL));
	EXPECT_EQ(0, nr_trustlets(self->fd));
}

/* Correctly signed, but not what the signature's usage promises. */
TEST_F_TIMEOUT(dev, bad_payloads, 300)
{
	struct object object;
	DIR *dir;
	struct dirent *entry;
	char path[PATH_MAX];
	unsigned int nr = 0;

	dir = opendir(object_path(".", path));
	if (!dir)
		SKIP(return, "no objects; make them with objects.sh");
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		int ret;

		if (strncmp(name, "bad-", 4) || !object_read(name, &object))
			continue;
		nr++;
		if (!strcmp(name, "bad-policy-huge.signed")) {
			ret = load_policy(self->fd, &object);
			EXPECT_EQ(-E2BIG, ret) TH_LOG("%s", name);
		} else if (!strncmp(name, "bad-policy", 10)) {
			ret = load_policy(self->fd, &object);
			EXPECT_EQ(-EBADMSG, ret) TH_LOG("%s", name);
		} else {
			ret = create(self->fd, &object, NULL);
			/* Of no bytes: malformed, or no image. */
			if (ret == -EBADMSG && strstr(name, "-empty."))
				ret = -ENOEXEC;
			EXPECT_EQ(-ENOEXEC, ret) TH_LOG("%s", name);
		}
		free(object.data);
	}
	closedir(dir);
	if (!nr)
		SKIP(return, "no bad-* objects; make them with objects.sh");
	EXPECT_EQ(0, nr_trustlets(self->fd));
}

/* What each policy does to the trustlet, and to an old version of it. */
static const struct {
	const char *policy;
	uint32_t version;	/* each newer than the one before */
	int trustlet;
	int old;
} policies[] = {
	{ "policy-image", 1002, -EKEYREVOKED, 0 },
	{ "policy-signer", 1003, -EKEYREVOKED, -EKEYREVOKED },
	{ "policy-pin", 1004, -EACCES, -EACCES },
	{ "policy-pinned", 1005, 0, 0 },
	{ "policy-svn", 1006, 0, -ESTALE },
	{ "policy-audit", 1007, 0, 0 },
	{ "policy-off", 1008, 0, 0 },
	{ "policy-last", 1009, 0, 0 },
};

/* The same version may come again, an older one may not. */
static void check_versions(struct __test_metadata *_metadata, int fd)
{
	struct object older, policy;
	struct vsm_info info;

	if (!object_read("policy.signed", &older))
		SKIP(return, NO_OBJECT, "policy.signed");
	if (!object_read("policy-next.signed", &policy))
		SKIP(return, NO_OBJECT, "policy-next.signed");
	ASSERT_EQ(0, load_policy(fd, &policy));
	EXPECT_EQ(0, load_policy(fd, &policy));
	EXPECT_EQ(-ESTALE, load_policy(fd, &older));
	ASSERT_EQ(0, do_ioctl(fd, VSM_IOC_INFO, &info));
	EXPECT_EQ(1001, info.policy_version);
	EXPECT_NE(0, info.state & VSM_STATE_POLICY);
	EXPECT_STREQ("ioctl_test, next", (char *)info.policy_name);
}

/* Trustlets that audit mode let pass, as root finds them in debugfs. */
static int audit_events(void)
{
	FILE *in = fopen("/sys/kernel/debug/vsm/events", "r");
	char line[512];
	int n = 0;

	if (!in)
		return -1;
	while (fgets(line, sizeof(line), in))
		n += strstr(line, " policy ") &&
		     strstr(line, "audit: would refuse");
	fclose(in);
	return n;
}

static void check_trustlet(struct __test_metadata *_metadata, int fd,
			   const char *policy, const char *name, int expected)
{
	struct object object;
	uint64_t id = 0;
	int ret;

	if (!object_read(name, &object))
		SKIP(return, NO_OBJECT, name);
	ret = create(fd, &object, &id);
	EXPECT_EQ(expected, ret) TH_LOG("%s under %s", name, policy);
	if (!ret)
		EXPECT_EQ(0, destroy(fd, id));
	free(object.data);
}

TEST_F_TIMEOUT(dev, policies, 300)
{
	struct object policy;
	struct vsm_info info;
	char name[64];
	int audits;

	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_INFO, &info));
	if (info.policy_version > 1001)
		SKIP(return, "policy %u is loaded; this needs a fresh boot",
		     info.policy_version);
	check_versions(_metadata, self->fd);
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		const char *which = policies[i].policy;

		snprintf(name, sizeof(name), "%s.signed", which);
		if (!object_read(name, &policy))
			SKIP(return, NO_OBJECT, name);
		ASSERT_EQ(0, load_policy(self->fd, &policy)) TH_LOG("%s", name);
		free(policy.data);
		audits = audit_events();
		check_trustlet(_metadata, self->fd, which, "trustlet.signed",
			       policies[i].trustlet);
		check_trustlet(_metadata, self->fd, which,
			       "trustlet-old.signed", policies[i].old);
		/* Both would have been refused, had it been in earnest. */
		EXPECT_EQ(audits + 2 * !strcmp(which, "policy-audit"),
			  audit_events()) TH_LOG("%s", which);
	}
	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_INFO, &info));
	EXPECT_EQ(policies[ARRAY_SIZE(policies) - 1].version,
		  info.policy_version);
}

TEST_F(dev, callers_without_privilege)
{
	struct object policy, trustlet;
	pid_t pid;

	if (!object_read("policy.signed", &policy))
		SKIP(return, NO_OBJECT, "policy.signed");
	if (!object_read("trustlet.signed", &trustlet))
		SKIP(return, NO_OBJECT, "trustlet.signed");
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct vsm_info info;
		uint64_t id;
		int other;

		if (!become_nobody())
			_exit(1);
		/* The device is not for everybody ... */
		other = open(DEVICE, O_RDWR | O_CLOEXEC);
		if (other >= 0 || errno != EACCES)
			_exit(2);
		/* ... but one that was handed over works, without policy. */
		if (do_ioctl(self->fd, VSM_IOC_INFO, &info))
			_exit(3);
		if (load_policy(self->fd, &policy) != -EPERM)
			_exit(4);
		if (do_ioctl(self->fd, VSM_IOC_POLICY_LOAD, NULL) != -EPERM)
			_exit(5);
		if (create(self->fd, &trustlet, &id))
			_exit(6);
		_exit(destroy(self->fd, id) ? 7 : 0);
	}
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, nr_trustlets(self->fd));
}

FIXTURE(trustlet)
{
	int fd;
	struct object object;
	uint64_t id;
	uint64_t free_before;
};

FIXTURE_SETUP(trustlet)
{
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && (errno == ENOENT || errno == ENXIO))
		SKIP(return, "no %s: the module is not loaded", DEVICE);
	ASSERT_LE(0, self->fd);
	if (!object_read("trustlet.signed", &self->object))
		SKIP(return, NO_OBJECT, "trustlet.signed");
	ASSERT_TRUE(wait_trustlets(self->fd, 0));
	self->free_before = free_bytes(self->fd);
	ASSERT_EQ(0, create(self->fd, &self->object, &self->id));
}

/* Whatever a test did, nothing of it stays behind in VTL1. */
FIXTURE_TEARDOWN(trustlet)
{
	int fd;

	if (!self->object.data)
		return;
	if (self->fd >= 0)
		close(self->fd);
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(wait_trustlets(fd, 0));
	EXPECT_EQ(self->free_before, free_bytes(fd));
	close(fd);
	free(self->object.data);
}

TEST_F(trustlet, info)
{
	struct vsm_trustlet_info info = { .id = self->id };
	static const uint8_t zero[32];

	ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_TRUSTLET_INFO, &info));
	EXPECT_EQ(self->id, info.id);
	EXPECT_STREQ("test", (char *)info.name);
	EXPECT_EQ(3, info.svn);
	EXPECT_EQ(0x76, info.uuid[0]);
	EXPECT_NE(0, memcmp(info.image_sha256, zero, 32));
	EXPECT_NE(0, memcmp(info.signer_sha256, zero, 32));
	EXPECT_NE(0, memcmp(info.image_sha256, info.signer_sha256, 32));
}

TEST_F(trustlet, destroy_twice)
{
	EXPECT_EQ(0, destroy(self->fd, self->id));
	EXPECT_EQ(-ENOENT, destroy(self->fd, self->id));
	EXPECT_EQ(-ENOENT, send(self->fd, self->id, DO_ECHO, NULL, 0));
}

TEST_F(trustlet, belongs_to_its_file)
{
	int other = open(DEVICE, O_RDWR | O_CLOEXEC);
	struct vsm_trustlet_info info = { .id = self->id };

	ASSERT_LE(0, other);
	EXPECT_EQ(-ENOENT, destroy(other, self->id));
	EXPECT_EQ(-ENOENT, send(other, self->id, DO_ECHO, NULL, 0));
	EXPECT_EQ(-ENOENT, do_ioctl(other, VSM_IOC_TRUSTLET_INFO, &info));
	close(other);
	EXPECT_EQ(1, nr_trustlets(self->fd));
}

TEST_F(trustlet, messages_of_all_sizes)
{
	static const uint32_t sizes[] = {
		1, 2, 63, 64, 4095, 4096, 4097, 8192, 65535, MESSAGE_MAX,
	};
	uint8_t *msg = malloc(MESSAGE_MAX), *answer = malloc(MESSAGE_MAX + 1);

	ASSERT_NE(NULL, msg);
	ASSERT_NE(NULL, answer);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct vsm_trustlet_call call = {
			.id = self->id,
			.msg_addr = (uintptr_t)msg,
			.msg_size = sizes[i],
			.answer_addr = (uintptr_t)answer,
			.answer_size = sizes[i],
		};

		for (uint32_t j = 0; j < sizes[i]; j++)
			msg[j] = (uint8_t)(j * 7 + i);
		msg[0] = DO_ECHO;
		memset(answer, 0xa5, MESSAGE_MAX + 1);
		ASSERT_EQ(0, do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
		EXPECT_EQ(ECHO_RESULT, call.result);
		EXPECT_EQ(sizes[i], call.answer_size);
		EXPECT_EQ(0, memcmp(msg, answer, sizes[i]));
		EXPECT_EQ(0xa5, answer[sizes[i]]);
	}
	free(msg);
	free(answer);
}

/* An answer never goes past its room, whatever the trustlet claims. */
TEST_F(trustlet, answers_larger_than_their_room)
{
	uint8_t answer[128];

	memset(answer, 0xa5, sizeof(answer));
	send(self->fd, self->id, DO_OVERLONG, answer, 64);
	for (size_t i = 64; i < sizeof(answer); i++)
		ASSERT_EQ(0xa5, answer[i]);
	/* It is still there, or it is gone: never half of either. */
	if (nr_trustlets(self->fd)) {
		EXPECT_EQ(0, send(self->fd, self->id, DO_ECHO, answer, 64));
	} else {
		EXPECT_EQ(-ENOENT,
			  send(self->fd, self->id, DO_ECHO, answer, 64));
	}
}

TEST_F(trustlet, bad_message_lengths)
{
	static uint8_t buf[2 * MESSAGE_MAX];
	static const uint32_t sizes[] = {
		MESSAGE_MAX + 1, 2 * MESSAGE_MAX, 0x80000000, UINT32_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct vsm_trustlet_call call = {
			.id = self->id,
			.msg_addr = (uintptr_t)buf,
			.answer_addr = (uintptr_t)buf,
			.msg_size = sizes[i],
		};

		EXPECT_EQ(-EINVAL,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
		call.msg_size = 0;
		call.answer_size = sizes[i];
		EXPECT_EQ(-EINVAL,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
	}
	EXPECT_EQ(0, send(self->fd, self->id, DO_ECHO, buf, 64));
}

TEST_F(trustlet, bad_message_pointers)
{
	char what = DO_ECHO;
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vsm_trustlet_call call = {
		.id = self->id,
		.msg_size = 64,
		.answer_size = 64,
	};

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + PAGE, PAGE));
	page[PAGE - 1] = what;
	const uint64_t bad[] = {
		0, 8, (uintptr_t)page + PAGE - 63, 0xffffffff81000000,
		0x0000800000000000, ~0ULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		call.msg_addr = bad[i];
		call.answer_addr = (uintptr_t)page;
		EXPECT_EQ(-EFAULT,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
		page[0] = DO_ECHO;
		call.msg_addr = (uintptr_t)page;
		call.answer_addr = bad[i];
		EXPECT_EQ(-EFAULT,
			  do_ioctl(self->fd, VSM_IOC_TRUSTLET_CALL, &call));
	}
	EXPECT_EQ(0, send(self->fd, self->id, DO_ECHO, page, 64));
	munmap(page, PAGE);
}

TEST_F(trustlet, fault_ends_it)
{
	EXPECT_EQ(-EIO, send(self->fd, self->id, DO_FAULT, NULL, 0));
	EXPECT_EQ(-ENOENT, send(self->fd, self->id, DO_ECHO, NULL, 0));
	EXPECT_EQ(-ENOENT, destroy(self->fd, self->id));
	EXPECT_EQ(0, nr_trustlets(self->fd));
}

/* As many as there is room for, then a clear error; then all of them go. */
TEST_F_TIMEOUT(trustlet, until_memory_runs_out, 300)
{
	struct object big;
	unsigned int nr = 1;
	uint64_t id = 0;
	int ret = 0;

	if (!object_read("trustlet-big.signed", &big))
		SKIP(return, NO_OBJECT, "trustlet-big.signed");
	while (nr < 1000) {
		ret = create(self->fd, &big, &id);
		if (ret)
			break;
		nr++;
	}
	EXPECT_EQ(-ENOMEM, ret);
	EXPECT_LT(1, nr);
	EXPECT_EQ(nr, nr_trustlets(self->fd));
	EXPECT_EQ(0, send(self->fd, self->id, DO_ECHO, NULL, 0));
	EXPECT_EQ(0, destroy(self->fd, id));
	EXPECT_EQ(0, create(self->fd, &big, &id));
}

/* A child that is inside a call; it ends by a signal only. */
static pid_t fork_spinning(int fd, uint64_t id)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		send(fd, id, DO_SPIN, NULL, 0);
		_exit(1);
	}
	return pid;
}

/* Until the driver says that a call is under way. */
static bool wait_busy(int fd, uint64_t id)
{
	time_t end = now() + PATIENCE;

	while (send(fd, id, DO_ECHO, NULL, 0) != -EBUSY) {
		if (now() > end)
			return false;
		usleep(1000);
	}
	return true;
}

TEST_F_TIMEOUT(trustlet, one_call_at_a_time, 300)
{
	struct vsm_trustlet_info info = { .id = self->id };
	pid_t pid = fork_spinning(self->fd, self->id);

	ASSERT_LT(0, pid);
	EXPECT_TRUE(wait_busy(self->fd, self->id));
	EXPECT_EQ(-EBUSY, send(self->fd, self->id, DO_ECHO, NULL, 0));
	EXPECT_EQ(-EBUSY, destroy(self->fd, self->id));
	EXPECT_EQ(0, do_ioctl(self->fd, VSM_IOC_TRUSTLET_INFO, &info));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(-1, wait_child(pid));
	/* Whoever was killed took the trustlet along. */
	EXPECT_TRUE(wait_trustlets(self->fd, 0));
	EXPECT_EQ(-ENOENT, send(self->fd, self->id, DO_ECHO, NULL, 0));
}

/* While one spins, another one works, and so does Linux. */
TEST_F_TIMEOUT(trustlet, others_go_on, 300)
{
	uint8_t answer[64];
	uint64_t other;
	pid_t pid;

	ASSERT_EQ(0, create(self->fd, &self->object, &other));
	pid = fork_spinning(self->fd, self->id);
	ASSERT_LT(0, pid);
	EXPECT_TRUE(wait_busy(self->fd, self->id));
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(0, send(self->fd, other, DO_ECHO, answer, 64));
	kill(pid, SIGKILL);
	EXPECT_EQ(-1, wait_child(pid));
	EXPECT_EQ(0, send(self->fd, other, DO_ECHO, answer, 64));
	EXPECT_EQ(0, destroy(self->fd, other));
}

TEST_F_TIMEOUT(trustlet, killed_again_and_again, 300)
{
	for (int i = 0; i < 10; i++) {
		uint64_t id;
		pid_t pid;

		ASSERT_EQ(0, create(self->fd, &self->object, &id));
		pid = fork_spinning(self->fd, id);
		ASSERT_LT(0, pid);
		usleep(1000 * (useconds_t)i);
		EXPECT_TRUE(i < 5 || wait_busy(self->fd, id));
		kill(pid, SIGKILL);
		EXPECT_EQ(-1, wait_child(pid));
		/* Killed before its call, it left the trustlet to the file. */
		destroy(self->fd, id);
		EXPECT_TRUE(wait_trustlets(self->fd, 1));
	}
}

/* A signal that does not kill does not end a call either. */
static void ignore_signal(int sig)
{
	(void)sig;
}

TEST_F_TIMEOUT(trustlet, signals_that_do_not_kill, 300)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		signal(SIGUSR1, ignore_signal);
		send(self->fd, self->id, DO_SPIN, NULL, 0);
		_exit(1);
	}
	EXPECT_TRUE(wait_busy(self->fd, self->id));
	kill(pid, SIGUSR1);
	usleep(100000);
	EXPECT_EQ(-EBUSY, send(self->fd, self->id, DO_ECHO, NULL, 0));
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	kill(pid, SIGKILL);
	EXPECT_EQ(-1, wait_child(pid));
}

struct spinner {
	int fd;
	uint64_t id;
};

static void *spin(void *arg)
{
	struct spinner *spinner = arg;

	send(spinner->fd, spinner->id, DO_SPIN, NULL, 0);
	return NULL;
}

/* close() returns at once; the call, and the trustlet, end with the thread. */
TEST_F_TIMEOUT(trustlet, closed_during_a_call, 300)
{
	pid_t pid;

	close(self->fd);
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(wait_trustlets(self->fd, 0));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct spinner s;
		pthread_t thread;
		int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

		s.fd = fd;
		if (fd < 0 || create(fd, &self->object, &s.id) ||
		    pthread_create(&thread, NULL, spin, &s) ||
		    !wait_busy(fd, s.id) || close(fd))
			_exit(1);
		/* Not freed under the call that runs on it. */
		_exit(nr_trustlets(self->fd) == 1 ? 0 : 2);
	}
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_TRUE(wait_trustlets(self->fd, 0));
}

/* The file, not the process, owns a trustlet. */
TEST_F(trustlet, survives_the_process_that_made_it)
{
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(send(self->fd, self->id, DO_ECHO, NULL, 0) ? 1 : 0);
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, send(self->fd, self->id, DO_ECHO, NULL, 0));
}

TEST_HARNESS_MAIN
