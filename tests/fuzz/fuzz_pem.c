/* PEM: a block that is read and written again reads as the same label and bytes. */
#include <string.h>

#include "resolver/base/pem.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 65536

static void check_again(struct slice label, struct slice bytes)
{
    static uint8_t memory[2 * TEXT_MAX], again[TEXT_MAX];
    char name[64];
    struct buf buf;
    struct pem pem;
    size_t len;
    struct err err;

    if (label.len >= sizeof name || slice_find(label, 0) < label.len)
        return;
    memcpy(name, label.ptr, label.len);
    name[label.len] = '\0';
    buf_init_fixed(&buf, memory, sizeof memory);
    pem_write(&buf, name, bytes);
    FUZZ_CHECK(buf_done(&buf, &err) == ERR_OK);
    FUZZ_CHECK(pem_parse(buf_slice(&buf), &pem, &err) == ERR_OK);
    FUZZ_CHECK(pem_decode(&pem, again, sizeof again, &len, &err) == ERR_OK);
    FUZZ_CHECK(slice_equal(label, pem.label) && slice_equal(bytes, slice_of(again, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[TEXT_MAX];
    struct pem pem;
    size_t len;
    struct err err;

    if (size > TEXT_MAX || pem_parse(slice_of(data, size), &pem, &err) != ERR_OK)
        return 0;
    FUZZ_CHECK(pem.label.ptr >= data && pem.label.ptr + pem.label.len <= data + size);
    FUZZ_CHECK(pem.body.ptr >= data && pem.body.ptr + pem.body.len <= data + size);
    if (pem_decode(&pem, out, sizeof out, &len, &err) == ERR_OK)
        check_again(pem.label, slice_of(out, len));
    return 0;
}
