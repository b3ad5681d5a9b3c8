/* The half of gcp_plan.h that reads what gcloud answers. */
#include <stdio.h>
#include <string.h>

#include "bundle/publish/gcp_plan.h"
#include "bundle/publish/problems.h"
#include "resolver/base/base64.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/net/decimal.h"

#define GIB ((uint64_t)1 << 30)
#define WANTED_MAX 512

static bool is_text(const struct node *node, const char *want)
{
    return node && node->type == NODE_STRING && slice_is(node_text(node), want);
}

/* Its text for a message; "nothing" when it is not there. */
static struct quoted shown(const struct node *node)
{
    return node && node_text(node).ptr ? quote(node_text(node)) : quote_bare(SLICE("nothing"));
}

static enum err_code parse(struct slice json, const char *what, const char *name,
                           struct arena *arena, const struct node **root, struct err *err)
{
    struct err reason;

    if (json_parse(json, arena, root, &reason) != ERR_OK)
        return err_set(err, reason.code == ERR_FORMAT ? ERR_TOOL : reason.code,
                       "gcloud's answer on %s %s: %s", what, name, reason.msg);
    if ((*root)->type != NODE_MAP)
        return err_set(err, ERR_TOOL, "gcloud's answer on %s %s: have %s, want an object", what, name,
                       node_type_name(*root));
    return ERR_OK;
}

/* --- Absent --------------------------------------------------------------------------------------- */

static bool contains(struct slice text, const char *want)
{
    return text.len && memmem(text.ptr, text.len, want, strlen(want)) != NULL;
}

bool gcp_absent_image(const struct gcp_plan *plan, struct slice errors)
{
    char want[WANTED_MAX];

    snprintf(want, sizeof want, "/global/images/%s' was not found", plan->request->name);
    return contains(errors, want);
}

bool gcp_absent_bucket(const struct gcp_plan *plan, struct slice errors)
{
    char want[WANTED_MAX];

    snprintf(want, sizeof want, "%s not found: 404", plan->bucket_url);
    return contains(errors, want);
}

bool gcp_absent_object(const struct gcp_plan *plan, struct slice errors)
{
    char want[WANTED_MAX];

    snprintf(want, sizeof want, "%s not found: 404", plan->object_url);
    return contains(errors, want);
}

/* --- Bucket --------------------------------------------------------------------------------------- */

enum err_code gcp_answer_bucket(const struct gcp_plan *plan, struct slice json, struct arena *arena,
                                struct err *err)
{
    struct problems problems = {0};
    const char *wanted = plan->request->location;
    const struct node *root, *location;

    if (parse(json, "bucket", plan->bucket, arena, &root, err) != ERR_OK)
        return err->code;
    location = node_get(root, "location");
    if (!is_text(node_get(root, "name"), plan->bucket))
        problems_add(&problems, ERR_POLICY, "its name is %s", shown(node_get(root, "name")).text);
    if (wanted && !(location && slice_is_nocase(node_text(location), wanted)))
        problems_add(&problems, ERR_POLICY, "lies in %s, want %s: choose another --bucket",
                     shown(location).text, wanted);
    if (problems_done(&problems, err) != ERR_OK)
        return err_add(err, "bucket %s", plan->bucket);
    return ERR_OK;
}

/* --- Object --------------------------------------------------------------------------------------- */

static void compare_md5(const struct node *have, const struct gcp_object *want,
                        struct problems *problems)
{
    uint8_t md5[MD5_SIZE];
    struct err ignored;
    size_t len;

    if (!have)
        problems_add(problems, ERR_POLICY, "has no MD5 to be compared (it was put together of parts)");
    else if (base64_decode(node_text(have), md5, sizeof md5, &len, &ignored) != ERR_OK ||
             len != MD5_SIZE || memcmp(md5, want->md5, MD5_SIZE) != 0)
        problems_add(problems, ERR_POLICY, "its MD5 is another than the archive's");
}

enum err_code gcp_answer_object(const struct gcp_plan *plan, const struct gcp_object *want,
                                struct slice json, struct arena *arena, const char **generation,
                                struct err *err)
{
    struct problems problems = {0};
    const struct node *root, *size, *written;
    uint64_t bytes;

    *generation = NULL;
    if (parse(json, "object", plan->object_url, arena, &root, err) != ERR_OK)
        return err->code;
    size = node_get(root, "size");
    written = node_get(root, "generation");
    if (!size || !decimal_parse(node_text(size), UINT64_MAX, &bytes) || !written ||
        node_text(written).len == 0)
        return err_set(err, ERR_TOOL, "gcloud's answer on object %s: has no size or generation",
                       plan->object_url);
    if (bytes != want->size)
        problems_add(&problems, ERR_POLICY, "has %llu bytes, the archive %llu",
                     (unsigned long long)bytes, (unsigned long long)want->size);
    compare_md5(node_get(root, "md5_hash"), want, &problems);
    if (problems_done(&problems, err) != ERR_OK)
        return err_add(err, "object %s is another one: delete it (gcloud storage rm %s), or take another "
                       "--bucket", plan->object_url, plan->object_url);
    *generation = arena_copy(arena, node_text(written), err);
    return *generation ? ERR_OK : err->code;
}

/* --- Image ---------------------------------------------------------------------------------------- */

/* The next of "A,B,C" that the list lacks; empty when it has all. */
static struct slice missing_feature(const struct node *list, struct slice wanted)
{
    while (wanted.len) {
        struct slice name = slice_cut(&wanted, ',');
        bool has = false;

        for (const struct node *at = node_first(list); at; at = node_next(list, at))
            has = has || slice_equal(node_text(node_get(at, "type")), name);
        if (!has)
            return name;
    }
    return wanted;
}

static bool is_wanted(struct slice feature, struct slice wanted)
{
    while (wanted.len) {
        if (slice_equal(slice_cut(&wanted, ','), feature))
            return true;
    }
    return false;
}

/* The value of --name=value in the command that makes the image; empty when it is not there. */
static struct slice asked(const struct gcp_plan *plan, const char *option)
{
    const struct command *command = &plan->create_image;
    size_t len = strlen(option);

    for (size_t i = 0; i < command->count; i++) {
        if (strncmp(command->words[i], option, len) == 0 && command->words[i][len] == '=')
            return slice_text(command->words[i] + len + 1);
    }
    return (struct slice){NULL, 0};
}

static void check_features(const struct gcp_plan *plan, const struct node *image,
                           struct problems *problems)
{
    const struct node *list = node_get(image, "guestOsFeatures");
    struct slice wanted = asked(plan, "--guest-os-features"), missing = missing_feature(list, wanted);

    if (missing.len)
        problems_add(problems, ERR_POLICY, "lacks the guest feature %s", quote_bare(missing).text);
    for (const struct node *at = node_first(list); at; at = node_next(list, at)) {
        if (!is_wanted(node_text(node_get(at, "type")), wanted))
            problems_add(problems, ERR_POLICY, "has the guest feature %s",
                         shown(node_get(at, "type")).text);
    }
}

/* The source as the service writes it: gs://B/O, https://HOST/B/O or https://HOST/.../b/B/o/O; it may
 * leave it out. */
static void check_source(const struct gcp_plan *plan, const struct node *image,
                         struct problems *problems)
{
    const struct node *source = node_get(node_get(image, "rawDisk"), "source");
    char plain[WANTED_MAX], of_api[WANTED_MAX];
    struct slice text = node_text(source);

    snprintf(plain, sizeof plain, "/%s/%s", plan->bucket, plan->object);
    snprintf(of_api, sizeof of_api, "/b/%s/o/%s", plan->bucket, plan->object);
    if (text.len && !slice_ends(text, plain) && !slice_ends(text, of_api))
        problems_add(problems, ERR_POLICY, "was made of %s, want %s", quote(text).text,
                     plan->object_url);
}

/* base64 in either alphabet, whether padded or not. */
static bool is_base64_of(struct slice text, struct slice der, struct arena *arena)
{
    char *copy;
    uint8_t *bytes;
    struct err ignored;
    size_t len, padded;

    while (text.len && text.ptr[text.len - 1] == '=')
        text.len--;
    padded = (text.len + 3) / 4 * 4;
    copy = arena_alloc(arena, padded + 1, &ignored);
    bytes = arena_alloc(arena, padded + 1, &ignored);
    if (!copy || !bytes)
        return false;
    for (size_t i = 0; i < padded; i++) {
        char c = i < text.len ? (char)text.ptr[i] : '=';

        copy[i] = c;
        if (c == '-')
            copy[i] = '+';
        else if (c == '_')
            copy[i] = '/';
    }
    return base64_decode(slice_of(copy, padded), bytes, padded, &len, &ignored) == ERR_OK &&
           slice_equal(slice_of(bytes, len), der);
}

static bool has_content(const struct node *holder, struct slice der, struct arena *arena)
{
    return is_base64_of(node_text(node_get(holder, "content")), der, arena);
}

/* Whether the list has the keys of that role, all of them and no others. */
static bool are_keys(const struct secure_boot *keys, enum secure_boot_role role,
                     const struct node *list, struct arena *arena)
{
    size_t wanted = 0;

    for (size_t i = 0; keys && i < keys->count; i++) {
        bool has = keys->keys[i].role != role;

        wanted += !has;
        for (const struct node *at = node_first(list); !has && at; at = node_next(list, at))
            has = has_content(at, keys->keys[i].der, arena);
        if (!has)
            return false;
    }
    return node_count(list) == wanted;
}

static bool is_platform_key(const struct secure_boot *keys, const struct node *pk,
                            struct arena *arena)
{
    for (size_t i = 0; keys && i < keys->count; i++) {
        if (keys->keys[i].role == SECURE_BOOT_PK)
            return has_content(pk, keys->keys[i].der, arena);
    }
    return node_text(node_get(pk, "content")).len == 0;
}

static void check_keys(const struct gcp_plan *plan, const struct node *image, struct arena *arena,
                       struct problems *problems)
{
    const struct node *state = node_get(image, "shieldedInstanceInitialState");
    const struct secure_boot *keys = plan->request->keys;
    const struct node *dbxs = node_get(state, "dbxs");

    if (!is_platform_key(keys, node_get(state, "pk"), arena))
        problems_add(problems, ERR_POLICY, "its Secure Boot PK is another");
    if (!are_keys(keys, SECURE_BOOT_KEK, node_get(state, "keks"), arena))
        problems_add(problems, ERR_POLICY, "its Secure Boot KEKs are others");
    if (!are_keys(keys, SECURE_BOOT_DB, node_get(state, "dbs"), arena))
        problems_add(problems, ERR_POLICY, "its Secure Boot db is another");
    if (node_count(dbxs) > 0)
        problems_add(problems, ERR_POLICY, "has a Secure Boot dbx");
}

static void check_text(const struct node *image, const char *key, const char *name,
                       const char *want, struct problems *problems)
{
    const struct node *have = node_get(image, key);

    if (want ? !is_text(have, want) : node_text(have).len > 0)
        problems_add(problems, ERR_POLICY, "its %s is %s, want %s", name, shown(have).text,
                     want ? want : "none");
}

static void check_size(const struct gcp_plan *plan, const struct node *image,
                       struct problems *problems)
{
    const struct node *size = node_get(image, "diskSizeGb");
    uint64_t gib;

    if (size && (!decimal_parse(node_text(size), UINT64_MAX, &gib) ||
                 gib != plan->request->disk_size / GIB))
        problems_add(problems, ERR_POLICY, "has %s GiB, want %llu", shown(size).text,
                     (unsigned long long)(plan->request->disk_size / GIB));
}

/* Deprecated images are still there, but a name that leads to one is a trap. */
static void check_deprecated(const struct node *image, struct problems *problems)
{
    const struct node *state = node_get(node_get(image, "deprecated"), "state");

    if (state && !is_text(state, "ACTIVE"))
        problems_add(problems, ERR_POLICY, "is marked as %s", shown(state).text);
}

static enum err_code check_status(const struct gcp_plan *plan, const struct node *image,
                                  struct err *err)
{
    const struct node *status = node_get(image, "status");

    if (is_text(status, "READY"))
        return ERR_OK;
    if (is_text(status, "PENDING"))
        return err_set(err, ERR_TOOL, "image %s: is still being made: run the same command again in a "
                       "while", plan->request->name);
    return err_set(err, ERR_TOOL, "image %s: its status is %s, want READY: delete it (gcloud compute "
                   "images delete %s --project=%s) and run the same command again",
                   plan->request->name, shown(status).text, plan->request->name,
                   plan->request->project);
}

enum err_code gcp_answer_image(const struct gcp_plan *plan, struct slice json, struct arena *arena,
                               struct err *err)
{
    struct problems problems = {0};
    const struct node *root;

    if (parse(json, "image", plan->request->name, arena, &root, err) != ERR_OK)
        return err->code;
    check_text(root, "name", "name", plan->request->name, &problems);
    check_text(root, "description", "description", plan->description, &problems);
    check_text(root, "architecture", "architecture", plan->architecture, &problems);
    check_text(root, "family", "family", plan->request->family, &problems);
    check_features(plan, root, &problems);
    check_size(plan, root, &problems);
    check_source(plan, root, &problems);
    check_keys(plan, root, arena, &problems);
    check_deprecated(root, &problems);
    return problems_done(&problems, err) == ERR_OK ? check_status(plan, root, err) : err->code;
}
