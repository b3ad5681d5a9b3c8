#include "bundle/measure/binding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bundle/measure/predict.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"

#define FIRST_WITHOUT_KERNEL_EVENT 258 /* from here on Secure Boot makes no difference */
#define PROGRAMS_REGISTER 4
#define PHASES_REGISTER 11

static const unsigned compared_registers[] = {4, 9, 11};
#define COMPARED (sizeof compared_registers / sizeof compared_registers[0])

/* One stub of each kind that measures in a way of its own (predict.h). */
static const unsigned stubs[] = {252, 254, 255, 256, 257, 258, 262};
#define STUBS (sizeof stubs / sizeof stubs[0])

/* How far user space can have come: systemd's own phases. */
static const char *const phase_paths[] = {
    "",
    "enter-initrd",
    "enter-initrd:leave-initrd",
    "enter-initrd:leave-initrd:sysinit",
    "enter-initrd:leave-initrd:sysinit:ready",
};
#define PATHS (sizeof phase_paths / sizeof phase_paths[0])

/* One check at work. */
struct check {
    const struct image *disk;
    const struct measurements *wanted;
    struct arena *scratch;
    struct binding *out;
    bool is_done;        /* a combination fits */
    bool is_underivable; /* of what is enforced, one prediction had nothing */
    unsigned best;       /* registers that were equal in the best combination, plus one; 0: none yet */
    struct err differs;  /* what that one differed by */
    struct err failed[2]; /* the weightiest failure to predict, without and with systemd-boot */
};

static bool is_enforced(const struct measurements *wanted, unsigned pcr)
{
    return wanted->registers[pcr].is_set && !wanted->registers[pcr].warn_only;
}

static bool is_equal(const struct check *check, const struct pcr_record *record, unsigned pcr)
{
    return memcmp(record->registers[pcr].value, check->wanted->registers[pcr].expected,
                  check->wanted->size_bytes) == 0;
}

/* --- in words --- */

PRINTF(2, 3) static void set_note(struct binding *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(out->note, sizeof out->note, format, arguments);
    va_end(arguments);
}

/* Whether an event says something about the image: names of sections do, their contents follow. */
static bool is_telling(const struct pcr_event *event)
{
    return event->type != PCR_EV_ACTION && event->type != PCR_EV_SEPARATOR &&
           !slice_ends(event->what, " contents");
}

static void list_events(const struct pcr_record *record, unsigned pcr, struct buf *out)
{
    bool is_first = true;

    for (size_t i = 0; i < record->count; i++) {
        const struct pcr_event *event = &record->events[i];

        if (event->pcr != pcr || !is_telling(event))
            continue;
        buf_add_text(out, is_first ? "" : "; ");
        buf_add_text(out, quote_bare(event->what).text);
        is_first = false;
    }
    buf_add_text(out, is_first ? "no event" : "");
}

static void note_difference(struct check *check, const struct pcr_record *record, unsigned pcr,
                            const struct binding_parameters *parameters)
{
    char have[REGISTER_HEX_MAX], want[REGISTER_HEX_MAX], events[160], with[120];
    struct buf named, described;

    buf_init_fixed(&named, events, sizeof events);
    buf_init_fixed(&described, with, sizeof with);
    list_events(record, pcr, &named);
    binding_describe(parameters, &described);
    hex_encode(record->registers[pcr].value, check->wanted->size_bytes, have);
    register_hex(check->wanted, pcr, want);
    err_set(&check->differs, ERR_FORGED,
            "PCR %u: the image gives %s (%.*s%s; %.*s%s), the measurements want %s", pcr, have,
            (int)named.len, events, named.failed ? " ..." : "", (int)described.len, with,
            described.failed ? " ..." : "", want);
}

static void note_underivable(const struct check *check, const struct pcr_record *record)
{
    struct buf note;

    buf_init_fixed(&note, check->out->note, sizeof check->out->note - 1);
    for (size_t i = 0; i < COMPARED; i++) {
        unsigned pcr = compared_registers[i];

        if (!is_enforced(check->wanted, pcr) || record->registers[pcr].state != PCR_NOT_DERIVABLE)
            continue;
        buf_add_text(&note, note.len ? "; " : "");
        buf_add_format(&note, "PCR %u cannot be derived: %s", pcr,
                       quote_bare(record->registers[pcr].why).text);
    }
    check->out->note[note.len] = '\0';
}

/* --- one combination --- */

struct comparison {
    uint32_t registers; /* compared */
    unsigned equal;
    unsigned wrong; /* the first register that differs; 0: none */
};

static struct comparison compare(const struct check *check, const struct pcr_record *record)
{
    struct comparison have = {0};

    for (size_t i = 0; i < COMPARED; i++) {
        unsigned pcr = compared_registers[i];

        if (!is_enforced(check->wanted, pcr) || record->registers[pcr].state == PCR_NOT_DERIVABLE)
            continue;
        have.registers |= (uint32_t)1 << pcr;
        if (is_equal(check, record, pcr))
            have.equal++;
        else if (have.wrong == 0)
            have.wrong = pcr;
    }
    return have;
}

/* Takes note of what a combination gives; returns the first register that differs. */
static unsigned judge(struct check *check, const struct pcr_record *record,
                      const struct binding_parameters *parameters)
{
    struct comparison have = compare(check, record);

    if (have.registers == 0) {
        check->is_underivable = true;
        note_underivable(check, record);
    } else if (have.wrong == 0) {
        check->is_done = true;
        check->out->result = BINDING_EQUAL;
        check->out->parameters = *parameters;
        check->out->registers = have.registers;
        note_underivable(check, record);
    } else if (check->best < have.equal + 1) {
        check->best = have.equal + 1;
        note_difference(check, record, have.wrong, parameters);
    }
    return have.wrong;
}

static enum err_code predict_with(const struct check *check,
                                  const struct binding_parameters *parameters,
                                  struct prediction *prediction, struct err *err)
{
    struct predict_options options = {.bank = BANK_SHA256,
                                      .stub = parameters->stub,
                                      .is_secure_boot = parameters->is_secure_boot,
                                      .has_loader = parameters->has_loader,
                                      .path = parameters->path,
                                      .phases = parameters->phases};

    arena_clear(check->scratch);
    return predict_disk(check->disk, &options, check->scratch, prediction, err);
}

/* --- all combinations --- */

static void extend_phases(struct pcr_record *record, struct slice phases)
{
    while (phases.len > 0) {
        uint8_t digest[BANK_SIZE_MAX];

        bank_digest(record->bank, slice_cut(&phases, ':'), digest);
        pcr_extend(record->bank, record->registers[PHASES_REGISTER].value, digest);
        record->registers[PHASES_REGISTER].state = PCR_KNOWN;
    }
}

/* All phases, as far as they can help: they change one register. Returns as judge. */
static unsigned try_phases(struct check *check, struct pcr_record *record,
                           struct binding_parameters *parameters)
{
    const struct pcr_register start = record->registers[PHASES_REGISTER];
    unsigned wrong = PHASES_REGISTER, first = 0;

    for (size_t i = 0; i < PATHS && wrong == PHASES_REGISTER; i++) {
        parameters->phases = slice_text(phase_paths[i]);
        record->registers[PHASES_REGISTER] = start;
        extend_phases(record, parameters->phases);
        wrong = judge(check, record, parameters);
        first = i == 0 ? wrong : first;
    }
    return check->is_done ? 0 : first;
}

/* Both states of Secure Boot, which changes register 4 alone. What predict_disk gives. */
static enum err_code try_secure_boot(struct check *check, bool has_loader, unsigned stub,
                                     struct err *err)
{
    struct binding_parameters parameters = {.has_loader = has_loader, .stub = stub};
    struct prediction prediction;
    unsigned wrong = PROGRAMS_REGISTER;

    for (int on = 0; on <= 1 && wrong == PROGRAMS_REGISTER; on++) {
        enum err_code rc;

        parameters.is_secure_boot = on;
        rc = predict_with(check, &parameters, &prediction, err);
        if (rc != ERR_OK)
            return rc;
        parameters.stub = prediction.stub;
        wrong = try_phases(check, &prediction.record, &parameters);
        if (prediction.stub >= FIRST_WITHOUT_KERNEL_EVENT)
            break;
    }
    return ERR_OK;
}

/* A defect of the disk weighs more than a question that is open, and that more than no UKI. */
static int weight_of(enum err_code code)
{
    if (code == ERR_OK || code == ERR_NOT_FOUND)
        return code == ERR_OK ? 0 : 1;
    return code == ERR_AMBIGUOUS || code == ERR_POLICY ? 2 : 3;
}

/* ERR_OK when other combinations may still be tried. */
static enum err_code note_failure(struct check *check, bool has_loader, const struct err *err)
{
    if (err->code == ERR_IO || err->code == ERR_LIMIT || err->code == ERR_BUG)
        return err->code;
    if (weight_of(err->code) > weight_of(check->failed[has_loader].code))
        check->failed[has_loader] = *err;
    return ERR_OK;
}

static enum err_code try_stubs(struct check *check, bool has_loader, struct err *err)
{
    enum err_code rc = try_secure_boot(check, has_loader, 0, err);

    if (rc != ERR_AMBIGUOUS)
        return rc == ERR_OK ? rc : note_failure(check, has_loader, err);
    rc = ERR_OK;
    for (size_t i = 0; i < STUBS && rc == ERR_OK && !check->is_done; i++) {
        rc = try_secure_boot(check, has_loader, stubs[i], err);
        if (rc != ERR_OK)
            rc = note_failure(check, has_loader, err);
    }
    return rc;
}

static enum err_code no_uki(struct check *check, struct err *err)
{
    const struct err *bare = &check->failed[0], *behind = &check->failed[1];
    const struct err *worst = weight_of(behind->code) > weight_of(bare->code) ? behind : bare;
    bool is_same = strcmp(bare->msg, behind->msg) == 0;

    if (weight_of(worst->code) > 2) {
        *err = *worst;
        return err->code;
    }
    if (worst->code == ERR_NOT_FOUND) {
        check->out->result = BINDING_NO_UKI;
        set_note(check->out, "%s%s%s", bare->msg, is_same ? "" : "; behind systemd-boot: ",
                 is_same ? "" : behind->msg);
        return ERR_OK;
    }
    check->out->result = BINDING_NOT_DERIVABLE;
    set_note(check->out, "%s", worst->msg);
    return ERR_OK;
}

static enum err_code try_all(struct check *check, struct err *err)
{
    enum err_code rc = try_stubs(check, false, err);

    if (rc == ERR_OK && !check->is_done)
        rc = try_stubs(check, true, err);
    if (rc != ERR_OK || check->is_done)
        return rc;
    if (check->is_underivable) {
        check->out->result = BINDING_NOT_DERIVABLE;
        return ERR_OK;
    }
    if (check->best == 0)
        return no_uki(check, err);
    *err = check->differs;
    return err_add(err, "is not what the measurements describe; the nearest");
}

/* --- the recorded combination --- */

static enum err_code refuse_recorded(const struct binding_parameters *recorded, struct err *err)
{
    struct err why = *err;
    char with[160];
    struct buf described;

    buf_init_fixed(&described, with, sizeof with);
    binding_describe(recorded, &described);
    return err_set(err, ERR_FORGED, "the recorded parameters (%.*s) are not those of the image: %s",
                   (int)described.len, with, why.msg);
}

static enum err_code try_recorded(struct check *check, const struct binding_parameters *recorded,
                                  struct err *err)
{
    struct binding_parameters parameters = *recorded;
    struct prediction prediction;
    enum err_code rc = predict_with(check, &parameters, &prediction, err);

    if (rc == ERR_NOT_FOUND || rc == ERR_USAGE)
        return refuse_recorded(recorded, err);
    if (rc == ERR_AMBIGUOUS || rc == ERR_POLICY) {
        check->out->result = BINDING_NOT_DERIVABLE;
        set_note(check->out, "%s", err->msg);
        return ERR_OK;
    }
    if (rc != ERR_OK)
        return rc;
    parameters.stub = prediction.stub;
    if (judge(check, &prediction.record, &parameters) == 0) {
        if (!check->is_done)
            check->out->result = BINDING_NOT_DERIVABLE;
        return ERR_OK;
    }
    *err = check->differs;
    return err_add(err, "the recorded way of booting does not fit");
}

/* --- the whole --- */

static bool enforces_any(const struct measurements *wanted)
{
    for (size_t i = 0; i < COMPARED; i++) {
        if (is_enforced(wanted, compared_registers[i]))
            return true;
    }
    return false;
}

enum err_code binding_check(const struct image *disk, const struct measurements *wanted,
                            const struct binding_parameters *recorded, struct arena *scratch,
                            struct binding *out, struct err *err)
{
    struct check check = {.disk = disk, .wanted = wanted, .scratch = scratch, .out = out};
    enum err_code rc;

    memset(out, 0, sizeof *out);
    if (wanted->size_bytes != bank_size(BANK_SHA256)) {
        out->result = BINDING_NOT_COMPARABLE;
        return ERR_OK;
    }
    if (!enforces_any(wanted)) {
        out->result = BINDING_NOT_DERIVABLE;
        set_note(out, "none of PCR 4, 9 and 11 is enforced");
        return ERR_OK;
    }
    rc = recorded ? try_recorded(&check, recorded, err) : try_all(&check, err);
    arena_clear(scratch);
    if (rc != ERR_OK)
        memset(out, 0, sizeof *out);
    return rc;
}

void binding_describe(const struct binding_parameters *parameters, struct buf *out)
{
    if (parameters->stub)
        buf_add_format(out, "systemd-stub %u, ", parameters->stub);
    buf_add_format(out, "Secure Boot %s, %s, ", parameters->is_secure_boot ? "on" : "off",
                   parameters->has_loader ? "behind systemd-boot" : "no boot loader");
    if (parameters->path.len)
        buf_add_format(out, "path %s, ", quote_bare(parameters->path).text);
    if (parameters->phases.len)
        buf_add_format(out, "phases %s", quote_bare(parameters->phases).text);
    else
        buf_add_text(out, "no phases");
}

/* "PCR 4, 9 and 11" */
static void list_registers(uint32_t registers, struct buf *out)
{
    const char *before = "PCR ";
    uint32_t rest;

    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        if (!(registers >> pcr & 1))
            continue;
        buf_add_format(out, "%s%u", before, pcr);
        rest = registers >> (pcr + 1);
        before = (rest & (rest - 1)) != 0 ? ", " : " and "; /* several are left, or one */
    }
}

void binding_explain(const struct binding *binding, struct buf *out)
{
    switch (binding->result) {
    case BINDING_EQUAL:
        list_registers(binding->registers, out);
        buf_add_text(out, " of the image are those of the measurements (");
        binding_describe(&binding->parameters, out);
        buf_add_text(out, ")");
        break;
    case BINDING_NO_UKI:
        buf_add_text(out, "the image has no UKI, so the measurements cannot be compared with it");
        break;
    case BINDING_NOT_DERIVABLE:
        buf_add_text(out, "the measurements cannot be compared with the image");
        break;
    case BINDING_NOT_COMPARABLE:
        buf_add_text(out, "TDX registers cannot be derived from an image");
        break;
    }
    if (binding->note[0])
        buf_add_format(out, ": %s", binding->note);
}
