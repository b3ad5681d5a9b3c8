#include "resolver/net/fetch_tls.h"

#include <time.h>

static enum err_code open_tls(void *ctx, struct stream *under, const char *server_name,
                              struct stream *out, struct err *err)
{
    struct fetch_tls *tls = ctx;
    struct tls_options options = {.server_name = server_name, .anchors = &tls->anchors};

    *out = (struct stream){0};
    if (!tls->is_loaded && tls->load(tls->ctx, &tls->anchors, err))
        return err->code;
    tls->is_loaded = true;
    options.now = tls->now ? tls->now(tls->ctx) : (int64_t)time(NULL);
    return tls_open(under, &options, out, err);
}

struct connector fetch_tls_connector(struct fetch_tls *tls)
{
    return (struct connector){.ctx = tls, .open_tls = open_tls};
}
