/*
 * gcloud_options.h - --gcloud and --gcloud-timeout: which gcloud is called, and how long a call may take.
 *
 * In the flow:  command line -> [gcloud_options] -> gcloud, for publish and launch
 */
#ifndef SEALIFT_BUNDLE_CLI_GCLOUD_OPTIONS_H
#define SEALIFT_BUNDLE_CLI_GCLOUD_OPTIONS_H

#include "bundle/publish/gcloud.h"
#include "resolver/cli/options.h"

/* The limit for a call, in milliseconds: 10 minutes when none is given. ERR_USAGE, *timeout_ms then 0. */
enum err_code gcloud_options_timeout(const struct invocation *invocation, unsigned *timeout_ms,
                                     struct err *err) MUST_USE;

/* Finds the program, in --gcloud or else in PATH; errors and memory as gcloud_find has them. */
enum err_code gcloud_options_find(const struct invocation *invocation, struct arena *arena,
                                  struct gcloud *gcloud, struct err *err) MUST_USE;

#endif
