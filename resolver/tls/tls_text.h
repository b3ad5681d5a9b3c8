/*
 * tls_text.h - numbers of TLS in words, for both implementations.
 */
#ifndef SEALIFT_TLS_TLS_TEXT_H
#define SEALIFT_TLS_TLS_TEXT_H

#include <stdint.h>

#include "resolver/base/err.h"

/* The cipher suites that are offered: number, name with the version. X(number, text) */
/* clang-format off */
#define TLS_SUITES(X)                                             \
    X(0x1301, "TLS 1.3, AES128-GCM-SHA256")                       \
    X(0x1302, "TLS 1.3, AES256-GCM-SHA384")                       \
    X(0x1303, "TLS 1.3, CHACHA20-POLY1305")                       \
    X(0xC02B, "TLS 1.2, ECDHE-ECDSA-AES128-GCM-SHA256")           \
    X(0xC02C, "TLS 1.2, ECDHE-ECDSA-AES256-GCM-SHA384")           \
    X(0xC02F, "TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256")             \
    X(0xC030, "TLS 1.2, ECDHE-RSA-AES256-GCM-SHA384")             \
    X(0xCCA8, "TLS 1.2, ECDHE-RSA-CHACHA20-POLY1305")             \
    X(0xCCA9, "TLS 1.2, ECDHE-ECDSA-CHACHA20-POLY1305")
/* clang-format on */

const char *tls_suite_text(unsigned suite);

/* A fatal alert that the server sent (RFC 8446, 6.2): ERR_IO. offered: as for tls_refuse_offer. */
enum err_code tls_refuse_alert(unsigned alert, const char *offered, struct err *err);

/* The server takes nothing of what is offered ("TLS 1.2 with ..."): ERR_IO. Servers do not say which
 * part of it they miss: old ones look at the cipher suites before the version. */
enum err_code tls_refuse_offer(const char *offered, struct err *err);

/* The server said close_notify where an answer was due: ERR_IO. */
enum err_code tls_refuse_end(struct err *err);

/* The connection ended where more had to come: ERR_IO. */
enum err_code tls_refuse_cut(struct err *err);

#endif
