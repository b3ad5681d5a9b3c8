/*
 * gcloud_text.h - what gcloud's words mean.
 *
 * In the flow:  gcloud (exit status, standard error) -> [gcloud_text] -> launch, publish
 * Why words:    gcloud's exit status is 1 for every failure.
 * Rule:         absent is exit status 1 and the words that say so of a resource, and nothing else: a
 *               refused, broken or unanswered request is never "absent", nor is a page in HTML that
 *               says of its URL that it "was not found", nor a project that is not there.
 * Source:       what gcloud 528 prints; of Compute Engine's answers it shows the text and no status.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GCLOUD_TEXT_H
#define SEALIFT_BUNDLE_PUBLISH_GCLOUD_TEXT_H

#include "resolver/base/slice.h"

enum gcloud_verdict {
    GCLOUD_OK,
    GCLOUD_ABSENT,
    GCLOUD_EXISTS,
    GCLOUD_REFUSED, /* 403 */
    GCLOUD_LOGIN,
    GCLOUD_NO_PROJECT,
    GCLOUD_QUOTA,
    GCLOUD_STOCK_OUT,
    GCLOUD_API_OFF,
    GCLOUD_BUSY,        /* 429 */
    GCLOUD_UNAVAILABLE, /* 5xx, or no connection */
    GCLOUD_CRASHED,
    GCLOUD_USAGE, /* exit status 2 */
    GCLOUD_FAILED,
};

/* The verdict of an ended call: exit_status as waitpid's WEXITSTATUS has it. */
enum gcloud_verdict gcloud_text_judge(int exit_status, struct slice errors);

/* "no credentials: run gcloud auth login"; "" for GCLOUD_OK and GCLOUD_FAILED. */
const char *gcloud_text_meaning(enum gcloud_verdict verdict);

/* The line of gcloud's words to show: the first with "ERROR", or what follows it where that ends in a
 * colon (and is no "---"); else the first that is not empty. */
struct slice gcloud_text_line(struct slice errors);

#endif
