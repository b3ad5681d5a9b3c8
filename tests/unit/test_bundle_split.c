/* An archive that is written as parts: what goes where, and that headers come last. */
#include "bundle/archive/bundle_split.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/parts_world.h"

#define BODY 4096

/* What is asked of the store: w3 (part 3 to be written), r3 (read), x3 (removed). */
struct store {
    struct parts_world world;
    struct part_store calls;
    char log[1024];
    struct buf log_text;
    size_t asked, fails_at; /* the call that fails */
    struct bundle_split split;
    struct output output;
    struct arena arena;
    uint32_t count;
    struct err err;
};

static enum err_code ask(struct store *store, char what, uint32_t number, struct err *err)
{
    buf_add_format(&store->log_text, "%c%u ", what, number);
    if (++store->asked == store->fails_at)
        return err_set(err, ERR_IO, "%c%u: the stick is out", what, number);
    return ERR_OK;
}

static enum err_code store_write(void *ctx, uint32_t number, struct output *output, struct err *err)
{
    struct store *store = ctx;

    return ask(store, 'w', number, err) ? err->code
                                        : parts_store_write(&store->world, number, output, err);
}

static enum err_code store_read(void *ctx, uint32_t number, struct image *image, struct err *err)
{
    struct store *store = ctx;

    return ask(store, 'r', number, err) ? err->code
                                        : parts_store_read(&store->world, number, image, err);
}

static enum err_code store_remove(void *ctx, uint32_t number, struct err *err)
{
    struct store *store = ctx;

    return ask(store, 'x', number, err) ? err->code
                                        : parts_store_remove(&store->world, number, err);
}

static void end(struct store *store)
{
    for (size_t i = 0; i < WORLD_PARTS_MAX; i++)
        buf_clear(&store->world.files[i].bytes);
    arena_clear(&store->arena);
}

/* Static: it is large. What was begun before is ended. */
static struct store *begin(void)
{
    static struct store store;

    end(&store);
    memset(&store, 0, sizeof store);
    store.calls = (struct part_store){&store, store_write, store_read, store_remove};
    store.output = bundle_split_output(&store.split, &store.calls, BODY);
    buf_init_fixed(&store.log_text, store.log, sizeof store.log);
    arena_init_heap(&store.arena, WORLD_MAX);
    return &store;
}

static enum err_code put(struct store *store, uint64_t at, struct slice bytes)
{
    return store->output.write(store->output.ctx, at, bytes, &store->err);
}

static enum err_code set_size(struct store *store, uint64_t size)
{
    return store->output.set_size(store->output.ctx, size, &store->err);
}

static enum err_code finish(struct store *store, const struct bundle_signer *signers, size_t count)
{
    store->count = 99;
    return bundle_split_finish(&store->split, signers, count, &store->arena, &store->count,
                               &store->err);
}

static struct slice body_of(const struct store *store, uint32_t number)
{
    struct slice file = buf_slice(&store->world.files[number - 1].bytes);

    return slice_part(file, BUNDLE_PART_HEADER, file.len);
}

/* An archive of three parts, written from the end to the beginning, and over the ends of parts. */
static struct slice write_archive(struct store *store)
{
    static uint8_t bytes[2 * BODY + 1000];
    struct slice archive = slice_of(bytes, sizeof bytes);

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 251);
    CHECK_OK(put(store, 5000, slice_part(archive, 5000, sizeof bytes)), store->err);
    CHECK_OK(put(store, 0, slice_part(archive, 0, 5000)), store->err);
    CHECK_OK(set_size(store, sizeof bytes), store->err);
    return archive;
}

TEST(bundle_split_puts_each_range_into_its_part)
{
    struct store *store = begin();
    struct slice archive = write_archive(store);

    CHECK_TEXT("w2 w3 w1 w2 w1 w2 w3 ", buf_slice(&store->log_text));
    for (uint32_t i = 1; i <= 3; i++)
        CHECK(slice_equal(slice_part(archive, (i - 1) * BODY, BODY), body_of(store, i)));
    end(store);
}

TEST(bundle_split_begins_no_part_that_is_not_reached)
{
    struct store *store = begin();

    CHECK_OK(put(store, 0, slice_of((uint8_t[BODY]){0}, BODY)), store->err);
    CHECK_OK(put(store, 0, SLICE("")), store->err);
    CHECK_TEXT("w1 ", buf_slice(&store->log_text));
    CHECK_OK(put(store, BODY, SLICE("x")), store->err);
    CHECK_TEXT("w1 w2 ", buf_slice(&store->log_text));
    end(store);
}

/* All three at once are larger than what is copied at a time. */
TEST(bundle_split_signs_what_was_written)
{
    static uint8_t bytes[2 * 50000 + 7];
    uint8_t digest[SHA256_SIZE];
    struct slice archive = slice_of(bytes, sizeof bytes);
    struct bundle_signers signers;
    struct store *store = begin();
    struct world_key keys[2];
    struct bundle_signer both[2];

    world_key_read(&keys[0], "p256");
    world_key_read(&keys[1], "p256-other");
    both[0] = keys[0].signer;
    both[1] = keys[1].signer;
    world_trust(&store->world.keys, &store->world.storage, &keys[1], "b.pub");
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 253);
    store->output = bundle_split_output(&store->split, &store->calls, 50000);
    CHECK_OK(put(store, 0, archive), store->err);
    CHECK_OK(set_size(store, archive.len), store->err);
    CHECK_OK(finish(store, both, 2), store->err);
    CHECK_NUMBER(3, store->count);
    for (uint32_t i = 1; i <= store->count; i++) {
        const uint8_t *header = store->world.files[i - 1].bytes.ptr;
        struct bundle_part part;

        CHECK_OK(bundle_part_parse(header, &store->arena, &part, &store->err), store->err);
        CHECK(part.number == i && part.set.count == 3 && part.set.archive_size == sizeof bytes);
        CHECK(part.set.body_size == 50000 && part.signature_count == 2);
        sha256_of(archive, digest);
        CHECK(memcmp(part.set.id, digest, SHA256_SIZE) == 0);
        sha256_of(slice_part(archive, (i - 1) * 50000, 50000), digest);
        CHECK(memcmp(part.set.digests[i - 1], digest, SHA256_SIZE) == 0);
        CHECK(memcmp(part.signatures[1].hint, keys[1].private.public.id, KEY_ID_SIZE) == 0);
        CHECK_OK(bundle_part_trust(&part, &store->world.keys, &signers, &store->err), store->err);
        CHECK(signers.key_count == 1 && signers.unknown == 1);
    }
    end(store);
}

/* Until the last part has been read, none has a header. */
TEST(bundle_split_writes_headers_last)
{
    struct store *store = begin();

    write_archive(store);
    buf_clear(&store->log_text);
    CHECK_OK(finish(store, NULL, 0), store->err);
    CHECK_TEXT("r1 r2 r3 w1 w2 w3 ", buf_slice(&store->log_text));
    end(store);
}

/* What is on the medium is what gets a digest. */
TEST(bundle_split_reads_back_what_it_hashes)
{
    uint8_t digest[SHA256_SIZE];
    struct store *store = begin();
    struct bundle_part part;

    write_archive(store);
    store->world.files[1].bytes.ptr[BUNDLE_PART_HEADER] ^= 1;
    CHECK_OK(finish(store, NULL, 0), store->err);
    CHECK_OK(bundle_part_parse(store->world.files[0].bytes.ptr, &store->arena, &part, &store->err),
             store->err);
    sha256_of(body_of(store, 2), digest);
    CHECK(memcmp(part.set.digests[1], digest, SHA256_SIZE) == 0);
    end(store);
}

/* Every part is as long as it says, also those into which nothing was written. */
TEST(bundle_split_gives_parts_their_lengths)
{
    struct store *store = begin();

    CHECK_OK(set_size(store, 2 * BODY + 1), store->err);
    CHECK_NUMBER(BODY, body_of(store, 1).len);
    CHECK_NUMBER(BODY, body_of(store, 2).len);
    CHECK_NUMBER(1, body_of(store, 3).len);
    CHECK_OK(set_size(store, 2 * BODY), store->err);
    CHECK_NUMBER(3, store->world.removed);
    CHECK_OK(finish(store, NULL, 0), store->err);
    CHECK_NUMBER(2, store->count);
    end(store);
}

TEST(bundle_split_removes_parts_that_are_not_needed_after_all)
{
    struct store *store = begin();

    CHECK_OK(put(store, 3 * BODY + 5, SLICE("x")), store->err);
    CHECK_OK(put(store, 0, SLICE("x")), store->err);
    CHECK_OK(set_size(store, BODY + 100), store->err);
    CHECK_TEXT("w4 w1 w1 w2 x4 x3 ", buf_slice(&store->log_text));
    CHECK_OK(finish(store, NULL, 0), store->err);
    CHECK_NUMBER(2, store->count);
    CHECK_NUMBER(100, body_of(store, 2).len);
    store->world.files[1].bytes.len--;
    CHECK_ERR(ERR_CORRUPT, "part 2: ends at byte 65635, bytes up to 65636 are wanted",
              finish(store, NULL, 0), store->err);
    CHECK_NUMBER(0, store->count);
    end(store);
}

TEST(bundle_split_limits_parts)
{
    struct store *store = begin();

    CHECK_ERR(ERR_LIMIT, "more than 999 parts of this size would be needed",
              put(store, BODY * 999ull, SLICE("x")), store->err);
    CHECK_ERR(ERR_LIMIT, "more than 999 parts of this size would be needed",
              put(store, UINT64_MAX - 10, SLICE("x")), store->err);
    CHECK_ERR(ERR_LIMIT, "more than 999 parts of this size would be needed",
              put(store, (uint64_t)UINT32_MAX * BODY + BODY, SLICE("x")), store->err);
    CHECK_ERR(ERR_LIMIT, "1000 parts of this size would be needed, at most 999 are possible",
              set_size(store, BODY * 999ull + 1), store->err);
    CHECK_TEXT("", buf_slice(&store->log_text));
    /* The last part is asked for, which this test does not have. */
    CHECK_ERR(ERR_IO, "too many for this test", put(store, BODY * 999ull - 1, SLICE("x")),
              store->err);
    CHECK_TEXT("w999 ", buf_slice(&store->log_text));
    CHECK_ERR(ERR_IO, "too many for this test", set_size(store, BODY * 999ull), store->err);
    end(store);
}

static enum err_code refuse(void *ctx, const uint8_t digest[SHA256_SIZE],
                            struct signature *signature, struct err *err)
{
    (void)ctx;
    (void)digest;
    (void)signature;
    return err_set(err, ERR_IO, "the token is gone");
}

TEST(bundle_split_hands_on_what_the_signer_says)
{
    struct store *store = begin();
    struct world_key key;
    struct bundle_signer signer;

    world_key_read(&key, "p256");
    signer = key.signer;
    signer.sign = refuse;
    write_archive(store);
    buf_clear(&store->log_text);
    CHECK_ERR(ERR_IO, "the token is gone", finish(store, &signer, 1), store->err);
    CHECK_NUMBER(0, store->count);
    CHECK_TEXT("r1 r2 r3 ", buf_slice(&store->log_text));
    end(store);
}

TEST(bundle_split_hands_on_what_the_store_says)
{
    static const char *const want[] = {"r1", "r2", "r3", "w1", "w2", "w3"};
    struct store *store = begin();

    write_archive(store);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        char message[64];

        snprintf(message, sizeof message, "%s: the stick is out", want[i]);
        store->asked = 0;
        store->fails_at = i + 1;
        CHECK_ERR(ERR_IO, message, finish(store, NULL, 0), store->err);
        CHECK_NUMBER(0, store->count);
    }
    store->asked = 0;
    store->fails_at = 1;
    CHECK_ERR(ERR_IO, "w1: the stick is out", put(store, 0, SLICE("x")), store->err);
    store->asked = 0;
    CHECK_ERR(ERR_IO, "w1: the stick is out", set_size(store, 10), store->err);
    store->asked = 0;
    store->fails_at = 2;
    CHECK_ERR(ERR_IO, "x3: the stick is out", set_size(store, 10), store->err);
    store->world.files[0].fail_at = store->world.files[0].writes + 1;
    CHECK_ERR(ERR_LIMIT, "No space left on device", put(store, 0, SLICE("x")), store->err);
    store->world.files[0].fail_at++;
    store->fails_at = 0;
    CHECK_ERR(ERR_LIMIT, "No space left on device", set_size(store, 10), store->err);
    end(store);
}

TEST(bundle_split_says_when_memory_is_short)
{
    static uint8_t memory[BUNDLE_PART_HEADER];
    struct store *store = begin();
    struct arena arena;

    write_archive(store);
    for (size_t size = 0; size <= sizeof memory; size += sizeof memory / 8) {
        store->count = 99;
        arena_init_fixed(&arena, memory, size);
        CHECK_ERR(ERR_LIMIT, NULL,
                  bundle_split_finish(&store->split, NULL, 0, &arena, &store->count, &store->err),
                  store->err);
        CHECK_NUMBER(0, store->count);
    }
    end(store);
}
