/*
 * Everything that can be done to an archive is refused by verify and by import, and leaves no trace: bytes
 * flipped, archives cut, members swapped, doubled, left out, put in, turned into links or extended
 * headers, changed between check and use. Under sanitizers every FLIPS_STRIDE-th flip is tried;
 * build/flips tries all of them.
 */
#include <stdio.h>
#include <string.h>

#include "bundle/import/import.h"
#include "bundle/verify/blobs.h"
#include "tests/unit/flips_world.h"

TEST(flips_of_every_byte_are_refused)
{
    static struct flips flips;
    static const uint8_t second[] = {0xff, 0x20};

    flips_begin(&flips);
    for (size_t i = 0; i < flips.size; i += FLIPS_STRIDE) {
        uint8_t masks[3] = {(uint8_t)(1u << (i % 8)), second[0], second[1]};

        for (size_t k = 0; k < 3; k++) {
            if (k == 2 && masks[0] == masks[2])
                continue;
            flips_refuse_byte(&flips, i, masks[k]);
        }
    }
    flips_end(&flips, "flips");
}

TEST(flips_truncations_are_refused)
{
    static struct flips flips;

    flips_begin(&flips);
    for (size_t size = 0; size < flips.size; size += 512) {
        if (!flips_is_turn())
            continue;
        flips_refuse(&flips, slice_of(flips.bytes, size), "cut at", size);
        flips_refuse(&flips, slice_of(flips.bytes, size + 1), "cut at", size + 1);
        flips_refuse(&flips, slice_of(flips.bytes, size + 511), "cut at", size + 511);
    }
    flips_end(&flips, "truncations");
}

/* --- Members ------------------------------------------------------------------------------------ */

static void try_tar(struct flips *flips, const struct world_tar *tar, const char *what,
                    size_t number)
{
    struct arena arena;

    if (!flips_is_turn())
        return;
    arena_init_heap(&arena, WORLD_MAX);
    flips_refuse(flips, world_tar_write(tar, &arena), what, number);
    arena_clear(&arena);
}

static void swap_members(struct world_tar *tar, size_t a, size_t b, bool with_names)
{
    struct slice contents = tar->contents[a];
    struct tar_member member = tar->members[a];

    tar->contents[a] = tar->contents[b];
    tar->contents[b] = contents;
    tar->members[a].size = tar->contents[a].len;
    tar->members[b].size = tar->contents[b].len;
    if (with_names) {
        tar->members[a] = tar->members[b];
        tar->members[b] = member;
        tar->members[a].size = tar->contents[a].len;
        tar->members[b].size = tar->contents[b].len;
    }
}

static void insert_member(struct world_tar *tar, size_t at, struct tar_member member,
                          struct slice contents)
{
    memmove(&tar->members[at + 1], &tar->members[at], (tar->count - at) * sizeof tar->members[0]);
    memmove(&tar->contents[at + 1], &tar->contents[at],
            (tar->count - at) * sizeof tar->contents[0]);
    member.size = contents.len;
    tar->members[at] = member;
    tar->contents[at] = contents;
    tar->count++;
}

TEST(flips_swapped_members_are_refused)
{
    static struct flips flips;
    static struct world_tar whole, tar;

    flips_begin(&flips);
    world_tar_read(&whole, flips.world.archive);
    for (size_t a = 0; a < whole.count; a++) {
        for (size_t b = a + 1; b < whole.count; b++) {
            tar = whole;
            swap_members(&tar, a, b, true);
            try_tar(&flips, &tar, "swapped members", a * 100 + b);
            tar = whole;
            swap_members(&tar, a, b, false);
            if (!whole.members[a].link[0] && !whole.members[b].link[0])
                try_tar(&flips, &tar, "swapped contents", a * 100 + b);
            tar = whole;
            memcpy(tar.members[a].name, whole.members[b].name, sizeof tar.members[a].name);
            try_tar(&flips, &tar, "doubled name", a * 100 + b);
        }
    }
    flips_end(&flips, "swaps");
}

TEST(flips_members_more_or_less_are_refused)
{
    static struct flips flips;
    static struct world_tar whole, tar;

    flips_begin(&flips);
    world_tar_read(&whole, flips.world.archive);
    for (size_t i = 0; i < whole.count; i++) {
        tar = whole;
        world_tar_remove(&tar, i);
        try_tar(&flips, &tar, "left out", i);
        for (size_t at = 0; at <= whole.count; at++) {
            struct tar_member member = {.name = "extra"};

            tar = whole;
            insert_member(&tar, at, whole.members[i], whole.contents[i]);
            try_tar(&flips, &tar, "doubled", i * 100 + at);
            tar = whole;
            insert_member(&tar, at, member, whole.contents[i]);
            try_tar(&flips, &tar, "put in", i * 100 + at);
            tar = whole;
            memcpy(member.link, whole.members[2].name, TAR_LINK_MAX);
            insert_member(&tar, at, member, slice_of(NULL, 0));
            try_tar(&flips, &tar, "link put in", i * 100 + at);
        }
    }
    flips_end(&flips, "extra and missing members");
}

TEST(flips_links_are_refused)
{
    static struct flips flips;
    static struct world_tar whole, tar;

    flips_begin(&flips);
    world_tar_read(&whole, flips.world.archive);
    for (size_t i = 0; i < whole.count; i++) {
        for (size_t to = 0; to < whole.count; to++) {
            bool is_same = strcmp(whole.members[i].link, whole.members[to].name) == 0;

            if (is_same || strlen(whole.members[to].name) >= TAR_LINK_MAX)
                continue;
            tar = whole;
            snprintf(tar.members[i].link, sizeof tar.members[i].link, "%.100s",
                     whole.members[to].name);
            world_tar_set(&tar, i, slice_of(NULL, 0));
            try_tar(&flips, &tar, "link to", i * 100 + to);
        }
        if (!whole.members[i].link[0])
            continue;
        tar = whole;
        tar.members[i].link[0] = '\0';
        world_tar_set(&tar, i, whole.contents[world_tar_find(&whole, whole.members[i].link)]);
        try_tar(&flips, &tar, "link as file", i);
    }
    flips_end(&flips, "links");
}

/* --- Headers, with a checksum that is right ------------------------------------------------------ */

static void set_checksum(uint8_t *header)
{
    unsigned sum = 0;
    char text[9];

    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(header + 148, text, 7);
}

static void try_header(struct flips *flips, size_t header, size_t at, const void *bytes, size_t len,
                       const char *what)
{
    uint8_t before[TAR_BLOCK];

    memcpy(before, flips->bytes + header, TAR_BLOCK);
    memcpy(flips->bytes + header + at, bytes, len);
    set_checksum(flips->bytes + header);
    if (flips_is_turn() && memcmp(before, flips->bytes + header, TAR_BLOCK) != 0)
        flips_refuse(flips, slice_of(flips->bytes, flips->size), what, header);
    memcpy(flips->bytes + header, before, TAR_BLOCK);
}

static void try_headers(struct flips *flips, size_t header)
{
    static const char types[] = {'\0', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'V'};
    static const char *const names[] = {"../x",        "/etc/x",    "a/../b", "./a",
                                        "a//b",        "a/",        "\001",   "index.JSON",
                                        "oci-layout/", ".sealift/x"};
    static const char *const sizes[] = {"77777777777", "00000000000", "-0000000001", "0x000000010",
                                        "         10"};
    static const uint8_t huge[] = {0x80, 0x7f, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t negative[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xf0};
    static const size_t fields[] = {100, 108, 116, 136, 257, 263, 265, 297, 329, 337, 345, 500};

    for (size_t i = 0; i < sizeof types; i++)
        try_header(flips, header, 156, &types[i], 1, "type");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[100] = "";

        snprintf(name, sizeof name, "%s", names[i]);
        try_header(flips, header, 0, name, sizeof name, "name");
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        try_header(flips, header, 124, sizes[i], 12, "size");
    try_header(flips, header, 124, huge, sizeof huge, "size");
    try_header(flips, header, 124, negative, sizeof negative, "size");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        try_header(flips, header, fields[i], "7", 1, "field");
}

TEST(flips_of_headers_with_a_right_checksum_are_refused)
{
    static struct flips flips;
    struct tar_reader reader;
    struct tar_member member;
    uint64_t time, at;
    bool is_end = false;
    struct err err;

    flips_begin(&flips);
    reader = (struct tar_reader){.image = &flips.world.image};
    while (true) {
        CHECK_OK(tar_next(&reader, &member, &time, &at, &is_end, &err), err);
        if (is_end)
            break;
        try_headers(&flips, (size_t)at - TAR_BLOCK);
    }
    flips_end(&flips, "headers");
}

/* --- Check and use ------------------------------------------------------------------------------ */

/* An image that is another from its n-th read on. */
struct turncoat {
    struct slice bytes;
    size_t reads, turns_at;
};

static enum err_code read_turncoat(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                   struct err *err)
{
    struct turncoat *turncoat = ctx;

    (void)err;
    memcpy(into, turncoat->bytes.ptr + at, size);
    for (size_t i = 0; turncoat->reads >= turncoat->turns_at && i < size; i++)
        into[i] ^= 1;
    turncoat->reads++;
    return ERR_OK;
}

static void be_quiet(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static void ignore_progress(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
}

static enum err_code import_image(const struct flips *flips, const struct trusted_bundle *trusted,
                                  const struct contents *contents, struct arena *arena,
                                  struct err *err)
{
    static const uint8_t digest[SHA256_SIZE] = {1};
    const struct import_settings settings = {
        .trusted = trusted, .contents = contents, .digest = digest, .is_deep = true,
        .now = 1700000000, .program = "sealift test",
        .listener = {.warn = be_quiet, .note = be_quiet, .progress = ignore_progress}};
    struct repository repository;
    struct import_result result;
    enum err_code rc;

    if (repository_open(flips->repository, &repository, err) != ERR_OK)
        return err->code;
    rc = import_run(&settings, &repository, arena, &result, err);
    repository_undo(&repository);
    return rc;
}

/* The steps of verify over an image, and those of import, which share the first three. */
static enum err_code check_image(struct flips *flips, const struct image *image, bool imports,
                                 struct err *err)
{
    const struct blobs_check how = {.is_deep = true, .settings = {.threads = 1}};
    struct contents_world *world = &flips->world;
    struct trusted_bundle trusted;
    struct contents contents;
    struct bundle bundle;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = bundle_open_archive(image, &arena, &bundle, err);
    if (rc == ERR_OK)
        rc = bundle_verify(&bundle, &world->bundle_keys, &arena, &trusted, err);
    if (rc == ERR_OK)
        rc = contents_check(&trusted, &world->measurement_keys, &world->table_keys, &arena,
                            &contents, err);
    if (rc == ERR_OK && imports)
        rc = import_image(flips, &trusted, &contents, &arena, err);
    else if (rc == ERR_OK)
        rc = blobs_check(&trusted, &contents, &how, err);
    arena_clear(&arena);
    return rc;
}

static void between_check_and_use(bool imports, const char *what)
{
    static struct flips flips;
    struct turncoat turncoat = {.reads = 0};
    struct image image;
    struct err err;

    flips_begin(&flips);
    turncoat.bytes = flips.world.archive;
    image = (struct image){.ctx = &turncoat, .size = turncoat.bytes.len, .read = read_turncoat};
    for (turncoat.turns_at = 0;; turncoat.turns_at++) {
        enum err_code rc;

        turncoat.reads = 0;
        rc = check_image(&flips, &image, imports, &err);
        if (turncoat.reads <= turncoat.turns_at) {
            CHECK_OK(rc, err); /* it never turned */
            break;
        }
        flips.tried++;
        flips.passed += !flips_is_refusal(rc) || flips_has_changed(&flips);
    }
    CHECK(flips.tried > 20);
    flips.may_change = imports;
    flips_end(&flips, what);
}

TEST(flips_between_check_and_use_are_refused)
{
    between_check_and_use(false, "changes between reads of verify");
    between_check_and_use(true, "changes between reads of import");
}
