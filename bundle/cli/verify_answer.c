#include "bundle/cli/verify_answer.h"

#include <inttypes.h>

#include "bundle/cli/bundle_show.h"
#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"

/* --- Lines -------------------------------------------------------------------------------------- */

static void add_signers(const struct verified *verified, struct buf *out)
{
    buf_add_text(out, ", signed by ");
    show_keys(verified->signers, verified->signer_count, out);
}

static void add_item(const struct verify_answer *report, const struct carried *carried)
{
    struct buf *out = report->invocation->out;
    const struct layer *layer = carried->layer;

    buf_add_text(out, "  ");
    buf_add(out, layer->title);
    buf_add_text(out, ": ");
    show_what(layer, out);
    if (layer->kind == LAYER_TABLE)
        buf_add_format(out, ", %zu reference%s", carried->table.count,
                       carried->table.count == 1 ? "" : "s");
    if (layer->kind == LAYER_SIGNATURE) {
        buf_add_text(out, " of ");
        buf_add(out, carried->place.document->title);
    }
    if (layer_is_image(layer))
        buf_add_format(out, ", %" PRIu64 " bytes%s", layer->image.raw_size,
                       report->is_deep ? ", raw digest checked" : "");
    if (layer->is_unsigned)
        buf_add_text(out, ", packed as unsigned");
    if (carried->verified.signer_count > 0)
        add_signers(&carried->verified, out);
    buf_add_byte(out, '\n');
}

static uint64_t stored_size(const struct contents *contents)
{
    uint64_t size = 0;

    for (size_t i = 0; i < contents->count; i++)
        size += contents->list[i].layer->blob.size;
    return size;
}

static void add_verdict(const struct verify_answer *report)
{
    struct buf *out = report->invocation->out;
    size_t uids = report->input->bundle.count, files = report->contents->count;

    buf_add_format(out, "%s", quote_bare(slice_text(report->input->files[0].name)).text);
    if (report->input->count > 1)
        buf_add_format(out, " and %zu more part%s", report->input->count - 1,
                       report->input->count == 2 ? "" : "s");
    buf_add_format(out, ": good: %zu uid%s, %zu file%s, %" PRIu64 " bytes", uids,
                   uids == 1 ? "" : "s", files, files == 1 ? "" : "s",
                   stored_size(report->contents));
    if (report->contents->unsigned_count > 0)
        buf_add_format(out, ", %zu packed as unsigned", report->contents->unsigned_count);
    if (report->is_expired)
        buf_add_text(out, ", past its best-before date");
    buf_add_byte(out, '\n');
}

static void print_lines(const struct verify_answer *report)
{
    struct buf *out = report->invocation->out;
    const struct bundle *bundle = report->trusted->bundle;
    size_t next = 0;

    for (size_t i = 0; i < bundle->count; i++) {
        const struct bundle_signers *signers = &report->trusted->signers[i];

        buf_add_format(out, "%s: signed by ", bundle->manifests[i].manifest.uid.text);
        show_keys(signers->keys, signers->key_count, out);
        buf_add_byte(out, '\n');
        for (; next < report->contents->count &&
               report->contents->list[next].manifest == &bundle->manifests[i];
             next++)
            add_item(report, &report->contents->list[next]);
    }
    add_verdict(report);
}

/* --- Comparisons -------------------------------------------------------------------------------- */

static const char *result_text(enum binding_result result)
{
    switch (result) {
    case BINDING_EQUAL:
        return "equal";
    case BINDING_NO_UKI:
        return "no-uki";
    case BINDING_NOT_DERIVABLE:
        return "not-derivable";
    case BINDING_NOT_COMPARABLE:
        return "not-comparable";
    }
    return "";
}

/* How the image is started, for what was found equal. */
static void parameters_json(const struct binding_parameters *parameters, struct json_writer *json)
{
    json_key(json, "stub");
    json_number(json, parameters->stub);
    json_key(json, "secureBoot");
    json_bool(json, parameters->is_secure_boot);
    json_key(json, "loader");
    json_bool(json, parameters->has_loader);
    json_member_or_null(json, "phases", parameters->phases);
}

static void comparison_json(const struct image_comparison *comparison, struct json_writer *json)
{
    const struct binding *binding = &comparison->binding;

    json_begin_map(json);
    json_member_slice(json, "measurements", comparison->measurements->layer->title);
    json_member(json, "result", result_text(binding->result));
    json_key(json, "registers");
    json_begin_list(json);
    for (unsigned pcr = 0; pcr < 32; pcr++) {
        if (binding->registers >> pcr & 1)
            json_number(json, pcr);
    }
    json_end_list(json);
    if (binding->result == BINDING_EQUAL) {
        parameters_json(&binding->parameters, json);
        json_key(json, "recorded");
        json_bool(json, comparison->is_recorded);
    }
    if (binding->note[0])
        json_member(json, "note", binding->note);
    json_end_map(json);
}

/* Null where nothing was compared because it was not asked for. */
static void comparisons_json(const struct verify_answer *report, const struct layer *image,
                             struct json_writer *json)
{
    json_key(json, "measured");
    if (!report->is_deep) {
        json_null(json);
        return;
    }
    json_begin_list(json);
    for (const struct verify_comparison *at = report->comparisons; at; at = at->next) {
        if (at->comparison.image == image)
            comparison_json(&at->comparison, json);
    }
    json_end_list(json);
}

/* --- JSON --------------------------------------------------------------------------------------- */

static void item_json(const struct verify_answer *report, const struct carried *carried,
                      struct json_writer *json)
{
    json_begin_map(json);
    show_layer_json(carried->layer, json);
    if (carried->layer->kind == LAYER_TABLE) {
        json_key(json, "references");
        json_number(json, carried->table.count);
    }
    if (carried->layer->kind == LAYER_SIGNATURE) {
        json_member_slice(json, "of", carried->place.document->title);
    } else {
        answer_signers(json, carried->verified.signers, carried->verified.signer_count);
    }
    if (layer_is_image(carried->layer)) {
        json_key(json, "rawChecked");
        json_bool(json, report->is_deep || carried->is_raw_signed ||
                            carried->layer->kind == LAYER_IMAGE_RAW);
        comparisons_json(report, carried->layer, json);
    }
    json_end_map(json);
}

static void manifest_json(const struct verify_answer *report, size_t number,
                          struct json_writer *json)
{
    const struct signed_manifest *manifest = &report->trusted->bundle->manifests[number];
    const struct bundle_signers *signers = &report->trusted->signers[number];

    json_begin_map(json);
    json_member(json, "uid", manifest->manifest.uid.text);
    show_digest_json("digest", manifest->digest, json);
    answer_signers(json, signers->keys, signers->key_count);
    show_time_json("created", manifest->manifest.created, json);
    show_time_json("bestBefore", manifest->manifest.best_before, json);
    json_key(json, "files");
    json_begin_list(json);
    for (size_t i = 0; i < report->contents->count; i++) {
        if (report->contents->list[i].manifest == manifest)
            item_json(report, &report->contents->list[i], json);
    }
    json_end_list(json);
    json_end_map(json);
}

static void print_json(const struct verify_answer *report)
{
    struct json_writer json = json_writer_to(report->invocation->out, 0);
    uint8_t digest[SHA256_SIZE];

    bundle_digest(report->trusted->bundle, digest);
    json_begin_map(&json);
    json_member(&json, "verdict", "good");
    json_member(&json, "file", report->input->files[0].name);
    json_key(&json, "parts");
    if (report->input->parts)
        json_number(&json, report->input->parts->first.set.count);
    else
        json_null(&json);
    show_digest_json("bundle", digest, &json);
    json_key(&json, "deep");
    json_bool(&json, report->is_deep);
    json_key(&json, "expired");
    json_bool(&json, report->is_expired);
    json_key(&json, "logEntriesUnchecked");
    json_bool(&json, report->log_unchecked);
    json_key(&json, "unsigned");
    json_number(&json, report->contents->unsigned_count);
    json_key(&json, "uids");
    json_begin_list(&json);
    for (size_t i = 0; i < report->trusted->bundle->count; i++)
        manifest_json(report, i, &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(report->invocation->out, '\n');
}

void verify_answer_print(const struct verify_answer *report)
{
    if (report->invocation->given[OPT_JSON])
        print_json(report);
    else
        print_lines(report);
}

/* --- One part ----------------------------------------------------------------------------------- */

static void part_json(const char *path, const struct bundle_part *part,
                      const struct bundle_signers *signers, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "verdict", "good");
    json_member(&json, "file", path);
    json_key(&json, "part");
    json_number(&json, part->number);
    json_key(&json, "parts");
    json_number(&json, part->set.count);
    show_digest_json("archive", part->set.id, &json);
    answer_signers(&json, signers->keys, signers->key_count);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

void verify_answer_part(const struct invocation *invocation, const char *path,
                        const struct bundle_part *part, const struct bundle_signers *signers)
{
    struct buf *out = invocation->out;
    uint32_t others = part->set.count - 1;

    if (invocation->given[OPT_JSON]) {
        part_json(path, part, signers, out);
        return;
    }
    buf_add_format(out, "%s: good: part %" PRIu32 " of %" PRIu32 ", signed by ",
                   quote_bare(slice_text(path)).text, part->number, part->set.count);
    show_keys(signers->keys, signers->key_count, out);
    buf_add_format(out, "; the other%s%s not looked at, nor what is in the bundle\n",
                   others == 1 ? "" : "s", others == 1 ? " was" : " were");
}
