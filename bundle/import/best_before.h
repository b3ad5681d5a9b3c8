/*
 * best_before.h - whether a bundle is still to be taken, by its best-before date and the clock.
 *
 * In the flow:  manifest, the clock of this machine -> [best_before] -> import goes on, warns or not
 * Clock:        one that says a year before 2020, or a time before the bundle was made, is wrong; then
 *               nobody can tell, and that is said.
 * Not checked:  bundles without a best-before date: they have no age.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_BEST_BEFORE_H
#define SEALIFT_BUNDLE_IMPORT_BEST_BEFORE_H

#include "bundle/archive/manifest.h"

#define CLOCK_MIN 1577836800 /* 2020-01-01T00:00:00Z: before that no bundle was ever made */

/* now: seconds since 1970. ERR_POLICY when it is past its date, or that cannot be told. */
enum err_code best_before_check(const struct manifest *manifest, int64_t now,
                                struct err *err) MUST_USE;

#endif
