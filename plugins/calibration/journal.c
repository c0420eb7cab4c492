/* SPDX-License-Identifier: MIT
 *
 * The journal; see journal.h.
 */
#include <calibration/journal.h>

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const words[] = {
#define JOURNAL_WORD(NAME, word) word,
    JOURNAL_ENTRIES(JOURNAL_WORD)
#undef JOURNAL_WORD
};

static struct {
    pthread_mutex_t lock;
    struct line {
        enum journal_entry entry;
        uint64_t numbers[3];
    } * lines;
    size_t count, capacity;
} journal = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t journal_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t journal_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static uint64_t read_waited_ns(void)
{
    static _Thread_local int fd = -1;
    char text[96];
    uint64_t waited_ns;
    if (fd < 0)
        fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, 0);
    text[count < 0 ? 0 : count] = '\0';
    return sscanf(text, "%*u %" SCNu64, &waited_ns) == 1 ? waited_ns : 0;
}

struct journal_moment journal_moment(void)
{
    enum { UNDISTURBED_NS = 50000 };
    struct journal_moment moment;
    uint64_t before_ns;
    do {
        before_ns = journal_now_ns();
        moment.waited_ns = read_waited_ns();
        moment.ns = journal_now_ns();
    } while (moment.ns - before_ns > UNDISTURBED_NS);
    return moment;
}

/* A calibration without its journal is none. */
static void make_room(void)
{
    size_t capacity = journal.capacity == 0 ? 4096 : 2 * journal.capacity;
    struct line *lines = realloc(journal.lines, capacity * sizeof *lines);
    if (lines == NULL)
        abort();
    journal.lines = lines;
    journal.capacity = capacity;
}

void journal_note(enum journal_entry entry, uint64_t a, uint64_t b, uint64_t c)
{
    pthread_mutex_lock(&journal.lock);
    if (journal.count == journal.capacity)
        make_room();
    journal.lines[journal.count++] = (struct line){entry, {a, b, c}};
    pthread_mutex_unlock(&journal.lock);
}

static FILE *open_file(void)
{
    const char *path = getenv("HEAPMARK_CALIBRATION_LOG");
    struct stat found;
    char within[4096];
    if (path == NULL)
        return NULL;
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
        snprintf(within, sizeof within, "%s/%d", path, (int)getpid());
        path = within;
    }
    return fopen(path, "we");
}

void journal_close(void)
{
    FILE *file = open_file();
    for (size_t i = 0; file != NULL && i < journal.count; i++) {
        const struct line *line = &journal.lines[i];
        fprintf(file, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", words[line->entry],
                line->numbers[0], line->numbers[1], line->numbers[2]);
    }
    if (file != NULL)
        fclose(file);
    free(journal.lines);
    journal.lines = NULL;
    journal.count = journal.capacity = 0;
}
