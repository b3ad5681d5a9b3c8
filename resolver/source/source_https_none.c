/* source_https.h for a program without a network; network_open has refused before this is asked. */
#include <string.h>

#include "resolver/source/source_https.h"

enum err_code source_https_open(const char *base, struct fetch *fetch, struct source_https *https,
                                struct err *err)
{
    (void)base;
    (void)fetch;
    memset(https, 0, sizeof *https);
    return err_set(err, ERR_POLICY, "this program was built without a network");
}
