/*
 * retry.h - how long to wait before another try.
 *
 * In the flow:  a failed attempt -> [retry] -> fetch
 * Rule:         exponential back-off with jitter, so that many clients of one server that failed
 *               do not come back together; a server's Retry-After goes before it, up to
 *               RETRY_AFTER_MAX_S: beyond that nobody waits, and the error says how long it asked.
 */
#ifndef SEALIFT_NET_RETRY_H
#define SEALIFT_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_WAIT_MAX_MS 30000
#define RETRY_AFTER_MAX_S 60

/*
 * Milliseconds to wait before try number `tries` + 1, after `tries` (1 or more) that failed:
 * base_ms doubled for each try after the first, at most RETRY_WAIT_MAX_MS, of which `random` (any
 * number) takes away up to half.
 */
uint32_t retry_wait_ms(unsigned tries, uint32_t base_ms, uint32_t random);

/* The same where the server said how long, up to RETRY_AFTER_MAX_S: never less than that, up to
 * a tenth more. */
uint32_t retry_after_ms(uint32_t after_s, uint32_t random);

/* Whether another try can help: 408, 429 and 5xx. */
bool retry_status(unsigned status);

#endif
