#include "bundle/measure/claims.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define A "1111111111111111111111111111111111111111111111111111111111111111"
#define B "2222222222222222222222222222222222222222222222222222222222222222"
#define TDX "333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
#define SET(csp, variant, value) \
    "{\"csp\":\"" csp "\",\"attestationVariant\":\"" variant "\",\"measurements\":{\"4\":\"" value "\"}}"
#define V2(list) "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[" list "]}"
#define V1(set) "{\"csp\":\"gcp\",\"image\":\"v2.2.0\",\"measurements\":" set "}"

struct reading {
    struct arena arena;
    struct claims claims;
    struct err err;
};

static enum err_code parse(struct reading *reading, const char *text)
{
    memset(reading, 0, sizeof *reading);
    arena_init_heap(&reading->arena, 1 << 20);
    return claims_parse(test_guarded(slice_text(text)), &reading->arena, &reading->claims,
                        &reading->err);
}

TEST(claims_read_every_form)
{
    struct reading r;

    CHECK_OK(parse(&r, "csp: azure\nimage: v2.2.0\nmeasurements:\n  4: " A "\n"), r.err);
    CHECK(r.claims.form == MEASUREMENTS_RFC && r.claims.count == 1 && !r.claims.unknown.len);
    CHECK_TEXT("azure", r.claims.list[0].csp);
    CHECK_TEXT("v2.2.0", slice_text(r.claims.uid.text));
    CHECK(r.claims.list[0].registers[4].expected[31] == 0x11 && r.claims.list[0].size_bytes == 32);
    arena_clear(&r.arena);
    CHECK_OK(parse(&r, V1("{\"4\":{\"expected\":\"" A "\",\"warnOnly\":true}},\"more\":1")), r.err);
    CHECK(r.claims.form == MEASUREMENTS_V1 && r.claims.list[0].registers[4].warn_only);
    CHECK_TEXT("more", r.claims.unknown);
    arena_clear(&r.arena);
    CHECK_OK(parse(&r, V2(SET("GCP", "sev-es", A) "," SET("mars", "red", B))), r.err);
    CHECK(r.claims.form == MEASUREMENTS_V2 && r.claims.count == 2 && !r.claims.unknown.len);
    CHECK_TEXT("gcp-sev-es", r.claims.list[0].variant);
    CHECK_TEXT("mars", r.claims.list[1].csp);
    arena_clear(&r.arena);
    CHECK_OK(parse(&r, V2("")), r.err);
    CHECK_NUMBER(0, r.claims.count);
    arena_clear(&r.arena);
}

TEST(claims_refuse)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1: have nothing, want csp, image and measurements"},
        {"[1]", "line 1: have a list, want csp, image and measurements"},
        {"{", "line 1, column 2: the document ends within a value"},
        {V1("{}"), "measurements: there is no value in it"},
        {V1("{\"24\":\"" A "\"}"), "line 1: register \"24\": want a number from 0 to 23"},
        {"{\"csp\":\"gcp\",\"measurements\":{}}", "image: missing, want a string"},
        {"{\"image\":\"v2.2.0\"}", "csp: missing, want a string"},
        {"{\"list\":{}}", "line 1: list: have a map, want a list"},
        {"{\"list\":[]}", "ref: missing, want a string"},
        {V2("1"), "list[0]: line 1: have a number, want an object"},
        {V2("{\"csp\":\"gcp\"}"), "list[0]: attestationVariant: missing, want a string"},
        {V2(SET("gcp", "sev-es", A) "," SET("GCP", "gcp-sev-es", A)),
         "list[1]: line 1: a second set for csp \"GCP\", variant \"gcp-sev-es\""},
        {V2(SET("gcp", "a", A) "," SET("gcp", "b", "x")),
         "list[1]: register 4: line 1: have \"x\", want base64 or hex of 32 bytes, or hex of 48"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r;
        enum err_code rc = parse(&r, cases[i].text);

        CHECK_ERR(ERR_FORMAT, i == 2 ? NULL : cases[i].message, rc, r.err);
        CHECK(!r.claims.list && r.claims.count == 0);
        arena_clear(&r.arena);
    }
}

TEST(claims_have_limits)
{
    static char text[64 * (CLAIMS_MAX + 1) + 256];
    static uint8_t large[MEASUREMENTS_MAX_BYTES + 1];
    struct buf out;
    struct claims claims;
    struct arena arena;
    struct err err = {0};

    buf_init_fixed(&out, text, sizeof text - 1);
    buf_add_text(&out, "{\"list\":[");
    for (int i = 0; i <= CLAIMS_MAX; i++)
        buf_add_text(&out, i ? ",1" : "1");
    buf_add_text(&out, "]}");
    arena_init_heap(&arena, 8 << 20);
    CHECK_ERR(ERR_LIMIT, "257 sets of measurements, at most 256",
              claims_parse(buf_slice(&out), &arena, &claims, &err), err);
    CHECK_ERR(ERR_LIMIT, "1048577 bytes: measurements have at most 1048576",
              claims_parse(slice_of(large, sizeof large), &arena, &claims, &err), err);
    arena_clear(&arena);
}

TEST(claims_are_chosen)
{
    const struct claim *claim;
    struct reading r;

    CHECK_OK(parse(&r, V2(SET("GCP", "sev-es", A) "," SET("gcp", "gcp-sev-snp", A) ","
                          SET("azure", "cvm", B))), r.err);
    CHECK_OK(claims_choose(&r.claims, SLICE("azure"), SLICE(""), &claim, &r.err), r.err);
    CHECK(claim == &r.claims.list[2]);
    CHECK_OK(claims_choose(&r.claims, SLICE(""), SLICE("gcp-sev-es"), &claim, &r.err), r.err);
    CHECK(claim == &r.claims.list[0]);
    CHECK_ERR(ERR_AMBIGUOUS,
              "several sets of measurements: choose with --csp and --variant; there are: "
              "azure-sev-snp, gcp-sev-es, gcp-sev-snp",
              claims_choose(&r.claims, SLICE("gcp"), SLICE(""), &claim, &r.err), r.err);
    CHECK(!claim);
    CHECK_ERR(ERR_NOT_FOUND,
              "no such set of measurements; there are: azure-sev-snp, gcp-sev-es, gcp-sev-snp",
              claims_choose(&r.claims, SLICE("aws"), SLICE(""), &claim, &r.err), r.err);
    arena_clear(&r.arena);
    CHECK_OK(parse(&r, V1("{\"4\":\"" A "\"}")), r.err);
    CHECK_OK(claims_choose(&r.claims, SLICE(""), SLICE("sev-es"), &claim, &r.err), r.err);
    arena_clear(&r.arena);
}

TEST(claims_become_registers)
{
    struct pcr_record record;
    struct reading r;

    CHECK_OK(parse(&r, V1("{\"4\":\"" A "\"}")), r.err);
    CHECK_OK(claims_record(r.claims.list, &record, &r.err), r.err);
    CHECK(record.registers[4].state == PCR_KNOWN && record.registers[4].value[0] == 0x11);
    CHECK(record.registers[5].state == PCR_NOT_DERIVABLE && !record.has_events);
    arena_clear(&r.arena);
    CHECK_OK(parse(&r, V1("{\"0\":\"" TDX "\"}")), r.err);
    CHECK_ERR(ERR_FORMAT, "TDX registers, which cannot be compared with PCRs",
              claims_record(r.claims.list, &record, &r.err), r.err);
    arena_clear(&r.arena);
}

static void check_difference(const char *a, const char *b, enum err_code code, const char *lines,
                             const char *message)
{
    struct reading left, right;
    char text[2048];
    struct buf out;
    struct err err = {0};
    struct claims_side x = {"a", NULL}, y = {"b", NULL};

    CHECK_OK(parse(&left, a), left.err);
    CHECK_OK(parse(&right, b), right.err);
    x.claim = left.claims.list;
    y.claim = right.claims.list;
    buf_init_fixed(&out, text, sizeof text);
    CHECK_ERR(code, message, claims_explain(&x, &y, &out, &err), err);
    CHECK_TEXT(lines, buf_slice(&out));
    arena_clear(&left.arena);
    arena_clear(&right.arena);
}

TEST(claims_are_compared)
{
    check_difference(V1("{\"4\":\"" A "\"}"), V1("{\"4\":\"" A "\"}"), ERR_OK, "", NULL);
    check_difference(V1("{\"4\":\"" A "\",\"9\":\"" A "\"}"), V1("{\"4\":\"" B "\",\"8\":\"" A "\"}"),
                     ERR_DIFFERS,
                     "PCR 4: " A " -> " B "\nPCR 8: is only in b\nPCR 9: is only in a\n",
                     "3 registers differ");
    check_difference(V1("{\"4\":{\"expected\":\"" A "\",\"warnOnly\":true}}"), V1("{\"4\":\"" A "\"}"),
                     ERR_DIFFERS, "PCR 4: only warns -> enforced\n", "1 register differs");
    check_difference(V1("{\"0\":\"" TDX "\",\"1\":\"" TDX "\"}"), V1("{\"2\":\"" TDX "\"}"), ERR_DIFFERS,
                     "MRTD: is only in a\nRTMR0: is only in a\nRTMR1: is only in b\n",
                     "3 registers differ");
    check_difference(V1("{\"0\":\"" TDX "\"}"), V1("{\"0\":\"" A "\"}"), ERR_FORMAT, "",
                     "PCRs on one side, TDX registers on the other");
}
