/* bundle_archive: what stands in an archive that is not what it must be. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_world.h"

#define EMPTY_BLOB                                                                                 \
    "blobs/sha256/44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

/* A good archive, and its members to be changed. */
struct attack {
    struct world_plan world;
    struct slice archive;
    struct world_tar tar;
};

static void attack_init(struct attack *attack, size_t releases, size_t signers)
{
    world_plan_init(&attack->world, releases, signers);
    attack->archive = world_archive(&attack->world);
    world_tar_read(&attack->tar, attack->archive);
}

static void attack_end(struct attack *attack)
{
    world_plan_free(&attack->world);
}

static enum err_code open_bytes(struct slice archive, struct err *err)
{
    struct image image = image_memory(&archive);
    struct bundle bundle;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = bundle_open_archive(&image, &arena, &bundle, err);
    CHECK(rc == ERR_OK || (!bundle.manifests && bundle.count == 0));
    arena_clear(&arena);
    return rc;
}

static enum err_code open_tar(struct attack *attack, struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = open_bytes(world_tar_write(&attack->tar, &arena), err);
    arena_clear(&arena);
    return rc;
}

/* The name of member number, for messages. */
static const char *member_name(const struct attack *attack, size_t number)
{
    return attack->tar.members[number].name;
}

TEST(bundle_archive_opens_what_was_written)
{
    struct attack attack;
    struct err err;

    for (size_t releases = 1; releases <= 2; releases++) {
        for (size_t signers = 0; signers <= 2; signers++) {
            attack_init(&attack, releases, signers);
            CHECK_OK(open_bytes(attack.archive, &err), err);
            CHECK_OK(open_tar(&attack, &err), err);
            attack_end(&attack);
        }
    }
}

TEST(bundle_archive_wants_exactly_its_members)
{
    struct attack attack;
    size_t last;
    char message[512];
    struct err err;

    attack_init(&attack, 1, 1);
    last = attack.tar.count - 1;
    attack.tar.count--;
    CHECK_ERR(ERR_CORRUPT, "images/qemu/v2.2.0/disk.raw.zst: is missing", open_tar(&attack, &err),
              err);
    attack.tar.count += 2;
    attack.tar.members[last + 1] = attack.tar.members[last];
    snprintf(attack.tar.members[last + 1].name, 32, "evil\x1b[2J");
    snprintf(message, sizeof message, "member %zu: evil\\x1b[2J: is not listed by the manifests",
             last + 2);
    CHECK_ERR(ERR_FORMAT, message, open_tar(&attack, &err), err);
    attack.tar.count--;
    attack.tar.members[last] = attack.tar.members[last - 1];
    snprintf(message, sizeof message, "member %zu: have %s, want images/qemu/v2.2.0/disk.raw.zst",
             last + 1, member_name(&attack, last - 1));
    CHECK_ERR(ERR_FORMAT, message, open_tar(&attack, &err), err);
    attack_end(&attack);
}

TEST(bundle_archive_refuses_any_member_removed_doubled_or_moved)
{
    struct attack attack;
    struct world_tar whole;
    struct err err;

    attack_init(&attack, 2, 1);
    whole = attack.tar;
    for (size_t i = 0; i < whole.count; i++) {
        attack.tar = whole;
        world_tar_remove(&attack.tar, i);
        CHECK(open_tar(&attack, &err) != ERR_OK);
        for (size_t k = 0; k < whole.count; k++) {
            if (k == i)
                continue;
            attack.tar = whole;
            attack.tar.members[k] = whole.members[i];
            attack.tar.contents[k] = whole.contents[i];
            CHECK(open_tar(&attack, &err) != ERR_OK);
            attack.tar.members[i] = whole.members[k];
            attack.tar.contents[i] = whole.contents[k];
            CHECK(open_tar(&attack, &err) != ERR_OK);
        }
        attack.tar = whole;
        attack.tar.members[whole.count] = whole.members[i];
        attack.tar.contents[whole.count] = whole.contents[i];
        attack.tar.count++;
        CHECK(open_tar(&attack, &err) == ERR_FORMAT);
    }
    attack_end(&attack);
}

TEST(bundle_archive_wants_every_header_as_it_must_be)
{
    struct attack attack;
    struct world_tar whole;
    size_t link, blob;
    char message[512];
    struct err err;

    attack_init(&attack, 1, 1);
    whole = attack.tar;
    attack.tar.time = 5;
    CHECK_ERR(ERR_FORMAT, "oci-layout: its time is 5, want 0", open_tar(&attack, &err), err);
    attack.tar.time = 0;
    link = world_tar_find(&attack.tar, "images/v2.2.0.json");
    attack.tar.members[link].link[0] = '\0';
    snprintf(message, sizeof message, "images/v2.2.0.json: is no link, want %s",
             whole.members[link].link);
    CHECK_ERR(ERR_FORMAT, message, open_tar(&attack, &err), err);
    snprintf(attack.tar.members[link].link, TAR_LINK_MAX, "../../etc/passwd");
    snprintf(message, sizeof message, "images/v2.2.0.json: is a link, want %s",
             whole.members[link].link);
    CHECK_ERR(ERR_FORMAT, message, open_tar(&attack, &err), err);
    attack.tar = whole;
    blob = world_tar_find(&attack.tar, whole.members[link].link);
    world_tar_set(&attack.tar, blob, SLICE(""));
    snprintf(attack.tar.members[blob].link, TAR_LINK_MAX, "oci-layout");
    snprintf(message, sizeof message, "%s: is a link, want a file", whole.members[link].link);
    CHECK_ERR(ERR_FORMAT, message, open_tar(&attack, &err), err);
    attack.tar = whole;
    world_tar_set(&attack.tar, blob, SLICE("longer than it was"));
    snprintf(message, sizeof message, "%s: has 18 bytes, want 12", whole.members[link].link);
    CHECK_ERR(ERR_CORRUPT, message, open_tar(&attack, &err), err);
    attack_end(&attack);
}

TEST(bundle_archive_wants_its_index_to_the_byte)
{
    struct attack attack;
    struct slice index;
    char text[4096];
    struct err err;

    attack_init(&attack, 1, 1);
    index = attack.tar.contents[1];
    world_tar_set(&attack.tar, 1, slice_part(index, 0, index.len - 1));
    CHECK_ERR(ERR_FORMAT, "index.json: its size is no multiple of 512", open_tar(&attack, &err),
              err);
    world_tar_set(&attack.tar, 1, slice_part(index, 0, index.len - 512));
    CHECK_OK(open_tar(&attack, &err), err);
    memcpy(text, index.ptr, 2560);
    memcpy(strstr(text, "ref.name\":\"v2.2.0"), "ref.name\":\"v2.2.1", 17);
    world_tar_set(&attack.tar, 1, slice_of(text, 2560));
    CHECK_ERR(ERR_FORMAT, "index.json: byte 336: not what the manifests and signatures give",
              open_tar(&attack, &err), err);
    memcpy(text, index.ptr, 2560);
    text[2559] = '\n';
    CHECK_ERR(ERR_FORMAT, NULL, open_tar(&attack, &err), err);
    CHECK(strstr(err.msg, ": not what the manifests and signatures give"));
    text[2559] = '\0';
    CHECK_ERR(ERR_FORMAT, NULL, open_tar(&attack, &err), err);
    world_tar_set(&attack.tar, 1,
                  SLICE("{\"schemaVersion\":2,\"mediaType\":"
                        "\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"));
    CHECK_ERR(ERR_FORMAT,
              "holds no bundle: no manifest of type application/vnd.sealift.bundle.v1",
              open_tar(&attack, &err), err);
    world_tar_remove(&attack.tar, 1);
    CHECK_ERR(ERR_FORMAT, "index.json: is missing: this is no OCI layout", open_tar(&attack, &err),
              err);
    world_tar_set(&attack.tar, 1, SLICE(""));
    snprintf(attack.tar.members[1].name, 32, "index.json");
    snprintf(attack.tar.members[1].link, 32, "oci-layout");
    CHECK_ERR(ERR_FORMAT, "index.json: is a link", open_tar(&attack, &err), err);
    attack_end(&attack);
}

TEST(bundle_archive_wants_the_front_to_the_byte)
{
    struct attack attack;
    size_t empty;
    struct err err;

    attack_init(&attack, 1, 1);
    world_tar_set(&attack.tar, 0, SLICE("{\"imageLayoutVersion\": \"1.0.0\"}"));
    CHECK_ERR(ERR_CORRUPT, "oci-layout: has 31 bytes, want 30", open_tar(&attack, &err), err);
    world_tar_set(&attack.tar, 0, SLICE("{\"imageLayoutVersion\":\"1.0.1\"}"));
    CHECK_ERR(ERR_FORMAT, "oci-layout: imageLayoutVersion: have \"1.0.1\", want \"1.0.0\"",
              open_tar(&attack, &err), err);
    world_tar_set(&attack.tar, 0, SLICE(OCI_LAYOUT_TEXT));
    empty = world_tar_find(&attack.tar, EMPTY_BLOB);
    world_tar_set(&attack.tar, empty, SLICE("[]"));
    CHECK_ERR(ERR_CORRUPT, EMPTY_BLOB ": its bytes are not those that belong there",
              open_tar(&attack, &err), err);
    attack_end(&attack);
}

TEST(bundle_archive_refuses_a_signature_that_was_left_out)
{
    struct attack attack;
    struct world_plan one;
    struct slice other;
    struct world_tar without;
    struct err err;

    /* The index of an unsigned bundle in front of the blobs of a signed one. */
    attack_init(&attack, 1, 1);
    world_plan_init(&one, 1, 0);
    other = world_archive(&one);
    world_tar_read(&without, other);
    world_tar_set(&attack.tar, 1, without.contents[1]);
    CHECK_ERR(ERR_FORMAT, NULL, open_tar(&attack, &err), err);
    CHECK(strncmp(err.msg, "member 5: have blobs/sha256/", 28) == 0);
    world_plan_free(&one);
    attack_end(&attack);
}

TEST(bundle_archive_refuses_too_many_members)
{
    struct world_file file;
    struct tar_member member = {.name = "x"};
    struct err err;

    world_file_init(&file);
    for (size_t i = 0; i <= 16384; i++)
        CHECK_OK(tar_header(&member, 0, buf_extend(&file.bytes, TAR_BLOCK), &err), err);
    memset(buf_extend(&file.bytes, TAR_END), 0, TAR_END);
    CHECK_ERR(ERR_FORMAT, "more than 16384 members", open_bytes(buf_slice(&file.bytes), &err), err);
    buf_clear(&file.bytes);
}

TEST(bundle_archive_refuses_every_truncation)
{
    struct attack attack;
    struct err err;

    attack_init(&attack, 1, 1);
    for (size_t len = 0; len < attack.archive.len; len += 512) {
        CHECK(open_bytes(slice_part(attack.archive, 0, len), &err) == ERR_CORRUPT);
        CHECK(open_bytes(slice_part(attack.archive, 0, len + 100), &err) == ERR_CORRUPT);
    }
    attack_end(&attack);
}

/* Opens the archive in memory that may be written to, verifies it and reads all layers. */
static enum err_code use(struct slice archive, const struct keys *keys, struct err *err)
{
    struct image image = image_memory(&archive);
    struct trusted_bundle trusted;
    struct bundle bundle;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = bundle_open_archive(&image, &arena, &bundle, err);
    if (rc == ERR_OK)
        rc = bundle_verify(&bundle, keys, &arena, &trusted, err);
    for (size_t i = 0; rc == ERR_OK && i < bundle.manifests[0].manifest.layer_count; i++)
        rc = bundle_read_stored(&trusted, &bundle.manifests[0].manifest.layers[i], NULL, err);
    arena_clear(&arena);
    return rc;
}

TEST(bundle_archive_refuses_changed_bytes)
{
    struct attack attack;
    struct keys keys = {.count = 0};
    struct key key;
    uint8_t *bytes;
    size_t flips = 0;
    struct err err;

    /* Each 11th byte, and of the blanks in index.json (a hundred thousand) each 997th; all of them, with
     * all bits, are flipped by the test of the program. */
    attack_init(&attack, 1, 1);
    world_trust(&keys, &key, &attack.world.keys[0], "a.pub");
    bytes = (uint8_t *)arena_copy(&attack.world.arena, attack.archive, &err);
    CHECK_OK(use(slice_of(bytes, attack.archive.len), &keys, &err), err);
    for (size_t i = 0; i < attack.archive.len; i += bytes[i] == ' ' ? 997 : 11) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        CHECK(use(slice_of(bytes, attack.archive.len), &keys, &err) != ERR_OK);
        bytes[i] ^= (uint8_t)(1u << i % 8);
        flips++;
    }
    CHECK(flips > 1500);
    attack_end(&attack);
}
