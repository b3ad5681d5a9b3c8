/*
 * example.c - writes a bundle, and reads it: lists, resolves, and takes the image out.
 *
 *     cc example.c $(pkg-config --cflags --libs sealift-bundle) -o example
 *     ./example write BUNDLE PRIVATE.pem DISK.raw
 *     ./example read BUNDLE PUBLIC.pem OUT.raw
 *
 * Only the callbacks know that bytes lie in files.
 */
#define _XOPEN_SOURCE 700
#define _FILE_OFFSET_BITS 64
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealift_bundle.h"

static const char table[] =
    "{\"version\": \"v2.8.0\", \"ref\": \"-\", \"stream\": \"stable\", \"list\": [\n"
    "  {\"csp\": \"GCP\", \"attestationVariant\": \"gcp-sev-es\",\n"
    "   \"reference\": \"projects/p/global/images/v2-8-0\"}]}\n";

static int fail(const struct sealift_error *error)
{
    fprintf(stderr, "%s: %s\n", sealift_status_name(error->status), error->message);
    return error->status;
}

/* --- bytes in files ------------------------------------------------------------------------ */

static int read_at(void *context, uint64_t at, void *into, size_t size)
{
    char *next = into;

    while (size > 0) {
        ssize_t got = pread(*(int *)context, next, size, (off_t)at);

        if (got <= 0)
            return 1;
        next += got;
        at += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static int write_at(void *context, uint64_t at, const void *data, size_t size)
{
    const char *next = data;

    while (size > 0) {
        ssize_t put = pwrite(*(int *)context, next, size, (off_t)at);

        if (put <= 0)
            return 1;
        next += put;
        at += (uint64_t)put;
        size -= (size_t)put;
    }
    return 0;
}

static int set_size(void *context, uint64_t size)
{
    return ftruncate(*(int *)context, (off_t)size);
}

static struct sealift_input input_of(int *fd)
{
    struct stat status;

    return (struct sealift_input){.context = fd,
                                  .size = fstat(*fd, &status) ? 0 : (uint64_t)status.st_size,
                                  .read = read_at};
}

static int open_or_exit(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0666);

    if (fd < 0) {
        perror(path);
        exit(SEALIFT_IO);
    }
    return fd;
}

static struct sealift_bytes read_key(const char *path)
{
    static char pem[16 << 10];
    int fd = open_or_exit(path, O_RDONLY);
    ssize_t size = read(fd, pem, sizeof pem);

    close(fd);
    return (struct sealift_bytes){pem, size > 0 ? (size_t)size : 0};
}

/* --- writing ------------------------------------------------------------------------------- */

static int write_bundle(const char *path, const char *key, const char *disk_path)
{
    static unsigned char memory[1 << 20];
    int disk = open_or_exit(disk_path, O_RDONLY);
    int fd = open_or_exit(path, O_RDWR | O_CREAT | O_TRUNC);
    const struct sealift_input image = input_of(&disk);
    const struct sealift_bundle_item items[] = {
        {.kind = SEALIFT_BUNDLE_TABLE,
         .uid = "v2.8.0",
         .title = "constellation/v2/ref/-/stream/stable/v2.8.0/image/info.json",
         .bytes = {table, sizeof table - 1}},
        {.kind = SEALIFT_BUNDLE_IMAGE_ZSTD,
         .uid = "v2.8.0",
         .input = &image,
         .csp = "gcp",
         .variant = "gcp-sev-es"},
    };
    const struct sealift_bundle_signer signer = {.pem = read_key(key)};
    const struct sealift_bundle_plan plan = {
        .items = items, .item_count = 2, .signers = &signer, .signer_count = 1};
    const struct sealift_output output = {.context = &fd, .write = write_at, .set_size = set_size};
    struct sealift_error error;
    uint64_t size;

    if (sealift_bundle_write(&plan, &output, memory, sizeof memory, &size, &error))
        return fail(&error);
    return fsync(fd) ? SEALIFT_IO : SEALIFT_OK;
}

/* --- reading ------------------------------------------------------------------------------- */

/* A document that is read whole. */
struct document {
    char *bytes;
    size_t size;
};

static int keep(void *context, const void *data, size_t size)
{
    struct document *document = context;

    memcpy(document->bytes + document->size, data, size);
    document->size += size;
    return 0;
}

/* The bundle as a source of sealift.h: what is found is as its member lists it. */
static enum sealift_answer get(void *context, const char *name, size_t max_size,
                               struct sealift_memory *memory, struct sealift_bytes *document)
{
    struct sealift_trusted_bundle *trusted = context;
    size_t count;
    const struct sealift_bundle_member *members =
        sealift_bundle_members(sealift_bundle_of(trusted), &count);

    for (size_t i = 0; i < count; i++) {
        struct document found = {NULL, 0};
        const struct sealift_sink sink = {.context = &found, .write = keep};
        struct sealift_error error;

        if (strcmp(members[i].title, name) != 0)
            continue;
        if (members[i].size > max_size)
            return SEALIFT_FAILED;
        found.bytes = sealift_alloc(memory, (size_t)members[i].size);
        if (!found.bytes || sealift_bundle_read(trusted, i, &sink, &error))
            return SEALIFT_FAILED;
        *document = (struct sealift_bytes){found.bytes, found.size};
        return SEALIFT_FOUND;
    }
    return SEALIFT_ABSENT;
}

static int print_reference(struct sealift_trusted_bundle *trusted, struct sealift_error *error)
{
    static unsigned char memory[256 << 10];
    const struct sealift_source source = {.context = trusted, .name = "bundle", .get = get};
    const struct sealift_request request = {.uid = "v2.8.0", .csp = "gcp"};
    struct sealift_reference image;

    if (sealift_resolve(&request, NULL, &source, NULL, memory, sizeof memory, &image, error))
        return error->status;
    printf("reference %s (%s)\n", image.reference, image.variant);
    return SEALIFT_OK;
}

static int append(void *context, const void *data, size_t size)
{
    return fwrite(data, 1, size, context) != size;
}

static int pass_over(void *context, uint64_t size)
{
    return fseeko(context, (off_t)size, SEEK_CUR);
}

/* Into a file that nothing uses yet, which gets its name when all of it has been found good. */
static int take_out(struct sealift_trusted_bundle *trusted, size_t member, uint64_t size,
                    const char *path, struct sealift_error *error)
{
    char part[4096];
    FILE *out;
    int status;

    snprintf(part, sizeof part, "%s.part", path);
    out = fdopen(open_or_exit(part, O_RDWR | O_CREAT | O_TRUNC), "wb");
    if (!out)
        return SEALIFT_IO;
    status = sealift_bundle_read_image(
        trusted, member, 0,
        &(struct sealift_sink){.context = out, .write = append, .skip = pass_over}, error);
    if (status == SEALIFT_OK && (fflush(out) || ftruncate(fileno(out), (off_t)size) ||
                                 fsync(fileno(out)) || rename(part, path))) {
        *error = (struct sealift_error){SEALIFT_IO, "the file cannot be written"};
        status = SEALIFT_IO;
    }
    fclose(out);
    if (status != SEALIFT_OK)
        unlink(part);
    return status;
}

static int read_bundle(const char *path, const char *key, const char *out)
{
    static unsigned char memory[512 << 10];
    int fd = open_or_exit(path, O_RDONLY);
    const struct sealift_input archive = input_of(&fd);
    const struct sealift_bytes pem = read_key(key);
    const struct sealift_keys keys = {.pem = &pem, .count = 1};
    const struct sealift_bundle_member *members;
    struct sealift_trusted_bundle *trusted;
    struct sealift_bundle *bundle;
    struct sealift_error error;
    size_t count;

    if (sealift_bundle_open(&archive, memory, sizeof memory, &bundle, &error) ||
        sealift_bundle_verify(bundle, &keys, &trusted, &error) || print_reference(trusted, &error))
        return fail(&error);
    members = sealift_bundle_members(bundle, &count);
    for (size_t i = 0; i < count; i++) {
        if (members[i].kind == SEALIFT_BUNDLE_IMAGE_ZSTD &&
            take_out(trusted, i, members[i].raw_size, out, &error))
            return fail(&error);
    }
    for (size_t i = 0; i < count; i++)
        printf("%s %s\n", members[i].state == SEALIFT_BUNDLE_VERIFIED ? "verified" : "signed",
               members[i].title);
    return SEALIFT_OK;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "write") == 0)
        return write_bundle(argv[2], argv[3], argv[4]);
    if (argc == 5 && strcmp(argv[1], "read") == 0)
        return read_bundle(argv[2], argv[3], argv[4]);
    fprintf(stderr, "usage: example write|read BUNDLE KEY.pem DISK.raw\n");
    return SEALIFT_USAGE;
}
