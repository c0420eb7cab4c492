/* SPDX-License-Identifier: MIT
 *
 * Google Benchmark behind gbench.h.
 *
 * Debian builds the library with its checks on, so misuse aborts the process: a loop
 * that was not run to its end, a call after it ended. The state below knows where its
 * thread is and lets neither through to the library.
 */
#include "gbench/gbench.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <ostream>
#include <streambuf>
#include <vector>

#include <benchmark/benchmark.h>
#include <cxxabi.h>

extern "C" {
/* These two headers are C: array parameters with `static` and _Noreturn are not C++. */
uint64_t clock_now_ns(void);
[[noreturn]] void error_bug(const char *file, int line, const char *condition, const char *format,
                            ...) __attribute__((format(printf, 4, 5)));
}

#define CHECK(condition, ...)                                                                      \
    ((condition) ? (void)0 : error_bug(__FILE__, __LINE__, #condition, __VA_ARGS__))

namespace
{

/* What a thread tells of its part in a run. Atomic, because a thread that had an error
 * leaves without the library's barrier while others may read; else that barrier orders. */
struct thread_record {
    std::atomic<uint64_t> start_ns{0};
    std::atomic<uint64_t> end_ns{0}; /* 0: did not come to the end of its loop */
    std::atomic<bool> time_is_set{false};
    std::atomic<double> time_s{0};
};

/* The library knows setup functions by bare pointer, without user data: so the one
 * benchmark of the process lives here. */
struct current_run {
    const struct gbench_request *request;
    std::vector<thread_record> records;
    unsigned runs;
};

current_run *current;

} // namespace

struct gbench_state {
    benchmark::State &library;
    thread_record &record;
    uint64_t iterations;
    bool started;
    bool finished;
};

namespace
{

class null_buffer : public std::streambuf
{
    int overflow(int character) override
    {
        return character;
    }
};

/* Takes the one run into the result, and prints nothing. */
class capturing_reporter : public benchmark::BenchmarkReporter
{
  public:
    capturing_reporter() : null_stream(&buffer)
    {
        SetOutputStream(&null_stream);
        SetErrorStream(&null_stream);
    }

    bool ReportContext(const Context &) override
    {
        return true;
    }

    void ReportRuns(const std::vector<Run> &reported) override
    {
        CHECK(reported.size() == 1 && runs.empty(), "%zu runs reported after %zu", reported.size(),
              runs.size());
        runs = reported;
    }

    std::vector<Run> runs;

  private:
    null_buffer buffer;
    std::ostream null_stream;
};

/* Before each run of the library, on the caller's thread, while no other is there. */
void begin_run(const benchmark::State &)
{
    for (thread_record &record : current->records) {
        record.start_ns = 0;
        record.end_ns = 0;
        record.time_is_set = false;
        record.time_s = 0;
    }
    current->runs++;
}

/* From the first thread's start to the last one's end, or 0 if one did not get there. */
double wall_time_s()
{
    uint64_t start_ns = UINT64_MAX;
    uint64_t end_ns = 0;
    for (const thread_record &record : current->records) {
        if (record.end_ns == 0)
            return 0;
        start_ns = std::min<uint64_t>(start_ns, record.start_ns);
        end_ns = std::max<uint64_t>(end_ns, record.end_ns);
    }
    return static_cast<double>(end_ns - start_ns) / 1e9;
}

void call_body(struct gbench_state *state)
{
    try {
        current->request->body(state, current->request->user);
    } catch (abi::__forced_unwind &) {
        throw; /* pthread_cancel and pthread_exit unwind with it and must go on */
    } catch (const std::exception &exception) {
        gbench_skip_with_error(state, exception.what());
    } catch (...) {
        gbench_skip_with_error(state, "the benchmark's body threw something");
    }
}

void run_thread(benchmark::State &library)
{
    thread_record &record = current->records[static_cast<size_t>(library.thread_index())];
    struct gbench_state state = {library, record, 0, false, false};
    call_body(&state);
    if (library.error_occurred())
        return;
    if (!state.finished)
        gbench_skip_with_error(&state, "the benchmark's body left its loop before the end");
    else if (!record.time_is_set)
        library.SetIterationTime(wall_time_s());
}

/* Every flag that the library would otherwise take from the environment. */
void initialize_library()
{
    const char *arguments[] = {
        "heapmark",
        "--benchmark_list_tests=false",
        "--benchmark_filter=",
        "--benchmark_min_time=0.5",
        "--benchmark_min_warmup_time=0",
        "--benchmark_repetitions=1",
        "--benchmark_enable_random_interleaving=false",
        "--benchmark_report_aggregates_only=false",
        "--benchmark_display_aggregates_only=false",
        "--benchmark_format=console",
        "--benchmark_out=",
        "--benchmark_out_format=json",
        "--benchmark_color=false",
        "--benchmark_counters_tabular=false",
        "--benchmark_perf_counters=",
        "--benchmark_context=",
        "--benchmark_time_unit=ns",
        "--v=0",
        nullptr,
    };
    int count = static_cast<int>(sizeof(arguments) / sizeof(arguments[0])) - 1;
    /* The library moves the pointers about, and never writes to the text. */
    benchmark::Initialize(&count, const_cast<char **>(arguments));
    CHECK(count == 1, "Google Benchmark does not know its flag %s", arguments[1]);
}

/* The library looks at the processors once and may complain about them on std::cerr. */
void look_at_processors_silently()
{
    null_buffer buffer;
    std::streambuf *errors = std::cerr.rdbuf(&buffer);
    benchmark::CPUInfo::Get();
    std::cerr.rdbuf(errors);
}

void register_benchmark(const struct gbench_request *request)
{
    benchmark::internal::Benchmark *one = benchmark::RegisterBenchmark(request->name, run_thread);
    one->Setup(begin_run)->Threads(static_cast<int>(request->threads))->UseManualTime();
    one->Repetitions(1);
    if (request->mode == GBENCH_FIXED)
        one->Iterations(1);
    else
        one->MinTime(request->min_time_s);
}

/* The time of the run, on which all threads agree. */
void take_wall_time(struct gbench_result *result)
{
    const thread_record &first = current->records[0];
    for (const thread_record &record : current->records)
        CHECK(record.time_is_set == first.time_is_set && !(record.time_s < first.time_s) &&
                  !(record.time_s > first.time_s),
              "the threads of a run set the times %.17g and %.17g", first.time_s.load(),
              record.time_s.load());
    result->wall_from_body = first.time_is_set;
    result->wall_s = first.time_is_set ? first.time_s.load() : wall_time_s();
}

void take_run(const benchmark::BenchmarkReporter::Run &run, struct gbench_result *result)
{
    if (run.error_occurred) {
        snprintf(result->error, sizeof(result->error), "%s", run.error_message.c_str());
        return;
    }
    take_wall_time(result);
    result->iterations = static_cast<uint64_t>(run.iterations);
    result->cpu_s = run.cpu_accumulated_time;
    result->library_time_s = run.real_accumulated_time;
    result->ns_per_iteration =
        result->wall_s * 1e9 * result->threads / static_cast<double>(result->iterations);
    result->ok = true;
}

void run_once(const struct gbench_request *request, struct gbench_result *result)
{
    current_run run = {request, std::vector<thread_record>(request->threads), 0};
    capturing_reporter reporter;
    current = &run;
    look_at_processors_silently();
    initialize_library();
    register_benchmark(request);
    benchmark::RunSpecifiedBenchmarks(&reporter, ".");
    CHECK(reporter.runs.size() == 1, "Google Benchmark ran nothing");
    result->runs = run.runs;
    take_run(reporter.runs[0], result);
    benchmark::ClearRegisteredBenchmarks();
    benchmark::Shutdown();
}

void check_request(const struct gbench_request *request)
{
    CHECK(request->name && request->name[0], "a benchmark without a name");
    CHECK(request->threads >= 1 && request->threads <= INT32_MAX, "%u threads", request->threads);
    CHECK(request->body, "benchmark %s has no body", request->name);
    CHECK(request->mode == GBENCH_FIXED ||
              (std::isfinite(request->min_time_s) && request->min_time_s > 1e-9),
          "benchmark %s: a search over %g s", request->name, request->min_time_s);
}

} // namespace

bool gbench_run(const struct gbench_request *request, struct gbench_result *result)
{
    static std::atomic<bool> was_run{false};

    check_request(request);
    CHECK(!was_run.exchange(true), "a second benchmark in one process: %s", request->name);
    *result = {};
    result->threads = request->threads;
    result->library_version = GBENCH_LIBRARY_VERSION;
    try {
        run_once(request, result);
    } catch (const std::exception &exception) {
        snprintf(result->error, sizeof(result->error), "Google Benchmark failed: %s",
                 exception.what());
    }
    current = nullptr;
    return result->ok;
}

unsigned gbench_thread_index(const struct gbench_state *state)
{
    return static_cast<unsigned>(state->library.thread_index());
}

unsigned gbench_threads(const struct gbench_state *state)
{
    return static_cast<unsigned>(state->library.threads());
}

uint64_t gbench_max_iterations(const struct gbench_state *state)
{
    return static_cast<uint64_t>(state->library.max_iterations);
}

bool gbench_keep_running_batch(struct gbench_state *state, uint64_t n)
{
    CHECK(n > 0 && n <= INT64_MAX, "a batch of %llu iterations",
          static_cast<unsigned long long>(n));
    if (state->finished)
        return false;
    /* The library's last call waits for all threads: the thread's end is before it. */
    if (state->started && state->iterations >= gbench_max_iterations(state))
        state->record.end_ns.store(clock_now_ns(), std::memory_order_relaxed);
    bool goes_on = state->library.KeepRunningBatch(static_cast<int64_t>(n));
    if (!state->started)
        state->record.start_ns.store(clock_now_ns(), std::memory_order_relaxed);
    state->started = true;
    state->iterations += n;
    state->finished = !goes_on;
    return goes_on;
}

void gbench_set_iteration_time_s(struct gbench_state *state, double seconds)
{
    CHECK(std::isfinite(seconds) && seconds >= 0, "an iteration of %g s", seconds);
    state->record.time_s = state->record.time_s + seconds;
    state->record.time_is_set = true;
    state->library.SetIterationTime(seconds);
}

void gbench_skip_with_error(struct gbench_state *state, const char *message)
{
    state->library.SkipWithError(message);
}
