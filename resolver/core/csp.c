#include "resolver/core/csp.h"

static const char *const names[CSP_COUNT] = {"", "aws", "azure", "gcp", "openstack", "qemu"};
static const char *const titles[CSP_COUNT] = {"", "AWS", "Azure", "GCP", "OpenStack", "QEMU"};

struct variant {
    enum csp csp;
    const char *name;
    const char *old_name; /* in rfc and v1 tables; NULL when there is none */
};

static const struct variant variants[] = {
    {CSP_AWS, "aws-nitro-tpm", NULL},
    {CSP_AWS, "aws-sev-snp", NULL},
    {CSP_AZURE, "azure-sev-snp", "cvm"},
    {CSP_AZURE, "azure-tdx", NULL},
    {CSP_AZURE, "azure-trustedlaunch", "trustedlaunch"},
    {CSP_GCP, "gcp-sev-es", "sev-es"},
    {CSP_GCP, "gcp-sev-snp", NULL},
    {CSP_OPENSTACK, "qemu-vtpm", "sev"},
    {CSP_QEMU, "qemu-vtpm", "default"},
    {CSP_QEMU, "qemu-tdx", NULL},
};

#define VARIANT_COUNT (sizeof variants / sizeof variants[0])

enum csp csp_parse(struct slice name)
{
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        if (slice_is_nocase(name, names[csp]))
            return (enum csp)csp;
    }
    return CSP_NONE;
}

const char *csp_name(enum csp csp)
{
    return names[csp];
}

const char *csp_title(enum csp csp)
{
    return titles[csp];
}

const char *csp_names(void)
{
    return "aws, azure, gcp, openstack, qemu";
}

struct slice variant_canonical(enum csp csp, struct slice name)
{
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (variants[i].csp == csp && variants[i].old_name && slice_is(name, variants[i].old_name))
            return slice_text(variants[i].name);
    }
    return name;
}

struct slice variant_old(enum csp csp, struct slice name)
{
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (variants[i].csp == csp && variants[i].old_name && slice_is(name, variants[i].name))
            return slice_text(variants[i].old_name);
    }
    return name;
}

bool variant_same(enum csp csp, struct slice a, struct slice b)
{
    return slice_equal(variant_canonical(csp, a), variant_canonical(csp, b));
}

bool variant_is_known(enum csp csp, struct slice name)
{
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (variants[i].csp == csp && slice_is(name, variants[i].name))
            return true;
    }
    return false;
}

enum csp variant_csp(struct slice name)
{
    enum csp found = CSP_NONE;

    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (!slice_is(name, variants[i].name))
            continue;
        if (found != CSP_NONE)
            return CSP_NONE;
        found = variants[i].csp;
    }
    return found;
}

bool variant_contradicts(enum csp csp, struct slice name)
{
    bool is_known = false;

    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        bool matches = slice_is(name, variants[i].name) ||
                       (variants[i].old_name && slice_is(name, variants[i].old_name));

        if (matches && variants[i].csp == csp)
            return false;
        is_known = is_known || matches;
    }
    return is_known;
}
