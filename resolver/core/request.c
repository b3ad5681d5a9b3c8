#include "resolver/core/request.h"

#include <string.h>

#include "resolver/base/quote.h"

static enum err_code parse_csp(struct slice csp, struct slice variant, enum csp *out,
                               struct err *err)
{
    *out = csp.len ? csp_parse(csp) : variant_csp(variant);
    if (*out != CSP_NONE)
        return ERR_OK;
    if (csp.len)
        return err_set(err, ERR_USAGE, "csp %s: want one of %s", quote(csp).text, csp_names());
    return err_set(err, ERR_USAGE, "no csp given: add --csp with one of %s", csp_names());
}

enum err_code request_parse(struct slice uid, struct slice csp, struct slice region,
                            struct slice variant, struct request *request, struct err *err)
{
    memset(request, 0, sizeof *request);
    if (uid_parse(uid, &request->uid, err) || parse_csp(csp, variant, &request->csp, err)) {
        memset(request, 0, sizeof *request);
        return err->code;
    }
    if (variant_contradicts(request->csp, variant)) {
        err_set(err, ERR_USAGE, "variant %s is not one of %s", quote(variant).text,
                csp_name(request->csp));
        memset(request, 0, sizeof *request);
        return err->code;
    }
    request->region = region;
    request->variant = variant;
    return ERR_OK;
}
