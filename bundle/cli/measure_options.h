/*
 * measure_options.h - how an image is to be measured, from options or as a bundle records it, and doing so.
 *
 * In the flow:  invocation, subject -> [measure_options] -> predict_options -> prediction; for measure, explain
 * Precedence:   options, then what the bundle records with the image, then predict.h's own rules.
 */
#ifndef SEALIFT_BUNDLE_CLI_MEASURE_OPTIONS_H
#define SEALIFT_BUNDLE_CLI_MEASURE_OPTIONS_H

#include "bundle/cli/subject.h"
#include "bundle/measure/predict.h"

/* Reads --bank, --stub, --secure-boot, --loader, --path and --phase. ERR_USAGE, ERR_LIMIT. */
enum err_code measure_options_read(const struct invocation *invocation, struct arena *arena,
                                   struct predict_options *options, struct err *err) MUST_USE;

/* Takes what the layer records (binding_annotations.h) for what no option says. ERR_FORMAT. */
enum err_code measure_options_take_recorded(const struct invocation *invocation,
                                            const struct layer *layer,
                                            struct predict_options *options, struct err *err)
    MUST_USE;

/* Predicts a disk or a UKI. Codes of predict.h, but that there is no UKI, or one whose stub is not known, is
 * a fault of the file here: ERR_FORMAT; those of subject_unchanged. err names the path. */
enum err_code measure_options_predict(const struct subject *subject,
                                      const struct predict_options *options, struct arena *arena,
                                      struct prediction *prediction, struct err *err) MUST_USE;

#endif
