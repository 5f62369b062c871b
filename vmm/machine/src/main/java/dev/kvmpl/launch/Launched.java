// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.Processors;
import java.util.List;
import java.util.function.Function;

/**
 * A machine that is ready to run.
 *
 * @param drivers nobody has a vCPU yet
 * @param images the payloads in memory
 * @param observers nobody watches yet
 * @param driverStatus what each driver returned, in the order of the drivers
 */
public record Launched(
    GuestMemory memory,
    Permissions permissions,
    Processors processors,
    Drivers drivers,
    List<LoadedImage> images,
    Observers observers,
    Function<GuestMemory, List<Long>> driverStatus) {}
