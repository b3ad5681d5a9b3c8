/*
 * memory.c - BUNDLE KEY.pub: how little memory opening, verifying and reading every member takes.
 *
 * Built with --wrap for malloc, calloc, realloc and free: what the library takes of the heap is counted.
 * Everything runs on a stack of STACK bytes. Prints KiB: the least memory that sealift_bundle_open and
 * sealift_bundle_verify are content with; the heap's peak of these and of reading all members as they
 * are stored; the heap's peak of reading images as raw disks; and STACK. Then every allocation fails
 * once: that must end with SEALIFT_LIMIT, and everything must have been given back.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealift_bundle.h"

#define STACK (128 << 10)
#define MEMORY_MAX (4 << 20)

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);

static size_t taken, peak, calls, fail_at; /* the how-manieth allocation fails; 0: none */

static int is_failing(void)
{
    return ++calls == fail_at;
}

static void *count(void *block)
{
    taken += malloc_usable_size(block);
    if (taken > peak)
        peak = taken;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return is_failing() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t count_of, size_t size)
{
    return is_failing() ? NULL : count(__real_calloc(count_of, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (is_failing())
        return NULL;
    taken -= malloc_usable_size(old);
    return count(__real_realloc(old, size));
}

void __wrap_free(void *block)
{
    taken -= malloc_usable_size(block);
    __real_free(block);
}

struct job {
    struct sealift_input archive;
    struct sealift_bytes pem;
    unsigned char *memory;
    size_t memory_size, stored_heap, raw_heap;
    struct sealift_error error;
};

static int read_at(void *context, uint64_t at, void *into, size_t size)
{
    return pread(*(int *)context, into, size, (off_t)at) != (ssize_t)size;
}

static int drop(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return 0;
}

static int read_all(struct job *job, struct sealift_bundle *bundle,
                    struct sealift_trusted_bundle *trusted)
{
    const struct sealift_sink sink = {.write = drop};
    size_t count_of;
    const struct sealift_bundle_member *members = sealift_bundle_members(bundle, &count_of);

    for (size_t i = 0; i < count_of; i++) {
        if (sealift_bundle_read(trusted, i, &sink, &job->error))
            return job->error.status;
    }
    job->stored_heap = peak;
    for (size_t i = 0; i < count_of; i++) {
        if (members[i].raw_size > 0 && sealift_bundle_read_image(trusted, i, 0, &sink, &job->error))
            return job->error.status;
    }
    job->raw_heap = peak;
    return taken == 0 ? SEALIFT_OK : SEALIFT_BUG; /* everything has been given back */
}

static int run(struct job *job)
{
    const struct sealift_keys keys = {.pem = &job->pem, .count = 1};
    struct sealift_trusted_bundle *trusted;
    struct sealift_bundle *bundle;

    taken = peak = calls = 0;
    if (sealift_bundle_open(&job->archive, job->memory, job->memory_size, &bundle, &job->error) ||
        sealift_bundle_verify(bundle, &keys, &trusted, &job->error))
        return job->error.status;
    return read_all(job, bundle, trusted);
}

/* Every allocation fails once. */
static int fail_each(struct job *job)
{
    for (fail_at = 1;; fail_at++) {
        int status = run(job);

        if (taken != 0)
            return SEALIFT_BUG;
        if (calls < fail_at)
            return status;
        if (status != SEALIFT_LIMIT)
            return SEALIFT_BUG;
    }
}

static void *search(void *context)
{
    struct job *job = context;
    static int status;

    for (job->memory_size = 0; job->memory_size <= MEMORY_MAX; job->memory_size += 4096) {
        status = run(job);
        if (status != SEALIFT_LIMIT)
            break;
    }
    if (status == SEALIFT_OK)
        status = fail_each(job);
    return &status;
}

int main(int argc, char **argv)
{
    static char pem[4096];
    struct job job = {.memory = malloc(MEMORY_MAX)};
    int fd = argc == 3 ? open(argv[1], O_RDONLY) : -1, key = argc == 3 ? open(argv[2], O_RDONLY) : -1;
    struct stat status;
    pthread_attr_t attributes;
    pthread_t thread;
    void *result;

    if (fd < 0 || key < 0 || fstat(fd, &status))
        return SEALIFT_USAGE;
    job.archive = (struct sealift_input){&fd, (uint64_t)status.st_size, read_at};
    job.pem = (struct sealift_bytes){pem, (size_t)read(key, pem, sizeof pem)};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&thread, &attributes, search, &job) || pthread_join(thread, &result))
        return SEALIFT_BUG;
    if (*(int *)result != SEALIFT_OK)
        fprintf(stderr, "%s\n", job.error.message);
    else
        printf("%zu %zu %zu %d\n", job.memory_size >> 10, job.stored_heap >> 10, job.raw_heap >> 10,
               STACK >> 10);
    free(job.memory);
    return *(int *)result;
}
