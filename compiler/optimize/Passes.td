// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes from q to q. None of them changes a byte of any result, and none knows
// a target. What a pass did, and why it declined, is left on the ops in the
// attribute `quench.notes` for --explain.

#ifndef QUENCH_COMPILER_OPTIMIZE_PASSES_TD
#define QUENCH_COMPILER_OPTIMIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldPad : Pass<"q-fold-pad", "::mlir::func::FuncOp"> {
  let summary = "Fold constant pads into the pads of convolutions";
  let description = [{
    A convolution reads the zero point of its input outside the picture. A
    `q.pad` of height and width with that very code says the same, so the copy
    of the whole feature map can go:

    ```mlir
    %0 = q.pad %x low [0, 0, 0, 0] high [0, 1, 1, 0] {code = -3 : i64}
    %1 = q.conv2d %0, %w strides [2, 2] pads [0, 0, 0, 0]
    // becomes
    %1 = q.conv2d %x, %w strides [2, 2] pads [0, 0, 1, 1]
    ```

    Pooling ops are left alone: padding never wins in a max pool and is not
    counted in an average pool.
  }];
  let statistics = [Statistic<"numFolded", "num-folded",
                              "Pads folded into a convolution">];
}

def FuseActivation : Pass<"q-fuse-activation", "::mlir::func::FuncOp"> {
  let summary = "Fold tables that only clamp into the clamp of the producer";
  let description = [{
    Removes one pass over memory per activation. A `q.lut` that is the only user
    of its producer and maps every code the producer can give to that code
    clamped becomes the producer's clamp:

    ```mlir
    %0 = q.conv2d %x, %w clamp [-128, 127]    =>    q.conv2d %x, %w clamp [-5, 127]
    %1 = q.lut %0 function "relu"             // zero point -5
    ```

    A `q.requantize` between equal scales moves the zero point and the clamp of
    its producer. One between different scales stays: it rounds a second time,
    and one rounding instead of two gives other bytes.
  }];
  let statistics = [
    Statistic<"numClamps", "num-clamps", "Tables folded into a clamp">,
    Statistic<"numShifts", "num-shifts",
              "Requantizations folded into a zero point">];
}

def FuseResidual : Pass<"q-fuse-residual", "::mlir::func::FuncOp"> {
  let summary = "Fold an addition into the convolution before it";
  let description = [{
    The sum that closes a residual block reads two feature maps and writes one.
    In the epilogue of the convolution it only reads one more:

    ```mlir
    %0 = q.conv2d %x, %w clamp [-128, 127] : -> !a
    %1 = q.add %0, %r clamp [-5, 127] : -> !b
    // becomes
    %1 = q.conv2d %x, %w, residual %r clamp [-128, 127]
           {fused_type = !a, add_clamp = [-5, 127]} : -> !b
    ```

    The kernel rounds to `fused_type` first and adds then, as the two ops do. Of
    two convolutions the later one takes the sum, so that the other's result is
    there already.
  }];
  let statistics = [Statistic<"numFused", "num-fused", "Additions folded">];
}

def MergeLuts : Pass<"q-merge-luts", "::mlir::func::FuncOp"> {
  let summary = "Compose tables and requantizations into one table";
  let description = [{
    Both are functions of one code, so two in a row are one table of 256 codes
    that gives the bytes of the two:

    ```mlir
    %0 = q.requantize %x : !a -> !b
    %1 = q.lut %0 function "sigmoid" : !b -> !c
    // becomes
    %1 = q.lut %x function "requantize then sigmoid" : !a -> !c
    ```
  }];
  let statistics = [Statistic<"numMerged", "num-merged", "Tables composed">];
}

def SimplifyLayout : Pass<"q-simplify-layout", "::mlir::func::FuncOp"> {
  let summary = "Remove transposes that move nothing or undo each other";
  let description = [{
    - A transpose that keeps the order of all axes longer than 1 is a reshape,
      which costs nothing:
      `[1, 1, 1, 64] perm [0, 3, 1, 2]` => reshape to `[1, 64, 1, 1]`.
    - A transpose moves behind elementwise ops of one operand when another
      transpose follows, so that the two compose.
    - `op(transpose(a), transpose(b))` with one permutation becomes
      `transpose(op(a, b))` for add, sub and mul.
    - Reshapes of reshapes, transposes of transposes and dead ops go
      (canonicalization of q.reshape and q.transpose).
  }];
  let statistics = [
    Statistic<"numReshapes", "num-reshapes", "Transposes made reshapes">,
    Statistic<"numSunk", "num-sunk", "Transposes moved behind other ops">];
}

def Tabulate : Pass<"q-tabulate", "::mlir::func::FuncOp"> {
  let summary = "Make elementwise ops of one tensor a table";
  let description = [{
    A sum, difference or product whose operands are both functions of the same
    codes (or one of them a constant of one value) is a function of one code: a
    table. Activations that were exported op by op become one pass over memory
    this way, with the bytes of all the roundings in between:

    ```mlir
    %0 = q.add %x, %three                     =>    q.lut %x function
    %1 = q.lut %0 function "clip"                     "mul(x, add(x, 3) then clip)"
    %2 = q.mul %x, %1
    ```
  }];
  let statistics = [Statistic<"numTabulated", "num-tabulated",
                              "Elementwise ops made tables">];
}

def ExposeResults : Pass<"q-expose-results", "::mlir::func::FuncOp"> {
  let summary = "Return what every op computes";
  let description = [{
    For comparing two builds layer by layer: the function returns the result of
    every op behind its own results, in order and with the name of its location.
    Constants, reshapes and what is returned already are left out.

    ```mlir
    %0 = q.conv2d %x, %w                      return %1    =>    return %1, %0
    %1 = q.add %0, %y
    ```
  }];
  let statistics = [Statistic<"numExposed", "num-exposed", "Results added">];
}

#endif // QUENCH_COMPILER_OPTIMIZE_PASSES_TD
