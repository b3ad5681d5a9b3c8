#include "bundle/measure/cpio.h"

#include "tests/unit/test.h"

#define MIDDLE "00000000" "00000000" "00000001" "00000000" /* owner, group, links, time */
#define DEVICES "00000000" "00000000" "00000000" "00000000"

/* As `cpio --format=newc` would make it of these names, modes and inodes. */
TEST(cpio_is_what_the_stub_writes)
{
    static const char want[] =
        "070701" "00000001" "0000416d" MIDDLE "00000000" DEVICES "00000007" "00000000" ".extra\0\0\0\0"
        "070701" "00000002" "00004140" MIDDLE "00000000" DEVICES "0000000c" "00000000" ".extra/deep\0\0\0"
        "070701" "00000003" "00008124" MIDDLE "00000005" DEVICES "0000000e" "00000000" ".extra/deep/a\0"
        "12345\0\0\0"
        "070701" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "00000000" DEVICES
        "0000000B" "00000000" "TRAILER!!!\0\0\0";
    static uint8_t memory[2048];
    struct cpio cpio;
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    cpio_begin(&cpio, SLICE(".extra/deep"), 0500, &out);
    cpio_file(&cpio, SLICE("a"), 0444, 5, &out);
    buf_add_text(&out, "12345");
    for (unsigned i = cpio_padding(5); i > 0; i--)
        buf_add_byte(&out, 0);
    cpio_end(&out);
    CHECK_OK(buf_done(&out, &err), err);
    CHECK(slice_equal(slice_of(want, sizeof want), buf_slice(&out)));
}

TEST(cpio_pads_to_four)
{
    static const struct {
        uint64_t size;
        unsigned padding;
    } cases[] = {{0, 0}, {1, 3}, {2, 2}, {3, 1}, {4, 0}, {5, 3}, {UINT64_MAX, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_NUMBER(cases[i].padding, cpio_padding(cases[i].size));
}
