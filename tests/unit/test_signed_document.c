#include "resolver/core/signed_document.h"

#include "resolver/base/heap.h"
#include "tests/unit/fixture_keys.h"
#include "tests/unit/memory_source.h"

#define NAME "a/b/document.txt"
#define BASE "https://cdn.example/"
#define SIGNATURES "fixtures/signatures/"

/* Parts of names that keys give, filled by begin. */
static char p256_sig[64], p256_bundle[64], p384_sig[64], p384_bundle[64];

static struct arena arena;
static struct memory_source memory;
static struct keys keys;

static void name_of(const char *key_name, const char *form, char out[64])
{
    const struct key *key = fixture_key(&keys, key_name);
    char id[KEY_SHORT_ID_SIZE] = "";

    if (key)
        key_short_id(&key->public, id);
    snprintf(out, 64, NAME ".%s%s", id, form);
}

static void begin(const char *key_names)
{
    arena_init_heap(&arena, (size_t)16 << 20);
    memory_init(&memory, "https://cdn.example");
    keys = (struct keys){0};
    fixture_keys_add(&keys, &arena, key_names);
    name_of("good-p256", ".sig", p256_sig);
    name_of("good-p256", ".sigstore.json", p256_bundle);
    name_of("good-p384", ".sig", p384_sig);
    name_of("good-p384", ".sigstore.json", p384_bundle);
}

static struct slice document(void)
{
    return test_file(SIGNATURES "document.txt");
}

static struct verified get(enum err_code code, const char *message, enum source_answer want)
{
    static const struct verified zeroed;
    enum source_answer answer = SOURCE_ABSENT;
    struct verified verified;
    struct err err;

    memset(&verified, 0xA5, sizeof verified);
    CHECK_ERR(
        code, message,
        signed_document_get(&memory.source, NAME, 1 << 20, &keys, &arena, &answer, &verified, &err),
        err);
    if (code == ERR_OK)
        CHECK_NUMBER(want, answer);
    if (code != ERR_OK || want != SOURCE_FOUND)
        CHECK(memcmp(&verified, &zeroed, sizeof zeroed) == 0);
    return verified;
}

TEST(signed_document_with_one_signature)
{
    struct verified verified;

    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    verified = get(ERR_OK, NULL, SOURCE_FOUND);
    CHECK(slice_equal(verified.bytes, document()));
    CHECK_NUMBER(1, verified.signer_count);
    CHECK(verified.signers[0] == keys.list[0]);
    arena_clear(&arena);
}

TEST(signed_document_looks_for_every_form_and_key)
{
    char want[1024];

    begin("good-p256 good-p384");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_OK, NULL, SOURCE_FOUND);
    snprintf(want, sizeof want, "%s\n%s.sig\n%s.sigstore.json\n%s\n%s\n%s\n%s\n", NAME, NAME, NAME,
             p256_sig, p256_bundle, p384_sig, p384_bundle);
    CHECK_TEXT(want, memory_log(&memory));
    arena_clear(&arena);
}

TEST(signed_document_takes_any_place_a_signature_may_stand_in)
{
    const char *const places[][2] = {
        {NAME ".sig", "good-p256.sig"}, {NAME ".sigstore.json", "good-p256.sigstore.json"},
        {p256_sig, "good-p256.sig"},    {p256_bundle, "good-p256.sigstore.json"},
        {p384_sig, "good-p384.sig"},    {p384_bundle, "good-p384.sigstore.json"},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char path[128];

        begin("good-p256 good-p384");
        snprintf(path, sizeof path, SIGNATURES "%s", places[i][1]);
        memory_put(&memory, NAME, document());
        memory_put(&memory, places[i][0], test_file(path));
        CHECK_NUMBER(1, get(ERR_OK, NULL, SOURCE_FOUND).signer_count);
        arena_clear(&arena);
    }
}

TEST(signed_document_by_two_keys)
{
    begin("good-p256 good-p384");
    keys.threshold = 2;
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    memory_put(&memory, p384_bundle, test_file(SIGNATURES "good-p384.sigstore.json"));
    CHECK_NUMBER(2, get(ERR_OK, NULL, SOURCE_FOUND).signer_count);
    arena_clear(&arena);
}

TEST(signed_document_named_for_a_key_must_be_by_it)
{
    char message[256];

    begin("good-p256 good-p256-other");
    memory_put(&memory, NAME, document());
    memory_put(&memory, p256_sig, test_file(SIGNATURES "bad-other-key-p256.sig"));
    snprintf(message, sizeof message,
             BASE NAME ": %s: the signature does not fit this document and key",
             p256_sig + sizeof "a/b");
    get(ERR_FORGED, message, SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_that_is_absent)
{
    begin("good-p256");
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_OK, NULL, SOURCE_ABSENT);
    CHECK_TEXT(NAME "\n", memory_log(&memory));
    arena_clear(&arena);
}

TEST(signed_document_that_is_forbidden)
{
    begin("good-p256");
    memory_forbid(&memory, NAME);
    get(ERR_OK, NULL, SOURCE_FORBIDDEN);
    CHECK_TEXT(NAME "\n", memory_log(&memory));
    arena_clear(&arena);
}

TEST(signed_document_without_signature)
{
    begin("good-p256");
    memory_put(&memory, NAME, document());
    get(ERR_NO_KEY, BASE NAME ": there is no signature", SOURCE_FOUND);
    CHECK_NUMBER(1, memory_times_asked(&memory, NAME));
    arena_clear(&arena);
}

/* 403 of a signature file: nobody can tell that it is there. */
TEST(signed_document_whose_signature_is_forbidden)
{
    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_forbid(&memory, NAME ".sig");
    get(ERR_NO_KEY, BASE NAME ": there is no signature", SOURCE_FOUND);
    arena_clear(&arena);
    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_forbid(&memory, NAME ".sig");
    memory_put(&memory, NAME ".sigstore.json", test_file(SIGNATURES "good-p256.sigstore.json"));
    get(ERR_OK, NULL, SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_names_the_signature_file_that_cannot_be_read)
{
    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    memory_fail(&memory, NAME ".sigstore.json", ERR_IO, "the cable is cut");
    get(ERR_IO, BASE NAME ".sigstore.json: the cable is cut", SOURCE_FOUND);
    CHECK_NUMBER(1, memory_times_asked(&memory, NAME));
    arena_clear(&arena);
}

TEST(signed_document_that_cannot_be_read)
{
    begin("good-p256");
    memory_fail(&memory, NAME, ERR_POLICY, "it leads out");
    get(ERR_POLICY, BASE NAME ": it leads out", SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_that_is_too_large)
{
    static uint8_t large[(1 << 20) + 1];

    begin("good-p256");
    memory_put(&memory, NAME, slice_of(large, sizeof large));
    get(ERR_LIMIT, BASE NAME ": 1048577 bytes, at most 1048576 are allowed", SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_whose_signature_is_too_large)
{
    static uint8_t large[SIGNATURE_FILE_MAX + 1];

    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", slice_of(large, sizeof large));
    get(ERR_LIMIT, BASE NAME ".sig: 65537 bytes, at most 65536 are allowed", SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_is_read_twice_before_it_counts_as_forged)
{
    begin("good-p256");
    memory_put(&memory, NAME, SLICE("something else"));
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_FORGED,
        BASE NAME ": document.txt.sig: the signature does not fit this document and key",
        SOURCE_FOUND);
    CHECK_NUMBER(2, memory_times_asked(&memory, NAME));
    CHECK_NUMBER(2, memory_times_asked(&memory, NAME ".sig"));
    arena_clear(&arena);
}

/* The publisher replaced the document between our two reads: the second time all fits. */
TEST(signed_document_that_was_replaced_meanwhile)
{
    begin("good-p256");
    memory_put(&memory, NAME, SLICE("the version before"));
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    CHECK(slice_equal(get(ERR_OK, NULL, SOURCE_FOUND).bytes, document()));
    CHECK_NUMBER(2, memory_times_asked(&memory, NAME));
    arena_clear(&arena);
}

TEST(signed_document_whose_signature_was_replaced_meanwhile)
{
    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "bad-other-document.sig"));
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_OK, NULL, SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_that_was_taken_away_meanwhile)
{
    begin("good-p256");
    memory_put(&memory, NAME, SLICE("the version before"));
    memory_take_away(&memory, NAME);
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_OK, NULL, SOURCE_ABSENT);
    arena_clear(&arena);
}

TEST(signed_document_whose_second_read_fails)
{
    begin("good-p256");
    memory_put(&memory, NAME, SLICE("the version before"));
    memory_fail(&memory, NAME, ERR_IO, "the cable is cut");
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_IO, BASE NAME ": the cable is cut", SOURCE_FOUND);
    arena_clear(&arena);
}

/* Other failures are believed at once. */
TEST(signed_document_is_read_once_when_it_is_malformed)
{
    begin("good-p256");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "bad-empty.sig"));
    get(ERR_FORMAT, BASE NAME ": document.txt.sig: the signature is empty", SOURCE_FOUND);
    CHECK_NUMBER(1, memory_times_asked(&memory, NAME));
    arena_clear(&arena);
}

TEST(signed_document_without_keys)
{
    begin("");
    memory_put(&memory, NAME, document());
    memory_put(&memory, NAME ".sig", test_file(SIGNATURES "good-p256.sig"));
    get(ERR_NO_KEY, BASE NAME ": no key given to check it with", SOURCE_FOUND);
    arena_clear(&arena);
}

TEST(signed_document_needs_memory)
{
    static uint8_t area[32 << 10];
    size_t refusals = 0;

    begin("good-p256");
    for (size_t size = 0; size < sizeof area; size += 64) {
        enum source_answer answer;
        struct verified verified;
        struct arena fixed;
        struct err err;

        memory_init(&memory, "base");
        memory_put(&memory, NAME, SLICE("x"));
        memory_put(&memory, NAME ".sig", SLICE("x"));
        arena_init_fixed(&fixed, area, size);
        if (signed_document_get(&memory.source, NAME, 100, &keys, &fixed, &answer, &verified,
                                &err) == ERR_LIMIT)
            refusals++;
        else
            CHECK_NUMBER(ERR_FORMAT, err.code);
        CHECK(verified.bytes.ptr == NULL && verified.signer_count == 0);
    }
    CHECK(refusals > 4 && refusals < 200);
    arena_clear(&arena);
}

TEST(signed_document_evidence_says_which_key_a_name_demands)
{
    struct evidence evidence[EVIDENCE_MAX];
    struct err err;
    size_t count;

    begin("good-p256 good-p384");
    memory_put(&memory, NAME ".sigstore.json", SLICE("1"));
    memory_put(&memory, p384_sig, SLICE("2"));
    CHECK_OK(evidence_collect(&memory.source, NAME, &keys, &arena, evidence, &count, &err), err);
    CHECK_NUMBER(2, count);
    CHECK_TEXT("document.txt.sigstore.json", slice_text(evidence[0].name));
    CHECK(evidence[0].only == NULL);
    CHECK_TEXT("1", evidence[0].bytes);
    CHECK_TEXT(p384_sig + sizeof "a/b", slice_text(evidence[1].name));
    CHECK(evidence[1].only == keys.list[1]);
    CHECK_TEXT("2", evidence[1].bytes);
    arena_clear(&arena);
}

TEST(signed_document_in_no_folder)
{
    struct evidence evidence[EVIDENCE_MAX];
    struct err err;
    size_t count;

    begin("good-p256");
    memory_put(&memory, "document.sig", SLICE("1"));
    CHECK_OK(evidence_collect(&memory.source, "document", &keys, &arena, evidence, &count, &err),
             err);
    CHECK_NUMBER(1, count);
    CHECK_TEXT("document.sig", slice_text(evidence[0].name));
    arena_clear(&arena);
}
