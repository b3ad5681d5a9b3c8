/*
 * board.h - what the test images need of their machine: a console, files, a verdict. On the board
 * these are semihosting calls (board_mps2.c), on the build machine the C library (board_host.c).
 */
#ifndef SEALIFT_TESTS_EMBEDDED_BOARD_H
#define SEALIFT_TESTS_EMBEDDED_BOARD_H

#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

void board_say(const char *text);

/* "%u" is all there is: text, number, text. */
void board_say_number(const char *before, size_t number, const char *after);

/* The bytes of a file, at most max_size; SIZE_MAX when it cannot be read or is larger. */
size_t board_read(const char *path, uint8_t *out, size_t max_size);

/* Bytes of stack that were ever used; SIZE_MAX when the guard below it was written to. */
size_t board_stack_used(void);

noreturn void board_exit(int status);

#endif
