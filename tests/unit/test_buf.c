#include <string.h>

#include "resolver/base/buf.h"
#include "tests/unit/test.h"

TEST(buf_collects_what_is_added)
{
    char memory[32];
    struct buf buf;
    struct err err;

    buf_init_fixed(&buf, memory, sizeof memory);
    buf_add_text(&buf, "ab");
    buf_add_byte(&buf, 'c');
    buf_add(&buf, SLICE("d\0e"));
    buf_add_format(&buf, "-%d-%s", 7, "x");
    CHECK_OK(buf_done(&buf, &err), err);
    CHECK(slice_equal(buf_slice(&buf), SLICE("abcd\0e-7-x")));
}

TEST(buf_takes_nothing_more_after_what_did_not_fit)
{
    char memory[4] = "----";
    struct buf buf;
    struct err err;

    buf_init_fixed(&buf, memory, sizeof memory);
    buf_add_text(&buf, "ab");
    buf_add_text(&buf, "cde");
    buf_add_byte(&buf, 'f');
    CHECK_TEXT("ab", buf_slice(&buf));
    CHECK(memcmp(memory, "ab--", 4) == 0);
    CHECK_ERR(ERR_LIMIT, "output does not fit into 4 bytes of memory", buf_done(&buf, &err), err);
}

TEST(buf_fills_to_the_last_byte)
{
    char memory[4];
    struct buf buf;
    struct err err;

    buf_init_fixed(&buf, memory, sizeof memory);
    buf_add_text(&buf, "abcd");
    CHECK_OK(buf_done(&buf, &err), err);
    buf_add(&buf, slice_of(NULL, 0));
    CHECK_OK(buf_done(&buf, &err), err);
    CHECK(buf_extend(&buf, 1) == NULL);
    CHECK(buf.failed);
}

TEST(buf_format_needs_room_for_its_nul)
{
    char memory[4];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof memory);
    buf_add_format(&buf, "%s", "abcd");
    CHECK(buf.failed);
    buf_clear(&buf);
    buf_add_format(&buf, "%s", "abc");
    CHECK_TEXT("abc", buf_slice(&buf));
    CHECK(!buf.failed);
}

TEST(buf_extend_gives_room_and_counts_it)
{
    char memory[4];
    struct buf buf;
    uint8_t *room;

    buf_init_fixed(&buf, memory, sizeof memory);
    buf_add_byte(&buf, 'a');
    room = buf_extend(&buf, 2);
    CHECK(room == (uint8_t *)memory + 1);
    memcpy(room, "bc", 2);
    CHECK_TEXT("abc", buf_slice(&buf));
    CHECK(buf_extend(&buf, SIZE_MAX) == NULL);
}

TEST(buf_clear_makes_a_failed_buf_usable_again)
{
    char memory[2];
    struct buf buf;
    struct err err;

    buf_init_fixed(&buf, memory, sizeof memory);
    buf_add_text(&buf, "abc");
    buf_clear(&buf);
    CHECK_NUMBER(0, buf_slice(&buf).len);
    buf_add_text(&buf, "ab");
    CHECK_OK(buf_done(&buf, &err), err);
}
