#include "resolver/core/measurements_format.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define A "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
#define B "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define T                                                              \
    "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c" \
    "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c"

static void set(struct measurements *measurements, size_t index, int byte, bool warn_only)
{
    measurements->registers[index].is_set = true;
    measurements->registers[index].warn_only = warn_only;
    memset(measurements->registers[index].expected, byte, measurements->size_bytes);
}

static struct measurements sample(void)
{
    struct measurements measurements = {.csp = CSP_AZURE, .size_bytes = 32};
    struct err err;

    CHECK_OK(uid_parse(SLICE("stream/debug/v2.3.0"), &measurements.uid, &err), err);
    set(&measurements, 4, 0x0a, false);
    set(&measurements, 11, 0x0b, true);
    return measurements;
}

static struct measurements tdx_sample(void)
{
    struct measurements measurements = {.csp = CSP_AZURE, .size_bytes = 48};
    struct err err;

    CHECK_OK(uid_parse(SLICE("v2.8.0"), &measurements.uid, &err), err);
    measurements.variant = SLICE("azure-tdx");
    for (size_t i = 0; i < 5; i++)
        set(&measurements, i, 0x0c, false);
    return measurements;
}

static void check_output(const struct measurements *measurements, enum measurements_output output,
                         const char *variant, const char *want)
{
    struct buf out;

    buf_init_heap(&out, 1 << 16);
    measurements_format(measurements, output, slice_text(variant), &out);
    CHECK(!out.failed);
    CHECK_TEXT(want, buf_slice(&out));
    buf_clear(&out);
}

TEST(measurements_format_yaml)
{
    struct measurements measurements = sample();

    check_output(&measurements, OUTPUT_YAML, "cvm",
                 "csp: azure\n"
                 "image: stream/debug/v2.3.0\n"
                 "measurements:\n"
                 "    4: {expected: \"" A "\", warnOnly: false}\n"
                 "    11: {expected: \"" B "\", warnOnly: true}\n");
}

TEST(measurements_format_v1)
{
    struct measurements measurements = sample();

    check_output(&measurements, OUTPUT_V1, "cvm",
                 "{\n"
                 "  \"csp\": \"azure\",\n"
                 "  \"image\": \"stream/debug/v2.3.0\",\n"
                 "  \"measurements\": {\n"
                 "    \"4\": {\n"
                 "      \"expected\": \"" A "\",\n"
                 "      \"warnOnly\": false\n"
                 "    },\n"
                 "    \"11\": {\n"
                 "      \"expected\": \"" B "\",\n"
                 "      \"warnOnly\": true\n"
                 "    }\n"
                 "  }\n"
                 "}\n");
}

#define V2_TEXT(VARIANT)                               \
    "{\n"                                              \
    "  \"version\": \"v2.3.0\",\n"                     \
    "  \"ref\": \"-\",\n"                              \
    "  \"stream\": \"debug\",\n"                       \
    "  \"list\": [\n"                                  \
    "    {\n"                                          \
    "      \"csp\": \"Azure\",\n"                      \
    "      \"attestationVariant\": \"" VARIANT "\",\n" \
    "      \"measurements\": {\n"                      \
    "        \"4\": {\n"                               \
    "          \"expected\": \"" A "\",\n"             \
    "          \"warnOnly\": false\n"                  \
    "        },\n"                                     \
    "        \"11\": {\n"                              \
    "          \"expected\": \"" B "\",\n"             \
    "          \"warnOnly\": true\n"                   \
    "        }\n"                                      \
    "      }\n"                                        \
    "    }\n"                                          \
    "  ]\n"                                            \
    "}\n"

TEST(measurements_format_v2)
{
    struct measurements measurements = sample();

    check_output(&measurements, OUTPUT_V2, "azure-tdx", V2_TEXT("azure-tdx"));
    check_output(&measurements, OUTPUT_V2, "cvm", V2_TEXT("azure-sev-snp"));
    measurements.variant = SLICE("azure-trustedlaunch");
    check_output(&measurements, OUTPUT_V2, "cvm", V2_TEXT("azure-trustedlaunch"));
}

TEST(measurements_format_env)
{
    struct measurements measurements = sample(), tdx = tdx_sample();

    check_output(&measurements, OUTPUT_ENV, "", "PCR4=" A "\nPCR11=" B "\n");
    check_output(&tdx, OUTPUT_ENV, "",
                 "MRTD=" T "\nRTMR0=" T "\nRTMR1=" T "\nRTMR2=" T "\nRTMR3=" T "\n");
}

TEST(measurements_format_lines_are_indented)
{
    struct measurements measurements = sample();
    struct buf out;

    buf_init_heap(&out, 1 << 16);
    measurements_format_lines(&measurements, 2, &out);
    CHECK_TEXT("  4: {expected: \"" A "\", warnOnly: false}\n"
               "  11: {expected: \"" B "\", warnOnly: true}\n",
               buf_slice(&out));
    buf_clear(&out);
}

TEST(measurements_format_sticks_to_a_full_buf)
{
    struct measurements measurements = sample();
    char memory[64];
    struct err err;

    for (int output = OUTPUT_YAML; output <= OUTPUT_ENV; output++) {
        struct buf out;

        buf_init_fixed(&out, memory, sizeof memory);
        measurements_format(&measurements, (enum measurements_output)output, SLICE("x"), &out);
        CHECK_ERR(ERR_LIMIT, NULL, buf_done(&out, &err), err);
    }
}

TEST(measurements_format_names_registers)
{
    struct measurements pcrs = sample(), tdx = tdx_sample();
    char name[REGISTER_NAME_MAX];

    register_name(&pcrs, 0, name);
    CHECK_TEXT("PCR0", slice_text(name));
    register_name(&pcrs, 23, name);
    CHECK_TEXT("PCR23", slice_text(name));
    register_name(&tdx, 0, name);
    CHECK_TEXT("MRTD", slice_text(name));
    register_name(&tdx, 4, name);
    CHECK_TEXT("RTMR3", slice_text(name));
}

TEST(measurements_format_words)
{
    CHECK_NUMBER(OUTPUT_YAML, measurements_output_parse(SLICE("yaml")));
    CHECK_NUMBER(OUTPUT_V1, measurements_output_parse(SLICE("v1")));
    CHECK_NUMBER(OUTPUT_V2, measurements_output_parse(SLICE("v2")));
    CHECK_NUMBER(OUTPUT_ENV, measurements_output_parse(SLICE("env")));
    CHECK_NUMBER(-1, measurements_output_parse(SLICE("json")));
    CHECK_NUMBER(-1, measurements_output_parse(SLICE("")));
    CHECK_NUMBER(-1, measurements_output_parse(SLICE("YAML")));
}

static struct measurements read_back(struct slice bytes, const char *uid, struct arena *arena)
{
    struct verified document = {.bytes = bytes};
    struct measurements measurements;
    struct request request;
    struct err err;

    CHECK_OK(request_parse(slice_text(uid), SLICE("azure"), SLICE(""), SLICE(""), &request, &err),
             err);
    CHECK_OK(measurements_parse(&document, &request, arena, &measurements, &err), err);
    return measurements;
}

static void check_round_trip(const struct measurements *measurements,
                             enum measurements_output output)
{
    struct measurements again;
    struct arena arena;
    struct buf out;

    arena_init_heap(&arena, (size_t)1 << 20);
    buf_init_heap(&out, 1 << 16);
    measurements_format(measurements, output, SLICE("cvm"), &out);
    again = read_back(buf_slice(&out), measurements->uid.text, &arena);
    CHECK_NUMBER(measurements->size_bytes, again.size_bytes);
    CHECK(memcmp(measurements->registers, again.registers, sizeof again.registers) == 0);
    buf_clear(&out);
    arena_clear(&arena);
}

TEST(measurements_format_gives_what_is_read_back)
{
    struct measurements pcrs = sample(), tdx = tdx_sample(), full = sample();

    for (size_t i = 0; i < REGISTER_COUNT; i++)
        set(&full, i, (int)i, i % 2);
    for (int output = OUTPUT_YAML; output < OUTPUT_ENV; output++) {
        check_round_trip(&pcrs, (enum measurements_output)output);
        check_round_trip(&tdx, (enum measurements_output)output);
        check_round_trip(&full, (enum measurements_output)output);
    }
}
