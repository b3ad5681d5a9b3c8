/*
 * pe.h - the headers of a PE file (an EFI program) and its sections.
 *
 * In the flow:  fat -> [pe] -> authenticode (hash of the file), uki (sections by name)
 * Standard:     Microsoft PE format, PE32 and PE32+; the limits that firmware (EDK2) sets.
 * Checked here: the signatures; that the optional header fits its list of directories; that headers,
 *               sections and the certificate table lie in the file, sections after the headers and
 *               without overlaps in memory; that sections together are not larger than the file.
 * Not checked:  code, entry point, checksum, signatures.
 * Memory:       the sections in the caller's arena.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_PE_H
#define SEALIFT_BUNDLE_MEASURE_PE_H

#include <stdbool.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"

#define PE_SECTIONS_MAX 1024

struct pe_section {
    uint8_t name[8];
    uint32_t virtual_size, virtual_at; /* bytes in memory */
    uint32_t raw_size, raw_at;         /* bytes in the file */
};

struct pe {
    uint16_t machine;
    uint64_t checksum_at;         /* of the field CheckSum */
    uint64_t certificate_entry_at; /* of data directory entry 4; 0 when there are fewer */
    uint32_t certificate_size;    /* of the certificate table */
    uint32_t headers_size;        /* SizeOfHeaders */
    struct pe_section *sections;  /* as in the table */
    size_t count;
};

/* Reads the headers. ERR_FORMAT, ERR_CORRUPT (cut off), ERR_LIMIT; *pe is then zeroed. */
enum err_code pe_parse(const struct image *file, struct arena *arena, struct pe *pe,
                       struct err *err) MUST_USE;

/* What a section is in memory: VirtualSize bytes, those of the file and then zeros. */
struct pe_contents {
    const struct image *file;
    struct pe_section section;
};

/* The contents as an image, with contents as its ctx. */
struct image pe_contents_image(struct pe_contents *contents, const struct image *file,
                               const struct pe_section *section);

/* The name without the NULs that fill it. */
struct slice pe_section_name(const struct pe_section *section);

#endif
