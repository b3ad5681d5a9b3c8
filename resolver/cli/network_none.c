/* network.h for a program without a network: nothing is opened. */
#include "resolver/cli/network.h"

enum err_code network_open(struct network *network, const struct invocation *invocation,
                           struct err *err)
{
    (void)network;
    (void)invocation;
    return err_set(err, ERR_POLICY,
                   "this program was built without a network: name a folder with --repository");
}

void network_close(struct network *network)
{
    (void)network;
}
