/* Images on their way into a repository, against the signed measurements of their bundle. */
#include "tests/unit/import_world.h"

#define PCR_4 "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8" /* of good-252 */
#define FITS "csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: " PCR_4 "\n"
#define EQUAL                                                                       \
    ": PCR 4 of the image are those of the measurements (systemd-stub 252, Secure " \
    "Boot off, no boot loader, no phases)"

static struct import_world world;
static struct sparse_image sparse;

/* A disk with a UKI, and whether the measurements are its own. */
static void begin(bool fits)
{
    import_world_begin(&world);
    contents_bound(&world.contents, &sparse);
    if (fits) {
        contents_find(&world.contents, CONTENTS_MEASUREMENTS)->bytes = SLICE(FITS);
        contents_drop(&world.contents, CONTENTS_MEASUREMENTS ".sig");
        contents_sign(&world.contents, CONTENTS_MEASUREMENTS, CONTENTS_MEASUREMENTS ".sig", 0);
    }
    import_world_open(&world);
}

static void stage(void)
{
    import_world_again(&world);
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    import_world_stage(&world);
    CHECK_OK(import_stage(&world.work, &world.err), world.err);
}

static void check_equal(const char *name)
{
    char want[ERR_MESSAGE_MAX];

    snprintf(want, sizeof want, "%s" EQUAL, name);
    world.heard.notes = 0;
    CHECK_OK(import_binding(&world.work, &world.err), world.err);
    CHECK_NUMBER(1, world.heard.notes);
    CHECK_TEXT(want, slice_text(world.heard.note));
}

/* As it is staged: raw, and in frames. */
TEST(import_binding_compares_what_is_staged)
{
    begin(true);
    stage();
    check_equal(IMPORT_WORLD_RAW);
    world.settings.keep_compressed = true;
    stage();
    check_equal(CONTENTS_IMAGE);
    import_world_end(&world);
}

TEST(import_binding_refuses_another_image)
{
    begin(false);
    for (int kept = 0; kept < 2; kept++) {
        world.settings.keep_compressed = kept;
        stage();
        CHECK_ERR(
            ERR_FORGED,
            kept ? CONTENTS_IMAGE
                ": is not what the measurements describe; the nearest: PCR 4: the "
                "image gives " PCR_4 " (UKI EFI/BOOT/BOOTX64.EFI; kernel in .linux; "
                "systemd-stub 252, Secure Boot off, no boot loader, no phases), the "
                "measurements want " CONTENTS_VALUE
                 : IMPORT_WORLD_RAW
                ": is not what the measurements describe; the nearest: PCR 4: the image gives " PCR_4
                " (UKI EFI/BOOT/BOOTX64.EFI; kernel in .linux; systemd-stub 252, Secure Boot "
                "off, no boot loader, no phases), the measurements want " CONTENTS_VALUE,
            import_binding(&world.work, &world.err), world.err);
        CHECK_NUMBER(0, world.heard.notes);
    }
    import_world_end(&world);
}

/* What is staged is looked at, not what the bundle has. */
TEST(import_binding_reads_the_file)
{
    char path[256];
    struct stat status;
    int fd;

    begin(true);
    stage();
    for (size_t i = 0; i < world.result.placements.count; i++) {
        if (world.result.placements.list[i].kind == PLACE_IMAGE)
            snprintf(path, sizeof path, "repo/.sealift/%s/%zu", world.work.staging.name, i);
    }
    fd = open(temp_path(&world.folder, path), O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0 && fstat(fd, &status) == 0 && ftruncate(fd, 0) == 0);
    CHECK(ftruncate(fd, status.st_size) == 0);
    close(fd);
    CHECK_OK(import_binding(&world.work, &world.err), world.err);
    CHECK_TEXT(IMPORT_WORLD_RAW
               ": the image has no UKI, so the measurements cannot be compared with "
               "it: no GPT: not the raw image of a disk",
               slice_text(world.heard.note));
    CHECK(remove(temp_path(&world.folder, path)) == 0);
    CHECK_NUMBER(ERR_IO, import_binding(&world.work, &world.err));
    import_world_end(&world);
}

/* A file of the repository that is equal: it is not staged. */
TEST(import_binding_compares_what_is_kept)
{
    begin(true);
    stage();
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    stage();
    CHECK_NUMBER(PLACEMENT_KEEP, import_world_find(&world, IMPORT_WORLD_RAW)->action);
    check_equal(IMPORT_WORLD_RAW);
    CHECK(remove(temp_path(&world.folder, "repo/" IMPORT_WORLD_RAW)) == 0);
    CHECK_ERR(ERR_IO, IMPORT_WORLD_RAW ": is gone", import_binding(&world.work, &world.err),
              world.err);
    import_world_end(&world);
}

/* Frames that are kept, and have changed since. */
TEST(import_binding_refuses_frames_that_have_changed)
{
    int fd;

    begin(true);
    world.settings.keep_compressed = true;
    stage();
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    stage();
    check_equal(CONTENTS_IMAGE);
    fd = open(temp_path(&world.folder, "repo/" CONTENTS_IMAGE), O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "x", 1, 100) == 1);
    close(fd);
    CHECK_NUMBER(ERR_CORRUPT, import_binding(&world.work, &world.err));
    import_world_end(&world);
}

TEST(import_binding_of_no_image)
{
    begin(false);
    CHECK_OK(import_tables(&world.work, &world.err), world.err);
    CHECK(world.result.placements.count > 0);
    CHECK_OK(import_binding(&world.work, &world.err), world.err);
    CHECK_NUMBER(0, world.heard.notes);
    import_world_end(&world);
}
