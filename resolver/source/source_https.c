#include "resolver/source/source_https.h"

#include "resolver/net/document.h"
#include "resolver/net/url_reference.h"

static enum err_code get(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                         enum source_answer *answer, struct slice *bytes, struct err *err)
{
    struct source_https *https = ctx;
    uint8_t text[URL_MAX];
    struct buf buf;
    struct url url;
    struct fetch_result result;

    *answer = SOURCE_ABSENT;
    *bytes = (struct slice){NULL, 0};
    buf_init_fixed(&buf, text, sizeof text);
    if (url_join(&https->base, slice_text(name), &buf, &url, err))
        return err_add(err, "%s", https->source.base);
    if (document_fetch(https->fetch, buf_slice(&buf), max_bytes, arena, &result, bytes, err))
        return err->code;
    if (result.status == 404)
        return ERR_OK;
    if (result.status != 200 && result.status != 403)
        return fetch_refused(&result, err);
    *answer = result.status == 200 ? SOURCE_FOUND : SOURCE_FORBIDDEN;
    return ERR_OK;
}

enum err_code source_https_open(const char *base, struct fetch *fetch, struct source_https *https,
                                struct err *err)
{
    *https = (struct source_https){.fetch = fetch};
    if (url_parse(slice_text(base), &https->base, err))
        return err_add(err, "%s", url_show_text(slice_text(base)).text);
    if (https->base.has_query) {
        err_set(err, ERR_FORMAT, "%s: a base URL has no query (\"?\")",
                url_show(&https->base).text);
        *https = (struct source_https){0};
        return err->code;
    }
    https->source = (struct source){
        .ctx = https, .base = base, .is_cleartext = https->base.scheme == URL_HTTP, .get = get};
    return ERR_OK;
}
