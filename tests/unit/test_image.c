#include "bundle/archive/image.h"

#include <string.h>

#include "tests/unit/test.h"

static enum err_code next_data(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                               struct err *err)
{
    const uint64_t *run = ctx;

    *begin = *end = 100;
    if (from < run[1]) {
        *begin = from > run[0] ? from : run[0];
        *end = run[1];
    }
    return run[2] == 1 ? err_set(err, ERR_IO, "Illegal seek") : ERR_OK;
}

static void check_next(const struct image *image, uint64_t from, uint64_t want_begin,
                       uint64_t want_end)
{
    uint64_t begin, end;
    struct err err;

    CHECK_OK(image->next_data(image->ctx, from, &begin, &end, &err), err);
    CHECK_NUMBER(want_begin, begin);
    CHECK_NUMBER(want_end, end);
}

TEST(image_window_moves_data_and_holes)
{
    uint64_t run[3] = {40, 60, 0};
    struct image whole = {.ctx = run, .size = 100, .next_data = next_data}, part;
    struct image_window window;

    part = image_window(&window, &whole, 30, 50);
    check_next(&part, 0, 10, 30);
    check_next(&part, 15, 15, 30);
    check_next(&part, 30, 50, 50);
    part = image_window(&window, &whole, 45, 10);
    check_next(&part, 0, 0, 10);
    part = image_window(&window, &whole, 70, 30);
    check_next(&part, 0, 30, 30);
    part = image_window(&window, &whole, 0, 20);
    check_next(&part, 0, 20, 20);
}

TEST(image_window_hands_errors_on)
{
    uint64_t run[3] = {40, 60, 1}, begin, end;
    struct image whole = {.ctx = run, .size = 100, .next_data = next_data}, part;
    struct image_window window;
    struct err err;

    part = image_window(&window, &whole, 30, 50);
    CHECK_ERR(ERR_IO, "Illegal seek", part.next_data(part.ctx, 0, &begin, &end, &err), err);
}

TEST(image_read_stays_inside)
{
    struct slice bytes = SLICE("0123456789");
    struct image whole = image_memory(&bytes), part;
    struct image_window window;
    uint8_t into[10];
    struct err err;

    part = image_window(&window, &whole, 2, 5);
    CHECK(!part.next_data);
    CHECK_OK(image_read(&part, 0, into, 5, &err), err);
    CHECK(memcmp(into, "23456", 5) == 0);
    CHECK_OK(image_read(&part, 5, into, 0, &err), err);
    CHECK_ERR(ERR_CORRUPT, "ends at byte 5, bytes up to 6 are wanted",
              image_read(&part, 4, into, 2, &err), err);
    CHECK_ERR(ERR_CORRUPT, "ends at byte 5, bytes up to 7 are wanted",
              image_read(&part, 6, into, 1, &err), err);
    bytes.len = 3;
    CHECK_ERR(ERR_CORRUPT, "ends at byte 3", image_read(&whole, 2, into, 5, &err), err);
}
