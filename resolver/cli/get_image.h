/*
 * get_image.h - resolve --download: the raw image behind a reference that is a URL.
 *
 * In the flow:  reference -> [get_image] -> download -> FILE
 * Trust:        as much as the reference, and --sha256 where it is given.
 */
#ifndef SEALIFT_CLI_GET_IMAGE_H
#define SEALIFT_CLI_GET_IMAGE_H

#include "resolver/cli/session.h"
#include "resolver/source/download.h"

/*
 * Downloads the image to the path of --download, showing progress. ERR_USAGE (the reference is no
 * URL, --sha256 is no digest), and those of download. *result is zeroed on failure; it has the
 * digest where --json or --sha256 asks for it.
 */
enum err_code get_image(struct session *session, struct slice reference,
                        struct download_result *result, struct err *err) MUST_USE;

#endif
