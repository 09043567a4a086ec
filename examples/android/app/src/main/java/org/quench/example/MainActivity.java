// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shows the class of a grey picture.

package org.quench.example;

import android.app.Activity;
import android.os.Bundle;
import android.widget.TextView;
import java.nio.ByteBuffer;

public final class MainActivity extends Activity {
  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    int bytes = Classifier.SIDE * Classifier.SIDE * 3;
    ByteBuffer pixels = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < bytes; ++i) {
      pixels.put(i, (byte) 127);
    }
    TextView view = new TextView(this);
    view.setText("class " + Classifier.classify(pixels));
    setContentView(view);
  }
}
