/* cpio: with any name, headers are padded to 4 bytes and hold the name that was given. */
#include <string.h>

#include "bundle/measure/command_line.h"
#include "bundle/measure/cpio.h"
#include "tests/fuzz/measure.h"

static void check_archive(struct slice name, uint32_t size)
{
    static uint8_t bytes[1 << 16];
    struct cpio cpio;
    struct buf out;
    size_t before;

    buf_init_fixed(&out, bytes, sizeof bytes);
    cpio_begin(&cpio, SLICE(".extra/x"), 0500, &out);
    FUZZ_CHECK(!out.failed && cpio.inode == 3 && out.len % 4 == 0);
    before = out.len;
    cpio_file(&cpio, name, 0400, size, &out);
    if (out.failed)
        return;
    FUZZ_CHECK(out.len % 4 == 0 && out.len >= before + 110 + name.len);
    FUZZ_CHECK(name.len == 0 || memcmp(bytes + before + 110 + 9, name.ptr, name.len) == 0);
    FUZZ_CHECK((cpio_padding(size) + (uint64_t)size) % 4 == 0);
    cpio_end(&out);
    FUZZ_CHECK(out.failed || out.len % 4 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[1 << 16];
    struct slice input = slice_part(slice_of(data, size), 0, 20000);
    struct buf out;

    check_archive(slice_part(input, 0, 300), (uint32_t)(size * 2654435761u));
    for (unsigned stub = 252; stub < 258; stub += 5) {
        buf_init_fixed(&out, bytes, sizeof bytes);
        command_line_encode(input, stub, &out);
        FUZZ_CHECK(!out.failed && out.len >= 2 && out.len <= 2 * (input.len + 1));
        FUZZ_CHECK(bytes[out.len - 1] == 0 && bytes[out.len - 2] == 0);
    }
    return 0;
}
