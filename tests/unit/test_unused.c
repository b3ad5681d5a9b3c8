#include "bundle/table/unused.h"

#include "tests/unit/test.h"

static void check_kind(const char *name, enum unused_kind want, const char *uid)
{
    struct uid found;

    CHECK_NUMBER(want, unused_kind_of(name, &found));
    CHECK_TEXT(uid, slice_text(found.text));
}

TEST(unused_knows_images_and_tables_by_name)
{
    check_kind("images/v1.0.0.json", UNUSED_TABLE, "v1.0.0");
    check_kind("images/stream_debug_v1.0.0.json", UNUSED_TABLE, "stream/debug/v1.0.0");
    check_kind("images/v1.0.0/aws-x.raw", UNUSED_IMAGE, "v1.0.0");
    check_kind("images/v1.0.0/aws-x.raw.zst", UNUSED_IMAGE, "v1.0.0");
    check_kind("constellation/v1/ref/-/stream/stable/v1.0.0/image/info.json", UNUSED_TABLE, "v1.0.0");
    check_kind("constellation/v2/ref/x/stream/debug/v1.0.0/image/info.json", UNUSED_TABLE,
               "ref/x/stream/debug/v1.0.0");
    check_kind("constellation/v1/ref/-/stream/stable/v1.0.0/image/csp/aws/image.raw", UNUSED_IMAGE,
               "v1.0.0");
    check_kind("constellation/v1/ref/-/stream/stable/v1.0.0/image/csp/aws/x/image.raw",
               UNUSED_IMAGE, "v1.0.0");
    check_kind("images/v1.0.0.json.sig", UNUSED_OTHER, "");
    check_kind("images/v1.0.0-pre.json.sigstore.json", UNUSED_OTHER, "");
    check_kind("images/v1.json", UNUSED_OTHER, "");
    check_kind("images/v1.0.0/aws.txt", UNUSED_OTHER, "");
    check_kind("other/v1.0.0.json", UNUSED_OTHER, "");
    check_kind("constellation/v3/ref/-/stream/stable/v1.0.0/image/info.json", UNUSED_OTHER, "");
    check_kind("constellation/v1/ref/-/stream/stable/v1.0.0/image/x.raw", UNUSED_OTHER, "");
    check_kind("constellation/v1/ref/-/stream/stable/versions/latest/image.json", UNUSED_OTHER, "");
    check_kind("measurements/aws/v1.0.0/measurements.yaml", UNUSED_OTHER, "");
    check_kind("", UNUSED_OTHER, "");
}

TEST(unused_compares_references)
{
    struct document_entry kept[] = {
        {.csp = CSP_QEMU, .reference = SLICE("https://h/a/images/v1.0.0/q.raw")},
        {.csp = CSP_AWS, .reference = SLICE("b")},
        {.csp = CSP_AWS, .reference = SLICE("a")},
        {.csp = CSP_AWS, .reference = SLICE("b")},
    };
    size_t count = unused_sort(kept, 4);

    CHECK_NUMBER(3, count);
    CHECK(unused_has_reference(kept, count, &kept[1]));
    CHECK(!unused_has_reference(
        kept, count, &(struct document_entry){.csp = CSP_GCP, .reference = SLICE("a")}));
    CHECK(!unused_has_reference(
        kept, count, &(struct document_entry){.csp = CSP_AWS, .reference = SLICE("c")}));
    CHECK(unused_is_referred_to(kept, count, "images/v1.0.0/q.raw"));
    CHECK(!unused_is_referred_to(kept, count, "mages/v1.0.0/q.raw"));
    CHECK(!unused_is_referred_to(kept, count, "images/v1.0.1/q.raw"));
    CHECK_NUMBER(0, unused_sort(NULL, 0));
    CHECK(!unused_has_reference(NULL, 0, &kept[0]));
}

TEST(unused_sees_references_with_a_query)
{
    struct document_entry kept[] = {
        {.csp = CSP_QEMU, .reference = SLICE("https://h/images/v1.0.0/a.raw?sig=1#x")},
        {.csp = CSP_QEMU, .reference = SLICE("https://h/images/v1.0.0/b.raw#x?y")},
        {.csp = CSP_QEMU, .reference = SLICE("https://h/?/images/v1.0.0/c.raw")},
    };

    CHECK(unused_is_referred_to(kept, 3, "images/v1.0.0/a.raw"));
    CHECK(unused_is_referred_to(kept, 3, "images/v1.0.0/b.raw"));
    CHECK(!unused_is_referred_to(kept, 3, "images/v1.0.0/c.raw"));
}

TEST(unused_knows_where_tables_and_images_lie)
{
    CHECK(unused_may_lead_to("images"));
    CHECK(unused_may_lead_to("images/v1.0.0.json"));
    CHECK(unused_may_lead_to("constellation/v2"));
    CHECK(!unused_may_lead_to("images2"));
    CHECK(!unused_may_lead_to("measurements/images"));
    CHECK(!unused_may_lead_to(""));
}
