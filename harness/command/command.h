/* SPDX-License-Identifier: MIT
 *
 * The commands of the program: one file each, and what they share.
 */
#ifndef HEAPMARK_COMMAND_COMMAND_H
#define HEAPMARK_COMMAND_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "suite/entries.h"

/* X(function, "name", "what it does, for --help"). */
#define COMMANDS(X)                                                                                \
    X(command_list, "list", "show the collectors, workloads, suites or runs that there are")       \
    X(command_explain, "explain", "explain a workload, a collector, a chart or a column")          \
    X(command_run, "run", "compare collectors on workloads, and store what was measured")          \
    X(command_minheap, "minheap",                                                                  \
      "find the smallest heap in which a collector completes a workload")                          \
    X(command_maxrate, "maxrate", "find the highest rate at which requests keep within a bound")   \
    X(command_trial, "trial", "run exactly one trial in this process, for gdb and perf")           \
    X(command_check, "check", "tell whether a collector is right: run programs that try it")       \
    X(command_stress, "stress", "hunt for faults of a collector until told to stop")               \
    X(command_replay, "replay", "run a program that broke something again")                        \
    X(command_report, "report", "write a run as one page with charts")                             \
    X(command_compare, "compare", "compare two runs, and tell what became better or worse")        \
    X(command_export, "export", "write results as JSON, CSV, Markdown or for Google Benchmark")    \
    X(command_names, "names", "show what owns an object, step by step, on any collector")          \
    X(command_heap_map, "heap-map", "show what a heap holds over time, as the pages of a book")    \
    X(command_topology, "topology", "show the machine, and which thread goes where")               \
    X(command_doctor, "doctor", "tell what on this machine will spoil measurements")               \
    X(command_help, "help", "show a command's options, or a guide")

/* Each takes the arguments from its own name on, and returns the exit status. */
#define COMMAND_DECLARATION(function, name, summary) int function(int argc, char **argv);
COMMANDS(COMMAND_DECLARATION)
#undef COMMAND_DECLARATION

/* The program: find the command and run it. */
int command_main(int argc, char **argv);

/* Run the command argv[0]; one that is none is refused, with the nearest. */
int command_call(int argc, char **argv);

/* The names of all commands, what one does (NULL: it is none), and both for people. */
void command_all(struct text_list *names);
const char *command_summary(const char *name);
void command_append_help(struct text *text);

/* Exit statuses beside those of base/error.h. */
enum {
    COMMAND_COMPLETED = 0,
    COMMAND_TRIAL_FAILED = 1, /* a trial crashed, hung or answered wrongly */
    COMMAND_BROKEN = 1,       /* a collector broke a property */
    COMMAND_WORSE = 1,        /* a run is worse than another by more than was allowed */
    COMMAND_SPOILT = 1,       /* something will spoil measurements */
    COMMAND_INTERRUPTED = 130,
};

#define COMMAND_STANDARD_DATABASE "results/heapmark.db"

/* Text of a macro's value, for help texts. */
#define COMMAND_TEXT(value) COMMAND_TEXT_OF(value)
#define COMMAND_TEXT_OF(value) #value

/* Parse the arguments of the command argv[0] by argp. --help and --version are answered and end
 * the process. Every mistake is one sentence in *error: that of a parser, which puts it there
 * and returns EINVAL, or one for an option that is not known (the nearest is proposed), lacks
 * its value, or an argument too many. */
bool command_parse(const struct argp *argp, int argc, char **argv, void *input,
                   struct error *error);

/* The option that is written so ("--name", "--name=value", "-n"), or NULL. */
const struct argp_option *command_find_option(const struct argp *argp, const char *option);

/* The run of --run: a number from 1, "latest", or, where that is allowed, "all", in the form of
 * store/store.h. */
bool command_parse_run(const char *argument, bool all_is_allowed, int64_t *run,
                       struct error *error);

/* Say the error as "heapmark: …" on stderr, and return its exit status. */
int command_fail(const struct error *error);

/* Say "heapmark: …" on stderr. What command_before_saying names is called before that, to take a
 * line that is being drawn out of the way; NULL ends it. */
void command_before_saying(void (*clear)(void *user), void *user);
void command_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Warn of each plugin that other users of the machine could have changed. */
void command_warn_exposed(const struct suite_entries *entries);

/* The folder of the standard database is Heapmark's own, and made at need; any other is the
 * user's to make. */
bool command_make_standard_folder(const char *database, struct error *error);

/* Write the text to stdout and flush; a failure (disk full, closed pipe) is the system's. */
bool command_print(const struct text *text, struct error *error);

/* "heapmark" and the arguments of the command, as a shell would take it; the caller frees it. */
char *command_line(int argc, char **argv);

#endif
