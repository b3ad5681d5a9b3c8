/*
 * table_text.h - tables as texts: read into documents, and written, in tests.
 */
#ifndef SEALIFT_TESTS_TABLE_TEXT_H
#define SEALIFT_TESTS_TABLE_TEXT_H

#include <string.h>

#include "bundle/table/table_document.h"
#include "bundle/table/table_format.h"
#include "resolver/base/heap.h"
#include "tests/unit/test.h"

/* Memory of one test; table_text_end gives it back. */
struct table_text {
    struct arena arena;
    struct buf out;
};

static inline void table_text_begin(struct table_text *text)
{
    arena_init_heap(&text->arena, (size_t)64 << 20);
    buf_init_heap(&text->out, (size_t)64 << 20);
}

static inline void table_text_end(struct table_text *text)
{
    arena_clear(&text->arena);
    buf_clear(&text->out);
}

static inline struct table_document table_text_read(struct table_text *text, const char *json)
{
    struct table_document document;
    struct err err;

    CHECK_OK(table_document_parse(slice_text(json), &text->arena, &document, &err), err);
    return document;
}

/* The table without spaces and line ends, which no reference has. */
static inline struct slice table_text_squeeze(struct table_text *text)
{
    size_t kept = 0;

    for (size_t i = 0; i < text->out.len; i++) {
        if (text->out.ptr[i] != ' ' && text->out.ptr[i] != '\n')
            text->out.ptr[kept++] = text->out.ptr[i];
    }
    text->out.len = kept;
    return buf_slice(&text->out);
}

static inline void table_text_check(struct table_text *text, const char *want,
                                    const struct table_document *document, enum layout layout)
{
    struct err err;

    text->out.len = 0;
    CHECK_OK(table_format(document, layout, &text->out, &err), err);
    CHECK_TEXT(want, table_text_squeeze(text));
}

#endif
