// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two sentences with a test and two without, one of them in pieces.

bool verify(Op op) {
  // emitOpError("in a comment")
  if (op.tested())
    return op.emitOpError("expects ") << 1 << " entry; "
                                         "but has " << 2;
  if (op.quiet())
    return emitError() << "nobody expects " << this;
  if (op.half())
    return op.emitOpError("expects ") << 1 << " more";
  return fail(error, "known " + Twine(3));
}
