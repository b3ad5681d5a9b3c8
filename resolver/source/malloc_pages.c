/*
 * malloc of whole pages, straight from the kernel: for resolver-min, which asks for memory a few dozen
 * times in its life, in the place of the C library's allocator, ten times its size. Linked in, it serves
 * the C library as well. One mapping each, so a write past the last page of one is a fault.
 */
#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What stands before the memory given out. */
struct head {
    size_t size_bytes; /* of the mapping */
    max_align_t data[];
};

static struct head *head_of(void *memory)
{
    return (struct head *)((unsigned char *)memory - offsetof(struct head, data));
}

static void *answer(struct head *head, size_t size_bytes)
{
    if (head == MAP_FAILED) {
        errno = ENOMEM;
        return NULL;
    }
    head->size_bytes = size_bytes;
    return head->data;
}

/* Bytes to map for size_bytes; 0 when there is no such number. */
static size_t mapped(size_t size_bytes)
{
    return size_bytes > PTRDIFF_MAX - sizeof(struct head) ? 0 : size_bytes + sizeof(struct head);
}

void *malloc(size_t size_bytes)
{
    size_t size = mapped(size_bytes);

    return answer(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), size);
}

/* The kernel's pages are zeros. */
void *calloc(size_t count, size_t size_bytes)
{
    return malloc(size_bytes && count > SIZE_MAX / size_bytes ? SIZE_MAX : count * size_bytes);
}

void *realloc(void *memory, size_t size_bytes)
{
    size_t size = mapped(size_bytes);

    if (!memory)
        return malloc(size_bytes);
    return answer(mremap(head_of(memory), head_of(memory)->size_bytes, size, MREMAP_MAYMOVE), size);
}

void free(void *memory)
{
    int number = errno;

    if (memory)
        munmap(head_of(memory), head_of(memory)->size_bytes);
    errno = number;
}
