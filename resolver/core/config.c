#include "resolver/core/config.h"

#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"
#include "resolver/core/choices.h"

/* The keys under `attestation`. */
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

#define ATTESTATION_COUNT (sizeof attestations / sizeof attestations[0])

static bool is_null(const struct node *node)
{
    struct slice text = node ? node_text(node) : (struct slice){NULL, 0};

    return !node || node->type == NODE_NULL ||
           (node->type == NODE_PLAIN &&
            (text.len == 0 || slice_is(text, "~") || slice_is(text, "null")));
}

static enum err_code optional_string(const struct node *map, const char *key, struct slice *out,
                                     struct err *err)
{
    const struct node *node = node_get(map, key);
    struct slice text = node ? node_text(node) : (struct slice){NULL, 0};

    *out = (struct slice){NULL, 0};
    /* A generated file has `image: ""` until its user fills it in. */
    if (is_null(node) || (node->type == NODE_STRING && text.len == 0))
        return ERR_OK;
    return node_string(node, key, out, err);
}

static enum err_code choose_csp(const struct node *providers, enum csp wanted, enum csp *chosen,
                                struct err *err)
{
    struct choices have = {0};
    char text[CHOICES_TEXT_MAX];

    *chosen = CSP_NONE;
    if (!is_null(providers) && providers->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: provider: have %s, want an object",
                       (unsigned)providers->line, node_type_name(providers));
    for (int i = CSP_AWS; i < CSP_COUNT; i++) {
        enum csp csp = (enum csp)i;

        if (is_null(node_get(providers, csp_name(csp))))
            continue;
        choices_add(&have, slice_text(csp_name(csp)));
        if (wanted == CSP_NONE || wanted == csp)
            *chosen = csp;
    }
    choices_text(&have, text);
    if (*chosen == CSP_NONE && wanted == CSP_NONE)
        return err_set(err, ERR_NOT_FOUND, "provider: none of %s is there", csp_names());
    if (*chosen == CSP_NONE)
        return err_set(err, ERR_NOT_FOUND, "provider: no %s; there is: %s", csp_name(wanted), text);
    if (wanted == CSP_NONE && have.total > 1)
        return err_set(err, ERR_AMBIGUOUS, "provider: several are there; choose with --csp one of: %s",
                       text);
    return ERR_OK;
}

static enum err_code read_attestation(const struct node *attestation, struct config *config,
                                      struct err *err)
{
    struct choices have = {0};
    char text[CHOICES_TEXT_MAX];

    if (attestation->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: attestation: have %s, want an object",
                       (unsigned)attestation->line, node_type_name(attestation));
    for (size_t i = 0; i < ATTESTATION_COUNT; i++) {
        if (attestations[i].csp != config->csp || !node_get(attestation, attestations[i].key))
            continue;
        choices_add(&have, slice_text(attestations[i].key));
        config->variant = slice_text(attestations[i].variant);
        config->measurements_path[0] = "attestation";
        config->measurements_path[1] = attestations[i].key;
    }
    choices_text(&have, text);
    if (have.total == 0)
        return err_set(err, ERR_NOT_FOUND, "attestation: there is no variant of %s",
                       csp_name(config->csp));
    if (have.total > 1)
        return err_set(err, ERR_AMBIGUOUS, "attestation: several variants of %s: %s",
                       csp_name(config->csp), text);
    return ERR_OK;
}

/* First generation: on Azure a flag tells the variant; elsewhere there is one. */
static enum err_code read_provider(const struct node *provider, struct config *config,
                                   struct err *err)
{
    const struct node *flag = node_get(provider, "confidentialVM");
    bool is_confidential;

    config->measurements_path[0] = "provider";
    config->measurements_path[1] = csp_name(config->csp);
    if (config->csp != CSP_AZURE || is_null(flag))
        return ERR_OK;
    if (node_bool(flag, "provider.azure.confidentialVM", &is_confidential, err))
        return err->code;
    config->variant = slice_text(is_confidential ? "azure-sev-snp" : "azure-trustedlaunch");
    return ERR_OK;
}

static enum err_code read_root(const struct node *root, enum csp csp, struct config *config,
                               struct err *err)
{
    const struct node *providers = node_get(root, "provider");
    const struct node *attestation = node_get(root, "attestation");
    const struct node *provider;

    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want image, provider, ...",
                       (unsigned)root->line, is_null(root) ? "nothing" : node_type_name(root));
    if (optional_string(root, "image", &config->image, err) ||
        optional_string(root, "repository", &config->repository, err) ||
        choose_csp(providers, csp, &config->csp, err))
        return err->code;
    provider = node_get(providers, csp_name(config->csp));
    if (provider->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: provider.%s: have %s, want an object",
                       (unsigned)provider->line, csp_name(config->csp), node_type_name(provider));
    config->measurements_path[2] = "measurements";
    if (config->csp == CSP_AWS && optional_string(provider, "region", &config->region, err))
        return err->code;
    return is_null(attestation) ? read_provider(provider, config, err)
                                : read_attestation(attestation, config, err);
}

enum err_code config_parse(struct slice bytes, enum csp csp, struct arena *arena,
                           struct config *config, struct err *err)
{
    const struct node *root;

    memset(config, 0, sizeof *config);
    if (bytes.len > CONFIG_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes: a config has at most %zu", bytes.len,
                       CONFIG_MAX_BYTES);
    if (yaml_parse(bytes, arena, &root, err) || read_root(root, csp, config, err)) {
        memset(config, 0, sizeof *config);
        return err->code;
    }
    return ERR_OK;
}
