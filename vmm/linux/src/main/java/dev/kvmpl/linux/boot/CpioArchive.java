// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * An archive that Linux unpacks as its initial RAM disk ("newc"; Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst). The folders of what is added come by
 * themselves; everything is root's.
 */
public final class CpioArchive {
  private static final int FOLDER = 0040755;
  private static final int FILE = 0100644;
  private static final int PROGRAM = 0100755;
  private static final int LINK = 0120777;
  private static final int ALIGNMENT = 4;
  private static final String TRAILER = "TRAILER!!!";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Set<String> folders = new HashSet<>();
  private int inode;

  /** An empty one. */
  public CpioArchive() {}

  /**
   * Adds a file.
   *
   * @param path without a slash at its start
   */
  public CpioArchive file(String path, byte[] contents) {
    parents(path);
    entry(path, FILE, contents);
    return this;
  }

  /** Adds a file that can be executed. */
  public CpioArchive program(String path, byte[] contents) {
    parents(path);
    entry(path, PROGRAM, contents);
    return this;
  }

  /** Adds a symbolic link. */
  public CpioArchive link(String path, String target) {
    parents(path);
    entry(path, LINK, target.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds a folder, unless it is there. */
  public CpioArchive folder(String path) {
    if (folders.add(path)) {
      parents(path);
      entry(path, FOLDER, new byte[0]);
    }
    return this;
  }

  private void parents(String path) {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      folder(path.substring(0, slash));
    }
  }

  private void entry(String path, int mode, byte[] contents) {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    String header =
        String.format(
            Locale.ROOT,
            "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
            ++inode,
            mode,
            0, // owner
            0, // group
            1, // links
            0, // time
            contents.length,
            0,
            0,
            0,
            0, // devices
            name.length,
            0); // no checksum
    out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(name);
    align();
    out.writeBytes(contents);
    align();
  }

  private void align() {
    while (out.size() % ALIGNMENT != 0) {
      out.write(0);
    }
  }

  /** The whole archive, its end too: nothing can be added any more. */
  public byte[] bytes() {
    entry(TRAILER, 0, new byte[0]);
    return out.toByteArray();
  }
}
