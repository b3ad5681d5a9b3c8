/*
 * request.h - what is asked: which version, for which cloud, where.
 *
 * In the flow:  options, config or Terraform's object -> [request] -> find, select, measurements
 * Checked here: that csp and variant are known words that fit together.
 * Memory:       region and variant borrow from the caller's texts.
 */
#ifndef SEALIFT_CORE_REQUEST_H
#define SEALIFT_CORE_REQUEST_H

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/core/csp.h"
#include "resolver/core/uid.h"

struct request {
    struct uid uid;
    enum csp csp;
    struct slice region;  /* empty = no choice made; counts on AWS alone */
    struct slice variant; /* empty = no choice made; old or new name */
};

/*
 * Makes a request of texts; csp, region and variant may be empty. A csp that is not named follows
 * from a variant that belongs to one csp alone. On failure *request is zeroed: ERR_FORMAT (uid),
 * ERR_USAGE (no csp, an unknown one, or a variant of another csp).
 */
enum err_code request_parse(struct slice uid, struct slice csp, struct slice region,
                            struct slice variant, struct request *request,
                            struct err *err) MUST_USE;

#endif
