/*
 * memory_source.h - a source of documents in memory that does what a test's script says.
 *
 *     memory_init(&memory, "https://cdn.example");
 *     memory_put(&memory, "images/v2.2.0.json", SLICE("{}"));
 *     memory_put(&memory, "images/v2.2.0.json", SLICE("{...}"));   the second read gives this one
 *     memory_forbid(&memory, "images/v2.3.0.json");
 *     memory_fail(&memory, "images/v2.4.0.json", ERR_IO, "the cable is cut");   named in err
 *     ... memory.source ...
 *     CHECK_TEXT("images/v2.2.0.json\n", memory_log(&memory));      what was asked for, in order
 */
#ifndef SEALIFT_TESTS_MEMORY_SOURCE_H
#define SEALIFT_TESTS_MEMORY_SOURCE_H

#include <stdio.h>
#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/core/source.h"
#include "tests/unit/test.h"

#define MEMORY_DOCUMENTS_MAX 64

struct memory_document {
    const char *name;
    enum source_answer answer;
    struct slice bytes;
    enum err_code rc; /* not ERR_OK: the read fails */
    const char *reason;
};

struct memory_source {
    struct source source; /* borrows this struct, which must not move */
    struct memory_document documents[MEMORY_DOCUMENTS_MAX];
    size_t count;
    char log_memory[32768];
    struct buf log; /* the names asked for, each with a line end */
};

static inline struct slice memory_log(const struct memory_source *memory)
{
    return buf_slice(&memory->log);
}

static inline size_t memory_times_asked(const struct memory_source *memory, const char *name)
{
    struct slice rest = memory_log(memory);
    size_t times = 0;

    while (rest.len)
        times += slice_is(slice_cut(&rest, '\n'), name);
    return times;
}

/* What read number `nth` (from 0) of a name gives: the nth document of that name, or its last. */
static inline const struct memory_document *memory_find(const struct memory_source *memory,
                                                        const char *name, size_t nth)
{
    const struct memory_document *found = NULL;
    size_t seen = 0;

    for (size_t i = 0; i < memory->count && seen <= nth; i++) {
        if (strcmp(memory->documents[i].name, name) != 0)
            continue;
        found = &memory->documents[i];
        seen++;
    }
    return found;
}

static inline enum err_code memory_get(void *ctx, const char *name, size_t max_bytes,
                                       struct arena *arena, enum source_answer *answer,
                                       struct slice *bytes, struct err *err)
{
    struct memory_source *memory = ctx;
    const struct memory_document *found =
        memory_find(memory, name, memory_times_asked(memory, name));
    char *copy;

    *answer = SOURCE_ABSENT;
    *bytes = (struct slice){NULL, 0};
    buf_add_format(&memory->log, "%s\n", name);
    CHECK(!memory->log.failed);
    if (!found)
        return ERR_OK;
    if (found->rc)
        return err_set(err, found->rc, "%s/%s: %s", memory->source.base, name, found->reason);
    if (found->bytes.len > max_bytes)
        return err_set(err, ERR_LIMIT, "%s/%s: %zu bytes, at most %zu are allowed",
                       memory->source.base, name, found->bytes.len, max_bytes);
    copy = arena_copy(arena, found->bytes, err);
    if (!copy)
        return err->code;
    *answer = found->answer;
    if (found->answer == SOURCE_FOUND)
        *bytes = slice_of(copy, found->bytes.len);
    return ERR_OK;
}

/* Whether document i is the first whose name goes through this child of folder. */
static inline bool memory_is_first(const struct memory_source *memory, size_t i, size_t len)
{
    for (size_t j = 0; j < i; j++) {
        const char *a = memory->documents[i].name, *b = memory->documents[j].name;

        if (strncmp(a, b, len) == 0 && (b[len] == '/' || b[len] == '\0'))
            return false;
    }
    return true;
}

/* A folder that was put or failed as a document fails to be listed. */
static inline enum err_code memory_list(void *ctx, const char *folder,
                                        enum err_code (*visit)(void *, struct slice, struct err *),
                                        void *visit_ctx, struct err *err)
{
    struct memory_source *memory = ctx;
    size_t folder_len = strlen(folder);

    buf_add_format(&memory->log, "list %s\n", folder);
    for (size_t i = 0; i < memory->count; i++) {
        const struct memory_document *document = &memory->documents[i];
        struct slice rest = slice_text(document->name), child;

        if (document->rc && slice_is(rest, folder))
            return err_set(err, document->rc, "%s/%s: %s", memory->source.base, folder,
                           document->reason);
        if (!slice_begins(rest, folder) || document->name[folder_len] != '/')
            continue;
        rest = slice_part(rest, folder_len + 1, rest.len);
        child = slice_cut(&rest, '/');
        if (memory_is_first(memory, i, folder_len + 1 + child.len) && visit(visit_ctx, child, err))
            return err->code;
    }
    return ERR_OK;
}

/* A source without listing, as a web server is. */
static inline void memory_init(struct memory_source *memory, const char *base)
{
    memset(memory, 0, sizeof *memory);
    buf_init_fixed(&memory->log, memory->log_memory, sizeof memory->log_memory);
    memory->source = (struct source){.ctx = memory, .base = base, .get = memory_get};
}

/* One that can list, as a directory is. */
static inline void memory_init_listing(struct memory_source *memory, const char *base)
{
    memory_init(memory, base);
    memory->source.list = memory_list;
}

static inline void memory_add(struct memory_source *memory, struct memory_document document)
{
    CHECK(memory->count < MEMORY_DOCUMENTS_MAX);
    if (memory->count < MEMORY_DOCUMENTS_MAX)
        memory->documents[memory->count++] = document;
}

static inline void memory_put(struct memory_source *memory, const char *name, struct slice bytes)
{
    memory_add(memory,
               (struct memory_document){.name = name, .answer = SOURCE_FOUND, .bytes = bytes});
}

static inline void memory_forbid(struct memory_source *memory, const char *name)
{
    memory_add(memory, (struct memory_document){.name = name, .answer = SOURCE_FORBIDDEN});
}

static inline void memory_take_away(struct memory_source *memory, const char *name)
{
    memory_add(memory, (struct memory_document){.name = name, .answer = SOURCE_ABSENT});
}

static inline void memory_fail(struct memory_source *memory, const char *name, enum err_code rc,
                               const char *reason)
{
    memory_add(memory, (struct memory_document){.name = name, .rc = rc, .reason = reason});
}

#endif
