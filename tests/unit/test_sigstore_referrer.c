#include "bundle/archive/sigstore_referrer.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/json.h"
#include "tests/unit/bundle_world.h"

#define HEX64 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define STATEMENT                                                                                  \
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" HEX64 \
    "\"},\"annotations\":{}}],\"predicateType\":\"https://sigstore.dev/cosign/sign/v1\","          \
    "\"predicate\":{}}"

TEST(sigstore_statement_and_its_encoding)
{
    uint8_t digest[SHA256_SIZE], want[SHA256_SIZE];
    char memory[1024];
    struct buf out;

    sha256_of(SLICE("hello"), digest);
    buf_init_fixed(&out, memory, sizeof memory);
    sigstore_statement_write(digest, &out);
    CHECK_TEXT(STATEMENT, buf_slice(&out));
    CHECK_NUMBER(230, out.len);
    sigstore_statement_digest(buf_slice(&out), digest);
    sha256_of(SLICE("DSSEv1 28 application/vnd.in-toto+json 230 " STATEMENT), want);
    CHECK(memcmp(digest, want, SHA256_SIZE) == 0);
}

static enum err_code read_bundle(struct slice text, struct manifest_signature *signature,
                                 struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = sigstore_bundle_parse(text, &arena, signature, err);
    arena_clear(&arena);
    return rc;
}

TEST(sigstore_bundle_goes_both_ways)
{
    struct manifest_signature signature = {.signature = {.bytes = "abc", .len = 3}}, again;
    uint8_t digest[SHA256_SIZE];
    char memory[2048];
    struct buf out;
    struct err err;

    memset(signature.hint, 7, KEY_ID_SIZE);
    buf_init_fixed(&out, memory, sizeof memory);
    sigstore_bundle_write(SLICE(STATEMENT), &signature, &out);
    CHECK_OK(read_bundle(buf_slice(&out), &again, &err), err);
    sha256_of(SLICE("hello"), digest);
    CHECK(memcmp(again.manifest, digest, SHA256_SIZE) == 0);
    sigstore_statement_digest(SLICE(STATEMENT), digest);
    CHECK(memcmp(again.digest, digest, SHA256_SIZE) == 0);
    CHECK(again.has_hint && memcmp(again.hint, signature.hint, KEY_ID_SIZE) == 0);
    CHECK_TEXT("abc", slice_of(again.signature.bytes, again.signature.len));
    CHECK(!again.signature.has_log && again.form == SIGNING_SIGSTORE);
}

/* A bundle with that statement (encoded here) in an envelope with those other members. */
static struct slice bundle_of(struct buf *out, const char *type, const char *statement,
                              const char *signatures, const char *material)
{
    buf_clear(out);
    buf_add_format(out, "{\"mediaType\":\"%s\",\"verificationMaterial\":%s,\"dsseEnvelope\":"
                        "{\"payload\":\"", type, material);
    base64_encode(slice_text(statement), out);
    buf_add_format(out, "\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":%s}}",
                   signatures);
    return buf_slice(out);
}

TEST(sigstore_bundle_material)
{
    static const struct {
        const char *material;
        bool has_hint, has_log;
    } materials[] = {
        {"{}", false, false},
        {"null", false, false},
        {"{\"publicKey\":{\"hint\":\"x\"}}", false, false},
        {"{\"publicKey\":{\"hint\":\"AAAA\"}}", false, false},
        {"{\"publicKey\":{\"hint\":1}}", false, false},
        {"{\"publicKey\":{\"hint\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},"
         "\"tlogEntries\":[{}]}", true, true},
        {"{\"tlogEntries\":[]}", false, false},
    };
    struct manifest_signature signature;
    struct buf out;
    struct err err;

    buf_init_heap(&out, 8192);
    for (size_t i = 0; i < sizeof materials / sizeof materials[0]; i++) {
        CHECK_OK(read_bundle(bundle_of(&out, SIGSTORE_TYPE, STATEMENT, "[{\"sig\":\"AAAA\"}]",
                                       materials[i].material),
                             &signature, &err),
                 err);
        CHECK(signature.has_hint == materials[i].has_hint);
        CHECK(signature.signature.has_log == materials[i].has_log);
    }
    buf_clear(&out);
}

TEST(sigstore_bundle_refusals)
{
#define SUBJECT "\"subject\":[{\"digest\":{\"sha256\":\"" HEX64 "\"}}]"
#define TYPE "\"_type\":\"https://in-toto.io/Statement/v1\""
#define PREDICATE "\"predicateType\":\"https://sigstore.dev/cosign/sign/v1\""
    static const struct {
        const char *type, *statement, *signatures, *message;
    } bad[] = {
        {"a/b", STATEMENT, "[]", "mediaType: have \"a/b\", want \"" SIGSTORE_TYPE "\""},
        {SIGSTORE_TYPE, "", "[{\"sig\":\"AAAA\"}]", "payload: missing, want a string"},
        {SIGSTORE_TYPE, STATEMENT, "[]", "signatures: have 0, want one"},
        {SIGSTORE_TYPE, STATEMENT, "null", "signatures: have 0, want one"},
        {SIGSTORE_TYPE, STATEMENT, "[{\"sig\":\"AAAA\"},{\"sig\":\"AAAA\"}]",
         "signatures: have 2, want one"},
        {SIGSTORE_TYPE, STATEMENT, "[{}]", "sig: missing, want a string"},
        {SIGSTORE_TYPE, STATEMENT, "[{\"sig\":\"A\"}]",
         "sig: not base64, or longer than 512 bytes"},
        {SIGSTORE_TYPE, "x", "[{\"sig\":\"AAAA\"}]", NULL},
        {SIGSTORE_TYPE, "{}", "[{\"sig\":\"AAAA\"}]",
         "statement: _type: missing, want \"https://in-toto.io/Statement/v1\""},
        {SIGSTORE_TYPE, "{" TYPE ",\"predicateType\":\"x\"}", "[{\"sig\":\"AAAA\"}]",
         "statement: predicateType: have \"x\", want \"https://sigstore.dev/cosign/sign/v1\""},
        {SIGSTORE_TYPE, "{" TYPE "," PREDICATE "}", "[{\"sig\":\"AAAA\"}]",
         "statement: subject: have 0, want one"},
        {SIGSTORE_TYPE, "{" TYPE "," PREDICATE ",\"subject\":[1,2]}", "[{\"sig\":\"AAAA\"}]",
         "statement: subject: have 2, want one"},
        {SIGSTORE_TYPE, "{" TYPE "," PREDICATE ",\"subject\":[{}]}", "[{\"sig\":\"AAAA\"}]",
         "statement: sha256: missing, want a string"},
        {SIGSTORE_TYPE, "{" TYPE "," PREDICATE ",\"subject\":[{\"digest\":{\"sha256\":\"x\"}}]}",
         "[{\"sig\":\"AAAA\"}]", "statement: sha256: have \"x\", want 64 hex digits"},
    };
    struct manifest_signature signature;
    struct buf out;
    struct err err;

    buf_init_heap(&out, 256 << 10);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct slice text =
            bundle_of(&out, bad[i].type, bad[i].statement, bad[i].signatures, "{}");

        if (!bad[i].statement[0])
            text = SLICE("{\"mediaType\":\"" SIGSTORE_TYPE "\",\"dsseEnvelope\":{\"payloadType\":"
                         "\"application/vnd.in-toto+json\"}}");
        CHECK_ERR(ERR_FORMAT, bad[i].message, read_bundle(text, &signature, &err), err);
        CHECK(signature.signature.len == 0);
    }
    CHECK_ERR(ERR_FORMAT, "payloadType: have \"a/b\", want \"application/vnd.in-toto+json\"",
              read_bundle(SLICE("{\"mediaType\":\"" SIGSTORE_TYPE
                                "\",\"dsseEnvelope\":{\"payloadType\":\"a/b\"}}"),
                          &signature, &err),
              err);
    buf_clear(&out);
    buf_extend(&out, SIGSTORE_BUNDLE_MAX + 1);
    CHECK_ERR(ERR_LIMIT, "65537 bytes, at most 65536 are read",
              read_bundle(buf_slice(&out), &signature, &err), err);
    buf_clear(&out);
}

TEST(sigstore_referrer_goes_both_ways)
{
    struct descriptor subject = descriptor_of(OCI_TYPE_MANIFEST, SLICE("x")), bundle;
    const struct node *root;
    struct arena arena;
    struct buf out;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    buf_init_heap(&out, 8192);
    referrer_write(&subject, SLICE("hello"), &out);
    CHECK_OK(json_parse(buf_slice(&out), &arena, &root, &err), err);
    CHECK(referrer_is(root));
    CHECK_OK(referrer_parse(root, &bundle, &err), err);
    CHECK_NUMBER(5, bundle.size);
    CHECK(slice_is(bundle.media_type, SIGSTORE_TYPE));
    buf_clear(&out);
    arena_clear(&arena);
}

TEST(sigstore_referrer_refusals)
{
#define REFERRER "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\""
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"{}", "schemaVersion: want 2"},
        {REFERRER "}", "layers: have 0, want one"},
        {REFERRER ",\"layers\":[1,2]}", "layers: have 2, want one"},
        {REFERRER ",\"layers\":[1]}", "layer: have a number, want a map"},
    };
    const struct node *root;
    struct descriptor bundle;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_OK(json_parse(slice_text(bad[i].text), &arena, &root, &err), err);
        CHECK_ERR(ERR_FORMAT, bad[i].message, referrer_parse(root, &bundle, &err), err);
        CHECK(!referrer_is(root));
    }
    arena_clear(&arena);
}
