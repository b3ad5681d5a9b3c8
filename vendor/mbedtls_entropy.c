/*
 * mbedtls_entropy.c - Mbed TLS takes its randomness from the kernel, through getentropy(3), and from
 * nothing else. Its own platform source opens /dev/urandom where the C library is not glibc, which
 * fails in an empty root directory.
 *
 * Compiled into libmbedcrypto.a; mbedtls_config.h asks for it (MBEDTLS_ENTROPY_HARDWARE_ALT).
 */
#define _DEFAULT_SOURCE
#include <unistd.h>

#include "mbedtls/entropy.h"
#include "entropy_poll.h"

#define GETENTROPY_MAX_BYTES 256 /* more is an error, getentropy(3) */

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *output_len)
{
    (void)data;
    *output_len = 0;
    while (len > 0) {
        size_t part = len < GETENTROPY_MAX_BYTES ? len : GETENTROPY_MAX_BYTES;

        if (getentropy(output, part) != 0) {
            return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
        }
        output += part;
        len -= part;
        *output_len += part;
    }
    return 0;
}
