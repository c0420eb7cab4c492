/* SPDX-License-Identifier: MIT
 *
 * What the user asked of a suite: lists from the command line; see plan.h.
 */
#include "suite/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

enum { MOST_THREADS = 4096 };

void suite_request_initialise(struct suite_request *request)
{
    memset(request, 0, sizeof *request);
    trial_spec_initialise(&request->common);
    request->threads = memory_new(sizeof *request->threads);
    request->threads[0] = 1;
    request->thread_count = 1;
    request->dispatch_inline = true;
    request->invocations = SUITE_INVOCATIONS_STANDARD;
}

void suite_request_free(struct suite_request *request)
{
    suite_entries_free(&request->entries);
    trial_spec_free(&request->common);
    free(request->threads);
    free(request->heaps);
    memset(request, 0, sizeof *request);
}

static bool add_thread_count(struct suite_request *request, const char *piece, struct error *error)
{
    int64_t threads;
    if (!units_parse_integer(piece, "number of threads", 1, MOST_THREADS, &threads, error))
        return false;
    for (size_t i = 0; i < request->thread_count; i++)
        if (request->threads[i] == (uint32_t)threads)
            return error_user(error, "the number of threads %s is given twice; once is enough",
                              piece);
    request->threads[request->thread_count++] = (uint32_t)threads;
    return true;
}

bool suite_set_threads(struct suite_request *request, const char *text, struct error *error)
{
    struct text_list pieces = {0};
    text_split(&pieces, text, ',');
    request->threads = memory_resize(request->threads, pieces.count * sizeof *request->threads);
    request->thread_count = 0;
    bool fine = true;
    for (size_t i = 0; i < pieces.count && fine; i++)
        fine = add_thread_count(request, pieces.items[i], error);
    text_list_free(&pieces);
    return fine;
}

static bool add_heap(struct suite_request *request, const char *piece, struct error *error)
{
    uint64_t bytes;
    if (!units_parse_bytes(piece, "heap", &bytes, error))
        return false;
    if (bytes > INT64_MAX)
        return error_user(error, "the heap is %s, and must be below 8 EiB", piece);
    for (size_t i = 0; i < request->heap_count; i++)
        if (request->heaps[i] == bytes)
            return error_user(error, "the heap %s is given twice; once is enough", piece);
    request->heaps[request->heap_count++] = bytes;
    return true;
}

bool suite_set_heaps(struct suite_request *request, const char *text, struct error *error)
{
    struct text_list pieces = {0};
    text_split(&pieces, text, ',');
    request->heaps = memory_resize(request->heaps, pieces.count * sizeof *request->heaps);
    request->heap_count = 0;
    bool fine = true;
    for (size_t i = 0; i < pieces.count && fine; i++)
        fine = add_heap(request, pieces.items[i], error);
    text_list_free(&pieces);
    return fine;
}

bool suite_set_dispatch(struct suite_request *request, const char *text, struct error *error)
{
    bool both = strcmp(text, "both") == 0;
    if (!both && strcmp(text, "table") != 0 && strcmp(text, "inline") != 0)
        return error_user(error, "the dispatch is '%s', and must be table, inline or both", text);
    request->dispatch_table = both || *text == 't';
    request->dispatch_inline = both || *text == 'i';
    return true;
}
