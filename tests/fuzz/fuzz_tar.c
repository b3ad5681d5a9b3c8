/* Archives: what is gone through has names that a header gives back, lies within the input, and every
 * byte between the members is zero. */
#include <string.h>

#include "bundle/archive/tar.h"
#include "tests/fuzz/fuzz.h"

static void check_member(const struct tar_member *member, uint64_t time, uint64_t at,
                         const uint8_t *data, size_t size)
{
    uint8_t again[TAR_BLOCK];
    struct err err;

    FUZZ_CHECK(at >= TAR_BLOCK && at % TAR_BLOCK == 0);
    FUZZ_CHECK(tar_padded(member->size) <= size - at);
    FUZZ_CHECK(tar_header(member, time, again, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(again, data + at - TAR_BLOCK, TAR_BLOCK) == 0);
    for (uint64_t i = member->size; i < tar_padded(member->size); i++)
        FUZZ_CHECK(data[at + i] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);
    struct image image = image_memory(&bytes);
    struct tar_reader reader = {.image = &image};
    bool is_end = false;
    struct err err;

    while (!is_end) {
        struct tar_member member;
        uint64_t time, at, before = reader.at;

        if (tar_next(&reader, &member, &time, &at, &is_end, &err))
            return 0;
        if (is_end) {
            FUZZ_CHECK(reader.at + TAR_END == size);
        } else {
            FUZZ_CHECK(reader.at > before);
            check_member(&member, time, at, data, size);
        }
    }
    return 0;
}
