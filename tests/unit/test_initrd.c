/* The combined initrd, byte for byte: what is hashed is written out here. */
#include "bundle/measure/initrd.h"

#include <string.h>

#include "tests/unit/test.h"

#define MIDDLE "00000000" "00000000" "00000001" "00000000" /* owner, group, links, time */
#define DEVICES "00000000" "00000000" "00000000" "00000000"
/* newc(5): an archive of the folder and a file in it; its name, its length with the NUL, its bytes and
 * their number, with the zeros after both. */
#define ARCHIVE(name, name_size, size, contents)                                                  \
    "070701" "00000001" "0000416d" MIDDLE "00000000" DEVICES "00000007" "00000000"                \
    ".extra\0\0\0\0"                                                                              \
    "070701" "00000002" "00008124" MIDDLE size DEVICES name_size "00000000"                       \
    name contents                                                                                 \
    "070701" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "00000000" DEVICES \
    "0000000B" "00000000" "TRAILER!!!\0\0\0\0"

#define SIGNATURE ARCHIVE(".extra/tpm2-pcr-signature.json\0\0\0\0", "0000001f", "00000002", "{}\0\0")
#define KEY ARCHIVE(".extra/tpm2-pcr-public-key.pem\0\0\0\0", "0000001f", "00000004", "none")
#define RELEASE ARCHIVE(".extra/os-release\0", "00000012", "00000005", "ID=x\n\0\0\0")
#define PROFILE ARCHIVE(".extra/profile\0\0\0\0", "0000000f", "00000003", "a=b\0")

/* A UKI of the parts that begin() was told, whose sections stand in one file. */
struct world {
    struct slice bytes;
    struct image file;
    struct pe_section sections[UKI_PARTS];
    struct uki uki;
    size_t reads, fails_at; /* the read that fails */
    bool is_there;
    uint8_t digest[BANK_SIZE_MAX];
    char names[256];
    struct buf what;
    struct err err;
};

static enum err_code read_world(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    struct world *world = ctx;

    if (++world->reads == world->fails_at)
        return err_set(err, ERR_IO, "the cable is cut");
    memcpy(into, world->bytes.ptr + at, size);
    return ERR_OK;
}

static void begin(struct world *world, unsigned stub)
{
    *world = (struct world){.bytes = SLICE("MICROCODEinitrd{}noneID=x\na=b")};
    world->file = (struct image){.ctx = world, .size = world->bytes.len, .read = read_world};
    world->uki = (struct uki){.file = &world->file, .stub = stub};
}

static void add(struct world *world, enum uki_part part)
{
    static const struct {
        enum uki_part part;
        uint32_t at, size;
    } places[] = {{UKI_UCODE, 0, 9},    {UKI_INITRD, 9, 6}, {UKI_PCRSIG, 15, 2},
                  {UKI_PCRPKEY, 17, 4}, {UKI_OSREL, 21, 5}, {UKI_PROFILE, 26, 3}};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].part == part)
            world->sections[part] = (struct pe_section){.raw_at = places[i].at,
                                                        .raw_size = places[i].size,
                                                        .virtual_size = places[i].size};
    }
    world->uki.parts[part] = &world->sections[part];
}

static void add_all(struct world *world)
{
    for (int part = 0; part < UKI_PARTS; part++) {
        if (part == UKI_UCODE || part == UKI_INITRD || part == UKI_PCRSIG || part == UKI_PCRPKEY ||
            part == UKI_OSREL || part == UKI_PROFILE)
            add(world, (enum uki_part)part);
    }
}

static enum err_code run(struct world *world, enum bank bank)
{
    buf_init_fixed(&world->what, world->names, sizeof world->names);
    memset(world->digest, 0xAA, sizeof world->digest);
    world->is_there = false;
    world->reads = 0;
    return initrd_digest(&world->uki, bank, &world->is_there, world->digest, &world->what,
                         &world->err);
}

static void check_initrd(struct world *world, const char *names, struct slice initrd)
{
    uint8_t want[BANK_SIZE_MAX];

    for (int bank = BANK_SHA256; bank <= BANK_SHA384; bank++) {
        bank_digest((enum bank)bank, initrd, want);
        CHECK_OK(run(world, (enum bank)bank), world->err);
        CHECK(world->is_there);
        CHECK(memcmp(want, world->digest, sizeof want) == 0);
        CHECK_TEXT(names, buf_slice(&world->what));
    }
}

TEST(initrd_alone_is_its_bytes)
{
    struct world world;

    begin(&world, 252);
    add(&world, UKI_INITRD);
    check_initrd(&world, ".initrd", SLICE("initrd"));
    begin(&world, 256);
    add(&world, UKI_UCODE);
    check_initrd(&world, ".ucode", SLICE("MICROCODE"));
    begin(&world, 252);
    add(&world, UKI_PCRSIG);
    check_initrd(&world, "tpm2-pcr-signature.json", SLICE(SIGNATURE));
}

TEST(initrd_of_several_parts_is_padded)
{
    struct world world;

    begin(&world, 256);
    add(&world, UKI_INITRD);
    add(&world, UKI_UCODE);
    check_initrd(&world, ".ucode, .initrd", SLICE("MICROCODE\0\0\0initrd\0\0"));
    begin(&world, 252);
    add(&world, UKI_PCRPKEY);
    add(&world, UKI_INITRD);
    check_initrd(&world, ".initrd, tpm2-pcr-public-key.pem", SLICE("initrd\0\0" KEY));
}

TEST(initrd_has_what_the_stub_knows)
{
    static const struct {
        unsigned first, last;
        const char *names;
        struct slice initrd;
    } cases[] = {
        {252, 255, ".initrd, tpm2-pcr-signature.json, tpm2-pcr-public-key.pem",
         SLICE("initrd\0\0" SIGNATURE KEY)},
        {256, 256, ".ucode, .initrd, tpm2-pcr-signature.json, tpm2-pcr-public-key.pem",
         SLICE("MICROCODE\0\0\0initrd\0\0" SIGNATURE KEY)},
        {257, 262,
         ".ucode, .initrd, tpm2-pcr-signature.json, tpm2-pcr-public-key.pem, os-release, profile",
         SLICE("MICROCODE\0\0\0initrd\0\0" SIGNATURE KEY RELEASE PROFILE)},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (unsigned stub = cases[i].first; stub <= cases[i].last; stub++) {
            struct world world;

            begin(&world, stub);
            add_all(&world);
            check_initrd(&world, cases[i].names, cases[i].initrd);
        }
    }
}

/* What a section has in memory beyond the file is zeros, and they count. */
TEST(initrd_counts_what_sections_are_filled_with)
{
    struct world world;

    begin(&world, 257);
    add(&world, UKI_INITRD);
    world.sections[UKI_INITRD].virtual_size = 9;
    check_initrd(&world, ".initrd", SLICE("initrd\0\0\0"));
    add(&world, UKI_PROFILE);
    world.sections[UKI_PROFILE].virtual_size = 1;
    check_initrd(&world, ".initrd, profile",
                 SLICE("initrd\0\0\0\0\0\0" ARCHIVE(".extra/profile\0\0\0\0", "0000000f",
                                                    "00000001", "a\0\0\0")));
}

TEST(initrd_may_not_be_there)
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    struct world world;

    begin(&world, 256);
    add(&world, UKI_OSREL);
    add(&world, UKI_LINUX);
    world.is_there = true;
    CHECK_OK(run(&world, BANK_SHA256), world.err);
    CHECK(!world.is_there && world.what.len == 0);
    CHECK(memcmp(world.digest, zeros, sizeof zeros) == 0);
}

TEST(initrd_gives_no_digest_of_what_cannot_be_read)
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    struct world world;

    begin(&world, 257);
    add_all(&world);
    for (size_t i = 1; i <= 6; i++) {
        world.fails_at = i;
        CHECK_ERR(ERR_IO, "the cable is cut", run(&world, BANK_SHA384), world.err);
        CHECK_NUMBER(i, world.reads);
        CHECK(memcmp(world.digest, zeros, sizeof zeros) == 0);
    }
    world.fails_at = 7;
    CHECK_OK(run(&world, BANK_SHA384), world.err);
}
