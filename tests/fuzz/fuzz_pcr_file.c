/* Output of tpm2_pcrread: what is parsed has values for some registers; what is refused leaves nothing. */
#include <string.h>

#include "bundle/measure/pcr_file.h"
#include "tests/fuzz/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pcr_record zeroed;
    struct pcr_record record;
    struct arena arena;
    unsigned known = 0;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, FUZZ_ARENA);
    rc = pcr_file_parse(slice_of(data, size), size % 2 ? BANK_SHA384 : BANK_SHA256, &arena, &record,
                        &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_NOT_FOUND || rc == ERR_LIMIT);
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++)
        known += record.registers[pcr].state == PCR_KNOWN;
    FUZZ_CHECK((rc == ERR_OK) == (known > 0));
    FUZZ_CHECK(rc == ERR_OK || memcmp(&record, &zeroed, sizeof zeroed) == 0);
    arena_clear(&arena);
    return 0;
}
