/* Configs before and after: in the tables "@4" and "@11" stand for the two lines of the set that is
 * written, and each case is also tried with CRLF, behind multi-byte characters, without a last line
 * end, and once more on its own result. */
#include "resolver/core/config_edit.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define LINE_4                                                                             \
    "4: {expected: \"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a\", " \
    "warnOnly: false}"
#define LINE_11                                                                             \
    "11: {expected: \"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b\", " \
    "warnOnly: true}"
#define WIDE "# \xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80: {[\"'\n"

static struct arena arena;

static struct measurements sample(void)
{
    struct measurements measurements = {.csp = CSP_AWS, .size_bytes = 32};

    measurements.registers[4].is_set = measurements.registers[11].is_set = true;
    memset(measurements.registers[4].expected, 0x0a, 32);
    memset(measurements.registers[11].expected, 0x0b, 32);
    measurements.registers[11].warn_only = true;
    return measurements;
}

/* Puts the lines in place of their marks; with crlf, every line end becomes CRLF. */
static struct slice expand(const char *text, const char *prefix, bool crlf, struct buf *out)
{
    buf_init_heap(out, 1 << 20);
    for (int part = 0; part < 2; part++) {
        for (const char *at = part ? text : prefix; *at; at++) {
            if (strncmp(at, "@4", 2) == 0) {
                buf_add_text(out, LINE_4);
                at += 1;
            } else if (strncmp(at, "@11", 3) == 0) {
                buf_add_text(out, LINE_11);
                at += 2;
            } else {
                buf_add_text(out, crlf && *at == '\n' ? "\r" : "");
                buf_add_byte(out, (uint8_t)*at);
            }
        }
    }
    return buf_slice(out);
}

static enum err_code edit(struct slice before, const struct measurements *measurements,
                          struct buf *out, struct err *err)
{
    struct config config;
    struct err parse_err;

    CHECK_OK(config_parse(before, CSP_NONE, &arena, &config, &parse_err), parse_err);
    buf_init_heap(out, 1 << 20);
    return config_edit(before, &config, measurements, &arena, out, err);
}

static void check_edit(struct slice before, struct slice want)
{
    struct measurements measurements = sample();
    struct buf once, twice;
    struct err err;

    arena_init_heap(&arena, (size_t)16 << 20);
    CHECK_OK(edit(test_guarded(before), &measurements, &once, &err), err);
    if (!slice_equal(want, buf_slice(&once))) {
        CHECK_TEXT((const char *)arena_copy(&arena, want, &err), buf_slice(&once));
    } else {
        CHECK_OK(edit(buf_slice(&once), &measurements, &twice, &err), err);
        CHECK(slice_equal(buf_slice(&once), buf_slice(&twice)));
        buf_clear(&twice);
    }
    buf_clear(&once);
    arena_clear(&arena);
}

struct pair {
    const char *before, *after;
};

static void check_variant(const struct pair *pair, const char *prefix, bool crlf)
{
    struct buf before, after;
    struct slice old = expand(pair->before, prefix, crlf, &before);
    struct slice new = expand(pair->after, prefix, crlf, &after);
    size_t end = crlf ? 2 : 1;

    check_edit(old, new);
    if (slice_ends(old, "\n") && slice_ends(new, "\n"))
        check_edit(slice_part(old, 0, old.len - end), slice_part(new, 0, new.len - end));
    buf_clear(&before);
    buf_clear(&after);
}

static void check_pairs(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_variant(&pairs[i], "", false);
        check_variant(&pairs[i], WIDE, false);
        if (strchr(pairs[i].before, '\n'))
            check_variant(&pairs[i], WIDE, true);
    }
}

#define CHECK_PAIRS(pairs) check_pairs(pairs, sizeof pairs / sizeof pairs[0])

TEST(config_edit_replaces_a_block)
{
    static const struct pair pairs[] = {
        {"provider:\n  aws:\n    measurements:\n      0: old\n      4: older\n    zone: z # c\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11\n    zone: z # c\n"},
        /* The last thing in the file. */
        {"provider:\n    aws:\n        measurements:\n            0: old\n",
         "provider:\n    aws:\n        measurements:\n            @4\n            @11\n"},
        /* Nested, and in every style of value. */
        {"provider:\n  aws:\n    measurements:\n     0:\n       expected: x\n       warnOnly: true\n"
         "     1: {expected: y,\n        warnOnly: false}\n     2: \"quoted\n       twice\"\n"
         "     3: plain\n       twice\n    zone: z\n",
         "provider:\n  aws:\n    measurements:\n     @4\n     @11\n    zone: z\n"},
        /* The first of its map; deeper and shallower indentation. */
        {"provider:\n aws:\n  measurements:\n   0: x\n  region: r\n",
         "provider:\n aws:\n  measurements:\n   @4\n   @11\n  region: r\n"},
        {"provider:\n        aws:\n                measurements:\n                         0: x\n",
         "provider:\n        aws:\n                measurements:\n                         @4\n"
         "                         @11\n"},
    };

    CHECK_PAIRS(pairs);
}

/* Comments inside the old set go with it, all others stay. */
TEST(config_edit_keeps_comments)
{
    static const struct pair pairs[] = {
        {"# top\nprovider: # a\n  # b\n  aws: # c\n    # d\n    measurements: # e\n      # f\n"
         "      0: x # g\n      # h\n      1: y # i\n      # j\n    # k\n    region: r # l\n# m\n",
         "# top\nprovider: # a\n  # b\n  aws: # c\n    # d\n    measurements: # e\n      # f\n"
         "      @4\n      @11 # i\n      # j\n    # k\n    region: r # l\n# m\n"},
        {"provider: {aws: {measurements: {0: x # a\n  # b\n  , 1: y} # c\n  }} # d\n",
         "provider: {aws: {measurements: {@4, @11} # c\n  }} # d\n"},
        {"provider:\n  aws:\n    measurements: # nothing yet\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n        @4\n        @11 # nothing yet\n"
         "    region: r\n"},
    };

    CHECK_PAIRS(pairs);
}

TEST(config_edit_fills_an_empty_value)
{
    static const struct pair pairs[] = {
        {"provider:\n  aws:\n    measurements:\n",
         "provider:\n  aws:\n    measurements:\n        @4\n        @11\n"},
        {"provider:\n  aws:\n    measurements:\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n        @4\n        @11\n    region: r\n"},
        {"provider:\n  aws:\n    region: r\n    measurements:\nother: 1\n",
         "provider:\n  aws:\n    region: r\n    measurements:\n        @4\n        @11\nother: 1\n"},
        {"provider:\n  aws:\n    \"measurements\" :\n    region: r\n",
         "provider:\n  aws:\n    \"measurements\" :\n        @4\n        @11\n    region: r\n"},
        {"provider:\n  aws: {measurements: , region: r}\n",
         "provider:\n  aws: {measurements: {@4, @11} , region: r}\n"},
        {"provider: {aws: {measurements: }}\n", "provider: {aws: {measurements: {@4, @11} }}\n"},
        {"provider: {aws: {\"measurements\":}}\n",
         "provider: {aws: {\"measurements\": {@4, @11}}}\n"},
        {"provider: {aws: {? measurements # :\n : # c\n }}\n",
         "provider: {aws: {? measurements # :\n : {@4, @11} # c\n }}\n"},
        {"provider:\n  aws:\n    ? measurements\n    :\n    ? region\n    : r\n",
         "provider:\n  aws:\n    ? measurements\n    :\n        @4\n        @11\n    ? region\n"
         "    : r\n"},
    };

    CHECK_PAIRS(pairs);
}

TEST(config_edit_replaces_a_flow_map_or_a_scalar)
{
    static const struct pair pairs[] = {
        {"provider:\n  aws:\n    measurements: {}\n    region: r\n",
         "provider:\n  aws:\n    measurements: {@4, @11}\n    region: r\n"},
        {"provider:\n  aws:\n    measurements: {0: x, 1: {expected: y}} # c\n",
         "provider:\n  aws:\n    measurements: {@4, @11} # c\n"},
        {"provider:\n  aws:\n    measurements:\n      {0: x,\n       1: y}\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n      {@4, @11}\n    region: r\n"},
        {"provider: {aws: {measurements: {0: {expected: x}}, region: r}}\n",
         "provider: {aws: {measurements: {@4, @11}, region: r}}\n"},
        {"provider: {aws: {region: r, measurements: []}}\n",
         "provider: {aws: {region: r, measurements: {@4, @11}}}\n"},
        {"provider:\n  aws:\n    measurements: null # c\n",
         "provider:\n  aws:\n    measurements: {@4, @11} # c\n"},
        {"provider:\n  aws:\n    measurements: \"\"\n    region: r\n",
         "provider:\n  aws:\n    measurements: {@4, @11}\n    region: r\n"},
        {"provider:\n  aws:\n    measurements: |\n      text\n      more\n\n    region: r\n",
         "provider:\n  aws:\n    measurements: {@4, @11}\n\n    region: r\n"},
    };

    CHECK_PAIRS(pairs);
}

TEST(config_edit_adds_the_key)
{
    static const struct pair pairs[] = {
        {"provider:\n  aws:\n    region: r\n    zone: z\n",
         "provider:\n  aws:\n    measurements:\n        @4\n        @11\n    region: r\n    zone: z\n"},
        {"provider:\n  aws:\n    # about the region\n    region: r\n",
         "provider:\n  aws:\n    # about the region\n    measurements:\n        @4\n        @11\n"
         "    region: r\n"},
        {"provider:\n  aws: {region: r}\n",
         "provider:\n  aws: {measurements: {@4, @11}, region: r}\n"},
        {"provider: {aws: {}}\n", "provider: {aws: {measurements: {@4, @11}, }}\n"},
        {"provider: {aws: { # c\n  region: r}}\n",
         "provider: {aws: {measurements: {@4, @11},  # c\n  region: r}}\n"},
        {"provider:\n  ? aws\n  : region: r\n    zone: z\n",
         "provider:\n  ? aws\n  : measurements:\n        @4\n        @11\n    region: r\n    zone: z\n"},
    };

    CHECK_PAIRS(pairs);
}

TEST(config_edit_of_the_attestation_form)
{
    static const struct pair pairs[] = {
        {"provider:\n  aws:\n    measurements: {0: not these}\nattestation:\n  awsSEVSNP:\n"
         "    measurements:\n      0: x\n    bootloader: latest\n",
         "provider:\n  aws:\n    measurements: {0: not these}\nattestation:\n  awsSEVSNP:\n"
         "    measurements:\n      @4\n      @11\n    bootloader: latest\n"},
        {"provider: {aws: {}}\nattestation: {awsNitroTPM: {}, gcpSEVES: {measurements: {0: x}}}\n",
         "provider: {aws: {}}\nattestation: {awsNitroTPM: {measurements: {@4, @11}, }, "
         "gcpSEVES: {measurements: {0: x}}}\n"},
        {"attestation:\n  gcpSEVES:\n    measurements:\n      0: x\n  awsSEVSNP:\n    measurements:\n"
         "      0: y\nprovider:\n  aws: {}\n",
         "attestation:\n  gcpSEVES:\n    measurements:\n      0: x\n  awsSEVSNP:\n    measurements:\n"
         "      @4\n      @11\nprovider:\n  aws: {}\n"},
    };

    CHECK_PAIRS(pairs);
}

/* Old values that end where libyaml's marks do not say. */
TEST(config_edit_of_odd_old_sets)
{
    static const struct pair pairs[] = {
        {"provider:\n  aws:\n    measurements:\n      0: |\n        text\n\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11\n\n    region: r\n"},
        {"provider:\n  aws:\n    measurements:\n      0: >+\n        text\n\n\nother: 1\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11\n\n\nother: 1\n"},
        {"provider:\n  aws:\n    measurements:\n      0: x\n      1:\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11\n    region: r\n"},
        {"provider:\n  aws:\n    measurements:\n      0:\n      1: # c\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11 # c\n    region: r\n"},
        {"provider:\n  aws:\n    measurements:\n      - x\n      -\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11\n    region: r\n"},
        {"provider:\n  aws:\n    measurements:\n    - x\n    - {y: z}\n    region: r\n",
         "provider:\n  aws:\n    measurements:\n        @4\n        @11\n    region: r\n"},
        {"provider:\n  aws:\n    measurements:\n      ? 0\n      : x\n      ? 1\n      : y\n"
         "    region: r\n",
         "provider:\n  aws:\n    measurements:\n      @4\n      @11\n    region: r\n"},
        {"provider:\n  aws:\n    ? measurements\n    : 0: x\n      1: y\n    ? region\n    : r\n",
         "provider:\n  aws:\n    ? measurements\n    : @4\n      @11\n    ? region\n    : r\n"},
        {"---\nprovider: {aws: {measurements: {measurements: {}}}}\n...\n",
         "---\nprovider: {aws: {measurements: {@4, @11}}}\n...\n"},
    };

    CHECK_PAIRS(pairs);
}

/* A key of that name elsewhere is not the one. */
TEST(config_edit_finds_the_right_place)
{
    static const struct pair pairs[] = {
        {"measurements: {0: x}\naws: {measurements: {}}\nother:\n  provider:\n    aws:\n"
         "      measurements: {0: x}\nprovider:\n  gcp: \n  aws:\n    deep: {measurements: {0: x}}\n"
         "    measurements:\n      0: x\n",
         "measurements: {0: x}\naws: {measurements: {}}\nother:\n  provider:\n    aws:\n"
         "      measurements: {0: x}\nprovider:\n  gcp: \n  aws:\n    deep: {measurements: {0: x}}\n"
         "    measurements:\n      @4\n      @11\n"},
        {"list:\n- measurements: x\n- - provider: y\nprovider:\n  aws:\n    measurements: {}\n",
         "list:\n- measurements: x\n- - provider: y\nprovider:\n  aws:\n    measurements: "
         "{@4, @11}\n"},
    };

    CHECK_PAIRS(pairs);
}

static void refuse(const char *text, enum err_code code, const char *message)
{
    struct measurements measurements = sample();
    struct err err;
    struct buf out;

    arena_init_heap(&arena, (size_t)16 << 20);
    CHECK_ERR(code, message, edit(slice_text(text), &measurements, &out, &err), err);
    buf_clear(&out);
    arena_clear(&arena);
}

TEST(config_edit_refuses_a_place_where_measurements_cannot_stand)
{
    refuse("provider: {aws: {}}\nattestation:\n  awsSEVSNP:\n", ERR_FORMAT,
           "attestation.awsSEVSNP: no map where measurements could stand");
    refuse("provider: {aws: {}}\nattestation:\n  awsSEVSNP: later\n", ERR_FORMAT,
           "attestation.awsSEVSNP: no map where measurements could stand");
    refuse("provider: {aws: {}}\nattestation:\n  awsSEVSNP: []\n", ERR_FORMAT,
           "attestation.awsSEVSNP: no map where measurements could stand");
}

TEST(config_edit_refuses_a_key_without_colon)
{
    refuse("provider: {aws: {measurements}}\n", ERR_FORMAT,
           "provider.aws.measurements: the key stands there without a colon");
    refuse("provider: {aws: {measurements, region: r}}\n", ERR_FORMAT,
           "provider.aws.measurements: the key stands there without a colon");
    refuse("provider:\n  aws:\n    ? measurements\n    ? region\n    : r\n", ERR_FORMAT,
           "provider.aws.measurements: the key stands there without a colon");
}

TEST(config_edit_appends_to_what_is_there)
{
    struct measurements measurements = sample();
    struct config config;
    struct buf out, want;
    struct err err;

    arena_init_heap(&arena, (size_t)16 << 20);
    buf_init_heap(&out, 1 << 16);
    buf_add_text(&out, "%% no YAML: {");
    CHECK_OK(
        config_parse(SLICE("provider: {aws: {measurements: }}"), CSP_NONE, &arena, &config, &err),
        err);
    CHECK_OK(config_edit(SLICE("provider: {aws: {measurements: }}"), &config, &measurements, &arena,
                         &out, &err),
             err);
    expand("%% no YAML: {provider: {aws: {measurements: {@4, @11} }}", "", false, &want);
    CHECK(slice_equal(buf_slice(&want), buf_slice(&out)));
    buf_clear(&want);
    buf_clear(&out);
    arena_clear(&arena);
}

TEST(config_edit_needs_room)
{
    struct slice before = SLICE("provider: {aws: {}}");
    struct measurements measurements = sample();
    char memory[128];
    struct config config;
    struct buf out;
    struct err err;

    arena_init_heap(&arena, (size_t)16 << 20);
    CHECK_OK(config_parse(before, CSP_NONE, &arena, &config, &err), err);
    buf_init_fixed(&out, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, "output does not fit into 128 bytes of memory",
              config_edit(before, &config, &measurements, &arena, &out, &err), err);
    arena_clear(&arena);
}

/* 24 registers and 5 long ones, 500 characters to the right. */
TEST(config_edit_of_full_sets_far_to_the_right)
{
    struct measurements pcrs = {.size_bytes = 32}, tdx = {.size_bytes = 48};
    struct buf before, once, twice;
    struct err err;

    for (size_t i = 0; i < REGISTER_COUNT; i++)
        pcrs.registers[i].is_set = true;
    for (size_t i = 0; i < 5; i++)
        tdx.registers[i].is_set = true;
    arena_init_heap(&arena, (size_t)16 << 20);
    buf_init_heap(&before, 1 << 20);
    buf_add_format(&before, "provider:\n%500saws:\n%501smeasurements:\n", "", "");
    CHECK_OK(edit(buf_slice(&before), &pcrs, &once, &err), err);
    CHECK_OK(edit(buf_slice(&once), &tdx, &twice, &err), err);
    CHECK(twice.len < once.len && twice.len > 5 * 600);
    buf_clear(&before);
    buf_clear(&once);
    buf_clear(&twice);
    arena_clear(&arena);
}
