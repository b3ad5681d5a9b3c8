#include "bundle/cli/gcloud_options.h"

#include <stdlib.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/net/decimal.h"

#define TIMEOUT_DEFAULT 600 /* seconds */
#define TIMEOUT_MAX 36000

enum err_code gcloud_options_timeout(const struct invocation *invocation, unsigned *timeout_ms,
                                     struct err *err)
{
    const char *text = invocation->values[OPT_GCLOUD_TIMEOUT];
    uint64_t seconds = TIMEOUT_DEFAULT;

    *timeout_ms = 0;
    if (text && (!decimal_parse(slice_text(text), TIMEOUT_MAX, &seconds) || seconds == 0))
        return err_set(err, ERR_USAGE, "--gcloud-timeout %s: want a number from 1 to %d",
                       quote(slice_text(text)).text, TIMEOUT_MAX);
    *timeout_ms = (unsigned)seconds * 1000;
    return ERR_OK;
}

enum err_code gcloud_options_find(const struct invocation *invocation, struct arena *arena,
                                  struct gcloud *gcloud, struct err *err)
{
    return gcloud_find(invocation->values[OPT_GCLOUD], getenv("PATH"), environ, arena, gcloud, err);
}
