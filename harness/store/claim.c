/* SPDX-License-Identifier: MIT
 *
 * Whether a run still goes on: its process holds a lock on one byte of the file, far beyond its
 * end and SQLite's own locks, at a place that the run's number gives. The kernel takes the lock
 * away with the process, whatever killed it.
 *
 * The locks belong to the descriptor, not to the process (F_OFD_SETLK), so that they do not
 * mingle with SQLite's. Where a file system has no such locks nothing is claimed, and no run is
 * taken for abandoned.
 */
#define HEAPMARK_STORE_INTERNAL
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/internal.h"

static struct flock byte_of(int64_t run_id, short type)
{
    const int64_t first = INT64_C(1) << 62;
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = first + run_id, .l_len = 1};
}

bool store_claim(struct store *store, int64_t run_id, struct error *error)
{
    struct flock byte = byte_of(run_id, F_WRLCK);
    if (store->claim_fd < 0)
        store->claim_fd = open(store->path, O_RDWR | O_CLOEXEC);
    if (store->claim_fd < 0 || fcntl(store->claim_fd, F_OFD_SETLK, &byte) == 0 ||
        (errno != EAGAIN && errno != EACCES))
        return true;
    return error_user(error, "run %lld in the database '%s' still goes on in another process",
                      (long long)run_id, store->path);
}

void store_release(struct store *store, int64_t run_id)
{
    struct flock byte = byte_of(run_id, F_UNLCK);
    if (store->claim_fd >= 0)
        fcntl(store->claim_fd, F_OFD_SETLK, &byte);
}

/* By a descriptor of its own, to which this store's claims look like anybody's. It stays open,
 * as closing it would take SQLite's locks on the file from the whole process. */
bool store_is_abandoned(struct store *store, int64_t run_id)
{
    struct flock byte = byte_of(run_id, F_WRLCK);
    if (store->look_fd < 0)
        store->look_fd = open(store->path, O_RDONLY | O_CLOEXEC);
    return store->look_fd >= 0 && fcntl(store->look_fd, F_OFD_GETLK, &byte) == 0 &&
           byte.l_type == F_UNLCK;
}

void store_forget_claims(struct store *store)
{
    if (store->claim_fd >= 0)
        close(store->claim_fd);
    if (store->look_fd >= 0)
        close(store->look_fd);
}
