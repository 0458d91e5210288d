#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/memory_usage.h"
#include "sandbox/protocol.h"

#if SLEEVE_SECCOMP
#include <seccomp.h>
#endif

enum { NOBODY = 65534 };

/* ------------------------------------------------------------------ rights */

/* The descriptors of a decoder stay open, and where sanitizers write. */
static void close_descriptors(void)
{
    if (syscall(SYS_close_range, SANDBOX_DESCRIPTORS, ~0U, 0) == 0)
        return;
    for (int i = SANDBOX_DESCRIPTORS; i < 1024; i++) /* Linux before 5.9 */
        close(i);
}

/* A decoder that root starts becomes nobody; where that is not mapped (a container), it stays what it is. */
static void drop_root(void)
{
    if (geteuid() != 0 || SLEEVE_SANITIZED)
        return;
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return;
}

static bool limit(int resource, rlim_t value)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
        return false;
    if (value < now.rlim_max)
        now.rlim_max = value;
    now.rlim_cur = now.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &now) == 0;
}

/* That of processor time is set with each request. */
static bool set_limits(size_t memory)
{
    rlim_t space = (rlim_t)memory_usage_bytes(0, "VmSize") + memory + SANDBOX_SIZE_MAX;
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_MEMLOCK, 0) &&
           limit(RLIMIT_NOFILE, 4 * SANDBOX_DESCRIPTORS) && limit(RLIMIT_MSGQUEUE, 0) &&
           (SLEEVE_SANITIZED || (limit(RLIMIT_NPROC, 0) && limit(RLIMIT_AS, space)));
}

/* ------------------------------------------------------------------ Landlock */

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* All access to files that the kernel's version of Landlock can deny. */
static bool deny_files(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    struct landlock_ruleset_attr denied = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    if (version >= 2)
        denied.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        denied.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &denied, sizeof denied, 0);
    if (rules < 0)
        return false;
    bool denies = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return denies;
}

/* ------------------------------------------------------------------ system calls */

#if SLEEVE_SECCOMP

/* What decoding needs in any case. */
static const int allowed[] = {
    SCMP_SYS(read),        SCMP_SYS(recvmsg),         SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg),     SCMP_SYS(sendto),          SCMP_SYS(close),
    SCMP_SYS(munmap),      SCMP_SYS(mremap),          SCMP_SYS(madvise),
    SCMP_SYS(brk),         SCMP_SYS(futex),           SCMP_SYS(exit),
    SCMP_SYS(exit_group),  SCMP_SYS(clock_gettime),   SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),   SCMP_SYS(rt_sigreturn),    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
    SCMP_SYS(gettid),
};
/* What reading a file needs. */
static const int allowed_for_files[] = {SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(readv)};
/* What libraries try and can do without. */
static const int refused[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(ioctl),
    SCMP_SYS(fcntl),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(getrlimit),
    SCMP_SYS(prctl),
    SCMP_SYS(membarrier),
    SCMP_SYS(getcpu),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
};

static bool add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i] >= 0 && seccomp_rule_add(filter, action, calls[i], 0) != 0)
            return false;
    return true;
}

/* Memory that is not executable: anonymous, or the shared memory. */
static bool add_memory(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp anonymous = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
    const struct scmp_arg_cmp own = SCMP_A4(SCMP_CMP_EQ, SANDBOX_SHARED, 0);
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, plain, anonymous) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, plain, own) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain) == 0;
}

/* abort() sends a signal to the process itself, which also renews its limit of processor time. */
static bool add_own(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    const struct scmp_arg_cmp caller = SCMP_A0(SCMP_CMP_EQ, 0, 0);
    const struct scmp_arg_cmp processor = SCMP_A1(SCMP_CMP_EQ, RLIMIT_CPU, 0);
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, self) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, caller, processor) == 0;
}

static bool filter_calls(bool reads_files)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return false;
    /* Not a reason to slow down the processor's speculation, as seccomp did before Linux 5.16. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    bool filters = add_calls(filter, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]) &&
                   add_calls(filter, SCMP_ACT_ERRNO(EPERM), refused, sizeof refused / sizeof refused[0]) &&
                   add_memory(filter) && add_own(filter);
    if (filters && reads_files)
        filters = add_calls(filter, SCMP_ACT_ALLOW, allowed_for_files,
                            sizeof allowed_for_files / sizeof allowed_for_files[0]);
    filters = filters && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return filters;
}

#else

static bool filter_calls(bool reads_files)
{
    (void)reads_files;
    return false;
}

#endif

bool confine(size_t memory, bool reads_files, struct confinement *confinement)
{
    *confinement = (struct confinement){0};
    close_descriptors();
    drop_root();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || (!SLEEVE_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0))
        return false;
    if (!set_limits(memory))
        return false;
    confinement->landlock = !SLEEVE_SANITIZED && deny_files();
    confinement->seccomp = !SLEEVE_SANITIZED && filter_calls(reads_files);
    return true;
}
