#include "bundle/measure/merge.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define A "1111111111111111111111111111111111111111111111111111111111111111"
#define B "2222222222222222222222222222222222222222222222222222222222222222"
#define SET(csp, variant, value) \
    "{\"csp\":\"" csp "\",\"attestationVariant\":\"" variant "\",\"measurements\":{\"4\":\"" value "\"}}"
#define V2(list) "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[" list "]}"

struct merging {
    struct arena arena;
    struct buf out;
    struct measurements added;
    struct err err;
};

static void begin(struct merging *m, enum csp csp, uint8_t value)
{
    memset(m, 0, sizeof *m);
    arena_init_heap(&m->arena, 1 << 20);
    buf_init_heap(&m->out, 1 << 20);
    CHECK_OK(uid_parse(SLICE("v2.8.0"), &m->added.uid, &m->err), m->err);
    m->added.csp = csp;
    m->added.size_bytes = 32;
    m->added.registers[4].is_set = true;
    memset(m->added.registers[4].expected, value, 32);
}

static void end(struct merging *m)
{
    buf_clear(&m->out);
    arena_clear(&m->arena);
}

static enum err_code merge(struct merging *m, const char *document, const char *variant)
{
    return merge_measurements(test_guarded(slice_text(document)), &m->added, slice_text(variant),
                              &m->arena, &m->out, &m->err);
}

TEST(merge_adds_in_order)
{
    static const char *const orders[] = {
        V2(SET("GCP", "gcp-sev-es", A) "," SET("AWS", "aws-sev-snp", B)),
        V2(SET("AWS", "aws-sev-snp", B) "," SET("GCP", "sev-es", A)),
    };
    struct claims claims;
    struct merging m;

    for (size_t i = 0; i < 2; i++) {
        begin(&m, CSP_AZURE, 0x33);
        CHECK_OK(merge(&m, orders[i], "cvm"), m.err);
        CHECK_OK(claims_parse(buf_slice(&m.out), &m.arena, &claims, &m.err), m.err);
        CHECK_NUMBER(3, claims.count);
        CHECK_TEXT("AWS", claims.list[0].csp);
        CHECK_TEXT("Azure", claims.list[1].csp);
        CHECK_TEXT("azure-sev-snp", claims.list[1].variant);
        CHECK_TEXT("gcp-sev-es", claims.list[2].variant);
        CHECK(claims.list[0].registers[4].expected[0] == 0x22 &&
              claims.list[1].registers[4].expected[0] == 0x33);
        CHECK(slice_ends(buf_slice(&m.out), "}\n"));
        end(&m);
    }
}

TEST(merge_takes_the_same_set_again)
{
    struct claims claims;
    struct merging m;

    begin(&m, CSP_GCP, 0x11);
    CHECK_OK(merge(&m, V2(SET("gcp", "sev-es", A)), "gcp-sev-es"), m.err);
    CHECK_OK(claims_parse(buf_slice(&m.out), &m.arena, &claims, &m.err), m.err);
    CHECK_NUMBER(1, claims.count);
    end(&m);
}

TEST(merge_refuses)
{
    static const struct {
        const char *document;
        enum err_code code;
        const char *message;
    } cases[] = {
        {V2(SET("GCP", "gcp-sev-es", B)), ERR_POLICY,
         "has another set for csp \"GCP\", variant \"gcp-sev-es\": register 4 differs"},
        {V2("{\"csp\":\"GCP\",\"attestationVariant\":\"gcp-sev-es\",\"measurements\":{\"4\":{\"expected\":\"" A
            "\",\"warnOnly\":true}}}"), ERR_POLICY,
         "has another set for csp \"GCP\", variant \"gcp-sev-es\": register 4 differs"},
        {V2("{\"csp\":\"GCP\",\"attestationVariant\":\"gcp-sev-es\",\"measurements\":{\"4\":\"" A
            "\",\"8\":\"" A "\"}}"), ERR_POLICY,
         "has another set for csp \"GCP\", variant \"gcp-sev-es\": register 8 differs"},
        {"{\"version\":\"v2.8.1\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[]}", ERR_FORGED,
         "has measurements of v2.8.1, not of v2.8.0"},
        {"{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[],\"x\":1}", ERR_FORMAT,
         "key \"x\" is not known here and would be lost"},
        {"{\"csp\":\"gcp\",\"image\":\"v2.8.0\",\"measurements\":{\"4\":\"" A "\"}}", ERR_FORMAT,
         "not a v2 document: those of older forms hold one set"},
        {"{", ERR_FORMAT, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct merging m;

        begin(&m, CSP_GCP, 0x11);
        CHECK_ERR(cases[i].code, cases[i].message, merge(&m, cases[i].document, "sev-es"), m.err);
        CHECK_NUMBER(0, m.out.len);
        end(&m);
    }
}
