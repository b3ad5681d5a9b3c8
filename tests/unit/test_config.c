#include "resolver/core/config.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/fixture_folder.h"
#include "tests/unit/test.h"

#define ONE_BUILD "v2.2.0-cc0de5c68d41f31dd0b284d574f137e0b0ad106b"

static struct arena arena; /* for one config at a time */

static bool is_zeroed(const struct config *config)
{
    static const struct config zeroed;

    return memcmp(config, &zeroed, sizeof zeroed) == 0;
}

static struct config parse(struct slice bytes, enum csp csp, enum err_code code,
                           const char *message)
{
    struct config config;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    memset(&config, 0xA5, sizeof config);
    CHECK_ERR(code, message, config_parse(bytes, csp, &arena, &config, &err), err);
    if (code)
        CHECK(is_zeroed(&config));
    return config;
}

static struct slice fixture(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/configs/%s.yaml", name);
    return test_file(path);
}

/* What a config says, and where its measurements stand; csp CSP_NONE asks for its only provider. */
static const struct {
    const char *fixture;
    enum csp asked, csp;
    const char *image, *repository, *region, *variant, *place;
} good[] = {
    {"first-azure", CSP_NONE, CSP_AZURE, ONE_BUILD, "", "", "azure-sev-snp", "provider.azure"},
    {"first-azure", CSP_AZURE, CSP_AZURE, ONE_BUILD, "", "", "azure-sev-snp", "provider.azure"},
    {"first-trustedlaunch", CSP_NONE, CSP_AZURE, "v2.2.0", "", "", "azure-trustedlaunch",
     "provider.azure"},
    {"first-aws", CSP_NONE, CSP_AWS, "v2.2.0", "/srv/images", "eu-central-1", "", "provider.aws"},
    {"first-gcp", CSP_NONE, CSP_GCP, "v2.2.0", "", "", "", "provider.gcp"},
    {"first-qemu", CSP_NONE, CSP_QEMU, "stream/debug/v2.3.0",
     "https://images.example/constellation", "", "", "provider.qemu"},
    {"first-several", CSP_AWS, CSP_AWS, "v2.2.0", "", "eu-west-1", "", "provider.aws"},
    {"first-several", CSP_AZURE, CSP_AZURE, "v2.2.0", "", "", "azure-sev-snp", "provider.azure"},
    {"first-several", CSP_GCP, CSP_GCP, "v2.2.0", "", "", "", "provider.gcp"},
    {"later-azure", CSP_NONE, CSP_AZURE, "v2.14.0", "", "", "azure-sev-snp",
     "attestation.azureSEVSNP"},
    {"later-tdx", CSP_NONE, CSP_AZURE, "v2.15.0", "", "", "azure-tdx", "attestation.azureTDX"},
    {"later-aws", CSP_NONE, CSP_AWS, "v2.14.0", "", "us-east-2", "aws-sev-snp",
     "attestation.awsSEVSNP"},
    {"later-openstack", CSP_NONE, CSP_OPENSTACK, "v2.14.0", "", "", "qemu-vtpm",
     "attestation.qemuVTPM"},
    {"unfilled", CSP_NONE, CSP_AWS, "", "", "", "", "provider.aws"},
};

static void check_place(const struct config *config, const char *want)
{
    char place[128];

    snprintf(place, sizeof place, "%s.%s", config->measurements_path[0],
             config->measurements_path[1]);
    CHECK_TEXT(want, slice_text(place));
    CHECK_TEXT("measurements", slice_text(config->measurements_path[2]));
}

TEST(config_of_both_generations)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct config config;
        char name[64];

        snprintf(name, sizeof name, "good-%s", good[i].fixture);
        config = parse(fixture(name), good[i].asked, ERR_OK, NULL);
        CHECK_NUMBER(good[i].csp, config.csp);
        CHECK_TEXT(good[i].image, config.image);
        CHECK_TEXT(good[i].repository, config.repository);
        CHECK_TEXT(good[i].region, config.region);
        CHECK_TEXT(good[i].variant, config.variant);
        check_place(&config, good[i].place);
        arena_clear(&arena);
    }
}

/* Every key under `attestation`, on its provider. */
static const struct {
    const char *key;
    enum csp csp;
    const char *variant;
} attestations[] = {
    {"awsSEVSNP", CSP_AWS, "aws-sev-snp"},
    {"awsNitroTPM", CSP_AWS, "aws-nitro-tpm"},
    {"azureSEVSNP", CSP_AZURE, "azure-sev-snp"},
    {"azureTDX", CSP_AZURE, "azure-tdx"},
    {"azureTrustedLaunch", CSP_AZURE, "azure-trustedlaunch"},
    {"gcpSEVES", CSP_GCP, "gcp-sev-es"},
    {"gcpSEVSNP", CSP_GCP, "gcp-sev-snp"},
    {"qemuVTPM", CSP_OPENSTACK, "qemu-vtpm"},
    {"qemuVTPM", CSP_QEMU, "qemu-vtpm"},
    {"qemuTDX", CSP_QEMU, "qemu-tdx"},
};

TEST(config_knows_every_attestation)
{
    for (size_t i = 0; i < sizeof attestations / sizeof attestations[0]; i++) {
        struct config config;
        char text[128];

        snprintf(text, sizeof text, "provider: {%s: {}}\nattestation: {%s: {}}\n",
                 csp_name(attestations[i].csp), attestations[i].key);
        config = parse(slice_text(text), CSP_NONE, ERR_OK, NULL);
        CHECK_TEXT(attestations[i].variant, config.variant);
        CHECK_TEXT(attestations[i].key, slice_text(config.measurements_path[1]));
        arena_clear(&arena);
    }
}

#define CSPS "aws, azure, gcp, openstack, qemu"

static const struct {
    const char *text;
    enum csp asked;
    enum err_code code;
    const char *message;
} judged[] = {
    {"image: v2.2.0\n", CSP_NONE, ERR_NOT_FOUND, "provider: none of " CSPS " is there"},
    {"provider:\n", CSP_NONE, ERR_NOT_FOUND, "provider: none of " CSPS " is there"},
    {"provider: {}\n", CSP_NONE, ERR_NOT_FOUND, "provider: none of " CSPS " is there"},
    {"provider: {oracle: {}}\n", CSP_NONE, ERR_NOT_FOUND, "provider: none of " CSPS " is there"},
    {"provider: {AWS: {}}\n", CSP_NONE, ERR_NOT_FOUND, "provider: none of " CSPS " is there"},
    {"provider: {aws: , gcp: ~, qemu: null}\n", CSP_NONE, ERR_NOT_FOUND,
     "provider: none of " CSPS " is there"},
    {"provider: {aws: {}, gcp: {}}\n", CSP_NONE, ERR_AMBIGUOUS,
     "provider: several are there; choose with --csp one of: aws, gcp"},
    {"provider: {qemu: {}, gcp: {}}\n", CSP_AWS, ERR_NOT_FOUND,
     "provider: no aws; there is: gcp, qemu"},
    {"provider: {}\n", CSP_AWS, ERR_NOT_FOUND, "provider: no aws; there is: none"},
    {"provider: {aws: {}}\nattestation: {}\n", CSP_NONE, ERR_NOT_FOUND,
     "attestation: there is no variant of aws"},
    {"provider: {aws: {}}\nattestation: {gcpSEVES: {}}\n", CSP_NONE, ERR_NOT_FOUND,
     "attestation: there is no variant of aws"},
    {"provider: {openstack: {}}\nattestation: {qemuTDX: {}}\n", CSP_NONE, ERR_NOT_FOUND,
     "attestation: there is no variant of openstack"},
    {"provider: {aws: {}}\nattestation: {awsSEVSNP: {}, awsNitroTPM: {}}\n", CSP_NONE,
     ERR_AMBIGUOUS, "attestation: several variants of aws: awsNitroTPM, awsSEVSNP"},
};

TEST(config_wants_one_provider_and_one_variant)
{
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        parse(slice_text(judged[i].text), judged[i].asked, judged[i].code, judged[i].message);
        arena_clear(&arena);
    }
}

TEST(config_of_azure_without_the_flag_names_no_variant)
{
    CHECK_NUMBER(0, parse(SLICE("provider: {azure: {}}"), CSP_NONE, ERR_OK, NULL).variant.len);
    arena_clear(&arena);
    CHECK_NUMBER(
        0,
        parse(SLICE("provider: {azure: {confidentialVM: }}"), CSP_NONE, ERR_OK, NULL).variant.len);
    arena_clear(&arena);
}

TEST(config_has_an_attestation_only_when_it_says_something)
{
    struct config config = parse(SLICE("provider: {azure: {confidentialVM: true}}\nattestation:\n"),
                                 CSP_NONE, ERR_OK, NULL);

    CHECK_TEXT("azure-sev-snp", config.variant);
    CHECK_TEXT("provider", slice_text(config.measurements_path[0]));
    arena_clear(&arena);
}

/* fixtures/configs/bad-<name>.yaml */
static const struct {
    const char *name, *message;
} refused[] = {
    {"alias", "line 3, column 8: aliases (*a) are not allowed"},
    {"anchor", "line 3, column 8: anchors (&a) are not allowed"},
    {"attestation-list", "line 2: attestation: have a list, want an object"},
    {"attestation-text", "line 2: attestation: have a plain value, want an object"},
    {"binary", "line 1, column 1: the control character U+007F is not allowed"},
    {"byte-order-mark", "line 1, column 1: have a byte order mark, want the document without it"},
    {"comment-alone", "line 1: have nothing, want image, provider, ..."},
    {"confidential-map", "line 2: provider.azure.confidentialVM: have a map, want true or false"},
    {"confidential-text",
     "line 3: provider.azure.confidentialVM: have a string, want true or false"},
    {"confidential-yes", "line 2: provider.azure.confidentialVM: have \"yes\", want true or false"},
    {"deep", "line 1, column 35: more than 32 lists and maps within each other"},
    {"empty", "line 1: have nothing, want image, provider, ..."},
    {"gcp-list", "line 2: provider.gcp: have a list, want an object"},
    {"gcp-text", "line 2: provider.gcp: have a plain value, want an object"},
    {"image-list", "line 1: image: have a list, want a string"},
    {"image-map", "line 1: image: have a map, want a string"},
    {"key-twice", "line 3: the key \"image\" stands here again, first on line 1"},
    {"list", "line 1: have a list, want image, provider, ..."},
    {"merge-key", "line 2, column 3: merge keys (<<) are not allowed"},
    {"not-utf8", "line 1, column 8: the byte \\xff is not UTF-8"},
    {"provider-list", "line 2: provider: have a list, want an object"},
    {"provider-text", "line 1: provider: have a plain value, want an object"},
    {"provider-twice", "line 2: the key \"provider\" stands here again, first on line 1"},
    {"region-list", "line 3: region: have a list, want a string"},
    {"repository-list", "line 1: repository: have a list, want a string"},
    {"tab", "line 2, column 1: found character that cannot start any token (a tab: YAML indents "
            "with spaces)"},
    {"tag", "line 1, column 8: tags (!image) are not allowed"},
    {"text", "line 1: have a plain value, want image, provider, ..."},
    {"two-documents", "line 2, column 1: a second document begins here, want one"},
};

TEST(config_refuses_bad_fixtures)
{
    const size_t count = sizeof refused / sizeof refused[0];

    CHECK_NUMBER(fixture_count("fixtures/configs", "bad-", ".yaml"), count);
    for (size_t i = 0; i < count; i++) {
        char name[128];

        snprintf(name, sizeof name, "bad-%s", refused[i].name);
        parse(fixture(name), CSP_NONE, ERR_FORMAT, refused[i].message);
        arena_clear(&arena);
    }
}

TEST(config_is_capped)
{
    static const uint8_t one = '{'; /* refused unread */

    parse(slice_of(&one, CONFIG_MAX_BYTES + 1), CSP_NONE, ERR_LIMIT,
          "4194305 bytes: a config has at most 4194304");
    arena_clear(&arena);
}

TEST(config_needs_memory)
{
    struct slice bytes = fixture("good-first-azure");
    struct config config;
    uint8_t memory[512];
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL, config_parse(bytes, CSP_NONE, &arena, &config, &err), err);
    CHECK(is_zeroed(&config));
}
