/*
 * api_values.h - values of the C API to and from ours: what both libraries translate.
 *
 * In the flow:  sealift.h, sealift_bundle.h -> [api_values] -> core/, bundle/archive/ and back
 * Not done:     nothing is decided here.
 */
#ifndef SEALIFT_API_VALUES_H
#define SEALIFT_API_VALUES_H

#include "resolver/core/keys.h"
#include "resolver/sealift.h"

/* Fills *error from err and returns its status. */
int api_values_report(const struct err *err, struct sealift_error *error);

/* Clears *error and returns SEALIFT_OK. */
int api_values_succeed(struct sealift_error *error);

/* The keys of outer (NULL: none), allocated in arena. ERR_FORMAT and ERR_LIMIT name the key's number. */
enum err_code api_values_keys(const struct sealift_keys *outer, struct arena *arena,
                              struct keys *keys, struct err *err) MUST_USE;

#endif
