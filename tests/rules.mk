# How the tests are built and run. They use the system's compiler and C library, with sanitizers; the
# command-line tests run the shipped, static programs.
SANITIZE := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
TESTED   := build/test/tested.a
TEST_LIBS := -L$(HOST)/lib $(LIBS) -lpthread
# Targets that build much do it on all processors, unless make was told how many.
parallel  = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# All that tests link: both programs and the library, but for what names a program.
tested    := $(sort $(layers) $(network) $(sources) $(filter-out %/main.o,$(verbs)) $(bundle) $(bearssl) \
             $(mbedtls) $(call tls_stack,bearssl) resolver/api.o resolver/api_values.o $(apis:%=bundle/%.o) resolver/base/bounded_format.o)
units     := $(patsubst %.c,build/test/%.o,$(wildcard tests/unit/*.c))
contracts := $(patsubst %.c,build/test/%.o,$(wildcard tests/contract/*.c)) build/test/tests/unit/main.o
fuzzers   := $(patsubst tests/fuzz/%.c,build/test/%,$(wildcard tests/fuzz/fuzz_*.c))

build/test/%.o: %.c | $(HOST)/.built
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)$(CC) $(COMMON) $(call versions,$@) -isystem $(HOST)/include $(SANITIZE) -c $< -o $@

$(TESTED): $(tested:%=build/test/%)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

build/test/unit: $(units) build/test/resolver/crypto/backends_both.o build/test/resolver/cli/program_resolver.o $(TESTED)
	$(call linked,$(CC) $(SANITIZE) -o $@.new $^ $(TEST_LIBS))

# All flips of a bundle's bytes, at full speed: without sanitizers and with one crypto backend.
flipped := $(sort $(layers) $(network) $(sources) $(filter-out %/main.o,$(verbs)) $(bundle) $(bearssl)) \
           $(call tls_stack,bearssl) resolver/crypto/backends_bearssl.o resolver/cli/program_resolver.o \
           tests/unit/main.o tests/unit/test_flips.o tests/unit/test_flips_signed.o
build/flips: $(flipped:%=build/host/%)
	$(call linked,$(CC) -o $@.new $^ $(TEST_LIBS))

flips: build/flips ## every flip of a small bundle's bytes, refused one by one
	build/flips flips

.PHONY: flips

build/test/contract-%: $(contracts) build/test/resolver/crypto/backends_%.o $(TESTED)
	$(call linked,$(CC) $(SANITIZE) -o $@.new $^ $(TEST_LIBS))

# Backends that disagree or run out of memory, in place of the real ones.
build/test/contract-fake: $(patsubst %.c,build/test/%.o,$(wildcard tests/contract/fake/*.c)) build/test/tests/unit/main.o $(TESTED)
	$(call linked,$(CC) $(SANITIZE) -o $@.new $^ $(TEST_LIBS))

build/test/fuzz_%: build/test/tests/fuzz/fuzz_%.o build/test/tests/fuzz/driver.o \
                   build/test/resolver/crypto/backends_both.o $(TESTED)
	$(call linked,$(CC) $(SANITIZE) -o $@.new $^ $(TEST_LIBS))

# The programs with sanitizers, and with a shim under every allocation and system call (tests/faults), which
# takes what is linked behind it for libraries. They start ten thousand times: with nothing to load or relocate
# that does in half the time.
faulty := build/test/fault/sealift-resolver build/test/fault/sealift
build/test/fault/sealift-resolver: $(sealift-resolver:%=build/test/%)
build/test/fault/sealift: $(sealift:%=build/test/%)
at_once = -no-pie $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)
$(faulty): build/test/tests/faults/fault.o
	$(call linked,$(CC) $(SANITIZE) $(at_once) -o $@.new @tests/faults/wrap $(filter-out %/fault.o,$^) $(filter %/fault.o,$^) $(TEST_LIBS))

test-programs: $(faulty) build/test/unit build/flips $(addprefix build/test/contract-,bearssl mbedtls both fake) $(fuzzers)

include tests/cross/cross.mk tests/embedded/embedded.mk

check: ## builds and runs every test
	vendor/prerequisites test
	$(MAKE) --no-print-directory $(parallel) all test-programs
	tests/run

.PHONY: check test-programs

# The fuzz targets with libFuzzer, which looks for new inputs; make check runs them over those we have.
FUZZ      ?= *
FUZZ_SECONDS ?= 10
fuzz_cc   := clang -g -O1 -fno-sanitize-recover=all
fuzz_sanitize := -fsanitize=fuzzer,address,undefined
hunted    := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_$(FUZZ).c))

build/fuzz/%.o: %.c | $(HOST)/.built
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)$(fuzz_cc) $(COMMON) $(call versions,$@) -isystem $(HOST)/include -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

build/fuzz/tested.a: $(tested:%=build/fuzz/%)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/resolver/crypto/backends_both.o build/fuzz/tested.a
	$(call linked,$(fuzz_cc) $(fuzz_sanitize) -o $@.new $^ $(TEST_LIBS))

fuzz: ## each parser's fuzz target for FUZZ_SECONDS=10; FUZZ=NAME picks one
	vendor/prerequisites fuzz
	$(MAKE) --no-print-directory $(parallel) fuzz-programs
	tests/fuzz/run --seconds $(FUZZ_SECONDS) $(hunted)

fuzz-programs: $(hunted)

.PHONY: fuzz fuzz-programs
.PRECIOUS: build/fuzz/%.o build/test/%.o

build/measure: build/static/tests/bench/measure.o
	$(call linked,vendor/link static $@.new $^)

bench: all build/measure ## whole-process figures beside those of the peers
	vendor/prerequisites test
	tests/bench/bench.py build

.PHONY: bench

demo: ## builds, and shows the journey offline, step by step
	$(MAKE) --no-print-directory $(parallel) build/sealift
	tests/demo build/sealift

.PHONY: demo

lint: build/sealift-resolver build/sealift ## who includes whom, names, sizes, headers, manual
	tests/lint/run

.PHONY: lint

# Boots under QEMU with a software TPM: minutes, and packages that make check does not need.
build/boot-init: build/static/tests/boot/init.o
	$(call linked,vendor/link static $@.new $^)

check-boot: ## boots images under QEMU and compares a software TPM with what measure predicts
	vendor/prerequisites boot
	tests/boot/fetch
	$(MAKE) --no-print-directory $(parallel) build/sealift build/boot-init
	tests/boot/run

.PHONY: check-boot

# Images past the old limits of tar: half an hour and 40 GB of /var/tmp.
check-large: all build/measure ## bundles over 8 GiB, in the hands of sealift and of other tools
	vendor/prerequisites test
	tests/peers/setup.sh
	tests/peers/large

.PHONY: check-large
