/*
 * secure_boot.h - the Secure Boot keys that an image brings along: PK, KEK and db.
 *
 * In the flow:  files of a folder -> [secure_boot] -> certificates in DER -> gcp_plan
 * Forms read:   X.509 certificates, in DER or PEM, one a file; the same one in both forms is one.
 * Told by name: PK.der, KEK.pem, db.crt, db-vendor.cer, KEK2.der ...: the role, perhaps digits or more
 *               after a "-", and .der, .cer, .crt or .pem.
 * Checked here: one PK, at least one KEK and one db; that no certificate stands in two roles, none names
 *               another role in its subject, and none was issued by one that is below it: PK issues KEK,
 *               KEK issues db, or each itself. EFI signature lists, signed updates and private keys are
 *               named as what they are.
 * Not checked:  signatures and dates: firmware does not look at the latter either.
 * Memory:       borrows from the files and the arena.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_SECURE_BOOT_H
#define SEALIFT_BUNDLE_PUBLISH_SECURE_BOOT_H

#include <stdbool.h>

#include "resolver/base/arena.h"

#define SECURE_BOOT_KEYS_MAX 16 /* of all roles */
#define SECURE_BOOT_FILE_MAX ((size_t)64 << 10)

enum secure_boot_role { SECURE_BOOT_PK, SECURE_BOOT_KEK, SECURE_BOOT_DB, SECURE_BOOT_NONE };

struct secure_boot_key {
    enum secure_boot_role role;
    const char *name; /* of the file, for messages */
    struct slice der;
    struct slice subject, issuer; /* whole elements */
};

struct secure_boot {
    struct secure_boot_key keys[SECURE_BOOT_KEYS_MAX];
    size_t count;
};

/* The role that a file has by its name; SECURE_BOOT_NONE for files that are not meant. */
enum secure_boot_role secure_boot_role_of(const char *file_name);

/* Adds the certificate of a file with that role. ERR_FORMAT: none; ERR_POLICY: a private key;
 * ERR_USAGE: a second PK; ERR_LIMIT. err names the file. */
enum err_code secure_boot_add(struct secure_boot *keys, const char *name, enum secure_boot_role role,
                              struct slice bytes, struct arena *arena, struct err *err) MUST_USE;

/* When all are there: ERR_USAGE for a role that has none, ERR_POLICY for roles that are mixed up. */
enum err_code secure_boot_check(const struct secure_boot *keys, struct err *err) MUST_USE;

#endif
