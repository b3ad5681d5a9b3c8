/* explain A B: why the registers of two boots differ. */
#include <string.h>

#include "bundle/cli/measure_options.h"
#include "bundle/cli/verbs.h"
#include "bundle/measure/claims.h"
#include "bundle/measure/eventlog.h"
#include "bundle/measure/explain.h"
#include "bundle/measure/pcr_file.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"
#include "resolver/source/key_files.h"

#define MEMORY_MAX ((size_t)256 << 20)
#define LINES_MAX ((size_t)256 << 10)

/* What A, B or --pcrs says. */
struct side {
    const char *const *paths; /* several: the parts of a bundle */
    size_t path_count;
    struct subject subject;
    struct quoted name;        /* as lines call it */
    struct pcr_record record;
    const struct claim *claim; /* of measurements; else NULL */
};

struct work {
    struct invocation *invocation;
    struct arena arena;
    struct keys keys;
    struct predict_options options;
    struct side sides[2], values; /* values: of --pcrs */
    size_t count;                 /* of sides */
    struct buf lines;
    bool is_different;
};

static enum err_code name_side(const struct side *side, struct err *err)
{
    return err_add(err, "%s", side->name.text);
}

/* --- what the sides are --- */

static enum err_code read_measurements(struct work *work, struct side *side, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct claims claims;

    if (claims_parse(side->subject.bytes, &work->arena, &claims, err) ||
        claims_choose(&claims, slice_text(invocation->values[OPT_CSP]),
                      slice_text(invocation->values[OPT_VARIANT]), &side->claim, err))
        return err->code;
    say_warning(invocation, "%s: taken as it is, no signature was checked", side->name.text);
    return ERR_OK;
}

static enum err_code read_image(struct work *work, struct side *side, struct err *err)
{
    struct predict_options options = work->options;
    struct prediction prediction;
    const struct subject *subject = &side->subject;

    if (subject->layer && !subject->is_signed)
        say_warning(work->invocation, "%s: the bundle's signatures were not checked: give --bundle-key",
                    side->name.text);
    if (subject->layer &&
        measure_options_take_recorded(work->invocation, subject->layer, &options, err))
        return name_side(side, err);
    if (measure_options_predict(subject, &options, &work->arena, &prediction, err))
        return err->code;
    side->record = prediction.record;
    return ERR_OK;
}

static enum err_code read_side(struct work *work, size_t index, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct subject_choice choice = {.uid = slice_text(invocation->values[OPT_UID]),
                                    .csp = slice_text(invocation->values[OPT_CSP]),
                                    .variant = slice_text(invocation->values[OPT_VARIANT]),
                                    .keys = &work->keys};
    struct side *side = &work->sides[index];
    enum err_code rc;

    rc = subject_open(side->paths, side->path_count, &choice, &work->arena, &side->subject, err);
    if (rc != ERR_OK)
        return rc;
    switch (side->subject.kind) {
    case SUBJECT_DISK:
    case SUBJECT_UKI:
        return read_image(work, side, err);
    case SUBJECT_LOG:
        rc = eventlog_parse(side->subject.bytes, work->options.bank, &work->arena, &side->record, err);
        break;
    case SUBJECT_DOCUMENT:
        rc = read_measurements(work, side, err);
        break;
    }
    return rc == ERR_OK ? rc : name_side(side, err);
}

static enum err_code read_values(struct work *work, struct err *err)
{
    const char *path = work->invocation->values[OPT_PCRS];
    struct slice bytes;

    if (!path)
        return ERR_OK;
    if (work->sides[0].subject.kind != SUBJECT_LOG &&
        (work->count < 2 || work->sides[1].subject.kind != SUBJECT_LOG))
        return err_set(err, ERR_USAGE, "--pcrs is compared with an event log, and none is given");
    work->values.name = quote_bare(slice_text(path));
    if (file_read(path, PCR_FILE_MAX_BYTES, &work->arena, &bytes, err))
        return err->code;
    if (pcr_file_parse(bytes, work->options.bank, &work->arena, &work->values.record, err))
        return name_side(&work->values, err);
    return ERR_OK;
}

/* --- comparing --- */

/* Takes note of a difference; what else went wrong ends the work. */
static enum err_code note(struct work *work, enum err_code rc)
{
    if (rc != ERR_DIFFERS)
        return rc;
    work->is_different = true;
    return ERR_OK;
}

static enum err_code compare_records(struct work *work, struct side *a, struct side *b,
                                     struct err *err)
{
    struct explain_side left = {a->name.text, &a->record}, right = {b->name.text, &b->record};
    unsigned compared = 0;
    enum err_code rc = ERR_OK;

    if (a->claim && claims_record(a->claim, &a->record, err))
        return name_side(a, err);
    if (b->claim && claims_record(b->claim, &b->record, err))
        return name_side(b, err);
    rc = explain(&left, &right, &work->lines, &compared, err);
    if (rc == ERR_OK && compared == 0)
        return err_set(err, ERR_NOT_FOUND, "%s and %s: no register is known of both", a->name.text,
                       b->name.text);
    return note(work, rc);
}

static enum err_code compare_sides(struct work *work, struct err *err)
{
    struct side *a = &work->sides[0], *b = &work->sides[1];
    struct claims_side left = {a->name.text, a->claim}, right = {b->name.text, b->claim};

    if (work->count < 2)
        return ERR_OK;
    if (a->claim && b->claim)
        return note(work, claims_explain(&left, &right, &work->lines, err));
    return compare_records(work, a, b, err);
}

/* A log's registers against those of a TPM. */
static enum err_code compare_log(struct work *work, const struct side *log, struct err *err)
{
    const struct pcr_record *a = &log->record, *b = &work->values.record;
    char gives[2 * BANK_SIZE_MAX + 1], has[2 * BANK_SIZE_MAX + 1];
    size_t size = bank_size(a->bank);
    unsigned compared = 0;

    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        const struct pcr_register *left = &a->registers[pcr], *right = &b->registers[pcr];

        if (left->state == PCR_NOT_DERIVABLE || right->state == PCR_NOT_DERIVABLE)
            continue;
        compared++;
        if (memcmp(left->value, right->value, size) == 0)
            continue;
        hex_encode(left->value, size, gives);
        hex_encode(right->value, size, has);
        buf_add_format(&work->lines, "PCR %u: %s gives %s, %s has %s\n", pcr, log->name.text, gives,
                       work->values.name.text, has);
        work->is_different = true;
    }
    if (compared == 0)
        return err_set(err, ERR_NOT_FOUND, "%s and %s: no register is known of both", log->name.text,
                       work->values.name.text);
    return buf_done(&work->lines, err);
}

/* Every log that was given against the values of --pcrs. */
static enum err_code compare_values(struct work *work, struct err *err)
{
    for (size_t i = 0; i < work->count && work->invocation->values[OPT_PCRS]; i++) {
        if (work->sides[i].subject.kind == SUBJECT_LOG && compare_log(work, &work->sides[i], err))
            return err->code;
    }
    return ERR_OK;
}

/* --- the answer --- */

static void print_json(const struct work *work, struct buf *out)
{
    struct slice rest = buf_slice(&work->lines);
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_key(&json, "equal");
    json_bool(&json, !work->is_different);
    json_key(&json, "differences");
    json_begin_list(&json);
    while (rest.len > 0)
        json_string(&json, slice_cut(&rest, '\n'));
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

static enum err_code print(struct work *work, struct err *err)
{
    struct buf *out = work->invocation->out;

    if (work->invocation->given[OPT_JSON])
        print_json(work, out);
    else if (work->is_different)
        buf_add(out, buf_slice(&work->lines));
    else
        buf_add_text(out, "equal\n");
    if (work->is_different)
        return err_set(err, ERR_DIFFERS, "%s and %s differ", work->sides[0].name.text,
                       work->count > 1 ? work->sides[1].name.text : work->values.name.text);
    return ERR_OK;
}

/* Each of A and B is a file, or the parts of an archive, one after the other. */
static enum err_code find_sides(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    const char *const *paths = invocation->arguments;
    size_t left = invocation->argument_count;

    for (; left > 0 && work->count < 2; work->count++) {
        struct side *side = &work->sides[work->count];

        side->paths = paths;
        side->path_count = subject_count(paths, left);
        side->name = quote_bare(slice_text(paths[0]));
        paths += side->path_count;
        left -= side->path_count;
    }
    if (left > 0)
        return err_set(err, ERR_USAGE, "explain: %s is one argument too many: see --help",
                       quote(slice_text(paths[0])).text);
    if (work->count < 2 && !invocation->values[OPT_PCRS])
        return err_set(err, ERR_USAGE, "explain wants two files, or a log and --pcrs FILE");
    return ERR_OK;
}

static enum err_code work_through(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;

    if (find_sides(work, err) ||
        measure_options_read(invocation, &work->arena, &work->options, err))
        return err->code;
    for (size_t i = 0; i < invocation->given[OPT_BUNDLE_KEY]; i++) {
        if (key_file_add(invocation->repeated[OPT_BUNDLE_KEY][i], &work->arena, &work->keys, err))
            return err->code;
    }
    for (size_t i = 0; i < work->count; i++) {
        if (read_side(work, i, err))
            return err->code;
    }
    if (read_values(work, err) || compare_sides(work, err) || compare_values(work, err))
        return err->code;
    return print(work, err);
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation};
    enum err_code rc;

    for (size_t i = 0; i < 2; i++)
        subject_init(&work.sides[i].subject);
    arena_init_heap(&work.arena, MEMORY_MAX);
    buf_init_heap(&work.lines, LINES_MAX);
    rc = work_through(&work, err);
    for (size_t i = 0; i < 2; i++)
        subject_close(&work.sides[i].subject);
    buf_clear(&work.lines);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {
    OPT_PCRS, OPT_UID,  OPT_CSP,   OPT_VARIANT, OPT_STUB, OPT_SECURE_BOOT, OPT_LOADER,
    OPT_PATH, OPT_PHASE, OPT_BANK, OPT_BUNDLE_KEY,     OPTION_COUNT,
};

const struct verb verb_explain = {
    .name = "explain",
    .arguments = "A [B]",
    .summary = "Says why the registers (PCRs) of two images, logs or measurements differ",
    .details =
        "Each is a disk image or a UKI, also in zstd, a bundle (of a split one all parts, one after the\n"
        "other), measurements in any form, or the event log of a boot (binary_bios_measurements), told\n"
        "by its contents. Measurements are taken as they are: nothing is trusted here. Options say how\n"
        "images are booted, and which of several sets or images is meant. Registers that one side\n"
        "cannot know are not compared.\n"
        "\n"
        "A log is replayed; --pcrs compares that with what a TPM has, as tpm2_pcrread prints it; then B\n"
        "may be absent. Prints a line for each difference; the exit status is 0 when there is none and\n"
        "13 otherwise.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
