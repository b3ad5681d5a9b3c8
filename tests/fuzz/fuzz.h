/*
 * fuzz.h - what every fuzz target is: one function that takes any bytes and must come back.
 *
 * Each tests/fuzz/fuzz_<parser>.c is one target and becomes one program, in two ways:
 *   with driver.c        runs all fixtures and mutations of them; part of `make check`;
 *   with libFuzzer       clang -fsanitize=fuzzer,address,undefined; `make fuzz`, for hours.
 * A target calls abort (through FUZZ_CHECK) when something that must hold does not.
 */
#ifndef SEALIFT_TESTS_FUZZ_H
#define SEALIFT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name is libFuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                  \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);            \
            abort();                                                                           \
        }                                                                                      \
    } while (0)

#endif
