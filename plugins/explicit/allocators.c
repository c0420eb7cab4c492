/* SPDX-License-Identifier: MIT
 *
 * The allocators that are compared.
 *
 * The C library's is that of the whole process. mimalloc and jemalloc are loaded when a heap is
 * opened, with RTLD_LOCAL, and called by names that only they have: their own `malloc` then stands
 * behind the C library's in the order of search, so that nobody else in the process uses it. All
 * three are reached through a pointer, as a call of a shared library is.
 */
#include <explicit/heap.h>

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- glibc ---- */

/* It walks the free lists of all arenas, with their locks held. */
static uint64_t glibc_held(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.arena + info.hblkhd;
}

const struct explicit_allocator explicit_glibc = {
    .name = "glibc", .allocate = malloc, .release = free, .held_bytes = glibc_held};

/* ---- libraries ---- */

static bool load(const char *library, const char *package, const char *const *names,
                 void (**functions)(void), struct hm_refusal *refusal)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    const char *error = handle == NULL ? dlerror() : NULL;
    for (size_t i = 0; handle != NULL && names[i] != NULL; i++) {
        /* POSIX has a pointer of an object hold a function's. */
        void *symbol = dlsym(handle, names[i]);
        memcpy(&functions[i], &symbol, sizeof symbol);
        if (symbol == NULL) {
            error = names[i];
            break;
        }
    }
    if (error == NULL)
        return true;
    if (strstr(error, "static TLS") != NULL)
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "%s needs more room for its variables of threads: start heapmark with "
                 "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=8192 (`heapmark run` does)",
                 library);
    else
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "the library %s cannot be used: %.120s; install Debian's %s", library, error,
                 package);
    return false;
}

/* ---- mimalloc ---- */

static struct {
    void *(*allocate)(size_t bytes);
    void (*release)(void *object);
} mi;

static bool prepare_mimalloc(struct hm_refusal *refusal)
{
    static const char *const names[] = {"mi_malloc", "mi_free", NULL};
    void (*functions[2])(void);
    if (!load("libmimalloc.so.2", "libmimalloc2.0", names, functions, refusal))
        return false;
    mi.allocate = (void *(*)(size_t))functions[0];
    mi.release = (void (*)(void *))functions[1];
    return true;
}

static void *mimalloc_allocate(size_t bytes)
{
    return mi.allocate(bytes);
}

static void mimalloc_release(void *object)
{
    mi.release(object);
}

/* What it says to have committed is whole segments, touched or not: no figure to compare. */
const struct explicit_allocator explicit_mimalloc = {.name = "mimalloc",
                                                     .prepare = prepare_mimalloc,
                                                     .allocate = mimalloc_allocate,
                                                     .release = mimalloc_release};

/* ---- jemalloc ---- */

static struct {
    void *(*allocate)(size_t bytes, int flags);
    void (*release)(void *object, int flags);
    int (*control)(const char *name, void *old, size_t *old_bytes, void *new, size_t new_bytes);
} je;

static bool prepare_jemalloc(struct hm_refusal *refusal)
{
    static const char *const names[] = {"mallocx", "dallocx", "mallctl", NULL};
    void (*functions[3])(void);
    if (!load("libjemalloc.so.2", "libjemalloc2", names, functions, refusal))
        return false;
    je.allocate = (void *(*)(size_t, int))functions[0];
    je.release = (void (*)(void *, int))functions[1];
    je.control = (int (*)(const char *, void *, size_t *, void *, size_t))functions[2];
    return true;
}

static void *jemalloc_allocate(size_t bytes)
{
    return je.allocate(bytes, 0);
}

static void jemalloc_release(void *object)
{
    je.release(object, 0);
}

/* Its figures are those of the last epoch. */
static uint64_t jemalloc_held(void)
{
    uint64_t epoch = 1;
    size_t resident = 0, bytes = sizeof resident;
    je.control("epoch", NULL, NULL, &epoch, sizeof epoch);
    return je.control("stats.resident", &resident, &bytes, NULL, 0) == 0 ? resident : HM_UNKNOWN;
}

const struct explicit_allocator explicit_jemalloc = {.name = "jemalloc",
                                                     .prepare = prepare_jemalloc,
                                                     .allocate = jemalloc_allocate,
                                                     .release = jemalloc_release,
                                                     .held_bytes = jemalloc_held};
