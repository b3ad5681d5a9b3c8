#include "resolver/net/retry.h"

uint32_t retry_wait_ms(unsigned tries, uint32_t base_ms, uint32_t random)
{
    uint64_t wait = base_ms;

    for (unsigned i = 1; i < tries && wait < RETRY_WAIT_MAX_MS; i++)
        wait *= 2;
    if (wait > RETRY_WAIT_MAX_MS)
        wait = RETRY_WAIT_MAX_MS;
    return (uint32_t)(wait - random % (wait / 2 + 1));
}

uint32_t retry_after_ms(uint32_t after_s, uint32_t random)
{
    uint32_t wait = (after_s < RETRY_AFTER_MAX_S ? after_s : RETRY_AFTER_MAX_S) * 1000;

    return wait + random % (wait / 10 + 1);
}

bool retry_status(unsigned status)
{
    return status == 408 || status == 429 || (status >= 500 && status <= 599);
}
