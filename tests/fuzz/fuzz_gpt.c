/* GPT: what is found lies on the disk, in whole sectors. */
#include "bundle/measure/gpt.h"
#include "tests/fuzz/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sparse_image sparse;
    struct slice bytes = slice_of(data, size);
    struct image disk = fuzz_disk(&sparse, &bytes);
    struct gpt gpt;
    struct err err;

    if (gpt_find(&disk, &gpt, &err) != ERR_OK) {
        FUZZ_CHECK(gpt.sector_size == 0 && gpt.esp_size == 0);
        return 0;
    }
    FUZZ_CHECK(gpt.sector_size == 512 || gpt.sector_size == 4096);
    FUZZ_CHECK(gpt.esp_size > 0 && gpt.esp_at % gpt.sector_size == 0);
    FUZZ_CHECK(gpt.esp_at < disk.size && gpt.esp_size <= disk.size - gpt.esp_at);
    return 0;
}
