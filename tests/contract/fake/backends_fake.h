/*
 * backends_fake.h - two backends that answer what a test tells them to: for crypto.c's judgement
 * of backends that do not agree, or cannot answer. Linked in place of the real ones.
 */
#ifndef SEALIFT_TESTS_BACKENDS_FAKE_H
#define SEALIFT_TESTS_BACKENDS_FAKE_H

#include "resolver/base/err.h"

extern enum err_code fake_answers[2];

#endif
