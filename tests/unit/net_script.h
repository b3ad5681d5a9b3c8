/*
 * net_script.h - a made-up network for the tests of fetch and what stands on it: connections that
 * play a script, and a record of what was connected to, sent, waited for and noted.
 */
#ifndef SEALIFT_TESTS_NET_SCRIPT_H
#define SEALIFT_TESTS_NET_SCRIPT_H

#include <stdlib.h>

#include "resolver/net/fetch.h"
#include "tests/unit/test.h"

enum script_end {
    SCRIPT_CLOSE,
    SCRIPT_RESET,
    SCRIPT_REFUSE,
    SCRIPT_UNKNOWN_NAME,
    SCRIPT_TLS_REFUSE
};

/* One connection: after each request it plays the next reply, and after the last of them it ends. */
struct script_line {
    enum script_end end;
    const char *replies[6];
};

struct script {
    const struct script_line *lines; /* for one connection after the other */
    size_t line_count;
    size_t line;  /* connections made so far */
    size_t piece; /* bytes given at once, at most */
    size_t open;  /* connections not closed yet */
    int64_t now;
    uint8_t record_text[65536];
    struct buf record;
    uint8_t note_text[65536];
    struct buf notes;
};

struct script_stream {
    struct script *script;
    struct watch *watch;
    const struct script_line *line;
    size_t next; /* reply */
    struct slice left;
};

static inline enum err_code script_read(void *ctx, uint8_t *into, size_t size, size_t *got,
                                        struct err *err)
{
    struct script_stream *stream = ctx;
    size_t len = stream->left.len;

    *got = 0;
    if (len == 0) {
        stream->watch->is_broken = true;
        if (stream->line->end == SCRIPT_RESET)
            return err_set(err, ERR_IO, "receiving: reset");
        return ERR_OK;
    }
    if (len > size)
        len = size;
    if (len > stream->script->piece)
        len = stream->script->piece;
    for (size_t i = 0; i < len; i++)
        into[i] = stream->left.ptr[i];
    stream->left = slice_part(stream->left, len, stream->left.len);
    *got = len;
    return ERR_OK;
}

static inline enum err_code script_write(void *ctx, struct slice bytes, struct err *err)
{
    struct script_stream *stream = ctx;
    const char *reply = stream->line->replies[stream->next];

    if (!reply && stream->line->end == SCRIPT_RESET && stream->next) {
        stream->watch->is_broken = true;
        return err_set(err, ERR_IO, "sending: reset");
    }
    buf_add(&stream->script->record, bytes);
    stream->left = slice_text(reply);
    stream->next += reply != NULL;
    return ERR_OK;
}

static inline void script_close(void *ctx)
{
    struct script_stream *stream = ctx;

    stream->script->open--;
    free(stream);
}

static inline enum err_code script_connect(void *ctx, const struct url *url, struct watch *watch,
                                           struct stream *out, struct address_text *peer,
                                           struct err *err)
{
    struct script *script = ctx;
    struct script_stream *stream;
    const struct script_line *line;

    *out = (struct stream){0};
    *peer = (struct address_text){"192.0.2.1 port 1"};
    buf_add_text(&script->record, "[");
    url_format_host(url, true, &script->record);
    buf_add_text(&script->record, "]");
    CHECK(script->line < script->line_count);
    if (script->line >= script->line_count)
        return err_set(err, ERR_BUG, "the script has no further connection");
    line = &script->lines[script->line++];
    watch->is_broken = line->end == SCRIPT_REFUSE;
    if (line->end == SCRIPT_REFUSE)
        return err_set(err, ERR_IO, "cannot connect: refused");
    if (line->end == SCRIPT_UNKNOWN_NAME)
        return err_set(err, ERR_IO, "no such host");
    stream = calloc(1, sizeof *stream);
    if (!stream)
        abort();
    *stream = (struct script_stream){.script = script, .watch = watch, .line = line};
    script->open++;
    *out = (struct stream){stream, script_read, script_write, script_close};
    return ERR_OK;
}

static inline enum err_code script_open_tls(void *ctx, struct stream *under,
                                            const char *server_name, struct stream *out,
                                            struct err *err)
{
    struct script *script = ctx;
    const struct script_stream *stream = under->ctx;

    *out = (struct stream){0};
    buf_add_format(&script->record, "[TLS %s]", server_name);
    if (stream->line->end == SCRIPT_TLS_REFUSE)
        return err_set(err, ERR_IO, "certificate refused");
    *out = *under;
    return ERR_OK;
}

static inline int64_t script_now(void *ctx)
{
    const struct script *script = ctx;

    return script->now;
}

static inline uint32_t script_random(void *ctx)
{
    (void)ctx;
    return 0;
}

static inline void script_sleep(void *ctx, unsigned ms)
{
    struct script *script = ctx;

    buf_add_format(&script->record, "[sleep %u]", ms);
}

static inline void script_note(void *ctx, bool is_warning, const char *text)
{
    struct script *script = ctx;

    buf_add_format(&script->notes, "%s%s\n", is_warning ? "! " : "", text);
}

/* A fetch over the script, with one retry and a first wait of 10 ms. Free it with fetch_free. */
static inline struct fetch *script_fetch_with(struct script *script,
                                              const struct script_line *lines, size_t count,
                                              struct fetch_options options)
{
    struct fetch *fetch = NULL;
    struct err err;

    *script =
        (struct script){.lines = lines, .line_count = count, .piece = 65536, .now = 1782864000};
    buf_init_fixed(&script->record, script->record_text, sizeof script->record_text);
    buf_init_fixed(&script->notes, script->note_text, sizeof script->note_text);
    options.connector = (struct connector){script, script_connect, script_open_tls};
    options.ctx = script;
    options.now = script_now;
    options.random = script_random;
    options.sleep = script_sleep;
    options.note = script_note;
    CHECK_OK(fetch_open(&options, &fetch, &err), err);
    return fetch;
}

static inline struct fetch *script_fetch(struct script *script, const struct script_line *lines,
                                         size_t count)
{
    struct fetch_options options;

    fetch_options_init(&options);
    options.retries = 1;
    options.backoff_ms = 10;
    return script_fetch_with(script, lines, count, options);
}

#define SCRIPT_FETCH(script, lines) \
    script_fetch((script), (lines), sizeof(lines) / sizeof(lines)[0])

/* Counts how often text stands in what was recorded. */
static inline size_t script_count(const struct buf *buf, const char *text)
{
    struct slice all = buf_slice(buf);
    size_t found = 0;

    for (size_t i = 0; i < all.len; i++)
        found += slice_begins(slice_part(all, i, all.len), text);
    return found;
}

#endif
