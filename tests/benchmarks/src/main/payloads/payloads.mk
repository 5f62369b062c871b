# SPDX-License-Identifier: Apache-2.0
# Read after guest-payloads/Makefile: one rule more for drivers in $(SOURCES), and one for what takes the validator's
# place.
$(OUT)/%.elf: $(SOURCES)/validators/%.c $(KERNEL_LIB) $(HEADERS) | $(OUT)
	@echo "  CC $(notdir $@)"; $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.S,$^)

$(OUT)/%.elf: $(SOURCES)/%.c $(DRIVER_LIB) $(HEADERS) | $(OUT)
	@echo "  CC $(notdir $@)"; $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.S,$^)
