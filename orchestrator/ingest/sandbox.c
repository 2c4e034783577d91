#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/compiler.h"
#include "ingest/sandbox.h"

/* Above what the largest report takes (research: 200 000 records). */
#define MEMORY_MAX ((rlim_t)512 << 20)

/* ---- rlimits and privileges */

static int
limit(unsigned resource, rlim_t most)
{
	const struct rlimit r = {most, most};

	return (setrlimit(resource, &r) == 0 ? 0 : errno);
}

/*
 * No RLIMIT_CPU: it counts what a process used in its whole life, and this
 * one reads many inputs.  Ingest looks at the clock of its processor time.
 */
static int
set_limits(void)
{
	int bad = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		bad = errno;
	if (bad == 0)
		bad = limit(RLIMIT_CORE, 0);
	if (bad == 0)
		bad = limit(RLIMIT_FSIZE, 0);
#ifndef DRO_ASAN
	if (bad == 0)
		bad = limit(RLIMIT_AS, MEMORY_MAX);
#endif
	return (bad);
}

/* ---- Landlock, of which Debian has no library (landlock(7)) */

/* The kernel's struct landlock_ruleset_attr up to ABI 6. */
struct ruleset {
	uint64_t fs, net, scoped;
};

#define LANDLOCK_VERSION 1U /* LANDLOCK_CREATE_RULESET_VERSION */

/* All rights that the kernel's ABI knows are handled, and none is given. */
static struct ruleset
everything(int abi, size_t *size)
{
	/* Rights to files by ABI: 13, 14 with REFER, 15 with TRUNCATE, ... */
	static const int files[] = {0, 13, 14, 15, 15, 16};
	struct ruleset r = {0, 0, 0};

	r.fs = (UINT64_C(1) << files[abi < 5 ? abi : 5]) - 1;
	*size = offsetof(struct ruleset, net);
	if (abi >= 4) {
		r.net = 3; /* TCP bind and connect */
		*size = offsetof(struct ruleset, scoped);
	}
	if (abi >= 6) {
		r.scoped = 3; /* abstract sockets and signals */
		*size = sizeof(r);
	}
	return (r);
}

static int
close_paths(int *abi)
{
	struct ruleset r;
	size_t size;
	long fd;
	int bad = 0;

	*abi = (int)syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	if (*abi < 1) {
		*abi = 0;
		return (errno != 0 ? errno : ENOSYS);
	}
	r = everything(*abi, &size);
	if ((fd = syscall(SYS_landlock_create_ruleset, &r, size, 0U)) < 0 ||
	    syscall(SYS_landlock_restrict_self, (int)fd, 0U) != 0)
		bad = errno;
	if (fd >= 0)
		(void)close((int)fd);
	if (bad != 0)
		*abi = 0;
	return (bad);
}

/* ---- seccomp */

/* What reading needs: its descriptors, memory, and the time. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo), /* qsort asks how much memory there is */
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#ifdef DRO_ASAN
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
#endif
};

/*
 * Libraries look for files that they can do without: character sets, time
 * zones, settings.  They are told no; whoever asks for anything else is not
 * the program that we wrote, and dies.
 */
static const int denied[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(ioctl),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
};

static int
allow_memory(scmp_filter_ctx ctx, int call)
{
	/* Memory, but never code. */
	return (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
}

static int
close_calls(void)
{
	const uint32_t kill = SECCOMP_RET_KILL_PROCESS;
	scmp_filter_ctx ctx;
	size_t i;
	int rc;

	/* The library does not say why it cannot. */
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &kill) != 0)
		return (errno);
	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		return (ENOMEM);
	/* The kernel's own word when it refuses. */
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	for (i = 0; i < DRO_ARRAY_LEN(allowed) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	for (i = 0; i < DRO_ARRAY_LEN(denied) && rc == 0; i++)
		rc =
		    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), denied[i], 0);
	if (rc == 0)
		rc = allow_memory(ctx, SCMP_SYS(mmap));
	if (rc == 0)
		rc = allow_memory(ctx, SCMP_SYS(mprotect));
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return (-rc);
}

void
dro_sandbox_enter(struct dro_sandbox *out)
{
	out->limits_errno = set_limits();
	out->landlock_errno = close_paths(&out->landlock_abi);
	/* The ruleset was the last descriptor. */
	if (out->limits_errno == 0)
		out->limits_errno = limit(RLIMIT_NOFILE, 1);
	out->seccomp_errno = close_calls();
}

bool
dro_sandbox_whole(const struct dro_sandbox *sandbox)
{
	return (sandbox->landlock_errno == 0 && sandbox->seccomp_errno == 0 &&
	    sandbox->limits_errno == 0);
}

void
dro_sandbox_missing(const struct dro_sandbox *sandbox, struct dro_buf *out)
{
	const struct {
		const char *name;
		int why;
	} parts[] = {{"Landlock", sandbox->landlock_errno},
	    {"seccomp", sandbox->seccomp_errno},
	    {"resource limits", sandbox->limits_errno}};
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(parts); i++)
		if (parts[i].why != 0)
			dro_buf_addf(out, "%s%s (%s)", out->len > 0 ? ", " : "",
			    parts[i].name, strerror(parts[i].why));
}
