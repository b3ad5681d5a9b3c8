#include "bundle/publish/launch_plan.h"

#include <stdio.h>
#include <string.h>

#include "bundle/publish/launch_options.h"
#include "bundle/publish/problems.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/base/utf8.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define NAME_MAX_CHARS 63
#define PROJECT_MIN 6
#define PROJECT_MAX 30

static const char *const types[] = {"SEV", "SEV_SNP", "TDX"};

/* --- Names -------------------------------------------------------------------------------------- */

/* [a-z]([-a-z0-9]*[a-z0-9])? */
static bool is_name(const char *text, size_t len)
{
    return len > 0 && strchr(LOWER, text[0]) && strspn(text, LOWER DIGITS "-") >= len &&
           text[len - 1] != '-';
}

static bool is_zone(const char *zone)
{
    size_t len = strlen(zone);

    return len > 4 && len <= NAME_MAX_CHARS && is_name(zone, len) && zone[len - 2] == '-' &&
           strchr(DIGITS, zone[len - 3]) && strchr(LOWER, zone[len - 1]);
}

/* "name", or "example.com:name" */
static bool is_project(const char *project)
{
    const char *colon = strchr(project, ':');
    const char *name = colon ? colon + 1 : project;
    size_t len = strlen(name);

    if (colon && (colon == project || strspn(project, LOWER DIGITS ".-") != (size_t)(colon - project)))
        return false;
    return len >= PROJECT_MIN && len <= PROJECT_MAX && is_name(name, len);
}

/* A name, or a path to one: projects/P/global/images/N, or that with https://HOST/compute/v1/ before. */
static bool is_image(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *name = slash ? slash + 1 : image;
    size_t len = strlen(name);

    return len <= NAME_MAX_CHARS && is_name(name, len) &&
           image[strspn(image, LOWER DIGITS "-_.:/")] == '\0' && image[0] != '/' &&
           (!slash || strstr(image, "global/images/"));
}

static void check_names(const struct launch_request *request, struct problems *problems)
{
    size_t len = strlen(request->name);

    if (len > NAME_MAX_CHARS || !is_name(request->name, len))
        problems_add(problems, ERR_USAGE,
                     "name %s: want at most 63 of a-z, 0-9 and -, a letter first, no - at the end",
                     quote(slice_text(request->name)).text);
    if (!is_zone(request->zone))
        problems_add(problems, ERR_USAGE, "zone %s: want one such as europe-west4-a",
                     quote(slice_text(request->zone)).text);
    if (request->project && !is_project(request->project))
        problems_add(problems, ERR_USAGE,
                     "project %s: want 6 to 30 of a-z, 0-9 and -, a letter first, no - at the end",
                     quote(slice_text(request->project)).text);
    if (!is_image(request->image))
        problems_add(problems, ERR_USAGE,
                     "image %s: want a name or projects/PROJECT/global/images/NAME",
                     quote(slice_text(request->image)).text);
}

/* --- Machine, kind, disk ------------------------------------------------------------------------ */

static bool is_type(const char *type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

static void check_plain(struct launch_plan *plan, struct problems *problems)
{
    const struct launch_request *request = plan->request;
    const struct machine *machine = plan->machine;

    if (request->type)
        problems_add(problems, ERR_POLICY, "%s has no confidential computing (as of %s)",
                     machine->series, machine->date);
    else if (!request->allow_plain)
        problems_add(problems, ERR_POLICY,
                     "%s has no confidential computing (as of %s): --allow-non-confidential starts it "
                     "all the same, with memory that is not encrypted", machine->series, machine->date);
}

static void choose_machine(struct launch_plan *plan, struct problems *problems)
{
    const struct launch_request *request = plan->request;
    struct slice machine_type = slice_text(request->machine_type);
    const struct machine *usual = machines_find(machine_type, NULL);

    plan->machine = machines_find(machine_type, request->type);
    plan->type = request->type ? request->type : usual ? usual->type : NULL;
    plan->is_chosen = request->type != NULL;
    if (!is_name(request->machine_type, machine_type.len) || !strchr(request->machine_type, '-')) {
        problems_add(problems, ERR_USAGE, "machine type %s: want one such as n2d-standard-2",
                     quote(machine_type).text);
    } else if (request->type && !is_type(request->type)) {
        problems_add(problems, ERR_USAGE, "--confidential-compute-type %s: want SEV, SEV_SNP or TDX",
                     quote(slice_text(request->type)).text);
    } else if (usual && !usual->type) {
        plan->machine = usual;
        check_plain(plan, problems);
    } else if (request->allow_plain) {
        problems_add(problems, ERR_POLICY, "--allow-non-confidential is for machines that have no "
                     "confidential computing (t2a, c4a), not for %s", request->machine_type);
    } else if (!usual && !request->type) {
        problems_add(problems, ERR_POLICY,
                     "machine type %s: not known to have confidential computing (--list-machines); if "
                     "it has, say which: --confidential-compute-type", request->machine_type);
    } else if (usual && !plan->machine) {
        problems_add(problems, ERR_POLICY, "%s has no %s (as of %s), but %s", request->machine_type,
                     request->type, usual->date, usual->type);
    }
}

static void check_disk(const struct launch_plan *plan, struct problems *problems)
{
    const struct launch_request *request = plan->request;
    struct slice disk =
        launch_options_value(request->extra, request->extra_count, "--boot-disk-type");

    if (disk.len && plan->machine && !machine_takes_disk(plan->machine, disk))
        problems_add(problems, ERR_USAGE, "--boot-disk-type=%s: %s takes%s(as of %s)",
                     quote_bare(disk).text, request->machine_type, plan->machine->disks,
                     plan->machine->date);
}

/* --- User data and what is passed on ------------------------------------------------------------ */

static void check_user_data(const struct launch_request *request, struct arena *arena,
                            struct problems *problems)
{
    struct slice data = request->user_data;
    const struct node *root;
    struct err err;
    size_t bad = utf8_check(data);

    if (data.len == 0)
        problems_add(problems, ERR_POLICY, "user data: is empty");
    else if (data.len > LAUNCH_USER_DATA_MAX)
        problems_add(problems, ERR_LIMIT, "user data: %zu bytes, at most %zu are allowed", data.len,
                     LAUNCH_USER_DATA_MAX);
    else if (slice_find(data, '\r') < data.len)
        problems_add(problems, ERR_POLICY, "user data: byte %zu is a CR, which gcloud would change",
                     slice_find(data, '\r'));
    else if (bad < data.len)
        problems_add(problems, ERR_POLICY, "user data: byte %zu is not UTF-8", bad);
    else if (json_parse(data, arena, &root, &err) != ERR_OK)
        problems_add(problems, err.code, "user data: %s", err.msg);
}

static void check_extra(const struct launch_request *request, struct problems *problems)
{
    struct err err;

    if (request->extra_count > LAUNCH_EXTRA_MAX)
        problems_add(problems, ERR_USAGE, "more than %d options for gcloud", LAUNCH_EXTRA_MAX);
    else if (launch_options_check(request->extra, request->extra_count, &err) != ERR_OK)
        problems_add(problems, err.code, "%s", err.msg);
}

/* --- Commands ----------------------------------------------------------------------------------- */

/* A comma parts items in gcloud, unless ^X^ in front names another character. */
static const char *metadata_word(const char *path, struct arena *arena, struct err *err)
{
    static const char *const marks[] = {"^|^", "^#^", "^;^", "^+^", "^~^", "^%^"};

    if (!strchr(path, ','))
        return JOIN(arena, err, "--metadata-from-file=user-data=", path);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!strchr(path, marks[i][1]))
            return JOIN(arena, err, "--metadata-from-file=", marks[i], "user-data=", path);
    }
    err_set(err, ERR_USAGE, "%s: a name that gcloud cannot be given", quote(slice_text(path)).text);
    return "";
}

static void make_create(struct launch_plan *plan, struct arena *arena, struct err *err)
{
    const struct launch_request *request = plan->request;
    struct command *create = &plan->create;
    struct slice disk =
        launch_options_value(request->extra, request->extra_count, "--boot-disk-type");

    command_begin(create, WORDS("compute", "instances", "create", request->name), err);
    command_option(create, "--project", request->project, arena, err);
    command_option(create, "--zone", request->zone, arena, err);
    command_option(create, "--machine-type", request->machine_type, arena, err);
    if (plan->machine && plan->type)
        command_option(create, "--min-cpu-platform", plan->machine->cpu_platform, arena, err);
    if (plan->machine && disk.len == 0)
        command_option(create, "--boot-disk-type", plan->machine->disk, arena, err);
    command_add(create, "--boot-disk-auto-delete", err);
    for (size_t i = 0; i < request->extra_count; i++)
        command_add(create, request->extra[i], err);
    command_option(create, "--image", request->image, arena, err);
    command_option(create, "--confidential-compute-type", plan->type, arena, err);
    command_add(create, "--maintenance-policy=TERMINATE", err);
    command_add(create, "--shielded-secure-boot", err);
    command_add(create, "--shielded-vtpm", err);
    command_add(create, "--shielded-integrity-monitoring", err);
    command_add(create, metadata_word(request->user_data_path, arena, err), err);
    command_add(create, "--format=json", err);
}

static enum err_code make_commands(struct launch_plan *plan, struct arena *arena, struct err *err)
{
    const struct launch_request *request = plan->request;

    err->code = ERR_OK;
    command_begin(&plan->describe, WORDS("compute", "instances", "describe", request->name), err);
    command_option(&plan->describe, "--project", request->project, arena, err);
    command_option(&plan->describe, "--zone", request->zone, arena, err);
    command_add(&plan->describe, "--format=json", err);
    command_begin(&plan->image, WORDS("compute", "images", "describe", request->image), err);
    command_option(&plan->image, "--project", request->project, arena, err);
    command_add(&plan->image, "--format=json", err);
    make_create(plan, arena, err);
    /* GCP names the boot disk after the instance. */
    command_begin(&plan->disk, WORDS("compute", "disks", "describe", request->name), err);
    command_option(&plan->disk, "--project", request->project, arena, err);
    command_option(&plan->disk, "--zone", request->zone, arena, err);
    command_add(&plan->disk, "--format=json", err);
    return err->code;
}

enum err_code launch_plan_make(const struct launch_request *request, struct arena *arena,
                               struct launch_plan *plan, struct err *err)
{
    struct problems problems = {0};
    enum err_code rc;

    memset(plan, 0, sizeof *plan);
    plan->request = request;
    check_names(request, &problems);
    choose_machine(plan, &problems);
    check_extra(request, &problems);
    check_disk(plan, &problems);
    check_user_data(request, arena, &problems);
    rc = problems_done(&problems, err);
    if (rc == ERR_OK)
        rc = make_commands(plan, arena, err);
    if (rc != ERR_OK)
        memset(plan, 0, sizeof *plan);
    return rc;
}
