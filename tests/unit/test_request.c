#include <string.h>

#include "resolver/core/request.h"
#include "tests/unit/test.h"

static struct request parse(const char *uid, const char *csp, const char *region,
                            const char *variant)
{
    struct request request;
    struct err err;

    CHECK_OK(request_parse(slice_text(uid), slice_text(csp), slice_text(region),
                           slice_text(variant), &request, &err),
             err);
    return request;
}

TEST(request_of_all_four)
{
    struct request request = parse("v2.2.0", "AWS", "us-east-1", "aws-sev-snp");

    CHECK_TEXT("v2.2.0", slice_text(request.uid.text));
    CHECK_NUMBER(CSP_AWS, request.csp);
    CHECK_TEXT("us-east-1", request.region);
    CHECK_TEXT("aws-sev-snp", request.variant);
}

TEST(request_without_choices)
{
    struct request request = parse("stream/debug/v2.3.0", "qemu", "", NULL);

    CHECK_TEXT("stream/debug/v2.3.0", slice_text(request.uid.text));
    CHECK_NUMBER(CSP_QEMU, request.csp);
    CHECK(request.region.len == 0 && request.variant.len == 0);
}

TEST(request_takes_the_csp_from_the_variant)
{
    CHECK_NUMBER(CSP_AZURE, parse("v2.2.0", "", "", "azure-tdx").csp);
    CHECK_NUMBER(CSP_QEMU, parse("v2.2.0", "", "", "qemu-tdx").csp);
}

TEST(request_takes_old_and_unknown_variants)
{
    CHECK_TEXT("cvm", parse("v2.2.0", "azure", "", "cvm").variant);
    CHECK_TEXT("gcp-next", parse("v2.2.0", "gcp", "", "gcp-next").variant);
    CHECK_TEXT("sev", parse("v2.2.0", "openstack", "", "sev").variant);
}

#define CSPS "aws, azure, gcp, openstack, qemu"

static const struct {
    const char *uid, *csp, *variant;
    enum err_code code;
    const char *message;
} refused[] = {
    {"2.2.0", "aws", "", ERR_FORMAT,
     "uid \"2.2.0\": version \"2.2.0\": a version begins with \"v\""},
    {"", "aws", "", ERR_FORMAT, "uid: empty; want a version such as v2.2.0"},
    {"v2.2.0", "", "", ERR_USAGE, "no csp given: add --csp with one of " CSPS},
    {"v2.2.0", "", "qemu-vtpm", ERR_USAGE, "no csp given: add --csp with one of " CSPS},
    {"v2.2.0", "", "cvm", ERR_USAGE, "no csp given: add --csp with one of " CSPS},
    {"v2.2.0", "google", "", ERR_USAGE, "csp \"google\": want one of " CSPS},
    {"v2.2.0", "aws ", "", ERR_USAGE, "csp \"aws \": want one of " CSPS},
    {"v2.2.0", "google", "gcp-sev-es", ERR_USAGE, "csp \"google\": want one of " CSPS},
    {"v2.2.0", "gcp", "cvm", ERR_USAGE, "variant \"cvm\" is not one of gcp"},
    {"v2.2.0", "aws", "azure-sev-snp", ERR_USAGE, "variant \"azure-sev-snp\" is not one of aws"},
    {"v2.2.0", "openstack", "qemu-tdx", ERR_USAGE, "variant \"qemu-tdx\" is not one of openstack"},
};

TEST(request_refusals)
{
    static const struct request zeroed;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct request request = parse("v9.9.9", "aws", "x", "");
        struct err err;

        CHECK_ERR(refused[i].code, refused[i].message,
                  request_parse(slice_text(refused[i].uid), slice_text(refused[i].csp),
                                SLICE("region"), slice_text(refused[i].variant), &request, &err),
                  err);
        CHECK(memcmp(&request, &zeroed, sizeof zeroed) == 0);
    }
}
