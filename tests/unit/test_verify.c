#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/verify.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/fixture_keys.h"

static struct arena arena; /* for one scenario at a time */

/* One document, fixtures/signatures/document.txt, and what is found beside it. */
struct scenario {
    const char *keys; /* given, by name */
    size_t threshold;
    const char *evidence; /* files of fixtures/signatures; "FILE@KEY" where the name demands KEY */
    enum err_code code;
    const char *answer; /* the signers by name, or the message */
};

static struct evidence read_evidence(struct slice word, const struct keys *keys)
{
    struct err err;
    const char *file = arena_copy(&arena, slice_cut(&word, '@'), &err);
    const char *key = word.len ? arena_copy(&arena, word, &err) : NULL;
    struct evidence evidence = {.name = file, .only = key ? fixture_key(keys, key) : NULL};
    char path[256];

    CHECK(!key || evidence.only);
    snprintf(path, sizeof path, "fixtures/signatures/%s", file);
    evidence.bytes = test_file(path);
    return evidence;
}

static size_t read_all_evidence(const char *text, const struct keys *keys,
                                struct evidence evidence[EVIDENCE_MAX])
{
    struct slice rest = slice_text(text);
    size_t count = 0;

    while (rest.len)
        evidence[count++] = read_evidence(slice_cut(&rest, ' '), keys);
    return count;
}

static void check_signers(const struct verified *verified, const char *want)
{
    char memory[512];
    struct buf have;

    buf_init_fixed(&have, memory, sizeof memory);
    for (size_t i = 0; i < verified->signer_count; i++)
        buf_add_format(&have, "%s%s", i ? " " : "", verified->signers[i]->name);
    CHECK_TEXT(want, buf_slice(&have));
}

static void check_zeroed(const struct verified *verified)
{
    static const struct verified zeroed;

    CHECK(memcmp(verified, &zeroed, sizeof zeroed) == 0);
}

static struct verified verify(struct slice document, const struct scenario *scenario)
{
    struct evidence evidence[EVIDENCE_MAX];
    struct verified verified;
    struct keys keys = {0};
    struct err err;
    size_t count;

    arena_init_heap(&arena, (size_t)4 << 20);
    fixture_keys_add(&keys, &arena, scenario->keys);
    keys.threshold = scenario->threshold;
    count = read_all_evidence(scenario->evidence, &keys, evidence);
    memset(&verified, 0xA5, sizeof verified);
    CHECK_ERR(scenario->code, scenario->answer,
              verify_bytes(document, evidence, count, &keys, &arena, &verified, &err), err);
    if (scenario->code == ERR_OK)
        check_signers(&verified, scenario->answer);
    else
        check_zeroed(&verified);
    return verified;
}

static void play(const struct scenario *scenarios, size_t count)
{
    struct slice document = test_file("fixtures/signatures/document.txt");

    for (size_t i = 0; i < count; i++) {
        struct verified verified = verify(document, &scenarios[i]);

        if (scenarios[i].code == ERR_OK)
            CHECK(verified.bytes.ptr == document.ptr && verified.bytes.len == document.len);
        arena_clear(&arena);
    }
}

#define PLAY(scenarios) play(scenarios, sizeof scenarios / sizeof scenarios[0])
#define NOT_VALID "the signature does not fit this document and key"

TEST(verify_one_signature)
{
    static const struct scenario scenarios[] = {
        {"good-p256", 0, "good-p256.sig", ERR_OK, "good-p256"},
        {"good-p256", 1, "good-p256.sig", ERR_OK, "good-p256"},
        {"good-p256", 1, "good-p256.sigstore.json", ERR_OK, "good-p256"},
        {"good-p256", 1, "good-p256.cosign2.json", ERR_OK, "good-p256"},
        {"good-p384", 1, "good-p384.sig", ERR_OK, "good-p384"},
        {"good-rsa2048", 1, "good-rsa2048.sig", ERR_OK, "good-rsa2048"},
        {"good-p256", 1, "good-p256.sig@good-p256", ERR_OK, "good-p256"},
        {"good-p256", 1, "good-p256.sigstore.json@good-p256", ERR_OK, "good-p256"},
    };

    PLAY(scenarios);
}

TEST(verify_the_first_slot_by_any_key)
{
    static const struct scenario scenarios[] = {
        {"good-p384 good-rsa2048 good-p256", 1, "good-p256.sig", ERR_OK, "good-p256"},
        {"good-p256 good-p384 good-rsa2048", 1, "good-rsa2048.sig", ERR_OK, "good-rsa2048"},
        {"good-rsa2048 good-p256", 1, "good-p256.sig good-p256.sigstore.json", ERR_OK, "good-p256"},
        {"good-p256 good-p384", 1, "good-p256.sig good-p384.sigstore.json", ERR_OK,
         "good-p256 good-p384"},
    };

    PLAY(scenarios);
}

TEST(verify_without_anything_to_trust)
{
    static const struct scenario scenarios[] = {
        {"", 0, "good-p256.sig", ERR_NO_KEY, "no key given to check it with"},
        {"", 0, "", ERR_NO_KEY, "no key given to check it with"},
        {"good-p256", 0, "", ERR_NO_KEY, "there is no signature"},
        {"good-p256", 1, "", ERR_NO_KEY, "there is no signature"},
        {"good-p256 good-p384", 2, "", ERR_NO_KEY, "there is no signature"},
    };

    PLAY(scenarios);
}

TEST(verify_refuses_what_is_not_valid)
{
    static const struct scenario scenarios[] = {
        {"good-p256", 1, "bad-other-key-p256.sig", ERR_FORGED,
         "bad-other-key-p256.sig: " NOT_VALID},
        {"good-p256", 1, "bad-other-document.sig", ERR_FORGED,
         "bad-other-document.sig: " NOT_VALID},
        {"good-p256", 1, "bad-r-zero.sig", ERR_FORGED, "bad-r-zero.sig: r is zero"},
        {"good-p256 good-p384", 1, "bad-other-key-p256.sig", ERR_FORGED,
         "bad-other-key-p256.sig: none of the 2 keys given validates this signature"},
        {"good-p256 good-p384 good-rsa2048", 1, "bad-other-document.sig", ERR_FORGED,
         "bad-other-document.sig: none of the 3 keys given validates this signature"},
        {"good-p256", 1, "bad-signature-of-other-key.sigstore.json", ERR_FORGED,
         "bad-signature-of-other-key.sigstore.json: " NOT_VALID},
    };

    PLAY(scenarios);
}

TEST(verify_refuses_what_is_malformed)
{
    static const struct scenario scenarios[] = {
        {"good-p256", 1, "bad-empty.sig", ERR_FORMAT, "bad-empty.sig: the signature is empty"},
        {"good-p256 good-p384", 1, "bad-empty.sig", ERR_FORMAT,
         "bad-empty.sig: the signature is empty"},
        {"good-p256", 1, "bad-raw-rs.sig", ERR_FORMAT,
         "bad-raw-rs.sig: have 64 bytes that are not DER (r and s alone?), want the DER that cosign "
         "and openssl dgst -sign write"},
        {"good-p256", 1, "bad-der-long-length.sig", ERR_FORMAT,
         "bad-der-long-length.sig: offset 1: ECDSA signature: a length that is not in its shortest "
         "form (not DER)"},
        {"good-p256 good-p256-other", 1, "bad-der-long-length.sig", ERR_FORMAT,
         "bad-der-long-length.sig: offset 1: ECDSA signature: a length that is not in its shortest "
         "form (not DER)"},
        /* One key can read it as a signature, and refuses it. */
        {"good-p256 good-rsa2048", 1, "bad-der-long-length.sig", ERR_FORGED,
         "bad-der-long-length.sig: none of the 2 keys given validates this signature"},
        {"good-p256", 1, "bad-no-digest.sigstore.json", ERR_FORMAT,
         "bad-no-digest.sigstore.json: messageDigest: digest: missing, want a string"},
    };

    PLAY(scenarios);
}

/* A malformed file is never passed over, whatever stands beside it. */
TEST(verify_refuses_malformed_beside_valid)
{
    static const struct scenario scenarios[] = {
        {"good-p256", 1, "bad-empty.sig good-p256.sigstore.json", ERR_FORMAT,
         "bad-empty.sig: the signature is empty"},
        {"good-p256", 1, "good-p256.sig bad-neither.json", ERR_FORMAT,
         "bad-neither.json: have neither mediaType (a Sigstore bundle) nor base64Signature (cosign "
         "2)"},
        {"good-p256 good-p384", 1, "good-p256.sig bad-empty.sig@good-p384", ERR_FORMAT,
         "bad-empty.sig: the signature is empty"},
        {"good-p256 good-p384", 1, "bad-empty.sig good-p384.sig@good-p384", ERR_FORMAT,
         "bad-empty.sig: the signature is empty"},
    };

    PLAY(scenarios);
}

TEST(verify_refuses_bad_beside_good_in_the_first_slot)
{
    static const struct scenario scenarios[] = {
        {"good-p256", 1, "bad-other-key-p256.sig good-p256.sigstore.json", ERR_FORGED,
         "bad-other-key-p256.sig: " NOT_VALID},
        {"good-p256", 1, "good-p256.sig bad-signature-of-other-key.sigstore.json", ERR_FORGED,
         "bad-signature-of-other-key.sigstore.json: " NOT_VALID},
        {"good-p256 good-p384", 1,
         "bad-other-key-p256.sig good-p256.sigstore.json good-p384.sig@good-p384", ERR_FORGED,
         "bad-other-key-p256.sig: none of the 2 keys given validates this signature"},
        {"good-p256", 1, "good-p256.sig bad-raw-rs.sig", ERR_FORMAT, NULL},
    };

    PLAY(scenarios);
}

/* Another party's signature in the first slot: fine where named files reach the threshold. */
TEST(verify_passes_over_a_stranger_where_others_suffice)
{
    static const struct scenario scenarios[] = {
        {"good-p256", 1, "bad-other-key-p256.sig good-p256.sig@good-p256", ERR_OK, "good-p256"},
        {"good-p256", 1, "good-rsa2048.sig good-p256.sig@good-p256", ERR_OK, "good-p256"},
        {"good-p256 good-p384", 2,
         "bad-other-key-p256.sig good-p256.sig@good-p256 good-p384.sig@good-p384", ERR_OK,
         "good-p256 good-p384"},
        {"good-p256 good-p384", 2, "bad-other-key-p256.sig good-p384.sig@good-p384", ERR_FORGED,
         "bad-other-key-p256.sig: none of the 2 keys given validates this signature"},
    };

    PLAY(scenarios);
}

TEST(verify_refuses_a_file_named_for_another_key)
{
    static const struct scenario scenarios[] = {
        {"good-p256 good-p384", 1, "good-p256.sig good-p256.sigstore.json@good-p384", ERR_FORGED,
         "good-p256.sigstore.json: " NOT_VALID},
        {"good-p256 good-p256-other", 1, "good-p256.sig good-p256.sig@good-p256-other", ERR_FORGED,
         "good-p256.sig: " NOT_VALID},
        {"good-p256 good-p256-other", 1, "bad-other-key-p256.sig@good-p256", ERR_FORGED,
         "bad-other-key-p256.sig: " NOT_VALID},
        {"good-p256 good-rsa2048", 1, "good-p256.sig@good-rsa2048", ERR_FORGED, NULL},
    };

    PLAY(scenarios);
}

TEST(verify_wants_as_many_different_keys_as_the_threshold)
{
    static const struct scenario scenarios[] = {
        {"good-p256 good-p384", 2, "good-p256.sig good-p384.sig@good-p384", ERR_OK,
         "good-p256 good-p384"},
        {"good-p256 good-p384", 2, "good-p256.sig@good-p256 good-p384.sig@good-p384", ERR_OK,
         "good-p256 good-p384"},
        {"good-p256 good-p384 good-rsa2048", 2, "good-p384.sig good-rsa2048.sig@good-rsa2048",
         ERR_OK, "good-p384 good-rsa2048"},
        {"good-p256 good-p384 good-rsa2048", 3,
         "good-p256.sig good-p384.sig@good-p384 good-rsa2048.sigstore.json@good-rsa2048", ERR_OK,
         "good-p256 good-p384 good-rsa2048"},
        {"good-p256 good-p384", 2, "good-p256.sig", ERR_NO_KEY,
         "1 of the keys given signed it, the threshold is 2 different keys"},
        {"good-p256 good-p384 good-rsa2048", 3, "good-p256.sig good-p384.sig@good-p384", ERR_NO_KEY,
         "2 of the keys given signed it, the threshold is 3 different keys"},
    };

    PLAY(scenarios);
}

TEST(verify_counts_a_key_once)
{
    static const struct scenario scenarios[] = {
        {"good-p256 good-p384", 2,
         "good-p256.sig good-p256.sigstore.json good-p256.sig@good-p256 "
         "good-p256.sigstore.json@good-p256",
         ERR_NO_KEY, "1 of the keys given signed it, the threshold is 2 different keys"},
        {"good-rsa2048 good-p384", 2, "good-rsa2048.sig good-rsa2048-again.sig@good-rsa2048",
         ERR_NO_KEY, "1 of the keys given signed it, the threshold is 2 different keys"},
        /* The same key twice, and in two files. */
        {"good-p256 good-p256 good-p256-crlf", 2, "good-p256.sig good-p256.sig@good-p256",
         ERR_NO_KEY, "the threshold is 2 different keys, only 1 is given"},
        {"good-p256 good-p384", 3, "good-p256.sig good-p384.sig@good-p384", ERR_NO_KEY,
         "the threshold is 3 different keys, only 2 are given"},
    };

    PLAY(scenarios);
}

TEST(verify_of_a_changed_document)
{
    static const struct scenario one = {"good-p256", 1, "good-p256.sig", ERR_FORGED,
                                        "good-p256.sig: " NOT_VALID};
    struct slice document = test_file("fixtures/signatures/document.txt");
    uint8_t *bytes = (uint8_t *)(uintptr_t)document.ptr;

    for (size_t i = 0; i < document.len; i += 7) {
        bytes[i] ^= 0x20;
        verify(document, &one);
        arena_clear(&arena);
        bytes[i] ^= 0x20;
    }
    verify(slice_part(document, 0, document.len - 1), &one);
    arena_clear(&arena);
    verify(SLICE(""), &one);
    arena_clear(&arena);
}

TEST(verify_reports_log_entries_as_unchecked)
{
    static const struct scenario with = {
        "good-p256", 1, "good-p256.sig good-with-log.sigstore.json", ERR_OK, "good-p256"};
    static const struct scenario without = {"good-p256", 1, "good-p256.sig", ERR_OK, "good-p256"};
    struct slice document = test_file("fixtures/signatures/document.txt");

    CHECK(verify(document, &with).log_unchecked);
    arena_clear(&arena);
    CHECK(!verify(document, &without).log_unchecked);
    arena_clear(&arena);
}

TEST(verify_digest_has_no_bytes_to_hand_out)
{
    uint8_t digest[SHA256_SIZE];
    struct evidence evidence[1];
    struct verified verified;
    struct keys keys = {0};
    struct err err;

    arena_init_heap(&arena, (size_t)4 << 20);
    fixture_keys_add(&keys, &arena, "good-p256");
    evidence[0] = read_evidence(SLICE("good-p256.sig"), &keys);
    sha256_of(test_file("fixtures/signatures/document.txt"), digest);
    CHECK_OK(verify_digest(digest, evidence, 1, &keys, &arena, &verified, &err), err);
    CHECK(verified.bytes.ptr == NULL && verified.bytes.len == 0);
    check_signers(&verified, "good-p256");
    digest[31] ^= 1;
    CHECK_ERR(ERR_FORGED, "good-p256.sig: " NOT_VALID,
              verify_digest(digest, evidence, 1, &keys, &arena, &verified, &err), err);
    check_zeroed(&verified);
    arena_clear(&arena);
}

TEST(verify_needs_scratch_memory)
{
    struct evidence evidence[1];
    struct verified verified;
    struct keys keys = {0};
    struct arena none;
    struct err err;

    arena_init_heap(&arena, (size_t)4 << 20);
    arena_init_fixed(&none, NULL, 0);
    fixture_keys_add(&keys, &arena, "good-p256");
    evidence[0] = read_evidence(SLICE("good-p256.sigstore.json"), &keys);
    CHECK_ERR(ERR_LIMIT, NULL,
              verify_bytes(test_file("fixtures/signatures/document.txt"), evidence, 1, &keys, &none,
                           &verified, &err),
              err);
    check_zeroed(&verified);
    arena_clear(&arena);
}

/* Names of files are the user's, and stand in messages. */
TEST(verify_escapes_names)
{
    struct evidence evidence[1];
    struct verified verified;
    struct keys keys = {0};
    struct err err;

    arena_init_heap(&arena, (size_t)4 << 20);
    fixture_keys_add(&keys, &arena, "good-p256");
    evidence[0] = (struct evidence){.name = "a\033b.sig", .bytes = SLICE("")};
    CHECK_ERR(ERR_FORMAT, "a\\x1bb.sig: the signature is empty",
              verify_bytes(SLICE("x"), evidence, 1, &keys, &arena, &verified, &err), err);
    arena_clear(&arena);
}
