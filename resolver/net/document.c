#include "resolver/net/document.h"

#include "resolver/base/heap.h"

struct document {
    struct buf content;
    size_t max_bytes;
};

static enum err_code too_large(const struct document *document, struct err *err)
{
    return err_set(err, ERR_LIMIT, "larger than %zu bytes", document->max_bytes);
}

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *err)
{
    struct document *document = ctx;

    buf_clear(&document->content);
    *wants_body = response->status == 200;
    if (*wants_body && response->has_length && response->length > document->max_bytes)
        return too_large(document, err);
    return ERR_OK;
}

static enum err_code take_body(void *ctx, struct slice bytes, struct err *err)
{
    struct document *document = ctx;

    if (bytes.len > document->max_bytes - document->content.len)
        return too_large(document, err);
    buf_add(&document->content, bytes);
    if (document->content.failed)
        return err_set(err, ERR_LIMIT, "out of memory");
    return ERR_OK;
}

enum err_code document_fetch(struct fetch *fetch, struct slice url, size_t max_bytes,
                             struct arena *arena, struct fetch_result *result, struct slice *bytes,
                             struct err *err)
{
    struct document document = {.max_bytes = max_bytes};
    const struct response_sink sink = {&document, begin, take_body};
    const struct fetch_request request = {.url = url};
    const char *copy;
    enum err_code rc;

    *bytes = (struct slice){NULL, 0};
    buf_init_heap(&document.content, max_bytes);
    rc = fetch_get(fetch, &request, &sink, result, err);
    if (rc == ERR_OK && result->status == 200) {
        copy = arena_copy(arena, buf_slice(&document.content), err);
        if (copy)
            *bytes = slice_of(copy, document.content.len);
        else
            rc = err_add(err, "%s", result->url.text);
    }
    buf_clear(&document.content);
    return rc;
}
