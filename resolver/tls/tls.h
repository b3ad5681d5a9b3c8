/*
 * tls.h - TLS, as a stream over a stream.
 *
 * In the flow:  fetch -> [tls] -> tcp
 * Two of them:  bearssl_tls.c (TLS 1.2) and mbedtls_tls.c (TLS 1.3 and 1.2); a program is linked with
 *               one, and the same inputs are refused in the same words by both.
 * Offered:      ECDHE (X25519, P-256, P-384) with RSA or ECDSA certificates; AES-128-GCM, AES-256-GCM
 *               and ChaCha20-Poly1305; first what is fastest: AES-128-GCM with BearSSL on a processor
 *               with AES instructions, ChaCha20 without them, and always with Mbed TLS;
 *               SHA-256 and above. No renegotiation, resumption, client certificates or ALPN.
 * Checked here: the server's certificates (chain.h says by which rules and in which order), before
 *               anything is sent to it; and that a connection ends with close_notify.
 * Not checked:  revocation.
 * I/O:          through the stream beneath alone, so its time limits hold; and getrandom(2).
 * Memory:       from the heap: a connection takes about 45 KiB with BearSSL and 60 KiB with Mbed TLS,
 *               and 35 KiB more while it shakes hands.
 */
#ifndef SEALIFT_TLS_TLS_H
#define SEALIFT_TLS_TLS_H

#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/stream.h"
#include "resolver/tls/anchors.h"

struct tls_options {
    const char *server_name;       /* DNS name or IP address, without brackets or port */
    const struct anchors *anchors; /* borrowed until tls_open returns */
    int64_t now;                   /* seconds since 1970-01-01 UTC, for certificates */
};

/*
 * Shakes hands over `under` and makes *out the stream within. From then on *out owns what was
 * *under: closing it sends close_notify and closes both. On failure *under is still the caller's,
 * and *out is zeroed:
 *   ERR_IO      the stream beneath failed (its own words); the server speaks no TLS, no TLS 1.2, or
 *               breaks its rules; "certificate of "host": reason" (chain.h)
 *   ERR_USAGE   server_name is no name
 *   ERR_FORMAT  a trust anchor that is needed cannot be read
 *   ERR_LIMIT   out of memory
 *
 * out->read gives *got = 0 only after close_notify; a connection that just ends is ERR_IO, "the
 * connection ended without close_notify (cut off?)": nobody can then tell the end from a cut. Who
 * knows the length of what is read need not read on to the end.
 */
enum err_code tls_open(struct stream *under, const struct tls_options *options, struct stream *out,
                       struct err *err) MUST_USE;

/* "TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256", of a stream that tls_open made. Static text. */
const char *tls_session(const struct stream *tls);

/* "BearSSL 0.6", "Mbed TLS 3.6.6": for --version. */
const char *tls_library(void);

#endif
