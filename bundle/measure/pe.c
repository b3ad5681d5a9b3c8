#include "bundle/measure/pe.h"

#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/quote.h"

#define DOS_SIZE 64
#define COFF_SIZE 24  /* with its signature */
#define PE32 0x10B
#define PE32_PLUS 0x20B
#define OPTIONAL_MAX 240 /* bytes of the largest optional header: PE32+ with 16 directories */
#define DIRECTORIES_MAX 16
#define CERTIFICATES 4
#define SECTION_SIZE 40

/* Where things stand while the headers are read. */
struct layout {
    uint64_t optional_at, sections_at;
    uint32_t optional_size, image_size;
};

static enum err_code read_dos(const struct image *file, uint32_t *coff_at, struct err *err)
{
    uint8_t bytes[DOS_SIZE] = {0};
    struct cursor cursor = cursor_of(slice_of(bytes, sizeof bytes));
    enum err_code rc;

    if (file->size < DOS_SIZE)
        return err_set(err, ERR_FORMAT, "not a PE file: %llu bytes", (unsigned long long)file->size);
    rc = image_read(file, 0, bytes, sizeof bytes, err);
    if (rc != ERR_OK)
        return rc;
    if (!slice_is(cursor_take(&cursor, 2), "MZ"))
        return err_set(err, ERR_FORMAT, "not a PE file: does not begin with MZ");
    cursor_take(&cursor, 58);
    *coff_at = cursor_le32(&cursor);
    return ERR_OK;
}

static enum err_code read_coff(const struct image *file, uint32_t at, struct pe *pe,
                               struct layout *layout, struct err *err)
{
    uint8_t bytes[COFF_SIZE] = {0};
    struct cursor cursor = cursor_of(slice_of(bytes, sizeof bytes));
    enum err_code rc = image_read(file, at, bytes, sizeof bytes, err);

    if (rc != ERR_OK)
        return err_add(err, "PE header");
    if (!slice_equal(cursor_take(&cursor, 4), SLICE("PE\0\0")))
        return err_set(err, ERR_FORMAT, "not a PE file: no PE header at byte %lu", (unsigned long)at);
    pe->machine = cursor_le16(&cursor);
    pe->count = cursor_le16(&cursor);
    cursor_take(&cursor, 12);
    layout->optional_size = cursor_le16(&cursor);
    layout->optional_at = (uint64_t)at + COFF_SIZE;
    layout->sections_at = layout->optional_at + layout->optional_size;
    if (pe->count == 0 || pe->count > PE_SECTIONS_MAX)
        return err_set(err, ERR_FORMAT, "%zu sections (1 to %d)", pe->count, PE_SECTIONS_MAX);
    return ERR_OK;
}

/* The directories; cursor stands at their number, fixed bytes into the optional header. */
static enum err_code read_directories(struct cursor *cursor, const struct layout *layout,
                                      uint32_t fixed, struct pe *pe, uint32_t *certificates_at,
                                      struct err *err)
{
    uint32_t count = cursor_le32(cursor);

    if (count > DIRECTORIES_MAX || layout->optional_size != fixed + 8 * count)
        return err_set(err, ERR_FORMAT, "optional header of %lu bytes with %lu directories",
                       (unsigned long)layout->optional_size, (unsigned long)count);
    if (count <= CERTIFICATES)
        return ERR_OK;
    pe->certificate_entry_at = layout->optional_at + fixed + 8 * CERTIFICATES;
    cursor_take(cursor, 8 * CERTIFICATES);
    *certificates_at = cursor_le32(cursor);
    pe->certificate_size = cursor_le32(cursor);
    return ERR_OK;
}

static enum err_code check_headers(const struct image *file, const struct pe *pe,
                                   const struct layout *layout, uint32_t certificates_at,
                                   struct err *err)
{
    if (layout->sections_at + pe->count * SECTION_SIZE > pe->headers_size ||
        pe->headers_size > file->size)
        return err_set(err, ERR_FORMAT, "headers of %lu bytes: %zu sections from byte %llu on, file of "
                       "%llu bytes", (unsigned long)pe->headers_size, pe->count,
                       (unsigned long long)layout->sections_at, (unsigned long long)file->size);
    if (pe->certificate_size > 0 &&
        (uint64_t)certificates_at + pe->certificate_size > file->size)
        return err_set(err, ERR_FORMAT, "certificate table at %lu of %lu bytes: past the end of the "
                       "file, which has %llu", (unsigned long)certificates_at,
                       (unsigned long)pe->certificate_size, (unsigned long long)file->size);
    return ERR_OK;
}

static enum err_code read_optional(const struct image *file, struct pe *pe, struct layout *layout,
                                   struct err *err)
{
    uint8_t bytes[OPTIONAL_MAX] = {0};
    struct cursor cursor = cursor_of(slice_of(bytes, sizeof bytes));
    uint32_t magic, fixed, certificates_at = 0;
    enum err_code rc;

    if (layout->optional_size < 96 || layout->optional_size > OPTIONAL_MAX)
        return err_set(err, ERR_FORMAT, "optional header of %lu bytes",
                       (unsigned long)layout->optional_size);
    rc = image_read(file, layout->optional_at, bytes, layout->optional_size, err);
    if (rc != ERR_OK)
        return err_add(err, "PE header");
    magic = cursor_le16(&cursor);
    if (magic != PE32 && magic != PE32_PLUS)
        return err_set(err, ERR_FORMAT, "neither PE32 nor PE32+ (magic number 0x%lx)",
                       (unsigned long)magic);
    fixed = magic == PE32 ? 96 : 112;
    cursor_take(&cursor, 54);
    layout->image_size = cursor_le32(&cursor);
    pe->headers_size = cursor_le32(&cursor);
    pe->checksum_at = layout->optional_at + 64;
    cursor_take(&cursor, fixed - 4 - 64);
    rc = read_directories(&cursor, layout, fixed, pe, &certificates_at, err);
    return rc == ERR_OK ? check_headers(file, pe, layout, certificates_at, err) : rc;
}

struct slice pe_section_name(const struct pe_section *section)
{
    struct slice name = slice_of(section->name, sizeof section->name);

    return slice_part(name, 0, slice_find(name, 0));
}

static enum err_code check_section(const struct image *file, const struct pe *pe,
                                   const struct layout *layout, const struct pe_section *section,
                                   struct err *err)
{
    struct quoted name = quote_bare(pe_section_name(section));

    if (section->raw_size > 0 && (section->raw_at < pe->headers_size ||
                                  (uint64_t)section->raw_at + section->raw_size > file->size))
        return err_set(err, ERR_FORMAT, "section %s: bytes %lu to %llu do not lie between the headers "
                       "(%lu bytes) and the end of the file (%llu)", name.text,
                       (unsigned long)section->raw_at,
                       (unsigned long long)section->raw_at + section->raw_size,
                       (unsigned long)pe->headers_size, (unsigned long long)file->size);
    if ((uint64_t)section->virtual_at + section->virtual_size > layout->image_size)
        return err_set(err, ERR_FORMAT, "section %s: ends at %llu in memory, where %lu bytes are for "
                       "the program", name.text,
                       (unsigned long long)section->virtual_at + section->virtual_size,
                       (unsigned long)layout->image_size);
    return ERR_OK;
}

static bool overlap(const struct pe_section *a, const struct pe_section *b)
{
    return a->virtual_size > 0 && b->virtual_size > 0 &&
           (uint64_t)a->virtual_at < (uint64_t)b->virtual_at + b->virtual_size &&
           (uint64_t)b->virtual_at < (uint64_t)a->virtual_at + a->virtual_size;
}

static enum err_code check_overlaps(const struct pe *pe, size_t last, struct err *err)
{
    for (size_t i = 0; i < last; i++) {
        if (overlap(&pe->sections[i], &pe->sections[last]))
            return err_set(err, ERR_FORMAT, "sections %s and %s overlap in memory",
                           quote_bare(pe_section_name(&pe->sections[i])).text,
                           quote_bare(pe_section_name(&pe->sections[last])).text);
    }
    return ERR_OK;
}

/* What all sections together may take. */
static enum err_code check_sums(const struct image *file, const struct pe *pe, struct err *err)
{
    uint64_t raw = pe->headers_size;

    for (size_t i = 0; i < pe->count; i++)
        raw += pe->sections[i].raw_size;
    if (raw > file->size)
        return err_set(err, ERR_FORMAT, "headers and sections of %llu bytes in a file of %llu",
                       (unsigned long long)raw, (unsigned long long)file->size);
    if (raw + pe->certificate_size > file->size)
        return err_set(err, ERR_FORMAT, "headers, sections and certificate table of %llu bytes in a "
                       "file of %llu", (unsigned long long)raw + pe->certificate_size,
                       (unsigned long long)file->size);
    return ERR_OK;
}

static enum err_code read_sections(const struct image *file, const struct layout *layout,
                                   struct pe *pe, struct err *err)
{
    for (size_t i = 0; i < pe->count; i++) {
        uint8_t bytes[SECTION_SIZE] = {0};
        struct cursor cursor = cursor_of(slice_of(bytes, sizeof bytes));
        struct pe_section *section = &pe->sections[i];
        enum err_code rc =
            image_read(file, layout->sections_at + i * SECTION_SIZE, bytes, sizeof bytes, err);

        if (rc != ERR_OK)
            return rc;
        memcpy(section->name, cursor_take(&cursor, 8).ptr, sizeof section->name);
        section->virtual_size = cursor_le32(&cursor);
        section->virtual_at = cursor_le32(&cursor);
        section->raw_size = cursor_le32(&cursor);
        section->raw_at = cursor_le32(&cursor);
        rc = check_section(file, pe, layout, section, err);
        if (rc == ERR_OK)
            rc = check_overlaps(pe, i, err);
        if (rc != ERR_OK)
            return rc;
    }
    return check_sums(file, pe, err);
}

static enum err_code parse(const struct image *file, struct arena *arena, struct pe *pe,
                           struct err *err)
{
    struct layout layout = {0};
    uint32_t coff_at = 0;
    enum err_code rc = read_dos(file, &coff_at, err);

    if (rc == ERR_OK)
        rc = read_coff(file, coff_at, pe, &layout, err);
    if (rc == ERR_OK)
        rc = read_optional(file, pe, &layout, err);
    if (rc != ERR_OK)
        return rc;
    pe->sections = arena_array(arena, pe->count, sizeof *pe->sections, err);
    return pe->sections ? read_sections(file, &layout, pe, err) : err->code;
}

enum err_code pe_parse(const struct image *file, struct arena *arena, struct pe *pe, struct err *err)
{
    enum err_code rc;

    memset(pe, 0, sizeof *pe);
    rc = parse(file, arena, pe, err);
    if (rc != ERR_OK)
        memset(pe, 0, sizeof *pe);
    return rc;
}

static enum err_code read_contents(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                   struct err *err)
{
    const struct pe_contents *contents = ctx;
    uint32_t stored = contents->section.raw_size;
    size_t from_file = at >= stored ? 0 : size < stored - at ? size : (size_t)(stored - at);

    memset(into + from_file, 0, size - from_file);
    if (from_file == 0)
        return ERR_OK;
    return image_read(contents->file, contents->section.raw_at + at, into, from_file, err);
}

struct image pe_contents_image(struct pe_contents *contents, const struct image *file,
                               const struct pe_section *section)
{
    *contents = (struct pe_contents){.file = file, .section = *section};
    return (struct image){
        .ctx = contents, .size = section->virtual_size, .read = read_contents};
}
