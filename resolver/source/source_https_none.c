/* source_https.h for a program without a network: whatever a web server is asked for is refused. */
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/source/source_https.h"

static enum err_code get(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                         enum source_answer *answer, struct slice *bytes, struct err *err)
{
    const struct source_https *https = ctx;

    (void)name;
    (void)max_bytes;
    (void)arena;
    *answer = SOURCE_ABSENT;
    *bytes = (struct slice){NULL, 0};
    return err_set(err, ERR_POLICY,
                   "%s: this program was built without a network: name a folder with --repository",
                   quote_bare(slice_text(https->source.base)).text);
}

enum err_code source_https_open(const char *base, struct fetch *fetch, struct source_https *https,
                                struct err *err)
{
    (void)fetch;
    (void)err;
    memset(https, 0, sizeof *https);
    https->source = (struct source){.ctx = https, .base = base, .get = get};
    return ERR_OK;
}
