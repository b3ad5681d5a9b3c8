#include "resolver/cli/config_template.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/config_edit.h"
#include "tests/unit/test.h"

static struct arena arena;

static struct slice make(enum csp csp, const char *uid_text, const char *repository,
                         struct buf *out)
{
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(slice_text(uid_text), &uid, &err), err);
    buf_init_heap(out, 1 << 16);
    config_template(csp, &uid, repository, out);
    CHECK(!out->failed);
    return buf_slice(out);
}

static struct config parse(struct slice bytes)
{
    struct config config;
    struct err err;

    CHECK_OK(config_parse(bytes, CSP_NONE, &arena, &config, &err), err);
    return config;
}

TEST(config_template_is_a_config_of_its_provider)
{
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        struct config config;
        struct buf out;

        arena_init_heap(&arena, (size_t)1 << 20);
        config = parse(make((enum csp)csp, "stream/debug/v2.3.0", NULL, &out));
        CHECK_NUMBER(csp, config.csp);
        CHECK_TEXT("stream/debug/v2.3.0", config.image);
        CHECK_NUMBER(0, config.repository.len);
        CHECK_NUMBER(0, config.region.len);
        CHECK_TEXT(csp == CSP_AZURE ? "azure-sev-snp" : "", config.variant);
        buf_clear(&out);
        arena_clear(&arena);
    }
}

TEST(config_template_of_gcp)
{
    struct buf out;

    CHECK_TEXT("# Schema version of this file.\n"
               "version: v2\n"
               "\n"
               "# Version of the image: a release, or a short path such as\n"
               "# stream/debug/v2.3.0.\n"
               "image: v2.2.0\n"
               "\n"
               "# Where lookup tables and measurements lie: a directory or a base URL.\n"
               "repository: \"/srv/images\"\n"
               "\n"
               "provider:\n"
               "    gcp:\n"
               "        # GCP project.\n"
               "        project: \"\"\n"
               "        # Region and zone, such as europe-west3 and europe-west3-b.\n"
               "        region: \"\"\n"
               "        zone: \"\"\n"
               "        # Expected registers of the image. Fill them in with:\n"
               "        #     sealift config fetch-measurements --key cosign.pub\n"
               "        measurements:\n",
               make(CSP_GCP, "v2.2.0", "/srv/images", &out));
    buf_clear(&out);
}

TEST(config_template_keeps_any_repository_as_it_is)
{
    static const char *const repositories[] = {
        "/srv/images",
        "https://cdn.example/a?b=c#d",
        "C: \\ \"quoted\" 'too'",
        "- *a &b !c %d @e `f` {g} [h] | >",
        "\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80",
        " blanks and\ta tab, a line\nend ",
        "null",
    };

    for (size_t i = 0; i < sizeof repositories / sizeof repositories[0]; i++) {
        struct buf out;

        arena_init_heap(&arena, (size_t)1 << 20);
        CHECK_TEXT(repositories[i],
                   parse(make(CSP_QEMU, "v1.0.0", repositories[i], &out)).repository);
        buf_clear(&out);
        arena_clear(&arena);
    }
}

/* What comes after: measurements are filled in, one register a line. */
TEST(config_template_takes_measurements_as_a_block)
{
    struct measurements measurements = {.csp = CSP_AWS, .size_bytes = 32};
    struct buf before, after;
    struct config config;
    struct err err;

    measurements.registers[4].is_set = measurements.registers[9].is_set = true;
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        arena_init_heap(&arena, (size_t)1 << 20);
        config = parse(make((enum csp)csp, "v1.0.0", NULL, &before));
        buf_init_heap(&after, 1 << 16);
        CHECK_OK(config_edit(buf_slice(&before), &config, &measurements, &arena, &after, &err),
                 err);
        CHECK(
            slice_ends(buf_slice(&after),
                       "        measurements:\n"
                       "            4: {expected: \"0000000000000000000000000000000000000000000000"
                       "000000000000000000\", warnOnly: false}\n"
                       "            9: {expected: \"0000000000000000000000000000000000000000000000"
                       "000000000000000000\", warnOnly: false}\n"));
        buf_clear(&before);
        buf_clear(&after);
        arena_clear(&arena);
    }
}
