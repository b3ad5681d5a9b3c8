/* Every disk of fixtures/images/: the registers that the reference computed, or the exact refusal. */
#include "bundle/measure/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

#define ARENA_MAX ((size_t)4 << 20)

struct row {
    struct slice name, line, rest; /* the disk; the whole line; what comes after : or ! */
    struct predict_options options;
    bool is_good;
};

static bool take_option(struct slice word, struct predict_options *options)
{
    struct slice value = word, key = slice_cut(&value, '=');
    char number[16];

    if (slice_is(key, "bank"))
        options->bank = slice_is(value, "sha384") ? BANK_SHA384 : BANK_SHA256;
    else if (slice_is(key, "secure-boot"))
        options->is_secure_boot = slice_is(value, "on");
    else if (slice_is(key, "loader"))
        options->has_loader = true;
    else if (slice_is(key, "path"))
        options->path = value;
    else if (slice_is(key, "phases"))
        options->phases = value;
    else if (slice_is(key, "stub") && value.len < sizeof number) {
        snprintf(number, sizeof number, "%.*s", (int)value.len, (const char *)value.ptr);
        options->stub = (unsigned)strtoul(number, NULL, 10);
    } else
        return false;
    return true;
}

static struct row row_of(struct slice line)
{
    struct row row = {.line = line, .rest = line};

    row.name = slice_cut(&row.rest, ' ');
    for (;;) {
        struct slice word = slice_cut(&row.rest, ' ');

        row.is_good = slice_is(word, ":");
        if (row.is_good || slice_is(word, "!"))
            return row;
        CHECK(take_option(word, &row.options));
    }
}

static void open_disk(const struct row *row, struct sparse_image *sparse, struct image *disk)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/images/%.*s.sparse", (int)row->name.len,
             (const char *)row->name.ptr);
    CHECK(sparse_open(sparse, test_file(path), disk));
}

static void format_register(const struct pcr_record *record, unsigned pcr, struct buf *out)
{
    char hex[2 * BANK_SIZE_MAX + 1];

    hex_encode(record->registers[pcr].value, bank_size(record->bank), hex);
    buf_add_format(out, "%s%u=%s", out->len ? " " : "", pcr,
                   record->registers[pcr].state == PCR_KNOWN  ? hex
                   : record->registers[pcr].state == PCR_ZERO ? "zero"
                                                              : "?");
}

static void check_row(struct slice line)
{
    static const unsigned shown[] = {4, 8, 9, 11, 12, 13, 14, 15};
    static struct sparse_image sparse;
    struct row row = row_of(line);
    struct prediction prediction;
    struct arena arena;
    struct image disk;
    char text[2048];
    struct buf out;
    struct err err = {0};
    enum err_code rc;

    open_disk(&row, &sparse, &disk);
    arena_init_heap(&arena, ARENA_MAX);
    buf_init_fixed(&out, text, sizeof text);
    rc = predict_disk(&disk, &row.options, &arena, &prediction, &err);
    if (rc == ERR_OK) {
        for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
            format_register(&prediction.record, shown[i], &out);
    } else {
        buf_add_format(&out, "%s %s", err_name(rc), err.msg);
        CHECK(!prediction.record.events && prediction.stub == 0);
    }
    CHECK(row.is_good == (rc == ERR_OK));
    if (!slice_equal(row.rest, buf_slice(&out))) {
        printf("%.*s\n", (int)row.line.len, (const char *)row.line.ptr);
        test_check_text("", buf_slice(&out), __FILE__, __LINE__);
    }
    arena_clear(&arena);
}

TEST(predict_agrees_with_the_reference)
{
    struct slice rest = test_file("fixtures/images/expected.txt");

    CHECK(rest.len > 0);
    while (rest.len > 0)
        check_row(slice_cut(&rest, '\n'));
}
