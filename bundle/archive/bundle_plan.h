/*
 * bundle_plan.h - from a plan to manifests, first as large as they can become, then as they are.
 *
 * In the flow:  struct bundle_plan -> [bundle_plan] -> bundle_writer
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_PLAN_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_PLAN_H

#include "bundle/archive/bundle_writer.h"

/* A plan with its manifests and what each layer of them comes from. */
struct drafted {
    struct signed_manifest *manifests; /* by uid */
    const struct bundle_item ***items; /* of each manifest, of each layer */
    size_t count;
    uint64_t area_size; /* bytes to reserve for the front */
};

/* Makes manifests in which images have sizes as large as sizes can be, checks them, and works out the
 * room for the front with all signatures. ERR_FORMAT, ERR_LIMIT. */
enum err_code bundle_plan_draft(const struct bundle_plan *plan, struct arena *arena,
                                struct drafted *drafted, struct err *err) MUST_USE;

/* Writes the manifests' text and digest, from what their layers say by now, and checks them. */
enum err_code bundle_plan_settle(struct drafted *drafted, struct arena *arena, struct err *err)
    MUST_USE;

#endif
