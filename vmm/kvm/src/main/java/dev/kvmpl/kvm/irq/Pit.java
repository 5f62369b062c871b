// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_PIT2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_PIT_FLAGS_HPET_LEGACY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_PIT_FLAGS_SPEAKER_DATA_ON;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_PIT2;

import dev.kvmpl.bindings.kvm.kvm_pit_channel_state;
import dev.kvmpl.bindings.kvm.kvm_pit_state2;
import dev.kvmpl.kvm.fd.VmState;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The 8254 timer: struct kvm_pit_state2 (api.rst 4.73, 4.74). */
public final class Pit extends VmState {
  private static final int CHANNELS = 3;

  private final List<Channel> channels =
      IntStream.range(0, CHANNELS)
          .mapToObj(i -> new Channel(kvm_pit_state2.channels(segment(), i)))
          .toList();

  /** All 0: get it first. */
  public Pit() {
    super("PIT2", KVM_GET_PIT2(), KVM_SET_PIT2(), allocate(kvm_pit_state2.layout()));
  }

  /**
   * One of the counters.
   *
   * @param index 0 to 2
   */
  public Channel channel(int index) {
    return channels.get(index);
  }

  /** Whether the HPET has taken channel 0's place. */
  public boolean isHpetLegacy() {
    return (kvm_pit_state2.flags(segment()) & KVM_PIT_FLAGS_HPET_LEGACY()) != 0;
  }

  /** Whether the speaker is on. */
  public boolean speakerOn() {
    return (kvm_pit_state2.flags(segment()) & KVM_PIT_FLAGS_SPEAKER_DATA_ON()) != 0;
  }

  /** KVM_PIT_FLAGS_... */
  public int flags() {
    return kvm_pit_state2.flags(segment());
  }

  public void flags(int value) {
    kvm_pit_state2.flags(segment(), value);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "flags=%#x %s", flags(), channels);
  }

  /** A counter: struct kvm_pit_channel_state. */
  public static final class Channel {
    private final MemorySegment channel;

    private Channel(MemorySegment channel) {
      this.channel = channel;
    }

    /** What it counts down from: 1 to 65536. */
    public int count() {
      return kvm_pit_channel_state.count(channel);
    }

    public void count(int value) {
      kvm_pit_channel_state.count(channel, value);
    }

    public int latchedCount() {
      return Short.toUnsignedInt(kvm_pit_channel_state.latched_count(channel));
    }

    public void latchedCount(int value) {
      kvm_pit_channel_state.latched_count(channel, (short) value);
    }

    /** How the latched count is going to be read; 0 if there is none. */
    public int countLatched() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.count_latched(channel));
    }

    public void countLatched(int value) {
      kvm_pit_channel_state.count_latched(channel, (byte) value);
    }

    public boolean statusLatched() {
      return kvm_pit_channel_state.status_latched(channel) != 0;
    }

    public void statusLatched(boolean value) {
      kvm_pit_channel_state.status_latched(channel, (byte) (value ? 1 : 0));
    }

    public int status() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.status(channel));
    }

    public void status(int value) {
      kvm_pit_channel_state.status(channel, (byte) value);
    }

    public int readState() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.read_state(channel));
    }

    public void readState(int value) {
      kvm_pit_channel_state.read_state(channel, (byte) value);
    }

    public int writeState() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.write_state(channel));
    }

    public void writeState(int value) {
      kvm_pit_channel_state.write_state(channel, (byte) value);
    }

    public int writeLatch() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.write_latch(channel));
    }

    public void writeLatch(int value) {
      kvm_pit_channel_state.write_latch(channel, (byte) value);
    }

    /** 1 low byte, 2 high byte, 3 both. */
    public int accessMode() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.rw_mode(channel));
    }

    public void accessMode(int value) {
      kvm_pit_channel_state.rw_mode(channel, (byte) value);
    }

    /** 0 to 5. */
    public int mode() {
      return Byte.toUnsignedInt(kvm_pit_channel_state.mode(channel));
    }

    public void mode(int value) {
      kvm_pit_channel_state.mode(channel, (byte) value);
    }

    public boolean bcd() {
      return kvm_pit_channel_state.bcd(channel) != 0;
    }

    public void bcd(boolean value) {
      kvm_pit_channel_state.bcd(channel, (byte) (value ? 1 : 0));
    }

    public boolean gate() {
      return kvm_pit_channel_state.gate(channel) != 0;
    }

    public void gate(boolean value) {
      kvm_pit_channel_state.gate(channel, (byte) (value ? 1 : 0));
    }

    /** When the count was written, in ns of the host's boot time. */
    public long countLoadTime() {
      return kvm_pit_channel_state.count_load_time(channel);
    }

    public void countLoadTime(long value) {
      kvm_pit_channel_state.count_load_time(channel, value);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "count=%d mode=%d access=%d gate=%s", count(), mode(), accessMode(), gate());
    }
  }
}
