/*
 * example.h - Sealift's core in a microcontroller: everything in flash, memory from the caller.
 *
 * In the flow:  board starts -> [example] -> which image to start, and what it must measure
 */
#ifndef SEALIFT_TESTS_EMBEDDED_EXAMPLE_H
#define SEALIFT_TESTS_EMBEDDED_EXAMPLE_H

#include "resolver/sealift.h"

struct example_answer {
    char reference[128];
    uint8_t pcr4[32];
};

/* A flash to read from: this one, or one in which a digit of the measurements is another. */
enum example_flash { EXAMPLE_GENUINE, EXAMPLE_FORGED };

/* Resolves and verifies with memory_size bytes at memory; on failure *answer is zeroed, and error says why. */
int example_run(enum example_flash flash, void *memory, size_t memory_size,
                struct example_answer *answer, struct sealift_error *error);

#endif
