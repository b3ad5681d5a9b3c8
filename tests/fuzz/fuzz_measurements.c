/*
 * fuzz_measurements.c - measurements_parse and measurements_format: what is read, written in each
 * form and read again is the same set. The struct verified is made by hand here: the bytes are what
 * a publisher might sign, not what he would.
 */
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/measurements_format.h"
#include "tests/fuzz/fuzz.h"

#define MEMORY_MAX ((size_t)64 << 20)

static const char *const uids[] = {
    "v2.2.0",
    "v2.8.0",
    "v2.2.0-cc0de5c68d41f31dd0b284d574f137e0b0ad106b",
    "stream/debug/v2.3.0",
    "ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84",
};

static const char *const variants[] = {"", "cvm", "azure-tdx", "qemu-tdx", "gcp-next"};

#define COUNT(list) (sizeof list / sizeof list[0])

static void check_sound(const struct measurements *measurements, const struct request *request)
{
    size_t count = 0;

    FUZZ_CHECK(measurements->size_bytes == 32 || measurements->size_bytes == 48);
    FUZZ_CHECK(measurements->csp == request->csp);
    FUZZ_CHECK(uid_equal(&measurements->uid, &request->uid));
    FUZZ_CHECK((measurements->form == MEASUREMENTS_V2) == (measurements->variant.len > 0));
    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        if (!measurements->registers[i].is_set)
            continue;
        count++;
        FUZZ_CHECK(measurements->size_bytes == 32 || i < 5);
    }
    FUZZ_CHECK(count > 0);
}

static bool same_registers(const struct measurements *a, const struct measurements *b)
{
    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        const struct measurement *x = &a->registers[i], *y = &b->registers[i];

        if (x->is_set != y->is_set)
            return false;
        if (x->is_set &&
            (x->warn_only != y->warn_only || memcmp(x->expected, y->expected, a->size_bytes) != 0))
            return false;
    }
    return a->size_bytes == b->size_bytes;
}

static void check_round_trip(const struct measurements *measurements, const struct request *request,
                             enum measurements_output output)
{
    struct measurements again;
    struct verified document = {0};
    struct arena arena;
    struct buf out;
    struct err err;

    arena_init_heap(&arena, MEMORY_MAX);
    buf_init_heap(&out, MEMORY_MAX);
    measurements_format(measurements, output, SLICE("some-variant"), &out);
    FUZZ_CHECK(buf_done(&out, &err) == ERR_OK);
    document.bytes = buf_slice(&out);
    if (output != OUTPUT_ENV) {
        struct request plain = {.uid = request->uid, .csp = request->csp};

        FUZZ_CHECK(measurements_parse(&document, &plain, &arena, &again, &err) == ERR_OK);
        FUZZ_CHECK(same_registers(measurements, &again));
    }
    buf_clear(&out);
    arena_clear(&arena);
}

static enum err_code ask(struct slice bytes, const struct request *request)
{
    static const struct measurements zeroed;
    struct verified document = {.bytes = bytes};
    struct measurements measurements;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, MEMORY_MAX);
    rc = measurements_parse(&document, request, &arena, &measurements, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_FORGED || rc == ERR_NOT_FOUND ||
               rc == ERR_AMBIGUOUS || rc == ERR_LIMIT);
    if (rc) {
        FUZZ_CHECK(memcmp(&measurements, &zeroed, sizeof zeroed) == 0);
    } else {
        check_sound(&measurements, request);
        for (int output = OUTPUT_YAML; output <= OUTPUT_ENV; output++)
            check_round_trip(&measurements, request, (enum measurements_output)output);
    }
    arena_clear(&arena);
    return rc;
}

/* The variant that is asked for is told by the size, so that each input is asked for one. What is
 * malformed for a uid that it cannot have is malformed for all of them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request = {.variant = slice_text(variants[size % COUNT(variants)]),
                              .csp = CSP_QEMU};
    struct err err;

    FUZZ_CHECK(uid_parse(SLICE("v0.0.0"), &request.uid, &err) == ERR_OK);
    if (ask(slice_of(data, size), &request) == ERR_FORMAT)
        return 0;
    for (size_t i = 0; i < COUNT(uids); i++) {
        FUZZ_CHECK(uid_parse(slice_text(uids[i]), &request.uid, &err) == ERR_OK);
        for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
            request.csp = (enum csp)csp;
            ask(slice_of(data, size), &request);
        }
    }
    return 0;
}
