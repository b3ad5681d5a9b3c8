#include "bundle/publish/launch_options.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

static enum err_code check(const char *a, const char *b, struct err *err)
{
    const char *words[] = {a, b};

    return launch_options_check(words, b ? 2 : 1, err);
}

TEST(launch_options_pass_when_they_are_listed)
{
    const struct launch_option *row;
    struct err err;

    for (size_t i = 0; (row = launch_options_get(i)); i++) {
        char word[64];

        CHECK(row->why[0]);
        snprintf(word, sizeof word, "%s%s", row->name, row->has_value ? "=x" : "");
        CHECK_OK(check(word, NULL, &err), err);
        snprintf(word, sizeof word, "%s%s", row->name, row->has_value ? "" : "=x");
        CHECK_NUMBER(ERR_USAGE, check(word, NULL, &err));
        snprintf(word, sizeof word, "%.*s", (int)strlen(row->name) - 1, row->name);
        CHECK_NUMBER(ERR_POLICY, check(word, NULL, &err)); /* a beginning that gcloud might take */
    }
}

/* What would undo the launch, wherever gcloud has it. */
TEST(launch_options_refuse_what_weakens)
{
    static const char *const words[] = {
        "--maintenance-policy=MIGRATE", "--no-shielded-secure-boot", "--no-shielded-vtpm",
        "--no-shielded-integrity-monitoring", "--confidential-compute", "--no-confidential-compute",
        "--confidential-compute-type=SEV", "--image=x", "--image-family=x", "--image-project=x",
        "--source-machine-image=x", "--source-snapshot=x", "--source-instance-template=x",
        "--flags-file=x", "--metadata=x=y", "--metadata-from-file=x=y", "--network-interface=x",
        "--create-disk=x", "--disk=x", "--local-ssd=x", "--min-cpu-platform=x", "--machine-type=x",
        "--zone=x", "--project=x", "--account=x", "--impersonate-service-account=x", "--format=x",
        "--container-image=x", "--enable-nested-virtualization", "--visible-core-count=1",
        "--async", "--quiet", "-q", "vm2", "--", "", "---network=x", "--NETWORK=x", " --network=x",
    };
    struct err err;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        CHECK_NUMBER(ERR_POLICY, check(words[i], NULL, &err));
}

TEST(launch_options_count_once)
{
    struct err err;

    CHECK_ERR(ERR_USAGE, "--tags is given twice", check("--tags=a", "--tags=b", &err), err);
    CHECK_ERR(ERR_USAGE, "--tags: want --tags=VALUE in one word", check("--tags=", NULL, &err), err);
    CHECK_ERR(ERR_USAGE, NULL, check("--tags=a\nb", NULL, &err), err);
}

TEST(launch_options_give_values)
{
    const char *words[] = {"--tags=a=b", "--no-address"};

    CHECK_TEXT("a=b", launch_options_value(words, 2, "--tags"));
    CHECK_TEXT("", launch_options_value(words, 2, "--no-address"));
    CHECK_TEXT("", launch_options_value(words, 2, "--network"));
}
