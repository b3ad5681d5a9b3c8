# Sealift. `make help` says what there is to make.
VERSION := 0.1.0
PREFIX ?= /usr/local

# --- what belongs to which layer: each name is a file of that folder ----------------------------
base   := arena base64 buf cursor der err heap hex json json_scan json_write node pem quote slice \
          utf8 yaml yaml_locate yaml_scan
crypto := crypto sha256 sha256_arm sha256_plain sha256_x86
core   := choices config config_edit csp find keys layout measurements measurements_format pubkey \
          request select semver signature signed_document table uid verify versions
source := beneath file key_files source_dir
cli    := answer config_template main options session terraform verb_config verb_key_id \
          verb_measurements verb_resolve verb_verify_blob verb_versions version

layers   := $(base:%=base/%) $(crypto:%=crypto/%) $(core:%=core/%) $(source:%=source/%)
resolver := $(layers:%=resolver/%.o) $(cli:%=resolver/cli/%.o) resolver/cli/program_resolver.o \
            resolver/crypto/bearssl_crypto.o resolver/crypto/backends_bearssl.o
library  := $(filter-out resolver/source/key_files.o,$(layers:%=resolver/%.o)) \
            resolver/crypto/bearssl_crypto.o resolver/crypto/backends_bearssl.o
tested   := $(layers:%=resolver/%.o) resolver/crypto/bearssl_crypto.o \
            resolver/crypto/mbedtls_crypto.o resolver/crypto/backends_both.o
units    := $(patsubst %.c,%.o,$(wildcard tests/unit/*.c tests/contract/*.c))
programs := build/sealift-resolver

# --- how it is compiled: one folder of objects for each flavour --------------------------------
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
COMMON   := -std=c11 -D_GNU_SOURCE -I. $(WARNINGS) -DSEALIFT_VERSION='"$(VERSION)"' \
            -ffile-prefix-map=$(CURDIR)=. -MMD -MP
HARDEN   := -Os -fPIE -fstack-protector-strong -ffunction-sections -fdata-sections
versions  = $(if $(findstring /program_,$1),$(shell sed \
            "s/\(.*\) \(.*\)/-DVERSION_\1='\"\2\"'/" vendor/cache/versions))
MUSL     := vendor/cache/static
HOST     := vendor/cache/host
SANITIZE := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all

include tests/rules.mk

all: $(programs) build/libsealift.a ## both programs and the library, in build/

build/static/%.o: %.c | $(MUSL)/.built
	@mkdir -p $(@D)
	$(MUSL)/bin/musl-gcc $(COMMON) $(call versions,$@) $(HARDEN) $(CFLAGS) -c $< -o $@

build/host/%.o: %.c | $(HOST)/.built
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(call versions,$@) -I$(HOST)/include -O2 -fPIC $(CFLAGS) -c $< -o $@

build/test/%.o: %.c | $(HOST)/.built
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(call versions,$@) -I$(HOST)/include $(SANITIZE) -c $< -o $@

build/sealift-resolver: $(resolver:%=build/static/%)
	vendor/link static $@ $^ -- -lbearssl -lyaml

$(MUSL)/.built $(HOST)/.built: vendor/lock vendor/build
	vendor/prerequisites build
	vendor/fetch
	vendor/build $(patsubst vendor/cache/%/.built,%,$@)
	@touch $@

clean: ## removes what was built; the libraries in vendor/cache stay
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile tests/rules.mk | expand -t 24

.PHONY: all clean help
-include $(shell find build -name '*.d' 2>/dev/null)
