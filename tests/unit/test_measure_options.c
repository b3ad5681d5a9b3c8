#include "bundle/cli/measure_options.h"

#include <string.h>

#include "bundle/measure/binding_annotations.h"
#include "resolver/base/heap.h"
#include "tests/unit/test.h"

struct asked {
    struct invocation invocation;
    const char *phases[2];
    struct arena arena;
    struct predict_options options;
    struct err err;
};

static struct asked asked;

static void begin(void)
{
    memset(&asked, 0, sizeof asked);
    arena_init_heap(&asked.arena, (size_t)1 << 20);
}

static void give(enum option option, const char *value)
{
    asked.invocation.given[option]++;
    asked.invocation.values[option] = value;
}

static void give_phases(const char *first, const char *second)
{
    asked.phases[0] = first;
    asked.phases[1] = second;
    asked.invocation.given[OPT_PHASE] = second ? 2 : 1;
    asked.invocation.repeated[OPT_PHASE] = asked.phases;
}

static enum err_code read_options(void)
{
    return measure_options_read(&asked.invocation, &asked.arena, &asked.options, &asked.err);
}

TEST(measure_options_are_what_is_given)
{
    begin();
    CHECK_OK(read_options(), asked.err);
    CHECK(asked.options.bank == BANK_SHA256 && asked.options.stub == 0);
    CHECK(!asked.options.is_secure_boot && !asked.options.has_loader);
    CHECK(asked.options.path.len == 0 && asked.options.phases.len == 0);
    give(OPT_BANK, "sha384");
    give(OPT_SECURE_BOOT, "on");
    give(OPT_STUB, "252");
    give(OPT_LOADER, NULL);
    give(OPT_PATH, "EFI/x.efi");
    give_phases("enter-initrd", "leave-initrd:ready");
    CHECK_OK(read_options(), asked.err);
    CHECK(asked.options.bank == BANK_SHA384 && asked.options.stub == 252);
    CHECK(asked.options.is_secure_boot && asked.options.has_loader);
    CHECK_TEXT("EFI/x.efi", asked.options.path);
    CHECK_TEXT("enter-initrd:leave-initrd:ready", asked.options.phases);
    give(OPT_SECURE_BOOT, "off");
    give(OPT_STUB, "262");
    CHECK_OK(read_options(), asked.err);
    CHECK(!asked.options.is_secure_boot && asked.options.stub == 262);
    arena_clear(&asked.arena);
}

TEST(measure_options_refuse_other_values)
{
    static const struct {
        enum option option;
        const char *value, *message;
    } cases[] = {
        {OPT_STUB, "251", "--stub \"251\": want a number from 252 to 262"},
        {OPT_STUB, "263", "--stub \"263\": want a number from 252 to 262"},
        {OPT_STUB, "252x", "--stub \"252x\": want a number from 252 to 262"},
        {OPT_STUB, "", "--stub \"\": want a number from 252 to 262"},
        {OPT_STUB, "-4294967044", "--stub \"-4294967044\": want a number from 252 to 262"},
        {OPT_STUB, "4294967548", "--stub \"4294967548\": want a number from 252 to 262"},
        {OPT_BANK, "sha512", "--bank \"sha512\": want sha256 or sha384"},
        {OPT_SECURE_BOOT, "yes", "--secure-boot \"yes\": want off or on"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        give(cases[i].option, cases[i].value);
        CHECK_ERR(ERR_USAGE, cases[i].message, read_options(), asked.err);
        arena_clear(&asked.arena);
    }
    begin();
    give_phases("enter-initrd", "");
    CHECK_ERR(ERR_USAGE, "--phase: an empty phase", read_options(), asked.err);
    arena_clear(&asked.arena);
}

TEST(measure_options_have_a_limit_of_phases)
{
    static char lengthy[4097];

    begin();
    memset(lengthy, 'x', sizeof lengthy - 1);
    give_phases(lengthy, NULL);
    CHECK_OK(read_options(), asked.err);
    give_phases(lengthy, "x");
    CHECK_NUMBER(ERR_LIMIT, read_options());
    CHECK(asked.options.phases.len == 0);
    arena_clear(&asked.arena);
}

/* What the bundle records counts where no option says otherwise. */
TEST(measure_options_give_way_to_none_that_is_recorded)
{
    const struct binding_parameters recorded = {.stub = 255,
                                                .is_secure_boot = true,
                                                .has_loader = true,
                                                .path = SLICE("EFI/recorded.efi"),
                                                .phases = SLICE("ready")};
    const struct annotations none = {0};
    struct layer layer = {.title = SLICE("images/x.raw.zst")};

    begin();
    CHECK_OK(read_options(), asked.err);
    CHECK_OK(measure_options_take_recorded(&asked.invocation, &layer, &asked.options, &asked.err),
             asked.err);
    CHECK(asked.options.stub == 0 && !asked.options.has_loader);
    CHECK_OK(binding_annotations_add(&none, &recorded, &asked.arena, &layer.others, &asked.err),
             asked.err);
    CHECK_OK(measure_options_take_recorded(&asked.invocation, &layer, &asked.options, &asked.err),
             asked.err);
    CHECK(asked.options.stub == 255 && asked.options.is_secure_boot && asked.options.has_loader);
    CHECK_TEXT("EFI/recorded.efi", asked.options.path);
    CHECK_TEXT("ready", asked.options.phases);
    give(OPT_STUB, "252");
    give(OPT_SECURE_BOOT, "off");
    give(OPT_PATH, "EFI/x.efi");
    give_phases("sysinit", NULL);
    CHECK_OK(read_options(), asked.err);
    CHECK_OK(measure_options_take_recorded(&asked.invocation, &layer, &asked.options, &asked.err),
             asked.err);
    CHECK(asked.options.stub == 252 && !asked.options.is_secure_boot && !asked.options.has_loader);
    CHECK_TEXT("EFI/x.efi", asked.options.path);
    CHECK_TEXT("sysinit", asked.options.phases);
    arena_clear(&asked.arena);
}

/* What predict.h says of an image that is none is a fault of the file here. */
TEST(measure_options_predict_names_the_file)
{
    static const char *const paths[] = {"a.raw"};
    struct slice bytes = SLICE("not a disk");
    struct subject subject = {.paths = paths, .path_count = 1, .kind = SUBJECT_DISK};
    struct prediction prediction;

    begin();
    subject.image = image_memory(&bytes);
    CHECK_ERR(ERR_FORMAT, "a.raw: no GPT: not the raw image of a disk",
              measure_options_predict(&subject, &asked.options, &asked.arena, &prediction, &asked.err),
              asked.err);
    arena_clear(&asked.arena);
}
