#include "resolver/cli/get_image.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/progress.h"
#include "resolver/cli/say.h"

static void show(void *ctx, const struct download_progress *now)
{
    progress_show(ctx, now->done, now->has_total ? now->total : 0, now->bytes_per_second);
}

static enum err_code check_url(struct slice reference, struct err *err)
{
    if (slice_begins(reference, "https://") || slice_begins(reference, "http://"))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--download: %s is no URL: this cloud keeps the image itself",
                   quote(reference).text);
}

enum err_code get_image(struct session *session, struct slice reference,
                        struct download_result *result, struct err *err)
{
    const struct invocation *invocation = session->invocation;
    const char *digest = invocation->values[OPT_SHA256];
    uint8_t sha256[SHA256_SIZE];
    struct progress progress;
    struct download_options options = {
        .path = invocation->values[OPT_DOWNLOAD],
        .sha256 = digest ? sha256 : NULL,
        .wants_sha256 = invocation->given[OPT_JSON],
        .ctx = &progress,
        .progress = show,
    };
    enum err_code rc;

    memset(result, 0, sizeof *result);
    if (digest && !hex_decode(slice_text(digest), sha256, sizeof sha256))
        return err_set(err, ERR_USAGE, "--sha256 %s: want 64 hex digits",
                       quote(slice_text(digest)).text);
    if (check_url(reference, err) || network_open(&session->network, invocation, err) ||
        progress_begin(&progress, invocation, "downloading", err))
        return err->code;
    options.url = arena_copy(&session->arena, reference, err);
    if (!options.url)
        return err->code;
    rc = download(session->network.fetch, &options, result, err);
    progress_end(&progress);
    if (!rc && result->is_cleartext && !digest)
        say_warning(invocation,
                    "the image came over http://, where whoever is on the way can change it "
                    "(--sha256 says what it must be)");
    return rc;
}
