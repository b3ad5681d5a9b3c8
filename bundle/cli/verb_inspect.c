/* inspect FILE...: shows what is in a bundle, and of each line how far it can be believed. */
#include "bundle/cli/bundle_keys.h"
#include "bundle/cli/inspect_answer.h"
#include "bundle/cli/verbs.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

struct work {
    struct session session;
    struct bundle_keys keys;
    struct bundle_input input;
};

static enum err_code show_bundle(struct work *work, struct err *err)
{
    const struct look_keys keys = {&work->keys.bundles, &work->keys.measurements,
                                   &work->keys.tables};
    const struct bundle *bundle = &work->input.bundle;
    struct look_manifest *manifests;

    if (look_at(bundle, &keys, &work->session.arena, &manifests, err))
        return err_add(err, "%s", quote_bare(slice_text(work->input.files[0].name)).text);
    for (size_t i = 0; i < bundle->count; i++) {
        if (manifests[i].problem)
            say_warning(work->session.invocation, "%s: %s: nothing of it is verified",
                        bundle->manifests[i].manifest.uid.text, manifests[i].problem);
    }
    inspect_print(work->session.invocation, &work->input, manifests);
    return ERR_OK;
}

/* Reads all headers. *is_complete: these are all the parts there are. */
static enum err_code read_parts(struct work *work, struct inspect_part *parts, bool *is_complete,
                                struct err *err)
{
    *is_complete = false;
    for (size_t i = 0; i < work->input.count; i++) {
        const struct bundle_part_file *file = &work->input.files[i];
        struct err reason;

        parts[i].path = file->name;
        if (bundle_parts_read(&file->image, &work->session.arena, &parts[i].part, err))
            return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
        parts[i].is_trusted = bundle_part_trust(&parts[i].part, &work->keys.bundles,
                                                &parts[i].signers, &reason) == ERR_OK;
        if (!parts[i].is_trusted && work->keys.bundles.count > 0)
            say_warning(work->session.invocation, "%s: %s", quote_bare(slice_text(file->name)).text,
                        reason.msg);
    }
    *is_complete = work->input.count >= parts[0].part.set.count;
    return ERR_OK;
}

/* Some parts are shown as what they are; with all of them, the bundle in them. */
static enum err_code inspect_parts(struct work *work, bool *is_complete, struct err *err)
{
    struct inspect_part *parts =
        arena_array(&work->session.arena, work->input.count, sizeof *parts, err);

    *is_complete = false;
    if (!parts || read_parts(work, parts, is_complete, err))
        return err->code;
    if (!*is_complete)
        inspect_print_parts(work->session.invocation, parts, work->input.count);
    return ERR_OK;
}

static enum err_code inspect_input(struct work *work, struct err *err)
{
    bool is_complete = true;

    if (work->input.kind == INPUT_PARTS && inspect_parts(work, &is_complete, err))
        return err->code;
    if (!is_complete)
        return ERR_OK;
    if (bundle_input_read(&work->input, &work->session.arena, err))
        return err->code;
    return show_bundle(work, err);
}

static enum err_code inspect(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->session.invocation;
    enum err_code rc;

    if (bundle_keys_read(&work->session, &work->keys, err) ||
        bundle_input_find(invocation->arguments, invocation->argument_count, &work->session.arena,
                          &work->input, err))
        return err->code;
    if (work->keys.bundles.count == 0)
        say_warning(invocation, "no key is given, so nothing is verified: see --key, --bundle-key");
    rc = inspect_input(work, err);
    if (rc == ERR_OK)
        rc = bundle_input_unchanged(&work->input, err);
    bundle_input_close(&work->input);
    return rc;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.input = {.count = 0}};
    enum err_code rc = session_open(&work.session, invocation, err);

    if (rc == ERR_OK)
        rc = inspect(&work, err);
    session_close(&work.session);
    return rc;
}

static const enum option options[] = {OPT_BUNDLE_KEY, OPT_KEY, OPT_TABLE_KEY, OPT_THRESHOLD,
                                      OPTION_COUNT};

const struct verb verb_inspect = {
    .name = "inspect",
    .arguments = "FILE...",
    .summary = "Shows what is in a bundle, without unpacking it",
    .details =
        "FILE is an archive, the parts of a split one (some of them show their headers alone), or a\n"
        "folder that is an OCI layout. Only its front is read: images are not.\n"
        "\n"
        "Every line says how far it can be believed: [verified] was read and is what a signed\n"
        "manifest lists; [signed by KEY] is listed so, and its bytes were not read; [unverified]\n"
        "is what the bundle says of itself. A signature that is not valid makes a warning here and\n"
        "no error: use verify to decide.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
