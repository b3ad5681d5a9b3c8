/*
 * measurements_format.h - measurements being written, in every form that someone reads.
 *
 * In the flow:  measurements -> [measurements_format] -> standard output, a config, a repository
 * Forms:        rfc (YAML), v1 (JSON), v2 (JSON), and env: lines "PCR4=<hex>" for shells.
 * Not written:  signatures. What is written here is a new document; the signed bytes are those that
 *               were read.
 */
#ifndef SEALIFT_CORE_MEASUREMENTS_FORMAT_H
#define SEALIFT_CORE_MEASUREMENTS_FORMAT_H

#include "resolver/base/buf.h"
#include "resolver/base/json_write.h"
#include "resolver/core/measurements.h"

enum measurements_output { OUTPUT_YAML, OUTPUT_V1, OUTPUT_V2, OUTPUT_ENV };

/* "yaml", "v1", "v2", "env"; -1 for anything else. */
int measurements_output_parse(struct slice text);

/* Appends the whole document, with a line end after it. variant names the set in v2 where the
 * measurements do not name one themselves. Errors stick to out. */
void measurements_format(const struct measurements *measurements, enum measurements_output output,
                         struct slice variant, struct buf *out);

/* The lines "INDEX: {expected: HEX, warnOnly: BOOL}", each after indent spaces: for a config. */
void measurements_format_lines(const struct measurements *measurements, unsigned indent,
                               struct buf *out);

/* The map {"4": {"expected": HEX, "warnOnly": BOOL}} as the writer's next value. */
void measurements_format_map(const struct measurements *measurements, struct json_writer *json);

#endif
