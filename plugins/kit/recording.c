/* SPDX-License-Identifier: MIT
 *
 * Reading and writing recordings; see recording.h.
 */
#include <kit/recording.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char MAGIC[8] = {'H', 'M', 'R', 'E', 'C', 'O', 'R', 'D'};
enum { VERSION = 1, MOST_THREADS = 4096, MOST_WORK_BYTES = 1 << 16 };

/* ---- pages ---- */

/* What is read lies in pages of the operating system: large pieces that come from malloc and go
 * back would change how the C library's allocator deals with large pieces later. */
static void *map(size_t bytes)
{
    void *pages = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

static void unmap(void *pages, size_t bytes)
{
    if (pages != NULL)
        munmap(pages, bytes + 1);
}

/* ---- bytes ---- */

struct bytes {
    unsigned char *at;
    size_t count, room, read;
    bool failed; /* memory is out, or the end was passed */
};

static void put(struct bytes *bytes, const void *from, size_t count)
{
    if (bytes->count + count > bytes->room && !bytes->failed) {
        size_t room = 2 * bytes->room + count + 4096;
        unsigned char *more = realloc(bytes->at, room);
        bytes->failed = more == NULL;
        bytes->at = more != NULL ? more : bytes->at;
        bytes->room = more != NULL ? room : bytes->room;
    }
    if (bytes->failed)
        return;
    memcpy(bytes->at + bytes->count, from, count);
    bytes->count += count;
}

static void put_varint(struct bytes *bytes, uint64_t value)
{
    unsigned char digits[10];
    size_t count = 0;
    for (; value >= 128; value >>= 7)
        digits[count++] = (unsigned char)(value | 128);
    digits[count++] = (unsigned char)value;
    put(bytes, digits, count);
}

static void take(struct bytes *bytes, void *to, size_t count)
{
    bytes->failed = bytes->failed || bytes->count - bytes->read < count;
    if (bytes->failed) {
        memset(to, 0, count);
        return;
    }
    memcpy(to, bytes->at + bytes->read, count);
    bytes->read += count;
}

static uint64_t take_varint(struct bytes *bytes)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char digit;
        take(bytes, &digit, 1);
        value |= (uint64_t)(digit & 127) << shift;
        if (digit < 128)
            return value;
    }
    bytes->failed = true;
    return 0;
}

/* FNV-1a: it finds damage, and is no protection against malice. */
static uint64_t sum_of(const unsigned char *bytes, size_t count)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* ---- writing ---- */

static void put_thread(struct bytes *bytes, const struct kit_recorded_thread *thread)
{
    uint32_t before = 0;
    put(bytes, &thread->allocations, sizeof thread->allocations);
    put(bytes, &thread->bytes, sizeof thread->bytes);
    put(bytes, &thread->death_count, sizeof thread->death_count);
    for (uint64_t i = 0; i < thread->death_count; i++) {
        const struct kit_death *death = &thread->deaths[i];
        put_varint(bytes, death->when - before);
        put_varint(bytes, death->when - death->ordinal);
        before = death->when;
    }
}

static void put_all(struct bytes *bytes, const char *work, const struct kit_recording *recording)
{
    uint32_t version = VERSION, length = (uint32_t)strlen(work);
    put(bytes, MAGIC, sizeof MAGIC);
    put(bytes, &version, sizeof version);
    put(bytes, &recording->thread_count, sizeof recording->thread_count);
    put(bytes, &length, sizeof length);
    put(bytes, work, length);
    for (uint32_t i = 0; i < recording->thread_count; i++)
        put_thread(bytes, &recording->threads[i]);
    uint64_t sum = sum_of(bytes->at, bytes->failed ? 0 : bytes->count);
    put(bytes, &sum, sizeof sum);
}

static bool write_file(const char *path, const struct bytes *bytes)
{
    FILE *file = fopen(path, "wbe");
    if (file == NULL)
        return false;
    bool fine = fwrite(bytes->at, 1, bytes->count, file) == bytes->count;
    int error = errno;
    fine = fclose(file) == 0 && fine;
    if (!fine && errno == 0)
        errno = error;
    return fine;
}

bool kit_recording_write(const char *path, const char *work, const struct kit_recording *recording,
                         char sentence[static KIT_RECORDING_SENTENCE_BYTES])
{
    struct bytes bytes = {0};
    char beside[4096];
    put_all(&bytes, work, recording);
    int length = snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid());
    errno = bytes.failed ? ENOMEM : ENAMETOOLONG;
    bool fine = !bytes.failed && length > 0 && (size_t)length < sizeof beside &&
                write_file(beside, &bytes) && rename(beside, path) == 0;
    free(bytes.at);
    if (!fine) {
        int error = errno;
        unlink(beside);
        snprintf(sentence, KIT_RECORDING_SENTENCE_BYTES,
                 "the recording %.150s cannot be written: %s", path, strerror(error));
    }
    return fine;
}

/* ---- reading ---- */

static bool read_file(const char *path, struct bytes *bytes)
{
    FILE *file = fopen(path, "rbe");
    long size = -1;
    if (file == NULL)
        return false;
    if (fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    rewind(file);
    if (size >= 0)
        bytes->at = map((size_t)size);
    bytes->room = bytes->at != NULL ? (size_t)size : 0;
    bytes->count = bytes->at != NULL ? fread(bytes->at, 1, bytes->room, file) : 0;
    bool fine = bytes->at != NULL && bytes->count == bytes->room;
    fclose(file);
    return fine;
}

static void take_thread(struct bytes *bytes, struct kit_recorded_thread *thread)
{
    uint64_t count, when = 0;
    take(bytes, &thread->allocations, sizeof thread->allocations);
    take(bytes, &thread->bytes, sizeof thread->bytes);
    take(bytes, &count, sizeof count);
    bytes->failed =
        bytes->failed || thread->allocations > UINT32_MAX || count > thread->allocations;
    if (bytes->failed)
        return;
    thread->deaths = map(count * sizeof *thread->deaths);
    bytes->failed = thread->deaths == NULL;
    thread->death_count = count;
    for (uint64_t i = 0; i < count && !bytes->failed; i++) {
        when += take_varint(bytes);
        uint64_t age = take_varint(bytes);
        bytes->failed = bytes->failed || when > thread->allocations || age == 0 || age > when;
        thread->deaths[i] = (struct kit_death){(uint32_t)when, (uint32_t)(when - age)};
    }
}

static void take_threads(struct bytes *bytes, struct kit_recording *recording)
{
    recording->threads = calloc(recording->thread_count + 1, sizeof *recording->threads);
    bytes->failed = bytes->failed || recording->threads == NULL;
    for (uint32_t i = 0; i < recording->thread_count && !bytes->failed; i++)
        take_thread(bytes, &recording->threads[i]);
}

/* Is the checksum right? Then it is taken off. */
static bool is_sound(struct bytes *bytes)
{
    uint64_t sum;
    if (bytes->count < sizeof MAGIC + sizeof sum || memcmp(bytes->at, MAGIC, sizeof MAGIC) != 0)
        return false;
    memcpy(&sum, bytes->at + bytes->count - sizeof sum, sizeof sum);
    bytes->count -= sizeof sum;
    bytes->read = sizeof MAGIC;
    return sum_of(bytes->at, bytes->count) == sum;
}

static bool refuse(char *sentence, const char *path, const char *what)
{
    snprintf(sentence, KIT_RECORDING_SENTENCE_BYTES,
             "the recording %.100s %s; `heapmark run` makes another once the file is deleted", path,
             what);
    return false;
}

static bool take_all(struct bytes *bytes, const char *path, const char *work,
                     struct kit_recording *recording, char *sentence)
{
    uint32_t version, length;
    char of[MOST_WORK_BYTES];
    if (!is_sound(bytes))
        return refuse(sentence, path, "is damaged");
    take(bytes, &version, sizeof version);
    take(bytes, &recording->thread_count, sizeof recording->thread_count);
    take(bytes, &length, sizeof length);
    if (version != VERSION)
        return refuse(sentence, path, "is of another version");
    if (bytes->failed || recording->thread_count > MOST_THREADS || length >= sizeof of)
        return refuse(sentence, path, "is damaged");
    take(bytes, of, length);
    of[length] = '\0';
    if (strcmp(of, work) != 0)
        return refuse(sentence, path, "is of other work than this trial's");
    take_threads(bytes, recording);
    return (!bytes->failed && bytes->read == bytes->count) ||
           refuse(sentence, path, "is damaged, or too large for the memory that there is");
}

bool kit_recording_read(const char *path, const char *work, struct kit_recording *recording,
                        char sentence[static KIT_RECORDING_SENTENCE_BYTES])
{
    struct bytes bytes = {0};
    *recording = (struct kit_recording){.is_mapped = true};
    bool fine = read_file(path, &bytes);
    if (!fine)
        snprintf(sentence, KIT_RECORDING_SENTENCE_BYTES, "the recording %.150s cannot be read: %s",
                 path, strerror(errno));
    fine = fine && take_all(&bytes, path, work, recording, sentence);
    unmap(bytes.at, bytes.room);
    return fine;
}

void kit_recording_free(struct kit_recording *recording)
{
    for (uint32_t i = 0; recording->threads != NULL && i < recording->thread_count; i++) {
        struct kit_recorded_thread *thread = &recording->threads[i];
        if (recording->is_mapped)
            unmap(thread->deaths, thread->death_count * sizeof *thread->deaths);
        else
            free(thread->deaths);
    }
    free(recording->threads);
    memset(recording, 0, sizeof *recording);
}
