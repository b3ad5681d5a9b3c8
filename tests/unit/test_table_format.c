#include "bundle/table/table_format.h"

#include "tests/unit/table_text.h"

#define IDENTITY "\"version\": \"v2.8.0\", \"ref\": \"-\", \"stream\": \"stable\""
#define SQUEEZED "\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\""

/* The same table in all three generations, as it is written. */
#define AS_V2                                                                                            \
    "{" SQUEEZED ",\"list\":["                                                                           \
    "{\"csp\":\"aws\",\"attestationVariant\":\"aws-nitro-tpm\",\"reference\":\"a1\",\"region\":\"r1\"}," \
    "{\"csp\":\"aws\",\"attestationVariant\":\"aws-nitro-tpm\",\"reference\":\"a2\",\"region\":\"r2\"}," \
    "{\"csp\":\"azure\",\"attestationVariant\":\"azure-sev-snp\",\"reference\":\"z1\"},"                 \
    "{\"csp\":\"azure\",\"attestationVariant\":\"azure-tdx\",\"reference\":\"z2\"},"                     \
    "{\"csp\":\"gcp\",\"attestationVariant\":\"gcp-sev-es\",\"reference\":\"g\"},"                       \
    "{\"csp\":\"qemu\",\"attestationVariant\":\"qemu-vtpm\",\"reference\":\"q\"}],\"x\":[1]}"
#define AS_OLD                                             \
    "{" SQUEEZED ",\"aws\":{\"r1\":\"a1\",\"r2\":\"a2\"}," \
    "\"azure\":{\"cvm\":\"z1\",\"azure-tdx\":\"z2\"},\"gcp\":{\"sev-es\":\"g\"},"
#define AS_V1 AS_OLD "\"qemu\":{\"default\":\"q\"},\"x\":[1]}"
#define AS_RFC AS_OLD "\"qemu\":\"q\",\"x\":[1]}"

TEST(table_format_says_the_same_in_all_generations)
{
    static const char *const forms[] = {AS_RFC, AS_V1, AS_V2};
    struct table_text text;

    for (size_t i = 0; i < 3; i++) {
        struct table_document document;

        table_text_begin(&text);
        document = table_text_read(&text, forms[i]);
        for (int layout = 0; layout < LAYOUT_COUNT; layout++)
            table_text_check(&text, forms[layout], &document, (enum layout)layout);
        table_text_end(&text);
    }
}

TEST(table_format_has_one_member_a_line)
{
    struct table_text text;
    struct table_document document;
    struct err err;

    table_text_begin(&text);
    document = table_text_read(&text, "{" IDENTITY ", \"aws\": {\"r\": \"a\"}}");
    CHECK_OK(table_format(&document, LAYOUT_V1, &text.out, &err), err);
    CHECK_TEXT("{\n  \"version\": \"v2.8.0\",\n  \"ref\": \"-\",\n  \"stream\": \"stable\",\n"
               "  \"aws\": {\n    \"r\": \"a\"\n  }\n}\n",
               buf_slice(&text.out));
    table_text_end(&text);
}

TEST(table_format_keeps_parts_of_an_identity)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, "{\"stream\": \"debug\", \"gcp\": \"g\"}");
    table_text_check(&text, "{\"stream\":\"debug\",\"gcp\":{\"sev-es\":\"g\"}}", &document,
                     LAYOUT_V1);
    document = table_text_read(&text, "{}");
    table_text_check(&text, "{}", &document, LAYOUT_RFC);
    table_text_check(&text, "{\"list\":[]}", &document, LAYOUT_V2);
    table_text_end(&text);
}

TEST(table_format_of_qemu_is_a_text_for_one_url_alone)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, "{\"qemu\": {\"default\": \"q\", \"qemu-tdx\": \"t\"}}");
    table_text_check(&text, "{\"qemu\":{\"qemu-tdx\":\"t\",\"default\":\"q\"}}", &document,
                     LAYOUT_RFC);
    document = table_text_read(&text, "{\"qemu\": {\"qemu-tdx\": \"t\"}}");
    table_text_check(&text, "{\"qemu\":{\"qemu-tdx\":\"t\"}}", &document, LAYOUT_RFC);
    table_text_end(&text);
}

#define UNKNOWN                                                                              \
    "{\"list\":[{\"csp\":\"gcp\",\"attestationVariant\":\"gcp-sev-es\",\"reference\":\"g\"," \
    "\"note\":{\"a\":null}},{\"csp\":\"moon\",\"reference\":1}],\"aws\":true,\"b\":\"\\u001b\"}"

TEST(table_format_of_v2_keeps_what_is_not_known)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, UNKNOWN);
    table_text_check(&text, UNKNOWN, &document, LAYOUT_V2);
    table_text_end(&text);
}

static void check_refused(const char *json, enum layout layout, enum err_code code,
                          const char *message)
{
    struct table_text text;
    struct table_document document;
    struct err err;

    table_text_begin(&text);
    document = table_text_read(&text, json);
    CHECK_ERR(code, message, table_format(&document, layout, &text.out, &err), err);
    table_text_end(&text);
}

#define ENTRY(csp, variant, more) \
    "{\"csp\": \"" csp "\", \"attestationVariant\": \"" variant "\", \"reference\": \"x\"" more "}"

TEST(table_format_refuses_what_a_generation_cannot_say)
{
    check_refused("{\"list\": [" ENTRY("aws", "aws-sev-snp", ", \"region\": \"r\"") "]}", LAYOUT_V1,
                  ERR_POLICY,
                  "layout v1: aws aws-sev-snp r: rfc and v1 name no variant on AWS and "
                  "mean aws-nitro-tpm; only v2 can say it");
    check_refused("{\"list\": [" ENTRY("openstack", "qemu-vtpm", "") "]}", LAYOUT_RFC, ERR_POLICY,
                  "layout rfc: openstack qemu-vtpm: rfc has no openstack; v1 and v2 have");
    check_refused("{\"list\": [" ENTRY("gcp", "gcp-sev-es", ", \"n\": 1") "]}", LAYOUT_V1,
                  ERR_POLICY,
                  "layout v1: gcp gcp-sev-es: has members that are not known, which only "
                  "v2 can keep");
    check_refused("{\"list\": [{\"csp\": \"moon\"}]}", LAYOUT_RFC, ERR_POLICY,
                  "layout rfc: csp \"moon\": is not known, and only v2 can keep its entries");
    check_refused("{\"list\": [], \"qemu\": \"https://x\"}", LAYOUT_V1, ERR_POLICY,
                  "layout v1: qemu: stands beside the list, and would be taken for references");
    check_refused("{\"azure\": {\"cvm\": \"b\", \"azure-sev-snp\": \"a\"}}", LAYOUT_V1,
                  ERR_AMBIGUOUS,
                  "layout v1: azure azure-sev-snp: has two references, \"a\" and "
                  "\"b\" (set the right one)");
}

TEST(table_format_reports_a_full_buf)
{
    struct table_text text;
    struct table_document document;
    char memory[20];
    struct buf out;
    struct err err;

    table_text_begin(&text);
    document = table_text_read(&text, AS_V2);
    buf_init_fixed(&out, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL, table_format(&document, LAYOUT_V2, &out, &err), err);
    table_text_end(&text);
}
