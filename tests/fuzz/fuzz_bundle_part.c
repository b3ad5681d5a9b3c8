/* Headers of parts, with a checksum that is right: what is accepted says what it holds to the byte. */
#include <string.h>

#include "bundle/archive/bundle_part.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t header[BUNDLE_PART_HEADER], again[BUNDLE_PART_HEADER];
    const size_t checksum_at = BUNDLE_PART_HEADER - SHA256_SIZE;
    struct bundle_part part;
    struct arena arena;
    struct err err;

    memset(header, 0, sizeof header);
    memcpy(header, data, size < checksum_at ? size : checksum_at);
    sha256_of(slice_of(header, checksum_at), header + checksum_at);
    arena_init_heap(&arena, (size_t)4 << 20);
    if (bundle_part_parse(header, &arena, &part, &err) == ERR_OK) {
        FUZZ_CHECK(part.number >= 1 && part.number <= part.set.count);
        FUZZ_CHECK(part.offset + part.length <= part.set.archive_size);
        bundle_part_statement(&part.set, again);
        FUZZ_CHECK(bundle_part_finish(&part.set, part.number, part.signatures,
                                      part.signature_count, again, &err) == ERR_OK);
        FUZZ_CHECK(memcmp(header, again, sizeof header) == 0);
    } else {
        FUZZ_CHECK(part.number == 0);
    }
    arena_clear(&arena);
    return 0;
}
