#include "bundle/cli/gcp_steps.h"

#include <stdio.h>
#include <string.h>

#include "bundle/cli/gcp_keys.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

#define NOTE_MODE 0600
#define AGAIN "then run the same command again, which goes on where it stopped"

/* --- One call ----------------------------------------------------------------------------------- */

static enum err_code call(struct gcp_steps *steps, const struct command *command,
                          struct gcloud_result *result, struct err *err)
{
    const char *const *words = command->words;

    say_note(steps->invocation, "gcloud %s %s%s%s", words[1], words[2],
             strcmp(words[2], "cp") == 0 ? "" : " ", strcmp(words[2], "cp") == 0 ? "" : words[3]);
    steps->gcloud.timeout_ms =
        command == &steps->plan->upload ? steps->upload_timeout_ms : steps->timeout_ms;
    return gcloud_run(&steps->gcloud, words, result, err);
}

/* The same error, and what to do next. */
static enum err_code add_hint(struct err *err, const char *hint)
{
    const struct err copy = *err;

    return err_set(err, copy.code, "%s; %s", copy.msg, hint);
}

/* The error of a call that answered no; what is the thing it was about. */
static enum err_code refuse(const struct gcloud_result *result, const char *what, const char *name,
                            struct err *err)
{
    gcloud_refuse(result, err);
    return err_add(err, "%s %s", what, name);
}

/* Asks whether a thing is there. *json is its description, in arena; empty when it is known to be absent. */
static enum err_code look(struct gcp_steps *steps, const struct command *command,
                          bool (*is_absent)(const struct gcp_plan *, struct slice),
                          const char *what, const char *name, struct slice *json, struct err *err)
{
    struct gcloud_result result;
    enum err_code rc = call(steps, command, &result, err);

    *json = (struct slice){NULL, 0};
    if (rc != ERR_OK) {
        err_add(err, "%s %s", what, name);
    } else if (result.verdict == GCLOUD_OK) {
        const char *copy = arena_copy(steps->arena, buf_slice(&result.output), err);

        rc = copy ? ERR_OK : err->code;
        if (copy)
            *json = slice_of(copy, result.output.len);
        if (copy && json->len == 0)
            rc = err_set(err, ERR_TOOL, "%s %s: gcloud answered nothing", what, name);
    } else if (result.verdict != GCLOUD_ABSENT ||
               !is_absent(steps->plan, buf_slice(&result.errors))) {
        refuse(&result, what, name, err);
        if (result.verdict == GCLOUD_REFUSED && command == &steps->plan->describe_bucket)
            add_hint(err, "if this bucket is somebody else's, give another --bucket");
        rc = add_hint(err, AGAIN);
    }
    gcloud_result_free(&result);
    return rc;
}

/* Calls what makes a thing; *failure says why not, where that is not known to have worked. */
static enum err_code make(struct gcp_steps *steps, const struct command *command,
                          const char *what, const char *name, struct err *failure)
{
    struct gcloud_result result;
    enum err_code rc = call(steps, command, &result, failure);

    if (rc == ERR_OK && result.verdict != GCLOUD_OK)
        rc = refuse(&result, what, name, failure);
    else if (rc != ERR_OK)
        err_add(failure, "%s %s", what, name);
    gcloud_result_free(&result);
    return rc;
}

/* After making: it is there (json), although making failed (rc): that is said. Where it is not there, err
 * is the failure. */
static enum err_code judge(struct gcp_steps *steps, enum err_code rc, const struct err *failure,
                           struct slice json, const char *what, const char *name, struct err *err)
{
    if (json.len == 0 && rc == ERR_OK)
        return err_set(err, ERR_TOOL, "%s %s: gcloud said that it was made, and it is not there: look "
                       "for it, " AGAIN, what, name);
    if (json.len == 0) {
        *err = *failure;
        return add_hint(err, AGAIN);
    }
    if (rc != ERR_OK)
        say_warning(steps->invocation, "%s; but it is there", failure->msg);
    return ERR_OK;
}

/* The error of an image that is another one. */
static enum err_code refuse_image(const struct gcp_steps *steps, const char *why, struct err *err)
{
    const struct gcp_request *request = steps->plan->request;

    if (err->code != ERR_POLICY)
        return err->code;
    return err_add(err, "image %s %s (to delete it: gcloud compute images delete %s --project=%s)",
                   request->name, why, request->name, request->project);
}

/* --- Image: is it there? ------------------------------------------------------------------------ */

static enum err_code look_for_image(struct gcp_steps *steps, bool *is_there, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;
    struct slice json;

    *is_there = false;
    if (look(steps, &plan->describe_image, gcp_absent_image, "image", plan->request->name, &json,
             err) != ERR_OK)
        return err->code;
    *is_there = json.len > 0;
    if (*is_there && gcp_answer_image(plan, json, steps->arena, err) != ERR_OK)
        return refuse_image(steps, "is there already, and is another one: take another --name", err);
    return ERR_OK;
}

/* --- Bucket ------------------------------------------------------------------------------------- */

static enum err_code look_for_bucket(struct gcp_steps *steps, struct slice *json, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;

    return look(steps, &plan->describe_bucket, gcp_absent_bucket, "bucket", plan->bucket, json,
                err);
}

static enum err_code make_bucket(struct gcp_steps *steps, struct slice *json, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;
    struct err failure;
    enum err_code rc = make(steps, &plan->create_bucket, "bucket", plan->bucket, &failure);

    if (look_for_bucket(steps, json, err) != ERR_OK)
        return rc == ERR_OK ? err->code
                            : err_add(err, "could neither be made nor looked at");
    steps->made_bucket = json->len > 0;
    return judge(steps, rc, &failure, *json, "bucket", plan->bucket, err);
}

static enum err_code have_bucket(struct gcp_steps *steps, struct err *err)
{
    struct slice json;

    if (look_for_bucket(steps, &json, err) != ERR_OK ||
        (json.len == 0 && make_bucket(steps, &json, err) != ERR_OK))
        return err->code;
    return gcp_answer_bucket(steps->plan, json, steps->arena, err);
}

/* --- Object ------------------------------------------------------------------------------------- */

static enum err_code look_for_object(struct gcp_steps *steps, struct slice *json, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;

    return look(steps, &plan->describe_object, gcp_absent_object, "object", plan->object_url, json,
                err);
}

static enum err_code upload(struct gcp_steps *steps, struct slice *json, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;
    struct err failure;
    enum err_code rc;

    if (gcp_packing_archive(steps->packing, plan->archive, &steps->object, err) != ERR_OK)
        return err->code;
    rc = make(steps, &plan->upload, "upload to", plan->object_url, &failure);
    if (look_for_object(steps, json, err) != ERR_OK)
        return err->code;
    steps->made_object = json->len > 0;
    return judge(steps, rc, &failure, *json, "upload to", plan->object_url, err);
}

static enum err_code have_object(struct gcp_steps *steps, const char **generation, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;
    struct slice json;

    if (gcp_packing_facts(steps->packing, plan->archive, &steps->object, err) != ERR_OK ||
        look_for_object(steps, &json, err) != ERR_OK ||
        (json.len == 0 && upload(steps, &json, err) != ERR_OK))
        return err->code;
    return gcp_answer_object(plan, &steps->object, json, steps->arena, generation, err);
}

/* --- Image -------------------------------------------------------------------------------------- */

/* What is noted before the image is made of an object, and stays until it is known that it was this one: the
 * run that finds the image there may be another than the one that had it made. */
static const char *note_of(struct gcp_steps *steps, const char *generation, struct err *err)
{
    const char *url = steps->plan->object_url;
    size_t size = strlen(generation) + strlen(url) + sizeof " \n";
    char *text = arena_alloc(steps->arena, size, err);

    if (text)
        snprintf(text, size, "%s %s\n", generation, url);
    return text;
}

static enum err_code refuse_source(const struct gcp_steps *steps, struct err *err)
{
    const struct gcp_request *request = steps->plan->request;

    return err_set(err, ERR_POLICY, "object %s: was written to or removed while the image was made of it: "
                   "nobody knows what is in image %s; delete it (gcloud compute images delete %s "
                   "--project=%s)", steps->plan->object_url, request->name, request->name,
                   request->project);
}

/* Of an image that is there: whether a run was broken off before it knew what it was made of. */
static enum err_code check_note(struct gcp_steps *steps, const char *generation, struct err *err)
{
    const char *want = note_of(steps, generation, err);
    struct slice noted;

    if (!want || gcp_folder_text(steps->plan->making, steps->arena, &noted, err) != ERR_OK)
        return err->code;
    if (noted.len == 0)
        return ERR_OK;
    if (!slice_is(noted, want))
        return refuse_source(steps, err);
    gcp_folder_remove(steps->invocation, steps->plan->making);
    return ERR_OK;
}

/* The object that the image was made of must have been the one that was compared, until it was made. */
static enum err_code compare_source(struct gcp_steps *steps, const char *generation,
                                    struct err *err)
{
    const struct gcp_plan *plan = steps->plan;
    const char *now;
    struct slice json;

    if (look_for_object(steps, &json, err) != ERR_OK)
        return err->code;
    if (json.len &&
        gcp_answer_object(plan, &steps->object, json, steps->arena, &now, err) != ERR_OK)
        return err->code;
    if (json.len == 0 || strcmp(now, generation) != 0)
        return refuse_source(steps, err);
    gcp_folder_remove(steps->invocation, plan->making);
    return ERR_OK;
}

static enum err_code make_image(struct gcp_steps *steps, const char *generation, struct err *err)
{
    const struct gcp_plan *plan = steps->plan;
    const char *name = plan->request->name, *note = note_of(steps, generation, err);
    struct err failure;
    struct slice json;
    enum err_code rc;

    if (!note || file_replace(plan->making, NOTE_MODE, slice_text(note), err) != ERR_OK ||
        gcp_keys_write(plan, err) != ERR_OK)
        return err->code;
    rc = make(steps, &plan->create_image, "image", name, &failure);
    gcp_keys_remove(steps->invocation, plan);
    if (look(steps, &plan->describe_image, gcp_absent_image, "image", name, &json, err) != ERR_OK)
        return err_add(err, "image %s could not be looked at after it was to be made, and may be there",
                       name);
    steps->made_image = json.len > 0;
    if (judge(steps, rc, &failure, json, "image", name, err) != ERR_OK)
        return err->code;
    if (gcp_answer_image(plan, json, steps->arena, err) != ERR_OK)
        return refuse_image(steps, "is NOT what was asked for", err);
    return compare_source(steps, generation, err);
}

enum err_code gcp_steps_run(struct gcp_steps *steps, struct err *err)
{
    const char *generation;
    bool is_there;

    if (look_for_image(steps, &is_there, err) != ERR_OK || have_bucket(steps, err) != ERR_OK ||
        have_object(steps, &generation, err) != ERR_OK ||
        (is_there ? check_note(steps, generation, err) : make_image(steps, generation, err)) != ERR_OK)
        return err->code;
    gcp_folder_remove(steps->invocation, steps->plan->archive);
    return ERR_OK;
}
