/* table publish DIR: a table, measurements and images put into a repository's folder. */
#include "bundle/cli/table_publish_work.h"
#include "bundle/cli/verbs.h"
#include "resolver/base/heap.h"

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct table_publish_work work = {.invocation = invocation, .repository = {.fd = -1, .hidden = -1, .lock = -1}};
    enum err_code rc;

    arena_init_heap(&work.arena, TABLE_FILE_MEMORY_MAX);
    rc = session_open(&work.session, invocation, err);
    if (rc == ERR_OK)
        rc = table_publish_plan(&work, err);
    if (rc == ERR_OK)
        rc = table_publish_put(&work, err);
    if (rc == ERR_OK)
        table_publish_answer_print(&work.answer, &work.table.document.uid, invocation);
    if (rc == ERR_OK)
        repository_close(&work.repository);
    else
        repository_undo(&work.repository);
    sign_keys_wipe(&work.sign_keys);
    session_close(&work.session);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {OPT_TABLE, OPT_MEASUREMENTS, OPT_RAW_IMAGE,
                                      OPT_KEY,   OPT_TABLE_KEY,    OPT_TABLE_SIGN_KEY,
                                      OPTION_COUNT};

const struct verb verb_table_publish = {
    .name = "table publish",
    .arguments = "DIR",
    .summary = "Puts a table, measurements and images into a repository's folder",
    .details =
        "The table goes into all layouts, measurements with their signature files into that of their\n"
        "generation, images beside them, and then the version into the version lists. Run again, it changes\n"
        "nothing, or completes what was broken off; measurements and images of a version are never\n"
        "replaced. One run at a time: while another one, or an import, is at work there, it is refused.\n"
        "\n"
        "Signatures are checked before anything is written: those of measurements with --key, those of\n"
        "the table with --table-key, or with the default folder of keys. Without keys only what a\n"
        "signature file says it is of is compared, and a warning says so. An image must be the one that\n"
        "verified measurements of its csp describe (PCR 4, 9 and 11, where they can be derived).\n"
        "\n"
        "A table with signature files goes with them into its own layout alone: signed bytes cannot be\n"
        "converted. With --table-sign-key it goes into all layouts, each signed by that key. A layout\n"
        "that cannot have the table must not have an older one, which would be found in its place.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run,
};
