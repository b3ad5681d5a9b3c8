#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/table.h"
#include "tests/unit/fixture_folder.h"
#include "tests/unit/test.h"
#include "tests/unit/uid_of.h"

static struct arena arena; /* for one table at a time */

static struct table parse(struct slice bytes)
{
    struct table table;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    CHECK_OK(table_parse(bytes, &arena, &table, &err), err);
    return table;
}

static struct table parse_fixture(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/tables/%s", name);
    return parse(test_file(path));
}

struct want {
    enum csp csp;
    const char *region, *variant, *reference;
};

static void check_entries(const struct table *table, const struct want *want, size_t count)
{
    CHECK_NUMBER(count, table->count);
    for (size_t i = 0; i < count && i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        CHECK_NUMBER(want[i].csp, entry->csp);
        CHECK_TEXT(want[i].region, entry_region(entry));
        CHECK_TEXT(want[i].variant, entry_variant(entry));
        CHECK_TEXT(want[i].reference, entry_reference(entry));
    }
}

#define CHECK_ENTRIES(table, want) check_entries(&(table), (want), sizeof(want) / sizeof(want)[0])

/* The example of the first specification, as rfc and as v1. */
static const struct want first_example[] = {
    {CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-123"},
    {CSP_AWS, "us-west-2", "aws-nitro-tpm", "ami-456"},
    {CSP_AWS, "eu-west-1", "aws-nitro-tpm", "ami-789"},
    {CSP_AZURE, "", "azure-sev-snp", "azure-cvm-123"},
    {CSP_AZURE, "", "azure-trustedlaunch", "azure-trusted-launch-123"},
    {CSP_GCP, "", "gcp-sev-es", "gcp-image-123"},
    {CSP_QEMU, "", "qemu-vtpm", "https://cdn.example/path/qemu.raw"},
};

TEST(table_of_the_first_generation)
{
    struct table table = parse_fixture("good-rfc.json");

    CHECK_NUMBER(TABLE_RFC, table.generation);
    CHECK(!table.has_uid && table.ref.len == 0 && table.stream.len == 0 && table.version.len == 0);
    CHECK_ENTRIES(table, first_example);
    arena_clear(&arena);
}

TEST(table_of_v1)
{
    static const struct want want[] = {
        {CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-123"},
        {CSP_AWS, "us-west-2", "aws-nitro-tpm", "ami-456"},
        {CSP_AWS, "eu-west-1", "aws-nitro-tpm", "ami-789"},
        {CSP_AZURE, "", "azure-sev-snp", "azure-cvm-123"},
        {CSP_AZURE, "", "azure-trustedlaunch", "azure-trusted-launch-123"},
        {CSP_GCP, "", "gcp-sev-es", "gcp-image-123"},
        {CSP_OPENSTACK, "", "qemu-vtpm", "https://cdn.example/path/openstack.raw"},
        {CSP_QEMU, "", "qemu-vtpm", "https://cdn.example/path/qemu.raw"},
    };
    struct table table = parse_fixture("good-v1.json");

    CHECK_NUMBER(TABLE_V1, table.generation);
    CHECK(table.has_uid);
    CHECK_TEXT("v2.2.0", slice_text(table.uid.text));
    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_of_v2)
{
    static const struct want want[] = {
        {CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-123"},
        {CSP_AZURE, "", "azure-sev-snp", "/CommunityGalleries/example/Images/snp/Versions/2.8.0"},
        {CSP_GCP, "", "gcp-sev-es",
         "projects/constellation-images/global/images/v2-8-0-gcp-sev-es-stable"},
        {CSP_OPENSTACK, "", "qemu-vtpm", "https://cdn.example/path/openstack.raw"},
        {CSP_QEMU, "", "qemu-vtpm", "https://cdn.example/path/qemu.raw"},
    };
    struct table table = parse_fixture("good-v2.json");

    CHECK_NUMBER(TABLE_V2, table.generation);
    CHECK(table.has_uid);
    CHECK_TEXT("v2.8.0", slice_text(table.uid.text));
    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_of_v2_as_published)
{
    static const struct want want[] = {
        {CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-n1"},
        {CSP_AWS, "eu-west-1", "aws-nitro-tpm", "ami-n2"},
        {CSP_AWS, "us-east-1", "aws-sev-snp", "ami-s1"},
        {CSP_AWS, "eu-central-1", "aws-sev-snp", "ami-s3"},
        {CSP_AZURE, "", "azure-sev-snp", "snp"},
        {CSP_AZURE, "", "azure-tdx", "tdx"},
        {CSP_AZURE, "", "azure-trustedlaunch", "tl"},
        {CSP_GCP, "", "gcp-sev-es", "gcp-image"},
        {CSP_GCP, "", "gcp-sev-es", "gcp-image"},
        {CSP_OPENSTACK, "", "qemu-vtpm", "https://cdn.example/openstack.raw"},
        {CSP_QEMU, "", "qemu-vtpm", "https://cdn.example/vtpm.raw"},
        {CSP_QEMU, "", "qemu-tdx", "https://cdn.example/tdx.raw"},
    };
    struct table table = parse_fixture("good-v2-many.json");

    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_with_texts_in_place_of_objects)
{
    static const struct want want[] = {
        {CSP_GCP, "", "gcp-sev-es", "gcp-image-123"},
        {CSP_QEMU, "", "qemu-vtpm", "https://cdn.example/path/qemu.raw"},
    };
    struct table table = parse_fixture("good-rfc-texts.json");

    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_texts_are_those_that_escapes_stand_for)
{
    static const struct want want[] = {{CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-1/23"}};
    struct table table = parse_fixture("good-escapes.json");

    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_with_a_part_of_its_identity)
{
    static const struct want want[] = {{CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-123"}};
    struct table table = parse_fixture("good-v1-debug-flag.json");

    CHECK_NUMBER(TABLE_V1, table.generation);
    CHECK(!table.has_uid && table.uid.text[0] == '\0');
    CHECK_TEXT("v2.2.0", table.version);
    CHECK(table.ref.len == 0 && table.stream.len == 0);
    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_of_a_branch)
{
    struct table table = parse_fixture("good-v1-branch.json");

    CHECK(table.has_uid);
    CHECK_TEXT("ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84",
               slice_text(table.uid.text));
    arena_clear(&arena);
}

TEST(table_ignores_members_it_does_not_know)
{
    static const struct want want[] = {{CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-123"}};
    struct table table = parse_fixture("good-unknown-members.json");

    CHECK_NUMBER(TABLE_RFC, table.generation);
    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

/* A csp of the future may need other fields; a list hides what stands beside it. */
TEST(table_ignores_elements_of_a_csp_it_does_not_know)
{
    static const struct want want[] = {{CSP_AWS, "us-east-1", "aws-nitro-tpm", "ami-123"}};
    struct table table = parse_fixture("good-v2-unknown-members.json");

    CHECK_NUMBER(TABLE_V2, table.generation);
    CHECK_ENTRIES(table, want);
    arena_clear(&arena);
}

TEST(table_with_openstack_is_of_v1)
{
    CHECK_NUMBER(TABLE_V1, parse(SLICE("{\"openstack\": {}}")).generation);
    arena_clear(&arena);
    CHECK_NUMBER(TABLE_RFC, parse(SLICE("{\"qemu\": {}}")).generation);
    arena_clear(&arena);
}

TEST(table_may_be_empty)
{
    CHECK_NUMBER(0, parse_fixture("good-empty.json").count);
    arena_clear(&arena);
    CHECK_NUMBER(0, parse_fixture("good-v2-empty-list.json").count);
    arena_clear(&arena);
    CHECK_NUMBER(0, parse(SLICE("{\"aws\": {}, \"gcp\": {}}")).count);
    arena_clear(&arena);
}

TEST(table_csp_keys_of_the_old_forms_are_lower_case)
{
    CHECK_NUMBER(0, parse(SLICE("{\"AWS\": {\"us-east-1\": \"ami-123\"}}")).count);
    arena_clear(&arena);
}

TEST(table_variant_of_another_name_stays_as_it_is)
{
    struct table table = parse(SLICE("{\"gcp\": {\"cvm\": \"x\"}, \"azure\": {\"next\": \"y\"}}"));

    CHECK_TEXT("next", entry_variant(&table.entries[0]));
    CHECK_TEXT("cvm", entry_variant(&table.entries[1]));
    arena_clear(&arena);
}

/* fixtures/tables/bad-<name>.json; bad-two-references.json is refused by select alone. */
static const struct {
    const char *name, *message;
} refused[] = {
    {"aws-list", "line 1: aws: have a list, want an object"},
    {"aws-text", "line 1: aws: have a string, want an object"},
    {"azure-text", "line 2: azure: have a string, want an object"},
    {"blank", "line 3, column 1: the document ends here, want a value"},
    {"byte-order-mark", "line 1, column 1: have a byte order mark, want the document without one"},
    {"comma-at-end",
     "line 1, column 33: have \"}\", want a key in double quotes (no comma before the end)"},
    {"comment", "line 1, column 12: have \"/\", want \",\" or \"}\" (JSON has no comments)"},
    {"control-character",
     "line 1, column 28: have the control character \\x01 in a string, want \\u0001"},
    {"csp-twice", "line 2: the key \"aws\" stands here again, first on line 1"},
    {"deep", "line 1, column 38: more than 32 lists and maps within each other"},
    {"empty", "line 1, column 1: the document is empty, want a value"},
    {"escaped-nul", "line 1, column 27: the character U+0000 is not allowed in a string"},
    {"gcp-empty", "line 1: gcp: have an empty string, want some text"},
    {"gcp-list", "line 1: gcp: have a list, want a string"},
    {"gcp-null", "line 1: gcp: have null, want a string"},
    {"list-twice", "line 2: the key \"list\" stands here again, first on line 1"},
    {"list", "line 1: have a list, want an object: this is no lookup table"},
    {"no-comma", "line 14, column 5: have \"\\\"\", want \",\" or \"}\""},
    {"not-utf8", "line 1, column 28: the byte \\xff is not UTF-8"},
    {"nul", "line 1, column 27: have the control character \\x00 in a string, want \\u0000"},
    {"null", "line 1: have null, want an object: this is no lookup table"},
    {"number", "line 1: have a number, want an object: this is no lookup table"},
    {"openstack-text", "line 1: openstack: have a string, want an object"},
    {"qemu-number", "line 1: qemu: have a number, want a string"},
    {"qemu-spaces",
     "line 1: qemu: \"https://cdn.example/a b\": only printable ASCII without spaces is allowed"},
    {"ref-list", "line 1: ref: have a list, want a string"},
    {"ref-slash", "a ref has letters, digits and hyphens alone"},
    {"reference-del",
     "azure: line 1: reference: \"a\\x7f\": only printable ASCII without spaces is allowed"},
    {"reference-empty", "azure: line 1: reference: have an empty string, want some text"},
    {"reference-escape",
     "azure: line 1: reference: \"a\\x1b[2J\": only printable ASCII without spaces is allowed"},
    {"reference-hyphen", "azure: line 1: reference: \"-rf\": begins with a hyphen, and would be an "
                         "option elsewhere"},
    {"reference-line-end",
     "azure: line 1: reference: \"a\\x0ab\": only printable ASCII without spaces is allowed"},
    {"reference-not-ascii",
     "azure: line 1: reference: \"\xC3\xA9\": only printable ASCII without spaces is allowed"},
    {"reference-null", "aws: line 1: reference: have null, want a string"},
    {"reference-number", "aws: line 2: reference: have a number, want a string"},
    {"reference-object", "azure: line 1: reference: have a map, want a string"},
    {"reference-space",
     "azure: line 1: reference: \"a b\": only printable ASCII without spaces is allowed"},
    {"region-empty", "aws: line 1: region: have an empty string, want some text"},
    {"region-hyphen", "aws: line 1: region: \"--region\": begins with a hyphen, and would be an "
                      "option elsewhere"},
    {"region-space",
     "aws: line 1: region: \"us east\": only printable ASCII without spaces is allowed"},
    {"region-twice-escaped", "line 2: the key \"us-east-1\" stands here again, first on line 1"},
    {"region-twice", "line 2: the key \"us-east-1\" stands here again, first on line 1"},
    {"single-quotes",
     "line 1, column 2: have \"'\", want a key in double quotes or \"}\" (JSON strings "
     "stand in double quotes)"},
    {"stream-true", "line 1: stream: have a boolean, want a string"},
    {"stream-unknown", "stream \"nightly\": want stable, console or debug on ref \"-\""},
    {"string", "line 1: have a string, want an object: this is no lookup table"},
    {"text", "line 1, column 1: have \"ami-123\", want a value"},
    {"trailing", "line 1, column 13: have \"{\", want nothing after the document"},
    {"truncated",
     "line 1, column 23: the string that begins here does not end before the document does"},
    {"v2-aws-no-region", "list[0]: region: missing, want a string"},
    {"v2-csp-empty", "list[0]: line 1: csp: have an empty string, want some text"},
    {"v2-csp-number", "list[0]: line 2: csp: have a number, want a string"},
    {"v2-element-list", "list[1]: line 2: have a list, want an object"},
    {"v2-element-text", "list[0]: line 2: have a string, want an object"},
    {"v2-key-twice", "line 2: the key \"reference\" stands here again, first on line 1"},
    {"v2-list-null", "line 1: list: have null, want a list"},
    {"v2-list-object", "line 1: list: have a map, want a list"},
    {"v2-list-text", "line 2: list: have a string, want a list"},
    {"v2-no-csp", "list[0]: csp: missing, want a string"},
    {"v2-no-reference", "list[0]: reference: missing, want a string"},
    {"v2-no-variant", "list[0]: attestationVariant: missing, want a string"},
    {"v2-reference-list", "list[0]: line 2: reference: have a list, want a string"},
    {"v2-region-number", "list[0]: line 1: region: have a number, want a string"},
    {"v2-variant-empty",
     "list[0]: line 1: attestationVariant: have an empty string, want some text"},
    {"v2-variant-hyphen", "list[0]: line 1: attestationVariant: \"-v\": begins with a hyphen, and "
                          "would be an option elsewhere"},
    {"variant-tab",
     "azure: line 1: variant: \"c\\x09vm\": only printable ASCII without spaces is allowed"},
    {"version-empty", "line 1: version: have an empty string, want some text"},
    {"version-no-v", "version \"2.8.0\": a version begins with \"v\""},
    {"version-null", "line 1: version: have null, want a string"},
    {"version-number", "line 1: version: have a number, want a string"},
    {"version-path",
     "version \"v2.8.0/../v2.9.0\": want vMAJOR.MINOR.PATCH, three numbers without leading zeros"},
};

#define REFUSED_COUNT (sizeof refused / sizeof refused[0])

TEST(table_refuses_bad_fixtures)
{
    static const struct table zeroed;

    CHECK_NUMBER(fixture_count("fixtures/tables", "bad-", ".json"), REFUSED_COUNT + 1);
    for (size_t i = 0; i < REFUSED_COUNT; i++) {
        struct table table;
        struct err err;
        char path[256];

        snprintf(path, sizeof path, "fixtures/tables/bad-%s.json", refused[i].name);
        arena_init_heap(&arena, (size_t)1 << 20);
        memset(&table, 0xA5, sizeof table);
        CHECK_ERR(ERR_FORMAT, refused[i].message,
                  table_parse(test_file(path), &arena, &table, &err), err);
        CHECK(memcmp(&table, &zeroed, sizeof zeroed) == 0);
        arena_clear(&arena);
    }
}

TEST(table_of_the_first_specification_lacks_a_comma)
{
    struct table table;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_ERR(ERR_FORMAT, "line 14, column 5: have \"\\\"\", want \",\" or \"}\"",
              table_parse(test_file("fixtures/tables/bad-no-comma.json"), &arena, &table, &err),
              err);
    arena_clear(&arena);
}

TEST(table_is_capped)
{
    struct slice large = {(const uint8_t *)"{}", TABLE_MAX_BYTES + 1}; /* refused unread */
    struct table table;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_ERR(ERR_LIMIT, "67108865 bytes: a lookup table has at most 67108864",
              table_parse(large, &arena, &table, &err), err);
    CHECK(table.entries == NULL);
    arena_clear(&arena);
}

TEST(table_needs_memory)
{
    struct slice bytes = test_file("fixtures/tables/good-v2.json");
    uint8_t memory[4096];
    size_t refusals = 0;

    for (size_t size = 0; size <= sizeof memory; size += 16) {
        struct table table;
        struct err err;

        arena_init_fixed(&arena, memory, size);
        if (!table_parse(bytes, &arena, &table, &err))
            continue;
        refusals++;
        CHECK_NUMBER(ERR_LIMIT, err.code);
        CHECK(table.entries == NULL && table.count == 0 && !table.has_uid);
    }
    CHECK(refusals > 50 && refusals < 256);
}

static const struct {
    const char *fixture, *uid, *message; /* NULL: it fits */
} identities[] = {
    {"good-rfc.json", "v2.2.0", NULL},
    {"good-rfc.json", "stream/debug/v9.0.0", NULL},
    {"good-v1.json", "v2.2.0", NULL},
    {"good-v1.json", "ref/-/stream/stable/v2.2.0", NULL},
    {"good-v1.json", "v2.2.1",
     "version: have \"v2.2.0\", want \"v2.2.1\": this is the table of another version"},
    {"good-v1.json", "stream/debug/v2.2.0",
     "stream: have \"stable\", want \"debug\": this is the table of another version"},
    {"good-v1.json", "ref/main/stream/debug/v2.2.0",
     "ref: have \"-\", want \"main\": this is the table of another version"},
    {"good-v1-debug-flag.json", "stream/debug/v2.2.0", NULL},
    {"good-v1-debug-flag.json", "v2.2.0-pre",
     "version: have \"v2.2.0\", want \"v2.2.0-pre\": this is the table of another version"},
    {"good-v1-branch.json", "ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84",
     NULL},
    {"good-v1-branch.json", "v2.4.0-pre.0.20230922011244-0744d001aa84",
     "ref: have \"feat-xyz\", want \"-\": this is the table of another version"},
    {"good-v2.json", "v2.8.0", NULL},
    {"good-v2.json", "v2.8.1",
     "version: have \"v2.8.0\", want \"v2.8.1\": this is the table of another version"},
};

TEST(table_check_uid_compares_what_the_table_names)
{
    for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++) {
        struct table table = parse_fixture(identities[i].fixture);
        struct uid uid = uid_of(identities[i].uid);
        enum err_code want = identities[i].message ? ERR_FORGED : ERR_OK;
        struct err err;

        CHECK_ERR(want, identities[i].message, table_check_uid(&table, &uid, &err), err);
        arena_clear(&arena);
    }
}

TEST(table_check_uid_compares_whole_texts)
{
    struct table table = parse(SLICE("{\"version\": \"v2.2.0-rc.1\", \"stream\": \"stables\"}"));
    struct uid release = uid_of("v2.2.0"), candidate = uid_of("v2.2.0-rc.1");
    struct err err;

    CHECK_ERR(ERR_FORGED,
              "stream: have \"stables\", want \"stable\": this is the table of another version",
              table_check_uid(&table, &candidate, &err), err);
    table.stream = SLICE("");
    CHECK_OK(table_check_uid(&table, &candidate, &err), err);
    CHECK_ERR(
        ERR_FORGED,
        "version: have \"v2.2.0-rc.1\", want \"v2.2.0\": this is the table of another version",
        table_check_uid(&table, &release, &err), err);
    arena_clear(&arena);
}

/* A table of that many regions, out of order. */
static struct slice large_table(size_t count, struct buf *text)
{
    buf_init_heap(text, (size_t)64 << 20);
    buf_add_text(text, "{\"aws\": {");
    for (size_t i = 0; i < count; i++)
        buf_add_format(text, "%s\"region-%07zu\": \"ami-%zu\"", i ? ",\n" : "", (i * 7919) % count,
                       i);
    buf_add_text(text, "}}");
    CHECK(!text->failed);
    return buf_slice(text);
}

TEST(table_of_many_entries_takes_three_times_its_size)
{
    const size_t count = 20011;
    struct table table;
    struct slice bytes;
    struct buf text;
    struct err err;
    void *memory;

    bytes = large_table(count, &text);
    memory = malloc(3 * bytes.len);
    arena_init_fixed(&arena, memory, 3 * bytes.len);
    CHECK_OK(table_parse(bytes, &arena, &table, &err), err);
    CHECK_NUMBER(count, table.count);
    free(memory);
    buf_clear(&text);
}
