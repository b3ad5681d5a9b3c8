#include "bundle/archive/bundle_parts.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/quote.h"

#define COPY_BUFFER ((size_t)32 << 10)
#define NAMED_MAX 200 /* characters of a list of numbers */

bool bundle_parts_is(const struct image *image)
{
    uint8_t start[16];
    struct err unused;

    return image_read(image, 0, start, sizeof start, &unused) == ERR_OK &&
           memcmp(start, "sealift part v1\n", sizeof start) == 0;
}

enum err_code bundle_parts_read(const struct image *image, struct arena *arena,
                                struct bundle_part *part, struct err *err)
{
    uint8_t *header = arena_alloc(arena, BUNDLE_PART_HEADER, err);

    memset(part, 0, sizeof *part);
    if (!header)
        return err->code;
    if (image->size < BUNDLE_PART_HEADER && bundle_parts_is(image))
        return err_set(err, ERR_CORRUPT, "cut off within the header");
    if (image->size < BUNDLE_PART_HEADER)
        return err_set(err, ERR_FORMAT, "is no part of a split archive");
    if (image_read(image, 0, header, BUNDLE_PART_HEADER, err) ||
        bundle_part_parse(header, arena, part, err))
        return err->code;
    if (image->size - BUNDLE_PART_HEADER == part->length)
        return ERR_OK;
    err_set(err, ERR_CORRUPT, "part %u of %u: has %llu bytes, want %llu", part->number,
            part->set.count, (unsigned long long)image->size,
            (unsigned long long)(part->length + BUNDLE_PART_HEADER));
    memset(part, 0, sizeof *part);
    return err->code;
}

/* A list of numbers for a message: "2, 5-7". */
struct numbers {
    char text[NAMED_MAX];
    struct buf out;
    uint32_t count, last, run; /* run: numbers up to last that follow each other */
};

static void end_run(struct numbers *numbers)
{
    if (numbers->run > 1)
        buf_add_format(&numbers->out, "-%u", numbers->last);
    numbers->run = 0;
}

static void add_number(struct numbers *numbers, uint32_t number)
{
    if (numbers->run > 0 && number == numbers->last + 1) {
        numbers->run++;
    } else {
        end_run(numbers);
        buf_add_format(&numbers->out, "%s%u", numbers->count ? ", " : "", number);
        numbers->run = 1;
    }
    numbers->last = number;
    numbers->count++;
}

static void numbers_init(struct numbers *numbers)
{
    memset(numbers, 0, sizeof *numbers);
    buf_init_fixed(&numbers->out, numbers->text, sizeof numbers->text - 1);
}

/* "part 2 of 7 is missing", "parts 2, 5-7 of 7 are missing" */
static enum err_code report(struct numbers *numbers, uint32_t of, const char *what, struct err *err)
{
    end_run(numbers);
    return err_set(err, ERR_CORRUPT, "part%s %.*s%s of %u %s %s", numbers->count > 1 ? "s" : "",
                   (int)numbers->out.len, numbers->text, numbers->out.failed ? ", ..." : "", of,
                   numbers->count > 1 ? "are" : "is", what);
}

/* One that is damaged by its file's name, several by their numbers. */
static enum err_code report_damaged(const struct bundle_parts *parts, struct numbers *damaged,
                                    struct err *err)
{
    if (damaged->count > 1)
        return report(damaged, parts->first.set.count, "damaged: copy them again", err);
    report(damaged, parts->first.set.count, "damaged: copy it again", err);
    return err_add(err, "%s",
                   quote_bare(slice_text(parts->files[damaged->last - 1]->name)).text);
}

/* Puts one more part in its place. */
static enum err_code add_part(struct bundle_parts *parts, const struct bundle_part_file *file,
                              const struct bundle_part *part, struct err *err)
{
    const struct bundle_part_file **place = &parts->files[part->number - 1];

    if (memcmp(part->statement_digest, parts->first.statement_digest, SHA256_SIZE) != 0)
        return err_set(err, ERR_FORMAT, "is part %u of another archive", part->number);
    if (*place)
        return err_set(err, ERR_FORMAT, "is part %u, and so is %s", part->number,
                       quote_bare(slice_text((*place)->name)).text);
    *place = file;
    return ERR_OK;
}

/* The parts that lie in [at, at + size), in place. */
static enum err_code read_parts(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    const struct bundle_parts *parts = ctx;
    uint64_t body_size = parts->first.set.body_size;

    while (size > 0) {
        const struct bundle_part_file *file = parts->files[at / body_size];
        uint64_t within = at % body_size, left = body_size - within;
        size_t len = size < left ? size : (size_t)left;

        if (image_read(&file->image, BUNDLE_PART_HEADER + within, into, len, err))
            return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
        into += len;
        size -= len;
        at += len;
    }
    return ERR_OK;
}

static enum err_code check_complete(const struct bundle_parts *parts, struct err *err)
{
    struct numbers missing;

    numbers_init(&missing);
    for (uint32_t i = 0; i < parts->first.set.count; i++) {
        if (!parts->files[i])
            add_number(&missing, i + 1);
    }
    return missing.count ? report(&missing, parts->first.set.count, "missing", err) : ERR_OK;
}

/* The first file decides which archive it is. */
static enum err_code begin(const struct bundle_part_file *file, struct arena *arena,
                           struct bundle_parts *parts, struct err *err)
{
    if (bundle_parts_read(&file->image, arena, &parts->first, err))
        return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
    parts->files = arena_array(arena, parts->first.set.count, sizeof *parts->files, err);
    return parts->files ? ERR_OK : err->code;
}

static enum err_code open_parts(const struct bundle_part_file *files, size_t count,
                                struct arena *arena, struct bundle_parts *parts, struct err *err)
{
    struct arena header;
    enum err_code rc =
        count ? begin(&files[0], arena, parts, err) : err_set(err, ERR_USAGE, "no part is given");

    arena_init_heap(&header, 4 * BUNDLE_PART_HEADER);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        struct bundle_part part;

        rc = bundle_parts_read(&files[i].image, &header, &part, err);
        if (rc == ERR_OK)
            rc = add_part(parts, &files[i], &part, err);
        if (rc != ERR_OK)
            err_add(err, "%s", quote_bare(slice_text(files[i].name)).text);
        arena_clear(&header);
    }
    return rc == ERR_OK ? check_complete(parts, err) : rc;
}

enum err_code bundle_parts_open(const struct bundle_part_file *files, size_t count,
                                struct arena *arena, struct bundle_parts *parts, struct err *err)
{
    memset(parts, 0, sizeof *parts);
    if (open_parts(files, count, arena, parts, err)) {
        memset(parts, 0, sizeof *parts);
        return err->code;
    }
    parts->image =
        (struct image){.ctx = parts, .size = parts->first.set.archive_size, .read = read_parts};
    return ERR_OK;
}

/* Whether a body has its digest. */
static enum err_code compare(const struct image *image, const struct bundle_part_set *set,
                             uint32_t number, bool *is_good, struct err *err)
{
    uint8_t bytes[COPY_BUFFER], have[SHA256_SIZE];
    uint64_t end = BUNDLE_PART_HEADER + bundle_part_length(set, number);
    struct sha256 hash;

    sha256_init(&hash);
    for (uint64_t at = BUNDLE_PART_HEADER; at < end;) {
        size_t len = end - at < sizeof bytes ? (size_t)(end - at) : sizeof bytes;

        if (image_read(image, at, bytes, len, err))
            return err->code;
        sha256_update(&hash, slice_of(bytes, len));
        at += len;
    }
    sha256_final(&hash, have);
    *is_good = memcmp(have, set->digests[number - 1], SHA256_SIZE) == 0;
    return ERR_OK;
}

enum err_code bundle_parts_check(const struct image *image, const struct bundle_part *part,
                                 struct err *err)
{
    bool is_good;

    if (compare(image, &part->set, part->number, &is_good, err))
        return err->code;
    if (is_good)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "part %u of %u is damaged: copy it again", part->number,
                   part->set.count);
}

enum err_code bundle_parts_find(const struct bundle_parts *parts, struct err *err)
{
    const struct bundle_part_set *set = &parts->first.set;
    struct numbers damaged;

    numbers_init(&damaged);
    for (uint32_t number = 1; number <= set->count; number++) {
        const struct bundle_part_file *file = parts->files[number - 1];
        bool is_good;

        if (compare(&file->image, set, number, &is_good, err))
            return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
        if (!is_good)
            add_number(&damaged, number);
    }
    return damaged.count ? report_damaged(parts, &damaged, err) : ERR_OK;
}
