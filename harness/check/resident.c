/* SPDX-License-Identifier: MIT
 *
 * What is really held: resident bytes of the mappings that were not there before the heap was
 * opened, against what the collector says.
 *
 * Not counted, as the contract has it, is what the C library's allocator gives: this process keeps
 * that in one area, which is known by its name. Stacks of threads are left out by their guard: a
 * mapping right above an inaccessible one of the kernel's page size.
 *
 * The kernel tells soonest where mappings lie (maps) and which of their pages are there (mincore),
 * pages of zeros that were only read among them. So that never says too little, and only where it
 * says too much each page is looked at (pagemap).
 */
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.h"

#include "base/sanitized.h"
#include "check/session.h"
#include "measure/process.h"

/* What is told may lag a block behind, and tables that the contract does not count are small. */
#define RESIDENT_SLACK_BYTES (UINT64_C(1) << 18)

enum { CHUNK_PAGES = 4096 };

static uintptr_t page_bytes(void)
{
    return (uintptr_t)sysconf(_SC_PAGESIZE);
}

struct mapping {
    uintptr_t start, end;
    bool accessible, anonymous;
};

/* A line that begins a mapping: "start-end mode offset device inode path", numbers but the inode
 * in hexadecimal. */
static bool parse_mapping(const char *line, struct mapping *mapping)
{
    char *at;
    uintptr_t start = strtoul(line, &at, 16);
    if (at == line || *at != '-')
        return false;
    *mapping = (struct mapping){.start = start, .end = strtoul(at + 1, &at, 16)};
    mapping->accessible = *at == ' ' && at[1] == 'r';
    for (int field = 0; field < 3 && at != NULL; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return false;
    bool of_file = strtoul(at, &at, 10) != 0;
    at += strspn(at, " ");
    mapping->anonymous = !of_file && (*at == '\n' || *at == '\0');
    return true;
}

/* All mappings, in the order of addresses; NULL: none. */
static struct mapping *read_all(size_t *count)
{
    struct text text = {0};
    struct mapping *mappings = NULL;
    size_t capacity = 0;
    *count = 0;
    files_read(&text, "/", "proc/self/maps");
    for (const char *line = text_chars(&text), *next; *line != '\0'; line = next) {
        struct mapping mapping;
        next = strchrnul(line, '\n');
        next += *next == '\n';
        if (!parse_mapping(line, &mapping))
            continue;
        if (*count == capacity) {
            capacity = capacity == 0 ? 256 : 2 * capacity;
            mappings = memory_resize(mappings, capacity * sizeof mapping);
        }
        mappings[(*count)++] = mapping;
    }
    text_free(&text);
    return mappings;
}

/* A sanitizer's allocator and its shadow are mapped as they are needed. */
#define RESIDENT_IS_KNOWN (!SANITIZED_ADDRESS && !SANITIZED_THREAD)

void resident_begin(struct check_session *session)
{
    if (!RESIDENT_IS_KNOWN || process_is_under_valgrind())
        return;
    /* Everything of malloc in the one area that brk moves. */
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_ARENA_MAX, 1);
    session->mappings = read_all(&session->mapping_count);
}

/* Pages of [start, end): mapped, which those are too that hold zeros and were only read. Bytes are
 * counted eight at a time, as a heap without a limit may have reserved very many. */
static uint64_t pages_mapped(uintptr_t start, uintptr_t end)
{
    static uint64_t present[CHUNK_PAGES / sizeof(uint64_t)];
    static const uint64_t lowest_bits = UINT64_C(0x0101010101010101);
    uint64_t pages = 0;
    for (uintptr_t at = start; at < end; at += CHUNK_PAGES * page_bytes()) {
        size_t count =
            (end - at) / page_bytes() < CHUNK_PAGES ? (end - at) / page_bytes() : CHUNK_PAGES;
        size_t words = (count + sizeof *present - 1) / sizeof *present;
        present[words - 1] = 0;
        if (mincore((void *)at, count * page_bytes(), (unsigned char *)present) != 0)
            return 0; /* unmapped meanwhile */
        for (size_t i = 0; i < words; i++)
            pages += (present[i] & lowest_bits) * lowest_bits >> 56; /* the sum of eight bytes */
    }
    return pages;
}

/* Those with memory of their own: present, and mapped by this process alone. */
static uint64_t pages_resident(uintptr_t start, uintptr_t end)
{
    static uint64_t entries[CHUNK_PAGES];
    static const uint64_t owned = UINT64_C(1) << 63 | UINT64_C(1) << 56;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uint64_t pages = 0;
    ssize_t got = 1;
    for (uintptr_t at = start; fd >= 0 && at < end && got > 0; at += (size_t)got * page_bytes()) {
        size_t count =
            (end - at) / page_bytes() < CHUNK_PAGES ? (end - at) / page_bytes() : CHUNK_PAGES;
        got = pread(fd, entries, count * sizeof *entries,
                    (off_t)(at / page_bytes() * sizeof *entries)) /
              (ssize_t)sizeof *entries;
        for (ssize_t i = 0; i < got; i++)
            pages += (entries[i] & owned) == owned;
    }
    if (fd >= 0)
        close(fd);
    return pages;
}

/* Pages of the mapping, without those that were there before: the kernel joins mappings that touch,
 * so a collector's may have become one with the check's. */
static uint64_t new_pages(const struct check_session *session, const struct mapping *mapping,
                          uint64_t (*count)(uintptr_t start, uintptr_t end))
{
    uintptr_t at = mapping->start;
    uint64_t pages = 0;
    for (size_t i = 0; i < session->mapping_count && at < mapping->end; i++) {
        const struct mapping *before = &session->mappings[i];
        if (before->end <= at || before->start >= mapping->end)
            continue;
        if (before->start > at)
            pages += count(at, before->start);
        at = before->end;
    }
    return at < mapping->end ? pages + count(at, mapping->end) : pages;
}

static uint64_t new_bytes(const struct check_session *session,
                          uint64_t (*pages)(uintptr_t start, uintptr_t end))
{
    size_t count;
    struct mapping *mappings = read_all(&count);
    uint64_t bytes = 0;
    for (size_t i = 1; i < count; i++) {
        const struct mapping *below = &mappings[i - 1];
        bool is_stack = below->end == mappings[i].start && !below->accessible &&
                        below->end - below->start == page_bytes();
        if (mappings[i].anonymous && !is_stack)
            bytes += new_pages(session, &mappings[i], pages) * page_bytes();
    }
    free(mappings);
    return bytes;
}

void resident_judge(struct check_thread *thread, const struct hm_statistics *now)
{
    struct check_session *session = thread->session;
    if (now->held_bytes == HM_UNKNOWN || session->mapping_count == 0)
        return;
    uint64_t most = now->held_bytes + RESIDENT_SLACK_BYTES;
    check_judged(session, HM_PROPERTY_HONESTY);
    if (new_bytes(session, pages_mapped) <= most)
        return;
    uint64_t resident = new_bytes(session, pages_resident);
    if (resident > most)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "statistics: %" PRIu64 " bytes held, but %" PRIu64
                     " bytes of what was mapped since open are resident",
                     now->held_bytes, resident);
}
