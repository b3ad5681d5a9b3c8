/* A launch: whatever is asked for and whatever gcloud answers, no command lacks what protects the machine, and
 * no answer passes that does not have it. Input: words for gcloud, one a line, up to an empty line; then user
 * data, which is taken for gcloud's answer, too. */
#include <string.h>

#include "bundle/publish/gcloud_text.h"
#include "bundle/publish/launch_options.h"
#include "bundle/publish/launch_plan.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX (LAUNCH_EXTRA_MAX + 2)

static const char *const machine_types[] = {"n2d-standard-2", "c3-standard-4", "c2d-standard-2", "t2a-standard-1"};

static bool has_word(const struct command *command, size_t from, const char *word)
{
    for (size_t i = from; i < command->count; i++) {
        if (strncmp(command->words[i], word, strlen(word)) == 0)
            return true;
    }
    return false;
}

/* All that protects comes after all that is passed on: in gcloud the last one wins. */
static void check_plan(const struct launch_plan *plan)
{
    static const char *const wanted[] = {
        "--maintenance-policy=TERMINATE", "--shielded-secure-boot", "--shielded-vtpm",
        "--shielded-integrity-monitoring", "--metadata-from-file=user-data=", "--image=img"};
    size_t last = 0;

    for (size_t i = 0; i < plan->create.count; i++) {
        for (size_t j = 0; j < plan->request->extra_count; j++)
            last = plan->create.words[i] == plan->request->extra[j] ? i : last;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        FUZZ_CHECK(has_word(&plan->create, last + 1, wanted[i]));
    FUZZ_CHECK(plan->request->allow_plain ||
               has_word(&plan->create, last + 1, "--confidential-compute-type="));
    FUZZ_CHECK(plan->create.words[plan->create.count] == NULL);
}

static void check_answers(const struct launch_plan *plan, struct slice json, struct arena *arena)
{
    const char *id;
    struct err err;

    if (launch_check_image(plan, json, arena, &id, &err) == ERR_OK)
        FUZZ_CHECK(id && id[0]);
    else
        FUZZ_CHECK(!id && err.code != ERR_OK);
    if (launch_check_instance(plan, json, arena, &err) == ERR_OK)
        FUZZ_CHECK(slice_find(json, 'T') < json.len); /* of TERMINATE */
    if (launch_check_disk("77", json, arena, &err) == ERR_OK)
        FUZZ_CHECK(slice_find(json, '7') < json.len || slice_find(json, '\\') < json.len);
}

static void check_words(struct slice text)
{
    static const enum gcloud_verdict never[] = {GCLOUD_OK, GCLOUD_USAGE};
    struct slice line = gcloud_text_line(text);
    enum gcloud_verdict verdict = gcloud_text_judge(1, text);

    FUZZ_CHECK(line.len == 0 || (line.ptr >= text.ptr && line.ptr + line.len <= text.ptr + text.len));
    FUZZ_CHECK(verdict != never[0] && verdict != never[1] && gcloud_text_meaning(verdict));
    if (verdict == GCLOUD_ABSENT)
        FUZZ_CHECK(memmem(text.ptr, text.len, "not found", 9) != NULL);
}

/* The words of the first lines, copied into arena. */
static size_t take_words(struct slice *rest, const char **words, struct arena *arena, struct err *err)
{
    size_t count = 0;

    while (rest->len && count < WORDS_MAX) {
        struct slice line = slice_cut(rest, '\n');

        if (line.len == 0)
            break;
        words[count] = slice_find(line, '\0') == line.len ? arena_copy(arena, line, err) : NULL;
        if (!words[count])
            break;
        count++;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct launch_request request = {
        .name = "vm", .zone = "us-central1-a", .image = "img", .user_data_path = "data.json"};
    struct slice rest = slice_of(data, size);
    const char *words[WORDS_MAX];
    struct launch_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)16 << 20);
    check_words(rest);
    request.extra = words;
    request.extra_count = take_words(&rest, words, &arena, &err);
    request.user_data = rest;
    for (size_t i = 0; i < sizeof machine_types / sizeof machine_types[0]; i++) {
        request.machine_type = machine_types[i];
        request.allow_plain = machine_types[i][0] == 't';
        if (launch_plan_make(&request, &arena, &plan, &err) != ERR_OK) {
            FUZZ_CHECK(err.code != ERR_OK && plan.create.count == 0);
            continue;
        }
        check_plan(&plan);
        check_answers(&plan, rest, &arena);
        check_answers(&plan, slice_of(data, size), &arena);
    }
    arena_clear(&arena);
    return 0;
}
