/* SPDX-License-Identifier: MIT
 *
 * kills COUNT SEED: so many kills (SIGKILL) at random moments of runs, of the supervisor or
 * of the trial that runs; and after each one the database is whole, no trial is lost that had been
 * reported, and nothing is left running. What was stopped goes on, and at the end each run is
 * complete, with each of its trials exactly once.
 *
 * Some of the trials leave a child behind. One that is killed is a result: a crash, by signal 9.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* Short enough that a run has some tens of trials behind it when it is killed at last. */
enum { INVOCATIONS = 10, COLLECTORS = 3, TRIALS = INVOCATIONS * COLLECTORS };
enum { MOST_WAIT_NS = 250000000, MOST_LIFE_NS = 20000000, PATIENCE_S = 60 };

static char program[4096], database[4096], collectors[4200];

static struct {
    unsigned seed;
    unsigned supervisors, trials, reported, runs, resumptions;
} tally;

static _Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "kills, seed %u, after %u kills of supervisors and %u of trials: ", tally.seed,
            tally.supervisors, tally.trials);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static unsigned draw(unsigned below)
{
    static unsigned state;
    if (state == 0)
        state = tally.seed;
    return (unsigned)rand_r(&state) % below;
}

/* ---- processes ---- */

/* Is it this program's copy that the process runs? A process that is dead runs none. */
static bool is_ours(pid_t process)
{
    char path[64], target[4096];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)process);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    return strcmp(target, program) == 0;
}

/* What follows "heapmark" in its command line is "trial". */
static bool is_trial(pid_t process)
{
    char path[64], line[64] = "";
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, line, sizeof line - 1) : 0;
    if (file >= 0)
        close(file);
    size_t first = strlen(line) + 1;
    return length > (ssize_t)first && strcmp(line + first, "trial") == 0;
}

static pid_t parent_of(pid_t process)
{
    char path[64];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = 0;
    fclose(file);
    return (pid_t)parent;
}

/* A process of this program that fits; 0: there is none. */
static pid_t find(bool (*fits)(pid_t process, pid_t other), pid_t other)
{
    DIR *folder = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *entry; found == 0 && (entry = readdir(folder)) != NULL;) {
        pid_t process = (pid_t)atoi(entry->d_name);
        if (process > 0 && process != getpid() && is_ours(process) && fits(process, other))
            found = process;
    }
    closedir(folder);
    return found;
}

static bool is_trial_of(pid_t process, pid_t supervisor)
{
    return parent_of(process) == supervisor && is_trial(process);
}

static bool is_any(pid_t process, pid_t other)
{
    (void)other;
    return process > 0;
}

/* What was killed ends in its own time, but soon. */
static void assert_no_strays(void)
{
    uint64_t begun_ns = clock_now_ns();
    pid_t stray;
    while ((stray = find(is_any, 0)) != 0) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (clock_now_ns() - begun_ns > UINT64_C(1000000000) * PATIENCE_S)
            fail("process %d is left running", (int)stray);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* ---- the database ---- */

static int64_t query(const char *sql)
{
    sqlite3 *connection;
    sqlite3_stmt *statement;
    if (sqlite3_open_v2(database, &connection, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        fail("%s: %s", sql, sqlite3_errmsg(connection));
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return number;
}

static void assert_whole(void)
{
    if (access(database, F_OK) != 0)
        return;
    if (query("SELECT integrity_check = 'ok' FROM pragma_integrity_check") != 1 ||
        query("SELECT count(*) FROM pragma_foreign_key_check") != 0)
        fail("the database is damaged");
    if (query("SELECT count(*) FROM (SELECT 1 FROM trials WHERE outcome <> 'interrupted'"
              " GROUP BY run_id, sequence HAVING count(*) > 1)") != 0)
        fail("a trial is there twice");
}

static void assert_stored(int64_t run, long sequence)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM trials WHERE run_id = %" PRId64 " AND sequence = %ld", run,
             sequence);
    if (query(sql) != 1)
        fail("trial %ld of run %" PRId64 " was reported, and is lost", sequence, run);
}

/* ---- a supervisor and what it says ---- */

struct session {
    pid_t process;
    int said;
    struct text text;
};

static void start(struct session *session, bool resume)
{
    int ends[2];
    *session = (struct session){0};
    if (pipe2(ends, O_CLOEXEC) != 0 || (session->process = fork()) < 0)
        fail("%s", strerror(errno));
    if (session->process == 0) {
        dup2(ends[1], STDERR_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        if (resume)
            execl(program, "heapmark", "run", "--resume", "--db", database, (char *)NULL);
        else
            execl(program, "heapmark", "run", "--db", database, "-c", collectors, "-w",
                  "binary-trees:depth=6,iterations=2", "-n", "10", "--seed", "7", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    session->said = ends[0];
}

/* Take what it says, for as long as it has the pipe open or until then. */
static void listen_until(struct session *session, uint64_t until_ns)
{
    for (uint64_t now_ns; (now_ns = clock_now_ns()) < until_ns;) {
        struct pollfd waiting = {.fd = session->said, .events = POLLIN};
        char bytes[4096];
        uint64_t left_ms = (until_ns - now_ns) / 1000000;
        if (poll(&waiting, 1, left_ms > 60000 ? 60000 : (int)left_ms) <= 0)
            continue;
        ssize_t count = read(session->said, bytes, sizeof bytes);
        if (count <= 0)
            return;
        text_append_bytes(&session->text, bytes, (size_t)count);
    }
}

/* Every line "[3/60] …" is of a trial that is in the database. */
static void check_reports(const struct session *session)
{
    int64_t run = 0;
    struct text_list lines = {0};
    text_split(&lines, text_chars(&session->text), '\n');
    for (size_t i = 0; i + 1 < lines.count; i++) {
        long place;
        if (sscanf(lines.items[i], "heapmark: run %" SCNd64, &run) == 1)
            continue;
        if (sscanf(lines.items[i], "[%ld/", &place) != 1)
            continue;
        assert_stored(run, place - 1);
        tally.reported++;
    }
    text_list_free(&lines);
}

/* Wait for its end; returns the status as a shell has it. */
static int end(struct session *session)
{
    int status;
    listen_until(session, UINT64_MAX);
    if (waitpid(session->process, &status, 0) != session->process)
        fail("%s", strerror(errno));
    close(session->said);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* It has completed (with crashes: killed trials), or was killed by us. */
static void judge(struct session *session, bool killed)
{
    int status = end(session);
    assert_no_strays();
    assert_whole();
    check_reports(session);
    bool completed = status == 0 || status == 1;
    if (!completed && !(killed && status == 128 + SIGKILL))
        fail("ended with %d: %s", status, text_chars(&session->text));
    text_free(&session->text);
}

/* ---- kills ---- */

static bool has_ended(const struct session *session)
{
    siginfo_t ended = {0};
    waitid(P_PID, (id_t)session->process, &ended, WEXITED | WNOHANG | WNOWAIT);
    return ended.si_pid != 0;
}

/* A trial at a random moment of its life; 0 where there comes none any more. */
static pid_t await_trial(struct session *session)
{
    pid_t trial = 0;
    while (!has_ended(session) && (trial = find(is_trial_of, session->process)) == 0)
        listen_until(session, clock_now_ns() + 1000000);
    listen_until(session, clock_now_ns() + draw(MOST_LIFE_NS));
    return trial != 0 && is_trial_of(trial, session->process) ? trial : 0;
}

/* Kill the supervisor at a moment that is random in its own life or in that of a trial, or kill
 * the trial. True: it was the supervisor. */
static bool kill_one(struct session *session)
{
    unsigned whom = draw(4);
    pid_t trial = whom == 0 ? 0 : await_trial(session);
    if (whom >= 2) {
        tally.trials += trial != 0 && kill(trial, SIGKILL) == 0;
        return false;
    }
    if (has_ended(session))
        return false;
    kill(session->process, SIGKILL);
    tally.supervisors++;
    return true;
}

/* Let a run begin or go on, and kill within it until the supervisor is dead, the run has come to
 * its end, or there were kills enough. */
static void run_and_kill(bool resume, unsigned kills)
{
    struct session session;
    start(&session, resume);
    bool killed = false;
    while (!killed && tally.supervisors + tally.trials < kills) {
        listen_until(&session, clock_now_ns() + draw(MOST_WAIT_NS));
        if (has_ended(&session))
            break;
        killed = kill_one(&session);
    }
    judge(&session, killed);
}

/* Is there a run that was begun and did not come to its end? One that was killed before it
 * had a row is begun anew. */
static bool is_unfinished(void)
{
    return access(database, F_OK) == 0 &&
           query("SELECT count(*) FROM runs WHERE status <> 'completed'") > 0;
}

static void run_all(unsigned kills)
{
    bool unfinished = false;
    do {
        tally.runs += !unfinished;
        tally.resumptions += unfinished;
        run_and_kill(unfinished, kills);
        unfinished = is_unfinished();
    } while (unfinished || tally.supervisors + tally.trials < kills);
}

static void assert_complete(void)
{
    assert_whole();
    int64_t runs = query("SELECT count(*) FROM runs");
    if (query("SELECT count(*) FROM runs WHERE status = 'completed'") != runs)
        fail("not all runs are completed");
    if (query("SELECT count(DISTINCT run_id || ' ' || sequence) FROM trials") != runs * TRIALS ||
        query("SELECT count(*) FROM trials") != runs * TRIALS ||
        query("SELECT max(sequence) FROM trials") != TRIALS - 1)
        fail("%" PRId64 " runs of %d trials have %" PRId64, runs, TRIALS,
             query("SELECT count(*) FROM trials"));
    if (query("SELECT count(*) FROM trials WHERE outcome NOT IN ('ok', 'unsupported')"
              " AND NOT (outcome = 'crash' AND signal = 9)") != 0)
        fail("a trial ended otherwise than well or by a kill");
    if ((unsigned)query("SELECT count(*) FROM trials WHERE outcome = 'crash'") > tally.trials)
        fail("more trials crashed than were killed");
    printf("%u kills of supervisors, %u of trials: %" PRId64
           " runs, gone on with %u times, %" PRId64
           " trials, %u of them reported; none lost, none twice, no stray, database whole\n",
           tally.supervisors, tally.trials, runs, tally.resumptions,
           query("SELECT count(*) FROM trials"), tally.reported);
}

/* A name of the program that is nobody else's, by which its processes are known. */
static void prepare(const char *folder)
{
    struct text command = {0};
    char *whole = realpath(folder, NULL);
    if (whole == NULL)
        fail("%s: %s", folder, strerror(errno));
    snprintf(program, sizeof program, "%s/killed-heapmark", whole);
    snprintf(database, sizeof database, "%s/kills.db", whole);
    snprintf(collectors, sizeof collectors, "none,leaves=%s:fault=fork,refcount", FAULTY);
    text_format(&command, "rm -f '%s' '%s'* && cp '%s' '%s'", program, database, HEAPMARK, program);
    if (system(text_chars(&command)) != 0)
        fail("cannot copy the program");
    setenv("HEAPMARK_PLUGIN_PATH", PLUGINS, 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    text_free(&command);
    free(whole);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/heapmark-kills-XXXXXX";
    unsigned kills = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
    tally.seed = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    if (mkdtemp(folder) == NULL)
        fail("%s: %s", folder, strerror(errno));
    prepare(folder);
    run_all(kills);
    assert_complete();
    struct text command = {0};
    text_format(&command, "rm -r %s", folder);
    int status = system(text_chars(&command));
    text_free(&command);
    return status;
}
