#include "bundle/measure/binding_annotations.h"

#include <string.h>

#include "bundle/measure/uki.h"
#include "resolver/base/quote.h"

#define STUB ANNOTATION_MEASURE "stub"
#define SECURE_BOOT ANNOTATION_MEASURE "secure-boot"
#define LOADER ANNOTATION_MEASURE "loader"
#define UKI_PATH ANNOTATION_MEASURE "path"
#define PHASES ANNOTATION_MEASURE "phases"
#define KEYS 5
#define LOADER_NAME "systemd-boot"

/* What the keys of the prefix say; ptr NULL: absent. */
struct values {
    struct slice stub, secure_boot, loader, path, phases;
};

static struct slice *value_of(struct values *values, struct slice key)
{
    if (slice_is(key, STUB))
        return &values->stub;
    if (slice_is(key, SECURE_BOOT))
        return &values->secure_boot;
    if (slice_is(key, LOADER))
        return &values->loader;
    if (slice_is(key, UKI_PATH))
        return &values->path;
    return slice_is(key, PHASES) ? &values->phases : NULL;
}

static enum err_code gather(const struct annotations *annotations, struct values *values,
                            bool *is_there, struct err *err)
{
    for (size_t i = 0; i < annotations->count; i++) {
        const struct annotation *annotation = &annotations->list[i];
        struct slice *value;

        if (!slice_begins(annotation->key, ANNOTATION_MEASURE))
            continue;
        *is_there = true;
        value = value_of(values, annotation->key);
        if (!value)
            return err_set(err, ERR_FORMAT, "annotation %s is not known",
                           quote_bare(annotation->key).text);
        if (annotation->value.len == 0)
            return err_set(err, ERR_FORMAT, "annotation %s is empty",
                           quote_bare(annotation->key).text);
        *value = annotation->value;
    }
    return ERR_OK;
}

static enum err_code take_stub(struct slice text, unsigned *stub, struct err *err)
{
    unsigned number = 0;

    for (size_t i = 0; i < text.len && text.len == 3; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            break;
        number = number * 10 + (text.ptr[i] - (unsigned)'0');
    }
    if (number < UKI_STUB_MIN || number > UKI_STUB_MAX)
        return err_set(err, ERR_FORMAT, "annotation " STUB ": have %s, want a number from %d to %d",
                       quote(text).text, UKI_STUB_MIN, UKI_STUB_MAX);
    *stub = number;
    return ERR_OK;
}

/* One of two words. */
static enum err_code take_choice(const char *key, struct slice text, const char *no, const char *yes,
                                 bool *is_yes, struct err *err)
{
    *is_yes = slice_is(text, yes);
    if (*is_yes || slice_is(text, no))
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "annotation %s: have %s, want \"%s\" or \"%s\"", key,
                   text.ptr ? quote(text).text : "nothing", no, yes);
}

enum err_code binding_annotations_read(const struct annotations *annotations, bool *is_there,
                                       struct binding_parameters *parameters, struct err *err)
{
    struct values values = {0};
    enum err_code rc;

    *is_there = false;
    memset(parameters, 0, sizeof *parameters);
    rc = gather(annotations, &values, is_there, err);
    if (rc == ERR_OK && !*is_there)
        return ERR_OK;
    if (rc == ERR_OK)
        rc = take_stub(values.stub, &parameters->stub, err);
    if (rc == ERR_OK)
        rc = take_choice(SECURE_BOOT, values.secure_boot, "off", "on", &parameters->is_secure_boot,
                         err);
    if (rc == ERR_OK)
        rc = take_choice(LOADER, values.loader, "none", LOADER_NAME, &parameters->has_loader, err);
    parameters->path = values.path;
    parameters->phases = values.phases;
    if (rc != ERR_OK) {
        memset(parameters, 0, sizeof *parameters);
        *is_there = false;
    }
    return rc;
}

/* Puts one in, keeping the order of keys. */
static void insert(struct annotations *out, struct slice key, struct slice value)
{
    size_t at = out->count++;

    for (; at > 0 && slice_compare(out->list[at - 1].key, key) > 0; at--)
        out->list[at] = out->list[at - 1];
    out->list[at] = (struct annotation){key, value};
}

enum err_code binding_annotations_add(const struct annotations *have,
                                      const struct binding_parameters *parameters,
                                      struct arena *arena, struct annotations *out, struct err *err)
{
    char digits[4] = {0};
    const char *stub;

    memset(out, 0, sizeof *out);
    if (parameters->stub < UKI_STUB_MIN || parameters->stub > UKI_STUB_MAX)
        return err_set(err, ERR_BUG, "the stub's version is not given");
    for (unsigned i = 0, rest = parameters->stub; i < 3; i++, rest /= 10)
        digits[2 - i] = (char)('0' + rest % 10);
    stub = arena_copy(arena, slice_text(digits), err);
    if (!stub)
        return err->code;
    out->list = arena_array(arena, have->count + KEYS, sizeof *out->list, err);
    if (!out->list)
        return err->code;
    for (size_t i = 0; i < have->count; i++) {
        if (!slice_begins(have->list[i].key, ANNOTATION_MEASURE))
            insert(out, have->list[i].key, have->list[i].value);
    }
    insert(out, SLICE(STUB), slice_text(stub));
    insert(out, SLICE(SECURE_BOOT), parameters->is_secure_boot ? SLICE("on") : SLICE("off"));
    insert(out, SLICE(LOADER), parameters->has_loader ? SLICE(LOADER_NAME) : SLICE("none"));
    if (parameters->path.len)
        insert(out, SLICE(UKI_PATH), parameters->path);
    if (parameters->phases.len)
        insert(out, SLICE(PHASES), parameters->phases);
    return ERR_OK;
}
