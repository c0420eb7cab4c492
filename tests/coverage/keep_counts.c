/* SPDX-License-Identifier: MIT
 *
 * Preloaded when coverage is measured: a process that ends by _exit or abort, or raises the signal
 * of a crash itself, writes its counts first, which gcc's own code does at exit only. Those that
 * another signal ends lose theirs. A test's soft limit on the size of files is taken off first:
 * counts that are written in part spoil those of all later processes.
 *
 * Of each part of the process that lies below HEAPMARK_COVERAGE, the first destructor is called:
 * gcc gives that which writes counts a priority before all others. No other one runs, as those of
 * a parent do not in a child that ends by _exit.
 */
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef void destructor(void);

static bool is_measured(const struct dl_phdr_info *part, const char *folder)
{
    char path[4096];
    if (part->dlpi_name[0] != '\0')
        return strncmp(part->dlpi_name, folder, strlen(folder)) == 0;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int write_counts(struct dl_phdr_info *part, size_t size, void *folder)
{
    (void)size;
    if (!is_measured(part, folder))
        return 0;
    for (size_t i = 0; i < part->dlpi_phnum; i++) {
        if (part->dlpi_phdr[i].p_type != PT_DYNAMIC)
            continue;
        const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(part->dlpi_addr + part->dlpi_phdr[i].p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++)
            if (entry->d_tag == DT_FINI_ARRAY)
                (*(destructor *const *)(part->dlpi_addr + entry->d_un.d_ptr))();
    }
    return 0;
}

static void take_limit_off(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* What a constructor registers runs after the destructors of the program, where its counts are
 * written; what is registered in main runs before them. */
typedef int main_function(int count, char **words, char **environment);
static main_function *real_main;

static int register_and_run(int count, char **words, char **environment)
{
    atexit(take_limit_off);
    return real_main(count, words, environment);
}

int __libc_start_main(main_function *main, int count, char **words, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(main_function *main, int count, char **words, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    typedef int start(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                      void *);
    real_main = main;
    return ((start *)dlsym(RTLD_NEXT, "__libc_start_main"))(register_and_run, count, words, init,
                                                            fini, rtld_fini, stack_end);
}

static void keep_counts(void)
{
    take_limit_off();
    const char *folder = getenv("HEAPMARK_COVERAGE");
    if (folder != NULL)
        dl_iterate_phdr(write_counts, (void *)(uintptr_t)folder);
}

_Noreturn void _exit(int status)
{
    keep_counts();
    for (;;)
        syscall(SYS_exit_group, status);
}

int raise(int signal_number)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "raise");
    if (signal_number == SIGSEGV || signal_number == SIGBUS || signal_number == SIGFPE)
        keep_counts();
    return real(signal_number);
}

_Noreturn void abort(void)
{
    void (*real)(void) = (void (*)(void))dlsym(RTLD_NEXT, "abort");
    keep_counts();
    real();
    __builtin_unreachable();
}
