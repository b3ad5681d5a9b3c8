/* How a bundle's files are spoken of. */
#include "bundle/cli/bundle_show.h"

#include <string.h>

#include "tests/unit/test.h"

static struct layer layer_of(enum layer_kind kind)
{
    const char *type = layer_media_type(kind);

    return (struct layer){.kind = kind,
                          .title = SLICE("a/b"),
                          .blob = {.media_type = slice_text(type ? type : "text/\x1b"), .size = 5},
                          .csp = CSP_GCP,
                          .variant = SLICE("gcp-sev-es"),
                          .image = {.raw_size = 4096}};
}

static void check_what(const char *want, const struct layer *layer)
{
    char text[256];
    struct buf out;

    buf_init_fixed(&out, text, sizeof text);
    show_what(layer, &out);
    CHECK_TEXT(want, buf_slice(&out));
}

static void check_json(const char *want, const struct layer *layer)
{
    char text[1024];
    struct json_writer json;
    struct buf out;

    buf_init_fixed(&out, text, sizeof text);
    json = json_writer_to(&out, 0);
    json_begin_map(&json);
    show_layer_json(layer, &json);
    json_end_map(&json);
    CHECK_TEXT(want, buf_slice(&out));
}

TEST(bundle_show_says_what_a_file_is)
{
    static const struct {
        enum layer_kind kind;
        const char *want;
    } cases[] = {{LAYER_TABLE, "lookup table"},
                 {LAYER_MEASUREMENTS_YAML, "measurements"},
                 {LAYER_MEASUREMENTS_JSON, "measurements"},
                 {LAYER_SIGNATURE, "signature"},
                 {LAYER_IMAGE_ZSTD, "image gcp gcp-sev-es"},
                 {LAYER_IMAGE_RAW, "image gcp gcp-sev-es"},
                 {LAYER_OTHER, "text/\\x1b"}};
    struct layer layer;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        layer = layer_of(cases[i].kind);
        check_what(cases[i].want, &layer);
    }
    layer = layer_of(LAYER_IMAGE_RAW);
    layer.variant = SLICE("");
    check_what("image gcp", &layer);
}

#define ZEROS "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "sha256:1111111111111111111111111111111111111111111111111111111111111111"

TEST(bundle_show_has_members_of_a_file)
{
    struct layer layer = layer_of(LAYER_TABLE);

    check_json("{\"title\":\"a/b\",\"kind\":\"table\",\"mediaType\":"
               "\"application/vnd.sealift.table.v1+json\",\"sizeBytes\":5,\"digest\":\"" ZEROS
               "\",\"unsigned\":false}",
               &layer);
    layer = layer_of(LAYER_IMAGE_RAW);
    memset(layer.image.raw_digest, 0x11, SHA256_SIZE);
    layer.is_unsigned = true;
    check_json("{\"title\":\"a/b\",\"kind\":\"image\",\"mediaType\":"
               "\"application/vnd.sealift.image.raw\",\"sizeBytes\":5,\"digest\":\"" ZEROS
               "\",\"csp\":\"gcp\",\"variant\":\"gcp-sev-es\",\"rawSizeBytes\":4096,"
               "\"rawDigest\":\"" ONES "\",\"unsigned\":true}",
               &layer);
    layer = layer_of(LAYER_IMAGE_ZSTD);
    layer.variant = SLICE("");
    check_json("{\"title\":\"a/b\",\"kind\":\"image\",\"mediaType\":"
               "\"application/vnd.sealift.image.raw+zstd\",\"sizeBytes\":5,\"digest\":\"" ZEROS
               "\",\"csp\":\"gcp\",\"variant\":null,\"rawSizeBytes\":4096,\"rawDigest\":\"" ZEROS
               "\",\"unsigned\":false}",
               &layer);
    layer = layer_of(LAYER_OTHER);
    layer.blob.media_type = SLICE("a/b");
    check_json("{\"title\":\"a/b\",\"kind\":\"other\",\"mediaType\":\"a/b\",\"sizeBytes\":5,"
               "\"digest\":\"" ZEROS "\",\"unsigned\":false}",
               &layer);
}

TEST(bundle_show_names_keys_and_times)
{
    struct key a = {.name = "a.pub"}, b = {.name = "b\n.pub"};
    const struct key *keys[] = {&a, &b};
    char text[256];
    struct json_writer json;
    struct buf out;

    buf_init_fixed(&out, text, sizeof text);
    show_keys(keys, 2, &out);
    CHECK_TEXT("a.pub, b\\x0a.pub", buf_slice(&out));
    buf_clear(&out);
    show_keys(keys, 0, &out);
    CHECK_TEXT("", buf_slice(&out));
    json = json_writer_to(&out, 0);
    json_begin_map(&json);
    show_time_json("none", MANIFEST_TIME_NONE, &json);
    show_time_json("one", 1730851199, &json);
    json_end_map(&json);
    CHECK_TEXT("{\"none\":null,\"one\":\"2024-11-05T23:59:59Z\"}", buf_slice(&out));
}
