#include "bundle/cli/table_publish_item.h"

#include "tests/unit/table_text.h"

static struct table_publish_item item;

static void check_read(const char *text, bool may_vary, enum csp csp, const char *variant,
                       const char *from)
{
    struct err err;

    CHECK_OK(table_publish_item_read(text, "image", may_vary, &item, &err), err);
    CHECK_NUMBER(csp, item.csp);
    CHECK_TEXT(variant, item.variant);
    CHECK_TEXT(from, slice_text(item.from));
}

TEST(table_publish_item_is_a_csp_and_a_file)
{
    check_read("aws=disk.raw", true, CSP_AWS, "", "disk.raw");
    check_read("GCP=a/b=c.raw", true, CSP_GCP, "", "a/b=c.raw");
    check_read("azure/cvm=disk", true, CSP_AZURE, "azure-sev-snp", "disk");
    check_read("qemu/qemu-tdx=disk", true, CSP_QEMU, "qemu-tdx", "disk");
    check_read("gcp=m.yaml", false, CSP_GCP, "", "m.yaml");
}

static void check_refused(const char *text, bool may_vary, const char *message)
{
    struct err err;

    CHECK_ERR(ERR_USAGE, message, table_publish_item_read(text, "image", may_vary, &item, &err),
              err);
}

#define KNOWN "want one of: aws, azure, gcp, openstack, qemu"

TEST(table_publish_item_refuses_other_texts)
{
    check_refused("", true, "--image \"\": want CSP=FILE");
    check_refused("aws", true, "--image \"aws\": want CSP=FILE");
    check_refused("aws=", true, "--image \"aws=\": want CSP=FILE");
    check_refused("=f", true, "--image \"=f\": csp \"\" is not known; " KNOWN);
    check_refused("moon=f", true, "--image \"moon=f\": csp \"moon\" is not known; " KNOWN);
    check_refused("azure/cvm=f", false,
                  "--image \"azure/cvm=f\": csp \"azure/cvm\" is not known; " KNOWN);
}

#define TABLE                                                                                      \
    "{\"version\":\"v1.0.0\",\"ref\":\"-\",\"stream\":\"stable\","                                 \
    "\"aws\":{\"us-east-1\":\"ami-1\",\"us-west-1\":\"ami-2\"},"                                   \
    "\"azure\":{\"cvm\":\"a\",\"trustedlaunch\":\"b\"},\"gcp\":{\"sev-es\":\"g\"}}"

static enum err_code settle(const char *text, struct err *err)
{
    struct table_text world;
    struct table_document document;
    enum err_code rc;

    table_text_begin(&world);
    document = table_text_read(&world, TABLE);
    CHECK_OK(table_publish_item_read(text, "image", true, &item, err), *err);
    rc = table_publish_item_settle(&document, &item, err);
    if (rc == ERR_OK)
        CHECK(variant_is_known(item.csp, item.variant));
    table_text_end(&world);
    return rc;
}

TEST(table_publish_item_gets_the_only_variant)
{
    struct err err;

    CHECK_OK(settle("aws=f", &err), err); /* two regions of one variant */
    CHECK_OK(settle("gcp=f", &err), err);
    CHECK_OK(settle("azure/trustedlaunch=f", &err), err);
    CHECK_ERR(ERR_AMBIGUOUS,
              "--image azure=...: the table has several variants: give azure/VARIANT=FILE",
              settle("azure=f", &err), err);
    CHECK_ERR(ERR_NOT_FOUND, "--image qemu=...: the table has no such entry", settle("qemu=f", &err),
              err);
    CHECK_ERR(ERR_NOT_FOUND, "--image azure/azure-tdx=...: the table has no such entry",
              settle("azure/azure-tdx=f", &err), err);
    CHECK_ERR(ERR_NOT_FOUND, "--image gcp/gcp-sev-snp=...: the table has no such entry",
              settle("gcp/gcp-sev-snp=f", &err), err);
}
