/* SPDX-License-Identifier: MIT
 *
 * A thread of the collector's that uses a known amount of CPU.
 */
#include <calibration/journal.h>
#include <calibration/weights.h>

#include <pthread.h>

static struct {
    pthread_mutex_t lock; /* guards what follows it */
    pthread_cond_t changed;
    uint64_t wanted_cpu_ns; /* not done yet */
    bool ending;
    pthread_t thread;
    const struct hm_host *host;
} helper = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Wait for work; 0: there will be none. */
static uint64_t take(void)
{
    pthread_mutex_lock(&helper.lock);
    while (helper.wanted_cpu_ns == 0 && !helper.ending)
        pthread_cond_wait(&helper.changed, &helper.lock);
    uint64_t cpu_ns = helper.wanted_cpu_ns;
    helper.wanted_cpu_ns = 0;
    pthread_mutex_unlock(&helper.lock);
    return cpu_ns;
}

static void *run(void *unused)
{
    struct hm_log *log = helper.host->begin_thread(helper.host, "calibration");
    uint64_t cpu_ns, last_cpu_ns = journal_cpu_ns();
    while ((cpu_ns = take()) != 0) {
        uint64_t start_ns = journal_now_ns();
        uint64_t end_cpu_ns = journal_cpu_ns() + cpu_ns;
        while (journal_cpu_ns() < end_cpu_ns)
            continue;
        /* From burst to burst, so that waking up is counted, too. */
        uint64_t now_cpu_ns = journal_cpu_ns();
        journal_note(JOURNAL_BURST, start_ns, journal_now_ns(), now_cpu_ns - last_cpu_ns);
        last_cpu_ns = now_cpu_ns;
    }
    helper.host->end_thread(log);
    return unused;
}

void helper_start(const struct hm_host *host)
{
    helper.host = host;
    helper.ending = false;
    pthread_create(&helper.thread, NULL, run, NULL);
}

void helper_request(uint64_t cpu_ns)
{
    pthread_mutex_lock(&helper.lock);
    helper.wanted_cpu_ns += cpu_ns;
    pthread_cond_signal(&helper.changed);
    pthread_mutex_unlock(&helper.lock);
}

void helper_stop(void)
{
    pthread_mutex_lock(&helper.lock);
    helper.ending = true;
    pthread_cond_signal(&helper.changed);
    pthread_mutex_unlock(&helper.lock);
    pthread_join(helper.thread, NULL);
}
