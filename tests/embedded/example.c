/* The documents stand here as they stand in flash. The key is a test key. */
#include "tests/embedded/example.h"

#include <string.h>

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

/* Whoever can write to the flash, but has no key, would like another PCR 4: 50d8... became 51d8... */
static const char forged[] =
    "{\"version\": \"v2.8.0\", \"ref\": \"-\", \"stream\": \"stable\", \"list\": [\n"
    "  {\"csp\": \"GCP\", \"attestationVariant\": \"gcp-sev-es\", \"measurements\": {\n"
    "    \"4\": {\"expected\": \"51d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c\",\n"
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
    const enum example_flash *which = context;

    (void)max_size;
    (void)memory; /* flash can be read where it stands: nothing is copied */
    for (size_t i = 0; i < sizeof flash / sizeof flash[0]; i++) {
        const char *text = flash[i].text;

        if (*which == EXAMPLE_FORGED && text == measurements)
            text = forged;
        if (strcmp(name, flash[i].name) == 0) {
            *document = (struct sealift_bytes){text, strlen(text)};
            return SEALIFT_FOUND;
        }
    }
    return SEALIFT_ABSENT;
}

int example_run(enum example_flash which, void *memory, size_t memory_size,
                struct example_answer *answer, struct sealift_error *error)
{
    const struct sealift_source source = {.context = &which, .name = "flash", .get = get};
    const struct sealift_request request = {.uid = "v2.8.0", .csp = "gcp"};
    const struct sealift_bytes pem = {key, sizeof key - 1};
    const struct sealift_keys keys = {.pem = &pem, .count = 1};
    struct sealift_measurements expected;
    struct sealift_reference image;

    memset(answer, 0, sizeof *answer);
    /* The measurements first: where they are forged, nothing else matters. Their answer is copied before
     * the second call uses the memory again. */
    if (sealift_measurements(&request, &source, &keys, memory, memory_size, &expected, error))
        return error->status;
    if (sealift_resolve(&request, NULL, &source, NULL, memory, memory_size, &image, error))
        return error->status;
    memcpy(answer->pcr4, expected.registers[4].expected, sizeof answer->pcr4);
    strncpy(answer->reference, image.reference, sizeof answer->reference - 1);
    return SEALIFT_OK;
}
