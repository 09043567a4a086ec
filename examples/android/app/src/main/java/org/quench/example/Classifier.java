// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which class a picture shows.

package org.quench.example;

import java.nio.ByteBuffer;

public final class Classifier {
  static {
    System.loadLibrary("classify");
  }

  /** Rows and columns of a picture. */
  public static final int SIDE = 224;

  private Classifier() {}

  /**
   * The class of a picture, from 0; below 0 minus a status of qrt/qrt.h. One
   * call at a time.
   *
   * @param pixels a direct buffer of SIDE x SIDE x 3 bytes: red, green, blue.
   */
  public static native int classify(ByteBuffer pixels);
}
