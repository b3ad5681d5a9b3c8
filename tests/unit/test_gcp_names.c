#include "bundle/publish/gcp_names.h"

#include <string.h>

#include "tests/unit/test.h"

struct row {
    enum gcp_name kind;
    const char *name;
    bool is_good;
};

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct row rows[] = {
    {GCP_PROJECT, "my-project", true},
    {GCP_PROJECT, "abcdef", true},
    {GCP_PROJECT, TEN TEN TEN, true},
    {GCP_PROJECT, "example.com:my-project", true},
    {GCP_PROJECT, "", false},
    {GCP_PROJECT, "abcde", false},
    {GCP_PROJECT, TEN TEN TEN "a", false},
    {GCP_PROJECT, "1bcdef", false},
    {GCP_PROJECT, "abcdef-", false},
    {GCP_PROJECT, "Abcdef", false},
    {GCP_PROJECT, "abc def", false},
    {GCP_PROJECT, ":my-project", false},
    {GCP_PROJECT, "example.com:", false},
    {GCP_PROJECT, "-x:my-project", false},
    {GCP_PROJECT, "a:b:my-project", false},
    {GCP_PROJECT, "a/b:my-project", false},
    {GCP_BUCKET, "abc", true},
    {GCP_BUCKET, "1-a_9", true},
    {GCP_BUCKET, SIXTY "aaa", true},
    {GCP_BUCKET, SIXTY "aaaa", false},
    {GCP_BUCKET, "ab", false},
    {GCP_BUCKET, "a.c", false},
    {GCP_BUCKET, "-abc", false},
    {GCP_BUCKET, "abc_", false},
    {GCP_BUCKET, "aBc", false},
    {GCP_BUCKET, "googx", false},
    {GCP_BUCKET, "x-google-x", false},
    {GCP_BUCKET, "xgoogx", true},
    {GCP_LOCATION, "US", true},
    {GCP_LOCATION, "europe-west4", true},
    {GCP_LOCATION, "", false},
    {GCP_LOCATION, "4x", false},
    {GCP_LOCATION, "a b", false},
    {GCP_LOCATION, SIXTY "aaaa", false},
    {GCP_IMAGE, "a", true},
    {GCP_IMAGE, "a-0", true},
    {GCP_IMAGE, SIXTY "aaa", true},
    {GCP_IMAGE, SIXTY "aaaa", false},
    {GCP_IMAGE, "", false},
    {GCP_IMAGE, "a-", false},
    {GCP_IMAGE, "-a", false},
    {GCP_IMAGE, "a_b", false},
    {GCP_IMAGE, "0a", false},
    {GCP_FAMILY, "f.x", false},
    {GCP_FAMILY, "f-x", true},
};

TEST(gcp_names_follow_the_rules)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_good = gcp_name_is(rows[i].kind, rows[i].name);

        test_check(is_good == rows[i].is_good, __FILE__, __LINE__, rows[i].name);
        CHECK(strncmp(gcp_name_rule(rows[i].kind), "want ", 5) == 0);
    }
}

static void check_uid(const char *want, const char *text, const char *variant)
{
    char name[GCP_NAME_MAX + 1];
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(slice_text(text), &uid, &err), err);
    CHECK(gcp_name_of_uid(&uid, slice_text(variant), "x86_64", name) == (want[0] != '\0'));
    CHECK_TEXT(want, slice_text(name));
}

TEST(gcp_names_are_made_of_uids)
{
    check_uid("stable-x86-64-v2-3-0", "v2.3.0", "");
    check_uid("debug-gcp-sev-snp-x86-64-v2-3-0", "stream/debug/v2.3.0", "gcp-sev-snp");
    check_uid("feat-x-debug-x86-64-v2-3-0", "ref/Feat-X/stream/debug/v2.3.0", "");
    check_uid("", "ref/1x/stream/debug/v2.3.0", "");
    check_uid("", "ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84", "gcp-sev-snp");
}

static void check_file(const char *want, const char *path)
{
    char name[GCP_NAME_MAX + 1];

    CHECK(gcp_name_of_file(path, "aarch64", name) == (want[0] != '\0'));
    CHECK_TEXT(want, slice_text(name));
}

TEST(gcp_names_are_made_of_files)
{
    check_file("disk-aarch64", "disk.raw");
    check_file("my-disk-v2-aarch64", "/a/b.c/My_disk.v2.raw.zst");
    check_file("x-aarch64", "x.img");
    check_file("", "1.raw");
    check_file("", "/");
    check_file("", SIXTY ".raw");
    check_file(TEN TEN TEN TEN TEN "aaaaa-aarch64", TEN TEN TEN TEN TEN "aaaaa");
    check_file("", TEN TEN TEN TEN TEN "aaaaaa");
}

TEST(gcp_names_give_each_project_a_bucket)
{
    char bucket[GCP_BUCKET_MAX + 1];

    gcp_bucket_of_project("my-project", bucket);
    CHECK_TEXT("my-project-sealift", slice_text(bucket));
    gcp_bucket_of_project("example.com:my-project", bucket);
    CHECK_TEXT("example-com-my-project-sealift", slice_text(bucket));
    CHECK(gcp_name_is(GCP_BUCKET, bucket));
}
