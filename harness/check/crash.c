/* SPDX-License-Identifier: MIT
 *
 * A thread of a program's process crashes: where it was goes to the memory shared with the parent.
 *
 * Only in that process, and after everything else is in place; a collector may have handlers of its
 * own over these, and calls them for what is not its own. backtrace() and dladdr() are not
 * async-signal-safe by the letter: whoever crashes inside the loader or malloc may hang here, which
 * the alarm ends. Descriptors are not used, since the collector may have closed them.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/session.h"

enum { MOST_FRAMES = 48, STACK_BYTES = 128 << 10, PATIENCE_SECONDS = 2 };

static struct check_shared *told;
static _Thread_local uint32_t own_index = UINT32_MAX;
static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* "mark-sweep.so(sweep+0x1f)" or "mark-sweep.so(+0x51f)": the second is for addr2line. */
static int print_frame(char *line, size_t size, void *address)
{
    Dl_info info = {0};
    if (dladdr(address, &info) == 0 || info.dli_fname == NULL)
        return snprintf(line, size, "%p\n", address);
    const char *file = base_name(info.dli_fname);
    if (info.dli_sname != NULL)
        return snprintf(line, size, "%s(%s+%#zx) [%#zx]\n", file, info.dli_sname,
                        (size_t)((char *)address - (char *)info.dli_saddr),
                        (size_t)((char *)address - (char *)info.dli_fbase));
    return snprintf(line, size, "%s(+%#zx)\n", file,
                    (size_t)((char *)address - (char *)info.dli_fbase));
}

/* From the frame that crashed on: above it are this handler and the kernel's trampoline. */
static void tell(void *const *frames, int count)
{
    size_t used = 0, size = sizeof told->backtrace;
    for (int i = 2; i < count && used + 1 < size; i++) {
        if (i > 2 && frames[i] == frames[i - 1])
            continue; /* deep recursion */
        int wanted = print_frame(told->backtrace + used, size - used, frames[i]);
        used += wanted < 0 ? 0 : (size_t)wanted;
    }
    told->backtrace[used < size ? used : size - 1] = '\0';
}

static void crashed(int signal_number)
{
    static atomic_flag begun = ATOMIC_FLAG_INIT;
    signal(signal_number, SIG_DFL);
    if (!atomic_flag_test_and_set(&begun)) {
        void *frames[MOST_FRAMES];
        alarm(PATIENCE_SECONDS);
        atomic_store(&told->crashed, own_index);
        tell(frames, backtrace(frames, MOST_FRAMES));
        raise(signal_number);
        return; /* the signal comes when this handler has returned */
    }
    for (;;) /* the first one ends the process */
        pause();
}

void crash_open(struct check_shared *shared)
{
    void *frame[1];
    told = shared;
    atomic_store(&told->crashed, UINT32_MAX);
    backtrace(frame, 1); /* loads what it needs now */
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* A stack for handlers, so that a machine stack that has overflown can be told. It goes with the
 * process, or when its thread hands over to another. */
void crash_enter(uint32_t index)
{
    stack_t stack = {.ss_size = STACK_BYTES};
    own_index = index;
    stack.ss_sp =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack.ss_sp != MAP_FAILED)
        sigaltstack(&stack, NULL);
}

void crash_leave(void)
{
    stack_t none = {.ss_flags = SS_DISABLE}, stack;
    if (sigaltstack(&none, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0)
        munmap(stack.ss_sp, stack.ss_size);
}
