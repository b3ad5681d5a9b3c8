/*
 * relro.c - makes the relocated constants of a static program read-only before main.
 *
 * A linked program marks them as PT_GNU_RELRO and leaves the rest to the dynamic loader. A static
 * program has none, and musl's start code does not do it, so function tables would stay writable.
 * musl-gcc links this into every program. It runs as a constructor: after self-relocation, before main.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static int protect(struct dl_phdr_info *program, size_t size, void *unused)
{
    uintptr_t page_mask = ~((uintptr_t)getauxval(AT_PAGESZ) - 1);

    (void)size;
    (void)unused;
    for (size_t i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &program->dlpi_phdr[i];

        if (header->p_type == PT_GNU_RELRO) {
            uintptr_t start = program->dlpi_addr + header->p_vaddr;
            uintptr_t end = (start + header->p_memsz) & page_mask; /* what shares a page with data stays writable */

            start &= page_mask;
            if (start < end && mprotect((void *)start, end - start, PROT_READ) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

__attribute__((constructor)) static void protect_relocated(void)
{
    static const char message[] = "cannot make relocated constants read-only: mprotect failed\n";

    if (dl_iterate_phdr(protect, NULL) != 0) {
        ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);

        (void)written;
        _exit(1);
    }
}
