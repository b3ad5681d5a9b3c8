/*
 * explain.h - why the registers of two boots differ, in words.
 *
 * In the flow:  predictions, event logs, measurements as struct pcr_record -> [explain] -> lines
 * Lines:        "PCR 11: .cmdline differs: "a" -> "b"; all else equal": one for each register that
 *               differs; registers that one side cannot know are not compared, and not mentioned.
 * How:          without events, values alone. Register 4 as a sequence; 9 by what the kernel was
 *               given; 11 by sections, whose names are known by their digests; others of two logs by what
 *               the events are about (event_words.h), the nth of a kind with the nth.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_EXPLAIN_H
#define SEALIFT_BUNDLE_MEASURE_EXPLAIN_H

#include "bundle/measure/pcr.h"
#include "resolver/base/buf.h"

struct explain_side {
    const char *name; /* how messages call it: "the log", "the image" */
    const struct pcr_record *record;
};

/*
 * Appends a line (ending in a line feed) for each register that differs; *compared counts those that
 * both sides know. ERR_OK when all of these are equal, ERR_DIFFERS; ERR_USAGE for records of
 * different banks; ERR_LIMIT when out is full. err says how many registers differ.
 */
enum err_code explain(const struct explain_side *a, const struct explain_side *b, struct buf *out,
                      unsigned *compared, struct err *err) MUST_USE;

#endif
