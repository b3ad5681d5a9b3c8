/*
 * import_work.h - what the steps of one import share.
 *
 * In the flow:  import_run -> [import_work] -> import_ages, import_files, import_tables, import_records, import_space,
 *               import_stage, import_binding, import_move
 */
#ifndef SEALIFT_BUNDLE_IMPORT_IMPORT_WORK_H
#define SEALIFT_BUNDLE_IMPORT_IMPORT_WORK_H

#include "bundle/import/floor.h"
#include "bundle/import/import.h"
#include "bundle/import/staging.h"

struct import_work {
    const struct import_settings *settings;
    const struct repository *repository;
    struct arena *arena;
    struct import_result *result;
    struct staging staging;
    struct floor floor; /* as it is in the repository */
    int64_t *latest;    /* of each manifest: when the newest bundle with its uid was made that was imported */
};

/* Takes something although a rule speaks against it: the user hears of it, and the receipt has it. ERR_LIMIT. */
enum err_code import_decide(struct import_work *work, const struct err *why, struct err *err) MUST_USE;

/* Reads work->latest from the receipts. ERR_FORMAT, ERR_IO, ERR_LIMIT. */
enum err_code import_ages(struct import_work *work, struct err *err) MUST_USE;

/* Of a bundle that changes a table that is there: ERR_POLICY when it is older than one with the same uid that
 * was imported, unless settings->allow_rollback. */
enum err_code import_check_age(struct import_work *work, const struct signed_manifest *manifest,
                               struct err *err) MUST_USE;

/* Compares a placement with what the repository has: keep, add, or (with may_replace) replace.
 * *differs says that something else is there. Errors of repository_digest. */
enum err_code import_compare(struct import_work *work, struct placement *placement, bool may_replace,
                             bool *differs, struct err *err) MUST_USE;

/* All layers but tables and the signatures of tables. ERR_POLICY names those that are there with
 * other contents, without settings->replace. */
enum err_code import_files(struct import_work *work, struct err *err) MUST_USE;

/* Tables (import_table.h), their .upstream and their signatures. */
enum err_code import_tables(struct import_work *work, struct err *err) MUST_USE;

/* The bytes that are to be written, and whether there is room for them: ERR_LIMIT. */
enum err_code import_space(struct import_work *work, struct err *err) MUST_USE;

/* Writes everything that is to be written into the staging folder, checked. */
enum err_code import_stage(struct import_work *work, struct err *err) MUST_USE;

/* Whether the images have the registers that the signed measurements of the bundle say. ERR_FORGED; what
 * cannot be compared is a note. */
enum err_code import_binding(struct import_work *work, struct err *err) MUST_USE;

/* Version lists, floor and receipt. */
enum err_code import_records(struct import_work *work, struct err *err) MUST_USE;

/* Moves everything into place, in the order of the placements. */
enum err_code import_move(struct import_work *work, struct err *err) MUST_USE;

#endif
