/* SPDX-License-Identifier: MIT
 *
 * For tests: a kernel that refuses set_mempolicy, as that of a container does.
 */
#ifndef HEAPMARK_TESTS_TOPOLOGY_REFUSE_MEMPOLICY_H
#define HEAPMARK_TESTS_TOPOLOGY_REFUSE_MEMPOLICY_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* From now on set_mempolicy fails with EPERM in this thread and in what it starts. False where the
 * system has no such filters. */
static inline bool refuse_mempolicy(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_set_mempolicy, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#endif
