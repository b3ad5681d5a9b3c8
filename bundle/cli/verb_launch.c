/* launch gcp NAME: starts a confidential VM, and looks whether it is one. */
#include <string.h>

#include "bundle/cli/gcloud_options.h"
#include "bundle/cli/launch_ask.h"
#include "bundle/cli/verbs.h"
#include "bundle/publish/launch_plan.h"
#include "bundle/publish/shell_quote.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

struct work {
    const struct invocation *invocation;
    struct session session;
    struct launch_request request;
    struct launch_plan plan;
    struct gcloud gcloud;
    const char *image_id;
};

/* --- Answers ------------------------------------------------------------------------------------ */

static const char *or_dash(const char *text)
{
    return text && text[0] ? text : "-";
}

static void print_machine(const struct machine *row, struct buf *out)
{
    buf_add_format(out, "%-4s %-12s %-8s %-10s %-16s %-7s %-19s %s  %s\n", row->series,
                   row->shape[0] ? row->shape : "*", or_dash(row->type), or_dash(row->cpu_platform),
                   or_dash(row->feature), row->architecture, row->disk, row->date, row->source);
}

static void write_machine(const struct machine *row, struct json_writer *json)
{
    json_begin_map(json);
    json_member(json, "series", row->series);
    json_member(json, "shape", row->shape[0] ? row->shape : NULL);
    json_member(json, "confidentialComputeType", row->type);
    json_member(json, "minCpuPlatform", row->cpu_platform);
    json_member(json, "imageFeature", row->feature);
    json_member(json, "architecture", row->architecture);
    json_member(json, "bootDiskType", row->disk);
    json_member(json, "date", row->date);
    json_member(json, "source", row->source);
    json_end_map(json);
}

static void list_machines(const struct invocation *invocation)
{
    struct json_writer json = json_writer_to(invocation->out, 0);
    const struct machine *row;

    if (!invocation->given[OPT_JSON]) {
        for (size_t i = 0; (row = machines_get(i)); i++)
            print_machine(row, invocation->out);
        return;
    }
    json_begin_map(&json);
    json_key(&json, "machines");
    json_begin_list(&json);
    for (size_t i = 0; (row = machines_get(i)); i++)
        write_machine(row, &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

struct step {
    const char *name;
    const struct command *command;
    const char *check; /* what is looked at in the answer */
};

static void print_step(const struct step *step, struct json_writer *json)
{
    json_begin_map(json);
    json_member(json, "step", step->name);
    json_member_list(json, "command", step->command->words, step->command->count);
    json_member(json, "check", step->check);
    json_end_map(json);
}

static void print_plan(const struct work *work)
{
    const struct launch_plan *plan = &work->plan;
    const struct step steps[] = {
        {"look", &plan->describe, "there is no such instance"},
        {"image", &plan->image, "its status, architecture and features"},
        {"create", &plan->create, NULL},
        {"compare", &plan->describe, "the instance is what was asked for"},
        {"disk", &plan->disk, "it boots that very image"},
    };
    struct json_writer json = json_writer_to(work->invocation->out, 0);

    if (!work->invocation->given[OPT_JSON]) {
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            shell_quote_all(steps[i].command->words, work->invocation->out);
            buf_add_byte(work->invocation->out, '\n');
        }
        return;
    }
    json_begin_map(&json);
    json_key(&json, "plan");
    json_begin_list(&json);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        print_step(&steps[i], &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(work->invocation->out, '\n');
}

static void print_launched(const struct work *work)
{
    const struct launch_request *request = &work->request;
    struct json_writer json = json_writer_to(work->invocation->out, 0);

    if (!work->invocation->given[OPT_JSON]) {
        buf_add_format(work->invocation->out, "%s: started in %s on %s, %s%s, from %s\n",
                       request->name, request->zone, request->machine_type,
                       work->plan.type ? work->plan.type : "NOT CONFIDENTIAL",
                       work->plan.type && !work->plan.is_chosen ? " (its default)" : "",
                       quote_bare(slice_text(request->image)).text);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "name", request->name);
    json_member(&json, "zone", request->zone);
    json_member(&json, "project", request->project);
    json_member(&json, "machineType", request->machine_type);
    json_member(&json, "confidentialComputeType", work->plan.type);
    json_member(&json, "image", request->image);
    json_end_map(&json);
    buf_add_byte(work->invocation->out, '\n');
}

/* --- Before ------------------------------------------------------------------------------------- */

static void say_what_was_chosen(const struct work *work)
{
    const struct launch_plan *plan = &work->plan;

    if (!plan->type)
        say_warning(work->invocation, "%s has no confidential computing: THE MEMORY OF %s WILL NOT BE "
                    "ENCRYPTED", plan->machine->series, work->request.name);
    else if (!plan->machine)
        say_warning(work->invocation, "machine type %s is not known here: nothing could be checked of it",
                    work->request.machine_type);
    else
        say_note(work->invocation, "%s: %s, %s", work->request.machine_type, plan->type,
                 plan->is_chosen ? "as asked for" : "the default of its series");
}

static enum err_code find_gcloud(struct work *work, struct err *err)
{
    unsigned timeout_ms;

    if (gcloud_options_timeout(work->invocation, &timeout_ms, err) != ERR_OK ||
        gcloud_options_find(work->invocation, &work->session.arena, &work->gcloud, err) != ERR_OK)
        return err->code;
    work->gcloud.timeout_ms = timeout_ms;
    return ERR_OK;
}

/* --- Steps -------------------------------------------------------------------------------------- */

static enum err_code run_command(const struct work *work, const struct command *command,
                                 struct gcloud_result *result, struct err *err)
{
    say_note(work->invocation, "gcloud compute %s %s", command->words[2], command->words[3]);
    return gcloud_run(&work->gcloud, command->words, result, err);
}

/* Nothing of that name may be there. */
static enum err_code look(const struct work *work, struct err *err)
{
    struct gcloud_result result;
    enum err_code rc = run_command(work, &work->plan.describe, &result, err);

    if (rc == ERR_OK && result.verdict == GCLOUD_OK)
        rc = err_set(err, ERR_POLICY, "instance %s: is there already, in %s: take another name, or "
                     "delete it first", work->request.name, work->request.zone);
    else if (rc == ERR_OK && result.verdict != GCLOUD_ABSENT)
        rc = gcloud_refuse(&result, err);
    gcloud_result_free(&result);
    return rc;
}

static enum err_code check_image(struct work *work, struct err *err)
{
    struct gcloud_result result;
    enum err_code rc = run_command(work, &work->plan.image, &result, err);

    if (rc == ERR_OK && result.verdict != GCLOUD_OK)
        rc = gcloud_refuse(&result, err);
    if (rc == ERR_OK)
        rc = launch_check_image(&work->plan, buf_slice(&result.output), &work->session.arena,
                                &work->image_id, err);
    else
        err_add(err, "image %s", quote_bare(slice_text(work->request.image)).text);
    gcloud_result_free(&result);
    return rc;
}

static void refuse_instance(const struct work *work, struct err *err)
{
    err_add(err, "instance %s is NOT as asked for; delete it (gcloud compute instances delete "
            "%s --zone=%s)", work->request.name, work->request.name, work->request.zone);
}

/* Asks again of what was made. *is_there is false when it is known not to be there. */
static enum err_code read_back(struct work *work, const struct command *command,
                               struct gcloud_result *result, bool *is_there, struct err *err)
{
    enum err_code rc = run_command(work, command, result, err);

    *is_there = rc != ERR_OK || result->verdict != GCLOUD_ABSENT;
    if (rc == ERR_OK && result->verdict != GCLOUD_OK)
        rc = gcloud_refuse(result, err);
    if (rc != ERR_OK)
        err_add(err, "instance %s could not be looked at after it was to be made, and may run",
                work->request.name);
    return rc;
}

static enum err_code compare_disk(struct work *work, struct err *err)
{
    struct gcloud_result result;
    bool is_there;
    enum err_code rc = read_back(work, &work->plan.disk, &result, &is_there, err);

    if (rc == ERR_OK) {
        rc = launch_check_disk(work->image_id, buf_slice(&result.output), &work->session.arena, err);
        if (rc != ERR_OK)
            refuse_instance(work, err);
    }
    gcloud_result_free(&result);
    return rc;
}

/* Reads the instance and its boot disk back. *is_there as read_back has it, of the instance. */
static enum err_code compare(struct work *work, bool *is_there, struct err *err)
{
    struct gcloud_result result;
    enum err_code rc = read_back(work, &work->plan.describe, &result, is_there, err);

    if (rc == ERR_OK) {
        rc = launch_check_instance(&work->plan, buf_slice(&result.output), &work->session.arena, err);
        if (rc != ERR_OK)
            refuse_instance(work, err);
    }
    gcloud_result_free(&result);
    return rc == ERR_OK ? compare_disk(work, err) : rc;
}

/* Makes it. The answer may be lost after it was made: then what is there tells. */
static enum err_code create(struct work *work, struct err *err)
{
    struct gcloud_result result;
    struct err failure;
    bool is_there;
    enum err_code rc = run_command(work, &work->plan.create, &result, &failure);

    if (rc == ERR_OK && result.verdict != GCLOUD_OK)
        rc = gcloud_refuse(&result, &failure);
    if (rc != ERR_OK && result.verdict == GCLOUD_EXISTS) {
        rc = err_set(err, ERR_POLICY, "instance %s: somebody else made one of that name meanwhile",
                     work->request.name);
        gcloud_result_free(&result);
        return rc;
    }
    gcloud_result_free(&result);
    if (compare(work, &is_there, err) == ERR_OK) {
        if (rc != ERR_OK)
            say_warning(work->invocation, "%s; but the instance is there, and as asked for",
                        failure.msg);
        return ERR_OK;
    }
    if (rc == ERR_OK || is_there)
        return err->code;
    *err = failure; /* and nothing was made */
    return err->code;
}

static enum err_code launch(struct work *work, struct err *err)
{
    if (launch_ask(&work->session, &work->request, err) != ERR_OK ||
        launch_plan_make(&work->request, &work->session.arena, &work->plan, err) != ERR_OK)
        return err->code;
    say_what_was_chosen(work);
    if (work->invocation->given[OPT_DRY_RUN]) {
        print_plan(work);
        return ERR_OK;
    }
    if (find_gcloud(work, err) != ERR_OK || look(work, err) != ERR_OK ||
        check_image(work, err) != ERR_OK || create(work, err) != ERR_OK)
        return err->code;
    print_launched(work);
    return ERR_OK;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation};
    enum err_code rc;

    if (invocation->given[OPT_LIST_MACHINES]) {
        list_machines(invocation);
        return ERR_OK;
    }
    rc = session_open(&work.session, invocation, err);
    if (rc == ERR_OK)
        rc = launch(&work, err);
    session_close(&work.session);
    return rc;
}

static const enum option options[] = {
    OPT_ZONE,         OPT_MACHINE_TYPE, OPT_CLOUD_IMAGE,       OPT_LAUNCH_DATA,
    OPT_PROJECT,      OPT_CONFIDENTIAL_TYPE, OPT_ALLOW_NON_CONFIDENTIAL,
    OPT_DRY_RUN,      OPT_LIST_MACHINES, OPT_GCLOUD, OPT_GCLOUD_TIMEOUT,
    OPT_VARIANT,      OPT_TABLE_DIR,    OPT_REPOSITORY, OPT_LAYOUT, NETWORK_OPTIONS,
    OPT_TABLE_KEY,    OPT_THRESHOLD,    OPTION_COUNT,
};

const struct verb verb_launch_gcp = {
    .name = "launch gcp",
    .arguments = "NAME [UID]",
    .summary = "Starts a confidential VM on GCP, and compares what runs with what was asked for",
    .details =
        "The image is that of --image, or the one that UID has in a lookup table: a local one, or one\n"
        "signed by --table-key. Always on: confidential computing (SEV_SNP on n2d, TDX on c3 and a3,\n"
        "SEV on c2d, c3d, c4d and g4, or --confidential-compute-type), Secure Boot, vTPM, integrity\n"
        "monitoring, and no live migration. The user data must be JSON in UTF-8, at most 256 KiB.\n"
        "What stands after -- is passed on to gcloud if it cannot weaken any of that:\n"
        "  --network --subnet --network-tier --private-network-ip --address --no-address\n"
        "  --stack-type --tags --labels --description --hostname --service-account\n"
        "  --no-service-account --scopes --no-scopes --boot-disk-size --boot-disk-type\n"
        "  --boot-disk-provisioned-iops --boot-disk-provisioned-throughput --boot-disk-kms-key\n"
        "  --resource-policies --reservation --reservation-affinity --deletion-protection\n"
        "  --no-deletion-protection\n"
        "each as --name=VALUE in one word. gcloud must be installed and logged in.\n",
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
