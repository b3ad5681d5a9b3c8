#include "bundle/cli/measure_options.h"

#include <string.h>

#include "bundle/measure/binding_annotations.h"
#include "resolver/base/quote.h"

#define PHASES_TEXT_MAX 4096

static const char *value_of(const struct invocation *invocation, enum option option)
{
    return invocation->values[option];
}

static bool is_given(const struct invocation *invocation, enum option option)
{
    return invocation->given[option] > 0;
}

static enum err_code parse_stub(const struct invocation *invocation, unsigned *stub, struct err *err)
{
    const char *text = value_of(invocation, OPT_STUB);
    unsigned number = 0;

    if (!text)
        return ERR_OK;
    for (const char *at = text; *at >= '0' && *at <= '9' && number <= UKI_STUB_MAX; at++)
        number = number * 10 + (unsigned)(*at - '0');
    if (strspn(text, "0123456789") != strlen(text) || number < UKI_STUB_MIN || number > UKI_STUB_MAX)
        return err_set(err, ERR_USAGE, "--stub %s: want a number from %d to %d",
                       quote(slice_text(text)).text, UKI_STUB_MIN, UKI_STUB_MAX);
    *stub = number;
    return ERR_OK;
}

/* One of two words; absent: the first. */
static enum err_code parse_choice(const struct invocation *invocation, enum option option,
                                  const char *name, const char *first, const char *second,
                                  bool *is_second, struct err *err)
{
    const char *text = value_of(invocation, option);

    *is_second = text && strcmp(text, second) == 0;
    if (!text || *is_second || strcmp(text, first) == 0)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--%s %s: want %s or %s", name, quote(slice_text(text)).text,
                   first, second);
}

/* All --phase, joined. */
static enum err_code join_phases(const struct invocation *invocation, struct arena *arena,
                                 struct slice *phases, struct err *err)
{
    uint8_t bytes[PHASES_TEXT_MAX];
    struct buf all;
    char *copy;

    if (!is_given(invocation, OPT_PHASE))
        return ERR_OK;
    buf_init_fixed(&all, bytes, sizeof bytes);
    for (size_t i = 0; i < invocation->given[OPT_PHASE]; i++) {
        const char *phase = invocation->repeated[OPT_PHASE][i];

        if (!*phase)
            return err_set(err, ERR_USAGE, "--phase: an empty phase");
        buf_add_text(&all, i ? ":" : "");
        buf_add_text(&all, phase);
    }
    if (buf_done(&all, err))
        return err_add(err, "--phase");
    copy = arena_copy(arena, buf_slice(&all), err);
    if (!copy)
        return err->code;
    *phases = slice_of(copy, all.len);
    return ERR_OK;
}

enum err_code measure_options_read(const struct invocation *invocation, struct arena *arena,
                                   struct predict_options *options, struct err *err)
{
    bool is_sha384;

    memset(options, 0, sizeof *options);
    if (parse_choice(invocation, OPT_BANK, "bank", "sha256", "sha384", &is_sha384, err) ||
        parse_choice(invocation, OPT_SECURE_BOOT, "secure-boot", "off", "on",
                     &options->is_secure_boot, err) ||
        parse_stub(invocation, &options->stub, err) ||
        join_phases(invocation, arena, &options->phases, err))
        return err->code;
    options->bank = is_sha384 ? BANK_SHA384 : BANK_SHA256;
    options->has_loader = is_given(invocation, OPT_LOADER);
    options->path = slice_text(value_of(invocation, OPT_PATH));
    return ERR_OK;
}

enum err_code measure_options_take_recorded(const struct invocation *invocation,
                                            const struct layer *layer,
                                            struct predict_options *options, struct err *err)
{
    struct binding_parameters recorded;
    bool is_recorded;

    if (binding_annotations_read(&layer->others, &is_recorded, &recorded, err))
        return err_add(err, "%s", quote_bare(layer->title).text);
    if (!is_recorded)
        return ERR_OK;
    if (!is_given(invocation, OPT_SECURE_BOOT))
        options->is_secure_boot = recorded.is_secure_boot;
    if (!is_given(invocation, OPT_STUB))
        options->stub = recorded.stub;
    if (!is_given(invocation, OPT_LOADER) && !is_given(invocation, OPT_PATH)) {
        options->has_loader = recorded.has_loader;
        options->path = recorded.path;
    }
    if (!is_given(invocation, OPT_PHASE))
        options->phases = recorded.phases;
    return ERR_OK;
}

enum err_code measure_options_predict(const struct subject *subject,
                                      const struct predict_options *options, struct arena *arena,
                                      struct prediction *prediction, struct err *err)
{
    enum err_code rc = subject->kind == SUBJECT_UKI
                           ? predict_uki(&subject->image, options, arena, prediction, err)
                           : predict_disk(&subject->image, options, arena, prediction, err);

    if (rc == ERR_OK)
        return subject_unchanged(subject, err);
    if (rc == ERR_NOT_FOUND || rc == ERR_POLICY)
        err->code = ERR_FORMAT;
    return err_add(err, "%s", quote_bare(slice_text(subject->paths[0])).text);
}
