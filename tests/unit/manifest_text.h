/*
 * manifest_text.h - the text of a manifest, in pieces: HEAD, layers with commas between, OWN.
 */
#ifndef SEALIFT_TESTS_MANIFEST_TEXT_H
#define SEALIFT_TESTS_MANIFEST_TEXT_H

#define EMPTY                                                                                      \
    "\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"sha256:"         \
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2}"
#define HEAD                                                                                       \
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","           \
    "\"artifactType\":\"application/vnd.sealift.bundle.v1\"," EMPTY ",\"layers\":["
#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define OWN_MORE(more)                                                                             \
    "],\"annotations\":{" more "\"vnd.sealift.program\":\"sealift 0.1.0\","                        \
    "\"vnd.sealift.uid\":\"v2.2.0\",\"vnd.sealift.uids\":\"v2.2.0 v2.3.0\"}}"
#define OWN OWN_MORE("")
#define TWOS "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define LAYER_BLOB(type, digest, size, annotations)                                                \
    "{\"mediaType\":\"" type "\",\"digest\":\"" digest "\",\"size\":" size                         \
    ",\"annotations\":{" annotations "}}"
#define LAYER(type, size, annotations) LAYER_BLOB(type, ZERO, size, annotations)
#define TITLE(title) "\"org.opencontainers.image.title\":\"" title "\""
#define TABLE LAYER("application/vnd.sealift.table.v1+json", "5", TITLE("a.json"))
#define ZSTD "application/vnd.sealift.image.raw+zstd"
#define RAW "application/vnd.sealift.image.raw"
#define CSP "\"vnd.sealift.csp\":\"gcp\""
#define FRAME "\"vnd.sealift.frame.size\":\"1048576\""
#define RAW_DIGEST "\"vnd.sealift.raw.digest\":\"" ONES "\""
#define RAW_SIZE "\"vnd.sealift.raw.size\":\"4096\""
#define IMAGE                                                                                      \
    LAYER_BLOB(ZSTD, TWOS, "50", TITLE("a.raw.zst") "," CSP "," FRAME "," RAW_DIGEST "," RAW_SIZE)

#endif
