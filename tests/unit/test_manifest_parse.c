/* What manifest_parse takes, and each of its refusals. */
#include "bundle/archive/manifest.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/json.h"
#include "tests/unit/bundle_world.h"
#include "tests/unit/manifest_text.h"

static enum err_code parse(const char *text, struct manifest *manifest, struct err *err)
{
    static uint8_t memory[64 << 10];
    struct arena arena;

    arena_init_fixed(&arena, memory, sizeof memory);
    return manifest_parse(slice_text(text), &arena, manifest, err);
}

TEST(manifest_parse_holds_what_it_says)
{
    struct manifest manifest;
    const struct layer *image;
    struct err err;

    CHECK_OK(parse(HEAD TABLE "," IMAGE OWN_MORE(
                       "\"note\":\"x\",\"org.opencontainers.image.created\":"
                       "\"2024-02-29T00:00:00Z\",\"vnd.sealift.best-before\":"
                       "\"2025-01-01T00:00:00Z\","),
                   &manifest, &err),
             err);
    CHECK_TEXT("v2.2.0", slice_text(manifest.uid.text));
    CHECK_NUMBER(2, manifest.uid_count);
    CHECK_NUMBER(1709164800, manifest.created);
    CHECK_NUMBER(1735689600, manifest.best_before);
    CHECK_TEXT("sealift 0.1.0", manifest.program);
    CHECK_NUMBER(1, manifest.others.count);
    CHECK_TEXT("x", manifest.others.list[0].value);
    CHECK_NUMBER(2, manifest.layer_count);
    CHECK_NUMBER(LAYER_TABLE, manifest.layers[0].kind);
    CHECK(!layer_is_image(&manifest.layers[0]));
    image = &manifest.layers[1];
    CHECK(layer_is_image(image) && image->csp == CSP_GCP && image->variant.len == 0);
    CHECK_NUMBER(4096, image->image.raw_size);
    CHECK_NUMBER(50, image->image.stored_size);
    CHECK_NUMBER(1048576, image->image.frame_size);
    CHECK_NUMBER(0x11, image->image.raw_digest[31]);
    CHECK_NUMBER(0x22, image->image.stored_digest[31]);
    CHECK_OK(parse(HEAD TABLE OWN, &manifest, &err), err);
    CHECK(manifest.created == MANIFEST_TIME_NONE && manifest.best_before == MANIFEST_TIME_NONE);
}

TEST(manifest_parse_kinds_have_media_types)
{
    static const struct {
        const char *type, *title;
        enum layer_kind kind;
    } kinds[] = {
        {"application/vnd.sealift.table.v1+json", "a.json", LAYER_TABLE},
        {"application/vnd.sealift.measurements.v1+yaml", "a.yaml", LAYER_MEASUREMENTS_YAML},
        {"application/vnd.sealift.measurements.v1+json", "a.json", LAYER_MEASUREMENTS_JSON},
        {"application/vnd.sealift.signature.v1", "a.sig", LAYER_SIGNATURE},
        {"application/vnd.sealift.signature.v1", "a.sigstore.json", LAYER_SIGNATURE},
        {"application/spdx+json", "a", LAYER_OTHER},
        {"application/spdx+json", "a.sigstore.json", LAYER_OTHER},
    };
    struct manifest manifest;
    struct err err;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char text[2048];

        snprintf(text, sizeof text, HEAD LAYER("%s", "5", TITLE("%s")) OWN, kinds[i].type,
                 kinds[i].title);
        CHECK_OK(parse(text, &manifest, &err), err);
        CHECK_NUMBER(kinds[i].kind, manifest.layers[0].kind);
    }
}

TEST(manifest_parse_raw_images_are_themselves)
{
    struct manifest manifest;
    struct err err;

    CHECK_OK(parse(HEAD LAYER(RAW, "4096",
                              TITLE("a.raw") "," CSP ",\"vnd.sealift.raw.digest\":\"" ZERO
                                             "\"," RAW_SIZE ",\"vnd.sealift.variant\":\"v\"") OWN,
                   &manifest, &err),
             err);
    CHECK_TEXT("v", manifest.layers[0].variant);
}

/* Every refusal: a manifest and the message. */
static const struct {
    const char *text, *message;
} refusals[] = {
    {"", "line 1, column 1: the document is empty, want a value"},
    {"[]", "manifest: have a list, want a map"},
    {"{\"subject\":1}", "manifest: subject: is not expected here"},
    {"{}", "schemaVersion: want 2"},
    {"{\"schemaVersion\":2}",
     "mediaType: missing, want \"application/vnd.oci.image.manifest.v1+json\""},
    {"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
     "\"artifactType\":\"a/b\"}",
     "artifactType: have \"a/b\", want \"application/vnd.sealift.bundle.v1\""},
    {HEAD TABLE "]}", "annotations: have nothing, want a map"},
    {HEAD TABLE "],\"annotations\":{\"a\":1}}", "annotation \"a\": have a number, want a string"},
    {HEAD TABLE "],\"annotations\":{\"\":\"x\"}}",
     "annotation \"\": longer than 4096 bytes, or without a name"},
    {HEAD TABLE "],\"annotations\":{\"vnd.sealift.uid\":\"\"}}", "vnd.sealift.uid: empty"},
    {HEAD TABLE "],\"annotations\":{}}", "vnd.sealift.uid: missing"},
    {HEAD TABLE "],\"annotations\":{\"vnd.sealift.uid\":\"v2.2.0\"}}", "vnd.sealift.uids: missing"},
    {HEAD TABLE "],\"annotations\":{\"vnd.sealift.uid\":\"v2.2.0\",\"vnd.sealift.uids\":\"x\"}}",
     "vnd.sealift.program: missing"},
    {HEAD TABLE "],\"annotations\":{\"vnd.sealift.program\":\"p\",\"vnd.sealift.uid\":\"v2.2.0\","
                "\"vnd.sealift.uids\":\"v2.2.0 v2.2.0\"}}",
     "vnd.sealift.uids: v2.2.0: not in order"},
    {HEAD TABLE "],\"annotations\":{\"vnd.sealift.program\":\"p\",\"vnd.sealift.uid\":\"v2.2.0\","
                "\"vnd.sealift.uids\":\"v2.2.1\"}}",
     "vnd.sealift.uids: v2.2.0 is not among them"},
    {HEAD TABLE OWN_MORE("\"org.opencontainers.image.created\":\"x\","),
     "org.opencontainers.image.created: have \"x\", want a time like 2024-11-05T23:59:59Z"},
    {HEAD TABLE OWN_MORE("\"vnd.sealift.best-before\":\"x\","),
     "vnd.sealift.best-before: have \"x\", want a time like 2024-11-05T23:59:59Z"},
    {HEAD OWN, "layers: have none, want a list that is not empty"},
    {HEAD "1" OWN, "layer 1: descriptor: have a number, want a map"},
    {HEAD "{\"mediaType\":\"a/b\",\"digest\":\"" ZERO "\",\"size\":1}" OWN,
     "layer 1: annotations: have nothing, want a map"},
    {HEAD LAYER("a/b", "1", "") OWN, "layer 1: org.opencontainers.image.title: missing"},
    {HEAD LAYER("a/b", "1", TITLE("../x")) OWN,
     "layer 1: title \"../x\": a part that ends in a dot"},
    {HEAD LAYER("application/vnd.sealift.table.v1+json", "1", TITLE("x.yaml")) OWN,
     "layer 1: title \"x.yaml\": does not end in .json"},
    {HEAD LAYER("application/vnd.sealift.measurements.v1+yaml", "1", TITLE("x")) OWN,
     "layer 1: title \"x\": does not end in .yaml"},
    {HEAD LAYER("application/vnd.sealift.measurements.v1+yaml", "1", TITLE("x.sigstore.json")) OWN,
     "layer 1: title \"x.sigstore.json\": does not end in .yaml"},
    {HEAD LAYER("application/vnd.sealift.measurements.v1+json", "1", TITLE("x")) OWN,
     "layer 1: title \"x\": does not end in .json"},
    {HEAD LAYER("application/vnd.sealift.signature.v1", "1", TITLE("x.json")) OWN,
     "layer 1: title \"x.json\": does not end in .sig"},
    {HEAD LAYER(ZSTD, "1", TITLE("x.raw")) OWN,
     "layer 1: title \"x.raw\": does not end in .raw.zst"},
    {HEAD LAYER(RAW, "1", TITLE("x.img")) OWN, "layer 1: title \"x.img\": does not end in .raw"},
    {HEAD LAYER("a/b", "1", TITLE("x.raw.zst")) OWN,
     "layer 1: title \"x.raw.zst\": is an image's, the media type is \"a/b\""},
    {HEAD LAYER("a/b", "1", TITLE("x") "," CSP) OWN, "layer 1: vnd.sealift.csp: is not expected here"},
    {HEAD LAYER("a/b", "1", TITLE("x") "," FRAME) OWN,
     "layer 1: vnd.sealift.frame.size: is not expected here"},
    {HEAD LAYER("a/b", "16777217", TITLE("x")) OWN,
     "layer 1: size: 16777217, at most 16777216 for what is no image"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst")) OWN, "layer 1: vnd.sealift.csp: missing"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst") ",\"vnd.sealift.csp\":\"moon\"") OWN,
     "layer 1: vnd.sealift.csp: have \"moon\", want one of aws, azure, gcp, openstack, qemu"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst") "," CSP) OWN,
     "layer 1: vnd.sealift.raw.size: missing"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst") "," CSP ",\"vnd.sealift.raw.size\":\"x\"") OWN,
     "layer 1: vnd.sealift.raw.size: have \"x\", want a whole number up to 2305843009213693951"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst") "," CSP ",\"vnd.sealift.raw.size\":\"0\"") OWN,
     "layer 1: vnd.sealift.raw.size: 0, an image is not empty"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst") "," CSP "," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.raw.digest: missing"},
    {HEAD LAYER(ZSTD, "1",
                TITLE("a.raw.zst") "," CSP ",\"vnd.sealift.raw.digest\":\"x\"," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.raw.digest: digest: have \"x\", want sha256: and 64 lower-case hex "
     "digits"},
    {HEAD LAYER(ZSTD, "1", TITLE("a.raw.zst") "," CSP "," RAW_DIGEST "," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.frame.size: missing"},
    {HEAD LAYER(ZSTD, "1",
                TITLE("a.raw.zst") "," CSP ",\"vnd.sealift.frame.size\":\"x\"," RAW_DIGEST
                                   "," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.frame.size: have \"x\", want a whole number up to 4294967295"},
    {HEAD LAYER(ZSTD, "1",
                TITLE("a.raw.zst") "," CSP ",\"vnd.sealift.frame.size\":\"5\"," RAW_DIGEST
                                   "," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.frame.size: 5: want a multiple of 4096 that is at most 8388608"},
    {HEAD LAYER(RAW, "4096", TITLE("a.raw") "," CSP "," FRAME "," RAW_DIGEST "," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.frame.size: is not expected here"},
    {HEAD LAYER(RAW, "4096", TITLE("a.raw") "," CSP "," RAW_DIGEST "," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.raw.size or vnd.sealift.raw.digest: not those of the layer"},
    {HEAD LAYER(RAW, "4095",
                TITLE("a.raw") "," CSP ",\"vnd.sealift.raw.digest\":\"" ZERO "\"," RAW_SIZE) OWN,
     "layer 1: vnd.sealift.raw.size or vnd.sealift.raw.digest: not those of the layer"},
    {HEAD IMAGE "," TABLE OWN, "layer 2: \"a.json\": not in order"},
    {HEAD TABLE "," TABLE OWN, "layer 2: \"a.json\": not in order"},
    {HEAD TABLE "," LAYER("a/b", "1", TITLE("a.jsoN")) OWN,
     "layer 2: \"a.jsoN\": not in order"},
    {HEAD LAYER("a/b", "1", TITLE("a.jsoN")) "," TABLE OWN,
     "titles \"a.jsoN\" and \"a.json\" differ in case alone"},
};

TEST(manifest_parse_refusals)
{
    static const struct manifest none;
    struct manifest manifest;
    struct err err;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        CHECK_ERR(ERR_FORMAT, refusals[i].message, parse(refusals[i].text, &manifest, &err), err);
        CHECK(memcmp(&manifest, &none, sizeof none) == 0);
    }
}

TEST(manifest_parse_has_one_form)
{
    struct manifest manifest;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "byte 1: not the one form of such a manifest",
              parse("{ \"schemaVersion\":2,\"mediaType\":"
                    "\"application/vnd.oci.image.manifest.v1+json\","
                    "\"artifactType\":\"application/vnd.sealift.bundle.v1\"," EMPTY
                    ",\"layers\":[" TABLE OWN,
                    &manifest, &err),
              err);
    CHECK_ERR(ERR_FORMAT, "byte 609: not the one form of such a manifest",
              parse(HEAD TABLE OWN " ", &manifest, &err), err);
    CHECK_ERR(ERR_FORMAT, "byte 514: not the one form of such a manifest",
              parse(HEAD LAYER("application/vnd.sealift.table.v1+json", "5",
                               TITLE("a.json") ",\"vnd.sealift.unsigned\":\"yes\"") OWN,
                    &manifest, &err),
              err);
    /* The same members in another order have the same length. */
    CHECK_ERR(ERR_FORMAT, "byte 508: not the one form of such a manifest",
              parse(HEAD LAYER(ZSTD, "50",
                               TITLE("a.raw.zst") "," FRAME "," CSP "," RAW_DIGEST "," RAW_SIZE) OWN,
                    &manifest, &err),
              err);
    CHECK_OK(parse(HEAD LAYER("application/vnd.sealift.table.v1+json", "5",
                              TITLE("a.json") ",\"vnd.sealift.unsigned\":\"true\"") OWN,
                   &manifest, &err),
             err);
    CHECK(manifest.layers[0].is_unsigned);
}

/* --- limits, on both sides --- */

struct limits {
    struct arena arena;
    struct buf text;
    struct manifest manifest;
    struct err err;
};

static void begin_limits(struct limits *limits)
{
    arena_init_heap(&limits->arena, WORLD_MAX);
    buf_init_heap(&limits->text, WORLD_MAX);
}

static enum err_code run_limits(struct limits *limits)
{
    return manifest_parse(buf_slice(&limits->text), &limits->arena, &limits->manifest, &limits->err);
}

static void end_limits(struct limits *limits)
{
    buf_clear(&limits->text);
    arena_clear(&limits->arena);
}

/* Annotations without a meaning. */
static void write_others(struct limits *limits, size_t count)
{
    buf_clear(&limits->text);
    buf_add_text(&limits->text, HEAD TABLE "],\"annotations\":{");
    for (size_t i = 0; i < count; i++)
        buf_add_format(&limits->text, "\"n%02zu\":\"\",", i);
    buf_add_text(&limits->text, "\"vnd.sealift.program\":\"p\",\"vnd.sealift.uid\":\"v2.2.0\","
                                "\"vnd.sealift.uids\":\"v2.2.0\"}}");
}

TEST(manifest_parse_limits_annotations)
{
    struct limits limits;

    begin_limits(&limits);
    write_others(&limits, ANNOTATIONS_MAX);
    CHECK_OK(run_limits(&limits), limits.err);
    CHECK_NUMBER(ANNOTATIONS_MAX, limits.manifest.others.count);
    write_others(&limits, ANNOTATIONS_MAX + 1);
    CHECK_ERR(ERR_FORMAT, "annotations: 65, at most 64 are read", run_limits(&limits), limits.err);
    end_limits(&limits);
}

static void write_annotation(struct limits *limits, size_t key, size_t value)
{
    buf_clear(&limits->text);
    buf_add_text(&limits->text, HEAD TABLE "],\"annotations\":{\"");
    memset(buf_extend(&limits->text, key), 'k', key);
    buf_add_text(&limits->text, "\":\"");
    memset(buf_extend(&limits->text, value), 'v', value);
    buf_add_text(&limits->text, "\",\"vnd.sealift.program\":\"p\",\"vnd.sealift.uid\":\"v2.2.0\","
                                "\"vnd.sealift.uids\":\"v2.2.0\"}}");
}

TEST(manifest_parse_limits_the_length_of_annotations)
{
    struct limits limits;

    begin_limits(&limits);
    write_annotation(&limits, ANNOTATION_MAX, ANNOTATION_MAX);
    CHECK_OK(run_limits(&limits), limits.err);
    write_annotation(&limits, 1, ANNOTATION_MAX + 1);
    CHECK_ERR(ERR_FORMAT, "annotation \"k\": longer than 4096 bytes, or without a name",
              run_limits(&limits), limits.err);
    write_annotation(&limits, ANNOTATION_MAX + 1, 1);
    CHECK_ERR(ERR_FORMAT, NULL, run_limits(&limits), limits.err);
    CHECK(strstr(limits.err.msg, ": longer than 4096 bytes, or without a name"));
    end_limits(&limits);
}

static void write_layers(struct limits *limits, size_t count)
{
    buf_clear(&limits->text);
    buf_add_text(&limits->text, HEAD);
    for (size_t i = 0; i < count; i++)
        buf_add_format(&limits->text, "%s" LAYER("a/b", "1", TITLE("%04zu")), i ? "," : "", i);
    buf_add_text(&limits->text, OWN);
}

TEST(manifest_parse_limits_layers)
{
    struct limits limits;

    begin_limits(&limits);
    write_layers(&limits, MANIFEST_LAYERS_MAX);
    CHECK_OK(run_limits(&limits), limits.err);
    CHECK_NUMBER(MANIFEST_LAYERS_MAX, limits.manifest.layer_count);
    write_layers(&limits, MANIFEST_LAYERS_MAX + 1);
    CHECK_ERR(ERR_FORMAT, "layers: 2001, at most 2000 are read", run_limits(&limits), limits.err);
    end_limits(&limits);
}

static void write_uids(struct limits *limits, unsigned count)
{
    buf_clear(&limits->text);
    buf_add_text(&limits->text,
                 HEAD TABLE "],\"annotations\":{\"vnd.sealift.program\":\"p\","
                            "\"vnd.sealift.uid\":\"v1.10.0\",\"vnd.sealift.uids\":\"v1.10.0");
    for (unsigned i = 1; i < count; i++)
        buf_add_format(&limits->text, " v1.%u.0", 10 + i);
    buf_add_text(&limits->text, "\"}}");
}

TEST(manifest_parse_limits_uids)
{
    struct limits limits;

    begin_limits(&limits);
    write_uids(&limits, MANIFEST_UIDS_MAX);
    CHECK_OK(run_limits(&limits), limits.err);
    CHECK_NUMBER(MANIFEST_UIDS_MAX, limits.manifest.uid_count);
    write_uids(&limits, MANIFEST_UIDS_MAX + 1);
    CHECK_ERR(ERR_FORMAT, "vnd.sealift.uids: 65, at most 64 are read", run_limits(&limits),
              limits.err);
    end_limits(&limits);
}

/* Blanks after it are another form, but one that is read to its end. */
TEST(manifest_parse_limits_bytes)
{
    struct limits limits;
    size_t more;

    begin_limits(&limits);
    buf_add_text(&limits.text, HEAD TABLE OWN);
    more = MANIFEST_SIZE_MAX - limits.text.len;
    memset(buf_extend(&limits.text, more), ' ', more);
    CHECK_ERR(ERR_FORMAT, "byte 609: not the one form of such a manifest", run_limits(&limits),
              limits.err);
    buf_add_byte(&limits.text, ' ');
    CHECK_ERR(ERR_LIMIT, "1048577 bytes, at most 1048576 are read", run_limits(&limits), limits.err);
    end_limits(&limits);
}

TEST(manifest_parse_limits_what_is_no_image)
{
    struct manifest manifest;
    struct err err;

    CHECK_OK(parse(HEAD LAYER("a/b", "16777216", TITLE("x")) OWN, &manifest, &err), err);
    CHECK_OK(parse(HEAD IMAGE OWN, &manifest, &err), err);
}

TEST(manifest_is_told_by_its_type)
{
    static const struct {
        const char *text;
        bool is_one;
    } cases[] = {{"{\"artifactType\":\"application/vnd.sealift.bundle.v1\"}", true},
                 {"{\"artifactType\":\"application/vnd.sealift.bundle.v2\"}", false},
                 {"{\"artifactType\":1}", false},
                 {"{\"mediaType\":\"application/vnd.sealift.bundle.v1\"}", false},
                 {"[\"artifactType\"]", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static uint8_t memory[4 << 10];
        const struct node *root;
        struct arena arena;
        struct err err;

        arena_init_fixed(&arena, memory, sizeof memory);
        CHECK_OK(json_parse(slice_text(cases[i].text), &arena, &root, &err), err);
        CHECK(manifest_is(root) == cases[i].is_one);
    }
}

TEST(manifest_parse_says_when_memory_is_short)
{
    struct slice text = SLICE(HEAD TABLE "," IMAGE OWN);
    static uint8_t memory[16 << 10];
    struct manifest manifest;
    struct arena arena;
    struct err err;
    size_t size = 0;

    for (;; size += 64) {
        enum err_code rc;

        arena_init_fixed(&arena, memory, size);
        rc = manifest_parse(text, &arena, &manifest, &err);
        if (rc == ERR_OK)
            break;
        CHECK(rc == ERR_LIMIT && !manifest.layers);
    }
    CHECK(size > 1000 && size < sizeof memory);
}
