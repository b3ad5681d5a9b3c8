#include "bundle/pack/pack_spec.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static struct err err;

TEST(pack_spec_reads_every_field)
{
    struct pack_spec spec;
    struct arena arena;

    arena_init_heap(&arena, (size_t)8 << 20);
    CHECK_OK(pack_spec_parse(SLICE("uids: [a, b]\noutput: o\nrepository: r\nlayout: v1\n"
                                   "csps: [gcp]\ntables: [t]\nmeasurements:\n  - csp: gcp\n"
                                   "    file: m\nsignatures: [s]\nimages:\n  - {csp: qemu, file: i}\n"
                                   "  - {csp: gcp, variant: v, file: j}\nno-images: true\n"
                                   "keys: [k]\ntable-keys: [tk]\nthreshold: 2\nsign-keys: [sk]\n"
                                   "allow-unsigned: true\nsplit: cd\nlevel: 7\nthreads: 3\n"
                                   "best-before: 2030-01-01\n"
                                   "annotations: [{key: x, value: '1'}]\n"),
                             &arena, &spec, &err),
             err);
    CHECK(spec.uids_count == 2 && strcmp(spec.uids[1], "b") == 0);
    CHECK(strcmp(spec.output, "o") == 0 && strcmp(spec.repository, "r") == 0);
    CHECK(strcmp(spec.layout, "v1") == 0 && strcmp(spec.csps[0], "gcp") == 0);
    CHECK(strcmp(spec.tables[0], "t") == 0 && strcmp(spec.signatures[0], "s") == 0);
    CHECK(strcmp(spec.measurements[0].csp, "gcp") == 0 && spec.measurements_count == 1);
    CHECK(strcmp(spec.measurements[0].file, "m") == 0);
    CHECK(spec.images_count == 2 && !spec.images[0].variant);
    CHECK(strcmp(spec.images[1].variant, "v") == 0 && strcmp(spec.images[1].file, "j") == 0);
    CHECK(spec.no_images && spec.allow_unsigned);
    CHECK(strcmp(spec.keys[0], "k") == 0 && strcmp(spec.table_keys[0], "tk") == 0);
    CHECK(strcmp(spec.sign_keys[0], "sk") == 0 && strcmp(spec.threshold, "2") == 0);
    CHECK(strcmp(spec.split, "cd") == 0 && strcmp(spec.level, "7") == 0);
    CHECK(strcmp(spec.threads, "3") == 0 && strcmp(spec.best_before, "2030-01-01") == 0);
    CHECK(strcmp(spec.annotations[0].key, "x") == 0 && strcmp(spec.annotations[0].value, "1") == 0);
    arena_clear(&arena);
}

static void refuse(struct slice text, enum err_code code, const char *message)
{
    static const struct pack_spec none;
    struct pack_spec spec;
    struct arena arena;

    arena_init_heap(&arena, (size_t)8 << 20);
    CHECK_ERR(code, message, pack_spec_parse(text, &arena, &spec, &err), err);
    CHECK(memcmp(&spec, &none, sizeof spec) == 0);
    arena_clear(&arena);
}

TEST(pack_spec_refuses_with_the_place)
{
    refuse(SLICE("keys: [a]\nuidz: [a]\n"), ERR_FORMAT, "line 2: unknown key \"uidz\"");
    refuse(SLICE("no-images: yes\n"), ERR_FORMAT, "line 1, column 12: want true or false");
    refuse(SLICE("no-images: 1\n"), ERR_FORMAT, "line 1, column 12: want true or false");
    refuse(SLICE("uids: v\n"), ERR_FORMAT, "line 1, column 7: want a list");
    refuse(SLICE("level: &x 3\n"), ERR_FORMAT, "line 1, column 8: anchors (&x) are not allowed");
    refuse(SLICE("level: 3\nlevel: 4\n"), ERR_FORMAT,
           "line 2: the key \"level\" stands here again, first on line 1");
    refuse(SLICE(""), ERR_FORMAT, "have nothing, want a map of fields");
    refuse(SLICE("[a]"), ERR_FORMAT, "have a list, want a map of fields");
}

TEST(pack_spec_says_when_memory_is_short)
{
    static unsigned char memory[1 << 16];
    struct pack_spec spec;
    size_t enough = 0;

    for (size_t size = 64; size < sizeof memory; size += 256) {
        struct arena arena;
        enum err_code rc;

        arena_init_fixed(&arena, memory, size);
        rc = pack_spec_parse(SLICE("uids: [a, b, c]\nlevel: 3\n"), &arena, &spec, &err);
        CHECK(rc == ERR_OK || rc == ERR_LIMIT);
        CHECK(rc == ERR_OK || !enough);
        enough = rc == ERR_OK ? size : 0;
    }
    CHECK(enough > 0);
}
