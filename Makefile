# Sealift. `make help` says what there is to make; V=1 shows the commands.
VERSION := 0.1.0
PREFIX ?= /usr/local
V ?= 0
Q := $(if $(filter 0,$(V)),@)

# --- what belongs to which layer: each name is a file of that folder ----------------------------
base   := arena base64 buf cursor der err heap hex json json_scan json_write node path pem quote slice \
          utf8 yaml yaml_locate yaml_scan zeros
crypto := crypto sha256 sha256_arm sha256_plain sha256_x86
core   := choices config config_edit csp find keys layout measurement_values measurements \
          measurements_format pubkey request select semver signature signed_document table uid verify versions
tls    := anchors chain chain_check chain_sent name_constraints server_name tls_text tls_wire x509 \
          x509_ext x509_key x509_name x509_time
net    := connection decimal document exchange fetch fetch_tls http_chunked http_date http_range \
          http_request http_response lookup no_proxy proxy retry tcp tcp_connect url url_reference \
          watch
source := beneath download file folder key_files part part_files part_state source_dir source_https unfinished
cli    := answer config_template get_image main network offline options progress say session \
          terraform verb_config verb_key_id verb_measurements verb_resolve verb_verify_blob \
          verb_versions version
sign   := beside key_file privkey random signable signature_files signature_write signed_file signer
tables := node_write reference_check table_document table_edit table_format table_merge unused version_list
archive := bundle_archive bundle_folder bundle_image bundle_input bundle_layout bundle_load bundle_part \
           bundle_parts bundle_plan bundle_reader bundle_split bundle_trust bundle_writer \
           checked_image frame frames_alone frames_facts frames_image frames_read frames_write front \
           image image_file \
           manifest manifest_parse oci ring seek_table sigstore_referrer simple_signing tar timestamp \
           title unpacked zstd_image
measure := authenticode bank binding binding_annotations binding_document boot claims command_line cpio \
           event_words eventlog explain fat fat_folder gpt initrd merge pcr pcr_file pe predict \
           registers sha384 uki
verify := blobs contents image_binding look place
pack   := image_https pack_binding pack_document pack_extras pack_files pack_images pack_output pack_parts \
          pack_raw pack_release pack_source pack_spec pack_stored
import := base_url best_before floor import import_ages import_binding import_files import_move \
          import_records import_space import_stage import_table import_tables placement receipt \
          receipt_read repository staging table_signatures
publish := command disk disk_input disk_machine extents gcloud gcloud_text gcp_answer gcp_archive gcp_names gcp_plan \
           gcp_record gzip_stream image_digest launch_check launch_options launch_plan machines md5 problems \
           secure_boot shell_quote sparse_tar staged_file vhd
apis   := api_input api_reader api_writer

# What sealift has in cli, verb by verb; first what several verbs share.
tools  := bundle_keys bundle_show gcloud_options password sign_key signed_subject subject table_file terminal
tools  += verb_convert convert_source
tools  += verb_explain verb_measure measure_answer measure_options
tools  += verb_import import_answer
tools  += verb_inspect inspect_answer
tools  += verb_key
tools  += verb_launch launch_ask
tools  += verb_pack pack_answer pack_defaults pack_options
tools  += verb_publish gcp_folder gcp_keys gcp_packing gcp_source gcp_steps gcp_table
tools  += verb_sign sign_bundle sign_bundle_elsewhere sign_elsewhere
tools  += verb_table verb_table_check verb_table_edit verb_table_merge verb_table_unused
tools  += verb_table_publish table_publish_answer table_publish_binding table_publish_files \
          table_publish_item table_publish_links table_publish_list table_publish_plan table_publish_put \
          table_publish_trust table_publish_work
tools  += verb_verify verify_answer

layers    := $(base:%=resolver/base/%.o) $(crypto:%=resolver/crypto/%.o) $(core:%=resolver/core/%.o)
network   := $(tls:%=resolver/tls/%.o) $(net:%=resolver/net/%.o)
sources   := $(source:%=resolver/source/%.o)
verbs     := $(cli:%=resolver/cli/%.o)
bundle    := $(archive:%=bundle/archive/%.o) $(measure:%=bundle/measure/%.o) $(sign:%=bundle/sign/%.o) \
             $(pack:%=bundle/pack/%.o) $(verify:%=bundle/verify/%.o) $(import:%=bundle/import/%.o) \
             $(tables:%=bundle/table/%.o) $(publish:%=bundle/publish/%.o) $(tools:%=bundle/cli/%.o)
bearssl   := resolver/crypto/bearssl_crypto.o resolver/crypto/bearssl_fast.o
mbedtls   := resolver/crypto/mbedtls_crypto.o
# TLS=bearssl and TLS=mbedtls give both programs the same stack.
tls_resolver := $(or $(TLS),bearssl)
tls_sealift  := $(or $(TLS),mbedtls)
tls_stack     = resolver/tls/$1_tls.o resolver/tls/$1_chain.o
one_stack := $(bearssl) resolver/crypto/backends_bearssl.o
two_stack := $(bearssl) $(mbedtls) resolver/crypto/backends_both.o

sealift-resolver := $(layers) $(network) $(sources) $(verbs) $(one_stack) \
                    $(call tls_stack,$(tls_resolver)) resolver/cli/program_resolver.o
sealift          := $(layers) $(network) $(sources) $(verbs) $(bundle) $(two_stack) \
                    $(call tls_stack,$(tls_sealift)) bundle/cli/program_sealift.o
local            := $(addprefix resolver/source/,beneath.o file.o folder.o key_files.o source_dir.o source_https_none.o) \
                    $(patsubst %,resolver/cli/%.o,$(filter-out network get_image progress terraform verb_config \
                    verb_versions config_template,$(cli)) network_none get_image_none terraform_none program_min)
small            := $(addprefix resolver/,crypto/bearssl_crypto.o crypto/bearssl_small.o crypto/backends_bearssl.o \
                    base/yaml_none.o base/bounded_format.o core/config_none.o source/malloc_pages.o)
resolver-min     := $(filter-out resolver/base/yaml% %/config.o %/config_edit.o %/versions.o,$(layers)) $(local) $(small)
libsealift       := $(layers) $(one_stack) resolver/api.o resolver/api_values.o
# Of the bundle what reads and writes archives: no files, no YAML.
libsealift-bundle := $(filter-out resolver/base/yaml% resolver/core/config%,$(layers)) resolver/base/yaml_none.o $(one_stack) \
             $(patsubst %,bundle/archive/%.o,bundle_archive bundle_layout bundle_load bundle_plan bundle_reader \
             bundle_trust bundle_writer frame frames_facts frames_read frames_write front image manifest \
             manifest_parse oci ring seek_table sigstore_referrer simple_signing tar timestamp title) \
             $(addprefix bundle/,verify/place.o sign/privkey.o sign/signature_write.o sign/signer.o $(apis:%=%.o)) \
             resolver/api_values.o

# --- how it is compiled: a folder of objects for each flavour -----------------------------------
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
COMMON   := -std=c11 -D_GNU_SOURCE -I. $(WARNINGS) -DSEALIFT_VERSION='"$(VERSION)"' \
            -ffile-prefix-map="$(CURDIR)"=. -MMD -MP
HARDEN   := -fstack-protector-strong -ffunction-sections -fdata-sections -fno-unwind-tables \
            -fno-asynchronous-unwind-tables
OPTIMIZE := -Os
# CROSS=aarch64-linux-gnu gives the same programs for another machine, in build/aarch64-linux-gnu/.
machine  := $(or $(CROSS),static)
fast     := resolver/crypto/sha256%.o resolver/base/json%.o resolver/base/node.o resolver/base/utf8.o \
            resolver/base/zeros.o
$(fast:%=build/$(machine)/%) $(fast:%=build/host/%): OPTIMIZE := -O2
to       := build$(addprefix /,$(CROSS))
MUSL     := vendor/cache/$(machine)
HOST     := vendor/cache/host
LIBS     := -lbearssl -lmbedtls -lmbedx509 -lmbedcrypto -lcyaml -lyaml -lsodium -lzstd -lisal -lz
# The versions of the libraries, as macros for the program_*.c files.
versions  = $(if $(findstring /program_,$1),$(if $(SYSTEM_LIBS),-DLIBC='"libc (system)"' $(shell sed -n \
            "s/^\([a-z]*\) .*/-DVERSION_\1='\"(system)\"'/p" vendor/lock),-DLIBC='"musl "VERSION_musl' \
            $(shell sed "s/\(.*\) \(.*\)/-DVERSION_\1='\"\2\"'/" vendor/cache/versions)))

# A program appears when it is whole: of a link that was broken off nothing is left that looks like one.
define linked
@mkdir -p $(@D) && echo "  LINK $@"
$(Q)$1 && mv $@.new $@
endef

# Static against our own libraries; with SYSTEM_LIBS=1 against the distribution's, for packagers.
flavour  := $(if $(SYSTEM_LIBS),system,$(machine))
link      = $(call linked,$(if $(SYSTEM_LIBS),$(CC) -pie $(LDFLAGS) -o $@.new $1 $(LIBS),\
            vendor/link $(machine) $@.new $1 -- $(LIBS)))
stacks   := $(to)/tls-$(tls_resolver)-$(tls_sealift)$(if $(SYSTEM_LIBS),-system)

# The C libraries have ours inside, so they are not made of a distribution's.
libraries := $(if $(CROSS)$(SYSTEM_LIBS),,build/libsealift.a build/libsealift-bundle.a)

all: $(to)/sealift-resolver $(to)/sealift $(libraries) ## both programs and the libraries, in build/

build/$(machine)/%.o: %.c | $(MUSL)/.built
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)$(MUSL)/bin/musl-gcc $(COMMON) $(call versions,$@) $(OPTIMIZE) -fPIE $(HARDEN) $(CFLAGS) -c $< -o $@

build/host/%.o: %.c | $(HOST)/.built
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)$(CC) $(COMMON) $(call versions,$@) -isystem $(HOST)/include $(OPTIMIZE) -fPIC $(HARDEN) $(CFLAGS) -c $< -o $@

build/system/%.o: %.c
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)$(CC) $(COMMON) $(call versions,$@) -O2 -fPIE $(HARDEN) $(CFLAGS) -c $< -o $@

$(to)/sealift-resolver: $(sealift-resolver:%=build/$(flavour)/%) $(stacks)
	$(call link,$(filter %.o,$^))

$(to)/sealift: $(sealift:%=build/$(flavour)/%) $(stacks)
	$(call link,$(filter %.o,$^))

# The bounded formatter in the place of the C library's, and constants in the segment of the code.
$(to)/resolver-min: export LDFLAGS += -Wl,-z,noseparate-code,--defsym=vsnprintf=bounded_vsnprintf \
    -Wl,--defsym=snprintf=bounded_snprintf,--defsym=__assert_fail=abort
$(to)/resolver-min: $(resolver-min:%=build/$(flavour)/%)
	$(call link,$(filter %.o,$^))

resolver-min: $(to)/resolver-min ## local files, folders and verification alone: no network, no YAML

# Changes when the choice of stacks, or of whose libraries, does.
$(stacks):
	@mkdir -p $(to) && rm -f $(to)/tls-* && touch $@

# One object in which only the names of the library's header are visible, other libraries included.
library = @echo "  LINK $@"; $(LD) -r --gc-sections $(addprefix -u $1,$2) -o $(@:.a=.o) $(filter %.o,$^) \
          --start-group $(addprefix $(HOST)/lib/,$3) --end-group && \
          objcopy --strip-debug --wildcard --keep-global-symbol='$1*' $(@:.a=.o) && \
          rm -f $@ && $(AR) rcsD $@ $(@:.a=.o)

build/libsealift.a: $(libsealift:%=build/host/%)
	$(call library,sealift_,alloc resolve measurements verify status_name version,libbearssl.a libyaml.a)

build/libsealift-bundle.a: $(libsealift-bundle:%=build/host/%)
	$(call library,sealift_bundle_,open releases members of verify read read_image write,libbearssl.a libzstd.a)

$(MUSL)/.built $(HOST)/.built: vendor/lock vendor/build
	vendor/prerequisites $(if $(CROSS),cross,build)
	vendor/fetch
	vendor/build $(patsubst vendor/cache/%/.built,%,$@)
	@touch $@

install: all ## into DESTDIR and PREFIX (/usr/local)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man1 share/man/man5)
	install -s build/sealift build/sealift-resolver $(DESTDIR)$(PREFIX)/bin
	install -m 644 resolver/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 resolver/man/*.5 bundle/man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
ifneq ($(libraries),)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,include lib/pkgconfig)
	install -m 644 resolver/sealift.h $(DESTDIR)$(PREFIX)/include
	sed 's|"resolver/sealift.h"|"sealift.h"|' bundle/sealift_bundle.h > $(DESTDIR)$(PREFIX)/include/sealift_bundle.h
	install -m 644 build/libsealift.a build/libsealift-bundle.a $(DESTDIR)$(PREFIX)/lib
	for pc in resolver/sealift.pc bundle/sealift-bundle.pc; do \
	    sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $$pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/$${pc##*/} || exit; done
endif

uninstall: ## what install has put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/sealift bin/sealift-resolver include/sealift.h include/sealift_bundle.h \
	    $(addprefix lib/,libsealift.a libsealift-bundle.a pkgconfig/sealift.pc pkgconfig/sealift-bundle.pc) \
	    $(patsubst resolver/%,share/%,$(subst man/,man/man1/,$(wildcard resolver/man/*.1))) \
	    $(patsubst resolver/%,share/%,$(subst man/,man/man5/,$(wildcard resolver/man/*.5))) \
	    $(patsubst bundle/%,share/%,$(subst man/,man/man5/,$(wildcard bundle/man/*.5))))

dist: ## build/sealift-VERSION.tar.xz: the source with all libraries in it, to build behind an air gap
	@git rev-parse HEAD >/dev/null || { echo "make dist: wants a clone of the repository" >&2; exit 1; }
	vendor/fetch
	rm -rf build/dist && mkdir -p build/dist/sealift-$(VERSION)
	git ls-files -z | xargs -0 cp --parents -t build/dist/sealift-$(VERSION)
	cp --parents vendor/cache/tarballs/* build/dist/sealift-$(VERSION)
	tar -C build/dist --sort=name --owner=0 --group=0 --numeric-owner --mtime='@$(or $(SOURCE_DATE_EPOCH),0)' \
	    -cJf build/sealift-$(VERSION).tar.xz sealift-$(VERSION)
	rm -rf build/dist

clean: ## removes what was built; the libraries in vendor/cache stay
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile tests/rules.mk tests/*/*.mk | expand -t 24
	@echo "Variables: V=1 PREFIX= DESTDIR= CROSS=TRIPLE SYSTEM_LIBS=1 TLS=bearssl|mbedtls CFLAGS= LDFLAGS="

include tests/rules.mk
.PHONY: all install uninstall dist clean help resolver-min
.DELETE_ON_ERROR:
-include $(shell find build -name '*.d' 2>/dev/null)
