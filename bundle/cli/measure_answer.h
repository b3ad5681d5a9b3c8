/*
 * measure_answer.h - a prediction as measure prints it: measurements, an event log, or all of it.
 *
 * In the flow:  prediction, struct measurements -> [measure_answer] -> standard output or a file
 */
#ifndef SEALIFT_BUNDLE_CLI_MEASURE_ANSWER_H
#define SEALIFT_BUNDLE_CLI_MEASURE_ANSWER_H

#include "bundle/measure/predict.h"
#include "bundle/measure/registers.h"
#include "resolver/core/measurements_format.h"

struct measure_answer {
    const char *path;
    const struct predict_options *options;
    struct prediction prediction;
    struct measurements measurements; /* uid empty, CSP_NONE: not said */
    struct slice variant;             /* may be empty */
    uint32_t enforced;                /* as bits 1 << index */
    bool is_bundled, is_signed;       /* the image came out of a bundle, whose signatures hold */
};

/* A line an event: register, type, digest, what it is. */
void measure_answer_events(const struct measure_answer *answer, struct buf *out);

/* One JSON object with everything. */
void measure_answer_json(const struct measure_answer *answer, struct buf *out);

#endif
