/*
 * problems.h - all that is wrong, said at once.
 *
 * In the flow:  checks of gcp_plan, gcp_answer, launch_plan, launch_check -> [problems] -> one struct err
 * Form:         "a; b; c". What does not fit into a message is counted: "... and 2 more".
 * Code:         ERR_POLICY if any of them has it, else that of the first.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_PROBLEMS_H
#define SEALIFT_BUNDLE_PUBLISH_PROBLEMS_H

#include "resolver/base/err.h"

struct problems {
    size_t count, left_out;
    enum err_code code;
    size_t len;
    char text[ERR_MESSAGE_MAX - 64];
};

/* One more, printf style. */
void problems_add(struct problems *problems, enum err_code code, const char *format, ...)
    PRINTF(3, 4);

/* ERR_OK when there is none; else err has them all. */
enum err_code problems_done(const struct problems *problems, struct err *err) MUST_USE;

#endif
