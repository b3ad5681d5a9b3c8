/*
 * binding_annotations.h - the parameters of a measurement, as an image's layer carries them, signed.
 *
 * In the flow:  pack, measure -> [binding_annotations_add] -> manifest -> [binding_annotations_read] ->
 *               binding
 * Keys:         vnd.sealift.measure.stub         "252"
 *               vnd.sealift.measure.secure-boot  "on" or "off"
 *               vnd.sealift.measure.loader       "systemd-boot" or "none"
 *               vnd.sealift.measure.path         path of the UKI on the ESP; absent: found by rule
 *               vnd.sealift.measure.phases       "enter-initrd:leave-initrd"; absent: none
 * Checked here: that the first three are there when any is; every value; that there is no other key
 *               of that beginning.
 * Memory:       borrows from the annotations; new lists are in the caller's arena.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_BINDING_ANNOTATIONS_H
#define SEALIFT_BUNDLE_MEASURE_BINDING_ANNOTATIONS_H

#include "bundle/archive/manifest.h"
#include "bundle/measure/binding.h"

#define ANNOTATION_MEASURE "vnd.sealift.measure."

/* *is_there is false, and *parameters zeroed, when no key of the prefix is there. ERR_FORMAT naming the
 * annotation. */
enum err_code binding_annotations_read(const struct annotations *annotations, bool *is_there,
                                       struct binding_parameters *parameters,
                                       struct err *err) MUST_USE;

/* *out: have, with the parameters in place of those it may have, in order. parameters->stub must be
 * given (ERR_BUG). ERR_LIMIT; *out is then zeroed. */
enum err_code binding_annotations_add(const struct annotations *have,
                                      const struct binding_parameters *parameters,
                                      struct arena *arena, struct annotations *out,
                                      struct err *err) MUST_USE;

#endif
