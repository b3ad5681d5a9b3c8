/*
 * table_publish_answer.h - what table publish answers: which files of the repository it has written.
 *
 * In the flow:  verb_table_publish -> [table_publish_answer] -> standard output
 * Memory:       borrows the paths.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_ANSWER_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_ANSWER_H

#include "bundle/table/version_list.h"
#include "resolver/cli/options.h"

#define TABLE_PUBLISH_ANSWER_MAX (2 * REPEATS_MAX + LAYOUT_COUNT + VERSION_LIST_KINDS)

struct table_publish_answer {
    struct {
        const char *path;
        bool is_new; /* written; else it was there, as it is to be */
    } files[TABLE_PUBLISH_ANSWER_MAX];
    size_t count;
};

/* The caller adds no more than TABLE_PUBLISH_ANSWER_MAX. */
void table_publish_answer_add(struct table_publish_answer *answer, const char *path, bool is_new);

/* A line for each file, in the order of adding; with --json one object. */
void table_publish_answer_print(const struct table_publish_answer *answer, const struct uid *uid,
                                const struct invocation *invocation);

#endif
