/*
 * uid_of.h - the uid of a text that is known to be one.
 */
#ifndef SEALIFT_TESTS_UID_OF_H
#define SEALIFT_TESTS_UID_OF_H

#include "resolver/core/uid.h"
#include "tests/unit/test.h"

static inline struct uid uid_of(const char *text)
{
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(slice_text(text), &uid, &err), err);
    return uid;
}

#endif
