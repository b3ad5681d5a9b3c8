/*
 * example.c - resolves and verifies from memory, without a file, a network or a heap of its own.
 *
 *     cc example.c $(pkg-config --cflags --libs sealift) && ./a.out
 *
 * The documents stand in this file as they might stand in flash memory. The key is a test key.
 */
#include <stdio.h>
#include <string.h>

#include "sealift.h"

static const char table[] =
    "{\"version\": \"v2.8.0\", \"ref\": \"-\", \"stream\": \"stable\", \"list\": [\n"
    "  {\"csp\": \"AWS\", \"attestationVariant\": \"aws-nitro-tpm\", \"reference\": \"ami-123\",\n"
    "   \"region\": \"eu-west-1\"},\n"
    "  {\"csp\": \"GCP\", \"attestationVariant\": \"gcp-sev-es\",\n"
    "   \"reference\": \"projects/p/global/images/v2-8-0\"}]}\n";

static const char measurements[] =
    "{\"version\": \"v2.8.0\", \"ref\": \"-\", \"stream\": \"stable\", \"list\": [\n"
    "  {\"csp\": \"GCP\", \"attestationVariant\": \"gcp-sev-es\", \"measurements\": {\n"
    "    \"4\": {\"expected\": \"50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c\",\n"
    "          \"warnOnly\": false}}}]}\n";

static const char signature[] =
    "MEUCIQCqMG8mj9F4K5Uab3eXgkDWIkQGSVe47O1L+OGj0P/IdQIgO46YoNDGFlA2\n"
    "Ob/mHCaw/QMUMt6NuAEMSO/kGD5NXAI=";

static const char key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErwZfL8Yd5larl5rF+Ji59WKfSR4X\n"
    "kA6avJi9GvBwjzT7ZoTNreZTxKygQp5jXI7OqUwr2PhGnfo46YhqkSy7Vg==\n"
    "-----END PUBLIC KEY-----\n";

static const struct {
    const char *name;
    const char *text;
} flash[] = {
    {"constellation/v2/ref/-/stream/stable/v2.8.0/image/info.json", table},
    {"constellation/v2/ref/-/stream/stable/v2.8.0/image/measurements.json", measurements},
    {"constellation/v2/ref/-/stream/stable/v2.8.0/image/measurements.json.sig", signature},
};

static enum sealift_answer get(void *context, const char *name, size_t max_size,
                               struct sealift_memory *memory, struct sealift_bytes *document)
{
    (void)context;
    (void)max_size;
    (void)memory;
    for (size_t i = 0; i < sizeof flash / sizeof flash[0]; i++) {
        if (strcmp(name, flash[i].name) == 0) {
            *document = (struct sealift_bytes){flash[i].text, strlen(flash[i].text)};
            return SEALIFT_FOUND;
        }
    }
    return SEALIFT_ABSENT;
}

int main(void)
{
    static unsigned char memory[64 << 10];
    const struct sealift_source source = {.name = "flash", .get = get};
    const struct sealift_request request = {.uid = "v2.8.0", .csp = "gcp"};
    const struct sealift_bytes pem = {key, sizeof key - 1};
    const struct sealift_keys keys = {.pem = &pem, .count = 1};
    struct sealift_measurements expected;
    struct sealift_reference image;
    struct sealift_error error;

    if (sealift_resolve(&request, NULL, &source, NULL, memory, sizeof memory, &image, &error)) {
        fprintf(stderr, "%s: %s\n", sealift_status_name(error.status), error.message);
        return error.status;
    }
    printf("image %s (%s)\n", image.reference, image.variant);
    if (sealift_measurements(&request, &source, &keys, memory, sizeof memory, &expected, &error)) {
        fprintf(stderr, "%s: %s\n", sealift_status_name(error.status), error.message);
        return error.status;
    }
    printf("PCR 4");
    for (size_t i = 0; i < expected.register_size; i++)
        printf(i ? "%02x" : " %02x", expected.registers[4].expected[i]);
    printf("\n");
    return 0;
}
