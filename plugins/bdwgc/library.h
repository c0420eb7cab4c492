/* SPDX-License-Identifier: MIT
 *
 * The library's own header, with functions for threads that it has not made.
 */
#ifndef HEAPMARK_BDWGC_LIBRARY_H
#define HEAPMARK_BDWGC_LIBRARY_H

/* Threads are registered by attach, not by a pthread_create of bdwgc's own. */
#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>

#endif
