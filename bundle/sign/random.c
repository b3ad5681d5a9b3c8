#include "bundle/sign/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static enum err_code fill(void *ctx, uint8_t *out, size_t len, struct err *err)
{
    size_t got = 0;

    (void)ctx;
    while (got < len) {
        ssize_t count = getrandom(out + got, len - got, 0);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            memset(out, 0, len);
            return err_set(err, ERR_IO, "the kernel gives no random bytes: %s", strerror(errno));
        }
        got += (size_t)count;
    }
    return ERR_OK;
}

const struct random_source random_of_kernel = {.fill = fill};
