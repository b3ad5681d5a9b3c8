/* fuzz_secure_boot.c - files of Secure Boot keys: what is taken is a DER certificate, and roles are judged. */
#include <string.h>

#include "bundle/publish/secure_boot.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct secure_boot keys = {.count = 0};
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    for (int role = SECURE_BOOT_PK; role < SECURE_BOOT_NONE; role++) {
        size_t before = keys.count;
        enum err_code rc = secure_boot_add(&keys, "f", (enum secure_boot_role)role,
                                           slice_of(data, size), &arena, &err);

        FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_POLICY || rc == ERR_LIMIT);
        FUZZ_CHECK(keys.count == before + (rc == ERR_OK));
        FUZZ_CHECK(rc != ERR_OK || keys.keys[before].der.ptr[0] == 0x30);
    }
    FUZZ_CHECK(secure_boot_check(&keys, &err) != ERR_OK); /* one certificate in all roles, or none */
    arena_clear(&arena);
    return 0;
}
