/* SPDX-License-Identifier: MIT
 *
 * What is really held: resident bytes of the mappings that were not there before the heap was
 * opened, against what the collector says.
 *
 * Not counted, as the contract has it, is what the C library's allocator gives: this process keeps
 * that in one area, which is known by its name. Stacks of threads are left out by their guard: a
 * mapping right above an inaccessible one of the kernel's page size.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/session.h"

/* What is told may lag a block behind, and tables that the contract does not count are small. */
#define RESIDENT_SLACK_BYTES (UINT64_C(1) << 20)

struct mapping {
    uintptr_t start, end;
    bool accessible, anonymous;
    uint64_t resident_bytes;
};

/* The next mapping of /proc/self/smaps. */
static bool read_mapping(FILE *file, struct mapping *mapping)
{
    char line[512], mode[8], path[256];
    unsigned long start, end, inode;
    uint64_t kib;
    while (fgets(line, sizeof line, file) != NULL) {
        path[0] = '\0';
        if (sscanf(line, "%lx-%lx %7s %*x %*s %lu %255s", &start, &end, mode, &inode, path) >= 4)
            *mapping = (struct mapping){.start = start,
                                        .end = end,
                                        .accessible = mode[0] == 'r',
                                        .anonymous = inode == 0 && path[0] == '\0'};
        else if (sscanf(line, "Rss: %" SCNu64, &kib) == 1)
            mapping->resident_bytes = kib * 1024;
        else if (strncmp(line, "VmFlags:", 8) == 0)
            return true;
    }
    return false;
}

static size_t read_all(struct mapping **mappings)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    size_t count = 0, capacity = 0;
    struct mapping mapping = {0};
    while (file != NULL && read_mapping(file, &mapping)) {
        if (count == capacity) {
            capacity = capacity == 0 ? 256 : 2 * capacity;
            *mappings = memory_resize(*mappings, capacity * sizeof mapping);
        }
        (*mappings)[count++] = mapping;
    }
    if (file != NULL)
        fclose(file);
    return count;
}

/* A sanitizer's allocator and its shadow are mapped as they are needed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RESIDENT_IS_KNOWN false
#elif defined(__has_feature)
#define RESIDENT_IS_KNOWN !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define RESIDENT_IS_KNOWN true
#endif

void resident_begin(struct check_session *session)
{
    if (!RESIDENT_IS_KNOWN)
        return;
    /* Everything of malloc in the one area that brk moves. */
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_ARENA_MAX, 1);
    session->mapping_count = read_all(&session->mappings);
}

/* Was it there before, or part of what was? The kernel joins mappings that touch. */
static uint64_t bytes_before(const struct check_session *session, const struct mapping *mapping)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < session->mapping_count; i++) {
        const struct mapping *before = &session->mappings[i];
        uintptr_t start = before->start > mapping->start ? before->start : mapping->start;
        uintptr_t end = before->end < mapping->end ? before->end : mapping->end;
        bytes += start < end ? end - start : 0;
    }
    return bytes;
}

static uint64_t new_resident_bytes(const struct check_session *session)
{
    struct mapping *mappings = NULL;
    size_t count = read_all(&mappings);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_stack = i > 0 && mappings[i - 1].end == mappings[i].start &&
                        !mappings[i - 1].accessible &&
                        mappings[i - 1].end - mappings[i - 1].start == 4096;
        if (mappings[i].anonymous && !is_stack && bytes_before(session, &mappings[i]) == 0)
            bytes += mappings[i].resident_bytes;
    }
    free(mappings);
    return bytes;
}

void resident_judge(struct check_thread *thread, const struct hm_statistics *now)
{
    struct check_session *session = thread->session;
    if (now->held_bytes == HM_UNKNOWN || !session->can.heap_limit || session->mapping_count == 0)
        return;
    uint64_t resident = new_resident_bytes(session);
    check_judged(session, HM_PROPERTY_HONESTY);
    if (resident > now->held_bytes + RESIDENT_SLACK_BYTES)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "statistics: %" PRIu64 " bytes held, but %" PRIu64
                     " bytes of what was mapped since open are resident",
                     now->held_bytes, resident);
}
