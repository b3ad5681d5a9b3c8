#include "bundle/archive/bundle_trust.h"

#include <string.h>

#include "tests/unit/bundle_world.h"

/* A manifest of nothing but a digest, signed by some of the keys of fixtures/keys. */
struct trust_world {
    struct signed_manifest manifest;
    struct manifest_signature signatures[8];
    struct world_key pairs[3]; /* p256, p256-other, rsa2048 */
    struct key storage[3];
    struct keys keys;
};

static void trust_init(struct trust_world *world)
{
    static const char *const names[3] = {"p256", "p256-other", "rsa2048"};

    memset(world, 0, sizeof *world);
    memset(world->manifest.digest, 0x42, SHA256_SIZE);
    world->manifest.signatures = world->signatures;
    for (size_t i = 0; i < 3; i++)
        world_key_read(&world->pairs[i], names[i]);
}

static void sign_with(struct trust_world *world, size_t pair)
{
    struct err err;

    CHECK_OK(bundle_sign(&world->manifest, &world->pairs[pair].signer, &err), err);
}

static void trust(struct trust_world *world, size_t pair)
{
    static const char *const names[3] = {"a.pub", "b.pub", "c.pub"};

    world_trust(&world->keys, &world->storage[pair], &world->pairs[pair], names[pair]);
}

static enum err_code check(struct trust_world *world, struct bundle_signers *signers,
                           struct err *err)
{
    return bundle_trust_check(&world->manifest, &world->keys, signers, err);
}

TEST(bundle_trust_finds_who_signed)
{
    struct bundle_signers signers;
    struct trust_world world;
    struct err err;

    trust_init(&world);
    sign_with(&world, 0);
    sign_with(&world, 2);
    trust(&world, 0);
    CHECK_OK(check(&world, &signers, &err), err);
    CHECK_NUMBER(1, signers.key_count);
    CHECK(signers.keys[0] == &world.storage[0]);
    CHECK_NUMBER(2, signers.unknown);
    trust(&world, 1);
    trust(&world, 2);
    world.keys.threshold = 2;
    CHECK_OK(check(&world, &signers, &err), err);
    CHECK_NUMBER(2, signers.key_count);
    CHECK_NUMBER(0, signers.unknown);
    CHECK(!signers.log_unchecked);
    world.signatures[1].signature.has_log = true;
    CHECK_OK(check(&world, &signers, &err), err);
    CHECK(signers.log_unchecked);
}

TEST(bundle_trust_without_keys_or_signatures)
{
    struct bundle_signers signers;
    struct trust_world world;
    struct err err;

    trust_init(&world);
    CHECK_ERR(ERR_NO_KEY, "no bundle key given to check it with", check(&world, &signers, &err),
              err);
    trust(&world, 0);
    CHECK_ERR(ERR_NO_KEY, "is not signed", check(&world, &signers, &err), err);
    world.keys.threshold = 2;
    CHECK_ERR(ERR_NO_KEY, "1 key is given, the threshold is 2 different keys",
              check(&world, &signers, &err), err);
    sign_with(&world, 0);
    trust(&world, 1);
    CHECK_ERR(ERR_NO_KEY,
              "1 of the keys given signed it, the threshold is 2 different keys",
              check(&world, &signers, &err), err);
    CHECK_NUMBER(1, signers.key_count);
}

TEST(bundle_trust_refuses_other_keys)
{
    struct bundle_signers signers;
    struct trust_world world;
    struct err err;

    trust_init(&world);
    sign_with(&world, 0);
    trust(&world, 1);
    CHECK_ERR(ERR_FORGED,
              "signed, but not by the key b.pub: the signature does not fit this document and key",
              check(&world, &signers, &err), err);
    CHECK_NUMBER(2, signers.unknown);
    trust(&world, 2);
    CHECK_ERR(ERR_FORGED, "signed, but by none of the 2 keys given", check(&world, &signers, &err),
              err);
}

TEST(bundle_trust_refuses_false_signatures_in_the_name_of_a_key)
{
    struct bundle_signers signers;
    struct trust_world world;
    struct err err;

    trust_init(&world);
    sign_with(&world, 0);
    sign_with(&world, 1);
    trust(&world, 0);
    trust(&world, 1);
    /* Key b did not make what names it, although a did: and so it is for a damaged signature. */
    world.signatures[3].signature = world.signatures[1].signature;
    CHECK_ERR(ERR_FORGED, "Sigstore bundle: names the key b.pub, which did not make it",
              check(&world, &signers, &err), err);
    world.signatures[3].signature.bytes[20] ^= 1;
    CHECK_ERR(ERR_FORGED, "Sigstore bundle: names the key b.pub, which did not make it",
              check(&world, &signers, &err), err);
    world.signatures[3].form = SIGNING_PARTS;
    CHECK_ERR(ERR_FORGED, "signature in the header: names the key b.pub, which did not make it",
              check(&world, &signers, &err), err);
}

TEST(bundle_trust_refuses_what_was_signed_of_something_else)
{
    struct bundle_signers signers;
    struct trust_world world;
    struct err err;

    trust_init(&world);
    sign_with(&world, 0);
    trust(&world, 0);
    world.signatures[0].manifest[0] = 0;
    CHECK_ERR(ERR_FORGED,
              "simple-signing signature: is for something else (sha256:"
              "0042424242424242424242424242424242424242424242424242424242424242)",
              check(&world, &signers, &err), err);
    world.signatures[0].manifest[0] = 0x42;
    /* What is signed is the payload, not the manifest's digest. */
    memcpy(world.signatures[0].digest, world.manifest.digest, SHA256_SIZE);
    CHECK_OK(check(&world, &signers, &err), err);
    CHECK_NUMBER(1, signers.unknown);
    memcpy(world.signatures[1].digest, world.manifest.digest, SHA256_SIZE);
    CHECK(check(&world, &signers, &err) == ERR_FORGED);
}

TEST(bundle_trust_names_an_encoding_that_no_key_reads)
{
    struct bundle_signers signers;
    struct trust_world world;
    struct err err;

    trust_init(&world);
    sign_with(&world, 0);
    trust(&world, 0);
    world.signatures[0].signature.bytes[0] = 0x31;
    world.manifest.signature_count = 1;
    CHECK(check(&world, &signers, &err) == ERR_FORMAT);
    CHECK(strncmp(err.msg, "signed, but not by the key a.pub: ", 34) == 0);
}
