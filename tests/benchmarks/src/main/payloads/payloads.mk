# SPDX-License-Identifier: Apache-2.0
# Read after guest-payloads/Makefile: one rule more, for drivers in $(SOURCES).
$(OUT)/%.elf: $(SOURCES)/%.c $(DRIVER_LIB) $(HEADERS) | $(OUT)
	@echo "  CC $(notdir $@)"; $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.S,$^)
