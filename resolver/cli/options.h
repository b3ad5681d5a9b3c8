/*
 * options.h - the command line: one table of options, one grammar for both programs.
 *
 * In the flow:  argv -> [options] -> struct invocation -> verb
 * Grammar:      PROGRAM VERB [ARGUMENTS] [OPTIONS]; options anywhere after the verb, as
 *               "--name VALUE" or "--name=VALUE" (so, if VALUE begins with "--"); "--" ends them;
 *               "-" alone is an argument.
 * Checked here: that the verb knows each option, that one that counts once is given once, the
 *               number of arguments.
 * Help:         made from the same tables; tests/lint compares it with the manual.
 */
#ifndef SEALIFT_CLI_OPTIONS_H
#define SEALIFT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/base/buf.h"
#include "resolver/base/err.h"

#define ARGUMENTS_MAX 1100 /* a split archive has up to 999 parts */
#define REPEATS_MAX 64     /* times that a repeatable option may be given */

/* id, name, short name or 0, what the value is called or NULL for a flag, repeatable, help.
 * First what verbs of both programs take, then what those of sealift alone do. */
#define OPTIONS_OF_BOTH(X)                                                                      \
    X(OPT_CSP, "csp", 0, "CSP", false, "cloud: aws, azure, gcp, openstack or qemu")             \
    X(OPT_REGION, "region", 0, "REGION", false, "region of the image (AWS)")                    \
    X(OPT_VARIANT, "variant", 0, "VARIANT", false,                                              \
      "attestation variant or security type, by its old or new name")                           \
    X(OPT_CONFIG, "config", 0, "FILE", false,                                                   \
      "read what is not given here from this constellation-conf.yaml")                          \
    X(OPT_TABLE_DIR, "table-dir", 0, "DIR", false,                                              \
      "folder of local lookup tables (default: the current one)")                               \
    X(OPT_REPOSITORY, "repository", 0, "DIR|URL", false,                                        \
      "where tables and measurements lie (default: SEALIFT_REPOSITORY, else the CDN)")          \
    X(OPT_LAYOUT, "layout", 0, "LAYOUT", false,                                                 \
      "paths in the repository: rfc, v1 or v2 (default: tried in that order)")                  \
    X(OPT_OFFLINE, "offline", 0, NULL, false, "never use the network")                          \
    X(OPT_CA, "ca", 0, "FILE", false,                                                           \
      "trust anchors for https, in place of the system's and SSL_CERT_FILE")                    \
    X(OPT_CONNECT_TIMEOUT, "connect-timeout", 0, "SECONDS", false,                              \
      "limit for name lookup, connecting and TLS (default: 15)")                                \
    X(OPT_TIMEOUT, "timeout", 0, "SECONDS", false,                                              \
      "limit for a transfer that makes no progress (default: 30)")                              \
    X(OPT_RETRIES, "retries", 0, "N", false, "further tries after a failed one (default: 3)")   \
    X(OPT_DOWNLOAD, "download", 0, "FILE", false,                                               \
      "get the image too, where the reference is a URL; goes on where it was broken off")       \
    X(OPT_SHA256, "sha256", 0, "HEX", false, "what the downloaded image must be")               \
    X(OPT_PROGRESS, "progress", 0, "HOW", false,                                                \
      "bar, json or none (default: bar on a terminal)")                                         \
    X(OPT_KEY, "key", 0, "FILE", true, "public key that measurements or a file must be signed by") \
    X(OPT_TABLE_KEY, "table-key", 0, "FILE", true, "public key that lookup tables must be signed by") \
    X(OPT_THRESHOLD, "threshold", 0, "N", false, "how many different keys must have signed (default: 1)") \
    X(OPT_SIGNATURE, "signature", 0, "FILE", true,                                              \
      "signature to check: .sig or .sigstore.json (default: those beside the file)")            \
    X(OPT_FORMAT, "format", 0, "FORMAT", false, "yaml, v1, v2 (JSON) or env (PCR4=...); default: yaml") \
    X(OPT_TERRAFORM, "terraform", 0, NULL, false,                                               \
      "speak Terraform's external-data protocol: a JSON object in, one out")                    \
    X(OPT_LATEST, "latest", 0, NULL, false, "print the newest version alone")                   \
    X(OPT_REF, "ref", 0, "REF", false, "branch of the versions (default: -, releases)")         \
    X(OPT_STREAM, "stream", 0, "STREAM", false,                                                 \
      "stream of the versions (default: stable, or nightly on a branch)")                       \
    X(OPT_IMAGE, "image", 0, "UID", false, "version for the image field (default: the newest there is)") \
    X(OPT_OUTPUT, "output", 'o', "FILE", false, "write there; - is standard output")            \
    X(OPT_JSON, "json", 0, NULL, false, "answer with one JSON object; errors too")              \
    X(OPT_QUIET, "quiet", 'q', NULL, false, "no warnings")                                      \
    X(OPT_VERBOSE, "verbose", 'v', NULL, false, "say what is being done")                       \
    X(OPT_HELP, "help", 'h', NULL, false, "show this help")                                     \
    X(OPT_VERSION, "version", 0, NULL, false, "show the version of this program and of what is linked in")

#define OPTIONS_OF_SEALIFT(X)                                                                   \
    X(OPT_BUNDLE_KEY, "bundle-key", 0, "FILE", true,                                            \
      "public key that a bundle must be signed by (default: those of --key)")                   \
    X(OPT_ZONE, "zone", 0, "ZONE", false, "where to start it, as europe-west4-a")               \
    X(OPT_MACHINE_TYPE, "machine-type", 0, "TYPE", false, "as n2d-standard-2")                  \
    X(OPT_CLOUD_IMAGE, "image", 0, "IMAGE", false, "image: a name, or projects/PROJECT/global/images/NAME") \
    X(OPT_LAUNCH_DATA, "user-data", 0, "FILE", false, "configuration of the machine: JSON")     \
    X(OPT_PROJECT, "project", 0, "PROJECT", false, "GCP project (default: the one gcloud is set to)") \
    X(OPT_CONFIDENTIAL_TYPE, "confidential-compute-type", 0, "KIND", false,                     \
      "SEV, SEV_SNP or TDX (default: the best of the machine)")                                 \
    X(OPT_ALLOW_NON_CONFIDENTIAL, "allow-non-confidential", 0, NULL, false,                     \
      "start a machine that has no confidential computing (Arm)")                               \
    X(OPT_DRY_RUN, "dry-run", 0, NULL, false, "print the commands, and do nothing")             \
    X(OPT_PUBLISH_PROJECT, "project", 0, "PROJECT", false, "GCP project that gets the image")           \
    X(OPT_BUCKET, "bucket", 0, "BUCKET", false, "where it is uploaded to (default: PROJECT-sealift)") \
    X(OPT_LOCATION, "location", 0, "LOCATION", false,                                           \
      "where the bucket lies (default: of a new one US, of one that is there anywhere)")         \
    X(OPT_FAMILY, "family", 0, "FAMILY", false, "image family (default: none)")                 \
    X(OPT_CLOUD_NAME, "name", 0, "NAME", false,                                                 \
      "what the image is to be called (default: made of stream, variant, architecture and version)") \
    X(OPT_ARCH, "arch", 0, "ARCH", false, "x86_64 or aarch64 (default: as the disk says)")      \
    X(OPT_SECURE_BOOT_KEYS, "secure-boot-keys", 0, "DIR", false, "folder of PK, KEK and db, in DER or PEM") \
    X(OPT_PUBLISH_TABLE, "table", 0, "FILE", false, "lookup table that gets the reference")     \
    X(OPT_WORK_DIR, "work-dir", 0, "DIR", false, "where the archive lies until the image is made") \
    X(OPT_LIST_MACHINES, "list-machines", 0, NULL, false, "print what is known of machine types") \
    X(OPT_GCLOUD, "gcloud", 0, "PATH", false, "the gcloud program (default: the one in PATH)")  \
    X(OPT_GCLOUD_TIMEOUT, "gcloud-timeout", 0, "SECONDS", false,                                \
      "limit for each call of gcloud (default: 600)")                                           \
    X(OPT_CONTAINER, "output", 'o', "FILE", false, "file to write")                             \
    X(OPT_TO, "to", 0, "FORM", false, "what to make: gcp, vhd or raw")                          \
    X(OPT_SIGN_KEY, "sign-key", 0, "FILE", true, "private key to sign with")                    \
    X(OPT_PREPARE, "prepare", 0, NULL, false, "print what a key in an HSM or KMS has to sign")  \
    X(OPT_ATTACH, "attach", 0, "SIG", true, "take this signature, made elsewhere by the key of --key") \
    X(OPT_BUNDLE, "output", 'o', "FILE", false, "the bundle; one that is there is replaced when the new one is complete") \
    X(OPT_SPEC, "file", 'f', "FILE", false, "read what is not given here from this pack specification (YAML)") \
    X(OPT_CSPS, "csp", 0, "CSP", true, "cloud to pack for (default: all that there are)")       \
    X(OPT_TABLE, "table", 0, "FILE", true, "lookup table; to pack, in place of the repository's") \
    X(OPT_MEASUREMENTS, "measurements", 0, "CSP=FILE", true,                                    \
      "measurements with signatures beside them; to pack, in place of the repository's")        \
    X(OPT_RAW_IMAGE, "image", 0, "CSP[/VARIANT]=FILE", true, "raw disk image")                  \
    X(OPT_EXTRA, "extra", 0, "PATH=FILE", true,                                                 \
      "further file to carry (SBOM, notes, keys), and its path in the repository")              \
    X(OPT_NO_IMAGES, "no-images", 0, NULL, false, "pack tables and measurements alone")         \
    X(OPT_ALLOW_UNSIGNED, "allow-unsigned", 0, NULL, false,                                     \
      "pack what no given key has signed, and mark it so for ever")                             \
    X(OPT_SPLIT, "split", 0, "SIZE", false,                                                     \
      "write parts of fat32, cd, dvd, bd or that many bytes (K, M, G)")                         \
    X(OPT_LEVEL, "level", 0, "N", false, "compression, from 1 to 19 (default: 3)")              \
    X(OPT_BEST_BEFORE, "best-before", 0, "DATE", false,                                         \
      "when the bundle expires: 2026-12-31, or 2026-12-31T23:59:59Z")                           \
    X(OPT_ANNOTATION, "annotation", 0, "KEY=VALUE", true, "text for every manifest of the bundle") \
    X(OPT_DEEP, "deep", 0, NULL, false, "check raw images too: decompress them")                \
    X(OPT_THREADS, "threads", 0, "N", false, "threads to work with (default: all processors)")  \
    X(OPT_TABLE_SIGN_KEY, "table-sign-key", 0, "FILE", true, "private key to sign lookup tables with") \
    X(OPT_REFERENCE, "reference", 0, "REFERENCE", false, "what the cloud calls the image: AMI id, gallery path, link, URL") \
    X(OPT_TABLE_LAYOUT, "layout", 0, "LAYOUT", false, "generation of the table: rfc, v1 or v2") \
    X(OPT_KEEP, "keep", 0, "UID", true, "a version that stays")                                 \
    X(OPT_INTO, "into", 0, "DIR", false, "folder of the repository to import into")             \
    X(OPT_BASE_URL, "base-url", 0, "URL", false,                                                \
      "where DIR is served: qemu and openstack references to carried images point there")       \
    X(OPT_KEEP_COMPRESSED, "keep-compressed", 0, NULL, false,                                   \
      "leave images as they are stored, .raw.zst")                                              \
    X(OPT_REPLACE, "replace", 0, NULL, false, "replace what is there with other contents")      \
    X(OPT_ALLOW_ROLLBACK, "allow-rollback", 0, NULL, false,                                     \
      "take versions that are older than the repository has had")                               \
    X(OPT_EXPIRED, "expired", 0, "HOW", false,                                                  \
      "a bundle past its best-before date: fail or warn (default: fail)")                       \
    X(OPT_UID, "uid", 0, "UID", false, "version that is meant or made")                         \
    X(OPT_MERGE, "merge", 0, "FILE", false, "add to the v2 measurements in FILE")               \
    X(OPT_UKI, "uki", 0, NULL, false, "the file is a UKI, not a disk")                          \
    X(OPT_STUB, "stub", 0, "N", false, "version of systemd-stub, where the UKI does not say")   \
    X(OPT_SECURE_BOOT, "secure-boot", 0, "ON|OFF", false, "whether Secure Boot is on (default: off)") \
    X(OPT_LOADER, "loader", 0, NULL, false, "systemd-boot starts the UKI")                      \
    X(OPT_PATH, "path", 0, "PATH", false, "of the UKI on the EFI system partition")             \
    X(OPT_PHASE, "phase", 0, "LIST", true, "how far user space has come: enter-initrd:leave-initrd") \
    X(OPT_BANK, "bank", 0, "BANK", false, "sha256 or sha384 (default: sha256)")                 \
    X(OPT_STAGE2, "stage2", 0, "FILE", false, "what lockboot's stage 1 starts: PCR 14")         \
    X(OPT_USER_DATA, "user-data", 0, "FILE", false, "the configuration of lockboot's stage 1: PCR 15") \
    X(OPT_EVENTS, "events", 0, NULL, false, "print the predicted event log")                    \
    X(OPT_ENFORCE, "enforce", 0, "LIST", false,                                                 \
      "registers that are enforced (default: 4,8,9,11,12,13,15), or none")                      \
    X(OPT_PCRS, "pcrs", 0, "FILE", false, "register values that the log must give (tpm2_pcrread)")

enum option {
#define X(id, name, short_name, value, repeatable, help) id,
    OPTIONS_OF_BOTH(X)
    OPTIONS_OF_SEALIFT(X)
#undef X
    OPTION_COUNT
};

/* What every verb takes that may use the network. */
#define NETWORK_OPTIONS OPT_OFFLINE, OPT_CA, OPT_CONNECT_TIMEOUT, OPT_TIMEOUT, OPT_RETRIES

struct invocation;

struct verb {
    const char *name;      /* "resolve", "config generate" */
    const char *arguments; /* "UID", as the help shows them */
    const char *summary;   /* one line */
    const char *details;   /* paragraphs for --help */
    size_t arguments_min, arguments_max;
    const enum option *options; /* OPTION_COUNT at the end; json, quiet, verbose, help go without saying */
    enum err_code (*run)(struct invocation *invocation, struct err *err);
};

struct invocation {
    const char *program; /* as it was called, without its folder */
    const struct verb *verb;
    const char *arguments[ARGUMENTS_MAX];
    size_t argument_count;
    size_t given[OPTION_COUNT];                          /* times */
    const char *values[OPTION_COUNT];                    /* the last value */
    const char *const *repeated[OPTION_COUNT];           /* all values of a repeatable option */
    const char *repeats[16][REPEATS_MAX];                /* what they point into */
    size_t repeats_used;
    struct buf *out;                                     /* standard output, written at the end */
};

struct option_row {
    const char *name;
    char short_name;
    const char *value;
    bool is_repeatable;
    const char *help;
};
#define OPTION_ROW(id, name, short_name, value, repeatable, help) {name, short_name, value, repeatable, help},

/* What is defined once a program: its verbs, NULL at the end; the first rows of the options, those that its
 * verbs take among them; and how many rows these are. */
extern const struct verb *const program_verbs[];
extern const struct option_row program_options[];
extern const size_t program_option_count;

/* Fills *invocation. argv[1...] is read; the verb may have two words. On failure (ERR_USAGE) what
 * was understood so far is filled, so that --json is known. */
enum err_code options_parse(int argc, char **argv, struct invocation *invocation,
                            struct err *err) MUST_USE;

/* Help of the program, and of one verb. */
void options_help(const char *program, struct buf *out);
void options_verb_help(const char *program, const struct verb *verb, struct buf *out);

#endif
