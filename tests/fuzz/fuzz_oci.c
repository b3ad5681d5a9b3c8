/* The small documents of a layout: payloads, Sigstore bundles, manifests of signatures. What is read of a
 * payload or statement is what was signed; no signature that is found is valid for a digest that
 * nobody has signed. */
#include <string.h>

#include "bundle/archive/sigstore_referrer.h"
#include "bundle/archive/simple_signing.h"
#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "tests/fuzz/fuzz.h"

static void try_manifest(const struct node *root, struct arena *arena)
{
    struct simple_layer *layers;
    struct descriptor bundle;
    size_t count;
    struct err err;

    if (simple_manifest_parse(root, arena, &layers, &count, &err) == ERR_OK)
        FUZZ_CHECK(count <= SIMPLE_SIGNATURES_MAX);
    else
        FUZZ_CHECK(!layers && count == 0);
    if (referrer_parse(root, &bundle, &err) == ERR_OK)
        FUZZ_CHECK(bundle.size <= OCI_SIZE_MAX && bundle.media_type.len > 0);
    (void)simple_manifest_is(root);
    (void)referrer_is(root);
}

static void try_bundle(struct slice text, struct arena *arena)
{
    struct manifest_signature signature;
    struct err err;

    if (sigstore_bundle_parse(text, arena, &signature, &err) == ERR_OK)
        FUZZ_CHECK(signature.signature.len > 0 && signature.signature.len <= SIGNATURE_MAX);
    else
        FUZZ_CHECK(signature.signature.len == 0);
}

/* The canonical payload of the digest that was read is read the same. */
static void try_payload(struct slice text, struct arena *arena)
{
    uint8_t digest[SHA256_SIZE], again[SHA256_SIZE];
    char memory[512];
    struct buf out;
    struct err err;

    if (simple_payload_parse(text, arena, digest, &err))
        return;
    buf_init_fixed(&out, memory, sizeof memory);
    simple_payload_write(digest, &out);
    FUZZ_CHECK(simple_payload_parse(buf_slice(&out), arena, again, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(digest, again, SHA256_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    const struct node *root;
    struct descriptor descriptor;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    if (json_parse(text, &arena, &root, &err) == ERR_OK) {
        try_manifest(root, &arena);
        try_bundle(text, &arena);
        try_payload(text, &arena);
        (void)!descriptor_parse(root, "it", NULL, &descriptor, &err);
    }
    arena_clear(&arena);
    return 0;
}
