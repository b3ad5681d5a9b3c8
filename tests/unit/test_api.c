#include "resolver/sealift.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

#define TABLE "images/v2.2.0.json"
#define GOOD_TABLE "{\"gcp\": \"image-1\", \"aws\": {\"a\": \"ami-1\", \"b\": \"ami-2\"}}"

static _Alignas(16) unsigned char memory[256 << 10];
static struct sealift_error error;

/* A source of one document, or one that always answers the same. */
struct one_document {
    const char *name; /* NULL: whatever is asked for */
    enum sealift_answer answer;
    struct slice bytes;
    size_t more_bytes; /* claimed, but not there */
    bool is_copied;    /* into the memory of the call */
};

static enum sealift_answer get(void *context, const char *name, size_t max_size,
                               struct sealift_memory *area, struct sealift_bytes *document)
{
    const struct one_document *one = context;

    (void)max_size;
    if (one->name && strcmp(one->name, name) != 0)
        return SEALIFT_ABSENT;
    *document = (struct sealift_bytes){one->bytes.ptr, one->bytes.len + one->more_bytes};
    if (one->is_copied) {
        void *copy = sealift_alloc(area, document->size);

        if (one->more_bytes) {
            CHECK(copy == NULL);
            return SEALIFT_FAILED;
        }
        CHECK(copy != NULL && (uintptr_t)copy % sizeof(void *) == 0);
        document->data = memcpy(copy, one->bytes.ptr, one->bytes.len);
    }
    return one->answer;
}

static struct sealift_source source_of(struct one_document *one)
{
    return (struct sealift_source){.context = one, .name = "flash", .get = get};
}

static void check_failed(int status, const char *message, int have, const void *output, size_t size)
{
    const unsigned char *bytes = output;

    CHECK_NUMBER(status, have);
    CHECK_NUMBER(status, error.status);
    CHECK_TEXT(message, slice_text(error.message));
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            CHECK(!"the output is zeroed");
    }
}

static int resolve(const struct sealift_request *request, struct one_document *local,
                   struct one_document *repository, const struct sealift_keys *keys,
                   struct sealift_reference *reference)
{
    struct sealift_source sources[] = {source_of(local), source_of(repository)};

    memset(reference, 0xA5, sizeof *reference);
    memset(&error, 0xA5, sizeof error);
    return sealift_resolve(request, local ? &sources[0] : NULL, repository ? &sources[1] : NULL, keys,
                           memory, sizeof memory, reference, &error);
}

static void fail_to_resolve(const struct sealift_request *request, struct one_document *local,
                            struct one_document *repository, const struct sealift_keys *keys,
                            int status, const char *message)
{
    struct sealift_reference reference;
    int have = resolve(request, local, repository, keys, &reference);

    check_failed(status, message, have, &reference, sizeof reference);
}

static const struct sealift_request gcp = {.uid = "v2.2.0", .csp = "gcp"};

TEST(api_resolves_from_either_source)
{
    struct one_document here = {"v2.2.0.json", SEALIFT_FOUND, SLICE("{\"gcp\": \"local\"}"), 0, false};
    struct one_document there = {TABLE, SEALIFT_FOUND, SLICE(GOOD_TABLE), 0, true};
    struct sealift_reference reference;

    CHECK_NUMBER(SEALIFT_OK, resolve(&gcp, &here, &there, NULL, &reference));
    CHECK_TEXT("local", slice_text(reference.reference));
    CHECK(reference.is_local && reference.signers.count == 0);
    CHECK_NUMBER(SEALIFT_OK, resolve(&gcp, NULL, &there, NULL, &reference));
    CHECK_TEXT("image-1", slice_text(reference.reference));
    CHECK_TEXT("gcp-sev-es", slice_text(reference.variant));
    CHECK_TEXT("", slice_text(reference.region));
    CHECK_TEXT(TABLE, slice_text(reference.document));
    CHECK(!reference.is_local && error.status == SEALIFT_OK && error.message[0] == '\0');
}

TEST(api_refuses_to_resolve)
{
    struct one_document table = {TABLE, SEALIFT_FOUND, SLICE(GOOD_TABLE), 0, false};
    struct one_document broken = {NULL, SEALIFT_FAILED, SLICE(""), 0, false};
    struct one_document strange = {NULL, (enum sealift_answer)7, SLICE(""), 0, false};
    struct one_document huge = {TABLE, SEALIFT_FOUND, SLICE(GOOD_TABLE), (size_t)64 << 20, false};
    struct one_document wide = {TABLE, SEALIFT_FOUND, SLICE(GOOD_TABLE), sizeof memory, true};

    fail_to_resolve(&gcp, NULL, NULL, NULL, SEALIFT_NOT_FOUND,
                    "no lookup table of v2.2.0 in any place: give --repository");
    fail_to_resolve(&gcp, &broken, &table, NULL, SEALIFT_IO, "flash/v2.2.0.json: the source failed");
    fail_to_resolve(&gcp, NULL, &strange, NULL, SEALIFT_IO, "flash/" TABLE ": the source failed");
    fail_to_resolve(&gcp, NULL, &huge, NULL, SEALIFT_LIMIT,
                    "flash/" TABLE ": 67108919 bytes, at most 67108864 are allowed");
    fail_to_resolve(&gcp, NULL, &wide, NULL, SEALIFT_LIMIT,
                    "flash/" TABLE ": the memory has no room for 262199 bytes");
    fail_to_resolve(&(struct sealift_request){.uid = "v2.2.0", .csp = "aws"}, NULL, &table, NULL,
                    SEALIFT_AMBIGUOUS, "several images for csp aws: choose with --region one of: a, b");
    fail_to_resolve(&(struct sealift_request){.csp = "aws"}, NULL, &table, NULL, SEALIFT_FORMAT,
                    "uid: empty; want a version such as v2.2.0");
}

/* A caller that found no key, but wants one to have signed, gets no unsigned reference. */
TEST(api_refuses_a_threshold_without_keys)
{
    struct one_document table = {TABLE, SEALIFT_FOUND, SLICE(GOOD_TABLE), 0, false};
    struct sealift_reference reference;

    CHECK_NUMBER(SEALIFT_OK, resolve(&gcp, NULL, &table, &(struct sealift_keys){0}, &reference));
    fail_to_resolve(&gcp, NULL, &table, &(struct sealift_keys){.threshold = 1}, SEALIFT_NO_KEY,
                    "a threshold is given, but no key of tables");
}

/* Whatever the place where memory runs out, nothing is handed out. */
TEST(api_hands_out_nothing_without_memory)
{
    struct one_document table = {TABLE, SEALIFT_FOUND, SLICE(GOOD_TABLE), 0, false};
    const struct sealift_source source = source_of(&table);
    static const struct sealift_reference zeroed;
    size_t refused = 0;
    int status = SEALIFT_LIMIT;

    for (size_t size = 0; status == SEALIFT_LIMIT && size < sizeof memory; size += 8) {
        struct sealift_reference reference;

        memset(&reference, 0xA5, sizeof reference);
        status = sealift_resolve(&gcp, NULL, &source, NULL, memory, size, &reference, &error);
        if (status == SEALIFT_LIMIT) {
            CHECK(memcmp(&reference, &zeroed, sizeof zeroed) == 0);
            refused++;
        }
    }
    CHECK_NUMBER(SEALIFT_OK, status);
    CHECK(refused > 20);
}

static int verify(struct slice document, const struct sealift_bytes *signatures, size_t count,
                  const struct sealift_keys *keys, struct sealift_signers *signers)
{
    memset(signers, 0xA5, sizeof *signers);
    return sealift_verify((struct sealift_bytes){document.ptr, document.len}, signatures, count, keys,
                          memory, sizeof memory, signers, &error);
}

static struct sealift_bytes bytes_of(const char *path)
{
    struct slice bytes = test_file(path);

    return (struct sealift_bytes){bytes.ptr, bytes.len};
}

TEST(api_verifies)
{
    struct slice document = test_file("fixtures/signatures/document.txt");
    struct sealift_bytes signature = bytes_of("fixtures/signatures/good-p256.sig");
    struct sealift_bytes pem[] = {bytes_of("fixtures/keys/good-p384.pem"),
                                  bytes_of("fixtures/keys/good-p384.pem"),
                                  bytes_of("fixtures/keys/good-p256.pem")};
    struct sealift_keys keys = {pem, 3, 0};
    struct sealift_signers signers;

    CHECK_NUMBER(SEALIFT_OK, verify(document, &signature, 1, &keys, &signers));
    CHECK_NUMBER(1, signers.count);
    CHECK_NUMBER(2, signers.index[0]);
    check_failed(SEALIFT_NO_KEY, "there is no signature", verify(document, NULL, 0, &keys, &signers),
                 &signers, sizeof signers);
    check_failed(SEALIFT_NO_KEY, "no key given to check it with",
                 verify(document, &signature, 1, NULL, &signers), &signers, sizeof signers);
    check_failed(SEALIFT_FORGED,
                 "signature: none of the 2 keys given validates this signature",
                 verify(slice_part(document, 1, document.len), &signature, 1, &keys, &signers),
                 &signers, sizeof signers);
    check_failed(SEALIFT_LIMIT, "65 signatures, at most 64 are read",
                 verify(document, &signature, 65, &keys, &signers), &signers, sizeof signers);
    keys.threshold = 3;
    check_failed(SEALIFT_NO_KEY, "the threshold is 3 different keys, only 2 are given",
                 verify(document, &signature, 1, &keys, &signers), &signers, sizeof signers);
}

TEST(api_names_what_is_wrong_with_a_key)
{
    struct slice document = test_file("fixtures/signatures/document.txt");
    struct sealift_bytes pem[] = {bytes_of("fixtures/keys/good-p384.pem"), {"x", 1}};
    struct sealift_keys keys = {pem, 2, 0};
    struct sealift_signers signers;

    CHECK_NUMBER(SEALIFT_FORMAT, verify(document, NULL, 0, &keys, &signers));
    CHECK(slice_begins(slice_text(error.message), "key 1: "));
}

TEST(api_names_statuses)
{
    CHECK_TEXT("ok", slice_text(sealift_status_name(SEALIFT_OK)));
    CHECK_TEXT("forged", slice_text(sealift_status_name(SEALIFT_FORGED)));
    CHECK_TEXT("limit", slice_text(sealift_status_name(SEALIFT_LIMIT)));
    CHECK_TEXT("bug", slice_text(sealift_status_name(99)));
    CHECK_TEXT("bug", slice_text(sealift_status_name(-1)));
}
