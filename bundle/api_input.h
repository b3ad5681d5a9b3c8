/*
 * api_input.h - the callbacks of sealift_bundle.h, seen as images, sinks and outputs of ours.
 *
 * In the flow:  sealift_bundle.h -> [api_input] -> bundle/archive/
 */
#ifndef SEALIFT_BUNDLE_API_INPUT_H
#define SEALIFT_BUNDLE_API_INPUT_H

#include "bundle/archive/image.h"
#include "bundle/archive/sink.h"
#include "bundle/sealift_bundle.h"

/* outer must outlive what is made of it. */
struct image api_input_image(const struct sealift_input *outer);
struct output api_input_output(const struct sealift_output *outer);

/* NULL for NULL; else *sink, filled. */
const struct sink *api_input_sink(const struct sealift_sink *outer, struct sink *sink);

#endif
