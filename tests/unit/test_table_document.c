#include "bundle/table/table_document.h"

#include <string.h>

#include "tests/unit/table_text.h"

static const char mixed[] =
    "{\"zulu\": [1], \"alpha\": {\"x\": \"y\"}, \"stream\": \"stable\", \"version\": \"v2.8.0\","
    " \"ref\": \"-\", \"list\": ["
    "{\"csp\": \"qemu\", \"attestationVariant\": \"qemu-vtpm\", \"reference\": \"https://a/q\"},"
    "{\"csp\": \"Alibaba\", \"reference\": 7},"
    "{\"csp\": \"GCP\", \"attestationVariant\": \"sev-es\", \"reference\": \"g\", \"note\": \"n\"},"
    "{\"csp\": \"aws\", \"attestationVariant\": \"aws-sev-snp\", \"reference\": \"b\", \"region\": \"r1\"},"
    "{\"csp\": \"aws\", \"attestationVariant\": \"aws-nitro-tpm\", \"reference\": \"c\", \"region\": \"r2\"},"
    "{\"csp\": \"aws\", \"attestationVariant\": \"aws-nitro-tpm\", \"reference\": \"a\", \"region\": \"r1\"},"
    "{\"csp\": \"azure\", \"attestationVariant\": \"cvm\", \"reference\": \"z\", \"region\": \"weu\"},"
    "{\"csp\": \"aws\", \"attestationVariant\": \"aws-nitro-tpm\", \"reference\": \"c\", \"region\": \"r2\"}"
    "]}";

static void check_name(const struct table_document *document, size_t at, const char *want)
{
    char name[DOCUMENT_NAME_MAX];

    document_entry_name(&document->entries[at], name);
    CHECK_TEXT(want, slice_text(name));
}

TEST(table_document_sorts_and_keeps_what_is_not_known)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, mixed);
    CHECK_NUMBER(LAYOUT_V2, document.layout);
    CHECK(document.has_uid);
    CHECK_TEXT("v2.8.0", slice_text(document.uid.text));
    CHECK_NUMBER(6, document.count);
    check_name(&document, 0, "aws aws-nitro-tpm r1");
    check_name(&document, 1, "aws aws-nitro-tpm r2");
    check_name(&document, 2, "aws aws-sev-snp r1");
    check_name(&document, 3, "azure azure-sev-snp");
    check_name(&document, 4, "gcp gcp-sev-es");
    check_name(&document, 5, "qemu qemu-vtpm");
    CHECK(!document.entries[0].item && !document.entries[5].item);
    CHECK(document.entries[3].item != NULL); /* a region that counts for nobody */
    CHECK(document.entries[4].item != NULL);
    CHECK_NUMBER(2, document.member_count);
    CHECK_TEXT("alpha", node_text(document.members[0].key));
    CHECK_TEXT("zulu", node_text(document.members[1].key));
    CHECK_NUMBER(1, document.foreign_count);
    table_text_end(&text);
}

TEST(table_document_reads_every_generation)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, "{\"qemu\": \"u\", \"gcp\": \"g\", \"list2\": 1}");
    CHECK_NUMBER(LAYOUT_RFC, document.layout);
    CHECK(!document.has_uid);
    check_name(&document, 0, "gcp gcp-sev-es");
    check_name(&document, 1, "qemu qemu-vtpm");
    CHECK_NUMBER(1, document.member_count);
    document =
        table_text_read(&text, "{\"version\": \"v1.0.0\", \"azure\": {\"trustedlaunch\": \"t\", "
                               "\"cvm\": \"c\"}, \"openstack\": {\"sev\": \"s\"}}");
    CHECK_NUMBER(LAYOUT_V1, document.layout);
    CHECK(!document.has_uid);
    CHECK_TEXT("v1.0.0", document.version);
    check_name(&document, 0, "azure azure-sev-snp");
    check_name(&document, 1, "azure azure-trustedlaunch");
    check_name(&document, 2, "openstack qemu-vtpm");
    CHECK_NUMBER(0, document.member_count);
    document = table_text_read(&text, "{\"list\": [], \"aws\": {\"r\": \"a\"}}");
    CHECK_NUMBER(0, document.count);
    CHECK_NUMBER(1, document.member_count);
    table_text_end(&text);
}

TEST(table_document_refuses_what_is_no_table)
{
    static const struct table_document zeroed;
    struct table_text text;
    struct table_document document;
    struct err err;

    table_text_begin(&text);
    CHECK_ERR(ERR_FORMAT, "line 1: have a list, want an object: this is no lookup table",
              table_document_parse(SLICE("[]"), &text.arena, &document, &err), err);
    CHECK(memcmp(&document, &zeroed, sizeof zeroed) == 0);
    table_text_end(&text);
}

TEST(table_document_parse_survives_every_lack_of_memory)
{
    struct table_document document;
    uint8_t memory[8192];
    struct arena arena;
    struct err err;
    size_t size = 0;
    enum err_code rc;

    do {
        arena_init_fixed(&arena, memory, size);
        rc = table_document_parse(slice_text(mixed), &arena, &document, &err);
        CHECK(rc == ERR_OK || (rc == ERR_LIMIT && document.count == 0));
        size += 8;
    } while (rc != ERR_OK && size < sizeof memory);
    CHECK(rc == ERR_OK);
}

TEST(table_document_check_names_two_references)
{
    struct table_text text;
    struct table_document document;
    struct err err;

    table_text_begin(&text);
    document = table_text_read(&text, "{\"azure\": {\"cvm\": \"b\", \"azure-sev-snp\": \"a\"}}");
    CHECK_ERR(ERR_AMBIGUOUS,
              "azure azure-sev-snp: has two references, \"a\" and \"b\" (set the right one)",
              table_document_check(&document, &err), err);
    document = table_text_read(&text, "{\"azure\": {\"cvm\": \"a\", \"azure-sev-snp\": \"a\"}}");
    CHECK_NUMBER(1, document.count);
    CHECK_OK(table_document_check(&document, &err), err);
    table_text_end(&text);
}

TEST(table_document_search_finds_the_first)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, mixed);
    for (size_t i = 0; i < document.count; i++) {
        struct document_entry key = document.entries[i];

        CHECK_NUMBER(i, table_document_search(&document, &key));
        key.variant = SLICE("zzz");
        CHECK(table_document_search(&document, &key) > i);
    }
    document = table_text_read(&text, "{}");
    CHECK_NUMBER(0, table_document_search(&document, &(struct document_entry){.csp = CSP_GCP}));
    table_text_end(&text);
}

#define ENTRY "{\"csp\": \"gcp\", \"attestationVariant\": \"gcp-sev-es\", \"reference\": \"i\""

TEST(table_document_keeps_of_two_alike_the_one_that_says_more)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, "{\"list\": [" ENTRY "}, " ENTRY ", \"note\": 1}]}");
    CHECK_NUMBER(1, document.count);
    CHECK(document.entries[0].item != NULL);
    document = table_text_read(&text, "{\"list\": [" ENTRY ", \"note\": 1}, " ENTRY "}]}");
    CHECK_NUMBER(1, document.count);
    CHECK(document.entries[0].item != NULL);
    table_text_end(&text);
}
