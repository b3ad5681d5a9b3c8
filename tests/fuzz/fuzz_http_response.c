/*
 * fuzz_http_response.c - any bytes as the head of a response, and as the values in it.
 *
 * Holds: the end of a head is found at the same place however the bytes arrive; what is parsed has
 * no control characters in it; a range lies within its object.
 */
#include <string.h>

#include "resolver/net/http_date.h"
#include "resolver/net/http_range.h"
#include "tests/fuzz/fuzz.h"

#define NOW 1782864000 /* 2026-07-01 */

static void check_values(const struct http_response *response)
{
    struct http_content_range range;
    int64_t seconds;
    uint32_t wait_s;

    FUZZ_CHECK(response->header_count <= HTTP_HEADERS_MAX);
    for (size_t i = 0; i < response->header_count; i++) {
        struct slice value = response->headers[i].value;

        for (size_t at = 0; at < value.len; at++)
            FUZZ_CHECK(value.ptr[at] >= ' ' || value.ptr[at] == '\t');
        if (http_content_range_parse(value, &range))
            FUZZ_CHECK(range.first <= range.last && (!range.has_size || range.last < range.size));
        if (http_date_parse(value, NOW, &seconds))
            FUZZ_CHECK(seconds >= 0);
        if (!http_retry_after(value, NOW, &wait_s))
            FUZZ_CHECK(wait_s == 0);
    }
    FUZZ_CHECK(http_validator(response, NOW).len <= HTTP_VALIDATOR_MAX);
    FUZZ_CHECK(strlen(http_status_show(response).text) < sizeof http_status_show(response).text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_response response;
    struct slice bytes = slice_of(data, size);
    size_t scanned = 0, head_len = 0, at_once_scanned = 0, at_once = 0;
    struct err err;
    enum err_code rc = ERR_OK, rc_at_once;

    rc_at_once = http_head_find(bytes, &at_once_scanned, &at_once, &err);
    for (size_t len = 0; len <= size && rc == ERR_OK && head_len == 0; len += 1 + len / 8)
        rc = http_head_find(slice_part(bytes, 0, len), &scanned, &head_len, &err);
    if (head_len)
        FUZZ_CHECK(rc_at_once == ERR_OK && head_len == at_once);
    if (rc_at_once || at_once == 0)
        return 0;
    for (int is_head = 0; is_head < 2; is_head++) {
        if (http_response_parse(slice_of(data, at_once), is_head, &response, &err)) {
            FUZZ_CHECK(err.code == ERR_FORMAT && response.status == 0);
            continue;
        }
        FUZZ_CHECK(response.status >= 100 && response.status <= 599);
        FUZZ_CHECK(!is_head || response.framing == HTTP_BODY_NONE);
        check_values(&response);
    }
    return 0;
}
