#include <stddef.h>

#include "resolver/core/csp.h"
#include "tests/unit/test.h"

TEST(csp_names_are_read_without_regard_to_case)
{
    CHECK_NUMBER(CSP_AWS, csp_parse(SLICE("aws")));
    CHECK_NUMBER(CSP_AWS, csp_parse(SLICE("AWS")));
    CHECK_NUMBER(CSP_AZURE, csp_parse(SLICE("Azure")));
    CHECK_NUMBER(CSP_GCP, csp_parse(SLICE("GCP")));
    CHECK_NUMBER(CSP_OPENSTACK, csp_parse(SLICE("OpenStack")));
    CHECK_NUMBER(CSP_QEMU, csp_parse(SLICE("qEmU")));
}

TEST(csp_none_for_other_words)
{
    CHECK_NUMBER(CSP_NONE, csp_parse(SLICE("")));
    CHECK_NUMBER(CSP_NONE, csp_parse(SLICE("aw")));
    CHECK_NUMBER(CSP_NONE, csp_parse(SLICE("aws ")));
    CHECK_NUMBER(CSP_NONE, csp_parse(SLICE("stackit")));
    CHECK_NUMBER(CSP_NONE, csp_parse(slice_of("aws\0", 4)));
}

TEST(csp_names_are_written_in_two_ways)
{
    static const char *const names[] = {"", "aws", "azure", "gcp", "openstack", "qemu"};
    static const char *const titles[] = {"", "AWS", "Azure", "GCP", "OpenStack", "QEMU"};

    for (int csp = CSP_NONE; csp < CSP_COUNT; csp++) {
        CHECK_TEXT(names[csp], slice_text(csp_name((enum csp)csp)));
        CHECK_TEXT(titles[csp], slice_text(csp_title((enum csp)csp)));
    }
    CHECK_TEXT("aws, azure, gcp, openstack, qemu", slice_text(csp_names()));
}

/* An old name and the new one it stands for. */
static const struct {
    enum csp csp;
    const char *old_name, *new_name;
} both_names[] = {
    {CSP_AZURE, "cvm", "azure-sev-snp"}, {CSP_AZURE, "trustedlaunch", "azure-trustedlaunch"},
    {CSP_GCP, "sev-es", "gcp-sev-es"},   {CSP_OPENSTACK, "sev", "qemu-vtpm"},
    {CSP_QEMU, "default", "qemu-vtpm"},
};

TEST(csp_old_variant_names_become_new_ones)
{
    for (size_t i = 0; i < sizeof both_names / sizeof both_names[0]; i++) {
        struct slice old_name = slice_text(both_names[i].old_name);
        struct slice new_name = slice_text(both_names[i].new_name);
        enum csp csp = both_names[i].csp;

        CHECK_TEXT(both_names[i].new_name, variant_canonical(csp, old_name));
        CHECK_TEXT(both_names[i].new_name, variant_canonical(csp, new_name));
        CHECK(variant_same(csp, old_name, new_name));
        CHECK(variant_same(csp, new_name, old_name));
        CHECK(variant_same(csp, old_name, old_name));
    }
}

TEST(csp_old_variant_names_hold_on_their_own_csp_alone)
{
    CHECK_TEXT("cvm", variant_canonical(CSP_GCP, SLICE("cvm")));
    CHECK_TEXT("sev", variant_canonical(CSP_QEMU, SLICE("sev")));
    CHECK_TEXT("default", variant_canonical(CSP_OPENSTACK, SLICE("default")));
    CHECK(!variant_same(CSP_GCP, SLICE("cvm"), SLICE("azure-sev-snp")));
}

TEST(csp_unknown_variants_are_their_own_name)
{
    CHECK_TEXT("gcp-next", variant_canonical(CSP_GCP, SLICE("gcp-next")));
    CHECK(variant_same(CSP_GCP, SLICE("gcp-next"), SLICE("gcp-next")));
    CHECK(!variant_same(CSP_GCP, SLICE("gcp-next"), SLICE("GCP-next")));
    CHECK(!variant_same(CSP_GCP, SLICE("gcp-next"), SLICE("gcp-sev-es")));
    CHECK(!variant_same(CSP_AZURE, SLICE("azure-tdx"), SLICE("azure-sev-snp")));
}

TEST(csp_follows_from_a_variant_of_one_csp)
{
    CHECK_NUMBER(CSP_AWS, variant_csp(SLICE("aws-nitro-tpm")));
    CHECK_NUMBER(CSP_AWS, variant_csp(SLICE("aws-sev-snp")));
    CHECK_NUMBER(CSP_AZURE, variant_csp(SLICE("azure-sev-snp")));
    CHECK_NUMBER(CSP_AZURE, variant_csp(SLICE("azure-tdx")));
    CHECK_NUMBER(CSP_AZURE, variant_csp(SLICE("azure-trustedlaunch")));
    CHECK_NUMBER(CSP_GCP, variant_csp(SLICE("gcp-sev-es")));
    CHECK_NUMBER(CSP_GCP, variant_csp(SLICE("gcp-sev-snp")));
    CHECK_NUMBER(CSP_QEMU, variant_csp(SLICE("qemu-tdx")));
}

TEST(csp_does_not_follow_from_a_variant_of_several)
{
    CHECK_NUMBER(CSP_NONE, variant_csp(SLICE("qemu-vtpm")));
    CHECK_NUMBER(CSP_NONE, variant_csp(SLICE("cvm")));
    CHECK_NUMBER(CSP_NONE, variant_csp(SLICE("gcp-next")));
    CHECK_NUMBER(CSP_NONE, variant_csp(SLICE("")));
}

TEST(csp_contradicts_a_known_variant_of_another_csp)
{
    CHECK(variant_contradicts(CSP_AWS, SLICE("azure-sev-snp")));
    CHECK(variant_contradicts(CSP_GCP, SLICE("cvm")));
    CHECK(variant_contradicts(CSP_AZURE, SLICE("sev-es")));
    CHECK(variant_contradicts(CSP_AZURE, SLICE("qemu-vtpm")));
    CHECK(variant_contradicts(CSP_OPENSTACK, SLICE("qemu-tdx")));
    CHECK(variant_contradicts(CSP_OPENSTACK, SLICE("default")));
}

TEST(csp_does_not_contradict_its_own_or_unknown_variants)
{
    CHECK(!variant_contradicts(CSP_AZURE, SLICE("azure-sev-snp")));
    CHECK(!variant_contradicts(CSP_AZURE, SLICE("cvm")));
    CHECK(!variant_contradicts(CSP_OPENSTACK, SLICE("qemu-vtpm")));
    CHECK(!variant_contradicts(CSP_OPENSTACK, SLICE("sev")));
    CHECK(!variant_contradicts(CSP_QEMU, SLICE("qemu-vtpm")));
    CHECK(!variant_contradicts(CSP_QEMU, SLICE("qemu-tdx")));
    CHECK(!variant_contradicts(CSP_GCP, SLICE("gcp-next")));
    CHECK(!variant_contradicts(CSP_GCP, SLICE("")));
}

TEST(csp_knows_old_names_of_variants)
{
    CHECK_TEXT("cvm", variant_old(CSP_AZURE, SLICE("azure-sev-snp")));
    CHECK_TEXT("sev-es", variant_old(CSP_GCP, SLICE("gcp-sev-es")));
    CHECK_TEXT("default", variant_old(CSP_QEMU, SLICE("qemu-vtpm")));
    CHECK_TEXT("sev", variant_old(CSP_OPENSTACK, SLICE("qemu-vtpm")));
    CHECK_TEXT("azure-tdx", variant_old(CSP_AZURE, SLICE("azure-tdx")));
    CHECK_TEXT("aws-nitro-tpm", variant_old(CSP_AWS, SLICE("aws-nitro-tpm")));
    CHECK_TEXT("gcp-sev-es", variant_old(CSP_AZURE, SLICE("gcp-sev-es")));
    CHECK_TEXT("cvm", variant_old(CSP_AZURE, SLICE("cvm")));
}

TEST(csp_knows_new_names_of_variants)
{
    CHECK(variant_is_known(CSP_AWS, SLICE("aws-sev-snp")));
    CHECK(variant_is_known(CSP_OPENSTACK, SLICE("qemu-vtpm")));
    CHECK(!variant_is_known(CSP_OPENSTACK, SLICE("qemu-tdx")));
    CHECK(!variant_is_known(CSP_AZURE, SLICE("cvm")));
    CHECK(!variant_is_known(CSP_GCP, SLICE("azure-tdx")));
}
