#include "resolver/core/table.h"

#include <string.h>

#include "resolver/base/json.h"
#include "resolver/base/quote.h"

enum err_code table_check_text(struct slice text, const char *what, struct err *err)
{
    if (text.len == 0)
        return err_set(err, ERR_FORMAT, "%s: have an empty string, want some text", what);
    if (text.ptr[0] == '-')
        return err_set(err, ERR_FORMAT,
                       "%s: %s: begins with a hyphen, and would be an option elsewhere", what,
                       quote(text).text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return err_set(err, ERR_FORMAT,
                           "%s: %s: only printable ASCII without spaces is allowed", what,
                           quote(text).text);
    }
    return ERR_OK;
}

static enum err_code check_text(const struct node *node, const char *what, struct err *err)
{
    struct slice text;

    if (node_string(node, what, &text, err))
        return err->code;
    if (table_check_text(text, what, err))
        return err_add(err, "line %u", (unsigned)node->line);
    return ERR_OK;
}

static enum err_code optional_text(const struct node *root, const char *key, struct slice *text,
                                   struct err *err)
{
    const struct node *node = node_get(root, key);

    *text = (struct slice){NULL, 0};
    return node ? node_string(node, key, text, err) : ERR_OK;
}

static enum err_code parse_identity(const struct node *root, struct table *table, struct err *err)
{
    if (optional_text(root, "ref", &table->ref, err) ||
        optional_text(root, "stream", &table->stream, err) ||
        optional_text(root, "version", &table->version, err))
        return err->code;
    table->has_uid = table->ref.len && table->stream.len && table->version.len;
    if (!table->has_uid)
        return ERR_OK;
    return uid_from_parts(table->ref, table->stream, table->version, &table->uid, err);
}

/* rfc and v1: what stands below one csp. The key of each member is a region or a variant. */
static enum err_code add_members(struct table *table, enum csp csp, const struct node *map,
                                 struct err *err)
{
    const struct node *key = node_first(map);

    while (key) {
        const struct node *value = node_next(map, key);
        struct table_entry *entry = &table->entries[table->count++];

        *entry = (struct table_entry){.csp = csp, .reference = value};
        if (csp == CSP_AWS)
            entry->region = key;
        else
            entry->variant = key;
        if (check_text(key, csp == CSP_AWS ? "region" : "variant", err) ||
            check_text(value, "reference", err))
            return err_add(err, "%s", csp_name(csp));
        key = node_next(map, value);
    }
    return ERR_OK;
}

static bool may_be_text(enum csp csp)
{
    return csp == CSP_GCP || csp == CSP_QEMU;
}

static enum err_code add_csp(struct table *table, enum csp csp, const struct node *value,
                             struct err *err)
{
    if (value->type == NODE_MAP)
        return add_members(table, csp, value, err);
    if (!may_be_text(csp))
        return err_set(err, ERR_FORMAT, "line %u: %s: have %s, want an object",
                       (unsigned)value->line, csp_name(csp), node_type_name(value));
    if (check_text(value, csp_name(csp), err))
        return err->code;
    table->entries[table->count++] = (struct table_entry){.csp = csp, .reference = value};
    return ERR_OK;
}

static enum err_code parse_by_csp(const struct node *root, struct arena *arena,
                                  struct table *table, struct err *err)
{
    size_t most = 0;

    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        const struct node *value = node_get(root, csp_name((enum csp)csp));

        most += value ? 1 + node_count(value) : 0;
    }
    table->entries = arena_array(arena, most, sizeof *table->entries, err);
    if (!table->entries)
        return err->code;
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        const struct node *value = node_get(root, csp_name((enum csp)csp));

        if (value && add_csp(table, (enum csp)csp, value, err))
            return err->code;
    }
    return ERR_OK;
}

/* One element of a v2 list. An entry of a csp nobody can ask for is passed over. */
static enum err_code add_listed(struct table *table, const struct node *item, struct err *err)
{
    struct table_entry entry = {
        .variant = node_get(item, "attestationVariant"),
        .reference = node_get(item, "reference"),
    };
    struct slice csp;

    if (item->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want an object", (unsigned)item->line,
                       node_type_name(item));
    if (node_string(node_get(item, "csp"), "csp", &csp, err))
        return err->code;
    entry.csp = csp_parse(csp);
    if (entry.csp == CSP_NONE)
        return ERR_OK;
    if (entry.csp == CSP_AWS)
        entry.region = node_get(item, "region");
    if (check_text(entry.variant, "attestationVariant", err) ||
        check_text(entry.reference, "reference", err) ||
        (entry.csp == CSP_AWS && check_text(entry.region, "region", err)))
        return err->code;
    table->entries[table->count++] = entry;
    return ERR_OK;
}

static enum err_code parse_list(const struct node *list, struct arena *arena, struct table *table,
                                struct err *err)
{
    size_t index = 0;

    if (list->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "line %u: list: have %s, want a list",
                       (unsigned)list->line, node_type_name(list));
    table->entries = arena_array(arena, node_count(list), sizeof *table->entries, err);
    if (!table->entries)
        return err->code;
    for (const struct node *item = node_first(list); item; item = node_next(list, item)) {
        if (add_listed(table, item, err))
            return err_add(err, "list[%zu]", index);
        index++;
    }
    return ERR_OK;
}

static enum err_code parse_root(const struct node *root, struct arena *arena, struct table *table,
                                struct err *err)
{
    const struct node *list = node_get(root, "list");

    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want an object: this is no lookup table",
                       (unsigned)root->line, node_type_name(root));
    table->root = root;
    if (parse_identity(root, table, err))
        return err->code;
    if (list) {
        table->generation = TABLE_V2;
        return parse_list(list, arena, table, err);
    }
    if (table->ref.len || table->stream.len || table->version.len || node_get(root, "openstack"))
        table->generation = TABLE_V1;
    return parse_by_csp(root, arena, table, err);
}

enum err_code table_parse(struct slice bytes, struct arena *arena, struct table *table,
                          struct err *err)
{
    const struct node *root;

    memset(table, 0, sizeof *table);
    if (bytes.len > TABLE_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes: a lookup table has at most %zu", bytes.len,
                       TABLE_MAX_BYTES);
    if (json_parse(bytes, arena, &root, err) || parse_root(root, arena, table, err)) {
        memset(table, 0, sizeof *table);
        return err->code;
    }
    return ERR_OK;
}

static enum err_code check_part(struct slice have, const char *want, const char *what,
                                struct err *err)
{
    if (have.len == 0 || slice_is(have, want))
        return ERR_OK;
    return err_set(err, ERR_FORGED, "%s: have %s, want \"%s\": this is the table of another version",
                   what, quote(have).text, want);
}

enum err_code table_check_uid(const struct table *table, const struct uid *uid, struct err *err)
{
    if (check_part(table->ref, uid->ref, "ref", err) ||
        check_part(table->stream, uid->stream, "stream", err) ||
        check_part(table->version, uid->version, "version", err))
        return err->code;
    return ERR_OK;
}

/* rfc and v1 name no variant on AWS, and none where the value is just a text. */
static const char *default_variant(enum csp csp)
{
    switch (csp) {
    case CSP_AWS:
        return "aws-nitro-tpm";
    case CSP_GCP:
        return "gcp-sev-es";
    default:
        return "qemu-vtpm";
    }
}

struct slice entry_variant(const struct table_entry *entry)
{
    if (!entry->variant)
        return slice_text(default_variant(entry->csp));
    return variant_canonical(entry->csp, node_text(entry->variant));
}

struct slice entry_region(const struct table_entry *entry)
{
    return entry->region ? node_text(entry->region) : (struct slice){NULL, 0};
}

struct slice entry_reference(const struct table_entry *entry)
{
    return node_text(entry->reference);
}
