/* DER: what is read strictly and written again is the same, byte for byte. */
#include "resolver/base/der.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH_MAX 8

static enum err_code copy_elements(struct cursor *in, unsigned depth, struct buf *out);

static enum err_code copy_integer(struct cursor *in, struct buf *out)
{
    struct cursor again = *in;
    struct slice octets;
    struct err err;

    if (der_integer(in, "number", &octets, &err) != ERR_OK)
        return ERR_FORMAT;
    if (octets.ptr[0] >= 0x80 || (octets.len == 1 && octets.ptr[0] == 0)) {
        der_write(out, DER_INTEGER, octets);
        return ERR_OK;
    }
    FUZZ_CHECK(der_positive(&again, "number", &octets, &err) == ERR_OK && octets.ptr[0] != 0);
    der_write_unsigned(out, octets);
    return ERR_OK;
}

static enum err_code copy_element(struct cursor *in, unsigned depth, struct buf *out)
{
    uint8_t tag = der_next_tag(in);
    struct cursor inside;
    struct err err;

    if (tag == DER_INTEGER)
        return copy_integer(in, out);
    if (der_open(in, tag, "element", &inside, &err) != ERR_OK)
        return ERR_FORMAT;
    if ((tag & 0x20) == 0 || depth == DEPTH_MAX) {
        der_write(out, tag, cursor_take(&inside, cursor_left(&inside)));
        return ERR_OK;
    }
    der_write_header(out, tag, cursor_left(&inside));
    return copy_elements(&inside, depth + 1, out);
}

static enum err_code copy_elements(struct cursor *in, unsigned depth, struct buf *out)
{
    struct err err;

    while (cursor_left(in) > 0) {
        if (copy_element(in, depth, out) != ERR_OK)
            return ERR_FORMAT;
    }
    return der_end(in, "elements", &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 16];
    struct cursor in = cursor_of(slice_of(data, size));
    struct buf out;

    buf_init_fixed(&out, memory, sizeof memory);
    if (copy_elements(&in, 0, &out) != ERR_OK || out.failed)
        return 0;
    FUZZ_CHECK(slice_equal(slice_of(data, size), buf_slice(&out)));
    return 0;
}
