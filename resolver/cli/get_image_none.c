/* get_image.h for a program without a network: --download is refused. */
#include <string.h>

#include "resolver/cli/get_image.h"

enum err_code get_image(struct session *session, struct slice reference,
                        struct download_result *result, struct err *err)
{
    (void)session;
    (void)reference;
    memset(result, 0, sizeof *result);
    return err_set(err, ERR_POLICY, "--download: this program was built without a network");
}
