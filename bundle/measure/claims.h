/*
 * claims.h - what a document of measurements claims, for comparing and merging: nothing is verified.
 *
 * In the flow:  bytes -> [claims] -> explain, merge
 * Trust:        none, and nothing here becomes a struct measurements: what may be trusted comes from
 *               measurements_parse, which takes a struct verified.
 * Forms read:   those of measurements.h, with all sets of a v2 document.
 * Checked here: syntax, uid, every value (measurement_values.h), that a csp and variant has one set.
 * Memory:       in the caller's arena; names borrow from the document.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_CLAIMS_H
#define SEALIFT_BUNDLE_MEASURE_CLAIMS_H

#include "bundle/measure/pcr.h"
#include "resolver/base/buf.h"
#include "resolver/core/measurements.h"

#define CLAIMS_MAX 256 /* sets of one document */

struct claim {
    struct slice csp;     /* as it is written */
    struct slice variant; /* new name; empty in rfc and v1 */
    size_t size_bytes;    /* 32 for PCRs, 48 for TDX registers */
    struct measurement registers[REGISTER_COUNT];
};

struct claims {
    enum measurements_form form;
    struct uid uid;
    struct claim *list;
    size_t count;
    struct slice unknown; /* the first key that has no meaning here; empty: none */
};

/* Reads a document. ERR_FORMAT; ERR_LIMIT (over MEASUREMENTS_MAX_BYTES or CLAIMS_MAX, a full arena).
 * *claims is zeroed on failure. */
enum err_code claims_parse(struct slice bytes, struct arena *arena, struct claims *claims,
                           struct err *err) MUST_USE;

/* The set that csp and variant name; both may be empty. NULL with ERR_NOT_FOUND or ERR_AMBIGUOUS,
 * listing what there is. */
enum err_code claims_choose(const struct claims *claims, struct slice csp, struct slice variant,
                            const struct claim **claim, struct err *err) MUST_USE;

/* A set as registers without events. ERR_FORMAT for TDX registers, which no image and no log has. */
enum err_code claims_record(const struct claim *claim, struct pcr_record *record,
                            struct err *err) MUST_USE;

/* One set beside another. */
struct claims_side {
    const char *name; /* how messages call it */
    const struct claim *claim;
};

/* Appends a line for each register that differs in value, in being enforced or in being there. ERR_OK
 * when none does, ERR_DIFFERS; ERR_FORMAT for PCRs against TDX registers; ERR_LIMIT. */
enum err_code claims_explain(const struct claims_side *a, const struct claims_side *b,
                             struct buf *out, struct err *err) MUST_USE;

#endif
