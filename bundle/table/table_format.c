#include "bundle/table/table_format.h"

#include "bundle/table/node_write.h"
#include "resolver/base/quote.h"

#define INDENT 2
#define AWS_OLD_VARIANT "aws-nitro-tpm" /* what rfc and v1 tables mean on AWS */

static void write_identity(struct json_writer *json, const struct table_document *document)
{
    if (document->has_uid) {
        json_member(json, "version", document->uid.version);
        json_member(json, "ref", document->uid.ref);
        json_member(json, "stream", document->uid.stream);
        return;
    }
    if (document->version.len)
        json_member_slice(json, "version", document->version);
    if (document->ref.len)
        json_member_slice(json, "ref", document->ref);
    if (document->stream.len)
        json_member_slice(json, "stream", document->stream);
}

static void write_members(struct json_writer *json, const struct table_document *document)
{
    for (size_t i = 0; i < document->member_count; i++) {
        json_key_slice(json, node_text(document->members[i].key));
        node_write(json, document->members[i].value);
    }
}

/* --- v2 ----------------------------------------------------------------------------------------- */

static void write_more(struct json_writer *json, const struct document_entry *entry)
{
    const struct node *key = node_first(entry->item);

    while (key) {
        const struct node *value = node_next(entry->item, key);

        if (!document_entry_knows(entry, node_text(key))) {
            json_key_slice(json, node_text(key));
            node_write(json, value);
        }
        key = node_next(entry->item, value);
    }
}

static void write_list(struct json_writer *json, const struct table_document *document)
{
    json_key(json, "list");
    json_begin_list(json);
    for (size_t i = 0; i < document->count; i++) {
        const struct document_entry *entry = &document->entries[i];

        json_begin_map(json);
        json_member(json, "csp", csp_name(entry->csp));
        json_member_slice(json, "attestationVariant", entry->variant);
        json_member_slice(json, "reference", entry->reference);
        if (entry->csp == CSP_AWS)
            json_member_slice(json, "region", entry->region);
        write_more(json, entry);
        json_end_map(json);
    }
    for (size_t i = 0; i < document->foreign_count; i++)
        node_write(json, document->foreign[i]);
    json_end_list(json);
}

/* --- rfc and v1 --------------------------------------------------------------------------------- */

static enum err_code check_entry(const struct document_entry *entry, enum layout layout,
                                 struct err *err)
{
    char name[DOCUMENT_NAME_MAX];

    document_entry_name(entry, name);
    if (entry->csp == CSP_AWS && !slice_is(entry->variant, AWS_OLD_VARIANT))
        return err_set(err, ERR_POLICY,
                       "%s: rfc and v1 name no variant on AWS and mean " AWS_OLD_VARIANT
                       "; only v2 can say it",
                       name);
    if (entry->csp == CSP_OPENSTACK && layout == LAYOUT_RFC)
        return err_set(err, ERR_POLICY, "%s: rfc has no openstack; v1 and v2 have", name);
    if (entry->item)
        return err_set(err, ERR_POLICY,
                       "%s: has members that are not known, which only v2 can keep", name);
    return ERR_OK;
}

static enum err_code check_rest(const struct table_document *document, struct err *err)
{
    if (document->foreign_count > 0)
        return err_set(err, ERR_POLICY, "csp %s: is not known, and only v2 can keep its entries",
                       quote(node_text(node_get(document->foreign[0], "csp"))).text);
    for (size_t i = 0; i < document->member_count; i++) {
        struct slice key = node_text(document->members[i].key);

        for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
            if (slice_is(key, csp_name((enum csp)csp)))
                return err_set(err, ERR_POLICY,
                               "%s: stands beside the list, and would be taken for references",
                               csp_name((enum csp)csp));
        }
    }
    return ERR_OK;
}

static enum err_code check_old(const struct table_document *document, enum layout layout,
                               struct err *err)
{
    if (table_document_check(document, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < document->count; i++) {
        if (check_entry(&document->entries[i], layout, err) != ERR_OK)
            return err->code;
    }
    return check_rest(document, err);
}

static void write_csp(struct json_writer *json, const struct document_entry *entries, size_t count,
                      enum layout layout)
{
    enum csp csp = entries->csp;

    json_key(json, csp_name(csp));
    if (layout == LAYOUT_RFC && csp == CSP_QEMU && count == 1 &&
        slice_is(entries->variant, "qemu-vtpm")) {
        json_string(json, entries->reference);
        return;
    }
    json_begin_map(json);
    for (size_t i = 0; i < count; i++) {
        json_key_slice(json,
                       csp == CSP_AWS ? entries[i].region : variant_old(csp, entries[i].variant));
        json_string(json, entries[i].reference);
    }
    json_end_map(json);
}

static void write_by_csp(struct json_writer *json, const struct table_document *document,
                         enum layout layout)
{
    size_t first = 0;

    for (size_t i = 1; i <= document->count; i++) {
        if (i < document->count && document->entries[i].csp == document->entries[first].csp)
            continue;
        write_csp(json, &document->entries[first], i - first, layout);
        first = i;
    }
}

enum err_code table_format(const struct table_document *document, enum layout layout,
                           struct buf *out, struct err *err)
{
    struct json_writer json = json_writer_to(out, INDENT);

    if (layout != LAYOUT_V2 && check_old(document, layout, err) != ERR_OK)
        return err_add(err, "layout %s", layout_text(layout));
    json_begin_map(&json);
    write_identity(&json, document);
    if (layout == LAYOUT_V2)
        write_list(&json, document);
    else
        write_by_csp(&json, document, layout);
    write_members(&json, document);
    json_end_map(&json);
    buf_add_byte(out, '\n');
    return buf_done(out, err);
}
