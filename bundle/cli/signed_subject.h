/*
 * signed_subject.h - an image out of a bundle that must be signed: opened, ready to be used.
 *
 * In the flow:  IMAGE..., keys -> [signed_subject] -> subject -> convert, publish gcp
 * Trust:        the bundle must be signed as the keys demand, and its best-before date not be past; what is
 *               stored of the image has the digest that the signed manifest lists.
 * Not checked:  that what it is decompressed to has the one that is listed for it: whoever hands all of the
 *               image on does that (extents.h); measurements and tables of the bundle, or that they
 *               describe the image.
 * A disk:       nothing of one is signed. Options that would make one think otherwise are refused with it.
 */
#ifndef SEALIFT_BUNDLE_CLI_SIGNED_SUBJECT_H
#define SEALIFT_BUNDLE_CLI_SIGNED_SUBJECT_H

#include "bundle/cli/bundle_keys.h"
#include "bundle/cli/subject.h"

/*
 * Opens the bundle at the paths, as subject_open does, with the keys of the options, which are put into
 * *keys; choice->keys is not looked at. subject_close must follow, after failure too. err names the path,
 * or the part that is damaged. Codes: those of subject_open and bundle_keys_read, ERR_NO_KEY, ERR_POLICY
 * for a bundle past its date, ERR_USAGE for --expired, ERR_IO for what is no bundle any more.
 */
enum err_code signed_subject_open(struct session *session, const char *const *paths, size_t count,
                                  const struct subject_choice *choice, struct bundle_keys *keys,
                                  struct subject *subject, struct err *err) MUST_USE;

/* For a disk at path: ERR_USAGE when one of the options is given, which OPTION_COUNT ends. */
enum err_code signed_subject_refuse(const struct invocation *invocation, const char *path,
                                    const enum option *options, struct err *err) MUST_USE;

#endif
