/*
 * choices.h - "have a, b, c": the list of what there is, for messages.
 *
 * In the flow:  select, measurements, config -> [choices] -> the message of exit 4 and 5
 * Shape:        sorted, each text once, at most CHOICES_MAX; of more it says no more than that.
 * Memory:       borrows the texts.
 */
#ifndef SEALIFT_CORE_CHOICES_H
#define SEALIFT_CORE_CHOICES_H

#include <stddef.h>

#include "resolver/base/slice.h"

#define CHOICES_MAX 32
#define CHOICES_TEXT_MAX 320

struct choices {
    struct slice first[CHOICES_MAX]; /* the smallest ones, sorted */
    size_t shown;
    size_t total; /* different texts; no longer exact once more than CHOICES_MAX were seen */
};

/* *choices starts as zeros. */
void choices_add(struct choices *choices, struct slice text);

/* "a, b, c", "a, b and 3 more" or "a, b and more" into out; "none" when there is none. */
void choices_text(const struct choices *choices, char out[CHOICES_TEXT_MAX]);

#endif
