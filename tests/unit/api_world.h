/* api_world.h - what the tests of sealift_bundle.h share: bytes in memory behind its callbacks, and a
 * plan of a bundle. */
#ifndef SEALIFT_TESTS_API_WORLD_H
#define SEALIFT_TESTS_API_WORLD_H

#include <string.h>

#include "bundle/sealift_bundle.h"
#include "tests/unit/test.h"

#define API_ARCHIVE_MAX ((size_t)4 << 20)
#define API_MEMORY ((size_t)1 << 20)
#define API_DISK_SIZE 70001
#define API_TABLE "images/v2.2.0.json"
#define API_NOTES "notes/v2.2.0.txt"

struct api_bytes {
    uint8_t *bytes;
    size_t size, max;
    int calls, fail_at; /* the how-manieth call fails, with 7; 0: none */
    int skips;
};

static inline int api_called(struct api_bytes *in)
{
    return ++in->calls == in->fail_at ? 7 : 0;
}

static inline int api_read(void *context, uint64_t at, void *into, size_t size)
{
    struct api_bytes *in = context;

    CHECK(at <= in->size && size <= in->size - at);
    memcpy(into, in->bytes + at, size);
    return api_called(in);
}

static inline int api_write(void *context, uint64_t at, const void *data, size_t size)
{
    struct api_bytes *out = context;

    CHECK(size > 0 && at <= out->max && size <= out->max - at);
    memcpy(out->bytes + at, data, size);
    return api_called(out);
}

static inline int api_set_size(void *context, uint64_t size)
{
    struct api_bytes *out = context;

    out->size = (size_t)size;
    return api_called(out);
}

static inline int api_take(void *context, const void *data, size_t size)
{
    struct api_bytes *out = context;

    CHECK(size > 0 && size <= out->max - out->size);
    memcpy(out->bytes + out->size, data, size);
    out->size += size;
    return api_called(out);
}

static inline int api_skip(void *context, uint64_t size)
{
    struct api_bytes *out = context;

    out->skips++;
    memset(out->bytes + out->size, 0, (size_t)size);
    out->size += (size_t)size;
    return api_called(out);
}

static inline struct sealift_bytes api_file(const char *path)
{
    struct slice file = test_file(path);

    return (struct sealift_bytes){file.ptr, file.len};
}

/* A plan of a table, notes and an image with a hole, signed by the P-256 key of the fixtures. */
struct api_world {
    uint8_t disk[API_DISK_SIZE];
    struct api_bytes disk_bytes;
    struct sealift_input input;
    struct sealift_bundle_item items[4];
    struct sealift_bundle_signer signers[2];
    struct sealift_bundle_plan plan;
    uint8_t *memory, *archive; /* API_MEMORY, API_ARCHIVE_MAX */
    struct api_bytes out;
    struct sealift_error error;
    uint64_t size;
};

static inline void api_items_init(struct api_world *world)
{
    static const char table[] = "{\"gcp\": \"image-1\"}";

    world->items[0] = (struct sealift_bundle_item){.kind = SEALIFT_BUNDLE_TABLE,
                                                   .uid = "v2.2.0",
                                                   .title = API_TABLE,
                                                   .bytes = {table, sizeof table - 1}};
    world->items[1] = (struct sealift_bundle_item){.kind = SEALIFT_BUNDLE_OTHER,
                                                   .uid = "v2.2.0",
                                                   .title = API_NOTES,
                                                   .media_type = "text/plain",
                                                   .bytes = {"notes\n", 6},
                                                   .is_unsigned = true};
    world->items[2] = (struct sealift_bundle_item){.kind = SEALIFT_BUNDLE_IMAGE_ZSTD,
                                                   .uid = "v2.2.0",
                                                   .input = &world->input,
                                                   .csp = "gcp",
                                                   .variant = "gcp-sev-es"};
}

static inline void api_world_init(struct api_world *world, uint8_t *memory, uint8_t *archive)
{
    memset(world, 0, sizeof *world);
    memset(archive, 0, API_ARCHIVE_MAX);
    for (size_t i = 0; i < API_DISK_SIZE; i++)
        world->disk[i] = i < 8192 || i > 40000 ? (uint8_t)(i * i >> 8) : 0;
    world->disk_bytes = (struct api_bytes){.bytes = world->disk, .size = API_DISK_SIZE};
    world->input = (struct sealift_input){&world->disk_bytes, API_DISK_SIZE, api_read};
    api_items_init(world);
    world->signers[0].pem = api_file("fixtures/private-keys/good-p256.pem");
    world->plan = (struct sealift_bundle_plan){.items = world->items,
                                               .item_count = 3,
                                               .signers = world->signers,
                                               .signer_count = 1,
                                               .frame_size = 16384};
    world->memory = memory;
    world->archive = archive;
    world->out = (struct api_bytes){.bytes = archive, .max = API_ARCHIVE_MAX};
}

static inline int api_world_write(struct api_world *world, size_t memory_size)
{
    const struct sealift_output output = {&world->out, api_write, api_set_size};

    world->out.calls = 0;
    return sealift_bundle_write(&world->plan, &output, world->memory, memory_size, &world->size,
                                &world->error);
}

#endif
