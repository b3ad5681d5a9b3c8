#include "bundle/sign/signable.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/measurements.h"
#include "resolver/core/table.h"
#include "tests/unit/test.h"

/* --- Names -------------------------------------------------------------------------------------- */

TEST(signable_kinds_by_name)
{
    static const struct {
        const char *path;
        enum signable_kind kind;
    } cases[] = {
        {"/srv/images/v2.2.0.json", SIGNABLE_TABLE},
        {"/srv/images/anything.json", SIGNABLE_TABLE},
        {"images/anything.json", SIGNABLE_TABLE},
        {"/srv/images/anything.json.sig", SIGNABLE_ANY},
        {"/srv/images/sub/anything.json", SIGNABLE_ANY},
        {"/srv/myimages/anything.json", SIGNABLE_ANY},
        {"/srv/image/info.json", SIGNABLE_TABLE},
        {"/srv/other/info.json", SIGNABLE_ANY},
        {"/srv/ref/-/stream/stable/v2.8.0/image/info.json", SIGNABLE_TABLE},
        {"v2.2.0.json", SIGNABLE_TABLE},
        {"/a/v2.3.0-pre.0.20230922011244-0744d001aa84.json", SIGNABLE_TABLE},
        {"/a/stream_debug_v2.3.0.json", SIGNABLE_TABLE},
        {"/a/ref_feat-x_stream_debug_v2.3.0.json", SIGNABLE_TABLE},
        {"/a/v2.2.json", SIGNABLE_ANY},
        {"/a/version.1.2.json", SIGNABLE_ANY},
        {"/a/constellation_v2_ref_-_stream_stable_v2.2.0_image_info.json", SIGNABLE_TABLE},
        {"/a/constellation_v2_ref_-_stream_stable_v2.2.0_image.json", SIGNABLE_ANY},
        {"/a/measurements.yaml", SIGNABLE_MEASUREMENTS},
        {"measurements.json", SIGNABLE_MEASUREMENTS},
        {"/srv/images/measurements.json", SIGNABLE_MEASUREMENTS},
        {"/srv/measurements/gcp/v2.2.0/measurements.yaml", SIGNABLE_MEASUREMENTS},
        {"/a/measurements.yml", SIGNABLE_ANY},
        {"/a/my-measurements.yaml", SIGNABLE_ANY},
        {"/a/b.raw", SIGNABLE_ANY},
        {"", SIGNABLE_ANY},
        {"/", SIGNABLE_ANY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        test_check_number(cases[i].kind, signable_kind_of(cases[i].path), cases[i].path, __FILE__,
                          __LINE__);
}

TEST(signable_sizes)
{
    CHECK(signable_max_bytes(SIGNABLE_TABLE) == TABLE_MAX_BYTES);
    CHECK(signable_max_bytes(SIGNABLE_MEASUREMENTS) == MEASUREMENTS_MAX_BYTES);
    CHECK(signable_max_bytes(SIGNABLE_ANY) == SIZE_MAX);
}

/* --- Contents ----------------------------------------------------------------------------------- */

static enum err_code check(const char *path, const char *text, struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)1 << 24);
    rc = signable_check(path, test_guarded(slice_text(text)), &arena, err);
    arena_clear(&arena);
    return rc;
}

/* The second half. Tests may make a struct verified; programs cannot. */
static enum err_code check_signed(const char *path, const char *text, struct err *err)
{
    struct verified verified = {.bytes = test_guarded(slice_text(text))};
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)1 << 24);
    rc = signable_check_signed(path, &verified, &arena, err);
    arena_clear(&arena);
    return rc;
}

#define TABLE_OF(version, ref, stream)                                                             \
    "{\"version\":\"" version "\",\"ref\":\"" ref "\",\"stream\":\"" stream                        \
    "\",\"list\":[{\"csp\":\"aws\",\"attestationVariant\":\"aws-nitro-tpm\",\"region\":\"r\","     \
    "\"reference\":\"ami-1\"}]}"

TEST(signable_table_in_every_place)
{
    const char *release = TABLE_OF("v2.8.0", "-", "stable");
    const char *branch = TABLE_OF("v2.4.0-pre.1", "feat-x", "debug");
    struct err err;

    CHECK_OK(check("/s/images/v2.8.0.json", release, &err), err);
    CHECK_OK(check("/s/ref/-/stream/stable/v2.8.0/image/info.json", release, &err), err);
    CHECK_OK(check("/s/image/info.json", release, &err), err);
    CHECK_OK(check("v2.8.0.json", release, &err), err);
    CHECK_OK(check("/s/constellation_v2_ref_-_stream_stable_v2.8.0_image_info.json", release,
                   &err), err);
    CHECK_OK(check("/s/images/ref_feat-x_stream_debug_v2.4.0-pre.1.json", branch, &err), err);
    CHECK_OK(check("/s/ref_feat-x_stream_debug_v2.4.0-pre.1.json", branch, &err), err);
    CHECK_OK(check("/s/ref/feat-x/stream/debug/v2.4.0-pre.1/image/info.json", branch, &err), err);
}

static void check_misplaced(const char *path, const char *want)
{
    struct err err;

    CHECK_ERR(ERR_FORGED, want, check(path, TABLE_OF("v2.8.0", "-", "stable"), &err), err);
}

TEST(signable_table_in_the_place_of_another)
{
    check_misplaced("/s/images/v2.9.0.json", "the contents are of v2.8.0 and belong at "
                    "images/v2.8.0.json, not at images/v2.9.0.json");
    check_misplaced("/s/images/V2.8.0.json", "the contents are of v2.8.0 and belong at "
                    "images/v2.8.0.json, not at images/V2.8.0.json");
    check_misplaced("/s/ref/-/stream/stable/v2.9.0/image/info.json",
                    "the contents are of v2.8.0 and belong at "
                    "ref/-/stream/stable/v2.8.0/image/info.json, not at "
                    "ref/-/stream/stable/v2.9.0/image/info.json");
    check_misplaced("/s/ref/-/stream/debug/v2.8.0/image/info.json",
                    "the contents are of v2.8.0 and belong at "
                    "ref/-/stream/stable/v2.8.0/image/info.json, not at "
                    "ref/-/stream/debug/v2.8.0/image/info.json");
    check_misplaced("/s/v2.9.0.json",
                    "the contents are of v2.8.0 and belong at v2.8.0.json, not at v2.9.0.json");
    check_misplaced("/s/stream_debug_v2.8.0.json", "the contents are of v2.8.0 and belong at "
                    "v2.8.0.json, not at stream_debug_v2.8.0.json");
    check_misplaced("/s/constellation_v2_ref_-_stream_stable_v2.9.0_image_info.json",
                    "the contents are of v2.8.0 and belong at "
                    "constellation_v2_ref_-_stream_stable_v2.8.0_image_info.json, not at "
                    "constellation_v2_ref_-_stream_stable_v2.9.0_image_info.json");
}

TEST(signable_table_that_names_no_version)
{
    struct err err;

    CHECK_ERR(ERR_POLICY,
              "the table carries no version: signed, it could pass for another version; add ref, "
              "stream and version",
              check("images/v2.2.0.json", "{\"aws\":{\"us-east-1\":\"ami-1\"}}", &err), err);
    CHECK_ERR(ERR_POLICY,
              "the table carries no stream: signed, it could pass for another version; add ref, "
              "stream and version",
              check("images/v2.2.0.json", "{\"version\":\"v2.2.0\",\"ref\":\"-\",\"aws\":{\"r\":"
                    "\"ami-1\"}}", &err), err);
    CHECK_ERR(ERR_POLICY,
              "the table carries no ref: signed, it could pass for another version; add ref, "
              "stream and version",
              check("images/v2.2.0.json", "{\"version\":\"v2.2.0\",\"stream\":\"stable\",\"aws\":"
                    "{\"r\":\"ami-1\"}}", &err), err);
}

TEST(signable_table_that_is_none)
{
    struct err err;

    CHECK_ERR(ERR_FORMAT, "lookup table: line 1, column 1: the document is empty, want a value",
              check("/s/image/info.json", "", &err), err);
    CHECK(check("/s/image/info.json", "{\"version\":", &err) == ERR_FORMAT);
    CHECK(check("/s/images/v2.8.0.json", "[]", &err) == ERR_FORMAT);
    CHECK_OK(check("/s/anything.json", "{\"version\":", &err), err);
}

#define VALUE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SINGLE(csp, uid) "csp: " csp "\nimage: " uid "\nmeasurements:\n  4: " VALUE "\n"
#define SET(csp, variant)                                                                          \
    "{\"csp\":\"" csp "\",\"attestationVariant\":\"" variant                                       \
    "\",\"measurements\":{\"4\":{\"expected\":\"" VALUE "\",\"warnOnly\":false}}}"
#define LIST(sets)                                                                                 \
    "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[" sets "]}"

static void check_both(const char *path, const char *text)
{
    struct err err;

    CHECK_OK(check(path, text, &err), err);
    CHECK_OK(check_signed(path, text, &err), err);
}

TEST(signable_measurements_in_every_place)
{
    check_both("measurements.yaml", SINGLE("gcp", "v2.2.0"));
    check_both("measurements.json", SINGLE("GCP", "v2.2.0"));
    check_both("/s/measurements/gcp/v2.2.0/measurements.yaml", SINGLE("GCP", "v2.2.0"));
    check_both("/s/ref/-/stream/stable/v2.2.0/image/csp/gcp/measurements.json",
               "{\"csp\":\"gcp\",\"image\":\"v2.2.0\",\"measurements\":{\"4\":\"" VALUE "\"}}");
    check_both("/s/ref/-/stream/stable/v2.8.0/image/measurements.json",
               LIST(SET("GCP", "gcp-sev-es") "," SET("GCP", "gcp-sev-snp") ","
                    SET("AWS", "aws-nitro-tpm")));
}

TEST(signable_measurements_in_the_place_of_others)
{
    struct err err;

    CHECK_ERR(ERR_FORGED, "the contents are of v2.2.0 and belong at "
              "measurements/aws/v2.2.0/measurements.yaml, not at "
              "measurements/gcp/v2.2.0/measurements.yaml",
              check("/s/measurements/gcp/v2.2.0/measurements.yaml", SINGLE("aws", "v2.2.0"), &err),
              err);
    CHECK_ERR(ERR_FORGED, "the contents are of v2.3.0 and belong at "
              "measurements/gcp/v2.3.0/measurements.yaml, not at "
              "measurements/gcp/v2.2.0/measurements.yaml",
              check("/s/measurements/gcp/v2.2.0/measurements.yaml", SINGLE("gcp", "v2.3.0"), &err),
              err);
    CHECK_ERR(ERR_FORGED, "the contents are of v2.2.0 and belong at "
              "ref/-/stream/stable/v2.2.0/image/csp/gcp/measurements.json, not at "
              "ref/-/stream/stable/v2.2.0/image/csp/aws/measurements.json",
              check("/ref/-/stream/stable/v2.2.0/image/csp/aws/measurements.json",
                    SINGLE("gcp", "v2.2.0"), &err), err);
    CHECK_ERR(ERR_FORGED, "the contents are of v2.8.0 and belong at "
              "ref/-/stream/stable/v2.8.0/image/measurements.json, not at "
              "ref/-/stream/stable/v2.9.0/image/measurements.json",
              check("/ref/-/stream/stable/v2.9.0/image/measurements.json",
                    LIST(SET("GCP", "gcp-sev-es")), &err), err);
}

TEST(signable_measurements_that_are_none)
{
    struct err err;

    CHECK_ERR(ERR_FORMAT, "measurements: csp: missing, want a string",
              check("measurements.yaml", "image: v2.2.0\n", &err), err);
    CHECK_ERR(ERR_FORMAT, "measurements: image: missing, want a string",
              check("measurements.yaml", "csp: gcp\n", &err), err);
    CHECK_ERR(ERR_FORMAT, "measurements: csp \"ibm\" is not known; want one of: aws, azure, "
              "gcp, openstack, qemu",
              check("measurements.yaml", "csp: ibm\nimage: v2.2.0\n", &err), err);
    CHECK(check("measurements.yaml", "csp: gcp\nimage: 2.2.0\n", &err) == ERR_FORMAT);
    CHECK(check("measurements.yaml", "csp: [\n", &err) == ERR_FORMAT);
    CHECK(check("measurements.json", "{\"csp\":", &err) == ERR_FORMAT);
    CHECK(check("measurements.json", "", &err) == ERR_FORMAT);
    CHECK_ERR(ERR_FORMAT, "measurements: list: there are no measurements in it",
              check("measurements.json", LIST(""), &err), err);
    CHECK_ERR(ERR_FORMAT, "measurements: list: there are no measurements in it",
              check("measurements.json", "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":"
                    "\"stable\",\"list\":{\"a\":1}}", &err), err);
    CHECK_ERR(ERR_FORMAT, "measurements: stream: missing, want a string",
              check("measurements.json", "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"list\":[{}]}",
                    &err), err);
}

TEST(signable_measurements_with_bad_values)
{
    struct err err;

    CHECK_ERR(ERR_FORMAT, "measurements: missing, want an object",
              check_signed("measurements.yaml", "csp: gcp\nimage: v2.2.0\n", &err), err);
    CHECK(check_signed("measurements.yaml", "csp: gcp\nimage: v2.2.0\nmeasurements: {4: abc}\n",
                       &err) == ERR_FORMAT);
    CHECK(check_signed("measurements.json",
                       LIST(SET("GCP", "gcp-sev-es") ",{\"csp\":\"AWS\"}"), &err) == ERR_FORMAT);
    CHECK_ERR(ERR_FORMAT, "list[1]: measurements: missing, want an object",
              check_signed("measurements.json",
                           LIST(SET("GCP", "gcp-sev-es") ",{\"csp\":\"AWS\","
                                "\"attestationVariant\":\"aws-nitro-tpm\"}"), &err), err);
    CHECK_ERR(ERR_FORMAT, "list: no csp in it is known",
              check_signed("measurements.json", LIST(SET("IBM", "x")), &err), err);
    CHECK(check_signed("measurements.yaml", "csp: gcp", &err) == ERR_FORMAT);
}

TEST(signable_measurements_of_one_variant_twice)
{
    struct err err;

    CHECK_ERR(ERR_AMBIGUOUS, "list[0]: two sets of measurements for variant gcp-sev-es on gcp",
              check_signed("measurements.json",
                           LIST(SET("GCP", "gcp-sev-es") "," SET("gcp", "gcp-sev-es")), &err),
              err);
    CHECK_OK(check_signed("measurements.json",
                          LIST(SET("GCP", "gcp-sev-es") "," SET("IBM", "x") "," SET("IBM", "x")),
                          &err), err);
}

static const char *many_sets(size_t count)
{
    static char text[16 << 10];
    size_t len = (size_t)snprintf(text, sizeof text,
                                  "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\","
                                  "\"list\":[");

    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "%s{\"csp\":\"gcp\",\"attestationVariant\":\"v%zu\","
                                "\"measurements\":{\"4\":\"" VALUE "\"}}", i ? "," : "", i);
    snprintf(text + len, sizeof text - len, "]}");
    return text;
}

TEST(signable_measurements_of_too_many_variants)
{
    struct err err;

    check_both("measurements.json", many_sets(SIGNABLE_LISTED_MAX));
    CHECK_ERR(ERR_LIMIT,
              "measurements: 65 sets of measurements, at most 64 are signed",
              check("measurements.json", many_sets(SIGNABLE_LISTED_MAX + 1), &err), err);
}

TEST(signable_refuses_what_is_too_large)
{
    static char text[MEASUREMENTS_MAX_BYTES + 2];
    struct err err;

    memset(text, ' ', sizeof text - 1);
    CHECK_ERR(ERR_LIMIT, "1048577 bytes, at most 1048576 are allowed",
              check("measurements.yaml", text, &err), err);
}

TEST(signable_check_signed_passes_other_kinds)
{
    struct err err;

    CHECK_OK(check_signed("/s/images/v2.2.0.json", "no table", &err), err);
    CHECK_OK(check_signed("/s/x", "", &err), err);
}

/* Signing one of these would sign a bundle. */
TEST(signable_refuses_what_signatures_of_bundles_are_made_of)
{
#define IMAGE "\"image\":{\"docker-manifest-digest\":\"sha256:00\"}"
    static const struct slice bad[] = {
        SLICE("{\"critical\":{" IMAGE "},\"optional\":null}"),
        SLICE(" \n{\"list\":[],\"critical\": {" IMAGE "}}"),
        SLICE("DSSEv1 28 application/vnd.in-toto+json 2 {}"),
        SLICE("sealift part v1\n\0\0\0"),
    };
    static const struct slice good[] = {
        SLICE(""), SLICE("{}"), SLICE("{\"critical\":1}"), SLICE("{\"critical\":{" IMAGE "}"),
        SLICE("DSSEv2 "), SLICE("sealift parts\n"), SLICE("\0\xff"),
    };
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_POLICY,
                  "is what the signature of a bundle or a container image is made of, and signed as a file it "
                  "would be one: give sign the bundle itself",
                  signable_check_other(bad[i], &arena, &err), err);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_OK(signable_check_other(good[i], &arena, &err), err);
    arena_clear(&arena);
    arena_init_heap(&arena, 0); /* without memory nobody can say, and so nothing is signed */
    CHECK_ERR(ERR_LIMIT, NULL, signable_check_other(bad[0], &arena, &err), err);
}
