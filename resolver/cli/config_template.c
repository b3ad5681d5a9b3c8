#include "resolver/cli/config_template.h"

#include "resolver/base/json_write.h"

static const char *const providers[CSP_COUNT] = {
    [CSP_AWS] = "    aws:\n"
                "        # Region in which the cluster runs; it also chooses the image.\n"
                "        region: \"\"\n"
                "        # Availability zone, such as eu-central-1a.\n"
                "        zone: \"\"\n",
    [CSP_AZURE] = "    azure:\n"
                  "        # Azure subscription and tenant.\n"
                  "        subscription: \"\"\n"
                  "        tenant: \"\"\n"
                  "        # Location of the resources, such as northeurope.\n"
                  "        location: \"\"\n"
                  "        # true: AMD SEV-SNP (azure-sev-snp); false: trusted launch.\n"
                  "        confidentialVM: true\n",
    [CSP_GCP] = "    gcp:\n"
                "        # GCP project.\n"
                "        project: \"\"\n"
                "        # Region and zone, such as europe-west3 and europe-west3-b.\n"
                "        region: \"\"\n"
                "        zone: \"\"\n",
    [CSP_OPENSTACK] = "    openstack:\n"
                      "        # Name of the cloud in clouds.yaml.\n"
                      "        cloud: \"\"\n",
    [CSP_QEMU] = "    qemu:\n"
                 "        # Number of virtual CPUs and MiB of memory of each machine.\n"
                 "        vcpus: 2\n"
                 "        memory: 2048\n",
};

void config_template(enum csp csp, const struct uid *uid, const char *repository, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    buf_add_text(out, "# Schema version of this file.\n"
                      "version: v2\n\n"
                      "# Version of the image: a release, or a short path such as\n"
                      "# stream/debug/v2.3.0.\n");
    buf_add_format(out, "image: %s\n\n", uid->text);
    buf_add_text(out, "# Where lookup tables and measurements lie: a directory or a base URL.\n");
    buf_add_text(out, repository ? "repository: " : "# repository: /srv/images\n");
    if (repository) {
        /* A JSON string is a YAML string, too. */
        json_text(&json, repository);
        buf_add_byte(out, '\n');
    }
    buf_add_text(out, "\nprovider:\n");
    buf_add_text(out, providers[csp]);
    buf_add_text(out, "        # Expected registers of the image. Fill them in with:\n"
                      "        #     sealift config fetch-measurements --key cosign.pub\n"
                      "        measurements:\n");
}
