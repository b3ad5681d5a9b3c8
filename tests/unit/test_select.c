#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/select.h"
#include "tests/unit/test.h"

static struct arena arena; /* for one table at a time */

static struct table parse(struct slice bytes)
{
    struct table table;
    struct err err;

    arena_init_heap(&arena, (size_t)4 << 20);
    CHECK_OK(table_parse(bytes, &arena, &table, &err), err);
    return table;
}

/* One question to a fixture, and the reference or the message that answers it. */
struct question {
    const char *csp, *region, *variant;
    enum err_code code;
    const char *answer;
};

static void ask(const struct table *table, const struct question *question)
{
    const struct table_entry *entry = table->entries;
    struct request request;
    struct err err;

    CHECK_OK(request_parse(SLICE("v1.0.0"), slice_text(question->csp), slice_text(question->region),
                           slice_text(question->variant), &request, &err),
             err);
    CHECK_ERR(question->code, question->answer, select_entry(table, &request, &entry, &err), err);
    CHECK((entry == NULL) == (question->code != ERR_OK));
    if (entry && question->code == ERR_OK)
        CHECK_TEXT(question->answer, entry_reference(entry));
}

static void ask_all(const char *fixture, const struct question *questions, size_t count)
{
    char path[256];
    struct table table;

    snprintf(path, sizeof path, "fixtures/tables/%s", fixture);
    table = parse(test_file(path));
    for (size_t i = 0; i < count; i++)
        ask(&table, &questions[i]);
    arena_clear(&arena);
}

#define ASK(fixture, questions) ask_all(fixture, questions, sizeof questions / sizeof questions[0])

/* What the first specification's example answers, in rfc and in v1. */
static const struct question first_example[] = {
    {"aws", "us-east-1", "", ERR_OK, "ami-123"},
    {"AWS", "us-west-2", "", ERR_OK, "ami-456"},
    {"aws", "eu-west-1", "aws-nitro-tpm", ERR_OK, "ami-789"},
    {"azure", "", "cvm", ERR_OK, "azure-cvm-123"},
    {"azure", "", "azure-sev-snp", ERR_OK, "azure-cvm-123"},
    {"azure", "", "trustedlaunch", ERR_OK, "azure-trusted-launch-123"},
    {"azure", "", "azure-trustedlaunch", ERR_OK, "azure-trusted-launch-123"},
    {"azure", "northeurope", "cvm", ERR_OK, "azure-cvm-123"},
    {"gcp", "", "", ERR_OK, "gcp-image-123"},
    {"gcp", "", "sev-es", ERR_OK, "gcp-image-123"},
    {"gcp", "", "gcp-sev-es", ERR_OK, "gcp-image-123"},
    {"qemu", "", "", ERR_OK, "https://cdn.example/path/qemu.raw"},
    {"qemu", "", "default", ERR_OK, "https://cdn.example/path/qemu.raw"},
    {"qemu", "", "qemu-vtpm", ERR_OK, "https://cdn.example/path/qemu.raw"},
    {"aws", "", "", ERR_AMBIGUOUS,
     "several images for csp aws: choose with --region one of: eu-west-1, us-east-1, us-west-2"},
    {"azure", "", "", ERR_AMBIGUOUS,
     "several images for csp azure: choose with --variant one of: azure-sev-snp, "
     "azure-trustedlaunch"},
    {"aws", "eu-north-1", "", ERR_NOT_FOUND,
     "no image for region \"eu-north-1\" on aws; there is: eu-west-1, us-east-1, us-west-2"},
    {"aws", "US-EAST-1", "", ERR_NOT_FOUND,
     "no image for region \"US-EAST-1\" on aws; there is: eu-west-1, us-east-1, us-west-2"},
    {"aws", "us-east-1", "aws-sev-snp", ERR_NOT_FOUND,
     "no image for variant \"aws-sev-snp\" on aws; there is: aws-nitro-tpm"},
    {"azure", "", "azure-tdx", ERR_NOT_FOUND,
     "no image for variant \"azure-tdx\" on azure; there is: azure-sev-snp, azure-trustedlaunch"},
    {"gcp", "", "gcp-sev-snp", ERR_NOT_FOUND,
     "no image for variant \"gcp-sev-snp\" on gcp; there is: gcp-sev-es"},
    {"gcp", "", "CVM\033", ERR_NOT_FOUND,
     "no image for variant \"CVM\\x1b\" on gcp; there is: gcp-sev-es"},
};

TEST(select_from_the_first_example_as_rfc)
{
    static const struct question more[] = {
        {"openstack", "", "", ERR_NOT_FOUND,
         "no image for csp openstack; there is: aws, azure, gcp, qemu"},
    };

    ASK("good-rfc.json", first_example);
    ASK("good-rfc.json", more);
}

TEST(select_from_the_first_example_as_v1)
{
    static const struct question more[] = {
        {"openstack", "", "", ERR_OK, "https://cdn.example/path/openstack.raw"},
        {"openstack", "", "sev", ERR_OK, "https://cdn.example/path/openstack.raw"},
        {"openstack", "", "qemu-vtpm", ERR_OK, "https://cdn.example/path/openstack.raw"},
    };

    ASK("good-v1.json", first_example);
    ASK("good-v1.json", more);
}

TEST(select_from_texts)
{
    static const struct question questions[] = {
        {"gcp", "", "", ERR_OK, "gcp-image-123"},
        {"gcp", "", "sev-es", ERR_OK, "gcp-image-123"},
        {"gcp", "", "gcp-sev-es", ERR_OK, "gcp-image-123"},
        {"qemu", "", "default", ERR_OK, "https://cdn.example/path/qemu.raw"},
        {"aws", "", "", ERR_NOT_FOUND, "no image for csp aws; there is: gcp, qemu"},
    };

    ASK("good-rfc-texts.json", questions);
}

TEST(select_takes_the_only_region)
{
    static const struct question questions[] = {
        {"aws", "", "", ERR_OK, "ami-123"},
        {"aws", "eu-west-1", "", ERR_NOT_FOUND,
         "no image for region \"eu-west-1\" on aws; there is: us-east-1"},
    };

    ASK("good-rfc-one-region.json", questions);
}

TEST(select_from_several_gcp_images)
{
    static const struct question questions[] = {
        {"gcp", "", "", ERR_AMBIGUOUS,
         "several images for csp gcp: choose with --variant one of: gcp-sev-es, gcp-sev-snp"},
        {"gcp", "", "sev-es", ERR_OK, "gcp-image-123"},
        {"gcp", "", "gcp-sev-snp", ERR_OK, "gcp-image-456"},
    };

    ASK("good-rfc-two-gcp.json", questions);
}

TEST(select_from_v2)
{
    static const struct question questions[] = {
        {"aws", "", "", ERR_OK, "ami-123"},
        {"aws", "us-east-1", "aws-nitro-tpm", ERR_OK, "ami-123"},
        {"", "", "azure-sev-snp", ERR_OK, "/CommunityGalleries/example/Images/snp/Versions/2.8.0"},
        {"azure", "", "cvm", ERR_OK, "/CommunityGalleries/example/Images/snp/Versions/2.8.0"},
        {"gcp", "", "sev-es", ERR_OK,
         "projects/constellation-images/global/images/v2-8-0-gcp-sev-es-stable"},
        {"openstack", "", "", ERR_OK, "https://cdn.example/path/openstack.raw"},
        {"openstack", "", "sev", ERR_OK, "https://cdn.example/path/openstack.raw"},
        {"qemu", "", "default", ERR_OK, "https://cdn.example/path/qemu.raw"},
        {"azure", "", "trustedlaunch", ERR_NOT_FOUND,
         "no image for variant \"trustedlaunch\" on azure; there is: azure-sev-snp"},
    };

    ASK("good-v2.json", questions);
}

TEST(select_asks_for_the_variant_before_the_region)
{
    static const struct question questions[] = {
        {"aws", "", "", ERR_AMBIGUOUS,
         "several images for csp aws: choose with --variant one of: aws-nitro-tpm, aws-sev-snp"},
        {"aws", "us-east-1", "", ERR_AMBIGUOUS,
         "several images for csp aws: choose with --variant one of: aws-nitro-tpm, aws-sev-snp"},
        {"aws", "", "aws-sev-snp", ERR_AMBIGUOUS,
         "several images for csp aws: choose with --region one of: eu-central-1, us-east-1"},
        {"aws", "us-east-1", "aws-sev-snp", ERR_OK, "ami-s1"},
        {"aws", "eu-west-1", "", ERR_OK, "ami-n2"},
        {"aws", "eu-central-1", "aws-nitro-tpm", ERR_NOT_FOUND,
         "no image for region \"eu-central-1\" on aws; there is: eu-west-1, us-east-1"},
        {"aws", "nowhere", "", ERR_NOT_FOUND,
         "no image for region \"nowhere\" on aws; there is: eu-central-1, eu-west-1, us-east-1"},
        {"aws", "nowhere", "aws-next", ERR_NOT_FOUND,
         "no image for variant \"aws-next\" on aws; there is: aws-nitro-tpm, aws-sev-snp"},
        {"qemu", "", "", ERR_AMBIGUOUS,
         "several images for csp qemu: choose with --variant one of: qemu-tdx, qemu-vtpm"},
    };

    ASK("good-v2-many.json", questions);
}

TEST(select_looks_at_regions_on_aws_alone)
{
    static const struct question questions[] = {
        {"azure", "elsewhere", "azure-trustedlaunch", ERR_OK, "tl"},
        {"azure", "ignored", "azure-sev-snp", ERR_OK, "snp"},
        {"gcp", "europe-west3", "", ERR_OK, "gcp-image"},
    };

    ASK("good-v2-many.json", questions);
}

TEST(select_takes_the_same_reference_twice)
{
    static const struct question questions[] = {{"gcp", "", "", ERR_OK, "gcp-image"}};

    ASK("good-v2-many.json", questions);
}

TEST(select_refuses_two_references_for_one_image)
{
    static const struct question questions[] = {
        {"aws", "us-east-1", "aws-nitro-tpm", ERR_AMBIGUOUS,
         "lines 3 and 4 have different references for the same image of aws: \"ami-123\" and "
         "\"ami-124\""},
        {"aws", "", "", ERR_AMBIGUOUS,
         "lines 3 and 4 have different references for the same image of aws: \"ami-123\" and "
         "\"ami-124\""},
        {"azure", "", "cvm", ERR_AMBIGUOUS,
         "lines 5 and 6 have different references for the same image of azure: \"one\" and "
         "\"two\""},
    };

    ASK("bad-two-references.json", questions);
}

TEST(select_from_an_empty_table)
{
    static const struct question questions[] = {
        {"aws", "", "", ERR_NOT_FOUND, "no image for csp aws; there is: none"},
    };

    ASK("good-empty.json", questions);
    ASK("good-v2-empty-list.json", questions);
}

TEST(select_from_a_csp_without_images)
{
    static const struct question question = {"aws", "", "", ERR_NOT_FOUND,
                                             "no image for csp aws; there is: gcp"};
    struct table table = parse(SLICE("{\"aws\": {}, \"gcp\": \"x\"}"));

    ask(&table, &question);
    arena_clear(&arena);
}

TEST(select_compares_unknown_variants_by_their_text)
{
    static const struct question questions[] = {
        {"gcp", "", "gcp-next", ERR_OK, "x"},
        {"gcp", "", "gcp-nex", ERR_NOT_FOUND,
         "no image for variant \"gcp-nex\" on gcp; there is: gcp-next"},
    };
    struct table table = parse(SLICE("{\"gcp\": {\"gcp-next\": \"x\"}}"));

    ask(&table, &questions[0]);
    ask(&table, &questions[1]);
    arena_clear(&arena);
}

/* 100,000 entries, each in a region of its own: the list of what there is stays short, and
 * making it stays linear (the harness would take minutes otherwise). */
TEST(select_from_a_huge_table)
{
    static const struct question question = {
        "aws", "nowhere", "", ERR_NOT_FOUND,
        "no image for region \"nowhere\" on aws; there is: 0000000, 0000001, 0000002, 0000003, "
        "0000004, 0000005, 0000006, 0000007, 0000008, 0000009, 0000010, 0000011, 0000012, 0000013, "
        "0000014, 0000015, 0000016, 0000017, 0000018, 0000019, 0000020, 0000021, 0000022, 0000023, "
        "0000024, 0000025, 0000026, 0000027, 0000028, 0000029, 0000030, "
        "0000031 and more"};
    const size_t count = 100003;
    struct table table;
    struct buf text;
    struct err err;

    buf_init_heap(&text, (size_t)64 << 20);
    buf_add_text(&text, "{\"aws\": {");
    for (size_t i = 0; i < count; i++)
        buf_add_format(&text, "%s\"%07zu\":\"a\"", i ? "," : "", (i * 7919) % count);
    buf_add_text(&text, "}}");
    arena_init_heap(&arena, (size_t)256 << 20);
    CHECK_OK(table_parse(buf_slice(&text), &arena, &table, &err), err);
    ask(&table, &question);
    arena_clear(&arena);
    buf_clear(&text);
}
