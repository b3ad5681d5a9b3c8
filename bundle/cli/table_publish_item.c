#include "bundle/cli/table_publish_item.h"

#include "resolver/base/quote.h"

enum err_code table_publish_item_read(const char *text, const char *option, bool may_vary,
                                      struct table_publish_item *item, struct err *err)
{
    struct slice rest = slice_text(text), name = slice_cut(&rest, '='), csp;

    *item = (struct table_publish_item){.from = (const char *)rest.ptr};
    if (!rest.ptr || rest.len == 0)
        return err_set(err, ERR_USAGE, "--%s %s: want CSP=FILE", option,
                       quote(slice_text(text)).text);
    csp = may_vary ? slice_cut(&name, '/') : name;
    item->csp = csp_parse(csp);
    if (item->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "--%s %s: csp %s is not known; want one of: %s", option,
                       quote(slice_text(text)).text, quote(csp).text, csp_names());
    item->variant = may_vary && name.ptr ? variant_canonical(item->csp, name) : slice_of(NULL, 0);
    return ERR_OK;
}

enum err_code table_publish_item_settle(const struct table_document *document,
                                        struct table_publish_item *item, struct err *err)
{
    const struct document_entry *found = NULL;

    for (size_t i = 0; i < document->count; i++) {
        const struct document_entry *entry = &document->entries[i];

        if (entry->csp != item->csp ||
            (item->variant.len && !slice_equal(entry->variant, item->variant)))
            continue;
        if (found && !slice_equal(found->variant, entry->variant))
            return err_set(err, ERR_AMBIGUOUS,
                           "--image %s=...: the table has several variants: "
                           "give %s/VARIANT=FILE",
                           csp_name(item->csp), csp_name(item->csp));
        found = entry;
    }
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "--image %s%s%s=...: the table has no such entry",
                       csp_name(item->csp), item->variant.len ? "/" : "",
                       quote_bare(item->variant).text);
    item->variant = found->variant;
    return ERR_OK;
}
