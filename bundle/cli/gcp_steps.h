/*
 * gcp_steps.h - the steps of gcp_plan.h, done: bucket, object, image.
 *
 * In the flow:  gcp_plan, gcp_packing -> [gcp_steps] -> gcloud -> the image is there
 * Again:        what is there and equal is taken over, so a run that was broken off anywhere is completed by
 *               the next. What is there and different is left alone, and refused before anything is made
 *               where it can be known by then.
 * Lost answers: whatever a call that makes something answered, what is there afterwards decides.
 */
#ifndef SEALIFT_BUNDLE_CLI_GCP_STEPS_H
#define SEALIFT_BUNDLE_CLI_GCP_STEPS_H

#include "bundle/cli/gcp_packing.h"
#include "bundle/publish/gcloud.h"

struct gcp_steps {
    const struct invocation *invocation;
    const struct gcp_plan *plan;
    struct gcp_packing *packing;
    struct gcloud gcloud;        /* timeout_ms is set for each call */
    unsigned timeout_ms, upload_timeout_ms;
    struct arena *arena;
    /* What was not there at first, and is now. */
    bool made_bucket, made_object, made_image;
    struct gcp_object object;
};

/* ERR_POLICY: something of that name is there and is another; ERR_TOOL: gcloud failed, err says what to do
 * next; codes of gcp_packing.h. */
enum err_code gcp_steps_run(struct gcp_steps *steps, struct err *err) MUST_USE;

#endif
