/*
 * fuzz_chunked.c - any bytes as a chunked body; of a whole response, what follows its head.
 *
 * Holds: the result is the same whether the bytes come at once or one by one; there is never more
 * payload than input.
 */
#include "resolver/net/http_chunked.h"
#include "resolver/net/http_response.h"
#include "tests/fuzz/fuzz.h"

struct outcome {
    enum err_code rc;
    enum http_chunked_state state;
    size_t payload_len;
    uint32_t sum; /* of the payload, and its order */
    size_t left;
};

static struct outcome decode(struct slice input, size_t piece)
{
    struct outcome outcome = {.rc = ERR_OK};
    struct http_chunked chunked;
    struct err err;

    http_chunked_init(&chunked);
    while (input.len && chunked.state != CHUNKED_DONE && outcome.rc == ERR_OK) {
        struct slice in = slice_part(input, 0, piece), payload;
        size_t before = in.len;

        outcome.rc = http_chunked_decode(&chunked, &in, &payload, &err);
        FUZZ_CHECK(outcome.rc == ERR_OK || (err.code == ERR_FORMAT && payload.len == 0));
        FUZZ_CHECK(in.len < before || outcome.rc);
        for (size_t i = 0; i < payload.len; i++)
            outcome.sum = outcome.sum * 31 + payload.ptr[i];
        outcome.payload_len += payload.len;
        if (outcome.rc == ERR_OK)
            input = slice_part(input, before - in.len, input.len);
    }
    outcome.state = chunked.state;
    outcome.left = outcome.rc ? 0 : input.len;
    return outcome;
}

static struct slice body_of(struct slice bytes)
{
    size_t scanned = 0, head_len = 0;
    struct err err;

    if (http_head_find(bytes, &scanned, &head_len, &err))
        return bytes;
    return slice_part(bytes, head_len, bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = body_of(slice_of(data, size));
    struct outcome whole = decode(body, body.len), bytes = decode(body, 1);

    FUZZ_CHECK(whole.rc == bytes.rc && whole.state == bytes.state);
    FUZZ_CHECK(whole.payload_len == bytes.payload_len && whole.sum == bytes.sum);
    FUZZ_CHECK(whole.left == bytes.left && whole.payload_len <= size);
    return 0;
}
