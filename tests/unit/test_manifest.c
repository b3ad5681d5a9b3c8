/* manifest_write and manifest_parse. */
#include "bundle/archive/manifest.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_world.h"

#define EMPTY                                                                                      \
    "\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"sha256:"         \
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2}"
#define HEAD                                                                                       \
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","           \
    "\"artifactType\":\"application/vnd.sealift.bundle.v1\"," EMPTY ",\"layers\":["
#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define OWN_MORE(more)                                                                             \
    "],\"annotations\":{" more "\"vnd.sealift.program\":\"sealift 0.1.0\","                        \
    "\"vnd.sealift.uid\":\"v2.2.0\",\"vnd.sealift.uids\":\"v2.2.0 v2.3.0\"}}"
#define OWN OWN_MORE("")
#define LAYER(type, size, annotations)                                                             \
    "{\"mediaType\":\"" type "\",\"digest\":\"" ZERO "\",\"size\":" size                           \
    ",\"annotations\":{" annotations "}}"
#define TITLE(title) "\"org.opencontainers.image.title\":\"" title "\""
#define TABLE LAYER("application/vnd.sealift.table.v1+json", "5", TITLE("a.json"))
#define ZSTD "application/vnd.sealift.image.raw+zstd"
#define RAW "application/vnd.sealift.image.raw"
#define CSP "\"vnd.sealift.csp\":\"gcp\""
#define FRAME "\"vnd.sealift.frame.size\":\"1048576\""
#define RAW_DIGEST "\"vnd.sealift.raw.digest\":\"" ONES "\""
#define RAW_SIZE "\"vnd.sealift.raw.size\":\"4096\""
#define IMAGE LAYER(ZSTD, "50", TITLE("a.raw.zst") "," CSP "," FRAME "," RAW_DIGEST "," RAW_SIZE)

static enum err_code parse(const char *text, struct manifest *manifest, struct err *err)
{
    static uint8_t memory[64 << 10];
    struct arena arena;

    arena_init_fixed(&arena, memory, sizeof memory);
    return manifest_parse(slice_text(text), &arena, manifest, err);
}

TEST(manifest_holds_what_it_says)
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
    CHECK_OK(parse(HEAD TABLE OWN, &manifest, &err), err);
    CHECK(manifest.created == MANIFEST_TIME_NONE && manifest.best_before == MANIFEST_TIME_NONE);
}

TEST(manifest_kinds_have_media_types)
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
    CHECK(layer_media_type(LAYER_OTHER) == NULL);
}

TEST(manifest_raw_images_are_themselves)
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

TEST(manifest_refusals)
{
    struct manifest manifest;
    struct err err;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        CHECK_ERR(ERR_FORMAT, refusals[i].message, parse(refusals[i].text, &manifest, &err), err);
        CHECK(!manifest.layers && manifest.uid_count == 0);
    }
}

TEST(manifest_has_one_form)
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

TEST(manifest_limits)
{
    struct manifest manifest = {.created = MANIFEST_TIME_NONE, .best_before = MANIFEST_TIME_NONE,
                                .program = SLICE("p")};
    struct annotation annotations[ANNOTATIONS_MAX + 1];
    char names[ANNOTATIONS_MAX + 1][16];
    struct layer layer = {.kind = LAYER_TABLE, .title = SLICE("a.json"),
                          .blob = descriptor_of("application/vnd.sealift.table.v1+json",
                                                SLICE("x"))};
    struct arena arena;
    struct buf text;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    buf_init_heap(&text, WORLD_MAX);
    CHECK_OK(uid_parse(SLICE("v2.2.0"), &manifest.uid, &err), err);
    manifest.uids = &manifest.uid;
    manifest.uid_count = 1;
    manifest.layers = &layer;
    manifest.layer_count = 1;
    for (size_t i = 0; i <= ANNOTATIONS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "n%02zu", i);
        annotations[i] = (struct annotation){slice_text(names[i]), SLICE("v")};
    }
    manifest.others = (struct annotations){annotations, ANNOTATIONS_MAX};
    manifest_write(&manifest, &text);
    CHECK_OK(manifest_parse(buf_slice(&text), &arena, &manifest, &err), err);
    CHECK_NUMBER(ANNOTATIONS_MAX, manifest.others.count);
    buf_clear(&text);
    buf_add_text(&text, HEAD TABLE "],\"annotations\":{\"x\":\"\"");
    for (size_t i = 0; i < ANNOTATIONS_MAX; i++)
        buf_add_format(&text, ",\"%s\":\"\"", names[i]);
    buf_add_text(&text, "}}");
    CHECK_ERR(ERR_FORMAT, "annotations: 65, at most 64 are read",
              manifest_parse(buf_slice(&text), &arena, &manifest, &err), err);
    buf_clear(&text);
    buf_add_text(&text, HEAD "1");
    for (size_t i = 0; i < MANIFEST_LAYERS_MAX; i++)
        buf_add_text(&text, ",1");
    buf_add_text(&text, OWN);
    CHECK_ERR(ERR_FORMAT, "layers: 2001, at most 2000 are read",
              manifest_parse(buf_slice(&text), &arena, &manifest, &err), err);
    buf_clear(&text);
    buf_add_text(&text, HEAD TABLE "],\"annotations\":{\"vnd.sealift.program\":\"p\","
                                   "\"vnd.sealift.uid\":\"v2.2.0\",\"vnd.sealift.uids\":\"v1.0.0");
    for (size_t i = 1; i <= MANIFEST_UIDS_MAX; i++)
        buf_add_format(&text, " v1.%zu.0", i);
    buf_add_text(&text, "\"}}");
    CHECK_ERR(ERR_FORMAT, "vnd.sealift.uids: 65, at most 64 are read",
              manifest_parse(buf_slice(&text), &arena, &manifest, &err), err);
    buf_extend(&text, MANIFEST_SIZE_MAX);
    CHECK_ERR(ERR_LIMIT, NULL, manifest_parse(buf_slice(&text), &arena, &manifest, &err), err);
    CHECK(strstr(err.msg, " bytes, at most 1048576 are read"));
    buf_clear(&text);
    arena_clear(&arena);
}

TEST(manifest_says_when_memory_is_short)
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
