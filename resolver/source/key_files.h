/*
 * key_files.h - public keys from files and from the default folders.
 *
 * In the flow:  --key FILE, or SEALIFT_KEYS -> [key_files] -> keys -> verify
 * Default:      the folder SEALIFT_KEYS, which must exist when it is set; else the first that
 *               exists of $HOME/.config/sealift/keys and /etc/sealift/keys; in it the subfolder of
 *               the purpose, and in that every *.pub and *.pem file, of which there must be one.
 *               What is given by option replaces the default set.
 * Checked here: that folder, subfolder and files belong to root or to this user, and that neither
 *               group nor others can write them: ERR_POLICY. The user database is not asked.
 */
#ifndef SEALIFT_SOURCE_KEY_FILES_H
#define SEALIFT_SOURCE_KEY_FILES_H

#include "resolver/core/keys.h"

/* Adds the key in the file at path; its name in the set is path. ERR_IO, ERR_FORMAT, ERR_LIMIT; err
 * names the file. */
enum err_code key_file_add(const char *path, struct arena *arena, struct keys *keys,
                           struct err *err) MUST_USE;

/*
 * Adds the default keys of a purpose: "measurements", "tables" or "bundles". sealift_keys and home
 * are the values of the environment, or NULL. No folder, or none for the purpose, adds nothing.
 * ERR_POLICY as above; ERR_IO when SEALIFT_KEYS names no folder; ERR_NO_KEY when the folder of the
 * purpose has no key in it: its absence says "no keys", its emptiness that something went wrong;
 * else as key_file_add.
 */
enum err_code key_folder_add(const char *sealift_keys, const char *home, const char *purpose,
                             struct arena *arena, struct keys *keys, struct err *err) MUST_USE;

#endif
