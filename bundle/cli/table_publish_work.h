/*
 * table_publish_work.h - one run of table publish: what was given, and what is to be written where.
 *
 * In the flow:  verb_table_publish -> table_publish_plan -> [table_publish_work] -> table_publish_put
 * Trust:        the plan checks signatures, bindings, and what is there already; nothing is written before
 *               all of it is checked.
 * Memory:       the arena holds all that lives as long as the run.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_WORK_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_WORK_H

#include "bundle/cli/table_file.h"
#include "bundle/cli/table_publish_answer.h"
#include "bundle/cli/table_publish_binding.h"
#include "bundle/cli/table_publish_item.h"
#include "bundle/cli/table_publish_list.h"
#include "bundle/import/repository.h"
#include "resolver/cli/session.h"

struct table_publish_work {
    struct invocation *invocation;
    const char *folder;
    struct repository repository; /* open for its lock alone */
    struct arena arena;
    struct table_file table;
    struct session session;
    struct signature_files signatures; /* beside the table */
    struct verified verified;          /* by them; without signers where no keys are given */
    struct sign_keys sign_keys;
    bool takes[LAYOUT_COUNT]; /* which layouts get it */
    struct table_publish_item images[REPEATS_MAX], measurements[REPEATS_MAX];
    size_t image_count, measurements_count;
    struct table_publish_list lists[VERSION_LIST_KINDS];
    struct table_publish_answer answer;
};

/* Looks at all that was given and at all that is there, locks the repository, and fills *work; its session
 * must be open. An error is that of the first thing that does not fit; nothing has been written then. */
enum err_code table_publish_plan(struct table_publish_work *work, struct err *err) MUST_USE;

/* Writes what was planned: images, measurements, tables, and the version lists that name them last.
 * ERR_IO, ERR_POLICY for a link that has come in between; what was written until then stays. */
enum err_code table_publish_put(struct table_publish_work *work, struct err *err) MUST_USE;

/* name below the repository's folder, in the work's arena; NULL for memory (ERR_LIMIT). */
const char *table_publish_path(struct table_publish_work *work, const char *name, struct err *err);

/* Where the table lies in a layout; as above. */
const char *table_publish_table_path(struct table_publish_work *work, enum layout layout,
                                     struct err *err);

/* Whether path, of one of the two above, is reached through no link: ERR_POLICY, ERR_IO, ERR_LIMIT. */
enum err_code table_publish_may_write(const struct table_publish_work *work, const char *path,
                                      struct err *err) MUST_USE;

/* What table_file needs to know of the table that is in a layout: its path, the document that is to replace
 * it, and its bytes and signatures where one is there. Those of file_look and table_file_read. */
enum err_code table_publish_there(struct table_publish_work *work, enum layout layout,
                                  struct table_file *there, struct err *err) MUST_USE;

/* Whether the table goes as it is, with the signatures that it has: signed, and no key to sign it anew. */
bool table_publish_is_copied(const struct table_publish_work *work);

/* What images are compared with; it borrows from *work. */
struct table_publish_measured table_publish_measured_by(struct table_publish_work *work);

#endif
