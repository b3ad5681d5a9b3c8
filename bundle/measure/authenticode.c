#include "bundle/measure/authenticode.h"

#include <string.h>

#define CHECKSUM_SIZE 4
#define ENTRY_SIZE 8

static enum err_code hash_range(struct bank_hash *hash, const struct image *file, uint64_t begin,
                                uint64_t end, struct err *err)
{
    return end > begin ? bank_update_image(hash, file, begin, end - begin, err) : ERR_OK;
}

static enum err_code hash_headers(struct bank_hash *hash, const struct image *file,
                                  const struct pe *pe, struct err *err)
{
    uint64_t at = pe->checksum_at + CHECKSUM_SIZE;
    enum err_code rc = hash_range(hash, file, 0, pe->checksum_at, err);

    if (rc == ERR_OK && pe->certificate_entry_at) {
        rc = hash_range(hash, file, at, pe->certificate_entry_at, err);
        at = pe->certificate_entry_at + ENTRY_SIZE;
    }
    return rc == ERR_OK ? hash_range(hash, file, at, pe->headers_size, err) : rc;
}

/* The sections with bytes in the file, by where they stand there; equal ones stay in their order. */
static size_t sort_sections(const struct pe *pe, const struct pe_section **sorted)
{
    size_t count = 0;

    for (size_t i = 0; i < pe->count; i++) {
        size_t at = count;

        if (pe->sections[i].raw_size == 0)
            continue;
        for (; at > 0 && sorted[at - 1]->raw_at > pe->sections[i].raw_at; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &pe->sections[i];
        count++;
    }
    return count;
}

static enum err_code hash_file(struct bank_hash *hash, const struct image *file, const struct pe *pe,
                               const struct pe_section **sorted, struct err *err)
{
    size_t count = sort_sections(pe, sorted);
    uint64_t counted = pe->headers_size; /* not the end of the last section */
    enum err_code rc = hash_headers(hash, file, pe, err);

    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        rc = bank_update_image(hash, file, sorted[i]->raw_at, sorted[i]->raw_size, err);
        counted += sorted[i]->raw_size;
    }
    if (rc == ERR_OK)
        rc = hash_range(hash, file, counted, file->size - pe->certificate_size, err);
    return rc;
}

enum err_code authenticode_digest(const struct image *file, const struct pe *pe, enum bank bank,
                                  struct arena *scratch, uint8_t digest[BANK_SIZE_MAX],
                                  struct err *err)
{
    const struct pe_section **sorted = arena_array(scratch, pe->count, sizeof *sorted, err);
    struct bank_hash hash;
    enum err_code rc;

    memset(digest, 0, BANK_SIZE_MAX);
    if (!sorted)
        return err->code;
    bank_init(&hash, bank);
    rc = hash_file(&hash, file, pe, sorted, err);
    if (rc == ERR_OK)
        bank_final(&hash, digest);
    return rc;
}
