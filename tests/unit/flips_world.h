/*
 * flips_world.h - a small signed bundle on a file system in memory, its variants, and what verify and
 * import, the verbs themselves, say to each: both must refuse it with the same status, and nothing may
 * be written or changed by that.
 */
#ifndef SEALIFT_TESTS_FLIPS_WORLD_H
#define SEALIFT_TESTS_FLIPS_WORLD_H

#include "bundle/cli/verbs.h"
#include "tests/unit/contents_world.h"
#include "tests/unit/temp_folder.h"

#ifdef __SANITIZE_ADDRESS__
#define FLIPS_STRIDE 211 /* of flips; of other variants it is FLIPS_TURN */
#define FLIPS_TURN 8
#else
#define FLIPS_STRIDE 1
#define FLIPS_TURN 1
#endif

#define FLIPS_SHOWN 20 /* variants that were not refused, of one test */
#define FLIPS_LOOK_EVERY 16 /* variants: what was changed is seen then, too */
#define FLIPS_MEMORY "/dev/shm/sealift-flips-XXXXXX"
#define FLIPS_DEPTH "a/b/c" /* so that a path that leads out of the repository ends in the folder */

struct flips {
    struct contents_world world;
    struct temp_folder folder;
    char tar[TEMP_PATH_MAX], key[TEMP_PATH_MAX], repository[TEMP_PATH_MAX];
    struct invocation verify, import;
    const char *keys[1];
    int fd;         /* of the archive, to be changed and put back */
    uint8_t *bytes; /* of the archive */
    size_t size;
    size_t tried, passed;
    bool may_change; /* the test has imported */
    uint8_t before[SHA256_SIZE]; /* flips_snapshot */
};

/* --- What is there ------------------------------------------------------------------------------ */

static struct sha256 flips_hash;
static const char *flips_left_out;

/* Folders by their names: import makes one in the repository, and takes it away. */
static inline int flips_hash_one(const char *path, const struct stat *status, int type,
                                 struct FTW *where)
{
    uint64_t facts[] = {status->st_ino, status->st_mode, 0, 0, 0};

    (void)type;
    (void)where;
    if (strcmp(path, flips_left_out) == 0)
        return 0;
    if (!S_ISDIR(status->st_mode)) {
        facts[2] = (uint64_t)status->st_size;
        facts[3] = (uint64_t)status->st_mtim.tv_sec;
        facts[4] = (uint64_t)status->st_mtim.tv_nsec;
    }
    sha256_update(&flips_hash, slice_of(path, strlen(path) + 1));
    sha256_update(&flips_hash, slice_of(facts, sizeof facts));
    return 0;
}

/* Of all files and folders but the archive, hidden ones included. */
static inline void flips_snapshot(const struct flips *flips, uint8_t digest[SHA256_SIZE])
{
    sha256_init(&flips_hash);
    flips_left_out = flips->tar;
    CHECK(nftw(flips->folder.path, flips_hash_one, 8, FTW_PHYS) == 0);
    sha256_final(&flips_hash, digest);
}

static inline bool flips_has_changed(const struct flips *flips)
{
    uint8_t now[SHA256_SIZE];

    flips_snapshot(flips, now);
    return memcmp(now, flips->before, sizeof now) != 0;
}

/* --- The verbs ---------------------------------------------------------------------------------- */

static inline void flips_prepare(struct flips *flips, const struct verb *verb,
                                 struct invocation *invocation)
{
    invocation->program = "sealift";
    invocation->verb = verb;
    invocation->arguments[0] = flips->tar;
    invocation->argument_count = 1;
    invocation->given[OPT_KEY] = invocation->given[OPT_QUIET] = invocation->given[OPT_DEEP] = 1;
    invocation->repeated[OPT_KEY] = flips->keys;
    invocation->values[OPT_KEY] = flips->keys[0];
    invocation->given[OPT_PROGRESS] = 1;
    invocation->values[OPT_PROGRESS] = "none";
}

static inline enum err_code flips_run(struct invocation *invocation, struct err *err)
{
    enum err_code rc;
    struct buf out;

    *err = (struct err){ERR_BUG, ""};
    buf_init_heap(&out, WORLD_MAX);
    invocation->out = &out;
    rc = invocation->verb->run(invocation, err);
    buf_clear(&out);
    return rc;
}

static inline bool flips_is_refusal(enum err_code rc)
{
    return rc == ERR_FORMAT || rc == ERR_FORGED || rc == ERR_NO_KEY || rc == ERR_CORRUPT ||
           rc == ERR_LIMIT;
}

static inline void flips_fail(struct flips *flips, const char *what, size_t number,
                              const char *reason)
{
    char text[3 * ERR_MESSAGE_MAX];

    flips->passed++;
    snprintf(text, sizeof text, "%s %zu: %s", what, number, reason);
    test_check(flips->passed > FLIPS_SHOWN, __FILE__, __LINE__, text);
}

/* The file as it is now must be refused by both, and as what it is: malformed, forged, without a key,
 * corrupt; or too large for what it is. */
static inline void flips_refuse_file(struct flips *flips, const char *what, size_t number)
{
    struct err verified, imported;
    char text[2 * ERR_MESSAGE_MAX + 64];

    flips->tried++;
    flips_run(&flips->verify, &verified);
    flips_run(&flips->import, &imported);
    snprintf(text, sizeof text, "verify: %s %s; import: %s %s", err_name(verified.code),
             verified.msg, err_name(imported.code), imported.msg);
    if (!flips_is_refusal(verified.code) || imported.code != verified.code)
        flips_fail(flips, what, number, text);
    else if (flips->tried % FLIPS_LOOK_EVERY == 0 && flips_has_changed(flips))
        flips_fail(flips, what, number, "something was written or changed");
}

static inline void flips_write(const struct flips *flips, struct slice bytes)
{
    CHECK(ftruncate(flips->fd, 0) == 0);
    CHECK(bytes.len == 0 || pwrite(flips->fd, bytes.ptr, bytes.len, 0) == (ssize_t)bytes.len);
}

static inline void flips_refuse(struct flips *flips, struct slice bytes, const char *what,
                                size_t number)
{
    flips_write(flips, bytes);
    flips_refuse_file(flips, what, number);
}

/* One byte of the file, which is the archive otherwise. */
static inline void flips_refuse_byte(struct flips *flips, size_t at, uint8_t mask)
{
    uint8_t byte = flips->bytes[at] ^ mask;

    CHECK(pwrite(flips->fd, &byte, 1, (off_t)at) == 1);
    flips_refuse_file(flips, "flip of byte", at);
    CHECK(pwrite(flips->fd, &flips->bytes[at], 1, (off_t)at) == 1);
}

/* Under sanitizers only some of the variants are tried. */
static inline bool flips_is_turn(void)
{
    static unsigned turns;

    return turns++ % FLIPS_TURN == 0;
}

/* --- Begin and end ------------------------------------------------------------------------------ */

static inline void flips_begin_folder(struct flips *flips)
{
    struct err err;

    snprintf(flips->folder.path, sizeof flips->folder.path, FLIPS_MEMORY);
    if (!mkdtemp(flips->folder.path))
        flips->folder = temp_folder_make();
    snprintf(flips->tar, sizeof flips->tar, "%s/b.tar", flips->folder.path);
    snprintf(flips->key, sizeof flips->key, "%s/key.pub", flips->folder.path);
    snprintf(flips->repository, sizeof flips->repository, "%s/" FLIPS_DEPTH "/repo",
             flips->folder.path);
    temp_write(&flips->folder, "key.pub", test_file("fixtures/keys/good-p256.pem"));
    temp_write(&flips->folder, FLIPS_DEPTH "/repo/images/v1.0.0.json", SLICE("{}\n"));
    flips->keys[0] = flips->key;
    flips_prepare(flips, &verb_verify, &flips->verify);
    flips->verify.given[OPT_THREADS] = 1;
    flips->verify.values[OPT_THREADS] = "1";
    flips_prepare(flips, &verb_import, &flips->import);
    flips->import.given[OPT_INTO] = 1;
    flips->import.values[OPT_INTO] = flips->repository;
    flips->fd = open(flips->tar, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    CHECK(flips->fd >= 0);
    flips_write(flips, flips->world.archive);
    flips_snapshot(flips, flips->before);
    CHECK_OK(flips_run(&flips->verify, &err), err);
    CHECK(!flips_has_changed(flips));
}

static inline void flips_begin(struct flips *flips)
{
    struct slice archive;
    struct err err;

    memset(flips, 0, sizeof *flips);
    contents_begin(&flips->world);
    /* Zeros alone: a small blob, as every byte of it costs signatures to check. */
    memset((uint8_t *)(uintptr_t)flips->world.world.image_bytes[0].ptr, 0, WORLD_IMAGE_SIZE);
    contents_pack(&flips->world);
    archive = flips->world.archive;
    flips->bytes = arena_alloc(&flips->world.world.arena, archive.len, &err);
    memcpy(flips->bytes, archive.ptr, archive.len);
    flips->size = archive.len;
    flips_begin_folder(flips);
}

/* The archive as it was is taken after all that: so it was not the folder that was refused. */
static inline void flips_end(struct flips *flips, const char *what)
{
    struct err err;

    if (FLIPS_STRIDE == 1)
        printf("%s: %zu variants, %zu refused\n", what, flips->tried, flips->tried - flips->passed);
    CHECK_NUMBER(0, flips->passed);
    CHECK(!flips_has_changed(flips) || flips->may_change);
    flips_write(flips, flips->world.archive);
    CHECK_OK(flips_run(&flips->import, &err), err);
    CHECK(flips_has_changed(flips));
    close(flips->fd);
    temp_folder_remove(&flips->folder);
    contents_end(&flips->world);
}

#endif
