/* Callbacks of the C API, as images, outputs and sinks; and what is said when one of them fails. */
#include "bundle/api_input.h"

#include <string.h>

#include "tests/unit/test.h"

/* What the caller was asked last, and what it answers. */
struct caller {
    int answer, calls;
    uint64_t at, size;
    char bytes[16];
};

static int caller_read(void *context, uint64_t at, void *into, size_t size)
{
    struct caller *caller = context;

    caller->calls++;
    caller->at = at;
    caller->size = size;
    memset(into, 'r', size);
    return caller->answer;
}

static int caller_write_at(void *context, uint64_t at, const void *data, size_t size)
{
    struct caller *caller = context;

    caller->calls++;
    caller->at = at;
    caller->size = size;
    memcpy(caller->bytes, data, size);
    return caller->answer;
}

static int caller_count(void *context, uint64_t size)
{
    struct caller *caller = context;

    caller->calls++;
    caller->size = size;
    return caller->answer;
}

static int caller_write(void *context, const void *data, size_t size)
{
    return caller_write_at(context, 0, data, size);
}

TEST(api_input_reads_what_the_caller_has)
{
    struct caller caller = {0};
    const struct sealift_input outer = {&caller, 100, caller_read};
    struct image image = api_input_image(&outer);
    uint8_t bytes[4];
    struct err err;

    CHECK_NUMBER(100, image.size);
    CHECK(!image.next_data);
    CHECK_OK(image_read(&image, 96, bytes, 4, &err), err);
    CHECK(caller.at == 96 && caller.size == 4 && memcmp(bytes, "rrrr", 4) == 0);
    CHECK_ERR(ERR_CORRUPT, "ends at byte 100, bytes up to 101 are wanted",
              image_read(&image, 97, bytes, 4, &err), err);
    CHECK_NUMBER(1, caller.calls); /* it is never asked for what is not there */
    caller.answer = -7;
    CHECK_ERR(ERR_IO, "the caller's input failed with -7", image_read(&image, 0, bytes, 4, &err),
              err);
}

TEST(api_input_writes_where_the_caller_has_room)
{
    struct caller caller = {0};
    const struct sealift_output outer = {&caller, caller_write_at, caller_count};
    struct output output = api_input_output(&outer);
    struct err err;

    CHECK_OK(output.write(output.ctx, 5000000000u, SLICE("abc"), &err), err);
    CHECK(caller.at == 5000000000u && caller.size == 3 && memcmp(caller.bytes, "abc", 3) == 0);
    CHECK_OK(output.set_size(output.ctx, 5000000003u, &err), err);
    CHECK(caller.size == 5000000003u && caller.calls == 2);
    caller.answer = 1;
    CHECK_ERR(ERR_IO, "the caller's output failed with 1",
              output.write(output.ctx, 0, SLICE("abc"), &err), err);
    CHECK_ERR(ERR_IO, "the caller's output failed with 1", output.set_size(output.ctx, 0, &err),
              err);
}

TEST(api_input_sends_to_the_caller)
{
    struct caller caller = {0};
    struct sealift_sink outer = {&caller, caller_write, NULL};
    struct sink memory;
    const struct sink *sink = api_input_sink(&outer, &memory);
    struct err err;

    CHECK(api_input_sink(NULL, &memory) == NULL);
    CHECK(sink == &memory && !sink->skip);
    CHECK_OK(sink->write(sink->ctx, SLICE("abc"), &err), err);
    CHECK(caller.size == 3 && memcmp(caller.bytes, "abc", 3) == 0);
    outer.skip = caller_count;
    sink = api_input_sink(&outer, &memory);
    CHECK_OK(sink->skip(sink->ctx, 1ull << 40, &err), err);
    CHECK_NUMBER(1ll << 40, caller.size);
    caller.answer = 99;
    CHECK_ERR(ERR_IO, "the caller's sink failed with 99", sink->write(sink->ctx, SLICE("a"), &err),
              err);
    CHECK_ERR(ERR_IO, "the caller's sink failed with 99", sink->skip(sink->ctx, 1, &err), err);
}
