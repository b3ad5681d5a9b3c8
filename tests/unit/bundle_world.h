/*
 * bundle_world.h - what the tests of bundle/archive share: outputs in memory, signing keys, and a small
 * plan of a bundle. Everything is static inline, so that each test file is a program's part by itself.
 */
#ifndef SEALIFT_TESTS_BUNDLE_WORLD_H
#define SEALIFT_TESTS_BUNDLE_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "bundle/archive/bundle_reader.h"
#include "bundle/archive/bundle_writer.h"
#include "bundle/sign/privkey.h"
#include "bundle/sign/signature_write.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define WORLD_MAX ((size_t)64 << 20)

/* A file in memory. */
struct world_file {
    struct buf bytes;
    size_t fail_at; /* 0, or the write that fails */
    size_t writes;
};

static inline void world_file_init(struct world_file *file)
{
    memset(file, 0, sizeof *file);
    buf_init_heap(&file->bytes, WORLD_MAX);
}

static inline enum err_code world_fit(struct world_file *file, uint64_t size, struct err *err)
{
    size_t more = size > file->bytes.len ? (size_t)size - file->bytes.len : 0;
    uint8_t *at = more ? buf_extend(&file->bytes, more) : NULL;

    if (file->fail_at && ++file->writes == file->fail_at)
        return err_set(err, ERR_LIMIT, "No space left on device");
    if (at)
        memset(at, 0, more);
    return buf_done(&file->bytes, err);
}

static inline enum err_code world_write(void *ctx, uint64_t at, struct slice bytes,
                                        struct err *err)
{
    struct world_file *file = ctx;

    if (world_fit(file, at + bytes.len, err))
        return err->code;
    if (bytes.len)
        memcpy(file->bytes.ptr + at, bytes.ptr, bytes.len);
    return ERR_OK;
}

static inline enum err_code world_set_size(void *ctx, uint64_t size, struct err *err)
{
    struct world_file *file = ctx;

    if (world_fit(file, size, err))
        return err->code;
    file->bytes.len = (size_t)size;
    return ERR_OK;
}

static inline struct output world_output(struct world_file *file)
{
    return (struct output){.ctx = file, .write = world_write, .set_size = world_set_size};
}

/* A sink that appends to a file in memory, with or without holes. */
static inline enum err_code world_append(void *ctx, struct slice bytes, struct err *err)
{
    struct world_file *file = ctx;

    return world_write(file, file->bytes.len, bytes, err);
}

static inline enum err_code world_skip(void *ctx, uint64_t count, struct err *err)
{
    struct world_file *file = ctx;

    return world_set_size(file, file->bytes.len + count, err);
}

static inline struct sink world_sink(struct world_file *file, bool with_holes)
{
    return (struct sink){
        .ctx = file, .write = world_append, .skip = with_holes ? world_skip : NULL};
}

/* A key pair of fixtures/keys. */
struct world_key {
    struct privkey private;
    struct bundle_signer signer;
};

static inline enum err_code world_sign(void *ctx, const uint8_t digest[SHA256_SIZE],
                                       struct signature *signature, struct err *err)
{
    return signer_sign(ctx, digest, signature, err);
}

static inline void world_key_read(struct world_key *key, const char *name)
{
    char path[256] = "fixtures/keys/test-only-private-";
    struct err err;

    strncat(path, name, 100);
    strncat(path, ".pem", 8);
    CHECK_OK(privkey_parse(test_file(path), &key->private, &err), err);
    key->signer = (struct bundle_signer){
        .ctx = &key->private, .key = &key->private.public, .sign = world_sign};
}

/* The text of a .sig (or, is_sigstore, of the other form) of bytes, in arena. */
static inline struct slice world_signature(const struct world_key *key, struct slice bytes,
                                           bool is_sigstore, struct arena *arena)
{
    uint8_t digest[SHA256_SIZE], memory[SIGNATURE_TEXT_MAX];
    struct signature signature;
    struct buf text;
    struct err err;

    sha256_of(bytes, digest);
    buf_init_fixed(&text, memory, sizeof memory);
    CHECK_OK(signer_sign(&key->private, digest, &signature, &err), err);
    if (is_sigstore)
        signature_write_sigstore(&signature, &key->private.public, digest, &text);
    else
        signature_write_detached(&signature, &text);
    return slice_of(arena_copy(arena, buf_slice(&text), &err), text.len);
}

/* Adds the public part to a set of keys. */
static inline void world_trust(struct keys *keys, struct key *storage, struct world_key *key,
                               const char *name)
{
    *storage = (struct key){.public = key->private.public, .name = name};
    keys->list[keys->count++] = storage;
}

/* A small image: text, a run of zeros, text, over several frames of 4 KiB. */
#define WORLD_IMAGE_SIZE 70000
static inline struct slice world_image_bytes(struct arena *arena, unsigned seed)
{
    struct err err;
    uint8_t *bytes = arena_alloc(arena, WORLD_IMAGE_SIZE, &err);

    for (size_t i = 0; i < WORLD_IMAGE_SIZE; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = i > 9000 && i < 60000 ? 0 : (uint8_t)("0123456789abcdef"[seed >> 28]);
    }
    return slice_of(bytes, WORLD_IMAGE_SIZE);
}

/* A plan with one or two uids, a table, measurements with a signature, and an image each. */
struct world_plan {
    struct arena arena;
    struct slice image_bytes[2];
    struct image images[2];
    struct bundle_item items[2][5];
    struct bundle_release releases[2];
    struct world_key keys[2];
    struct bundle_signer signers[2];
    struct bundle_plan plan;
};

static inline void world_release(struct world_plan *world, size_t number, const char *uid,
                                 const char *const titles[4])
{
    struct bundle_item *items = world->items[number];
    struct err err;

    world->image_bytes[number] = world_image_bytes(&world->arena, (unsigned)number + 1);
    world->images[number] = image_memory(&world->image_bytes[number]);
    items[0] = (struct bundle_item){.kind = LAYER_TABLE, .title = slice_text(titles[0]),
                                    .bytes = SLICE("{\"list\":[]}\n")};
    items[1] = (struct bundle_item){.kind = LAYER_MEASUREMENTS_YAML,
                                    .title = slice_text(titles[1]),
                                    .bytes = SLICE("measurements: {}\n"),
                                    .is_unsigned = number == 1};
    items[2] = (struct bundle_item){.kind = LAYER_SIGNATURE, .title = slice_text(titles[2]),
                                    .bytes = SLICE("MEUCIQ==")};
    items[3] = (struct bundle_item){.kind = LAYER_IMAGE_ZSTD, .title = slice_text(titles[3]),
                                    .raw = &world->images[number], .csp = CSP_QEMU,
                                    .variant = SLICE("qemu-vtpm")};
    CHECK_OK(uid_parse(slice_text(uid), &world->releases[number].uid, &err), err);
    world->releases[number].items = items;
    world->releases[number].item_count = 4;
}

static inline void world_plan_init(struct world_plan *world, size_t releases, size_t signers)
{
    static const char *const titles[2][4] = {
        {"images/v2.2.0.json", "measurements/qemu/v2.2.0/measurements.yaml",
         "measurements/qemu/v2.2.0/measurements.yaml.sig", "images/qemu/v2.2.0/disk.raw.zst"},
        {"images/v2.3.0.json", "measurements/qemu/v2.3.0/measurements.yaml",
         "measurements/qemu/v2.3.0/measurements.yaml.sig", "images/qemu/v2.3.0/disk.raw.zst"}};
    static const char *const uids[2] = {"v2.2.0", "v2.3.0"};

    memset(world, 0, sizeof *world);
    arena_init_heap(&world->arena, WORLD_MAX);
    for (size_t i = 0; i < releases; i++)
        world_release(world, i, uids[i], titles[i]);
    world_key_read(&world->keys[0], "p256");
    world_key_read(&world->keys[1], "p256-other");
    world->signers[0] = world->keys[0].signer;
    world->signers[1] = world->keys[1].signer;
    world->plan = (struct bundle_plan){.releases = world->releases, .release_count = releases,
                                       .created = MANIFEST_TIME_NONE,
                                       .best_before = MANIFEST_TIME_NONE,
                                       .program = "sealift test", .signers = world->signers,
                                       .signer_count = signers, .frame_size = 4096};
}

static inline void world_plan_free(struct world_plan *world)
{
    arena_clear(&world->arena);
}

/* The archive that the plan gives; lives as long as the plan. */
static inline struct slice world_archive(struct world_plan *world)
{
    struct bundle_written written;
    struct world_file file;
    struct output output = world_output(&file);
    struct slice bytes;
    struct err err;

    world_file_init(&file);
    CHECK_OK(bundle_write(&world->plan, &output, &world->arena, &written, &err), err);
    CHECK_NUMBER(written.size, file.bytes.len);
    bytes = slice_of(arena_copy(&world->arena, buf_slice(&file.bytes), &err), file.bytes.len);
    buf_clear(&file.bytes);
    return bytes;
}

/* An archive taken apart, to be put together otherwise. */
#define WORLD_MEMBERS 64
struct world_tar {
    struct tar_member members[WORLD_MEMBERS];
    struct slice contents[WORLD_MEMBERS];
    size_t count;
    uint64_t time;
};

static inline void world_tar_read(struct world_tar *tar, struct slice archive)
{
    struct image image = image_memory(&archive);
    struct tar_reader reader = {.image = &image};
    bool is_end = false;

    memset(tar, 0, sizeof *tar);
    while (!is_end && tar->count < WORLD_MEMBERS) {
        struct tar_member *member = &tar->members[tar->count];
        uint64_t at;
        struct err err;

        CHECK_OK(tar_next(&reader, member, &tar->time, &at, &is_end, &err), err);
        if (is_end)
            break;
        tar->contents[tar->count++] = slice_part(archive, (size_t)at, (size_t)member->size);
    }
    tar->time = 0;
}

/* The place of a member by its name. */
static inline size_t world_tar_find(const struct world_tar *tar, const char *name)
{
    for (size_t i = 0; i < tar->count; i++) {
        if (strcmp(tar->members[i].name, name) == 0)
            return i;
    }
    test_check(false, __FILE__, __LINE__, name);
    return 0;
}

/* Puts other contents into a member; its size becomes theirs. */
static inline void world_tar_set(struct world_tar *tar, size_t number, struct slice contents)
{
    tar->contents[number] = contents;
    tar->members[number].size = contents.len;
}

static inline void world_tar_remove(struct world_tar *tar, size_t number)
{
    tar->count--;
    memmove(&tar->members[number], &tar->members[number + 1],
            (tar->count - number) * sizeof tar->members[0]);
    memmove(&tar->contents[number], &tar->contents[number + 1],
            (tar->count - number) * sizeof tar->contents[0]);
}

static inline struct slice world_tar_write(const struct world_tar *tar, struct arena *arena)
{
    size_t size = TAR_END, at = 0;
    struct err err;
    uint8_t *out;

    for (size_t i = 0; i < tar->count; i++)
        size += TAR_BLOCK + (size_t)tar_padded(tar->contents[i].len);
    out = arena_alloc(arena, size, &err);
    for (size_t i = 0; i < tar->count; i++) {
        struct tar_member member = tar->members[i];

        CHECK_OK(tar_header(&member, tar->time, out + at, &err), err);
        if (tar->contents[i].len)
            memcpy(out + at + TAR_BLOCK, tar->contents[i].ptr, tar->contents[i].len);
        at += TAR_BLOCK + (size_t)tar_padded(tar->contents[i].len);
    }
    return slice_of(out, size);
}

/* The members of an archive as the files of a folder. */
static inline enum err_code world_open(void *ctx, const char *name, struct bundle_file *file,
                                       struct err *err)
{
    struct world_tar *tar = ctx;

    for (size_t i = 0; i < tar->count; i++) {
        if (strcmp(tar->members[i].name, name) == 0) {
            file->image = image_memory(&tar->contents[i]);
            return ERR_OK;
        }
    }
    return err_set(err, ERR_NOT_FOUND, "is not there");
}

#endif
