/* network.h for a program without a network: there is nothing to open, and source_https_none refuses. */
#include "resolver/cli/network.h"

enum err_code network_check(const struct invocation *invocation, struct err *err)
{
    (void)invocation;
    (void)err;
    return ERR_OK;
}

enum err_code network_open(struct network *network, const struct invocation *invocation,
                           struct err *err)
{
    (void)network;
    (void)invocation;
    (void)err;
    return ERR_OK;
}

void network_close(struct network *network)
{
    (void)network;
}
