#include <string.h>

#include "resolver/core/layout.h"
#include "tests/unit/test.h"
#include "tests/unit/uid_of.h"

static const struct {
    const char *uid;
    const char *tables[LAYOUT_COUNT];
    const char *measurements[LAYOUT_COUNT]; /* of azure */
    const char *local[2];
} names[] = {
    {"v2.2.0",
     {"images/v2.2.0.json", "constellation/v1/ref/-/stream/stable/v2.2.0/image/info.json",
      "constellation/v2/ref/-/stream/stable/v2.2.0/image/info.json"},
     {"measurements/azure/v2.2.0/measurements.yaml",
      "constellation/v1/ref/-/stream/stable/v2.2.0/image/csp/azure/measurements.json",
      "constellation/v2/ref/-/stream/stable/v2.2.0/image/measurements.json"},
     {"v2.2.0.json", "constellation_v2_ref_-_stream_stable_v2.2.0_image_info.json"}},
    {"stream/debug/v2.3.0",
     {"images/stream_debug_v2.3.0.json",
      "constellation/v1/ref/-/stream/debug/v2.3.0/image/info.json",
      "constellation/v2/ref/-/stream/debug/v2.3.0/image/info.json"},
     {"measurements/azure/stream_debug_v2.3.0/measurements.yaml",
      "constellation/v1/ref/-/stream/debug/v2.3.0/image/csp/azure/measurements.json",
      "constellation/v2/ref/-/stream/debug/v2.3.0/image/measurements.json"},
     {"stream_debug_v2.3.0.json", "constellation_v2_ref_-_stream_debug_v2.3.0_image_info.json"}},
    {"ref/feat-xyz/stream/nightly/v2.4.0-pre.0",
     {"images/ref_feat-xyz_stream_nightly_v2.4.0-pre.0.json",
      "constellation/v1/ref/feat-xyz/stream/nightly/v2.4.0-pre.0/image/info.json",
      "constellation/v2/ref/feat-xyz/stream/nightly/v2.4.0-pre.0/image/info.json"},
     {"measurements/azure/ref_feat-xyz_stream_nightly_v2.4.0-pre.0/measurements.yaml",
      "constellation/v1/ref/feat-xyz/stream/nightly/v2.4.0-pre.0/image/csp/azure/"
      "measurements.json",
      "constellation/v2/ref/feat-xyz/stream/nightly/v2.4.0-pre.0/image/measurements.json"},
     {"ref_feat-xyz_stream_nightly_v2.4.0-pre.0.json",
      "constellation_v2_ref_feat-xyz_stream_nightly_v2.4.0-pre.0_image_info.json"}},
};

TEST(layout_names_tables_and_measurements)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct uid uid = uid_of(names[i].uid);
        char name[LAYOUT_NAME_MAX];

        for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
            layout_table_name((enum layout)layout, &uid, name);
            CHECK_TEXT(names[i].tables[layout], slice_text(name));
            layout_measurements_name((enum layout)layout, &uid, CSP_AZURE, name);
            CHECK_TEXT(names[i].measurements[layout], slice_text(name));
        }
    }
}

TEST(layout_names_local_tables)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct uid uid = uid_of(names[i].uid);
        char name[LAYOUT_NAME_MAX];

        for (int which = 0; which < 2; which++) {
            layout_local_name(which, &uid, name);
            CHECK_TEXT(names[i].local[which], slice_text(name));
        }
    }
}

TEST(layout_has_a_folder_for_each_csp_but_in_v2)
{
    struct uid uid = uid_of("v1.0.0");
    char name[LAYOUT_NAME_MAX];

    layout_measurements_name(LAYOUT_RFC, &uid, CSP_OPENSTACK, name);
    CHECK_TEXT("measurements/openstack/v1.0.0/measurements.yaml", slice_text(name));
    layout_measurements_name(LAYOUT_V1, &uid, CSP_GCP, name);
    CHECK_TEXT("constellation/v1/ref/-/stream/stable/v1.0.0/image/csp/gcp/measurements.json",
               slice_text(name));
    layout_measurements_name(LAYOUT_V2, &uid, CSP_QEMU, name);
    CHECK_TEXT("constellation/v2/ref/-/stream/stable/v1.0.0/image/measurements.json",
               slice_text(name));
}

TEST(layout_names_the_folder_of_version_lists)
{
    char name[LAYOUT_NAME_MAX];

    layout_versions_folder("-", "stable", name);
    CHECK_TEXT("constellation/v1/ref/-/stream/stable/versions", slice_text(name));
    layout_versions_folder("main", "nightly", name);
    CHECK_TEXT("constellation/v1/ref/main/stream/nightly/versions", slice_text(name));
}

TEST(layout_words)
{
    CHECK_TEXT("rfc", slice_text(layout_text(LAYOUT_RFC)));
    CHECK_TEXT("v1", slice_text(layout_text(LAYOUT_V1)));
    CHECK_TEXT("v2", slice_text(layout_text(LAYOUT_V2)));
    CHECK_NUMBER(LAYOUT_RFC, layout_parse(SLICE("rfc")));
    CHECK_NUMBER(LAYOUT_V1, layout_parse(SLICE("v1")));
    CHECK_NUMBER(LAYOUT_V2, layout_parse(SLICE("v2")));
    CHECK_NUMBER(-1, layout_parse(SLICE("v3")));
    CHECK_NUMBER(-1, layout_parse(SLICE("RFC")));
    CHECK_NUMBER(-1, layout_parse(SLICE("")));
}

/* What source.h promises of names: segments of [A-Za-z0-9._-], none of them "." or "..". */
static void check_name(const char *name)
{
    struct slice rest = slice_text(name);

    CHECK(rest.len > 0 && rest.len < LAYOUT_NAME_MAX - 64);
    while (rest.ptr) {
        struct slice segment = slice_cut(&rest, '/');

        CHECK(segment.len > 0 && !slice_is(segment, ".") && !slice_is(segment, ".."));
        CHECK(strspn((const char *)segment.ptr,
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "abcdefghijklmnopqrstuvwxyz0123456789._-") == segment.len);
    }
}

TEST(layout_names_of_the_longest_uids_are_whole)
{
    char text[UID_MAX + 1], name[LAYOUT_NAME_MAX];
    struct uid uid;

    memset(text, 'z', UID_MAX);
    text[UID_MAX] = '\0';
    memcpy(text, "ref/", 4);
    memcpy(text + 90, "/stream/console/v1.0.0-", 23);
    uid = uid_of(text);
    CHECK_NUMBER(UID_MAX, strlen(uid.text));
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        layout_table_name((enum layout)layout, &uid, name);
        check_name(name);
        CHECK(slice_ends(slice_text(name), ".json"));
        layout_measurements_name((enum layout)layout, &uid, CSP_OPENSTACK, name);
        check_name(name);
        CHECK(strstr(name, "/measurements.") != NULL);
    }
    layout_local_name(1, &uid, name);
    check_name(name);
    layout_versions_folder(uid.ref, uid.stream, name);
    check_name(name);
}
