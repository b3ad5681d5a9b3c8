/*
 * select.h - the one entry of a table that fits the request.
 *
 * In the flow:  table -> [select] -> reference
 * Rule:         csp, then region (AWS) and variant, where given. What is left must be one image:
 *               with several and no choice made, the answer is the list, never a favourite.
 */
#ifndef SEALIFT_CORE_SELECT_H
#define SEALIFT_CORE_SELECT_H

#include "resolver/core/request.h"
#include "resolver/core/table.h"

/*
 * *entry is NULL on failure, else borrowed from the table.
 *   ERR_NOT_FOUND  nothing for this csp, region or variant; lists what there is
 *   ERR_AMBIGUOUS  several regions or variants fit (lists them), or one region and variant has two
 *                  different references
 */
enum err_code select_entry(const struct table *table, const struct request *request,
                           const struct table_entry **entry, struct err *err) MUST_USE;

#endif
