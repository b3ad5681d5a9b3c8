/* PE: what is accepted can be hashed whole, and no section reaches past the file. */
#include "bundle/measure/authenticode.h"
#include "tests/fuzz/measure.h"

static void check_sections(const struct image *file, const struct pe *pe)
{
    for (size_t i = 0; i < pe->count; i++) {
        const struct pe_section *section = &pe->sections[i];
        struct pe_contents contents;
        struct image image = pe_contents_image(&contents, file, section);
        uint8_t bytes[100];
        struct err err;
        size_t size = image.size < sizeof bytes ? (size_t)image.size : sizeof bytes;

        FUZZ_CHECK((uint64_t)section->raw_at + section->raw_size <= file->size || !section->raw_size);
        FUZZ_CHECK(image_read(&image, image.size - size, bytes, size, &err) == ERR_OK);
        FUZZ_CHECK(image_read(&image, 0, bytes, size, &err) == ERR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);
    struct image file = image_memory(&bytes);
    uint8_t digest[BANK_SIZE_MAX];
    struct arena arena;
    struct err err;
    struct pe pe;

    arena_init_heap(&arena, FUZZ_ARENA);
    if (pe_parse(&file, &arena, &pe, &err) == ERR_OK) {
        check_sections(&file, &pe);
        FUZZ_CHECK(authenticode_digest(&file, &pe, BANK_SHA256, &arena, digest, &err) == ERR_OK);
    } else {
        FUZZ_CHECK(pe.count == 0 && !pe.sections);
    }
    arena_clear(&arena);
    return 0;
}
