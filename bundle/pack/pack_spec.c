#include "bundle/pack/pack_spec.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"

#define BLOCK_HEADER 16 /* before each block: its size */
#define REASON_MAX 256
#define UNKNOWN_KEY "Unexpected key: "

/* --- The schema --------------------------------------------------------------------------------- */

static const cyaml_strval_t truths[] = {{"false", 0}, {"true", 1}};

static const cyaml_schema_value_t text_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

#define TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, 0, type, member, 1, CYAML_UNLIMITED)
#define OPTIONAL(key, type, member) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, type, member, 1, CYAML_UNLIMITED)
#define LIST(key, member, schema)                                                              \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_spec, member, \
                         schema, 1, PACK_SPEC_ENTRIES_MAX)
#define TRUTH(key, member)                                                                     \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct pack_spec, member,   \
                     truths, CYAML_ARRAY_LEN(truths))

static const cyaml_schema_field_t measurements_fields[] = {
    TEXT("csp", struct pack_spec_measurements, csp),
    TEXT("file", struct pack_spec_measurements, file),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t image_fields[] = {
    TEXT("csp", struct pack_spec_image, csp),
    OPTIONAL("variant", struct pack_spec_image, variant),
    TEXT("file", struct pack_spec_image, file),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t extra_fields[] = {
    TEXT("path", struct pack_spec_extra, path),
    TEXT("file", struct pack_spec_extra, file),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t annotation_fields[] = {
    TEXT("key", struct pack_spec_annotation, key),
    TEXT("value", struct pack_spec_annotation, value),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t measurements_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_spec_measurements, measurements_fields)};
static const cyaml_schema_value_t image_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_spec_image, image_fields)};
static const cyaml_schema_value_t extra_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_spec_extra, extra_fields)};
static const cyaml_schema_value_t annotation_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_spec_annotation, annotation_fields)};

static const cyaml_schema_field_t spec_fields[] = {
    LIST("uids", uids, &text_value),
    OPTIONAL("output", struct pack_spec, output),
    OPTIONAL("repository", struct pack_spec, repository),
    OPTIONAL("layout", struct pack_spec, layout),
    LIST("csps", csps, &text_value),
    LIST("tables", tables, &text_value),
    LIST("measurements", measurements, &measurements_value),
    LIST("signatures", signatures, &text_value),
    LIST("images", images, &image_value),
    LIST("extras", extras, &extra_value),
    TRUTH("no-images", no_images),
    LIST("keys", keys, &text_value),
    LIST("table-keys", table_keys, &text_value),
    OPTIONAL("threshold", struct pack_spec, threshold),
    LIST("sign-keys", sign_keys, &text_value),
    TRUTH("allow-unsigned", allow_unsigned),
    OPTIONAL("split", struct pack_spec, split),
    OPTIONAL("level", struct pack_spec, level),
    OPTIONAL("threads", struct pack_spec, threads),
    OPTIONAL("best-before", struct pack_spec, best_before),
    LIST("annotations", annotations, &annotation_value),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t spec_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct pack_spec, spec_fields)};

/* --- What libcyaml says ------------------------------------------------------------------------- */

struct reading {
    struct arena *arena;
    struct err memory;       /* the arena is full */
    char reason[REASON_MAX]; /* the first error; empty: none */
    char place[REASON_MAX];  /* where it was found */
};

/* realloc in an arena: nothing is given back before the end. */
static void *take_memory(void *ctx, void *old, size_t size)
{
    struct reading *reading = ctx;
    unsigned char *block, *before = old;
    size_t had = 0;

    if (size == 0 || size > SIZE_MAX - BLOCK_HEADER)
        return NULL;
    block = arena_alloc(reading->arena, BLOCK_HEADER + size, &reading->memory);
    if (!block)
        return NULL;
    memcpy(block, &size, sizeof size);
    if (before)
        memcpy(&had, before - BLOCK_HEADER, sizeof had);
    if (had)
        memcpy(block + BLOCK_HEADER, before, had < size ? had : size);
    return block + BLOCK_HEADER;
}

/* Errors come as a line with the reason, then lines with the place, the innermost first. */
static void listen(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
    struct reading *reading = ctx;
    char line[REASON_MAX];
    const char *text = line, *at;

    if (level < CYAML_LOG_ERROR)
        return;
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    at = strstr(line, "(line: ");
    if (strncmp(text, "Load: ", 6) == 0)
        text += 6;
    if (at && !reading->place[0])
        snprintf(reading->place, sizeof reading->place, "%s", at + 1);
    else if (!reading->reason[0])
        snprintf(reading->reason, sizeof reading->reason, "%s", text);
}

/* libcyaml's words in ours. */
static struct quoted reason_of(struct slice reason, enum cyaml_err code)
{
    static const struct {
        const char *begin, *text;
    } words[] = {
        {"Invalid ENUM value", "want true or false"},
        {"STRING length < ", "is empty, want a text"},
        {"Expecting STRING", "want a text"},
        {"Expecting ENUM", "want true or false"},
        {"Expecting SEQUENCE", "want a list"},
        {"Expecting MAPPING", "want a map of fields"},
        {"Insufficient entries", "is an empty list"},
        {"Excessive entries", "is too long a list"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_begins(reason, words[i].begin))
            return quote_bare(slice_text(words[i].text));
    }
    return quote_bare(reason.len ? reason : slice_text(cyaml_strerror(code)));
}

/* libcyaml places an unknown key where the value before it stands: the key is the first one of that
 * name from there on. */
static unsigned long line_of_key(const struct node *root, struct slice key, unsigned long from)
{
    for (const struct node *node = root; node < root + root->span; node++) {
        if (node->line >= from && slice_equal(node_text(node), key))
            return node->line;
    }
    return from;
}

/* "line: 3, column: 5)" as "line 3, column 5". */
static enum err_code refuse(const struct reading *reading, const struct node *root,
                            enum cyaml_err code, struct err *err)
{
    unsigned long line = 0, column = 0;
    struct slice reason = slice_text(reading->reason);

    if (reading->memory.code)
        return err_set(err, ERR_LIMIT, "out of memory");
    if (slice_begins(reason, UNKNOWN_KEY) &&
        sscanf(reading->place, "line: %lu, column: %lu", &line, &column) == 2) {
        reason = slice_part(reason, sizeof UNKNOWN_KEY - 1, reason.len);
        return err_set(err, ERR_FORMAT, "line %lu: unknown key %s", line_of_key(root, reason, line),
                       quote(reason).text);
    }
    err_set(err, ERR_FORMAT, "%s", reason_of(reason, code).text);
    if (sscanf(reading->place, "line: %lu, column: %lu", &line, &column) == 2)
        err_add(err, "line %lu, column %lu", line, column);
    return err->code;
}

/* What libcyaml would take as well: that the document is a map is left to it. */
static enum err_code walk(struct slice text, struct arena *arena, const struct node **root,
                          struct err *err)
{
    if (text.len > PACK_SPEC_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are allowed", text.len,
                       PACK_SPEC_MAX_BYTES);
    if (yaml_parse(text, arena, root, err))
        return err->code;
    if ((*root)->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "have %s, want a map of fields",
                       (*root)->type == NODE_PLAIN && (*root)->len == 0 ? "nothing"
                                                                        : node_type_name(*root));
    return ERR_OK;
}

enum err_code pack_spec_parse(struct slice text, struct arena *arena, struct pack_spec *spec,
                              struct err *err)
{
    struct reading reading = {.arena = arena};
    const cyaml_config_t config = {.log_fn = listen,
                                   .log_ctx = &reading,
                                   .mem_fn = take_memory,
                                   .mem_ctx = &reading,
                                   .log_level = CYAML_LOG_ERROR};
    const struct node *root;
    struct pack_spec *read = NULL;
    enum cyaml_err code;

    memset(spec, 0, sizeof *spec);
    if (walk(text, arena, &root, err))
        return err->code;
    code = cyaml_load_data(text.ptr, text.len, &config, &spec_value, (cyaml_data_t **)&read, NULL);
    if (code != CYAML_OK)
        return refuse(&reading, root, code, err);
    *spec = *read;
    return ERR_OK;
}
