/* The half of launch_plan.h that reads what gcloud answers. */
#include <string.h>

#include "bundle/publish/launch_plan.h"
#include "bundle/publish/problems.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"

static bool is_text(const struct node *node, const char *want)
{
    return node && node->type == NODE_STRING && slice_is(node_text(node), want);
}

static bool is_true(const struct node *node)
{
    return node && node->type == NODE_BOOL && slice_is(node_text(node), "true");
}

/* Its text for a message; "nothing" when it is not there. */
static struct quoted shown(const struct node *node)
{
    return node && node_text(node).ptr ? quote(node_text(node)) : quote_bare(SLICE("nothing"));
}

static enum err_code parse(struct slice json, const char *what, struct arena *arena,
                           const struct node **root, struct err *err)
{
    if (json_parse(json, arena, root, err) != ERR_OK)
        return err_add(err, "gcloud's answer on the %s", what);
    if ((*root)->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "gcloud's answer on the %s: have %s, want an object", what,
                       node_type_name(*root));
    return ERR_OK;
}

/* --- Image -------------------------------------------------------------------------------------- */

static bool has_feature(const struct node *image, const char *feature)
{
    const struct node *list = node_get(image, "guestOsFeatures");

    for (const struct node *at = node_first(list); at; at = node_next(list, at)) {
        if (is_text(node_get(at, "type"), feature))
            return true;
    }
    return false;
}

static void check_features(const struct launch_plan *plan, const struct node *image,
                           struct problems *problems)
{
    static const char *const movable[] = {"SEV_LIVE_MIGRATABLE", "SEV_LIVE_MIGRATABLE_V2"};
    static const char *const wanted[][2] = {
        {"SEV", "SEV_CAPABLE"}, {"SEV_SNP", "SEV_SNP_CAPABLE"}, {"TDX", "TDX_CAPABLE"}};

    for (size_t i = 0; i < 2; i++) {
        if (has_feature(image, movable[i]))
            problems_add(problems, ERR_POLICY, "has %s: its memory could be moved while it runs",
                         movable[i]);
    }
    if (!has_feature(image, "UEFI_COMPATIBLE"))
        problems_add(problems, ERR_POLICY, "lacks UEFI_COMPATIBLE, so there is no Secure Boot");
    for (size_t i = 0; plan->type && i < 3; i++) {
        if (strcmp(plan->type, wanted[i][0]) == 0 && !has_feature(image, wanted[i][1]))
            problems_add(problems, ERR_POLICY, "lacks %s", wanted[i][1]);
    }
}

enum err_code launch_check_image(const struct launch_plan *plan, struct slice json,
                                 struct arena *arena, const char **id, struct err *err)
{
    const struct node *root, *architecture, *number;
    struct problems problems = {0};

    *id = NULL;
    if (parse(json, "image", arena, &root, err) != ERR_OK)
        return err->code;
    if (!is_text(node_get(root, "status"), "READY"))
        problems_add(&problems, ERR_POLICY, "its status is %s, want READY",
                     shown(node_get(root, "status")).text);
    architecture = node_get(root, "architecture");
    if (architecture && plan->machine && !is_text(architecture, plan->machine->architecture))
        problems_add(&problems, ERR_POLICY, "is for %s, and %s is %s", shown(architecture).text,
                     plan->request->machine_type, plan->machine->architecture);
    check_features(plan, root, &problems);
    number = node_get(root, "id");
    if (!number || node_text(number).len == 0)
        problems_add(&problems, ERR_FORMAT, "gcloud does not say its id");
    if (problems_done(&problems, err) != ERR_OK)
        return err_add(err, "image %s", quote_bare(slice_text(plan->request->image)).text);
    *id = arena_copy(arena, node_text(number), err);
    return *id ? ERR_OK : err->code;
}

enum err_code launch_check_disk(const char *image_id, struct slice json, struct arena *arena,
                                struct err *err)
{
    const struct node *root, *id;

    if (parse(json, "boot disk", arena, &root, err) != ERR_OK)
        return err->code;
    id = node_get(root, "sourceImageId");
    if (id && slice_is(node_text(id), image_id))
        return ERR_OK;
    return err_set(err, ERR_POLICY, "its boot disk was made of the image %s with the id %s, want id %s",
                   shown(node_get(root, "sourceImage")).text, shown(id).text, image_id);
}

/* --- Instance ----------------------------------------------------------------------------------- */

static void check_type(const struct launch_plan *plan, const struct node *instance,
                       struct problems *problems)
{
    const struct node *config = node_get(instance, "confidentialInstanceConfig");
    const struct node *type = node_get(config, "confidentialInstanceType");

    if (!plan->type || is_text(type, plan->type))
        return;
    /* Of SEV, the first kind there was, old answers say but that it is on. */
    if (!type && strcmp(plan->type, "SEV") == 0 &&
        is_true(node_get(config, "enableConfidentialCompute")))
        return;
    problems_add(problems, ERR_POLICY, "confidential computing is %s, want %s", shown(type).text,
                 plan->type);
}

static void check_shield(const struct node *instance, struct problems *problems)
{
    static const char *const wanted[][2] = {{"enableSecureBoot", "Secure Boot"},
                                            {"enableVtpm", "the vTPM"},
                                            {"enableIntegrityMonitoring", "integrity monitoring"}};
    const struct node *config = node_get(instance, "shieldedInstanceConfig");

    for (size_t i = 0; i < 3; i++) {
        if (!is_true(node_get(config, wanted[i][0])))
            problems_add(problems, ERR_POLICY, "%s is not on", wanted[i][1]);
    }
}

static void check_user_data(const struct launch_plan *plan, const struct node *instance,
                            struct problems *problems)
{
    const struct node *list = node_get(node_get(instance, "metadata"), "items");
    size_t found = 0;

    for (const struct node *at = node_first(list); at; at = node_next(list, at)) {
        if (!is_text(node_get(at, "key"), "user-data"))
            continue;
        found++;
        if (!slice_equal(node_text(node_get(at, "value")), plan->request->user_data))
            problems_add(problems, ERR_POLICY, "its user data is not what was given");
    }
    if (found != 1)
        problems_add(problems, ERR_POLICY, "it has user data %zu times, want once", found);
}

/* The last part of a link. */
static bool ends_in(const struct node *link, const char *name)
{
    struct slice text = node_text(link);
    size_t len = strlen(name);

    return text.len > len && text.ptr[text.len - len - 1] == '/' &&
           slice_is(slice_part(text, text.len - len, len), name);
}

/* One, to boot from, which has the instance's name. */
static void check_disks(const struct launch_plan *plan, const struct node *instance,
                        struct problems *problems)
{
    const struct node *list = node_get(instance, "disks"), *first = node_first(list);

    if (!first || node_next(list, first))
        problems_add(problems, ERR_POLICY, "it has %s, want one", first ? "several disks" : "no disk");
    else if (!is_true(node_get(first, "boot")) ||
             !ends_in(node_get(first, "source"), plan->request->name))
        problems_add(problems, ERR_POLICY, "its disk is %s, want %s to boot from",
                     shown(node_get(first, "source")).text, plan->request->name);
}

enum err_code launch_check_instance(const struct launch_plan *plan, struct slice json,
                                    struct arena *arena, struct err *err)
{
    const struct node *root, *policy;
    struct problems problems = {0};

    if (parse(json, "instance", arena, &root, err) != ERR_OK)
        return err->code;
    policy = node_get(node_get(root, "scheduling"), "onHostMaintenance");
    if (!is_text(node_get(root, "name"), plan->request->name))
        problems_add(&problems, ERR_POLICY, "its name is %s", shown(node_get(root, "name")).text);
    if (!ends_in(node_get(root, "machineType"), plan->request->machine_type))
        problems_add(&problems, ERR_POLICY, "its machine type is %s",
                     shown(node_get(root, "machineType")).text);
    if (!is_text(policy, "TERMINATE"))
        problems_add(&problems, ERR_POLICY, "on host maintenance it would do %s, want TERMINATE",
                     shown(policy).text);
    check_type(plan, root, &problems);
    check_shield(root, &problems);
    check_user_data(plan, root, &problems);
    check_disks(plan, root, &problems);
    return problems_done(&problems, err);
}
