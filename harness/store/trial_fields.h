/* SPDX-License-Identifier: MIT
 *
 * What is known of one trial: one table of fields, expanded into the record, the
 * columns of the database, the keys of JSON, the header of CSV, and docs/database.md.
 *
 * X(enumerator, column, INTEGER|REAL|TEXT, unit, sentence). Append only: a row never
 * moves, is never renamed and never changes its meaning, since databases outlive the program.
 * A new row needs a step on the migration ladder in store_schema.c.
 */
#ifndef HEAPMARK_STORE_TRIAL_FIELDS_H
#define HEAPMARK_STORE_TRIAL_FIELDS_H

/* clang-format off */
#define TRIAL_FIELDS(X)                                                                            \
    /* Identity: what was run. */                                                                  \
    X(TRIAL_SEQUENCE, "sequence", INTEGER, "",                                                     \
      "Place of the trial in the order in which its run was carried out, from 0.")                 \
    X(TRIAL_BLOCK, "block", INTEGER, "",                                                           \
      "Invocation number, from 0: each point is tried once in each block, in random order.")       \
    X(TRIAL_COLLECTOR_LABEL, "collector_label", TEXT, "",                                          \
      "Name under which the collector is compared: the user's alias, else what he asked for.")     \
    X(TRIAL_COLLECTOR, "collector", TEXT, "",                                                      \
      "Name of the collector as its descriptor gives it.")                                         \
    X(TRIAL_VARIANT, "variant", TEXT, "",                                                          \
      "Variant of the collector that was asked for, as in refcount/plain.")                        \
    X(TRIAL_COLLECTOR_OPTIONS, "collector_options", TEXT, "",                                      \
      "All options that the collector was opened with, as name=value,name=value.")                 \
    X(TRIAL_PLUGIN_PATH, "plugin_path", TEXT, "",                                                  \
      "File that the collector was loaded from.")                                                  \
    X(TRIAL_PLUGIN_SHA256, "plugin_sha256", TEXT, "",                                              \
      "SHA-256 of that file, in hexadecimal.")                                                     \
    X(TRIAL_PLUGIN_BUILD_ID, "plugin_build_id", TEXT, "",                                          \
      "Build id that the linker left in that file, in hexadecimal.")                               \
    X(TRIAL_PLUGIN_VERSION, "plugin_version", TEXT, "",                                            \
      "Version of the collector as its descriptor gives it.")                                      \
    X(TRIAL_WORKLOAD, "workload", TEXT, "",                                                        \
      "Name of the workload.")                                                                     \
    X(TRIAL_WORKLOAD_PARAMETERS, "workload_parameters", TEXT, "",                                  \
      "All parameters of the workload in its own order, as depth=14,iterations=4.")                \
    X(TRIAL_WORKLOAD_REVISION, "workload_revision", TEXT, "",                                      \
      "Revision of the workload's source that was compiled into the kernel.")                      \
    X(TRIAL_WORK_SHARING, "work_sharing", TEXT, "",                                                \
      "Whether each thread does the whole work (each) or they divide it (shared).")                \
    X(TRIAL_DISPATCH, "dispatch", TEXT, "",                                                        \
      "How the workload reached the collector: table or inline.")                                  \
    X(TRIAL_DISPATCH_NOTE, "dispatch_note", TEXT, "",                                              \
      "Why the table was taken where inline kernels might have been.")                             \
    X(TRIAL_KERNEL_SET, "kernel_set", TEXT, "",                                                    \
      "Which of the plugin's sets of inline kernels ran, such as plain or atomic.")                \
    X(TRIAL_THREADS, "threads", INTEGER, "",                                                       \
      "Number of mutators, each on a thread of its own.")                                          \
    X(TRIAL_HEAP_BYTES, "heap_bytes", INTEGER, "bytes",                                            \
      "Heap limit that the collector was given; null where there was none.")                       \
    X(TRIAL_LIVE_BYTES_NOMINAL, "live_bytes_nominal", INTEGER, "bytes",                            \
      "Bytes that the workload says it keeps alive at its most, over all threads.")                \
    X(TRIAL_PIN_POLICY, "pin_policy", TEXT, "",                                                    \
      "How threads were placed: compact, scatter, cores, numa or none.")                           \
    X(TRIAL_PIN_ASKED, "pin_asked", TEXT, "",                                                      \
      "Processor that each thread was to be bound to, in the order of the threads.")               \
    X(TRIAL_PIN_GOT, "pin_got", TEXT, "",                                                          \
      "Processors that each thread was allowed on afterwards, in the order of the threads.")       \
    X(TRIAL_SEED, "seed", INTEGER, "",                                                             \
      "Seed of the workload's random numbers.")                                                    \
    X(TRIAL_COMMAND, "command", TEXT, "",                                                          \
      "Command that repeats this trial alone, in the foreground.")                                 \
    X(TRIAL_STARTED_UTC, "started_utc", TEXT, "",                                                  \
      "When the trial's process was started, ISO 8601 in UTC.")                                    \
    /* Outcome: how it ended. */                                                                   \
    X(TRIAL_OUTCOME, "outcome", TEXT, "",                                                          \
      "How the trial ended: one word of the list of outcomes.")                                    \
    X(TRIAL_CAUSE, "cause", TEXT, "",                                                              \
      "One sentence that says why the outcome is not ok.")                                         \
    X(TRIAL_SIGNAL, "signal", INTEGER, "",                                                         \
      "Number of the signal that ended the process.")                                              \
    X(TRIAL_EXIT_STATUS, "exit_status", INTEGER, "",                                               \
      "Exit status of the process, where no signal ended it.")                                     \
    X(TRIAL_LAST_EVENT, "last_event", TEXT, "",                                                    \
      "Last event that the collector had reported when the trial failed.")                         \
    X(TRIAL_PHASE, "phase", TEXT, "",                                                              \
      "Last phase of the trial that was entered.")                                                 \
    X(TRIAL_OUTPUT, "output", TEXT, "",                                                            \
      "What the trial's process printed, cut at 64 KiB; bytes that are no UTF-8 read \\xNN.")      \
    /* Answers: whether the work was done right. */                                                \
    X(TRIAL_ANSWER, "answer", TEXT, "",                                                            \
      "Checksum or invariant that the workload computed, in hexadecimal.")                         \
    X(TRIAL_ANSWER_EXPECTED, "answer_expected", TEXT, "",                                          \
      "What the answer should have been, in hexadecimal.")                                         \
    /* Time. */                                                                                    \
    X(TRIAL_WALL_NS, "wall_ns", INTEGER, "ns",                                                     \
      "Wall time of the timed part: first mutator's start to last mutator's end.")                 \
    X(TRIAL_ITERATIONS, "iterations", INTEGER, "",                                                 \
      "Iterations of the timed part: 1 for a whole workload, the search's for a micro one.")       \
    X(TRIAL_OPERATIONS, "operations", INTEGER, "",                                                 \
      "Operations in the timed part as the workload counts them, over all threads.")               \
    X(TRIAL_NS_PER_OPERATION, "ns_per_operation", REAL, "ns",                                      \
      "Wall time for one operation of one thread.")                                                \
    X(TRIAL_OBJECTS_ALLOCATED, "objects_allocated", INTEGER, "",                                   \
      "Objects allocated in the timed part, over all threads.")                                    \
    X(TRIAL_BYTES_ALLOCATED, "bytes_allocated", INTEGER, "bytes",                                  \
      "Bytes allocated in the timed part, over all threads.")                                      \
    X(TRIAL_SETUP_NS, "setup_ns", INTEGER, "ns",                                                   \
      "Wall time of the untimed preparation before the timed part.")                               \
    X(TRIAL_FINAL_COLLECT_NS, "final_collect_ns", INTEGER, "ns",                                   \
      "Wall time of the full collection after the timed part.")                                    \
    X(TRIAL_OPEN_NS, "open_ns", INTEGER, "ns",                                                     \
      "Wall time that the collector took to open its heap.")                                       \
    X(TRIAL_CPU_USER_NS, "cpu_user_ns", INTEGER, "ns",                                             \
      "User CPU time of the whole process in the timed part.")                                     \
    X(TRIAL_CPU_SYSTEM_NS, "cpu_system_ns", INTEGER, "ns",                                         \
      "System CPU time of the whole process in the timed part.")                                   \
    X(TRIAL_MUTATOR_CPU_NS, "mutator_cpu_ns", INTEGER, "ns",                                       \
      "CPU time of the mutators' threads in the timed part, less collection done on them.")        \
    X(TRIAL_COLLECTOR_CPU_NS, "collector_cpu_ns", INTEGER, "ns",                                   \
      "CPU time explicitly spent collecting in the timed part, on whatever threads.")              \
    X(TRIAL_SPAWN_TO_FIRST_NS, "spawn_to_first_ns", INTEGER, "ns",                                 \
      "Wall time from the start of the process to the start of the timed part.")                   \
    X(TRIAL_MICRO, "micro", INTEGER, "",                                                           \
      "1 for a micro workload under Google Benchmark's iteration search, 0 for a whole one.")      \
    /* Pauses of the timed part. */                                                                \
    X(TRIAL_PAUSE_COUNT, "pause_count", INTEGER, "",                                               \
      "Pauses: intervals in which the collector stopped at least one mutator.")                    \
    X(TRIAL_PAUSE_TOTAL_NS, "pause_total_ns", INTEGER, "ns",                                       \
      "Sum of all pauses.")                                                                        \
    X(TRIAL_PAUSE_P50_NS, "pause_p50_ns", REAL, "ns",                                              \
      "Median pause.")                                                                             \
    X(TRIAL_PAUSE_P90_NS, "pause_p90_ns", REAL, "ns",                                              \
      "90th percentile of the pauses.")                                                            \
    X(TRIAL_PAUSE_P99_NS, "pause_p99_ns", REAL, "ns",                                              \
      "99th percentile of the pauses.")                                                            \
    X(TRIAL_PAUSE_P999_NS, "pause_p999_ns", REAL, "ns",                                            \
      "99.9th percentile of the pauses.")                                                          \
    X(TRIAL_PAUSE_MAX_NS, "pause_max_ns", INTEGER, "ns",                                           \
      "Longest pause.")                                                                            \
    X(TRIAL_COLLECTIONS, "collections", INTEGER, "",                                               \
      "Collections that ended in the timed part, of whatever kind.")                               \
    X(TRIAL_TIME_TO_SAFEPOINT_MAX_NS, "time_to_safepoint_max_ns", INTEGER, "ns",                   \
      "Longest time from a request to stop to the last mutator stopped.")                          \
    X(TRIAL_STALL_COUNT, "stall_count", INTEGER, "",                                               \
      "Allocation stalls: slow paths that blocked a mutator while the world ran.")                 \
    X(TRIAL_STALL_TOTAL_NS, "stall_total_ns", INTEGER, "ns",                                       \
      "Sum of all allocation stalls, over all mutators.")                                          \
    X(TRIAL_STALL_MAX_NS, "stall_max_ns", INTEGER, "ns",                                           \
      "Longest allocation stall.")                                                                 \
    X(TRIAL_RELEASE_COUNT, "release_count", INTEGER, "",                                           \
      "Releases: reclaiming done inside a mutator's operation, above the event's threshold.")      \
    X(TRIAL_RELEASE_TOTAL_NS, "release_total_ns", INTEGER, "ns",                                   \
      "Sum of all releases, over all mutators.")                                                   \
    X(TRIAL_RELEASE_MAX_NS, "release_max_ns", INTEGER, "ns",                                       \
      "Longest release.")                                                                          \
    /* Space. */                                                                                   \
    X(TRIAL_HELD_PEAK_BYTES, "held_peak_bytes", INTEGER, "bytes",                                  \
      "Most bytes held from the operating system at once, as the plugin counts.")                  \
    X(TRIAL_HELD_MEAN_BYTES, "held_mean_bytes", INTEGER, "bytes",                                  \
      "Mean over time of the bytes held in the timed part, as the plugin counts.")                 \
    X(TRIAL_HELD_END_BYTES, "held_end_bytes", INTEGER, "bytes",                                    \
      "Bytes held after the final collection, as the plugin counts.")                              \
    X(TRIAL_RESIDENT_BEFORE_BYTES, "resident_before_bytes", INTEGER, "bytes",                      \
      "Resident memory of the process just before the heap was opened.")                           \
    X(TRIAL_RESIDENT_PEAK_BYTES, "resident_peak_bytes", INTEGER, "bytes",                          \
      "Peak resident memory of the process since then.")                                           \
    X(TRIAL_FOOTPRINT_PEAK_BYTES, "footprint_peak_bytes", INTEGER, "bytes",                        \
      "Peak resident memory less the resident memory before the heap was opened.")                 \
    X(TRIAL_LIVE_OBJECTS_END, "live_objects_end", INTEGER, "",                                     \
      "Objects not yet reclaimed after the final collection, as the plugin counts.")               \
    X(TRIAL_LIVE_BYTES_END, "live_bytes_end", INTEGER, "bytes",                                    \
      "Bytes of those objects, as the plugin counts.")                                             \
    X(TRIAL_CENSUS_OBJECTS, "census_objects", INTEGER, "",                                         \
      "Objects that the census found in the heap after teardown's full collection.")               \
    X(TRIAL_CENSUS_BYTES, "census_bytes", INTEGER, "bytes",                                        \
      "Bytes of the objects that the census found.")                                               \
    X(TRIAL_CENSUS_UNREACHABLE_OBJECTS, "census_unreachable_objects", INTEGER, "",                 \
      "Objects of the census that no name and no global reaches: leaked.")                         \
    X(TRIAL_CENSUS_UNREACHABLE_BYTES, "census_unreachable_bytes", INTEGER, "bytes",                \
      "Bytes of the unreachable objects of the census.")                                           \
    /* Work of counting, as the plugin counts. */                                                  \
    X(TRIAL_INCREMENTS, "increments", INTEGER, "",                                                 \
      "Reference counts raised.")                                                                  \
    X(TRIAL_DECREMENTS, "decrements", INTEGER, "",                                                 \
      "Reference counts lowered.")                                                                 \
    X(TRIAL_ATOMIC_INCREMENTS, "atomic_increments", INTEGER, "",                                   \
      "Reference counts raised by an atomic instruction.")                                         \
    X(TRIAL_LONGEST_CASCADE, "longest_cascade", INTEGER, "",                                       \
      "Most objects freed by the loss of one reference.")                                          \
    X(TRIAL_CYCLE_CANDIDATES, "cycle_candidates", INTEGER, "",                                     \
      "Objects taken up as possible members of garbage cycles.")                                   \
    X(TRIAL_CYCLES_FREED_OBJECTS, "cycles_freed_objects", INTEGER, "",                             \
      "Objects that the cycle detector reclaimed.")                                                \
    /* Events. */                                                                                  \
    X(TRIAL_EVENTS_RECORDED, "events_recorded", INTEGER, "",                                       \
      "Events of the collector that were recorded.")                                               \
    X(TRIAL_EVENTS_DROPPED, "events_dropped", INTEGER, "",                                         \
      "Events lost for want of room: figures made from events are then lower bounds.")             \
    X(TRIAL_STAMPS, "stamps", INTEGER, "",                                                         \
      "1 where the harness stamped the collector's slow paths, else 0.")                           \
    /* Environment of the trial. */                                                                \
    X(TRIAL_PAGE_FAULTS_MINOR, "page_faults_minor", INTEGER, "",                                   \
      "Page faults in the timed part that needed no reading.")                                     \
    X(TRIAL_PAGE_FAULTS_MAJOR, "page_faults_major", INTEGER, "",                                   \
      "Page faults in the timed part that waited for a disk.")                                     \
    X(TRIAL_SWITCHES_VOLUNTARY, "switches_voluntary", INTEGER, "",                                 \
      "Context switches in the timed part because a thread waited.")                               \
    X(TRIAL_SWITCHES_INVOLUNTARY, "switches_involuntary", INTEGER, "",                             \
      "Context switches in the timed part that were forced on a thread.")                          \
    X(TRIAL_STEAL_NS, "steal_ns", INTEGER, "ns",                                                   \
      "Time in the timed part that a hypervisor gave to others, over all processors.")             \
    X(TRIAL_WARNING, "warning", TEXT, "",                                                          \
      "What casts doubt on the figures: noise of the machine, too few collections.")               \
    X(TRIAL_GBENCH_VERSION, "gbench_version", TEXT, "",                                            \
      "Version of Google Benchmark that ran the timing loop.")                                     \
    /* Since version 2 of the schema: where threads and memory went. */                            \
    X(TRIAL_PIN_LAST, "pin_last", TEXT, "",                                                        \
      "Processor that each thread had run on last when the timed part had ended.")                 \
    X(TRIAL_WORKERS_ASKED, "workers_asked", TEXT, "",                                              \
      "Processor for each registered thread of the collector; any where none was left.")           \
    X(TRIAL_WORKERS_GOT, "workers_got", TEXT, "",                                                  \
      "Processors that each of these was allowed on at the end of the timed part.")                \
    X(TRIAL_WORKERS_LAST, "workers_last", TEXT, "",                                                \
      "Processor that each of these had run on last when the timed part had ended.")               \
    X(TRIAL_OTHER_THREADS, "other_threads", TEXT, "",                                              \
      "Threads that the collector did not register: name and allowed processors of each.")         \
    X(TRIAL_QUOTA_CPUS, "quota_cpus", REAL, "CPUs",                                                \
      "CPU time that control groups granted; null where they set no limit.")                       \
    X(TRIAL_THROTTLED_NS, "throttled_ns", INTEGER, "ns",                                           \
      "Time in the timed part that such a quota stopped the group, over all processors.")          \
    X(TRIAL_MEMORY_POLICY, "memory_policy", TEXT, "",                                              \
      "Where memory was to come from: none (as inherited), local, interleave or node:N.")          \
    X(TRIAL_MEMORY_GOT, "memory_got", TEXT, "",                                                    \
      "Memory policy that the kernel had for the first thread, or why it took none.")              \
    X(TRIAL_MEMORY_BY_NODE, "memory_by_node", TEXT, "",                                            \
      "Bytes of the process on each NUMA node after the timed part, as 0=4096 1=0.")               \
    /* Since version 3 of the schema: the trial's process as its supervisor's clocks saw it. */     \
    X(TRIAL_PROCESS_NS, "process_ns", INTEGER, "ns",                                               \
      "Wall time from the start of the trial's process to its end.")                               \
    X(TRIAL_SLEPT_NS, "slept_ns", INTEGER, "ns",                                                   \
      "Time that the machine slept meanwhile, which no other time holds; 0 where it did not.")     \
    X(TRIAL_CLOCK_SET_NS, "clock_set_ns", INTEGER, "ns",                                           \
      "How far the time of day was set meanwhile, negative for back; 0 where it was not.")         \
    /* Since version 4 of the schema. */                                                           \
    X(TRIAL_SPAWN_TO_CALL_NS, "spawn_to_call_ns", INTEGER, "ns",                                   \
      "Wall time from the start of the process, by its supervisor's clock, to the first call of "  \
      "the workload: what Heapmark and the collector's opening take themselves.")                  \
    /* Since version 5 of the schema. */                                                           \
    X(TRIAL_END_TO_STORED_NS, "end_to_stored_ns", INTEGER, "ns",                                   \
      "Wall time from the end of the process until this row was on the disk; written with the "    \
      "next row, so null where the run was killed before that.")                                   \
    /* Since version 7 of the schema: counts of the processor, and of callgrind. */                \
    X(TRIAL_INSTRUCTIONS, "instructions", INTEGER, "",                                             \
      "Instructions of the whole process in the timed part, in user mode, by perf_event_open.")    \
    X(TRIAL_CYCLES, "cycles", INTEGER, "",                                                         \
      "Cycles of the processors for it, likewise.")                                                \
    X(TRIAL_LAST_CACHE_MISSES, "last_cache_misses", INTEGER, "",                                   \
      "Accesses to memory that missed the last level of cache, likewise.")                         \
    X(TRIAL_DATA_TLB_MISSES, "data_tlb_misses", INTEGER, "",                                       \
      "Loads that missed the data TLB, likewise.")                                                 \
    X(TRIAL_COUNTED_INSTRUCTIONS, "counted_instructions", INTEGER, "",                             \
      "Instructions of all threads in the timed part of a repetition under callgrind.")            \
    X(TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS, "counted_collector_instructions", INTEGER, "",         \
      "Those of them in stops of the world, in releases and sweeps of whatever length that "       \
      "begin with a word to the harness (hm_host.work_begins) or are told, and on collector "      \
      "threads.")                           \
    /* Since version 8 of the schema. */                                                           \
    X(TRIAL_HEAP_MULTIPLE, "heap_multiple", REAL, "",                                              \
      "Heap limit over the smallest heap of the collectors that were compared, where it was asked " \
      "for so; null where it was asked for in bytes.")                                             \
    /* Since version 9 of the schema. */                                                           \
    X(TRIAL_UNREPORTED_STALL_COUNT, "unreported_stall_count", INTEGER, "",                         \
      "Slow paths that kept a mutator for 10 us or more beyond what events of its thread explain " \
      "and what it waited for a processor; null where the kernel does not tell the latter.")       \
    X(TRIAL_UNREPORTED_STALL_TOTAL_NS, "unreported_stall_total_ns", INTEGER, "ns",                 \
      "Sum of these, over all mutators.")                                                          \
    X(TRIAL_UNREPORTED_STALL_MAX_NS, "unreported_stall_max_ns", INTEGER, "ns",                     \
      "Longest of these.")                                                                         \
    X(TRIAL_RECLAIMED_BYTES, "reclaimed_bytes", INTEGER, "bytes",                                  \
      "Bytes that the collections of the timed part reclaimed, as the collector's events say.")    \
    X(TRIAL_EVENTS_STORED, "events_stored", INTEGER, "",                                           \
      "Raw events and stamps that are kept with the trial, for heapmark export --events.")         \
    X(TRIAL_EVENTS_MISSING, "events_missing", INTEGER, "",                                         \
      "Those that are not: lost for want of room, beyond what is kept of one trial, or told by "   \
      "a thread that the log was not of.")                                                         \
    /* Since version 10 of the schema: load on a schedule. */                                      \
    X(TRIAL_SCHEDULE, "schedule", TEXT, "",                                                        \
      "What the timed part goes by: work (as fast as it goes), requests (each due at a set time) " \
      "or offers (of allocation, likewise, which lapse). Of the last two its time says nothing.")  \
    X(TRIAL_REQUEST_RATE, "request_rate", REAL, "1/s",                                             \
      "Requests that were due a second, over all threads; null for fixed work.")                   \
    X(TRIAL_REQUEST_COUNT, "request_count", INTEGER, "",                                           \
      "Requests of the schedule, all of which were done, however late.")                           \
    X(TRIAL_LATENCY_P50_NS, "latency_p50_ns", REAL, "ns",                                          \
      "Median time of a request, from the moment it was due to its end.")                          \
    X(TRIAL_LATENCY_P90_NS, "latency_p90_ns", REAL, "ns",                                          \
      "90th percentile of the times of requests.")                                                 \
    X(TRIAL_LATENCY_P99_NS, "latency_p99_ns", REAL, "ns",                                          \
      "99th percentile of the times of requests.")                                                 \
    X(TRIAL_LATENCY_P999_NS, "latency_p999_ns", REAL, "ns",                                        \
      "99.9th percentile of the times of requests.")                                               \
    X(TRIAL_LATENCY_MAX_NS, "latency_max_ns", INTEGER, "ns",                                       \
      "Longest time of a request.")                                                                \
    X(TRIAL_OFFERED_BYTES, "offered_bytes", INTEGER, "bytes",                                      \
      "Bytes that the schedule would have the workload allocate, in nominal bytes.")               \
    X(TRIAL_DEFICIT_BYTES, "deficit_bytes", INTEGER, "bytes",                                      \
      "What of these was not asked for, since the mutator was kept until its time was over.")      \
    X(TRIAL_DEFICIT_SHARE, "deficit_share", REAL, "",                                              \
      "The same as a share of what the schedule would have.")                                      \
    /* Since version 11 of the schema: scarce memory. */                                           \
    X(TRIAL_MACHINE_MEMORY_BYTES, "machine_memory_bytes", INTEGER, "bytes",                        \
      "Memory limit of the trial's own control group, which stands for a small machine; null "     \
      "where it had none.")                                                                        \
    X(TRIAL_OUTER_LOAD_BYTES, "outer_load_bytes", INTEGER, "bytes",                                \
      "Memory that another process was to hold beside the trial; null where there was none.")      \
    X(TRIAL_OUTER_LOAD_HELD_BYTES, "outer_load_held_bytes", INTEGER, "bytes",                      \
      "Resident memory of that process before the trial or after it, whichever was less.")         \
    /* Since version 12 of the schema. */                                                          \
    X(TRIAL_FLAGS, "flags", TEXT, "",                                                              \
      "What the trial may not be asked about, as words with commas: few-collections (under 10 in " \
      "the timed part, so one more or less would swing it), thrashing (more than half of the "     \
      "time, or of the CPU, went into collecting, and nine tenths of the heap limit were held).")  \
    X(TRIAL_TIME_TO_SAFEPOINT_P50_NS, "time_to_safepoint_p50_ns", REAL, "ns",                      \
      "Median time from a request to stop to the last mutator stopped.")                           \
    X(TRIAL_TIME_TO_SAFEPOINT_P90_NS, "time_to_safepoint_p90_ns", REAL, "ns",                      \
      "90th percentile of these times.")                                                           \
    X(TRIAL_TIME_TO_SAFEPOINT_P99_NS, "time_to_safepoint_p99_ns", REAL, "ns",                      \
      "99th percentile of these times.")                                                           \
    X(TRIAL_TIME_TO_SAFEPOINT_P999_NS, "time_to_safepoint_p999_ns", REAL, "ns",                    \
      "99.9th percentile of these times.")                                                         \
    X(TRIAL_COLLECTOR_THREADS_CPU_NS, "collector_threads_cpu_ns", INTEGER, "ns",                   \
      "The part of collector_cpu_ns that was spent on threads of the collector's own.")            \
    X(TRIAL_HELD_MEAN_ALLOC_BYTES, "held_mean_alloc_bytes", INTEGER, "bytes",                      \
      "Mean of the bytes held in the timed part over the bytes allocated in it: each byte "        \
      "allocated counts alike, however long it took. Null where it was looked at fewer than 10 "    \
      "times.")                                                                                    \
    X(TRIAL_UNRECLAIMED_MEAN_BYTES, "unreclaimed_mean_bytes", INTEGER, "bytes",                    \
      "The same mean of the bytes of objects not yet reclaimed, as the plugin counts.")            \
    X(TRIAL_REACHABLE_MEAN_BYTES, "reachable_mean_bytes", INTEGER, "bytes",                        \
      "The same mean of the bytes of reachable objects, exact; only the collector oracle "         \
      "tells, of one mutator.")                                                                    \
    /* Since version 16 of the schema. */                                                          \
    X(TRIAL_INSTRUMENT, "instrument", INTEGER, "",                                                 \
      "1 where the collector says that it checks or records the workload, so that its times mean " \
      "nothing and nothing is held against it, else 0; null where the plugin did not load.")        \
    /* Since version 17 of the schema: what the machine did beside the work. */                    \
    X(TRIAL_WAITED_NS, "waited_ns", INTEGER, "ns",                                                 \
      "Time in the timed part that mutators were ready to run and had no processor, over all of "  \
      "them; null where the kernel does not tell.")                                                \
    X(TRIAL_LOAD_BEFORE, "load_before", REAL, "",                                                  \
      "Load of the machine when the trial began: tasks that ran or would, mean of a minute.")      \
    X(TRIAL_PRESSURE_BEFORE, "pressure_before", REAL, "%",                                         \
      "Share of the 10 s before the trial in which some task of the machine waited for a "         \
      "processor; null where the kernel keeps no pressure figures.")                               \
    X(TRIAL_FREQUENCY_START_HZ, "frequency_start_hz", INTEGER, "Hz",                               \
      "Clock of the first mutator's processor at the start of the timed part, by cpufreq; null "   \
      "where there is none.")                                                                      \
    X(TRIAL_FREQUENCY_END_HZ, "frequency_end_hz", INTEGER, "Hz",                                   \
      "The same at its end.")                                                                      \
    /* Since version 18 of the schema. */                                                          \
    X(TRIAL_COUNTS_REFERENCES, "counts_references", INTEGER, "",                                   \
      "1 where the collector says that it keeps the count of references to each object, work that " \
      "is spread over all stores, else 0; null where the plugin did not load.")                    \
    /* Since version 19 of the schema. */                                                          \
    X(TRIAL_OTHER_THREADS_CPU_NS, "other_threads_cpu_ns", INTEGER, "ns",                           \
      "CPU time in the timed part of threads that are neither mutators nor registered by the "     \
      "collector nor the harness's; 0 where the collector says that these are its own: then it "   \
      "is in collector_cpu_ns, and null where that is.")                                                                   \
    X(TRIAL_HARNESS_CPU_NS, "harness_cpu_ns", INTEGER, "ns",                                       \
      "CPU time in the timed part of the harness's own threads beside the mutators; it is in "     \
      "cpu_user_ns and cpu_system_ns, and in none of the others.")                                 \
    /* Since version 20 of the schema. */                                                          \
    X(TRIAL_INSTRUCTIONS_PER_OPERATION, "instructions_per_operation", REAL, "",                    \
      "Instructions of one operation of a micro workload: what callgrind counts of twice so many " \
      "operations less what it counts of so many, over those between. Null where they were not "   \
      "counted, and in whole workloads.")                                                          \
    /* Since version 22 of the schema: what a search for the critical rate held the trial to. */   \
    X(TRIAL_BOUND_NS, "bound_ns", INTEGER, "ns",                                                   \
      "Bound that heapmark maxrate held the trial's requests to; null in other runs.")             \
    X(TRIAL_BOUND_PERCENTILE, "bound_percentile", REAL, "%",                                       \
      "How many percent of the requests were to keep it.")                                         \
    X(TRIAL_BOUND_LATENCY_NS, "bound_latency_ns", REAL, "ns",                                      \
      "That percentile of the times of the trial's requests: the bound is kept where it is not "   \
      "above it.")

/* How a trial can end: X(enumerator, word, sentence). Append only. */
#define TRIAL_OUTCOMES(X)                                                                          \
    X(OUTCOME_OK, "ok", "It ran to its end and its answer is right.")                              \
    X(OUTCOME_CRASH, "crash", "A signal or an unexpected exit ended its process.")                 \
    X(OUTCOME_HANG, "hang", "It was not done within its time limit and was killed.")               \
    X(OUTCOME_OUT_OF_MEMORY, "out-of-memory", "The collector said that its heap is full.")         \
    X(OUTCOME_WRONG_ANSWER, "wrong-answer", "It ran to its end and its answer is wrong.")          \
    X(OUTCOME_REFUSED, "refused", "The plugin did not load, or did not open a heap.")              \
    X(OUTCOME_UNSUPPORTED, "unsupported", "The workload needs what the collector cannot do.")      \
    X(OUTCOME_MEMORY_LIMIT, "memory-limit", "Its process outgrew the limit set from outside.")     \
    X(OUTCOME_INTERRUPTED, "interrupted", "The run was stopped while it ran: to be done again.")   \
    X(OUTCOME_MACHINE_MEMORY, "machine-memory",                                                    \
      "The memory of the machine, or of the control group that stands for it, ran out, and the "   \
      "kernel killed it.")

/* Curves of a trial, each a list of points: X(enumerator, word, unit of x, unit of y, sentence).
 * Append only. */
#define TRIAL_CURVES(X)                                                                            \
    X(CURVE_MMU, "mmu", "ns", "share",                                                             \
      "Minimum mutator utilization: the least share of any window of length x that the mutator "   \
      "that fared worst had for itself, by the events of pauses, releases and sweeps and by "      \
      "stamped slow paths.")            \
    X(CURVE_BMU, "bmu", "ns", "share",                                                             \
      "Bounded mutator utilization: the same of any window of length x or longer.")                \
    X(CURVE_HELD, "held_bytes", "ns", "bytes",                                                     \
      "Bytes held from the operating system, as the plugin counts, at x from the start of the "    \
      "timed part: the most of each of up to 64 equal stretches.")                                 \
    X(CURVE_RESIDENT, "resident_bytes", "ns", "bytes",                                             \
      "Resident memory of the process less that before the heap was opened, likewise.")            \
    X(CURVE_LIVE, "live_bytes", "ns", "bytes",                                                     \
      "Bytes of objects not yet reclaimed, as the plugin counts, likewise.")                       \
    X(CURVE_MMU_EACH, "mmu_each", "ns", "share",                                                   \
      "As mmu, of each mutator where there are several: all of its windows, then all of the next " \
      "one's, in the order in which they attached.")                                               \
    X(CURVE_BMU_EACH, "bmu_each", "ns", "share", "As bmu, likewise.")                              \
    X(CURVE_MMU_ALL, "mmu_all", "ns", "share",                                                     \
      "As mmu, of all mutators together where there are several: the least of any window of the "  \
      "mean of their shares.")                                                                     \
    X(CURVE_BMU_ALL, "bmu_all", "ns", "share", "As bmu, likewise.")
/* clang-format on */

#endif
