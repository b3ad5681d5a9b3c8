/* What a pack specification fills in, and that it never replaces what is given. */
#include "bundle/cli/pack_defaults.h"

#include "bundle/pack/pack_spec.h"
#include "tests/unit/session_world.h"

#define EVERYTHING                                                               \
    "uids: [v2.2.0, v2.3.0]\noutput: b.tar\nrepository: r\nlayout: rfc\n"        \
    "threshold: 2\nsplit: cd\nlevel: 9\nthreads: 3\nbest-before: 2030-01-01\n"   \
    "no-images: true\nallow-unsigned: true\ncsps: [gcp, aws]\n"                  \
    "tables: [t1, /t2]\nsignatures: [s.sig]\nkeys: [k1, k2]\ntable-keys: [tk]\n" \
    "sign-keys: [sk]\nmeasurements:\n  - {csp: gcp, file: m.yaml}\n"             \
    "images:\n  - {csp: gcp, variant: sev-es, file: d.raw}\n"                    \
    "  - {csp: aws, file: /e.raw}\n"                                             \
    "extras:\n  - {path: notes/x, file: x.txt}\n"                                \
    "annotations:\n  - {key: a.b, value: c=d}\n"

static struct session_world world;

static enum err_code run(const char *name, const char *text)
{
    temp_write(&world.folder, name, slice_text(text));
    session_world_give(&world, OPT_SPEC, session_world_path(&world, name));
    return pack_defaults_read(&world.invocation, &world.arena, &world.err);
}

/* want: the values, one blank between two; "@" stands for the folder, with its slash. */
static void check_option(enum option option, const char *want)
{
    const struct invocation *invocation = &world.invocation;
    char have[512], wanted[512];
    struct buf out;
    size_t len = 0;

    buf_init_fixed(&out, have, sizeof have);
    for (size_t i = 0; i < invocation->given[option]; i++)
        buf_add_format(&out, "%s%s", i ? " " : "", invocation->repeated[option][i]);
    for (; *want; want++) {
        if (*want == '@')
            len += (size_t)snprintf(wanted + len, sizeof wanted - len, "%s/", world.folder.path);
        else
            wanted[len++] = *want;
    }
    wanted[len] = '\0';
    CHECK_TEXT(wanted, buf_slice(&out));
    if (invocation->given[option])
        CHECK(slice_ends(buf_slice(&out), invocation->values[option]));
}

static void check_text(enum option option, const char *want)
{
    char wanted[512];

    snprintf(wanted, sizeof wanted, "%s%s%s", *want == '@' ? world.folder.path : "",
             *want == '@' ? "/" : "", *want == '@' ? want + 1 : want);
    CHECK_NUMBER(1, world.invocation.given[option]);
    CHECK_TEXT(wanted, slice_text(world.invocation.values[option]));
}

TEST(pack_defaults_fills_all_that_is_not_given)
{
    session_world_begin(&world);
    CHECK_OK(run("pack.yaml", EVERYTHING), world.err);
    CHECK_NUMBER(2, world.invocation.argument_count);
    CHECK_TEXT("v2.2.0", slice_text(world.invocation.arguments[0]));
    CHECK_TEXT("v2.3.0", slice_text(world.invocation.arguments[1]));
    check_text(OPT_BUNDLE, "@b.tar");
    check_text(OPT_REPOSITORY, "@r");
    check_text(OPT_LAYOUT, "rfc");
    check_text(OPT_THRESHOLD, "2");
    check_text(OPT_SPLIT, "cd");
    check_text(OPT_LEVEL, "9");
    check_text(OPT_THREADS, "3");
    check_text(OPT_BEST_BEFORE, "2030-01-01");
    CHECK_NUMBER(1, world.invocation.given[OPT_NO_IMAGES]);
    CHECK_NUMBER(1, world.invocation.given[OPT_ALLOW_UNSIGNED]);
    check_option(OPT_CSPS, "gcp aws");
    check_option(OPT_TABLE, "@t1 /t2");
    check_option(OPT_SIGNATURE, "@s.sig");
    check_option(OPT_KEY, "@k1 @k2");
    check_option(OPT_TABLE_KEY, "@tk");
    check_option(OPT_SIGN_KEY, "@sk");
    check_option(OPT_MEASUREMENTS, "gcp=@m.yaml");
    check_option(OPT_RAW_IMAGE, "gcp/sev-es=@d.raw aws=/e.raw");
    check_option(OPT_EXTRA, "notes/x=@x.txt");
    check_option(OPT_ANNOTATION, "a.b=c=d");
    session_world_end(&world);
}

/* Of an option that is given nothing of the file is taken, be it one value or several. */
TEST(pack_defaults_leaves_what_is_given)
{
    static const enum option options[] = {
        OPT_BUNDLE,    OPT_REPOSITORY, OPT_LAYOUT,      OPT_THRESHOLD, OPT_SPLIT,
        OPT_LEVEL,     OPT_THREADS,    OPT_BEST_BEFORE, OPT_CSPS,      OPT_TABLE,
        OPT_SIGNATURE, OPT_KEY,        OPT_TABLE_KEY,   OPT_SIGN_KEY,  OPT_MEASUREMENTS,
        OPT_RAW_IMAGE, OPT_EXTRA,      OPT_ANNOTATION};

    session_world_begin(&world);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        session_world_give(&world, options[i], "mine");
    session_world_argument(&world, "v1.0.0");
    CHECK_OK(run("pack.yaml", EVERYTHING), world.err);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        check_text(options[i], "mine");
        CHECK_TEXT("mine", slice_text(world.invocation.repeated[options[i]][0]));
    }
    CHECK_NUMBER(1, world.invocation.argument_count);
    CHECK_TEXT("v1.0.0", slice_text(world.invocation.arguments[0]));
    session_world_end(&world);
}

/* A file that says nothing of something leaves it as it is. */
TEST(pack_defaults_fills_nothing_else)
{
    session_world_begin(&world);
    CHECK_OK(run("pack.yaml", "level: 3\n"), world.err);
    for (size_t option = 0; option < OPTION_COUNT; option++)
        CHECK_NUMBER(option == OPT_LEVEL || option == OPT_SPEC, world.invocation.given[option]);
    CHECK_NUMBER(0, world.invocation.argument_count);
    session_world_end(&world);
    session_world_begin(&world);
    CHECK_OK(run("pack.yaml", "no-images: false\nallow-unsigned: false\n"), world.err);
    CHECK_NUMBER(0, world.invocation.given[OPT_NO_IMAGES] +
                        world.invocation.given[OPT_ALLOW_UNSIGNED]);
    session_world_end(&world);
    session_world_begin(&world);
    CHECK_OK(pack_defaults_read(&world.invocation, &world.arena, &world.err), world.err);
    CHECK_NUMBER(0, world.invocation.given[OPT_LEVEL]);
    session_world_end(&world);
}

TEST(pack_defaults_takes_paths_from_the_files_folder)
{
    session_world_begin(&world);
    CHECK_OK(run("a/b/pack.yaml", "repository: https://cdn.example/x\nkeys: [../k, /abs, k]\n"),
             world.err);
    check_text(OPT_REPOSITORY, "https://cdn.example/x");
    check_option(OPT_KEY, "@a/b/../k /abs @a/b/k");
    session_world_end(&world);
}

TEST(pack_defaults_names_the_file)
{
    static uint8_t large[PACK_SPEC_MAX_BYTES + 1];
    char message[ERR_MESSAGE_MAX];

    session_world_begin(&world);
    snprintf(message, sizeof message, "%s/pack.yaml: line 1: unknown key \"uidz\"",
             world.folder.path);
    CHECK_ERR(ERR_FORMAT, message, run("pack.yaml", "uidz: [a]\n"), world.err);
    session_world_give(&world, OPT_SPEC, session_world_path(&world, "absent"));
    CHECK_NUMBER(ERR_IO, pack_defaults_read(&world.invocation, &world.arena, &world.err));
    CHECK(strstr(world.err.msg, "/absent: "));
    memset(large, '#', sizeof large);
    temp_write(&world.folder, "large", slice_of(large, sizeof large));
    session_world_give(&world, OPT_SPEC, session_world_path(&world, "large"));
    CHECK_NUMBER(ERR_LIMIT, pack_defaults_read(&world.invocation, &world.arena, &world.err));
    session_world_end(&world);
}

TEST(pack_defaults_needs_memory)
{
    static uint8_t memory[64 << 10];
    enum err_code rc = ERR_LIMIT;

    session_world_begin(&world);
    CHECK_OK(run("pack.yaml", EVERYTHING), world.err);
    for (size_t size = 0; rc == ERR_LIMIT && size < sizeof memory; size += 97) {
        struct arena little;

        for (size_t option = 0; option < OPTION_COUNT; option++) {
            if (option != OPT_SPEC)
                session_world_take_back(&world, (enum option)option);
        }
        world.invocation.argument_count = 0;
        arena_init_fixed(&little, memory, size);
        rc = pack_defaults_read(&world.invocation, &little, &world.err);
    }
    CHECK_OK(rc, world.err);
    check_option(OPT_RAW_IMAGE, "gcp/sev-es=@d.raw aws=/e.raw");
    session_world_end(&world);
}
