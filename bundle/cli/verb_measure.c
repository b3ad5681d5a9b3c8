/* measure IMAGE: predicts registers from a disk image or a UKI, without booting it. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "bundle/cli/measure_answer.h"
#include "bundle/cli/measure_options.h"
#include "bundle/cli/verbs.h"
#include "bundle/measure/merge.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"
#include "resolver/source/key_files.h"

#define MEMORY_MAX ((size_t)256 << 20)
#define ANSWER_MAX ((size_t)16 << 20)
#define OUTPUT_MODE 0644

/* A file of --stage2 or --user-data. */
struct payload {
    int fd;
    struct stat status; /* when it was opened */
    struct image image;
};

struct work {
    struct invocation *invocation;
    struct arena arena;
    struct keys keys;
    struct subject subject;
    struct predict_options options;
    struct payload stage2, user_data;
    struct measure_answer answer;
    enum measurements_output output;
};

static const char *value_of(const struct work *work, enum option option)
{
    return work->invocation->values[option];
}

static bool is_given(const struct work *work, enum option option)
{
    return work->invocation->given[option] > 0;
}

/* --- what is asked --- */

static enum err_code parse_identity(struct work *work, struct err *err)
{
    struct measurements *to = &work->answer.measurements;
    const char *uid = value_of(work, OPT_UID), *csp = value_of(work, OPT_CSP);
    struct slice variant = slice_text(value_of(work, OPT_VARIANT));

    if (uid && uid_parse(slice_text(uid), &to->uid, err))
        return err_add(err, "--uid");
    to->csp = csp ? csp_parse(slice_text(csp)) : variant_csp(variant);
    if (csp && to->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "--csp %s: want one of %s", quote(slice_text(csp)).text,
                       csp_names());
    if (to->csp != CSP_NONE && variant_contradicts(to->csp, variant))
        return err_set(err, ERR_USAGE, "--variant %s is not one of %s", quote(variant).text,
                       csp_name(to->csp));
    work->answer.variant = variant_canonical(to->csp, variant);
    return ERR_OK;
}

static enum err_code parse_format(struct work *work, struct err *err)
{
    const char *format = value_of(work, OPT_FORMAT);
    bool is_other = is_given(work, OPT_EVENTS) || is_given(work, OPT_JSON);
    int output = format ? measurements_output_parse(slice_text(format))
                        : is_given(work, OPT_MERGE) ? OUTPUT_V2 : OUTPUT_YAML;

    work->output = OUTPUT_YAML;
    if (is_given(work, OPT_EVENTS) && is_given(work, OPT_JSON))
        return err_set(err, ERR_USAGE, "--events excludes --json, which has them, too");
    if (is_other && (format || is_given(work, OPT_MERGE)))
        return err_set(err, ERR_USAGE, "--%s excludes --%s",
                       is_given(work, OPT_EVENTS) ? "events" : "json", format ? "format" : "merge");
    if (output < 0)
        return err_set(err, ERR_USAGE, "--format %s: want yaml, v1, v2 or env",
                       quote(slice_text(format)).text);
    if (is_given(work, OPT_MERGE) && output != OUTPUT_V2)
        return err_set(err, ERR_USAGE, "--merge: only documents of --format v2 hold several sets");
    if (work->options.bank != BANK_SHA256 && !is_other)
        return err_set(err, ERR_USAGE, "--bank sha384: measurements hold sha256 values: add --json or "
                       "--events");
    work->output = (enum measurements_output)output;
    return ERR_OK;
}

static enum err_code parse_enforced(struct work *work, struct err *err)
{
    const char *list = value_of(work, OPT_ENFORCE);

    work->answer.enforced = REGISTERS_ENFORCED;
    if (list && registers_parse(slice_text(list), &work->answer.enforced, err))
        return err_add(err, "--enforce");
    return ERR_OK;
}

static enum err_code open_payload(struct work *work, enum option option, struct payload *payload,
                                  const struct image **image, struct err *err)
{
    const char *path = value_of(work, option);

    if (!path)
        return ERR_OK;
    payload->fd = file_open(path, err);
    if (payload->fd < 0)
        return err->code;
    if (fstat(payload->fd, &payload->status))
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    if (image_of_file(&payload->fd, &payload->image, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    *image = &payload->image;
    return ERR_OK;
}

static enum err_code check_payload(const struct work *work, enum option option,
                                   const struct payload *payload, struct err *err)
{
    if (payload->fd < 0 || file_unchanged(payload->fd, &payload->status, err) == ERR_OK)
        return ERR_OK;
    return err_add(err, "%s", quote_bare(slice_text(value_of(work, option))).text);
}

static enum err_code read_keys(struct work *work, struct err *err)
{
    for (size_t i = 0; i < work->invocation->given[OPT_BUNDLE_KEY]; i++) {
        if (key_file_add(work->invocation->repeated[OPT_BUNDLE_KEY][i], &work->arena, &work->keys, err))
            return err->code;
    }
    return ERR_OK;
}

/* --- the image --- */

/* What a bundle says of its image: identity and, where it is recorded, how it was measured. */
static enum err_code take_carried(struct work *work, struct err *err)
{
    const struct layer *layer = work->subject.layer;
    struct measurements *to = &work->answer.measurements;

    if (!layer)
        return ERR_OK;
    to->uid = work->subject.manifest->uid;
    to->csp = layer->csp;
    if (!work->answer.variant.len)
        work->answer.variant = layer->variant;
    work->answer.is_bundled = true;
    work->answer.is_signed = work->subject.is_signed;
    if (!work->subject.is_signed)
        say_warning(work->invocation, "%s: the bundle's signatures were not checked: give --bundle-key",
                    quote_bare(slice_text(work->subject.paths[0])).text);
    return measure_options_take_recorded(work->invocation, layer, &work->options, err);
}

static enum err_code open_image(struct work *work, struct err *err)
{
    struct subject_choice choice = {.uid = slice_text(value_of(work, OPT_UID)),
                                    .csp = slice_text(value_of(work, OPT_CSP)),
                                    .variant = slice_text(value_of(work, OPT_VARIANT)),
                                    .keys = &work->keys};
    enum err_code rc;

    rc = subject_open(work->invocation->arguments, work->invocation->argument_count, &choice,
                      &work->arena, &work->subject, err);
    if (rc != ERR_OK)
        return rc;
    if (is_given(work, OPT_UKI) && work->subject.kind != SUBJECT_LOG &&
        work->subject.kind != SUBJECT_DOCUMENT)
        work->subject.kind = SUBJECT_UKI;
    return take_carried(work, err);
}

static enum err_code predict(struct work *work, struct err *err)
{
    struct quoted path = quote_bare(slice_text(work->subject.paths[0]));

    if (work->subject.kind == SUBJECT_LOG)
        return err_set(err, ERR_FORMAT, "%s: an event log, no image: see sealift explain", path.text);
    if (work->subject.kind == SUBJECT_DOCUMENT)
        return err_set(err, ERR_FORMAT, "%s: text, neither a disk nor a UKI", path.text);
    if (measure_options_predict(&work->subject, &work->options, &work->arena,
                                &work->answer.prediction, err) ||
        check_payload(work, OPT_STAGE2, &work->stage2, err) ||
        check_payload(work, OPT_USER_DATA, &work->user_data, err))
        return err->code;
    return ERR_OK;
}

/* Says which registers are left out. Those that --enforce names must be there. */
static enum err_code take_registers(struct work *work, struct err *err)
{
    const struct pcr_record *record = &work->answer.prediction.record;
    uint32_t absent = 0;

    if (record->bank == BANK_SHA256 &&
        registers_measure(record, work->answer.enforced, &work->answer.measurements, &absent, err))
        return err->code;
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        struct quoted why = quote_bare(record->registers[pcr].why);

        if (record->registers[pcr].state != PCR_NOT_DERIVABLE)
            continue;
        if (is_given(work, OPT_ENFORCE) && absent >> pcr & 1)
            return err_set(err, ERR_USAGE, "--enforce: PCR %u cannot be derived: %s", pcr,
                           why.text);
        if (absent >> pcr & 1)
            say_warning(work->invocation, "PCR %u is left out, it cannot be derived: %s", pcr,
                        why.text);
        else
            say_note(work->invocation, "PCR %u cannot be derived: %s", pcr, why.text);
    }
    if (record->registers[11].state == PCR_KNOWN && record->registers[11].why.len)
        say_warning(work->invocation, "PCR 11 is %s",
                    quote_bare(record->registers[11].why).text);
    return ERR_OK;
}

/* --- the answer --- */

static enum err_code check_identity(const struct work *work, struct err *err)
{
    const struct measurements *have = &work->answer.measurements;

    if (work->output == OUTPUT_ENV)
        return ERR_OK;
    if (!have->uid.text[0] || have->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "measurements name csp and version: add %s%s%s, or take --json or "
                       "--events", have->csp == CSP_NONE ? "--csp" : "",
                       have->csp == CSP_NONE && !have->uid.text[0] ? " and " : "",
                       have->uid.text[0] ? "" : "--uid");
    if (work->output == OUTPUT_V2 && !work->answer.variant.len)
        return err_set(err, ERR_USAGE, "--format v2 names the variant: add --variant");
    return ERR_OK;
}

static enum err_code merge(struct work *work, struct buf *out, struct err *err)
{
    const char *path = value_of(work, OPT_MERGE);
    struct slice document;

    if (file_read(path, MEASUREMENTS_MAX_BYTES, &work->arena, &document, err))
        return err->code;
    if (merge_measurements(document, &work->answer.measurements, work->answer.variant, &work->arena,
                           out, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

static enum err_code format(struct work *work, struct buf *out, struct err *err)
{
    if (is_given(work, OPT_EVENTS))
        measure_answer_events(&work->answer, out);
    else if (is_given(work, OPT_JSON))
        measure_answer_json(&work->answer, out);
    else if (is_given(work, OPT_MERGE))
        return merge(work, out, err);
    else
        measurements_format(&work->answer.measurements, work->output, work->answer.variant, out);
    return buf_done(out, err);
}

static enum err_code put(struct work *work, struct err *err)
{
    const char *path = value_of(work, OPT_OUTPUT);
    struct buf out;
    enum err_code rc;

    if (!path || strcmp(path, "-") == 0)
        return format(work, work->invocation->out, err);
    buf_init_heap(&out, ANSWER_MAX);
    rc = format(work, &out, err);
    if (rc == ERR_OK)
        rc = file_replace(path, OUTPUT_MODE, buf_slice(&out), err);
    buf_clear(&out);
    return rc;
}

static enum err_code measure(struct work *work, struct err *err)
{
    bool is_document = !is_given(work, OPT_EVENTS) && !is_given(work, OPT_JSON);

    if (measure_options_read(work->invocation, &work->arena, &work->options, err) ||
        parse_identity(work, err) || parse_format(work, err) || parse_enforced(work, err) ||
        read_keys(work, err) ||
        open_payload(work, OPT_STAGE2, &work->stage2, &work->options.stage2, err) ||
        open_payload(work, OPT_USER_DATA, &work->user_data, &work->options.user_data, err) ||
        open_image(work, err) || (is_document && check_identity(work, err)) || predict(work, err) ||
        take_registers(work, err))
        return err->code;
    return put(work, err);
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation, .stage2.fd = -1, .user_data.fd = -1};
    enum err_code rc;

    arena_init_heap(&work.arena, MEMORY_MAX);
    subject_init(&work.subject);
    work.answer.path = invocation->arguments[0];
    work.answer.options = &work.options;
    rc = measure(&work, err);
    subject_close(&work.subject);
    if (work.stage2.fd >= 0)
        close(work.stage2.fd);
    if (work.user_data.fd >= 0)
        close(work.user_data.fd);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {
    OPT_CSP,    OPT_UID,    OPT_VARIANT, OPT_FORMAT, OPT_OUTPUT,  OPT_MERGE,  OPT_ENFORCE,
    OPT_UKI,    OPT_STUB,   OPT_SECURE_BOOT, OPT_LOADER, OPT_PATH, OPT_PHASE, OPT_BANK,
    OPT_STAGE2, OPT_USER_DATA, OPT_EVENTS, OPT_BUNDLE_KEY, OPTION_COUNT,
};

const struct verb verb_measure = {
    .name = "measure",
    .arguments = "IMAGE...",
    .summary = "Predicts the registers (PCRs) of a disk image, without booting it",
    .details =
        "IMAGE is a raw disk or a bare UKI, either of them also in zstd, or a bundle, of a split one all\n"
        "parts; then --uid, --csp and --variant choose the image in it. Registers 4, 9 and 11 follow\n"
        "from the UKI; 8, 12, 13, 14 and 15 are zero unless something beside it counts; the firmware's\n"
        "own cannot be known from an image and are left out, with a warning where they would be\n"
        "enforced.\n"
        "\n"
        "The values are those at the start of user space, in the first boot option that is tried.\n"
        "--secure-boot matters up to systemd-stub 257. --phase adds what systemd-pcrphase extends\n"
        "later. Measurements name --csp and --uid; --json and --events do without.\n"
        "Nothing that comes out is signed: see sealift sign.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
