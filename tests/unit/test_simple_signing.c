#include "bundle/archive/simple_signing.h"

#include <string.h>

#include "resolver/base/json.h"
#include "tests/unit/bundle_world.h"

#define DIGEST "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define PAYLOAD                                                                                    \
    "{\"critical\":{\"identity\":{\"docker-reference\":\"sealift/bundle\"},\"image\":"             \
    "{\"docker-manifest-digest\":\"" DIGEST "\"},\"type\":\"cosign container image signature\"},"  \
    "\"optional\":null}"

static enum err_code read_payload(const char *text, uint8_t digest[SHA256_SIZE], struct err *err)
{
    static uint8_t memory[8192];
    struct arena arena;

    arena_init_fixed(&arena, memory, sizeof memory);
    return simple_payload_parse(slice_text(text), &arena, digest, err);
}

TEST(simple_signing_payload_is_as_cosign_writes_it)
{
    uint8_t digest[SHA256_SIZE], again[SHA256_SIZE];
    char memory[512];
    struct buf out;
    struct err err;

    sha256_of(SLICE("hello"), digest);
    buf_init_fixed(&out, memory, sizeof memory);
    simple_payload_write(digest, &out);
    CHECK_TEXT(PAYLOAD, buf_slice(&out));
    CHECK_OK(read_payload(PAYLOAD, again, &err), err);
    CHECK(memcmp(digest, again, SHA256_SIZE) == 0);
    /* cosign's own: another reference, annotations. */
    CHECK_OK(read_payload("{\"critical\":{\"identity\":{\"docker-reference\":\"host/x\"},\"image\":"
                          "{\"docker-manifest-digest\":\"" DIGEST "\"},\"type\":"
                          "\"cosign container image signature\"},\"optional\":{\"a\":\"b\"}}",
                          again, &err),
             err);
}

TEST(simple_signing_payload_refusals)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "line 1, column 1: the document is empty, want a value"},
        {"{}", "critical: have nothing, want a map"},
        {"{\"critical\":{}}", "type: missing, want \"cosign container image signature\""},
        /* A document of another kind that is a payload, too. */
        {"{\"critical\":{\"image\":{\"docker-manifest-digest\":\"" DIGEST "\"},"
         "\"type\":\"cosign container image signature\"},\"version\":\"v2.2.0\"}",
         "payload: version: is not expected here"},
        {"{\"critical\":{\"image\":{\"docker-manifest-digest\":\"" DIGEST "\"},"
         "\"type\":\"cosign container image signature\",\"list\":[]}}",
         "critical: list: is not expected here"},
        {"{\"critical\":{\"type\":\"x\"}}",
         "type: have \"x\", want \"cosign container image signature\""},
        {"{\"critical\":{\"type\":\"cosign container image signature\"}}",
         "docker-manifest-digest: missing, want a string"},
        {"{\"critical\":{\"image\":{\"docker-manifest-digest\":\"x\"},"
         "\"type\":\"cosign container image signature\"}}",
         "digest: have \"x\", want sha256: and 64 lower-case hex digits"},
    };
    uint8_t digest[SHA256_SIZE];
    struct err err;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_ERR(ERR_FORMAT, bad[i].message, read_payload(bad[i].text, digest, &err), err);
        CHECK(digest[0] == 0);
    }
}

TEST(simple_signing_manifest_goes_both_ways)
{
    struct manifest_signature signatures[2] = {{.signature = {.bytes = "abc", .len = 3}},
                                               {.signature = {.bytes = "defg", .len = 4}}};
    struct slice payload = SLICE(PAYLOAD);
    const struct node *root;
    struct simple_layer *layers;
    struct buf config, text;
    struct arena arena;
    size_t count;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    buf_init_heap(&config, 8192);
    buf_init_heap(&text, 8192);
    simple_config_write(payload, 2, &config);
    CHECK_TEXT("{\"architecture\":\"\",\"created\":\"0001-01-01T00:00:00Z\",\"history\":["
               "{\"created\":\"0001-01-01T00:00:00Z\"},{\"created\":\"0001-01-01T00:00:00Z\"}],"
               "\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
               "\"sha256:0ee52606bbff583dec71fa2a42b059c67a91608b902c4c9732d8fa2723bb27c6\","
               "\"sha256:0ee52606bbff583dec71fa2a42b059c67a91608b902c4c9732d8fa2723bb27c6\"]},"
               "\"config\":{}}",
               buf_slice(&config));
    simple_manifest_write(buf_slice(&config), payload, signatures, 2, &text);
    CHECK_OK(json_parse(buf_slice(&text), &arena, &root, &err), err);
    CHECK(simple_manifest_is(root));
    CHECK_OK(simple_manifest_parse(root, &arena, &layers, &count, &err), err);
    CHECK_NUMBER(2, count);
    CHECK_TEXT("abc", slice_of(layers[0].signature.bytes, layers[0].signature.len));
    CHECK_TEXT("defg", slice_of(layers[1].signature.bytes, layers[1].signature.len));
    CHECK_NUMBER(payload.len, layers[1].payload.size);
    buf_clear(&config);
    buf_clear(&text);
    arena_clear(&arena);
}

#define SIMPLE_HEAD                                                                                \
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"layers\":["
#define SIMPLE_LAYER(type, annotations)                                                            \
    "{\"mediaType\":\"" type "\",\"digest\":\"" DIGEST "\",\"size\":1,\"annotations\":{"          \
    annotations "}}"

static enum err_code read_manifest(const char *text, struct err *err)
{
    static uint8_t memory[256 << 10];
    const struct node *root;
    struct simple_layer *layers;
    struct arena arena;
    size_t count;
    enum err_code rc;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_OK(json_parse(slice_text(text), &arena, &root, err), *err);
    rc = simple_manifest_parse(root, &arena, &layers, &count, err);
    CHECK(rc == ERR_OK || (!layers && count == 0));
    return rc;
}

TEST(simple_signing_manifest_refusals)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"{}", "schemaVersion: want 2"},
        {SIMPLE_HEAD SIMPLE_LAYER("a/b", "") "]}",
         "layer 1: mediaType: have \"a/b\", want \"" SIMPLE_TYPE "\""},
        {SIMPLE_HEAD "{\"mediaType\":\"" SIMPLE_TYPE "\"}]}",
         "layer 1: descriptor: digest: missing, want a string"},
        {SIMPLE_HEAD SIMPLE_LAYER(SIMPLE_TYPE, "") "]}",
         "layer 1: dev.cosignproject.cosign/signature: missing, want a string"},
        {SIMPLE_HEAD SIMPLE_LAYER(SIMPLE_TYPE,
                                  "\"dev.cosignproject.cosign/signature\":\"a\"") "]}",
         "layer 1: dev.cosignproject.cosign/signature: not the base64 of a signature"},
    };
    struct err err;
    struct buf text;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_FORMAT, bad[i].message, read_manifest(bad[i].text, &err), err);
    buf_init_heap(&text, 8192);
    buf_add_text(&text, SIMPLE_HEAD "1");
    for (size_t i = 0; i < SIMPLE_SIGNATURES_MAX; i++)
        buf_add_text(&text, ",1");
    buf_add_text(&text, "]}");
    buf_add_byte(&text, 0);
    CHECK_ERR(ERR_FORMAT, "65 signatures, at most 64 are read",
              read_manifest((const char *)text.ptr, &err), err);
    buf_clear(&text);
}
