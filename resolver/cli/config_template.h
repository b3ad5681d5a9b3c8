/*
 * config_template.h - a commented constellation-conf.yaml to start with.
 *
 * In the flow:  config generate -> [config_template] -> the user's editor -> config
 */
#ifndef SEALIFT_CLI_CONFIG_TEMPLATE_H
#define SEALIFT_CLI_CONFIG_TEMPLATE_H

#include "resolver/base/buf.h"
#include "resolver/core/csp.h"
#include "resolver/core/uid.h"

/* Appends the file for one provider to out. repository may be NULL: it is then a comment. */
void config_template(enum csp csp, const struct uid *uid, const char *repository, struct buf *out);

#endif
