/* Whole predictions: the input as a disk, then as a UKI, with a version by its first byte. */
#include "bundle/measure/predict.h"
#include "tests/fuzz/measure.h"

static void check(enum err_code rc, const struct prediction *prediction)
{
    if (rc != ERR_OK) {
        FUZZ_CHECK(!prediction->record.events && prediction->stub == 0);
        return;
    }
    FUZZ_CHECK(prediction->record.registers[4].state == PCR_KNOWN);
    FUZZ_CHECK(prediction->record.registers[11].state == PCR_KNOWN);
    FUZZ_CHECK(prediction->record.registers[0].state == PCR_NOT_DERIVABLE);
    FUZZ_CHECK(prediction->stub >= UKI_STUB_MIN && prediction->stub <= UKI_STUB_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sparse_image sparse;
    struct slice bytes = slice_of(data, size);
    struct image disk = fuzz_disk(&sparse, &bytes);
    struct predict_options options = {0};
    struct prediction prediction;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, FUZZ_ARENA);
    check(predict_disk(&disk, &options, &arena, &prediction, &err), &prediction);
    arena_clear(&arena);
    options.stub = size > 0 ? UKI_STUB_MIN + data[0] % 12u : 0;
    check(predict_uki(&disk, &options, &arena, &prediction, &err), &prediction);
    arena_clear(&arena);
    return 0;
}
