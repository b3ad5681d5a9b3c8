/*
 * private_fixture.h - private keys of fixtures/, by their files.
 */
#ifndef SEALIFT_TESTS_PRIVATE_FIXTURE_H
#define SEALIFT_TESTS_PRIVATE_FIXTURE_H

#include "bundle/sign/privkey.h"
#include "tests/unit/test.h"

static inline struct privkey private_fixture(const char *path)
{
    struct privkey key;
    struct err err;

    CHECK_OK(privkey_parse(test_file(path), &key, &err), err);
    return key;
}

#endif
